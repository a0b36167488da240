package io.penstock.tests.laws;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.Clock;
import io.penstock.core.Manifest;
import io.penstock.core.config.ConfigLoader;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.history.History;
import io.penstock.core.history.Recipes;
import io.penstock.core.kernel.KernelManifestStore;
import io.penstock.jobs.Penstock;
import io.penstock.jobs.report.Progress;
import io.penstock.jobs.run.Executor;
import io.penstock.jobs.run.Planner;
import io.penstock.jobs.run.Session;
import io.penstock.jobs.stage.Stages;
import io.penstock.lineage.AuditChain;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * A warehouse as commit a3dfe43 left it (made by {@code continued/make.sh}) is continued by the code of today: nothing of it
 * runs again, and the next unit does. It has a day that trained and a day after it; MLflow is away, so that scores come of the
 * model that the warehouse keeps.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ContinuedTest {
    private static final LocalDate FIRST = LocalDate.of(2024, 3, 2);
    private static final LocalDate TRAINING = LocalDate.of(2024, 3, 6);
    private static final LocalDate LAST = LocalDate.of(2024, 3, 7);
    private static final LocalDate NEXT = LocalDate.of(2024, 3, 8);

    @TempDir
    private static Path folder;

    private static Path conf;

    @BeforeAll
    static void theWarehouseOfThen() throws IOException, InterruptedException {
        Path home = Path.of(System.getProperty("penstock.home", ".."));
        Path resources = home.resolve("tests/src/test/resources/continued");
        Process tar = new ProcessBuilder(
                        "tar", "-xzf", resources.resolve("continued.tar.gz").toString(), "-C", folder.toString())
                .inheritIO()
                .start();
        assertThat(tar.waitFor()).isZero();
        conf = Files.createDirectories(folder.resolve("conf"));
        Files.createDirectories(conf.resolve("env"));
        Files.copy(home.resolve("conf/reference.conf"), conf.resolve("reference.conf"));
        Files.copy(resources.resolve("continued.conf"), conf.resolve("continued.conf"));
    }

    @AfterAll
    static void stop() {
        Warehouse.stopSpark();
    }

    @Test
    @Order(1)
    void nothingThatIsDoneRunsAgain() {
        PipelineConfig config = config(Map.of());

        assertThat(plan(config, List.of(), FIRST, LAST))
                .hasSizeGreaterThan(20)
                .allSatisfy(
                        step -> assertThat(step.decision()).as(step.toString()).isEqualTo(Planner.Decision.UNCHANGED));
    }

    @Test
    @Order(1)
    void anUpgradeNamesTheColumnsThatScoresGainAndNothingElse() {
        String gained = "\\[\"reasons.text\",\"class\",\"class_scores\",\"quantiles\",\"codes\"\\]";

        assertThat(upgrade())
                .contains("\"changes\":[]")
                .containsPattern("\"scores/slow\":" + gained)
                .containsPattern("\"scores/slow_log\":" + gained);
    }

    private static String upgrade() {
        PrintStream out = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        List<String> arguments =
                new ArrayList<>(List.of("upgrade", "continued", "--plan", "--json", "--conf-dir", conf.toString()));
        places().forEach((key, value) -> arguments.addAll(List.of("--set", key + "=" + value)));
        try {
            System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
            assertThat(Penstock.run(arguments.toArray(String[]::new))).isZero();
        } finally {
            System.setOut(out);
        }
        return printed.toString(StandardCharsets.UTF_8);
    }

    @Test
    @Order(2)
    void whatIsChangedIsToldAgainstTheRecipesOfThen() {
        assertThat(plan(config(Map.of("models.slow.training.params.max_depth", "4")), List.of(), TRAINING, TRAINING))
                .filteredOn(Planner.Step::runs)
                .extracting(step -> step.name() + ": " + step.reason())
                .containsExactly(
                        "train slow: its definition changed (params.max_depth 3 → 4)",
                        "promote slow: its definition changed (train.params.max_depth 3 → 4)");
        assertThat(plan(config(Map.of("features.depot_delays.version", "2")), List.of(), LAST, LAST))
                .filteredOn(Planner.Step::runs)
                .extracting(Planner.Step::name)
                .as("the other view and the scores stay")
                .containsExactly("features depot_delays_v2");
    }

    @Test
    @Order(3)
    void anotherModelRunsNothingOfTheFirst() throws IOException {
        String text = Files.readString(conf.resolve("continued.conf"));
        String model = text.substring(text.indexOf("  slow {"), text.lastIndexOf('}'));
        Files.writeString(
                conf.resolve("two.conf"),
                text.substring(0, text.lastIndexOf('}')) + model.replace("  slow {", "  second {") + "}\n");

        assertThat(plan(load("two", Map.of()), List.of(), FIRST, LAST))
                .filteredOn(Planner.Step::runs)
                .extracting(Planner.Step::name)
                .containsOnly(
                        "training-set second", "train second", "promote second", "score second", "evaluate second");
    }

    @Test
    @Order(4)
    void theNextUnitRunsAndTheOnesBeforeStay() throws Exception {
        PipelineConfig config = config(Map.of());
        List<String> files = files(config);
        int before = store(config).manifests().size();

        Executor.Result result = new Executor(new Session(config, Progress.silent()), Clock.system())
                .run(Stages.jobs(config, List.of()), config.schedule().units(LAST, NEXT), false);

        assertThat(result.exit().value()).as(result.messages().toString()).isZero();
        assertThat(result.manifests())
                .extracting(manifest -> manifest.stage().of(manifest.subject()) + " " + manifest.unit())
                .containsExactlyInAnyOrder(
                        "ingest " + NEXT,
                        "features depot_delays_v1 " + NEXT,
                        "features depot_arrival_v1 " + NEXT,
                        "score slow " + NEXT,
                        "evaluate slow " + NEXT);
        List<Manifest> all = store(config).manifests();
        assertThat(all).hasSize(before + 5);
        assertThat(AuditChain.verify(all)).isEmpty();
        assertThat(all.get(all.size() - 2).facts()).containsKey("degraded");
        Map<String, Long> scored = new TreeMap<>();
        new Session(config, Progress.silent())
                .tables()
                .read("scores/slow")
                .where("score is not null")
                .groupBy("unit")
                .count()
                .collectAsList()
                .forEach(row -> scored.put(row.get(0).toString(), row.getLong(1)));
        assertThat(scored).isEqualTo(Map.of(TRAINING.toString(), 30L, LAST.toString(), 30L, NEXT.toString(), 30L));
        assertThat(files(config))
                .as("no file of a unit that is done is written again")
                .containsAll(files);
        scoresBeforeAreReadWithTheColumnsOfNow(config);
        scoresAreReadByPython();
        assertThat(upgrade()).doesNotContain("scores/slow");
        assertThat(plan(config, List.of(), FIRST, NEXT)).noneMatch(Planner.Step::runs);
    }

    private static List<String> files(PipelineConfig config) {
        Session session = new Session(config, Progress.silent());
        return Stream.of("scoring/slow", "scores/slow_log", "scores/slow")
                .flatMap(table -> Stream.of(session.tables().read(table).inputFiles()))
                .toList();
    }

    /** By delta-rs, as a struct in an array has other fields in the files of then. */
    private static void scoresAreReadByPython() throws Exception {
        String script = """
                import sys
                from deltalake import DeltaTable
                rows = DeltaTable(sys.argv[1]).to_pyarrow_table().to_pylist()
                told = {(str(r["unit"]), r["codes"] is None, r["reasons"][0]["text"] is None) for r in rows if r["reasons"]}
                print(*sorted(told), len(rows), sep="; ")
                """;
        Process python = new ProcessBuilder(
                        System.getenv("PENSTOCK_PYTHON"),
                        "-c",
                        script,
                        folder.resolve("warehouse/continued/scores/slow").toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        assertThat(new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip())
                .isEqualTo("('" + TRAINING + "', True, True); ('" + LAST + "', True, True); ('" + NEXT
                        + "', False, False); 90");
    }

    /** What the files of then do not have is NULL. */
    private static void scoresBeforeAreReadWithTheColumnsOfNow(PipelineConfig config) {
        for (String table : List.of("scores/slow", "scores/slow_log")) {
            Map<String, String> found = new TreeMap<>();
            new Session(config, Progress.silent())
                    .tables()
                    .read(table)
                    .selectExpr(
                            "unit",
                            "concat_ws(' ', class is null, class_scores is null, quantiles is null, codes is null,"
                                    + " exists(reasons, r -> r.feature is not null and r.contribution is not null),"
                                    + " exists(reasons, r -> r.text is not null)) AS found")
                    .distinct()
                    .collectAsList()
                    .forEach(row -> found.put(row.get(0).toString(), row.getString(1)));
            assertThat(found)
                    .as(table)
                    .isEqualTo(Map.of(
                            TRAINING.toString(),
                            "true true true true true false",
                            LAST.toString(),
                            "true true true true true false",
                            NEXT.toString(),
                            "true true true false true true"));
        }
    }

    /** One view needs all units, the other none: only that one is made, and the set of then is not taken for the new one. */
    @Test
    @Order(5)
    void aViewsNewVersionIsBuiltBesideTheOldForAllUnitsOfThen() {
        PipelineConfig raised = config(Map.of("features.depot_delays.version", "2"));
        assertThat(plan(raised, List.of("training-set"), TRAINING, TRAINING))
                .extracting(step -> step.decision() + " " + step.reason())
                .containsExactly("BLOCKED features depot_delays_v2 is not done for this unit");

        Executor.Result result = new Executor(new Session(raised, Progress.silent()), Clock.system())
                .run(
                        Stages.jobs(raised, List.of("features", "training-set")),
                        raised.schedule().units(TRAINING, TRAINING),
                        false);

        assertThat(result.exit().value()).as(result.messages().toString()).isZero();
        assertThat(result.manifests())
                .extracting(manifest -> manifest.stage().of(manifest.subject()))
                .containsOnly("features depot_delays_v2", "training-set slow")
                .hasSize(6);
        Manifest set = result.manifests().get(5);
        assertThat(set.inputs().toString()).contains("features/depot_delays_v2", "features/depot_arrival_v1");
        assertThat(plan(config(Map.of()), List.of("train"), TRAINING, TRAINING))
                .as("what was trained before stays what it is")
                .extracting(Planner.Step::decision)
                .containsExactly(Planner.Decision.UNCHANGED);
        assertThat(plan(config(Map.of("models.slow.training.rounds", "6")), List.of("train"), TRAINING, TRAINING))
                .extracting(step -> step.decision() + " " + step.reason())
                .allSatisfy(reason -> assertThat(reason)
                        .startsWith("BLOCKED PEN-RUN-070 training-set slow was made by another definition (")
                        .contains("depot_delays"));
    }

    @Test
    @Order(6)
    void rowsOfWhichAnInputIsInfiniteAreHeldAndToldWithTheColumn() {
        PipelineConfig config = config(Map.of("models.slow.rows.mass", "exp(weight * 1000)"));

        Executor.Result result = new Executor(new Session(config, Progress.silent()), Clock.system())
                .run(Stages.jobs(config, List.of("score")), config.schedule().units(NEXT, NEXT), true);

        assertThat(result.exit().value()).as(result.messages().toString()).isZero();
        assertThat(result.messages()).hasSize(1);
        assertThat(result.messages().get(0))
                .contains("PEN-ML-006", "rows are held", "the first is id = " + NEXT + "-", "mass = Infinity");
    }

    @Test
    @Order(7)
    void aModelOfRowsAloneIsTrainedOnWhatWasIngestedAndScores() throws IOException {
        String text = Files.readString(conf.resolve("continued.conf"));
        String bare = text.substring(0, text.indexOf("features {"))
                + text.substring(text.indexOf("models {"))
                        .replace("  slow {", "  bare {")
                        .replace("    features = [depot_delays, depot_arrival]\n", "");
        Files.writeString(conf.resolve("bare.conf"), bare);
        PipelineConfig config = load("bare", Map.of());

        Executor.Result result = new Executor(new Session(config, Progress.silent()), Clock.system())
                .run(
                        Stages.jobs(config, List.of("features", "training-set", "score")),
                        config.schedule().units(TRAINING, TRAINING),
                        false);

        assertThat(result.exit().value()).as(result.messages().toString()).isZero();
        assertThat(result.manifests())
                .extracting(manifest -> manifest.stage().of(manifest.subject()) + " " + manifest.counts())
                .containsExactly(
                        "training-set bare {training/bare_set=120}",
                        "score bare {scoring/bare=30, scores/bare_log=30, scores/bare=30}");
    }

    private static List<Planner.Step> plan(PipelineConfig config, List<String> stages, LocalDate from, LocalDate to) {
        return new Planner(
                        config.schedule(),
                        History.of(store(config)),
                        (stage, subject, unit, last) -> false,
                        Recipes.of(config)::find)
                .plan(Stages.jobs(config, stages), config.schedule().units(from, to));
    }

    private static KernelManifestStore store(PipelineConfig config) {
        return KernelManifestStore.of(config, Clock.system());
    }

    private static PipelineConfig config(Map<String, String> settings) {
        return load("continued", settings);
    }

    private static Map<String, String> places() {
        return Map.of(
                "penstock.landing",
                folder.resolve("landing").toString(),
                "penstock.warehouse",
                "file://" + folder.resolve("warehouse"),
                "penstock.mlflow",
                "http://127.0.0.1:1");
    }

    private static PipelineConfig load(String name, Map<String, String> settings) {
        Map<String, String> all = new TreeMap<>(settings);
        all.putAll(places());
        return ConfigLoader.load(conf, name, "local", all, Map.of());
    }
}
