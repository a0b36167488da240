package io.penstock.training.mlflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.Clock;
import io.penstock.core.ExitCode;
import io.penstock.core.Hashes;
import io.penstock.core.Json;
import io.penstock.core.PenstockException;
import io.penstock.core.model.Flavour;
import io.penstock.core.model.ModelDescriptor;
import io.penstock.core.model.ModelRegistry;
import io.penstock.core.model.Tracker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
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
import java.util.stream.Collectors;
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
    private static final Map<String, String> TAGS = Map.of(Tracker.PRIMARY_METRIC, "test_auc");
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
    private static ModelDescriptor spec;

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
        MlflowHttp http = new MlflowHttp(MlflowAccess.open(running.url()), MlflowHttp.DEADLINE);
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
                .containsEntry(Tracker.PRIMARY_METRIC, "test_auc");
        assertThat(tracker.link("flight-delay/late", run))
                .startsWith(running.url() + "/#/experiments/")
                .endsWith(run);
    }

    @Test
    void aRegisteredModelIsVerifiedAndPythonPredictsTheSame() throws Exception {
        String run = tracker.startRun("flight-delay/late", "full", "model-key", TAGS, Instant.now());
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
        refusedAfter("damaged", Flavour.XGBOOST.file(), content -> content[content.length / 2] ^= 1, "PEN-ML-010");
        refusedAfter("swapped", MlModel.SPEC, content -> content[content.length / 2] ^= 1, "PEN-ML-010");
        refusedAfter("deleted", Flavour.XGBOOST.file(), null, "PEN-ML-015");
    }

    @Test
    void anExperimentThatWasDeletedIsToldWithTheServersWordsAndHowToRestoreIt() {
        tracker.startRun("flight-delay/gone", "full", "gone-1", Map.of(), Instant.now());
        MlflowHttp http = new MlflowHttp(MlflowAccess.open(running.url()), MlflowHttp.DEADLINE);
        String id = Answers.text(
                Answers.map(
                        http.get("experiments/get-by-name", Map.of("experiment_name", "flight-delay/gone"))
                                .orElseThrow(),
                        "experiment"),
                "experiment_id");
        http.repeatablePost("experiments/delete", Map.of("experiment_id", id));

        assertThatThrownBy(() -> tracker.startRun("flight-delay/gone", "full", "gone-2", Map.of(), Instant.now()))
                .hasMessageContaining(
                        "with 400 INVALID_PARAMETER_VALUE: The experiment " + id + " must be in the 'active'")
                .hasMessageContaining("mlflow experiments restore -x " + id)
                .isInstanceOfSatisfying(PenstockException.class, e -> {
                    assertThat(e.code()).isEqualTo("PEN-ML-063");
                    assertThat(e.exit()).isEqualTo(ExitCode.CONFIGURATION);
                });
        assertThatThrownBy(() -> tracker.requireReady("flight-delay/gone"))
                .hasMessageContaining("PEN-ML-063")
                .hasMessageContaining("mlflow experiments restore -x " + id);

        http.repeatablePost("experiments/restore", Map.of("experiment_id", id));
        tracker.requireReady("flight-delay/gone");
        assertThat(tracker.startRun("flight-delay/gone", "full", "gone-2", Map.of(), Instant.now()))
                .isNotEmpty();
    }

    @Test
    void aVersionThatWasRegisteredByHandCannotBeVerified() {
        String run = tracker.startRun("flight-delay/late", "full", "by-hand", TAGS, Instant.now());
        Tracker.LoggedModel logged = tracker.logModel(run, "by-hand", ubj, spec);
        MlflowHttp http = new MlflowHttp(MlflowAccess.open(running.url()), MlflowHttp.DEADLINE);
        http.post("registered-models/create", Map.of("name", "by-hand"), true);
        http.post(
                "model-versions/create",
                Map.of("name", "by-hand", "source", logged.source(), "model_id", logged.id()),
                false);
        registry.alias("by-hand", "champion", "1");

        assertThatThrownBy(() ->
                        registry.fetch(registry.resolve("by-hand", "champion").orElseThrow()))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-ML-010 Cannot verify the model: it carries no sha256");
    }

    @Test
    void mlflowServesTheChampionWithItsScores() throws Exception {
        String run = tracker.startRun("flight-delay/late", "full", "served", TAGS, Instant.now());
        ModelRegistry.Version version =
                registry.register("served", tracker.logModel(run, "served", ubj, spec), Map.of());
        registry.alias("served", "champion", version.version());
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        Path log = folder.resolve("serve.log");
        ProcessBuilder builder = new ProcessBuilder(
                        python().toString(),
                        "-m",
                        "mlflow",
                        "models",
                        "serve",
                        "-m",
                        "models:/served@champion",
                        "--env-manager",
                        "local",
                        "--host",
                        "127.0.0.1",
                        "-p",
                        String.valueOf(port))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().put("MLFLOW_TRACKING_URI", running.url());
        // It starts uvicorn by name
        builder.environment().merge("PATH", python().getParent().toString(), (path, bin) -> bin + ":" + path);
        Process process = builder.start();
        try {
            List<?> served = answered(process, port, log);
            assertThat(served).hasSize(3);
            for (int i = 0; i < 3; i++) {
                assertThat(((Number) served.get(i)).doubleValue())
                        .isCloseTo(expected[i], org.assertj.core.data.Offset.offset(1e-6));
            }
        } finally {
            List<ProcessHandle> all = Stream.concat(process.descendants(), Stream.of(process.toHandle()))
                    .toList();
            all.forEach(ProcessHandle::destroyForcibly);
        }
    }

    /** The first rows' scores, once the server is up. */
    private static List<?> answered(Process process, int port, Path log) throws Exception {
        List<List<Object>> data = IntStream.range(0, 3)
                .mapToObj(row -> IntStream.range(0, FEATURES.size())
                        .mapToObj(f -> rows[row * FEATURES.size() + f])
                        .map(value -> (Object) (Float.isNaN(value) ? null : Double.valueOf(value)))
                        .collect(Collectors.toList()))
                .toList();
        String body = Json.canonical(Map.of("dataframe_split", Map.of("columns", FEATURES, "data", data)));
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/invocations"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(180);
        while (process.isAlive() && System.nanoTime() < deadline) {
            try {
                HttpResponse<String> answer =
                        HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
                return (List<?>) Json.readMap(answer.body()).get("predictions");
            } catch (IOException notYet) {
                process.waitFor(300, TimeUnit.MILLISECONDS);
            }
        }
        throw new AssertionError("No answer: " + Files.readString(log));
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
        Map<String, String> tags = new TreeMap<>(TAGS);
        tags.put("mlflow.note.content", "it's a note");
        String run = tracker.startRun("flight-delay/late", "full", "it's/a key", tags, Instant.now());
        Map<String, String> params = new TreeMap<>();
        IntStream.range(0, 150).forEach(i -> params.put("p" + i, "v" + i));
        tracker.params(run, params);
        tracker.metrics(
                run,
                IntStream.range(0, 1_200)
                        .mapToObj(i -> Tracker.Point.of("validation-logloss", 1.0 / (i + 1), i))
                        .toList());
        tracker.metrics(run, List.of(Tracker.Point.of("auc", Double.NaN, 0)));
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
        String run = tracker.startRun("flight-delay/late", name, name, Map.of(), Instant.now());
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
        spec = new ModelDescriptor(
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
