package io.penstock.training;

import io.penstock.core.ErrorCode;
import io.penstock.core.FaultPoint;
import io.penstock.core.Intent;
import io.penstock.core.ManifestStore;
import io.penstock.core.PenstockException;
import io.penstock.core.Verdict;
import io.penstock.core.history.ModelCache;
import io.penstock.core.model.ModelRegistry;
import io.penstock.core.model.ModelRegistry.Fetched;
import io.penstock.core.model.ModelRegistry.Version;
import io.penstock.core.model.Predictor;
import io.penstock.core.model.Predictors;
import io.penstock.core.model.Task;
import io.penstock.core.model.Tracker;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * Makes a logged model the champion: {@link #register} it and download what was registered, see that it
 * {@link #loadsAndScores}, then {@link #makeChampion}. The alias moves last, and is the commit point. Each step can be done
 * again after a crash: what was done before is found by the run's id.
 */
public final class Promotion {
    /** The tag by which a version is found again. */
    private static final String RUN = "penstock.run";

    private final ModelRegistry registry;
    private final Predictors predictors;
    private final ManifestStore store;
    private final ModelCache cache;
    private final Intent intent;
    private final Runnable requireStillMine;

    /** @param requireStillMine throws when another attempt of the run is at work */
    public Promotion(
            ModelRegistry registry,
            Predictors predictors,
            ManifestStore store,
            ModelCache cache,
            Intent intent,
            Runnable requireStillMine) {
        this.registry = registry;
        this.predictors = predictors;
        this.store = store;
        this.cache = cache;
        this.intent = intent;
        this.requireStillMine = requireStillMine;
    }

    /**
     * Registers the model as the next version, unless this run has done so before, and downloads it.
     *
     * @param tags of the version, beside the run's id
     * @throws PenstockException {@code PEN-ML-010} when the version is another model than the one that was logged
     */
    public Fetched register(String name, Tracker.LoggedModel logged, Map<String, String> tags) {
        requireStillMine.run();
        Version version =
                registry.find(name, RUN, intent.runId()).orElseGet(() -> registry.register(name, logged, tagged(tags)));
        FaultPoint.reached(intent, "registered");
        Fetched fetched = registry.fetch(version);
        requireTrained(logged, fetched.version());
        return fetched;
    }

    private Map<String, String> tagged(Map<String, String> tags) {
        Map<String, String> all = new TreeMap<>(tags);
        all.put(RUN, intent.runId());
        return all;
    }

    /** A version is found by a tag, which anybody may set on another. */
    private static void requireTrained(Tracker.LoggedModel logged, Version version) {
        if (!version.sha256().equals(logged.sha256()) || !version.source().equals(logged.source())) {
            throw new PenstockException(
                    ErrorCode.MODEL_NOT_AS_REGISTERED,
                    "The version that bears the tag of this run is not the model that was trained",
                    version.name() + " version " + version.version(),
                    "Delete this version in MLflow, find out who made it, and run promote again");
        }
    }

    /** An all-missing row must get a score of the task: the model loads on this machine, with its number of features. */
    public Verdict loadsAndScores(Fetched fetched, Task task) {
        float[] missing = new float[fetched.spec().features().size()];
        Arrays.fill(missing, Float.NaN);
        try (Predictor predictor = predictors.load(fetched.model(), fetched.spec())) {
            float score = predictor.predict(missing, 1)[0];
            boolean isFine = task.isScore(score);
            return new Verdict(
                    "model",
                    "loads and scores",
                    isFine ? Verdict.Outcome.PASSED : Verdict.Outcome.FAILED,
                    score,
                    isFine ? "" : "An all-missing row scored " + score + ", must be " + task.scoreRange());
        }
    }

    /**
     * Keeps a copy for when the registry is away, moves the alias, and writes it into the journal.
     *
     * @param event what the journal calls it
     * @param at when it took effect, {@code unit} the unit that it is of
     */
    public void makeChampion(Fetched fetched, String event, String at, String unit) {
        Version version = fetched.version();
        cache.put(fetched);
        requireStillMine.run();
        registry.alias(version.name(), ModelRegistry.CHAMPION, version.version());
        FaultPoint.reached(intent, "alias moved");
        if (store.journal().stream().noneMatch(entry -> intent.runId().equals(entry.get("run")))) {
            store.journal(Map.of(
                    "at",
                    at,
                    "model",
                    version.name(),
                    "event",
                    event,
                    "version",
                    version.version(),
                    "sha256",
                    version.sha256(),
                    "alias",
                    ModelRegistry.CHAMPION,
                    "run",
                    intent.runId(),
                    "unit",
                    unit));
        }
    }
}
