package io.penstock.jobs.run;

import io.penstock.core.Clock;
import io.penstock.core.Intent;
import io.penstock.core.ManifestStore;
import io.penstock.core.Measures;
import io.penstock.core.Pin;
import io.penstock.core.Stage;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.Worker;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.delta.DeltaTables;
import io.penstock.core.delta.JobLabels;
import io.penstock.core.delta.Publication;
import io.penstock.core.history.BaseHistory;
import io.penstock.core.history.History;
import io.penstock.core.history.ModelCache;
import io.penstock.core.kernel.KernelManifestStore;
import io.penstock.core.model.Flavour;
import io.penstock.core.model.ModelRegistry;
import io.penstock.core.model.Predictors;
import io.penstock.core.model.Tracker;
import io.penstock.core.storage.Storage;
import io.penstock.jobs.cluster.Preflight;
import io.penstock.jobs.report.LogContext;
import io.penstock.jobs.report.Progress;
import io.penstock.scoring.logistic.LogisticLoader;
import io.penstock.scoring.xgboost.XgboostLoader;
import io.penstock.training.Trainer;
import io.penstock.training.mlflow.MlflowRegistry;
import io.penstock.training.mlflow.MlflowTracker;
import io.penstock.training.sparkml.LogisticTrainer;
import io.penstock.training.xgboost.XgboostTrainer;
import io.penstock.validation.deequ.DeequMeasures;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.IntSupplier;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;

/** One process's work on one pipeline: everything a stage needs, started when first asked for. */
public final class Session implements StageContext, AutoCloseable {
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
    private IntSupplier workers = () -> 0;
    private Agreed agreed = Agreed.anything(false);
    private final List<StageJob> jobs;
    private Optional<BaseHistory> borrowing;

    public Session(PipelineConfig config, Progress progress) {
        this(config, List.of(), progress);
    }

    /** @param jobs all of the pipeline's, which tell what an environment may take from another */
    public Session(PipelineConfig config, List<StageJob> jobs, Progress progress) {
        this.jobs = jobs;
        this.config = config;
        this.progress = progress;
        this.store = KernelManifestStore.of(config, Clock.system());
        this.runId = newRunId();
        LogContext.process(config.pipeline(), runId);
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
            spark = SparkSessions.start("penstock " + config.pipeline(), Storage.sparkSettings(config), progress::note);
            progress.done("Spark " + spark.version(), spark.sparkContext().master(), (System.nanoTime() - start) / 1e9);
            if (!spark.sparkContext().isLocal()) {
                preflight(spark.sparkContext());
            }
            if (working != null) {
                JobLabels.begin(spark.sparkContext(), working);
            }
        }
        return spark;
    }

    private void preflight(SparkContext context) {
        long start = System.nanoTime();
        progress.working("looking at the cluster");
        Preflight.Passed passed = Preflight.check(context, config.locations(), workers.getAsInt());
        progress.done("cluster", passed.toString(), (System.nanoTime() - start) / 1e9);
    }

    /** @param workers how many tasks must run at once for what this process will do; asked when Spark has started */
    void willNeed(IntSupplier workers) {
        this.workers = workers;
    }

    @Override
    public DeltaTables tables() {
        return new DeltaTables(
                spark(),
                config.root(),
                borrowing().map(BaseHistory::tables).orElse(Map.of()),
                config.base().map(base -> base.config().locations().warehouse()).stream()
                        .toList());
    }

    /** Read once, so that all stages of a run see the other environment as of one moment. */
    private Optional<BaseHistory> borrowing() {
        if (borrowing == null) {
            borrowing = BaseHistory.of(config, jobs);
        }
        return borrowing;
    }

    /** The pins of a manifest, with the environment of those tables that are another's. */
    List<Pin> placed(List<Pin> pins) {
        Map<String, DeltaTables.Borrowed> tables =
                borrowing().map(BaseHistory::tables).orElse(Map.of());
        return tables.isEmpty()
                ? pins
                : pins.stream()
                        .map(pin -> pin instanceof Pin.TablePin table && tables.containsKey(table.table())
                                ? table.of(borrowing().orElseThrow().environment())
                                : pin)
                        .toList();
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
    public Predictors predictors() {
        return new Predictors(Map.of(Flavour.XGBOOST, new XgboostLoader(), Flavour.LOGISTIC, new LogisticLoader()));
    }

    @Override
    public Trainer trainer(String name) {
        return switch (name) {
            case "xgboost" -> new XgboostTrainer();
            case "logistic" -> new LogisticTrainer();
            default -> throw new IllegalArgumentException("No trainer " + name);
        };
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
            history = History.of(store, borrowing());
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
        LogContext.begin(intent);
        if (spark != null) {
            JobLabels.begin(spark.sparkContext(), intent);
        }
    }

    void rests() {
        working = null;
        LogContext.end();
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

    void agree(Agreed plan) {
        agreed = plan;
    }

    @Override
    public void requirePlanned(Intent intent, Unit unit, String content) {
        requirePlanned(intent.stage(), intent.subject(), unit.id(), content);
    }

    void requirePlanned(Stage stage, String subject, UnitId unit, String content) {
        agreed.requireContent(stage, subject, unit, content);
    }

    /** The process's own id, for its report; every intent has a run id of its own. */
    public String runId() {
        return runId;
    }

    public String newRunId() {
        byte[] bytes = new byte[8];
        RANDOM.nextBytes(bytes);
        return "r" + HexFormat.of().formatHex(bytes);
    }

    /** Collected when the first manifest wants it: it hashes the jar. */
    public Map<String, String> provenance() {
        if (provenance == null) {
            provenance = Provenance.collect(config);
        }
        Map<String, String> facts = new TreeMap<>(provenance);
        config.base().ifPresent(base -> {
            facts.put("reads_environment", base.environment());
            facts.put("reads_warehouse", base.config().locations().warehouse());
        });
        if (spark != null) {
            facts.put("spark_master", spark.sparkContext().master());
            facts.put("spark_application", spark.sparkContext().applicationId());
        }
        return facts;
    }

    public String actor() {
        return Worker.here().actor();
    }

    @Override
    public void close() {
        if (spark != null) {
            spark.stop();
        }
    }
}
