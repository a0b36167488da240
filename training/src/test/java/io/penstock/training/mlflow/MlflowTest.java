package io.penstock.training.mlflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.Clock;
import io.penstock.core.ExitCode;
import io.penstock.core.Hashes;
import io.penstock.core.Json;
import io.penstock.core.PenstockException;
import io.penstock.core.model.Flavour;
import io.penstock.core.model.LogisticModel;
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
import java.util.ArrayList;
import java.util.Arrays;
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
    private static final List<String> FEATURES = List.of("dep_minute", "carrier", "wind_speed");
    private static final int CARRIER = 1;
    private static final List<String> CARRIERS = List.of("AA", "UA");
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
        assertThat(champion.sha256())
                .isEqualTo(logged.sha256())
                .isEqualTo(MlModel.of(ubj, spec).descriptor().modelSha256());
        assertThat(fetched.model()).isEqualTo(ubj);
        assertThat(fetched.spec()).isEqualTo(MlModel.of(ubj, spec).descriptor());
        registry.alias(
                "linear",
                "champion",
                registry.register("linear", tracker.logModel(run, "linear", linear().bytes(), linearSpec()), Map.of())
                        .version());
        Map<String, Object> python = python(NAME + "@champion", "linear@champion");
        List<Double> scores = new ArrayList<>();
        for (float score : expected) {
            scores.add((double) score);
        }
        assertThat(python.get("scores")).isEqualTo(scores);
        assertThat(python.get("with_other_columns")).isEqualTo(scores);
        assertThat(python.get("of_nothing")).isEqualTo(scores.subList(0, 1));
        List<?> linear = (List<?>) python.get("linear");
        assertThat(linear).hasSize(ROWS);
        for (int i = 0; i < ROWS; i++) {
            // The exponential functions of Java and numpy may differ in the last bit of a double
            float score = ((Number) linear.get(i)).floatValue();
            assertThat(Math.abs(Float.floatToIntBits(score) - Float.floatToIntBits(linearScore(i))))
                    .as("row %d: %s, %s", i, score, linearScore(i))
                    .isLessThanOrEqualTo(1);
        }
        assertThat((String) python.get("without_carrier")).contains("Model is missing inputs ['carrier']");
        assertThat((String) python.get("coded")).contains("column carrier").contains("float64");
        assertThat((String) python.get("loader_without_carrier"))
                .isEqualTo("PEN-ML-070 Cannot score: the rows lack the input carrier");
        assertThat((String) python.get("loader_coded"))
                .startsWith("PEN-ML-071 Cannot score: the input carrier is a category and must be text, found 1.0.");
        assertThat((String) python.get("loader_text"))
                .startsWith("PEN-ML-071 Cannot score: the input wind_speed must be a number, found ");
        assertThat((String) python.get("damaged"))
                .startsWith("PEN-ML-010 Cannot load the model: model.ubj does not have the sha256");
    }

    /** Any file of it: the model, the loader, what it requires, what describes it. */
    @Test
    void aDamagedModelIsRefused() throws Exception {
        String run = tracker.startRun("flight-delay/late", "damaged", "damaged", TAGS, CLOCK.now());
        ModelRegistry.Version version =
                registry.register("damaged", tracker.logModel(run, "damaged", ubj, spec), Map.of());
        List<String> files = new ArrayList<>(registry.fetch(version).files().keySet());
        assertThat(files)
                .hasSize(6)
                .contains("MLmodel", "requirements.txt", Flavour.XGBOOST.file())
                .anyMatch(file -> file.matches("code/penstock_loader_[0-9a-f]{12}\\.py"));
        files.add(MlModel.SPEC);
        for (String file : files) {
            Path stored = stored(version, file);
            byte[] content = Files.readAllBytes(stored);
            byte[] damaged = content.clone();
            damaged[content.length / 4] ^= 1;
            Files.write(stored, damaged);
            refused(version, file, "PEN-ML-010");
            Files.delete(stored);
            refused(version, file, "PEN-ML-015");
            Files.write(stored, content);
        }
        assertThat(registry.fetch(version).model()).isEqualTo(ubj);
    }

    /** As it was logged when descriptors listed no files. */
    @Test
    void aModelOfBeforeStaysWhatItIs() throws Exception {
        String run = tracker.startRun("flight-delay/late", "before", "before", TAGS, CLOCK.now());
        Tracker.LoggedModel now = tracker.logModel(run, "before", ubj, spec);
        Path folder =
                stored(registry.register("before", now, Map.of()), MlModel.SPEC).getParent();
        Files.writeString(folder.resolve(MlModel.SPEC), Json.pretty(spec) + "\n");
        Files.writeString(folder.resolve("requirements.txt"), "mlflow>=3,<4\nxgboost>=3.2\n");

        Tracker.LoggedModel before = new Tracker.LoggedModel(now.id(), now.source(), run, spec.sha256());
        ModelRegistry.Fetched fetched = registry.fetch(registry.register("before", before, Map.of()));

        assertThat(fetched.version().sha256()).isEqualTo(Hashes.sha256(ubj));
        assertThat(fetched.spec()).isEqualTo(spec);
        assertThat(fetched.files()).isEmpty();
        assertThat(tracker.copyModel(run, "copied", fetched, spec).sha256())
                .as("a copy gets a loader")
                .isEqualTo(now.sha256());
    }

    @Test
    void aCopyUnderAnotherNameIsTheSameModel() {
        String run = tracker.startRun("flight-delay/late", "original", "original", TAGS, CLOCK.now());
        ModelRegistry.Fetched original =
                registry.fetch(registry.register("original", tracker.logModel(run, "original", ubj, spec), Map.of()));
        Tracker.LoggedModel logged =
                tracker.copyModel(run, "copy", original, original.spec().named("copy"));
        ModelRegistry.Fetched copy = registry.fetch(registry.register("copy", logged, Map.of()));

        assertThat(copy.version().sha256()).isEqualTo(original.version().sha256());
        assertThat(copy.spec().name()).isEqualTo("copy");
        assertThat(copy.files().keySet()).isEqualTo(original.files().keySet());
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
                assertThat(((Number) served.get(i)).floatValue()).isEqualTo(expected[i]);
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
                        .mapToObj(f -> raw(row, f))
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

    private static Path stored(ModelRegistry.Version version, String file) throws IOException {
        try (Stream<Path> all = Files.walk(folder.resolve("mlflow/artifacts"))) {
            return all.filter(path -> path.toString().contains(version.source().substring("models:/".length())))
                    .filter(path -> path.endsWith(file))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static void refused(ModelRegistry.Version version, String file, String code) {
        assertThatThrownBy(() -> registry.fetch(version))
                .as(file)
                .isInstanceOfSatisfying(PenstockException.class, e -> {
                    assertThat(e.code()).as(file).isEqualTo(code);
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
            rows[i * FEATURES.size() + CARRIER] = random.nextInt(4) == 0 ? Float.NaN : random.nextInt(CARRIERS.size());
            if (i == 0) {
                Arrays.fill(rows, 0, FEATURES.size(), Float.NaN);
            }
            labels[i] = rows[i * FEATURES.size()] > 0 ^ rows[i * FEATURES.size() + CARRIER] == 1 ? 1 : 0;
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
                Map.of("carrier", CARRIERS),
                List.of("features/carrier_delays_v1"),
                Hashes.sha256(ubj),
                10,
                "2013-12-25",
                "run-1",
                Map.of("auc", 0.66));
    }

    /** So steep that some scores are 0 and 1. */
    private static LogisticModel linear() {
        return new LogisticModel(
                -0.7,
                List.of(
                        LogisticModel.Term.number("dep_minute", 37.3, 0.1, 1.7),
                        LogisticModel.Term.category("carrier", List.of(0.31, -0.23), 0.017),
                        LogisticModel.Term.number("wind_speed", -1.9, -0.3, 2.9)));
    }

    private static ModelDescriptor linearSpec() {
        return new ModelDescriptor(
                        "linear",
                        "plain",
                        FEATURES,
                        Map.of("carrier", CARRIERS),
                        List.of(),
                        Hashes.sha256(linear().bytes()),
                        10,
                        "2013-12-25",
                        "run-1",
                        Map.of())
                .of(Flavour.LOGISTIC);
    }

    /** As {@link LogisticModel} says it. */
    private static float linearScore(int row) {
        double margin = linear().intercept();
        for (int f = 0; f < FEATURES.size(); f++) {
            LogisticModel.Term term = linear().terms().get(f);
            float x = rows[row * FEATURES.size() + f];
            if (term.isCategory()) {
                margin += Float.isNaN(x) ? term.missing() : term.levels().get((int) x);
            } else {
                margin += Float.isNaN(x) ? 0 : term.coefficient() * (x - term.mean()) / term.scale();
            }
        }
        return (float) (1 / (1 + Math.exp(-margin)));
    }

    static Path python() {
        String python = System.getenv("PENSTOCK_PYTHON");
        assertThat(python)
                .as("PENSTOCK_PYTHON must name a Python with mlflow 3 and xgboost (bin/setup makes one)")
                .isNotNull();
        return Path.of(python);
    }

    /** The value as a user has it; a carrier that training did not see is as one that is missing. */
    private static Object raw(int row, int feature) {
        float value = rows[row * FEATURES.size() + feature];
        if (feature == CARRIER) {
            return Float.isNaN(value) ? (row % 2 == 0 ? "XX" : null) : CARRIERS.get((int) value);
        }
        return Float.isNaN(value) ? null : Double.valueOf(value);
    }

    /** What {@code mlflow.pyfunc} says of all rows, in a process of its own. */
    private static Map<String, Object> python(String model, String linear) throws Exception {
        StringBuilder csv = new StringBuilder(String.join(",", FEATURES)).append('\n');
        for (int i = 0; i < ROWS; i++) {
            for (int f = 0; f < FEATURES.size(); f++) {
                Object value = raw(i, f);
                csv.append(f == 0 ? "" : ",").append(value == null ? "" : value);
            }
            csv.append('\n');
        }
        Path input = Files.writeString(folder.resolve("rows.csv"), csv);
        Path answer = folder.resolve("python.json");
        Path log = folder.resolve("python.txt");
        Process process = new ProcessBuilder(
                        python().toString(),
                        "-c",
                        PREDICTS,
                        running.url(),
                        model,
                        linear,
                        input.toString(),
                        answer.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(log)).isZero();
        return Json.readMap(Files.readString(answer));
    }

    private static final String PREDICTS = """
            import json, sys, mlflow, pandas
            server, uri, linear, rows, answer = sys.argv[1:]
            mlflow.set_tracking_uri(server)
            folder = mlflow.artifacts.download_artifacts('models:/' + uri, dst_path=answer + '.model')
            model = mlflow.pyfunc.load_model(folder)
            loader = model._model_impl
            rows = pandas.read_csv(rows)

            def scores(rows):
                return [float(score) for score in model.predict(rows)]

            def refused(predict, argument):
                try:
                    return str(predict(argument))
                except Exception as e:
                    return str(e)

            seen = {
                'scores': scores(rows),
                'with_other_columns': scores(rows.assign(other='x')[['other', *rows.columns[::-1]]]),
                'of_nothing': scores(pandas.DataFrame([{
                    'dep_minute': float('nan'), 'carrier': None, 'wind_speed': float('nan')}])),
                'linear': [float(score) for score in mlflow.pyfunc.load_model('models:/' + linear).predict(rows)],
                'without_carrier': refused(model.predict, rows.drop(columns='carrier')),
                'coded': refused(model.predict, rows.assign(carrier=1.0)),
                'loader_without_carrier': refused(loader.predict, rows.drop(columns='carrier')),
                'loader_coded': refused(loader.predict, rows.assign(carrier=1.0)),
                'loader_text': refused(loader.predict, rows.assign(wind_speed='calm')),
            }
            with open(folder + '/model.ubj', 'ab') as file:
                file.write(b'x')
            seen['damaged'] = refused(mlflow.pyfunc.load_model, folder)
            with open(answer, 'w') as file:
                json.dump(seen, file)
            """;
}
