package io.penstock.training.mlflow;

import io.penstock.core.Clock;
import io.penstock.core.ErrorCode;
import io.penstock.core.Hashes;
import io.penstock.core.Json;
import io.penstock.core.PenstockException;
import io.penstock.core.model.ModelDescriptor;
import io.penstock.core.model.ModelRegistry;
import io.penstock.core.model.Tracker;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Tracking on an MLflow 3 server. Everything can be done again after a crash: runs are found by their key, points repeat with the
 * same timestamp (their own, or the run's start), and a model that was logged before is taken as it is.
 */
public final class MlflowTracker implements Tracker {
    static final String KEY = "penstock.key";
    static final String SHA256 = "sha256";
    private static final int PARAMS_PER_CALL = 100;
    private static final int METRICS_PER_CALL = 1_000;
    private static final int PARAM_LENGTH = 6_000;
    private static final int DIGEST_LENGTH = 36;
    private static final int TAG_LENGTH = 8_000;

    private final MlflowHttp http;
    private final Clock clock;
    private final Map<String, Run> runs = new ConcurrentHashMap<>();

    private record Run(String id, String experimentId, String artifactUri, long started, String status) {
        static Run of(Map<String, Object> answer) {
            Map<String, Object> info = Answers.map(answer, "info");
            return new Run(
                    Answers.text(info, "run_id"),
                    Answers.text(info, "experiment_id"),
                    Answers.text(info, "artifact_uri"),
                    Long.parseLong(Answers.text(info, "start_time")),
                    Answers.text(info, "status"));
        }
    }

    private record Experiment(String name, String id, boolean isDeleted) {
        static Experiment of(Map<String, Object> answer) {
            Map<String, Object> found = Answers.map(answer, "experiment");
            return new Experiment(
                    Answers.text(found, "name"),
                    Answers.text(found, "experiment_id"),
                    Answers.text(found, "lifecycle_stage").equals("deleted"));
        }
    }

    public MlflowTracker(String server, Clock clock) {
        this(server, clock, MlflowHttp.DEADLINE);
    }

    /** @param deadline how long one call may take */
    public MlflowTracker(String server, Clock clock, Duration deadline) {
        this(MlflowAccess.of(server), clock, deadline);
    }

    MlflowTracker(MlflowAccess access, Clock clock, Duration deadline) {
        this.http = new MlflowHttp(access, deadline);
        this.clock = clock;
    }

    @Override
    public boolean healthy() {
        return http.text("/health").map(body -> body.strip().equals("OK")).orElse(false);
    }

    @Override
    public void requireReady(String experiment) {
        if (!healthy()) {
            throw MlflowErrors.down(http.base(), new IOException("it does not answer"));
        }
        experiment(experiment).filter(Experiment::isDeleted).ifPresent(deleted -> {
            throw MlflowErrors.deleted(http.base(), deleted.name(), deleted.id(), "");
        });
    }

    @Override
    public String startRun(String experiment, String runName, String key, Map<String, String> tags, Instant started) {
        Experiment found = experiment(experiment, Optional.ofNullable(tags.get(PRIMARY_METRIC)));
        try {
            Run run = earlier(found, key).orElseGet(() -> created(found, runName, key, tags, started));
            runs.put(run.id(), run);
            return run.id();
        } catch (PenstockException refused) {
            throw found.isDeleted() && refused.errorCode() == ErrorCode.MLFLOW_REFUSED
                    ? MlflowErrors.deleted(http.base(), found.name(), found.id(), refused.what())
                    : refused;
        }
    }

    private Optional<Run> earlier(Experiment experiment, String key) {
        Map<String, Object> found = http.repeatablePost(
                "runs/search",
                Map.of(
                        "experiment_ids",
                        List.of(experiment.id()),
                        "filter",
                        "tags.`" + KEY + "` = '" + literal(key) + "'",
                        "max_results",
                        1));
        Optional<Run> earlier = Answers.list(found, "runs").stream().findFirst().map(Run::of);
        earlier.filter(run -> !run.status().equals("RUNNING"))
                .ifPresent(run -> http.repeatablePost("runs/update", Map.of("run_id", run.id(), "status", "RUNNING")));
        return earlier;
    }

    private Run created(Experiment experiment, String runName, String key, Map<String, String> tags, Instant started) {
        Map<String, String> all = new TreeMap<>(tags);
        all.remove(PRIMARY_METRIC);
        all.replaceAll((name, value) -> shortened(value, TAG_LENGTH));
        all.put(KEY, literal(key));
        all.put("mlflow.source.name", "penstock");
        all.put("mlflow.source.type", "JOB");
        Map<String, Object> answer = http.post(
                "runs/create",
                Map.of(
                        "experiment_id",
                        experiment.id(),
                        "run_name",
                        runName,
                        "start_time",
                        started.toEpochMilli(),
                        "tags",
                        pairs(all)),
                false);
        return Run.of(Answers.map(answer, "run"));
    }

    @Override
    public void params(String runId, Map<String, String> params) {
        Map<String, String> all = new TreeMap<>(params);
        all.replaceAll((name, value) -> shortened(value, PARAM_LENGTH));
        for (List<Map<String, String>> batch : batches(pairs(all), PARAMS_PER_CALL)) {
            http.repeatablePost("runs/log-batch", Map.of("run_id", runId, "params", batch));
        }
    }

    /** Numbers that are not finite are left out: the charts show a gap. */
    @Override
    public void metrics(String runId, List<Point> points) {
        long started = run(runId).started();
        List<Map<String, Object>> all = points.stream()
                .filter(point -> Double.isFinite(point.value()))
                .map(point -> Map.<String, Object>of(
                        "key",
                        point.name(),
                        "value",
                        point.value(),
                        "step",
                        point.step(),
                        "timestamp",
                        point.at().map(Instant::toEpochMilli).orElse(started)))
                .toList();
        for (List<Map<String, Object>> batch : batches(all, METRICS_PER_CALL)) {
            http.repeatablePost("runs/log-batch", Map.of("run_id", runId, "metrics", batch));
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
        http.putArtifact(Artifacts.path(run(runId).artifactUri(), http.base()) + "/" + path, content);
    }

    @Override
    public LoggedModel logModel(String runId, String name, byte[] model, ModelDescriptor spec) {
        if (!Hashes.sha256(model).equals(spec.sha256())) {
            throw MlflowErrors.damaged("The model's bytes do not have the sha256 of its spec", "model " + name);
        }
        return logged(runId, name, MlModel.of(model, spec));
    }

    @Override
    public LoggedModel copyModel(String runId, String name, ModelRegistry.Fetched from, ModelDescriptor spec) {
        return from.files().isEmpty()
                ? logModel(runId, name, from.model(), spec)
                : logged(runId, name, MlModel.copy(from.files(), spec));
    }

    private LoggedModel logged(String runId, String name, MlModel model) {
        String sha256 = model.descriptor().modelSha256();
        Map<String, Object> info =
                loggedModel(runId, name, sha256).orElseGet(() -> create(runId, name, model.descriptor()));
        String id = (String) info.get("model_id");
        if (!"LOGGED_MODEL_READY".equals(info.get("status"))) {
            upload(runId, model, info);
            http.patch("logged-models/" + id, Map.of("model_id", id, "status", "LOGGED_MODEL_READY"));
        }
        if (!linked(runId, id)) {
            http.post(
                    "runs/outputs",
                    Map.of("run_id", runId, "models", List.of(Map.of("model_id", id, "step", 0))),
                    false);
        }
        return new LoggedModel(id, "models:/" + id, runId, sha256);
    }

    /** The server refuses a link that it has. */
    private boolean linked(String runId, String modelId) {
        Map<String, Object> run = asked(runId);
        return Answers.list(Answers.map(run, "outputs"), "model_outputs").stream()
                .anyMatch(output -> modelId.equals(output.get("model_id")));
    }

    private void upload(String runId, MlModel model, Map<String, Object> info) {
        String id = (String) info.get("model_id");
        String folder = Artifacts.path((String) info.get("artifact_uri"), http.base());
        String version = http.text("/version").map(String::strip).orElse("3");
        model.files(version, id, runId, clock.now())
                .forEach((file, content) -> http.putArtifact(folder + "/" + file, content));
        String uploaded = model.descriptor().kind().file();
        byte[] stored = http.artifact(folder + "/" + uploaded)
                .orElseThrow(() -> MlflowErrors.missing("file " + uploaded + " it was just given", id));
        if (!Hashes.sha256(stored).equals(model.descriptor().sha256())) {
            throw MlflowErrors.damaged("The MLflow server hands out other bytes than it was given", id);
        }
    }

    /** The model as this run logged it before, if it did: a rerun does not upload twice. */
    private Optional<Map<String, Object>> loggedModel(String runId, String name, String sha256) {
        Map<String, Object> found = http.repeatablePost(
                "logged-models/search",
                Map.of(
                        "experiment_ids",
                        List.of(run(runId).experimentId()),
                        "filter",
                        "source_run_id = '" + literal(runId) + "' and tags.`" + SHA256 + "` = '" + sha256 + "'"));
        return Answers.list(found, "models").stream()
                .map(model -> Answers.map(model, "info"))
                .filter(info -> loggedName(name).equals(info.get("name")))
                .findFirst();
    }

    private Map<String, Object> create(String runId, String name, ModelDescriptor spec) {
        Map<String, Object> answer = http.post(
                "logged-models",
                Map.of(
                        "experiment_id", run(runId).experimentId(),
                        "name", loggedName(name),
                        "source_run_id", runId,
                        "model_type", spec.kind().id(),
                        "tags", List.of(Map.of("key", SHA256, "value", spec.modelSha256()))),
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
        return http.base() + "/#/experiments/" + run(runId).experimentId() + "/runs/" + runId;
    }

    private Optional<Experiment> experiment(String name) {
        return http.get("experiments/get-by-name", Map.of("experiment_name", name))
                .map(Experiment::of);
    }

    private Experiment experiment(String name, Optional<String> primaryMetric) {
        return experiment(name).orElseGet(() -> {
            Map<String, Object> created = http.post(
                    "experiments/create",
                    Map.of(
                            "name",
                            name,
                            "tags",
                            primaryMetric.stream()
                                    .map(metric -> Map.of("key", PRIMARY_METRIC, "value", metric))
                                    .toList()),
                    true);
            // Empty when another process made it meanwhile.
            return created.containsKey("experiment_id")
                    ? new Experiment(name, Answers.text(created, "experiment_id"), false)
                    : experiment(name).orElseThrow(() -> MlflowErrors.missing("experiment", name));
        });
    }

    private Run run(String runId) {
        return runs.computeIfAbsent(runId, id -> Run.of(asked(id)));
    }

    private Map<String, Object> asked(String runId) {
        return Answers.map(
                http.get("runs/get", Map.of("run_id", runId)).orElseThrow(() -> MlflowErrors.missing("run", runId)),
                "run");
    }

    private static <T> List<List<T>> batches(List<T> all, int size) {
        List<List<T>> batches = new ArrayList<>();
        for (int from = 0; from < all.size(); from += size) {
            batches.add(all.subList(from, Math.min(all.size(), from + size)));
        }
        return batches;
    }

    private static List<Map<String, String>> pairs(Map<String, String> values) {
        return values.entrySet().stream()
                .map(entry -> Map.of("key", entry.getKey(), "value", entry.getValue()))
                .toList();
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
