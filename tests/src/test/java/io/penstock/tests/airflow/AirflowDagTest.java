package io.penstock.tests.airflow;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real Airflow imports the committed DAG file and runs its operator; only {@code spark-submit} is stood in for. */
class AirflowDagTest {
    private static final Path HOME = Path.of(System.getProperty("penstock.home", ".."));
    private static final List<String> ORDER = List.of("ingest", "features", "train", "score", "evaluate");

    @TempDir
    private static Path folder;

    private static JsonNode dag;

    @BeforeAll
    static void airflowImportsTheDag() throws Exception {
        Path bin = Files.createDirectories(folder.resolve("bin"));
        Path standIn = Files.writeString(bin.resolve("spark-submit"), """
                #!/bin/sh
                if [ "$STAND_IN_EXIT" -lt 0 ]; then kill "$STAND_IN_EXIT" $$; fi
                exit "$STAND_IN_EXIT"
                """);
        assertThat(standIn.toFile().setExecutable(true)).isTrue();
        Path result = folder.resolve("dag.json");

        run(
                Map.of(
                        "AIRFLOW_HOME", folder.resolve("airflow").toString(),
                        "AIRFLOW__CORE__LOAD_EXAMPLES", "False",
                        "AIRFLOW_CONN_SPARK_DEFAULT", "spark://master:7077",
                        "AIRFLOW_VAR_PENSTOCK_WORK", "/data/penstock",
                        "PYTHONDONTWRITEBYTECODE", "1",
                        "PATH", bin + ":" + System.getenv("PATH")),
                python(),
                HOME.resolve("tests/src/test/resources/airflow/inspect_dag.py").toString(),
                HOME.resolve("airflow/dags").toString(),
                "flight_delay",
                result.toString());
        dag = new ObjectMapper().readTree(result.toFile());
    }

    @Test
    void theFileImportsWithoutErrorAndHoldsOneDag() {
        assertThat(dag.path("errors").size()).as(dag.path("errors").toString()).isZero();
        assertThat(texts(dag.path("dags"))).containsExactly("flight_delay");
    }

    @Test
    void theStagesFollowEachOtherInOneLine() {
        assertThat(texts(dag.path("order"))).isEqualTo(ORDER);
        for (int i = 0; i < ORDER.size(); i++) {
            List<String> next = i + 1 < ORDER.size() ? List.of(ORDER.get(i + 1)) : List.of();
            assertThat(texts(task(ORDER.get(i)).path("downstream")))
                    .as(ORDER.get(i))
                    .isEqualTo(next);
        }
    }

    @Test
    void everyTaskSubmitsItsStagesToSpark() {
        List<String> stages = List.of("ingest", "features", "training-set,train,promote", "score", "evaluate");
        for (int i = 0; i < ORDER.size(); i++) {
            JsonNode task = task(ORDER.get(i));
            assertThat(texts(task.path("operators"))).startsWith("PenstockSubmitOperator", "SparkSubmitOperator");
            assertThat(task.path("application").asText()).isEqualTo("/opt/penstock/penstock.jar");
            assertThat(texts(task.path("arguments")))
                    .startsWith("run", "flight-delay", "--stage", stages.get(i))
                    .containsSequence("--due-at", "2013-12-25T08:00:00+00:00")
                    .endsWith("--work", "/data/penstock");
        }
    }

    @Test
    void theSchedulerMakesEveryUnitOnceAndInOrder() {
        assertThat(dag.path("timetable").asText()).isEqualTo("CronDataIntervalTimetable");
        assertThat(dag.path("catchup").asBoolean()).isTrue();
        assertThat(dag.path("max_active_runs").asInt()).isEqualTo(1);
        assertThat(texts(dag.path("first_runs").path(0)))
                .containsExactly("2013-12-24T08:00:00+00:00", "2013-12-25T08:00:00+00:00");
        assertThat(texts(dag.path("first_runs").path(1)))
                .containsExactly("2013-12-25T08:00:00+00:00", "2013-12-26T08:00:00+00:00");
    }

    @Test
    void onlyFailuresThatARetryCanHelpAreRetried() {
        assertThat(task("ingest").path("retries").asInt()).isEqualTo(3);
        assertThat(task("ingest").path("retry_seconds").asInt()).isEqualTo(300);
        assertThat(dag.path("failures").path("0").isNull()).isTrue();
        for (String code : List.of("30", "50", "-9")) {
            assertThat(dag.path("failures").path(code).asText()).as(code).isEqualTo("AirflowException");
        }
        for (String code : List.of("1", "2", "10", "20", "40")) {
            assertThat(dag.path("failures").path(code).asText()).as(code).isEqualTo("AirflowFailException");
        }
    }

    private static JsonNode task(String id) {
        return dag.path("tasks").path(id);
    }

    private static List<String> texts(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(JsonNode::asText)
                .toList();
    }

    /** The Python of Airflow's own virtual environment, which the set-up makes when it is not there. */
    private static String python() throws Exception {
        String given = System.getenv("PENSTOCK_AIRFLOW_PYTHON");
        if (given != null) {
            return given;
        }
        List<String> lines = run(Map.of(), HOME.resolve("bin/setup").toString(), "airflow")
                .lines()
                .toList();
        assertThat(lines).as("bin/setup airflow prints the path of a Python").isNotEmpty();
        return lines.get(lines.size() - 1).trim();
    }

    private static String run(Map<String, String> environment, String... command) throws Exception {
        Path output = Files.createTempFile(folder, "out", ".txt");
        Path errors = Files.createTempFile(folder, "err", ".txt");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectOutput(output.toFile()).redirectError(errors.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        boolean ended = process.waitFor(10, TimeUnit.MINUTES);
        if (!ended) {
            process.destroyForcibly();
        }
        assertThat(ended && process.exitValue() == 0)
                .as(() -> String.join(" ", command) + "\n" + read(output) + read(errors))
                .isTrue();
        return read(output);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
