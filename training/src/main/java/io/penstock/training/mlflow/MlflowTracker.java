package io.penstock.training.mlflow;

import io.penstock.core.Clock;
import io.penstock.core.Hashes;
import io.penstock.core.Json;
import io.penstock.core.ModelSpec;
import io.penstock.core.Tracker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.mlflow.api.proto.Service;
import org.mlflow.tracking.MlflowClient;

/**
 * Tracking on an MLflow 3 server: MLflow's Java client where it has a call, plain HTTP for datasets, artifacts and logged
 * models. Everything can be done again after a crash: runs are found by their key, points repeat with the same timestamp
 * (the run's start), and a model that was logged before is taken as it is.
 */
public final class MlflowTracker implements Tracker {
    static final String KEY = "penstock.key";
    static final String SHA256 = "sha256";
    private static final String PRIMARY_METRIC = "mlflow.experiment.primaryMetric.name";
    private static final int PARAMS_PER_CALL = 100;
    private static final int METRICS_PER_CALL = 1_000;
    private static final int PARAM_LENGTH = 6_000;
    private static final int DIGEST_LENGTH = 36;
    private static final int TAG_LENGTH = 8_000;

    private final MlflowHttp http;
    private final TypedClient typed;
    private final Clock clock;
    private final Map<String, Service.RunInfo> runs = new ConcurrentHashMap<>();

    public MlflowTracker(String server, Clock clock) {
        this(server, clock, MlflowHttp.DEADLINE);
    }

    /** @param deadline how long one call may take */
    public MlflowTracker(String server, Clock clock, Duration deadline) {
        this.http = new MlflowHttp(server, deadline);
        this.typed = new TypedClient(http.base(), deadline);
        this.clock = clock;
    }

    @Override
    public boolean healthy() {
        return http.text("/health").map(body -> body.strip().equals("OK")).orElse(false);
    }

    /** A tag {@value #PRIMARY_METRIC} goes to the experiment instead; without it the primary metric is {@code auc}. */
    @Override
    public String startRun(String experiment, String runName, String key, Map<String, String> tags) {
        String experimentId = experiment(experiment, tags.getOrDefault(PRIMARY_METRIC, "auc"));
        Optional<Service.RunInfo> earlier = typed.call(
                "runs/search",
                client ->
                        client.searchRuns(List.of(experimentId), "tags.`" + KEY + "` = '" + literal(key) + "'").stream()
                                .findFirst());
        if (earlier.isPresent()) {
            Service.RunInfo run = earlier.get();
            runs.put(run.getRunId(), run);
            if (run.getStatus() != Service.RunStatus.RUNNING) {
                http.repeatablePost("runs/update", Map.of("run_id", run.getRunId(), "status", "RUNNING"));
            }
            return run.getRunId();
        }
        Service.CreateRun.Builder create = Service.CreateRun.newBuilder()
                .setExperimentId(experimentId)
                .setRunName(runName)
                .setStartTime(clock.now().toEpochMilli())
                .addTags(tag(KEY, literal(key)))
                .addTags(tag("mlflow.source.name", "penstock"))
                .addTags(tag("mlflow.source.type", "JOB"));
        new TreeMap<>(tags).forEach((name, value) -> {
            if (!name.equals(PRIMARY_METRIC)) {
                create.addTags(tag(name, shortened(value, TAG_LENGTH)));
            }
        });
        Service.RunInfo run = typed.call("runs/create", client -> client.createRun(create.build()));
        runs.put(run.getRunId(), run);
        return run.getRunId();
    }

    @Override
    public void params(String runId, Map<String, String> params) {
        List<Service.Param> all = new TreeMap<>(params)
                .entrySet().stream()
                        .map(param -> Service.Param.newBuilder()
                                .setKey(param.getKey())
                                .setValue(shortened(param.getValue(), PARAM_LENGTH))
                                .build())
                        .toList();
        for (List<Service.Param> batch : batches(all, PARAMS_PER_CALL)) {
            batch(runId, List.of(), batch);
        }
    }

    /** Numbers that are not finite are left out: the charts show a gap. */
    @Override
    public void metrics(String runId, List<Point> points) {
        long started = run(runId).getStartTime();
        List<Service.Metric> all = points.stream()
                .filter(point -> Double.isFinite(point.value()))
                .map(point -> Service.Metric.newBuilder()
                        .setKey(point.name())
                        .setValue(point.value())
                        .setStep(point.step())
                        .setTimestamp(started)
                        .build())
                .toList();
        for (List<Service.Metric> batch : batches(all, METRICS_PER_CALL)) {
            batch(runId, batch, List.of());
        }
    }

    @Override
    public void datasets(String runId, List<DatasetUsed> datasets) {
        if (datasets.isEmpty()) {
            return;
        }
        List<Map<String, Object>> inputs =
                datasets.stream().map(MlflowTracker::input).toList();
        http.repeatablePost("runs/log-inputs", Map.of("run_id", runId, "datasets", inputs));
    }

    private static Map<String, Object> input(DatasetUsed used) {
        Map<String, Object> source = new TreeMap<>();
        source.put("path", used.path());
        source.put("delta_table_version", used.version());
        return Map.of(
                "tags",
                List.of(Map.of("key", "mlflow.data.context", "value", used.context())),
                "dataset",
                Map.of(
                        "name", used.name(),
                        "digest", shortened(used.digest(), DIGEST_LENGTH),
                        "source_type", "delta_table",
                        "source", Json.canonical(source)));
    }

    @Override
    public void artifact(String runId, String path, byte[] content) {
        http.putArtifact(Artifacts.path(run(runId).getArtifactUri(), http.base()) + "/" + path, content);
    }

    @Override
    public LoggedModel logModel(String runId, String name, byte[] ubj, ModelSpec spec) {
        String sha256 = Hashes.sha256(ubj);
        if (!sha256.equals(spec.sha256())) {
            throw MlflowErrors.damaged("The model's bytes do not have the sha256 of its spec", "model " + name);
        }
        Map<String, Object> info = loggedModel(runId, name, sha256).orElseGet(() -> create(runId, name, sha256));
        String id = (String) info.get("model_id");
        LoggedModel model = new LoggedModel(id, "models:/" + id, runId, sha256);
        if (!"LOGGED_MODEL_READY".equals(info.get("status"))) {
            upload(runId, ubj, spec, info);
            http.patch("logged-models/" + id, Map.of("model_id", id, "status", "LOGGED_MODEL_READY"));
        }
        if (!linked(runId, id)) {
            http.post(
                    "runs/outputs",
                    Map.of("run_id", runId, "models", List.of(Map.of("model_id", id, "step", 0))),
                    false);
        }
        return model;
    }

    /** The server refuses a link that it has. */
    private boolean linked(String runId, String modelId) {
        Map<String, Object> run = Answers.map(
                http.get("runs/get", Map.of("run_id", runId)).orElseThrow(() -> MlflowErrors.missing("run", runId)),
                "run");
        return Answers.list(Answers.map(run, "outputs"), "model_outputs").stream()
                .anyMatch(output -> modelId.equals(output.get("model_id")));
    }

    private void upload(String runId, byte[] ubj, ModelSpec spec, Map<String, Object> info) {
        String id = (String) info.get("model_id");
        String folder = Artifacts.path((String) info.get("artifact_uri"), http.base());
        String version = http.text("/version").map(String::strip).orElse("3");
        MlModel.files(ubj, spec, version, id, runId, clock.now())
                .forEach((file, content) -> http.putArtifact(folder + "/" + file, content));
        byte[] stored = http.artifact(folder + "/" + MlModel.MODEL)
                .orElseThrow(() -> MlflowErrors.missing("file " + MlModel.MODEL + " it was just given", id));
        if (!Hashes.sha256(stored).equals(spec.sha256())) {
            throw MlflowErrors.damaged("The MLflow server hands out other bytes than it was given", id);
        }
    }

    /** The model as this run logged it before, if it did: a rerun does not upload twice. */
    private Optional<Map<String, Object>> loggedModel(String runId, String name, String sha256) {
        Map<String, Object> found = http.repeatablePost(
                "logged-models/search",
                Map.of(
                        "experiment_ids",
                        List.of(run(runId).getExperimentId()),
                        "filter",
                        "source_run_id = '" + literal(runId) + "' and tags.`" + SHA256 + "` = '" + sha256 + "'"));
        return Answers.list(found, "models").stream()
                .map(model -> Answers.map(model, "info"))
                .filter(info -> loggedName(name).equals(info.get("name")))
                .findFirst();
    }

    private Map<String, Object> create(String runId, String name, String sha256) {
        Map<String, Object> answer = http.post(
                "logged-models",
                Map.of(
                        "experiment_id", run(runId).getExperimentId(),
                        "name", loggedName(name),
                        "source_run_id", runId,
                        "model_type", "xgboost",
                        "tags", List.of(Map.of("key", SHA256, "value", sha256))),
                false);
        return Answers.map(Answers.map(answer, "model"), "info");
    }

    @Override
    public void endRun(String runId, String status) {
        http.repeatablePost(
                "runs/update",
                Map.of(
                        "run_id",
                        runId,
                        "status",
                        status,
                        "end_time",
                        clock.now().toEpochMilli()));
    }

    @Override
    public String link(String experiment, String runId) {
        return http.base() + "/#/experiments/" + run(runId).getExperimentId() + "/runs/" + runId;
    }

    private String experiment(String name, String primaryMetric) {
        Optional<Service.Experiment> existing =
                typed.call("experiments/get-by-name", client -> client.getExperimentByName(name));
        if (existing.isPresent()) {
            return existing.get().getExperimentId();
        }
        Map<String, Object> created = http.post(
                "experiments/create",
                Map.of("name", name, "tags", List.of(Map.of("key", PRIMARY_METRIC, "value", primaryMetric))),
                true);
        // Empty when another process made it meanwhile.
        return created.containsKey("experiment_id")
                ? (String) created.get("experiment_id")
                : typed.call(
                        "experiments/get-by-name",
                        client -> client.getExperimentByName(name).orElseThrow().getExperimentId());
    }

    private Service.RunInfo run(String runId) {
        return runs.computeIfAbsent(
                runId, id -> typed.call("runs/get", client -> client.getRun(id).getInfo()));
    }

    private void batch(String runId, List<Service.Metric> metrics, List<Service.Param> params) {
        typed.call("runs/log-batch", (MlflowClient client) -> {
            client.logBatch(runId, metrics, params, List.of());
            return runId;
        });
    }

    private static <T> List<List<T>> batches(List<T> all, int size) {
        List<List<T>> batches = new ArrayList<>();
        for (int from = 0; from < all.size(); from += size) {
            batches.add(all.subList(from, Math.min(all.size(), from + size)));
        }
        return batches;
    }

    private static Service.RunTag tag(String key, String value) {
        return Service.RunTag.newBuilder().setKey(key).setValue(value).build();
    }

    /** Filters know no escape for a quote, so that keys go without. */
    private static String literal(String text) {
        return text.replace('\'', '_');
    }

    /** Logged models allow none of {@code / : . % " '} in their names. */
    private static String loggedName(String name) {
        return name.replaceAll("[/:.%\"']", "_");
    }

    private static String shortened(String text, int length) {
        return text.length() <= length ? text : text.substring(0, length);
    }
}
