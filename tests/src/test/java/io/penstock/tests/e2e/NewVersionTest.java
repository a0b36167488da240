package io.penstock.tests.e2e;

import static io.penstock.tests.e2e.CommandLine.fromEnvironment;
import static io.penstock.tests.e2e.CommandLine.penstock;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.delta.tables.DeltaTable;
import io.penstock.core.model.LogisticModel;
import io.penstock.jobs.run.SparkSessions;
import io.penstock.tests.e2e.CommandLine.Said;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A feature view gets a new version, or a model another trainer: what is built, trained and scored, and what stays. */
class NewVersionTest {
    private static final String DAY = Parcels.TRAINING.toString();
    private static final String NEXT = Parcels.TRAINING.plusDays(1).toString();
    private static final String RAISED = "features.depot_delays.version=2";

    @TempDir
    private static Path folder;

    private static Path conf;

    @BeforeAll
    static void aTrainedAndScoredDay() throws IOException {
        conf = Parcels.configuration(folder.resolve("conf"));
        TrainedParcels.startMlflow(folder);
        TrainedParcels.copy("done", folder);
    }

    @AfterAll
    static void theServerStops() {
        verb("mlflow", "stop");
    }

    @Test
    void theNewTableIsBuiltBesideTheOldAndItsUsersAreTrainedWhilePublishedScoresStay() {
        Map<String, String> before = Contents.of(folder.resolve("warehouse/parcels"));

        // A day that trains nothing: the champion is not given what it was not trained on
        Said early = verb("run", "parcels", "--unit", NEXT, "--set", RAISED).failed(20, "PEN-ML-019");
        assertThat(early.err()).contains("features/depot_delays_v1");

        String plan =
                verb("plan", "parcels", "--unit", DAY, "--set", RAISED).fine().out();
        assertThat(plan)
                .contains("unchanged  ingest")
                .contains("lacks features/depot_delays_v2, which slow trains on")
                .contains("run        train slow")
                .contains("unchanged  score slow");

        Said trained = verb("run", "parcels", "--unit", DAY, "--set", RAISED).fine();
        assertThat(trained.err()).contains("= ingest").contains("= score slow").contains("champion of parcels.slow");

        Map<String, String> after = Contents.of(folder.resolve("warehouse/parcels"));
        assertThat(without("training/", after)).containsAllEntriesOf(without("training/", before));
        Map<String, String> renamed = new TreeMap<>();
        after.forEach((key, content) -> {
            if (key.startsWith("features/depot_delays_v2") && !key.endsWith(NEXT)) {
                renamed.put(key.replace("_v2", "_v1"), content);
            }
        });
        assertThat(before)
                .as("the same definition gives the same rows under its new number")
                .containsAllEntriesOf(renamed);
        assertThat(renamed).hasSizeGreaterThan(10);

        // Planned and done are the same, and the next day is scored by the new champion
        assertThat(verb("plan", "parcels", "--unit", DAY, "--set", RAISED)
                        .fine()
                        .out())
                .doesNotContain("run  ");
        verb("run", "parcels", "--unit", NEXT, "--set", RAISED).fine();
        assertThat(Contents.of(folder.resolve("warehouse/parcels"))).containsKey("scores/slow " + NEXT);
    }

    @Test
    void anInputThatIsTheAnswerIsRefusedByName() {
        String told = "weight / 2 + CASE depot WHEN 'north' THEN 0 WHEN 'south' THEN 5 ELSE 10 END";
        Said refused = verb(
                        "run",
                        "parcels",
                        "--unit",
                        DAY,
                        "--stage",
                        "training-set,train",
                        "--set",
                        "models.slow.training.leakage=refuse",
                        "--set",
                        "models.slow.rows.told=" + told)
                .failed(10, "PEN-ML-050");

        assertThat(refused.err())
                .contains("input told alone has an AUC of 1.0000 on the test slice")
                .contains("models.slow.training.leakage = warn");
    }

    /** A second trainer and a second kind of model, through the stages that know neither. */
    @Test
    void aLogisticCandidateIsTrainedPromotedAndScoresAsItsFileSays() throws IOException {
        Path work = TrainedParcels.copy("before-train", folder.resolve("logistic"));
        List<String> linear = List.of(
                "--unit",
                DAY,
                "--stage",
                "train,promote,score",
                "--set",
                "penstock.mlflow=" + CommandLine.mlflow(folder),
                "--set",
                "penstock.registry-prefix=linear.",
                "--set",
                "models.slow.training.candidates.plain.trainer=logistic",
                "--set",
                "models.slow.training.candidates.plain.params.reg=0.01");

        Said trained = run(work, linear).fine();
        assertThat(trained.err()).contains("steps, ").contains("champion of linear.parcels.slow is version 1");
        assertThat(run(work, linear).fine().err()).contains("nothing to do");

        Path tables = work.resolve("warehouse/parcels");
        List<Row> scores = TableRows.of(tables.resolve("scores/slow"));
        String sha256 = scores.get(0).getAs("model_sha256");
        Path kept = tables.resolve("ops/models").resolve(sha256);
        LogisticModel model = LogisticModel.read(Files.readAllBytes(kept.resolve("model.json")));
        assertThat(Files.readString(kept.resolve("penstock.json"))).contains("\"flavour\":\"logistic\"");
        Map<String, Row> inputs = new TreeMap<>();
        TableRows.of(tables.resolve("scoring/slow")).forEach(row -> inputs.put(row.getAs("id"), row));
        assertThat(scores).hasSize(Parcels.A_DAY).allSatisfy(row -> {
            double margin = model.intercept();
            for (LogisticModel.Term term : model.terms()) {
                margin += contribution(term, inputs.get(row.<String>getAs("id")).getAs(term.feature()));
            }
            assertThat(row.<Double>getAs("score")).isCloseTo(1 / (1 + Math.exp(-margin)), within(1e-6));
            assertThat(row.<List<?>>getAs("reasons")).isNotEmpty();
        });
        assertThat(scores.stream().map(row -> row.<Double>getAs("score")).distinct())
                .hasSizeGreaterThan(10);
        JsonNode python = scoredInPython("linear.parcels.slow", tables);
        assertThat(python.path("rows").asInt()).isEqualTo(Parcels.A_DAY);
        assertThat(python.path("flavours").toString()).isEqualTo("[\"penstock\",\"python_function\"]");
        assertThat(python.path("categories").toString()).isEqualTo("[\"depot\"]");
        // The exponential functions of Java and numpy may differ in the last bit of a double
        assertThat(python.path("units_in_the_last_place").asInt()).isLessThanOrEqualTo(1);
    }

    private static JsonNode scoredInPython(String model, Path tables) throws IOException {
        Path answer = folder.resolve("python.json");
        Path log = folder.resolve("python.log");
        Process process = new ProcessBuilder(
                        fromEnvironment("PENSTOCK_PYTHON").toString(),
                        Path.of(System.getProperty("penstock.home", ".."))
                                .resolve("tests/src/test/resources/e2e/score_raw.py")
                                .toString(),
                        CommandLine.mlflow(folder),
                        model,
                        tables.toString(),
                        "slow",
                        "id",
                        answer.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        assertThat(process.onExit().orTimeout(2, TimeUnit.MINUTES).join().exitValue())
                .as(Files.readString(log))
                .isZero();
        return new ObjectMapper().readTree(answer.toFile());
    }

    /** What lands once a day is the same to units of twelve hours, of which every other one has nothing. */
    @Test
    void unitsOfHoursLearnAndScoreWhatDaysDo() throws IOException {
        Path work = TrainedParcels.copy("judged", folder.resolve("hours"));
        Path tables = work.resolve("hours/parcels");
        String training = DAY + "T08:00Z";
        List<String> hours = List.of(
                "--set",
                "penstock.warehouse=" + work.resolve("hours"),
                "--set",
                "penstock.mlflow=" + CommandLine.mlflow(folder),
                "--set",
                "penstock.registry-prefix=hours.",
                "--set",
                "schedule.every=12h",
                "--set",
                "models.slow.training.at=[\"" + training + "\"]",
                "--set",
                "models.slow.scoring.from=" + training);
        List<String> range = List.of("--from", Parcels.FIRST.toString(), "--to", NEXT + "T08:00Z");

        said(work, "run", range, hours).fine();

        List<Row> scores = TableRows.of(tables.resolve("scores/slow"));
        assertThat(scored(scores)).isEqualTo(scored(TableRows.of(work.resolve("warehouse/parcels/scores/slow"))));
        assertThat(scores.stream().map(row -> row.getAs("unit")).distinct())
                .containsExactlyInAnyOrder(training, NEXT + "T08:00Z");
        assertThat(TableRows.of(tables.resolve("scores/slow_performance")))
                .extracting(row -> row.getAs("unit"), row -> row.getAs("scored_unit"))
                .contains(tuple(NEXT + "T08:00Z", training));
        assertThat(said(work, "run", range, hours).fine().err()).contains("nothing to do");
        String id = scores.get(0).getAs("id");
        assertThat(said(work, "trace", List.of("scores/slow", "id=" + id, "--json"), hours)
                        .fine()
                        .json()
                        .path("files"))
                .isNotEmpty()
                .allSatisfy(
                        file -> assertThat(file.path("unit").asText()).matches("2\\d{3}-\\d\\d-\\d\\dT(08|20):00Z"));
        List<String> days = new ArrayList<>(hours);
        days.set(days.indexOf("schedule.every=12h"), "schedule.every=1d");
        days.replaceAll(setting -> setting.replace("T08:00Z", ""));
        assertThat(said(work, "plan", List.of("--unit", DAY), days)
                        .failed(20, "PEN-CFG-071")
                        .err())
                .contains("Cannot change between units of a day and units of hours");
    }

    /** Of each row its score, and the model that made it. */
    private static Map<String, String> scored(List<Row> scores) {
        Map<String, String> scored = new TreeMap<>();
        scores.forEach(row -> scored.put(
                row.getAs("id"), row.getAs("as_of") + " " + row.getAs("score") + " " + row.getAs("model_sha256")));
        return scored;
    }

    private static Said said(Path work, String verb, List<String> units, List<String> settings) {
        List<String> all = new ArrayList<>(List.of(verb, "parcels", "--work", work.toString()));
        all.addAll(List.of("--conf-dir", conf.toString()));
        all.addAll(units);
        all.addAll(settings);
        return penstock(all.toArray(String[]::new));
    }

    /** As the file's format is described. */
    private static double contribution(LogisticModel.Term term, Double value) {
        if (term.isCategory()) {
            boolean isKnown = value != null && value < term.levels().size();
            return isKnown ? term.levels().get(value.intValue()) : term.missing();
        }
        return value == null ? 0 : term.coefficient() * (value.floatValue() - term.mean()) / term.scale();
    }

    private static Said run(Path work, List<String> arguments) {
        List<String> all = new ArrayList<>(List.of("run", "parcels", "--work", work.toString()));
        all.addAll(List.of("--conf-dir", conf.toString()));
        all.addAll(arguments);
        return penstock(all.toArray(String[]::new));
    }

    @Test
    void compactingATableReingestsNothing() {
        Path table = folder.resolve("warehouse/parcels/bronze/parcels");
        try (SparkSession spark = SparkSessions.start("compaction")) {
            // Without statistics the order is worth nothing, but every file is written again, which is what is wanted
            // here
            spark.conf().set("spark.databricks.delta.optimize.zorder.checkStatsCollection.enabled", "false");
            long before = DeltaTable.forPath(spark, table.toString())
                    .history(1)
                    .head()
                    .getAs("version");
            DeltaTable.forPath(spark, table.toString()).optimize().executeZOrderBy("id");
            long after = DeltaTable.forPath(spark, table.toString())
                    .history(1)
                    .head()
                    .getAs("version");
            assertThat(after).isGreaterThan(before);
        }

        Said again = verb("run", "parcels", "--from", Parcels.FIRST.toString(), "--to", DAY, "--stage", "ingest")
                .fine();

        assertThat(again.err()).contains("nothing to do");
    }

    private static Map<String, String> without(String prefix, Map<String, String> contents) {
        Map<String, String> rest = new TreeMap<>(contents);
        rest.keySet().removeIf(key -> key.startsWith(prefix));
        return rest;
    }

    private static Said verb(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--work", folder.toString()));
        if (!arguments[0].equals("mlflow")) {
            all.addAll(List.of("--conf-dir", conf.toString()));
        }
        return penstock(all.toArray(String[]::new));
    }
}
