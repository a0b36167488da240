package io.penstock.jobs.stage;

import io.penstock.core.Hashes;
import io.penstock.core.InMemoryManifestStore;
import io.penstock.core.Intent;
import io.penstock.core.Manifest;
import io.penstock.core.ManifestStore;
import io.penstock.core.Measures;
import io.penstock.core.Pin;
import io.penstock.core.Stage;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.config.ConfigLoader;
import io.penstock.core.config.ModelSpec;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.delta.DeltaTables;
import io.penstock.core.delta.Publication;
import io.penstock.core.history.History;
import io.penstock.core.history.ModelCache;
import io.penstock.core.model.Flavour;
import io.penstock.core.model.InMemoryModelRegistry;
import io.penstock.core.model.ModelDescriptor;
import io.penstock.core.model.ModelRegistry;
import io.penstock.core.model.Predictor;
import io.penstock.core.model.Predictors;
import io.penstock.core.model.Tracker;
import io.penstock.jobs.report.Progress;
import io.penstock.jobs.run.StageContext;
import io.penstock.training.Trainer;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;

/** The work of a stage over fakes, without Spark and without MLflow, on the demo's pipeline. */
final class Bench implements StageContext {
    static final UnitId UNIT = UnitId.parse("2013-12-25");
    static final String NAME = "flight-delay.late";

    private final PipelineConfig config;
    private final ModelCache cache;
    private final ByteArrayOutputStream told = new ByteArrayOutputStream();
    final InMemoryManifestStore store = new InMemoryManifestStore();
    final InMemoryModelRegistry registry = new InMemoryModelRegistry();
    Predictor.Loader predictors = (model, sha256, features) -> new Constant(0.3f);

    Bench(Path models, Map<String, String> overrides) {
        this.config = ConfigLoader.load(
                Path.of(System.getProperty("penstock.home", ".."), "conf"),
                "flight-delay",
                "local",
                overrides,
                Map.of());
        this.cache = new ModelCache(models.toString(), new Configuration());
    }

    ModelSpec model() {
        return config.models().get("late");
    }

    static ModelDescriptor spec(byte[] model, List<String> shops) {
        return new ModelDescriptor(
                NAME,
                "full",
                List.of("shop"),
                Map.of("shop", shops),
                List.of(),
                Hashes.sha256(model),
                3,
                UNIT.toString(),
                "run-1",
                Map.of());
    }

    /** A manifest of a stage that was done for the unit. */
    void did(Stage stage, List<Pin> inputs, List<Pin> outputs, Map<String, String> facts) {
        did(stage, "run-" + stage.id(), inputs, outputs, facts);
    }

    private void did(Stage stage, String run, List<Pin> inputs, List<Pin> outputs, Map<String, String> facts) {
        Intent intent = intent(stage, run);
        store.open(intent);
        store.claim(run);
        Manifest manifest = new Manifest(
                config.pipeline(),
                stage,
                "late",
                UNIT,
                run,
                Manifest.Status.DONE,
                "recipe",
                "content",
                inputs,
                outputs,
                List.of(),
                Map.of(),
                facts,
                Map.of(),
                Instant.EPOCH,
                Instant.EPOCH,
                "tests",
                "");
        store.finish(intent, List.of(manifest), List.of());
    }

    Intent intent(Stage stage, String run) {
        return new Intent(
                config.pipeline(),
                stage,
                "late",
                run,
                List.of(UNIT),
                "recipe",
                Map.of(UNIT, "content"),
                Map.of(),
                Map.of(),
                Instant.EPOCH,
                "open");
    }

    String told() {
        return told.toString(StandardCharsets.UTF_8);
    }

    /** Gives every row one score. */
    record Constant(float score) implements Predictor {
        @Override
        public float[] predict(float[] rows, int count) {
            return new float[] {score};
        }

        @Override
        public float[] contributions(float[] rows, int count) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {}
    }

    @Override
    public PipelineConfig config() {
        return config;
    }

    @Override
    public ManifestStore store() {
        return store;
    }

    @Override
    public ModelRegistry registry() {
        return registry;
    }

    @Override
    public Predictors predictors() {
        return new Predictors(Map.of(Flavour.XGBOOST, predictors));
    }

    @Override
    public Trainer trainer(String name) {
        throw new UnsupportedOperationException();
    }

    @Override
    public ModelCache models() {
        return cache;
    }

    @Override
    public Progress progress() {
        return Progress.to(told);
    }

    @Override
    public History history() {
        return History.of(store);
    }

    @Override
    public void requireStillMine(Intent intent) {}

    @Override
    public void requirePlanned(Intent intent, Unit unit, String content) {}

    @Override
    public SparkSession spark() {
        throw new UnsupportedOperationException();
    }

    @Override
    public DeltaTables tables() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Measures measures() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Tracker tracker() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Publication publication(Intent intent) {
        throw new UnsupportedOperationException();
    }
}
