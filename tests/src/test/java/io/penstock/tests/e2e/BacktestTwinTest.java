package io.penstock.tests.e2e;

import static io.penstock.tests.e2e.CommandLine.deltaLogs;
import static io.penstock.tests.e2e.CommandLine.fromEnvironment;
import static io.penstock.tests.e2e.CommandLine.mlflow;
import static io.penstock.tests.e2e.CommandLine.penstock;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.jobs.demo.feed.FlightFeed;
import io.penstock.tests.e2e.CommandLine.Said;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code flight-delay-2h} on three weeks of the real data: its features by an oracle in Python, and that nothing of it is published. */
@CompiledPlans
class BacktestTwinTest {
    private static final Path HOME = Path.of(System.getProperty("penstock.home", ".."));
    private static final Path RESOURCES = HOME.resolve("tests/src/test/resources/e2e");
    private static final LocalDate FIRST = LocalDate.of(2013, 7, 8);
    private static final LocalDate TRAINING = LocalDate.of(2013, 7, 26);

    @TempDir
    private static Path folder;

    private static Path work;
    private static Path conf;
    private static Said trained;
    private static JsonNode exported;
    private static Map<String, String> trainedLogs;
    private static Map<String, String> exportedLogs;

    @BeforeAll
    static void theTwinRuns() throws Exception {
        work = folder.resolve("work");
        conf = folder.resolve("conf");
        Folders.copy(HOME.resolve("conf"), conf);
        Files.copy(RESOURCES.resolve("twin.conf"), conf.resolve("env/twin.conf"));
        FlightFeed.write(fromEnvironment("PENSTOCK_DATA"), work.resolve("landing"), FIRST, TRAINING);
        verb("mlflow", "start").fine();
        trained = run().fine().tidy();
        trainedLogs = deltaLogs(work.resolve("warehouse"));
        exported = run(
                        "--stage",
                        "features",
                        "--export",
                        work.resolve("flights.csv").toString(),
                        "--json")
                .fine()
                .json();
        exportedLogs = deltaLogs(work.resolve("warehouse"));
    }

    @AfterAll
    static void theServerStops() {
        verb("mlflow", "stop");
    }

    @Test
    void everyFeatureIsWhatPythonWorksOutOfTheLandedFiles() throws Exception {
        JsonNode answer = checked();

        assertThat(answer.path("same_rows").asBoolean()).isTrue();
        assertThat(answer.path("rows").asLong())
                .isGreaterThan(10_000)
                .isEqualTo(exported.path("export").path("rows").asLong());
        assertThat(answer.path("cells").asLong()).isEqualTo(answer.path("rows").asLong() * 69);
        assertThat(answer.path("differing").asLong()).as(answer.toString()).isZero();
        answer.path("known")
                .properties()
                .forEach(column -> assertThat(column.getValue().asLong())
                        .as(column.getKey() + " has values")
                        .isPositive());
        assertThat(answer.path("trained_rows").asLong()).isGreaterThan(10_000);
        assertThat(answer.path("trained_inputs").asLong()).isEqualTo(39);
        assertThat(answer.path("trained_differing").asLong()).isZero();
    }

    @Test
    void itIsEvaluatedAndNeverPublished() throws Exception {
        assertThat(trained.err())
                .contains("test AUC")
                .contains("candidate/full: auc is")
                .contains("must be >= 0.9900");
        assertThat(verb("plan", "flight-delay-2h", "--env", "twin", "--unit", TRAINING.toString(), "--json")
                        .fine()
                        .json()
                        .path("steps")
                        .findValuesAsText("stage"))
                .containsExactly("ingest", "training-set", "train");
        assertThat(work.resolve("warehouse/flight_delay_2h/training/late_set")).isDirectory();
        for (String layer : List.of("features", "scoring", "scores")) {
            assertThat(work.resolve("warehouse/flight_delay_2h").resolve(layer)).doesNotExist();
        }
        JsonNode registered = ask("/api/2.0/mlflow/registered-models/search");
        assertThat(registered.path("registered_models")).isEmpty();
        assertThat(ask("/api/2.0/mlflow/experiments/get-by-name?experiment_name=flight-delay-2h/late")
                        .path("experiment")
                        .path("experiment_id")
                        .asText())
                .isNotBlank();
    }

    @Test
    void aSecondRunAndAnExportCommitNothing() {
        assertThat(run().fine().err()).contains("nothing to do").doesNotContain("Spark");

        assertThat(exportedLogs).isEqualTo(trainedLogs).hasSizeGreaterThan(10);
        assertThat(deltaLogs(work.resolve("warehouse"))).isEqualTo(exportedLogs);
    }

    /** One order, whatever Spark did: equal values give equal bytes. */
    @Test
    void anExportIsInTheOrderOfUnitsAndKeys() throws Exception {
        List<String> lines = Files.readAllLines(work.resolve("flights.csv"));
        List<String> header = List.of(lines.get(0).split(","));
        int unit = header.indexOf("unit");
        int key = header.indexOf("flight_id");

        assertThat(lines.stream().skip(1).map(line -> line.split(",", -1)).map(cells -> cells[unit] + " " + cells[key]))
                .hasSizeGreaterThan(10_000)
                .doesNotHaveDuplicates()
                .isSorted();
    }

    @Tag("full")
    @Test
    void anExportIsTheSameWheneverItIsMade() {
        run("--stage", "features", "--export", work.resolve("again.csv").toString())
                .fine();

        assertThat(work.resolve("again.csv")).hasSameBinaryContentAs(work.resolve("flights.csv"));
    }

    @Test
    void aModelThatIsNotThereCannotBeExported() {
        run("--export", work.resolve("none.csv").toString(), "--model", "lates").failed(20, "PEN-CFG-037");

        assertThat(work.resolve("none.csv")).doesNotExist();
    }

    private static Said run(String... more) {
        List<String> all = new ArrayList<>(List.of(
                "run", "flight-delay-2h", "--env", "twin", "--from", FIRST.toString(), "--to", TRAINING.toString()));
        all.addAll(List.of(more));
        return verb(all.toArray(String[]::new));
    }

    private static Said verb(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--work", work.toString(), "--conf-dir", conf.toString()));
        return penstock(all.toArray(String[]::new));
    }

    private static JsonNode ask(String path) throws Exception {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(mlflow(work) + path)).build();
        return new ObjectMapper()
                .readTree(HttpClient.newHttpClient()
                        .send(request, HttpResponse.BodyHandlers.ofString())
                        .body());
    }

    private static JsonNode checked() throws Exception {
        Path answer = folder.resolve("answer.json");
        Path log = folder.resolve("python.log");
        Process process = new ProcessBuilder(
                        fromEnvironment("PENSTOCK_PYTHON").toString(),
                        RESOURCES.resolve("check_features.py").toString(),
                        work.resolve("landing").toString(),
                        work.resolve("flights.csv").toString(),
                        work.resolve("warehouse/flight_delay_2h/training/late_set")
                                .toString(),
                        TRAINING + "T08:00:00Z",
                        TRAINING.minusDays(1) + "T08:00:00Z",
                        answer.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        boolean ended = process.waitFor(2, TimeUnit.MINUTES);
        if (!ended) {
            process.destroyForcibly();
        }
        assertThat(ended && process.exitValue() == 0).as(Files.readString(log)).isTrue();
        return new ObjectMapper().readTree(answer.toFile());
    }
}
