package io.penstock.tests.airflow;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real Airflow imports the committed DAG files and runs their operator; only {@code spark-submit} is stood in for. What
 * scheduler, clusters and drivers do with them is {@link AirflowLifeTest}'s.
 */
class AirflowDagTest {
    private static final Path HOME = Path.of(System.getProperty("penstock.home", ".."));
    private static final List<String> ORDER = List.of("ingest", "features", "train", "score");

    @TempDir
    private static Path folder;

    private static JsonNode facts;

    @BeforeAll
    static void airflowImportsTheDags() throws Exception {
        Path bin = Files.createDirectories(folder.resolve("bin"));
        Path standIn = Files.writeString(bin.resolve("spark-submit"), """
                #!/bin/sh
                for argument in "$@"; do [ "$last" = --result ] && result="$argument"; last="$argument"; done
                if [ -n "$STAND_IN_RESULT" ]; then
                    mkdir -p "$(dirname "$result")" && printf '%s' "$STAND_IN_RESULT" >"$result"
                fi
                if [ "$STAND_IN_EXIT" -lt 0 ]; then kill "$STAND_IN_EXIT" $$; fi
                exit "$STAND_IN_EXIT"
                """);
        assertThat(standIn.toFile().setExecutable(true)).isTrue();
        Path answer = folder.resolve("facts.json");

        run(
                Map.of(
                        "AIRFLOW_HOME", folder.resolve("airflow").toString(),
                        "AIRFLOW__CORE__LOAD_EXAMPLES", "False",
                        "AIRFLOW_CONN_SPARK_DEFAULT", "spark://master:7077",
                        "AIRFLOW_VAR_PENSTOCK_WORK", folder.resolve("work").toString(),
                        "AIRFLOW_VAR_PENSTOCK_PACKAGES", "",
                        "PYTHONDONTWRITEBYTECODE", "1",
                        "PATH", bin + ":" + System.getenv("PATH")),
                python(),
                HOME.resolve("tests/src/test/resources/airflow/inspect_dag.py").toString(),
                HOME.resolve("airflow/dags").toString(),
                answer.toString());
        facts = new ObjectMapper().readTree(answer.toFile());
    }

    @Test
    void everyFileImportsWithoutErrorAndHoldsItsDag() {
        assertThat(facts.path("errors").size())
                .as(facts.path("errors").toString())
                .isZero();
        assertThat(names(facts.path("dags")))
                .containsExactlyInAnyOrder(
                        "flight_delay", "flight_delay_backfill", "flight_delay_retrain", "flight_delay_monitor");
    }

    @Test
    void dagsAndTasksAreDocumented() {
        for (JsonNode dag : facts.path("dags")) {
            assertThat(dag.path("doc").asBoolean()).isTrue();
            dag.path("tasks")
                    .forEach(task -> assertThat(task.path("doc").asBoolean())
                            .as(dag.toString())
                            .isTrue());
        }
    }

    @Test
    void theStagesFollowEachOtherInOneLine() {
        assertThat(texts(dag("flight_delay").path("order"))).isEqualTo(ORDER);
        for (int i = 0; i < ORDER.size(); i++) {
            List<String> next = i + 1 < ORDER.size() ? List.of(ORDER.get(i + 1)) : List.of();
            assertThat(texts(task("flight_delay", ORDER.get(i)).path("downstream")))
                    .as(ORDER.get(i))
                    .isEqualTo(next);
        }
    }

    @Test
    void everyTaskSubmitsItsStagesToSpark() {
        List<String> stages = List.of("ingest", "features", "training-set,train,promote", "score");
        for (int i = 0; i < ORDER.size(); i++) {
            JsonNode task = task("flight_delay", ORDER.get(i));
            assertThat(texts(task.path("operators"))).startsWith("PenstockOperator", "SparkSubmitOperator");
            assertThat(task.path("application").asText()).isEqualTo("/opt/penstock/penstock.jar");
            assertThat(task.path("packages").asText())
                    .as("taken away by a variable")
                    .isEmpty();
            assertThat(texts(task.path("arguments")))
                    .startsWith("run", "flight-delay", "--stage", stages.get(i))
                    .endsWith("--work", folder.resolve("work").toString());
            assertThat(task.path("result").asText())
                    .isEqualTo(folder.resolve("work") + "/airflow/flight_delay/" + ORDER.get(i) + "/1-try.json");
        }
    }

    @Test
    void theSchedulerMakesEveryUnitOnceAndInOrderUntilTheLast() {
        JsonNode daily = dag("flight_delay");
        assertThat(daily.path("timetable").asText()).isEqualTo("EventsTimetable");
        assertThat(daily.path("catchup").asBoolean()).isTrue();
        assertThat(daily.path("max_active_runs").asInt()).isEqualTo(1);
        assertThat(texts(facts.path("runs")))
                .hasSize(7)
                .startsWith("2013-12-25T08:00:00+00:00", "2013-12-26T08:00:00+00:00")
                .endsWith("2013-12-31T08:00:00+00:00");
    }

    /** An end of the DAG would be one of its tasks: a later run by hand would have none, and be green. */
    @Test
    void aRunByHandHasAllTasksHoweverLateItIs() {
        assertThat(facts.path("by hand"))
                .hasSize(2)
                .allSatisfy(tasks -> assertThat(texts(tasks)).containsExactlyInAnyOrderElementsOf(ORDER));
    }

    @Test
    void everyKindOfRunHasItsUnit() {
        JsonNode units = facts.path("units");
        assertThat(texts(units.path("scheduled"))).containsExactly("--due-at=2013-12-25T08:00:00+00:00");
        assertThat(texts(units.path("manual"))).containsExactly("--due-at=2014-01-03T17:00:00+00:00");
        assertThat(texts(units.path("manual with a unit"))).containsExactly("--unit=2013-12-26");
        assertThat(texts(units.path("manual with an interval and a unit"))).containsExactly("--unit=2013-12-26");
        assertThat(texts(task("flight_delay_backfill", "load").path("units")))
                .containsExactly("--from=2013-01-01", "--to=2013-12-24");
    }

    @Test
    void noUnitOfAnEventIsLostWhenSeveralStartOneRun() {
        JsonNode ranges = facts.path("monitored");
        assertThat(ranges.path("one event").toString()).isEqualTo("[[\"--from=2013-12-25\",\"--to=2013-12-25\"]]");
        assertThat(ranges.path("three events").toString())
                .isEqualTo("[[\"--from=2013-12-25\",\"--to=2013-12-26\"],[\"--from=2013-12-28\",\"--to=2013-12-28\"]]");
        assertThat(ranges.path("nothing scored").toString()).isEqualTo("[]");
        assertThat(ranges.path("by hand").toString()).isEqualTo("[[\"--due-at=2014-01-03T17:00:00+00:00\"]]");
        assertThat(ranges.path("by hand with a unit").toString()).isEqualTo("[[\"--unit=2013-12-26\"]]");
    }

    @Test
    void onlyFailuresThatARetryCanHelpAreRetried() {
        assertThat(task("flight_delay", "ingest").path("retries").asInt()).isEqualTo(3);
        assertThat(task("flight_delay", "ingest").path("retry_seconds").asInt()).isEqualTo(300);
        for (String fine : List.of("done", "done, then killed")) {
            assertThat(outcome(fine).path("raised").isNull()).as(fine).isTrue();
        }
        for (String again : List.of(
                "killed",
                "driver gone, submit content",
                "never started",
                "retry later",
                "retry later, submit content",
                "busy")) {
            assertThat(outcome(again).path("raised").asText()).as(again).isEqualTo("AirflowException");
        }
        for (String last : List.of("refused", "configuration", "configuration, submit content", "internal")) {
            assertThat(outcome(last).path("raised").asText()).as(last).isEqualTo("AirflowFailException");
            assertThat(outcome(last).path("text").asText())
                    .contains("PEN-X-001 It broke")
                    .contains("What to do: Mend it");
        }
    }

    @Test
    void anEventOfATableNamesTheUnitsThatWereMadeOfIt() {
        JsonNode event = outcome("done").path("events").path("flight_delay/scores/late");
        assertThat(texts(event.path("units"))).containsExactly("2013-12-25");
        assertThat(event.path("run").asText()).isEqualTo("r1");
        assertThat(texts(task("flight_delay", "ingest").path("outlets"))).contains("flight_delay/bronze/schedules");
    }

    @Test
    void theWebhookIsToldWhatHappenedAndWhatToDo() {
        assertThat(facts.path("told")).hasSize(1);
        JsonNode told = facts.path("told").path(0);
        assertThat(told.path("text").asText())
                .startsWith("flight_delay.score of run failed at try 1: PEN-X-001 It broke at here (exit 20)")
                .endsWith("What to do: Mend it");
        assertThat(told.path("result").path("code").asText()).isEqualTo("PEN-X-001");
    }

    private static JsonNode dag(String id) {
        return facts.path("dags").path(id);
    }

    private static JsonNode task(String dag, String id) {
        return dag(dag).path("tasks").path(id);
    }

    private static JsonNode outcome(String name) {
        assertThat(facts.path("outcomes").has(name)).as(name).isTrue();
        return facts.path("outcomes").path(name);
    }

    private static List<String> names(JsonNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
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
