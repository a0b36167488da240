package io.penstock.jobs.run;

import io.penstock.core.Clock;
import io.penstock.core.Intent;
import io.penstock.core.ManifestStore;
import io.penstock.core.Measures;
import io.penstock.core.ModelRegistry;
import io.penstock.core.Predictor;
import io.penstock.core.Tracker;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.delta.DeltaTables;
import io.penstock.core.delta.JobLabels;
import io.penstock.core.delta.Publication;
import io.penstock.core.kernel.KernelManifestStore;
import io.penstock.core.storage.Storage;
import io.penstock.jobs.report.Progress;
import io.penstock.scoring.xgboost.XgboostLoader;
import io.penstock.training.mlflow.MlflowRegistry;
import io.penstock.training.mlflow.MlflowTracker;
import io.penstock.validation.deequ.DeequMeasures;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.SparkSession;

/** One process's work on one pipeline: everything a stage needs, started when first asked for. */
public final class Session implements Work, AutoCloseable {
    private static final SecureRandom RANDOM = new SecureRandom();

    private final PipelineConfig config;
    private final Progress progress;
    private final ManifestStore store;
    private Map<String, String> provenance;
    private final String runId;
    private SparkSession spark;
    private History history;
    private Tracker tracker;
    private ModelRegistry registry;
    private Intent working;
    private int claimedAttempt;

    public Session(PipelineConfig config, Progress progress) {
        this.config = config;
        this.progress = progress;
        this.store = KernelManifestStore.of(config, Clock.system());
        this.runId = newRunId();
    }

    @Override
    public PipelineConfig config() {
        return config;
    }

    @Override
    public SparkSession spark() {
        if (spark == null) {
            long start = System.nanoTime();
            progress.working("starting Spark");
            spark = SparkSessions.start("penstock " + config.pipeline(), Storage.sparkSettings(config));
            if (working != null) {
                JobLabels.begin(spark.sparkContext(), working);
            }
            progress.done("Spark " + spark.version(), spark.sparkContext().master(), (System.nanoTime() - start) / 1e9);
        }
        return spark;
    }

    @Override
    public DeltaTables tables() {
        return new DeltaTables(spark(), config.root());
    }

    @Override
    public ManifestStore store() {
        return store;
    }

    @Override
    public Measures measures() {
        return new DeequMeasures();
    }

    @Override
    public Tracker tracker() {
        if (tracker == null) {
            tracker = new MlflowTracker(config.locations().mlflow(), Clock.system());
        }
        return tracker;
    }

    @Override
    public ModelRegistry registry() {
        if (registry == null) {
            registry = new MlflowRegistry(config.locations().mlflow());
        }
        return registry;
    }

    @Override
    public Predictor.Loader predictors() {
        return new XgboostLoader();
    }

    @Override
    public ModelCache models() {
        return new ModelCache(config.ops() + "/models", Storage.configuration(config));
    }

    @Override
    public Progress progress() {
        return progress;
    }

    @Override
    public History history() {
        if (history == null) {
            history = History.of(store);
        }
        return history;
    }

    void refreshHistory() {
        history = null;
    }

    void claim(Intent intent) {
        claimedAttempt = store.claim(intent.runId());
    }

    /** Spark's jobs from here on are for this run, until {@link #rests}. */
    void works(Intent intent) {
        working = intent;
        if (spark != null) {
            JobLabels.begin(spark.sparkContext(), intent);
        }
    }

    void rests() {
        working = null;
        if (spark != null) {
            JobLabels.end(spark.sparkContext());
        }
    }

    @Override
    public Publication publication(Intent intent) {
        return new Publication(tables(), intent, measures(), () -> requireStillMine(intent));
    }

    @Override
    public void requireStillMine(Intent intent) {
        store.checkStillMine(intent.runId(), claimedAttempt);
    }

    /** The process's own id, for its report; every intent has a run id of its own. */
    public String runId() {
        return runId;
    }

    String newRunId() {
        byte[] bytes = new byte[8];
        RANDOM.nextBytes(bytes);
        return "r" + HexFormat.of().formatHex(bytes);
    }

    /** Collected when the first manifest wants it: it hashes the jar. */
    Map<String, String> provenance() {
        if (provenance == null) {
            provenance = Provenance.collect(config);
        }
        Map<String, String> facts = new TreeMap<>(provenance);
        if (spark != null) {
            facts.put("spark_master", spark.sparkContext().master());
            facts.put("spark_application", spark.sparkContext().applicationId());
        }
        return facts;
    }

    String actor() {
        return System.getProperty("user.name", "");
    }

    @Override
    public void close() {
        if (spark != null) {
            spark.stop();
        }
    }
}
