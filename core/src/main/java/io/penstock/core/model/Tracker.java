package io.penstock.core.model;

import io.penstock.core.PenstockException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Experiment tracking. Implementations have deadlines on every call and never hang. */
public interface Tracker {
    /** A tag of {@link #startRun} that goes to the experiment, if it is new: the metric by which its runs are compared. */
    String PRIMARY_METRIC = "mlflow.experiment.primaryMetric.name";

    /** A model uploaded to the tracking server, linked to its run. @param sha256 see {@link ModelDescriptor#modelSha256} */
    record LoggedModel(String id, String source, String runId, String sha256) {}

    /**
     * A number at a step.
     *
     * @param step a boosted round, or a unit as digits: 20131225
     * @param at what charts over time show; empty is the start of the run
     */
    record Point(String name, double value, long step, Optional<Instant> at) {
        public static Point of(String name, double value, long step) {
            return new Point(name, value, step, Optional.empty());
        }
    }

    /** A table at a version that a run used; {@code context} is {@code training}, {@code validation}, … */
    record DatasetUsed(String name, String path, long version, String digest, String context) {}

    /** True when the server answers. @throws PenstockException when it answers that it does not let this client in */
    boolean healthy();

    /**
     * To be called before work that ends in a run of that experiment.
     *
     * @throws PenstockException {@code PEN-ML-013} when the server does not answer, {@code PEN-ML-060} when it refuses the
     *     login, {@code PEN-ML-063} when the experiment was deleted
     */
    void requireReady(String experiment);

    /**
     * Opens a run.
     *
     * @param key a Penstock run id and a name; makes it idempotent: an existing run with that tag is reused
     * @param started when the work of the run began
     */
    String startRun(String experiment, String runName, String key, Map<String, String> tags, Instant started);

    void params(String runId, Map<String, String> params);

    void metrics(String runId, List<Point> points);

    void datasets(String runId, List<DatasetUsed> datasets);

    /** Uploads one small text artifact of the run. */
    void artifact(String runId, String path, byte[] content);

    /**
     * Uploads the model as its flavour has it: its file, MLmodel with signature, the Python loader, requirements,
     * {@code penstock.json}, which lists them; verified by download.
     */
    LoggedModel logModel(String runId, String name, byte[] model, ModelDescriptor spec);

    /**
     * Uploads a model of another registry with the very files that it has there, so that it stays the same model. One that
     * lists no files gets those of {@link #logModel}.
     *
     * @param spec that of the model, perhaps under another name
     */
    LoggedModel copyModel(String runId, String name, ModelRegistry.Fetched from, ModelDescriptor spec);

    /** @param status {@code FINISHED} or {@code FAILED} */
    void endRun(String runId, String status);

    /** Where a person looks at the run. */
    String link(String experiment, String runId);
}
