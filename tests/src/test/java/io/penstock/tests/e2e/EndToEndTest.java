package io.penstock.tests.e2e;

import static io.penstock.tests.e2e.CommandLine.deltaLogs;
import static io.penstock.tests.e2e.CommandLine.fromEnvironment;
import static io.penstock.tests.e2e.CommandLine.mlflow;
import static io.penstock.tests.e2e.CommandLine.penstock;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.jobs.demo.feed.FlightFeed;
import io.penstock.tests.e2e.CommandLine.Said;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * The example pipeline from landed files to judged scores, through the command line, on three weeks of the real data
 * and with a real MLflow server and a real Python beside it.
 */
@CompiledPlans
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class EndToEndTest {
    private static final Path HOME = Path.of(System.getProperty("penstock.home", ".."));
    private static final Path RESOURCES = HOME.resolve("tests/src/test/resources/e2e");
    private static final ObjectMapper JSON = new ObjectMapper();

    /** First unit; the windows of 7 days have left it behind long before anything is scored. */
    private static final LocalDate FIRST = LocalDate.of(2013, 7, 8);

    private static final LocalDate TRAINING = LocalDate.of(2013, 7, 26);
    private static final LocalDate LAST = TRAINING.plusDays(1);

    @TempDir
    private static Path folder;

    private static Path work;
    private static Path conf;
    private static Said refused;
    private static Said withoutWeather;
    private static JsonNode seen;
    private static JsonNode days;
    private static JsonNode trace;

    @BeforeAll
    static void theLineRuns() throws Exception {
        work = folder.resolve("work");
        conf = configuration(folder.resolve("conf"));
        Path python = fromEnvironment("PENSTOCK_PYTHON");
        Path archive = fromEnvironment("PENSTOCK_DATA");
        FlightFeed.write(archive, work.resolve("landing"), FIRST, LAST);
        Files.delete(work.resolve("landing").resolve(landed("weather", LAST, 7)));
        // The history is loaded while no MLflow answers; what it has to say about each unit is sent later
        Said away = run(
                "--stage",
                "ingest,features",
                "--from",
                FIRST.toString(),
                "--to",
                TRAINING.toString(),
                "--set",
                "penstock.mlflow=http://127.0.0.1:1");
        assertThat(away.err()).contains("PEN-ML-013").contains("points are kept in");
        assertThat(work.resolve("spool")).isNotEmptyDirectory();
        verb("mlflow", "start").fine();

        refused = verb(
                "run",
                "flight-delay",
                "--stage",
                "training-set,train,promote",
                "--unit",
                TRAINING.toString(),
                "--set",
                "models.late.gate.auc.at-least=0.99");
        run("--unit", TRAINING.toString());
        withoutWeather = run("--unit", LAST.toString(), "--json");
        days = sql("SELECT cast(unit AS string), count(*), count(DISTINCT flight_id), "
                + "count_if(code <=> 'PEN-SCO-051'), count_if(code <=> 'PEN-SCO-051' AND score IS NOT NULL) "
                + "FROM flight_delay.scores_late GROUP BY unit ORDER BY unit");
        trace = trace(anyFlight());
        seen = asPythonSeesIt(python);
    }

    @AfterAll
    static void theServerStops() {
        verb("mlflow", "stop");
    }

    @Test
    @Order(1)
    void everyScheduledFlightHasOneRowOfScores() throws IOException {
        assertThat(days).hasSize(2);
        for (JsonNode day : days) {
            long scheduled = scheduled(LocalDate.parse(day.get(0).asText()));
            assertThat(scheduled).isGreaterThan(500);
            assertThat(day.get(1).asLong()).as(day.toString()).isEqualTo(scheduled);
            assertThat(day.get(2).asLong()).as(day.toString()).isEqualTo(scheduled);
        }
    }

    @Test
    @Order(2)
    void theFlightThatLeavesBeforeItsCutIsHeldWithACode() {
        JsonNode kinds = sql("SELECT code, s.score IS NULL, s.prediction IS NULL, "
                + "b.scheduled_departure <= s.as_of, count(*), min(size(s.reasons)), min(s.score), max(s.score) "
                + "FROM flight_delay.scores_late s JOIN flight_delay.bronze_schedules b "
                + "ON s.flight_id = b.flight_id WHERE NOT code <=> 'PEN-SCO-051' "
                + "GROUP BY 1, 2, 3, 4 ORDER BY 1 NULLS FIRST");

        assertThat(kinds).as(kinds.toString()).hasSize(2);
        JsonNode scored = kinds.get(0);
        assertThat(scored.get(0).isNull()).isTrue();
        assertThat(scored.get(1).asBoolean()
                        || scored.get(2).asBoolean()
                        || scored.get(3).asBoolean())
                .isFalse();
        assertThat(scored.get(5).asInt()).as("reasons of a scored row").isEqualTo(5);
        assertThat(scored.get(6).asDouble()).isBetween(0.0, 0.5);
        assertThat(scored.get(7).asDouble()).isBetween(0.5, 1.0);
        JsonNode held = kinds.get(1);
        assertThat(held.get(0).asText()).isEqualTo("PEN-SCO-001");
        assertThat(held.get(1).asBoolean()
                        && held.get(2).asBoolean()
                        && held.get(3).asBoolean())
                .isTrue();
        assertThat(held.get(4).asLong()).isEqualTo(1);
    }

    /** The last day's weather did not come: its flights are scored all the same, and nobody has to find that out. */
    @Test
    @Order(2)
    void aDayThatIsScoredWithoutAViewIsTold() {
        assertThat(withoutWeather.err())
                .contains("features/origin_weather_v1: PEN-FEA-040")
                .contains("scores/late: PEN-SCO-051");
        assertThat(days.get(0).get(3).asLong()).isZero();
        assertThat(days.get(1).get(0).asText()).isEqualTo(LAST.toString());
        assertThat(days.get(1).get(3).asLong())
                .isGreaterThan(500)
                .isEqualTo(days.get(1).get(4).asLong());

        JsonNode report = withoutWeather.json();
        assertThat(report.path("messages").toString()).contains("PEN-FEA-040", "PEN-SCO-051");
        List<String> told = new ArrayList<>();
        report.path("manifests")
                .forEach(manifest -> manifest.path("verdicts").forEach(verdict -> {
                    if (verdict.path("outcome").asText().equals("warned")) {
                        told.add(manifest.path("stage").asText() + " "
                                + verdict.path("table").asText() + " "
                                + verdict.path("value").asDouble());
                    }
                }));
        assertThat(told).contains("features features/origin_weather_v1 1.0", "score scores/late 1.0");
        assertThat(steps(seen.path("operations").path(0).path("metrics"), "features/missing/origin_weather_v1"))
                .hasSize((int) FIRST.datesUntil(LAST.plusDays(1)).count());
    }

    @Test
    @Order(3)
    void scoresAreJudgedOnceTheirLabelsAreMature() {
        JsonNode judged =
                sql("SELECT cast(unit AS string), cast(scored_unit AS string), labelled, positives, auc, logloss "
                        + "FROM flight_delay.scores_late_performance");

        assertThat(judged).as("the first scored day has matured").hasSize(1);
        JsonNode first = judged.get(0);
        assertThat(first.get(0).asText()).isEqualTo(LAST.toString());
        assertThat(first.get(1).asText()).isEqualTo(TRAINING.toString());
        assertThat(first.get(2).asLong()).isGreaterThan(500);
        assertThat(first.get(3).asLong()).isGreaterThan(50);
        assertThat(first.get(4).asDouble()).isBetween(0.5, 0.9);
        assertThat(first.get(5).asDouble()).isBetween(0.1, 0.9);
    }

    @Test
    @Order(4)
    void aModelBelowTheGateIsNotPromoted() {
        assertThat(refused.exit()).as(refused.toString()).isEqualTo(10);
        assertThat(refused.tidy().err()).contains("must be >= 0.9900");
        assertThat(seen.path("version").asText())
                .as("the refused one was not registered")
                .isEqualTo("1");
    }

    @Test
    @Order(5)
    void pythonPredictsWhatWasPublished() {
        assertThat(seen.path("rows").asInt()).isEqualTo(seen.path("scored").asInt() + 1);
        assertThat(seen.path("unmatched").asInt()).isZero();
        assertThat(seen.path("scored").asInt()).isGreaterThan(1_500);
        assertThat(seen.path("held").asInt()).isEqualTo(1);
        assertThat(seen.path("distinct_scores").asInt())
                .as("a constant model proves nothing")
                .isGreaterThan(500);
        assertThat(seen.path("missing_values").asInt())
                .as("missing values are part of the proof")
                .isPositive();
        assertThat(seen.path("categories").asInt()).as("inputs that are text").isPositive();
        assertThat(seen.path("differing").asInt()).as(seen.toString()).isZero();
    }

    @Test
    @Order(6)
    void theTrainingIsTracked() {
        JsonNode trainings = seen.path("trainings");

        assertThat(trainings).hasSize(2);
        for (JsonNode training : trainings) {
            assertThat(training.path("status").asText()).isEqualTo("FINISHED");
            assertThat(fieldNames(training.path("params"))).contains("max_depth", "eta", "rounds", "train_rows");
            assertThat(fieldNames(training.path("metrics")))
                    .contains("train-logloss", "validation-logloss", "test_auc", "test_logloss");
            assertThat(training.path("metrics").path("validation-logloss").size())
                    .as("a curve, not a point")
                    .isGreaterThan(5);
            assertThat(training.path("datasets").path(0).asText()).isEqualTo("training/late_set");
            assertThat(training.path("models")).hasSize(1);
            assertThat(training.path("tags").path("training_set").asText()).startsWith("training/late_set@");
        }
        assertThat(fieldNames(seen.path("version_tags"))).contains("sha256", "candidate", "unit", "commit");
    }

    @Test
    @Order(7)
    void everyUnitsOperationIsTracked() {
        JsonNode operations = seen.path("operations");
        assertThat(operations).hasSize(1);
        assertThat(operations.path(0).path("status").asText()).isEqualTo("FINISHED");
        JsonNode metrics = operations.path(0).path("metrics");
        List<String> everyUnit =
                FIRST.datesUntil(LAST.plusDays(1)).map(EndToEndTest::step).toList();
        List<String> lived = List.of(step(TRAINING), step(LAST));

        assertThat(steps(metrics, "ingest/bronze/schedules/rows")).isEqualTo(everyUnit);
        assertThat(steps(metrics, "features/features/aircraft_delays_v1/rows")).isEqualTo(everyUnit);
        assertThat(steps(metrics, "score/scores/late/rows")).isEqualTo(lived);
        assertThat(steps(metrics, "score/held")).isEqualTo(lived);
        assertThat(steps(metrics, "train/auc.full")).containsExactly(lived.get(0));
        assertThat(work.resolve("spool"))
                .as("points kept while MLflow was away")
                .isEmptyDirectory();
        assertThat(steps(metrics, "evaluate/auc")).containsExactly(lived.get(1));
    }

    @Test
    @Order(8)
    void aScoreIsTracedToFilesTablesModelAndCode() throws IOException {
        assertThat(trace.path("unit").asText()).isEqualTo(TRAINING.toString());
        assertThat(trace.path("row").path("unit").asText()).isEqualTo(TRAINING.toString());
        assertThat(trace.path("as_of").asText()).isEqualTo(TRAINING + "T08:00:00Z");
        assertThat(trace.path("commit").asText()).isNotBlank();
        assertThat(trace.path("recipe").asText()).matches("[0-9a-f]{64}");
        JsonNode model = trace.path("model");
        assertThat(model.path("name").asText()).isEqualTo("flight-delay.late");
        assertThat(model.path("version").asText())
                .isEqualTo(seen.path("version").asText());
        assertThat(model.path("sha256").asText())
                .isEqualTo(seen.path("version_tags").path("sha256").asText())
                .isEqualTo(trace.path("row").path("model_sha256").asText());
        assertThat(model.path("trained_at").asText()).isEqualTo(TRAINING.toString());
        assertThat(model.path("training_files").size()).isGreaterThan(50);
        assertThat(texts(trace.path("tables"), "table"))
                .contains(
                        "bronze/schedules",
                        "bronze/outcomes",
                        "bronze/weather",
                        "bronze/planes",
                        "features/route_delays_v1",
                        "features/origin_weather_v1",
                        "scoring/late",
                        "scores/late");
        List<String> files = texts(trace.path("files"), "path");
        assertThat(files)
                .contains(
                        landed("schedules", TRAINING, 6),
                        landed("outcomes", TRAINING, 6),
                        landed("outcomes", TRAINING.minusDays(6), 6),
                        landed("weather", TRAINING, 7))
                .doesNotContain(
                        landed("schedules", LAST, 6), landed("outcomes", LAST, 6), landed("outcomes", FIRST, 6));
        for (JsonNode file : trace.path("files")) {
            byte[] content = Files.readAllBytes(
                    work.resolve("landing").resolve(file.path("path").asText()));
            assertThat(file.path("sha256").asText()).isEqualTo(io.penstock.core.Hashes.sha256(content));
            assertThat(file.path("rows_used").asLong()).isPositive();
        }
    }

    /**
     * The law of the trace and of time, on real data: into a fresh warehouse goes the same feed with four files changed that
     * the trace does not list, one of them landed after the cut. The unit's features and scores stay as they were, to the
     * last byte, though the days were lived one by one and now the whole past is loaded at once; the next day, which does use
     * the late file, changes.
     */
    @Test
    @Order(9)
    void poisonInFilesThatTheTraceDoesNotListChangesNothing() throws Exception {
        List<String> listed = texts(trace.path("files"), "path");
        Map<String, UnaryOperator<String>> poison = new TreeMap<>();
        poison.put(landed("outcomes", LAST, 6), line -> line.replaceFirst("(,[^,]*)(,[^,]*)$", ",999$2"));
        poison.put(landed("outcomes", FIRST.plusDays(2), 6), line -> line.replaceFirst("(,[^,]*)(,[^,]*)$", ",999$2"));
        poison.put(
                landed("schedules", TRAINING.minusDays(4), 6), line -> line.replaceFirst(",N[0-9A-Z]+,", ",N00000,"));
        poison.put(
                landed("weather", TRAINING.minusDays(4), 7),
                line -> line.replaceFirst("^((?:[^,]*,){5})[^,]*", "$1-11.5"));
        assertThat(listed).doesNotContainAnyElementsOf(poison.keySet());

        Path other = folder.resolve("other");
        Folders.copy(work.resolve("landing"), other.resolve("landing"));
        for (Map.Entry<String, UnaryOperator<String>> file : poison.entrySet()) {
            poison(other.resolve("landing").resolve(file.getKey()), file.getValue());
        }
        verb(
                        other,
                        "run",
                        "flight-delay",
                        "--stage",
                        "ingest,features,score",
                        "--from",
                        TRAINING.minusDays(1).toString(),
                        "--to",
                        LAST.toString(),
                        "--set",
                        "penstock.mlflow=" + mlflow(work))
                .fine();

        String lived = "SELECT cast(unit AS string), flight_id, struct(s.as_of, score, prediction, s.code, model_name, "
                + "model_version, model_sha256, reasons), struct(i.*) FROM flight_delay.scores_late s "
                + "FULL JOIN flight_delay.scoring_late i USING (unit, flight_id) ORDER BY 1, 2";
        Map<String, List<JsonNode>> first = byUnit(sql(work, lived));
        Map<String, List<JsonNode>> second = byUnit(sql(other, lived));
        assertThat(second.get(TRAINING.toString())).hasSizeGreaterThan(500).isEqualTo(first.get(TRAINING.toString()));
        for (int column : List.of(2, 3)) {
            assertThat(second.get(LAST.toString()))
                    .extracting(row -> row.get(column))
                    .isNotEqualTo(first.get(LAST.toString()).stream()
                            .map(row -> row.get(column))
                            .toList());
        }
    }

    @Test
    @Order(9)
    void withoutTheRegistryTheLastChampionScoresAsBefore() {
        String scores = "SELECT flight_id, score, code, model_sha256 FROM flight_delay.scores_late WHERE unit = '"
                + LAST + "' ORDER BY 1";
        JsonNode before = sql(scores);

        Said away = run(
                "--stage",
                "score",
                "--unit",
                LAST.toString(),
                "--again",
                "--set",
                "penstock.mlflow=http://127.0.0.1:1",
                "--json");

        assertThat(away.err()).contains("PEN-ML-013").contains("scoring with the last champion promoted here");
        assertThat(away.json()
                        .path("manifests")
                        .path(0)
                        .path("facts")
                        .path("degraded")
                        .asText())
                .startsWith("PEN-ML-013");
        assertThat(sql(scores)).isEqualTo(before).hasSizeGreaterThan(500);
    }

    private static Map<String, List<JsonNode>> byUnit(JsonNode rows) {
        return StreamSupport.stream(rows.spliterator(), false)
                .collect(Collectors.groupingBy(row -> row.get(0).asText()));
    }

    @Test
    @Order(10)
    void aSecondRunCommitsNothing() throws IOException {
        Map<String, String> before = deltaLogs(work.resolve("warehouse"));
        assertThat(before.keySet()).anyMatch(file -> file.contains("/ops/")).hasSizeGreaterThan(50);

        hasNothingToDo(run("--stage", "ingest,features", "--from", FIRST.toString(), "--to", TRAINING.toString()));
        hasNothingToDo(run("--from", TRAINING.toString(), "--to", LAST.toString()));
        everythingAgain();
        assertThat(deltaLogs(work.resolve("warehouse"))).isEqualTo(before);

        delete(work.resolve("runs"));
        delete(work.resolve("spool"));
        delete(work.resolve("cache"));
        delete(work.resolve("warehouse/flight_delay/ops/models"));
        everythingAgain();
        assertThat(deltaLogs(work.resolve("warehouse"))).isEqualTo(before);
    }

    private static void hasNothingToDo(Said again) {
        assertThat(again.err()).contains("nothing to do").doesNotContain("Spark");
    }

    private static void everythingAgain() {
        Said again = run("--json", "--from", FIRST.toString(), "--to", LAST.toString());
        hasNothingToDo(again);
        JsonNode report = again.json();
        assertThat(report.path("unchanged").asBoolean()).isTrue();
        assertThat(report.path("manifests")).isEmpty();
        assertThat(texts(report.path("steps"), "decision")).containsOnly("unchanged");
        assertThat(new TreeSet<>(texts(report.path("steps"), "stage")))
                .containsExactly("evaluate", "features", "ingest", "promote", "score", "train", "training-set");
    }

    /** One of its files says something else now, and its features stand at another version; the score is what it was. */
    @Test
    @Order(11)
    void aScoreIsTracedToWhatItUsedThoughThatWasMadeAgain() throws IOException {
        String weather = landed("weather", TRAINING, 7);
        poison(work.resolve("landing").resolve(weather), line -> line.replaceFirst("^((?:[^,]*,){5})[^,]*", "$1-11.5"));
        run("--stage", "ingest,features", "--unit", TRAINING.toString(), "--again");

        JsonNode now = trace(trace.path("row").path("flight_id").asText());
        List<String> overwritten = new ArrayList<>();
        now.path("files").forEach(file -> {
            if (((ObjectNode) file).remove("overwritten_by") != null) {
                overwritten.add(file.path("path").asText());
            }
        });
        assertThat(overwritten).containsExactly(weather);
        assertThat(now).isEqualTo(trace);
    }

    @Test
    @Order(12)
    void byOtherDefinitionsTheFilesOfAScoreAreNotTold() {
        JsonNode row = trace.path("row");
        JsonNode other = verb(
                        "trace",
                        "flight-delay",
                        "scores/late",
                        "flight_id=" + row.path("flight_id").asText(),
                        "unit=" + TRAINING,
                        "--json",
                        "--set",
                        "features.route_delays.version=2")
                .fine()
                .json();

        assertThat(other.has("files")).isFalse();
        assertThat(other.path("files_untold").asText()).startsWith("PEN-FEA-010");
        assertThat(other.path("model")).isEqualTo(trace.path("model"));
    }

    // --- the command line
    // ------------------------------------------------------------------------------------------------

    private static Said verb(String... arguments) {
        return verb(work, arguments);
    }

    private static Said verb(Path at, String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--work", at.toString(), "--conf-dir", conf.toString()));
        return penstock(all.toArray(String[]::new));
    }

    private static Said run(String... arguments) {
        return verb(Stream.concat(Stream.of("run", "flight-delay"), Stream.of(arguments))
                        .toArray(String[]::new))
                .fine()
                .tidy();
    }

    private static JsonNode sql(String query) {
        return sql(work, query);
    }

    private static JsonNode sql(Path at, String query) {
        return verb(at, "sql", query, "--json", "--limit", "100000")
                .fine()
                .json()
                .path("rows");
    }

    /** A flight that was scored first and has an aircraft, so that its features reach every source. */
    private static String anyFlight() {
        return sql("SELECT s.flight_id FROM flight_delay.scores_late s JOIN flight_delay.bronze_schedules b "
                        + "ON s.flight_id = b.flight_id JOIN flight_delay.bronze_planes p ON b.tailnum = p.tailnum "
                        + "WHERE s.unit = '" + TRAINING + "' AND s.score IS NOT NULL AND b.origin = 'JFK' "
                        + "ORDER BY s.flight_id LIMIT 1")
                .path(0)
                .path(0)
                .asText();
    }

    private static JsonNode trace(String flight) {
        return verb("trace", "flight-delay", "scores/late", "flight_id=" + flight, "unit=" + TRAINING, "--json")
                .fine()
                .tidy()
                .json();
    }

    // --- the data
    // --------------------------------------------------------------------------------------------------------

    private static Path configuration(Path target) throws IOException {
        Folders.copy(HOME.resolve("conf"), target);
        Files.copy(
                RESOURCES.resolve("slice.conf"),
                target.resolve("env/local.conf"),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        return target;
    }

    private static String landed(String source, LocalDate day, int hour) {
        return "%s/landed=%sT0%d0000Z/%s.csv".formatted(source, day.toString().replace("-", ""), hour, source);
    }

    private static long scheduled(LocalDate day) throws IOException {
        try (Stream<String> lines = Files.lines(work.resolve("landing").resolve(landed("schedules", day, 6)))) {
            return lines.count() - 1;
        }
    }

    private static void poison(Path file, UnaryOperator<String> change) throws IOException {
        List<String> lines = Files.readAllLines(file);
        List<String> poisoned = new ArrayList<>(lines.subList(0, 1));
        lines.subList(1, lines.size()).forEach(line -> poisoned.add(change.apply(line)));
        assertThat(poisoned).as(file.toString()).isNotEqualTo(lines);
        Files.write(file, poisoned);
    }

    private static void delete(Path path) throws IOException {
        if (Files.exists(path)) {
            try (Stream<Path> all = Files.walk(path)) {
                for (Path one : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(one);
                }
            }
        }
    }

    // --- Python
    // ----------------------------------------------------------------------------------------------------------

    private static JsonNode asPythonSeesIt(Path python) throws Exception {
        Path answer = folder.resolve("answer.json");
        Path log = folder.resolve("python.log");
        String port = JSON.readTree(work.resolve("mlflow/server.json").toFile())
                .path("port")
                .asText();
        ProcessBuilder builder = new ProcessBuilder(
                        python.toString(),
                        RESOURCES.resolve("check_model.py").toString(),
                        "http://127.0.0.1:" + port,
                        "flight-delay.late",
                        work.resolve("warehouse/flight_delay").toString(),
                        answer.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().put("MLFLOW_DISABLE_TELEMETRY", "true");
        Process process = builder.start();
        boolean ended = process.waitFor(2, TimeUnit.MINUTES);
        if (!ended) {
            process.destroyForcibly();
        }
        assertThat(ended && process.exitValue() == 0).as(Files.readString(log)).isTrue();
        return JSON.readTree(answer.toFile());
    }

    private static String step(LocalDate unit) {
        return unit.toString().replace("-", "");
    }

    private static List<String> steps(JsonNode metrics, String name) {
        assertThat(fieldNames(metrics)).contains(name);
        return StreamSupport.stream(metrics.path(name).spliterator(), false)
                .map(point -> point.get(0).asText())
                .sorted()
                .toList();
    }

    private static List<String> fieldNames(JsonNode node) {
        List<String> names = new ArrayList<>();
        node.fieldNames().forEachRemaining(names::add);
        return names;
    }

    private static List<String> texts(JsonNode array, String field) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(node -> node.path(field).asText())
                .toList();
    }
}
