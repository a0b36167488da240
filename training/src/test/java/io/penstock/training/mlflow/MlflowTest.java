package io.penstock.training.mlflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.Clock;
import io.penstock.core.ExitCode;
import io.penstock.core.Hashes;
import io.penstock.core.Json;
import io.penstock.core.ModelRegistry;
import io.penstock.core.ModelSpec;
import io.penstock.core.PenstockException;
import io.penstock.core.Tracker;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoost;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a real MLflow server, and a real Python that loads what was registered. */
class MlflowTest {
    private static final List<String> FEATURES = List.of("dep_minute", "late_rate_7d", "wind_speed");
    private static final int ROWS = 400;
    private static final String NAME = "flight-delay.late";
    private static final Clock CLOCK = () -> Instant.parse("2013-12-25T08:00:00Z");

    @TempDir
    private static Path folder;

    private static MlflowServer server;
    private static MlflowServer.Running running;
    private static Tracker tracker;
    private static ModelRegistry registry;
    private static byte[] ubj;
    private static float[] rows;
    private static float[] expected;
    private static ModelSpec spec;

    @BeforeAll
    static void startServer() throws Exception {
        server = new MlflowServer(folder.resolve("mlflow"));
        running = server.start(python(), 0);
        tracker = new MlflowTracker(running.url(), CLOCK);
        registry = new MlflowRegistry(running.url());
        train();
    }

    @AfterAll
    static void stopServer() {
        assertThat(server.stop()).isTrue();
        assertThat(ProcessHandle.of(running.pid()).filter(ProcessHandle::isAlive))
                .isEmpty();
        assertThat(tracker.healthy()).isFalse();
    }

    @Test
    void aRunIsFoundAgainByItsKeyAndNothingIsLoggedTwice() {
        String run = wholeRun();
        String again = wholeRun();

        assertThat(again).isEqualTo(run);
        MlflowHttp http = new MlflowHttp(running.url(), MlflowHttp.DEADLINE);
        Map<String, Object> read =
                Answers.map(http.get("runs/get", Map.of("run_id", run)).orElseThrow(), "run");
        assertThat(Answers.map(read, "info")).containsEntry("status", "FINISHED");
        assertThat(Answers.list(Answers.map(read, "data"), "params")).hasSize(150);
        assertThat(Answers.tags(Answers.map(read, "data"))).containsEntry("mlflow.note.content", "it's a note");
        Map<String, Object> inputs = Answers.map(read, "inputs");
        assertThat(Answers.list(inputs, "dataset_inputs")).hasSize(2);
        assertThat(Json.canonical(inputs)).contains("delta_table", "delta_table_version");
        assertThat(Answers.list(
                        http.get("metrics/get-history", Map.of("run_id", run, "metric_key", "validation-logloss"))
                                .orElseThrow(),
                        "metrics"))
                .hasSize(1_200);
        assertThat(http.artifact(path(read) + "/report.html").orElseThrow())
                .isEqualTo("<p>ü</p>".getBytes(StandardCharsets.UTF_8));
        assertThat(Answers.tags(Answers.map(
                        http.get("experiments/get-by-name", Map.of("experiment_name", "flight-delay/late"))
                                .orElseThrow(),
                        "experiment")))
                .containsEntry("mlflow.experiment.primaryMetric.name", "auc");
        assertThat(tracker.link("flight-delay/late", run))
                .startsWith(running.url() + "/#/experiments/")
                .endsWith(run);
    }

    @Test
    void aRegisteredModelIsVerifiedAndPythonPredictsTheSame() throws Exception {
        String run = tracker.startRun("flight-delay/late", "full", "model-key", Map.of());
        Tracker.LoggedModel logged = tracker.logModel(run, "late/full", ubj, spec);
        assertThat(tracker.logModel(run, "late/full", ubj, spec)).isEqualTo(logged);
        assertThat(registry.resolve(NAME, "champion")).isEmpty();
        assertThat(registry.find(NAME, "penstock.run", "run-1")).isEmpty();

        ModelRegistry.Version version = registry.register(NAME, logged, Map.of("penstock.run", "run-1"));
        assertThat(registry.resolve(NAME, "champion")).isEmpty();
        assertThat(registry.find(NAME, "penstock.run", "run-1")).contains(version);
        registry.alias(NAME, "champion", version.version());

        ModelRegistry.Version champion = registry.resolve(NAME, "champion").orElseThrow();
        ModelRegistry.Fetched fetched = registry.fetch(champion);
        assertThat(champion).isEqualTo(version);
        assertThat(champion.sha256()).isEqualTo(spec.sha256());
        assertThat(fetched.model()).isEqualTo(ubj);
        assertThat(fetched.spec()).isEqualTo(spec);
        assertThat(python(NAME + "@champion")).hasSize(ROWS).satisfies(scores -> {
            for (int i = 0; i < ROWS; i++) {
                assertThat(scores.get(i)).isCloseTo(expected[i], org.assertj.core.data.Offset.offset(1e-6));
            }
        });
    }

    @Test
    void aDamagedModelIsRefused() throws Exception {
        refusedAfter("damaged", MlModel.MODEL, content -> content[content.length / 2] ^= 1, "PEN-ML-010");
        refusedAfter("swapped", MlModel.SPEC, content -> content[content.length / 2] ^= 1, "PEN-ML-010");
        refusedAfter("deleted", MlModel.MODEL, null, "PEN-ML-015");
    }

    @Test
    void aServerThatRunsIsReused() {
        MlflowServer.Running again = new MlflowServer(folder.resolve("mlflow")).start(python(), 0);

        assertThat(again).isEqualTo(new MlflowServer.Running(running.url(), running.pid(), running.port(), true));
    }

    @Test
    void aPortThatIsTakenIsNamed() {
        assertThatThrownBy(() -> new MlflowServer(folder.resolve("other")).start(python(), running.port()))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-CFG-026 Cannot start MLflow: port " + running.port());
    }

    private static String wholeRun() {
        String run = tracker.startRun(
                "flight-delay/late", "full", "it's/a key", Map.of("mlflow.note.content", "it's a note"));
        Map<String, String> params = new TreeMap<>();
        IntStream.range(0, 150).forEach(i -> params.put("p" + i, "v" + i));
        tracker.params(run, params);
        tracker.metrics(
                run,
                IntStream.range(0, 1_200)
                        .mapToObj(i -> new Tracker.Point("validation-logloss", 1.0 / (i + 1), i))
                        .toList());
        tracker.metrics(run, List.of(new Tracker.Point("auc", Double.NaN, 0)));
        tracker.datasets(
                run,
                List.of(
                        new Tracker.DatasetUsed(
                                "late_set", "file:/warehouse/late_set", 3, Hashes.sha256("a"), "training"),
                        new Tracker.DatasetUsed("late_test", "file:/warehouse/late_set", 3, "b", "test")));
        tracker.artifact(run, "report.html", "<p>ü</p>".getBytes(StandardCharsets.UTF_8));
        tracker.endRun(run, "FINISHED");
        return run;
    }

    private interface Damage {
        void to(byte[] content);
    }

    private static void refusedAfter(String name, String file, Damage damage, String code) throws Exception {
        String run = tracker.startRun("flight-delay/late", name, name, Map.of());
        ModelRegistry.Version version = registry.register(name, tracker.logModel(run, name, ubj, spec), Map.of());
        Path stored;
        try (Stream<Path> all = Files.walk(folder.resolve("mlflow/artifacts"))) {
            stored = all.filter(
                            path -> path.toString().contains(version.source().substring("models:/".length())))
                    .filter(path -> path.endsWith(file))
                    .findFirst()
                    .orElseThrow();
        }
        byte[] content = Files.readAllBytes(stored);
        Files.delete(stored);
        if (damage != null) {
            damage.to(content);
            Files.write(stored, content);
        }
        assertThatThrownBy(() -> registry.fetch(version)).isInstanceOfSatisfying(PenstockException.class, e -> {
            assertThat(e.code()).isEqualTo(code);
            assertThat(e.exit()).isEqualTo(ExitCode.INTERNAL);
        });
    }

    private static String path(Map<String, Object> run) {
        return Artifacts.path(Answers.text(Answers.map(run, "info"), "artifact_uri"), running.url());
    }

    private static void train() throws Exception {
        SplittableRandom random = new SplittableRandom(3);
        rows = new float[ROWS * FEATURES.size()];
        float[] labels = new float[ROWS];
        for (int i = 0; i < ROWS; i++) {
            for (int f = 0; f < FEATURES.size(); f++) {
                rows[i * FEATURES.size() + f] = random.nextInt(4) == 0 ? Float.NaN : (float) random.nextDouble(-5, 5);
            }
            labels[i] = rows[i * FEATURES.size()] > 0 ? 1 : 0;
        }
        DMatrix matrix = new DMatrix(rows, ROWS, FEATURES.size(), Float.NaN);
        matrix.setLabel(labels);
        Map<String, Object> params = new LinkedHashMap<>();
        params.put("objective", "binary:logistic");
        params.put("max_depth", 3);
        Booster booster = XGBoost.train(matrix, params, 10, Map.of(), null, null);
        booster.setFeatureNames(FEATURES.toArray(String[]::new));
        ubj = booster.toByteArray("ubj");
        float[][] scores = booster.predict(matrix);
        expected = new float[ROWS];
        for (int i = 0; i < ROWS; i++) {
            expected[i] = scores[i][0];
        }
        spec = new ModelSpec(
                "late",
                "full",
                FEATURES,
                Map.of("carrier", List.of("AA", "UA")),
                List.of("features/carrier_delays_v1"),
                Hashes.sha256(ubj),
                10,
                "2013-12-25",
                "run-1",
                Map.of("auc", 0.66));
    }

    static Path python() {
        String python = System.getenv("PENSTOCK_PYTHON");
        assertThat(python)
                .as("PENSTOCK_PYTHON must name a Python with mlflow 3 and xgboost (bin/setup makes one)")
                .isNotNull();
        return Path.of(python);
    }

    /** Scores by {@code mlflow.pyfunc} in a process of its own. */
    private static List<Double> python(String model) throws Exception {
        StringBuilder csv = new StringBuilder(String.join(",", FEATURES)).append('\n');
        for (int i = 0; i < ROWS; i++) {
            for (int f = 0; f < FEATURES.size(); f++) {
                float value = rows[i * FEATURES.size() + f];
                csv.append(f == 0 ? "" : ",").append(Float.isNaN(value) ? "" : String.valueOf((double) value));
            }
            csv.append('\n');
        }
        Path input = Files.writeString(folder.resolve("rows.csv"), csv);
        Path output = folder.resolve("python.txt");
        String script = String.join(
                "\n",
                "import sys, mlflow, pandas",
                "mlflow.set_tracking_uri(sys.argv[1])",
                "model = mlflow.pyfunc.load_model('models:/' + sys.argv[2])",
                "for score in model.predict(pandas.read_csv(sys.argv[3])): print('score', repr(float(score)))");
        Process process = new ProcessBuilder(python().toString(), "-c", script, running.url(), model, input.toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        List<String> lines = Files.readAllLines(output);
        assertThat(process.exitValue()).as(String.join("\n", lines)).isZero();
        return lines.stream()
                .filter(line -> line.startsWith("score "))
                .map(line -> Double.valueOf(line.substring("score ".length())))
                .toList();
    }
}
