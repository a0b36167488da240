package io.penstock.jobs.stage;

import io.penstock.core.Check;
import io.penstock.core.Intent;
import io.penstock.core.Manifest;
import io.penstock.core.ModelRegistry;
import io.penstock.core.ModelSpec;
import io.penstock.core.PenstockException;
import io.penstock.core.Pin;
import io.penstock.core.Recipe;
import io.penstock.core.Stage;
import io.penstock.core.Unit;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.delta.Publication;
import io.penstock.core.delta.Staged;
import io.penstock.core.delta.Target;
import io.penstock.features.Dictionaries;
import io.penstock.features.ModelInputs;
import io.penstock.jobs.run.History;
import io.penstock.jobs.run.StageJob;
import io.penstock.jobs.run.Work;
import io.penstock.scoring.BatchScoring;
import io.penstock.scoring.ScoringPins;
import io.penstock.validation.Checks;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.storage.StorageLevel;

/**
 * One row per spine row, scored with the champion resolved once. When the registry is away the last champion this pipeline
 * promoted is used, from the cache, and the run says so.
 */
public final class ScoreJob implements StageJob {
    /** Raised when the output changes meaning: everything is made again then. */
    private static final int MEANING = 1;

    private static final String DEGRADED = "PEN-ML-013";
    private static final String NO_MODEL = "PEN-ML-014";

    private final PipelineConfig config;
    private final PipelineConfig.Model model;

    private record Champion(Optional<ModelRegistry.Fetched> fetched, String degraded) {
        Map<String, String> settled() {
            Map<String, String> settled = new TreeMap<>(Map.of("degraded", degraded));
            fetched.ifPresent(model -> {
                settled.put("model_version", model.version().version());
                settled.put("model_sha256", model.version().sha256());
            });
            return settled;
        }
    }

    public ScoreJob(PipelineConfig config, PipelineConfig.Model model) {
        this.config = config;
        this.model = model;
    }

    @Override
    public Stage stage() {
        return Stage.SCORE;
    }

    @Override
    public String subject() {
        return model.name();
    }

    /** Feature definitions are not in it: published scores stay when a view gets a new version. */
    @Override
    public Recipe recipe() {
        Map<String, Object> parts = new TreeMap<>();
        parts.put("spine", TrainingSetJob.spine(model));
        parts.put("key", config.source(model.spine().from()).key());
        parts.put("reasons", model.scoring().reasons());
        parts.put("threshold", model.scoring().threshold());
        return Recipe.of(Stage.SCORE, MEANING, parts);
    }

    @Override
    public boolean takes(Unit unit) {
        return !unit.date().isBefore(model.scoring().from());
    }

    @Override
    public List<Need> needs() {
        return List.of(new Need(Stage.FEATURES, ""));
    }

    @Override
    public Optional<String> inputContent(Unit unit, History history) {
        return Optional.of(history.takenUpTo(unit.date()));
    }

    @Override
    public List<String> outputs() {
        return List.of(Tables.inputs(model), Tables.scoresLog(model), Tables.scores(model));
    }

    @Override
    public Outcome execute(List<Unit> units, Intent intent, Work work) {
        Publication publication = work.publication(intent);
        Champion champion = publication
                .settledBefore(outputs())
                .map(settled -> settled(settled, work))
                .orElseGet(() -> champion(work));
        publication.settle(champion.settled());
        champion.fetched().ifPresent(fetched -> requireItsFeatures(fetched.spec()));
        List<String> key = config.source(model.spine().from()).key();
        String spine = Tables.bronze(model.spine().from());
        long spineVersion = work.tables().version(spine);
        Map<String, Long> features = FeaturesJob.versions(config, model, units, work.history());
        List<Pin.TablePin> pins = new ArrayList<>();
        features.forEach((table, version) -> pins.add(new Pin.TablePin(table, version, 0)));
        work.tables().load(features.keySet());
        Dataset<Row> joined =
                ModelInputs.join(config, model, units, work.tables().read(spine, spineVersion), view -> {
                    String table = Tables.features(config.features().get(view));
                    return work.tables().read(table, features.get(table));
                });
        ScoreWatch watch = new ScoreWatch(
                config, model, units, work.history(), champion.fetched().map(fetched -> fetched.spec()));
        Dataset<Row> inputs = encoded(joined, champion, watch).persist(StorageLevel.MEMORY_AND_DISK());
        try {
            Dataset<Row> scores = champion.fetched()
                    .map(fetched -> BatchScoring.score(
                            inputs,
                            key,
                            fetched.spec(),
                            fetched.model(),
                            model,
                            new ScoringPins(pin(fetched.version()), intent.runId(), pins),
                            work.predictors()))
                    .orElseGet(() -> BatchScoring.hold(inputs, key, NO_MODEL, intent.runId(), pins));
            return publish(
                    units,
                    intent,
                    publication,
                    champion,
                    key,
                    new Pin.TablePin(spine, spineVersion, 0),
                    pins,
                    inputs,
                    scores,
                    watch);
        } finally {
            inputs.unpersist();
        }
    }

    /** A model sees the feature versions it was trained on, or none: the next version may mean something else. */
    private void requireItsFeatures(ModelSpec champion) {
        List<String> made = model.views().stream()
                .map(name -> Tables.features(config.features().get(name)))
                .toList();
        champion.featurePins().stream()
                .filter(table -> !made.contains(table))
                .findFirst()
                .ifPresent(table -> {
                    throw PenstockException.configuration(
                            "PEN-ML-019",
                            "The champion was trained on " + table + ", which the pipeline does not make any more",
                            "models." + model.name() + ".features",
                            "Train and promote a model on the new version, or restore the old one: penstock run "
                                    + config.pipeline() + " --unit " + firstTraining());
                });
    }

    private Outcome publish(
            List<Unit> units,
            Intent intent,
            Publication publication,
            Champion champion,
            List<String> key,
            Pin.TablePin spine,
            List<Pin.TablePin> features,
            Dataset<Row> inputs,
            Dataset<Row> scores,
            ScoreWatch watch) {
        Publishing publishing = new Publishing(publication, units);
        List<Check> checks = Checks.scores(config, model);
        Dataset<Row> kept = scores.persist(StorageLevel.MEMORY_AND_DISK());
        try {
            Map<Target, Dataset<Row>> tables = new LinkedHashMap<>();
            tables.put(
                    Tables.target(
                            Tables.inputs(model),
                            "What model " + model.name() + " was given",
                            key,
                            List.of(),
                            Target.Scope.UNITS),
                    inputs.drop("code", BatchScoring.FLAG));
            tables.put(
                    Tables.target(
                            Tables.scoresLog(model),
                            "Every publication of scores, append-only",
                            key,
                            List.of(),
                            Target.Scope.APPEND),
                    kept);
            tables.put(Tables.target(Tables.scores(model), model.comment(), key, checks, Target.Scope.UNITS), kept);
            for (Staged staged : publication.stageAll(tables)) {
                if (staged.target().table().equals(Tables.scores(model))) {
                    publishing.add(staged, checks);
                } else {
                    publishing.add(staged);
                }
            }
            Map<String, Map<String, String>> facts = facts(units, kept, champion);
            units.forEach(unit -> publishing.verdict(unit, watch.judge(unit, facts.get(unit.toString()))));
            List<Pin> pins = new ArrayList<>();
            pins.add(spine);
            pins.addAll(features);
            champion.fetched().ifPresent(fetched -> pins.add(pin(fetched.version())));
            return new Outcome(
                    publishing.commit(
                            unit -> intent.inputContents().get(unit.date()),
                            unit -> pins,
                            unit -> facts.getOrDefault(unit.toString(), Map.of())),
                    List.of());
        } finally {
            kept.unpersist();
        }
    }

    private static Map<String, Map<String, String>> facts(List<Unit> units, Dataset<Row> scores, Champion champion) {
        Map<String, Map<String, String>> facts = new TreeMap<>();
        for (Row row : scores.groupBy(functions.col("unit").cast("string"))
                .agg(
                        functions.count(functions.col("score")),
                        functions.sum(functions
                                .when(functions.col("score").isNull(), 1)
                                .otherwise(0)),
                        functions.avg("score"),
                        functions.count(functions.when(functions.col("score").isNotNull(), functions.col("code"))))
                .collectAsList()) {
            Map<String, String> unit = new LinkedHashMap<>();
            unit.put("metric.scored", String.valueOf(row.getLong(1)));
            unit.put("metric.held", String.valueOf(row.getLong(2)));
            unit.put("metric.flagged", String.valueOf(row.getLong(4)));
            if (!row.isNullAt(3)) {
                unit.put("metric.score_mean", String.valueOf(row.getDouble(3)));
            }
            facts.put(row.getString(0), unit);
        }
        units.forEach(unit -> {
            Map<String, String> unitFacts = facts.computeIfAbsent(unit.toString(), name -> new LinkedHashMap<>());
            champion.fetched().ifPresent(fetched -> {
                unitFacts.put(
                        "model",
                        fetched.version().name() + "@" + fetched.version().version());
                unitFacts.put("model_sha256", fetched.version().sha256());
            });
            if (!champion.degraded().isEmpty()) {
                unitFacts.put("degraded", champion.degraded());
            }
        });
        return facts;
    }

    private Dataset<Row> encoded(Dataset<Row> joined, Champion champion, ScoreWatch watch) {
        List<String> inputs =
                champion.fetched().map(fetched -> fetched.spec().features()).orElse(List.of());
        Map<String, List<String>> dictionaries =
                champion.fetched().map(fetched -> fetched.spec().dictionaries()).orElse(Map.of());
        List<Column> columns = new ArrayList<>();
        config.source(model.spine().from()).key().forEach(name -> columns.add(functions.col(name)));
        columns.addAll(List.of(
                functions.col("unit"),
                functions.col("as_of"),
                functions.col("code"),
                watch.flag().as(BatchScoring.FLAG)));
        for (String name : inputs) {
            if (!List.of(joined.columns()).contains(name)) {
                throw PenstockException.configuration(
                        "PEN-ML-009",
                        "The champion needs input " + name + ", which the pipeline does not make any more",
                        "models." + model.name(),
                        "Restore the feature, or train and promote a model without it");
            }
            columns.add(functions.col(name));
        }
        return Dictionaries.encode(joined.select(columns.toArray(Column[]::new)), inputs, dictionaries);
    }

    private Champion champion(Work work) {
        String name = TrainJob.registeredName(config, model);
        try {
            Optional<ModelRegistry.Version> version = work.registry().resolve(name, PromoteJob.CHAMPION);
            if (version.isEmpty()) {
                throw new PenstockException(
                        NO_MODEL,
                        io.penstock.core.ExitCode.CONFIGURATION,
                        "Model " + name + " has no version with alias " + PromoteJob.CHAMPION,
                        config.locations().mlflow(),
                        "Train and promote one: penstock run " + config.pipeline()
                                + " --stage training-set,train,promote --unit " + firstTraining());
            }
            Optional<ModelRegistry.Fetched> cached =
                    work.models().find(version.get().sha256());
            ModelRegistry.Fetched fetched = cached.isPresent()
                    ? new ModelRegistry.Fetched(
                            version.get(), cached.get().model(), cached.get().spec())
                    : work.registry().fetch(version.get());
            if (cached.isEmpty()) {
                work.models().put(fetched);
            }
            return new Champion(Optional.of(fetched), "");
        } catch (PenstockException e) {
            if (!e.exit().retryable()) {
                throw e;
            }
            return fallback(work, e);
        }
    }

    /** The model that the tables are scored with which this run committed before it died, wherever the alias is now. */
    private Champion settled(Map<String, String> settled, Work work) {
        String degraded = settled.getOrDefault("degraded", "");
        String sha256 = settled.get("model_sha256");
        if (sha256 == null) {
            return new Champion(Optional.empty(), degraded);
        }
        ModelRegistry.Fetched fetched = work.models().find(sha256).orElseGet(() -> {
            String name = TrainJob.registeredName(config, model);
            return work.registry()
                    .fetch(work.registry()
                            .find(name, "sha256", sha256)
                            .orElseThrow(() -> PenstockException.configuration(
                                    NO_MODEL,
                                    "Model " + name + " with sha256 " + sha256
                                            + " is gone, and a run that did not finish has scored with it",
                                    config.locations().mlflow(),
                                    "Score the units anew: penstock run " + config.pipeline()
                                            + " --stage score --again --from FIRST --to LAST")));
        });
        ModelRegistry.Version cached = fetched.version();
        ModelRegistry.Version version = new ModelRegistry.Version(
                cached.name(), settled.get("model_version"), sha256, cached.source(), cached.tags());
        return new Champion(Optional.of(new ModelRegistry.Fetched(version, fetched.model(), fetched.spec())), degraded);
    }

    private Champion fallback(Work work, PenstockException cause) {
        Optional<Manifest> promoted =
                work.history().newestDone(Stage.PROMOTE, model.name()).max(Comparator.comparing(Manifest::unit));
        Optional<ModelRegistry.Fetched> last = work.history()
                .newestDone(Stage.IMPORT, model.name())
                .findFirst()
                .filter(imported -> promoted.isEmpty()
                        || imported.finished().isAfter(promoted.get().finished()))
                .or(() -> promoted)
                .flatMap(manifest -> manifest.outputs().stream()
                        .filter(Pin.ModelPin.class::isInstance)
                        .map(Pin.ModelPin.class::cast)
                        .findFirst())
                .flatMap(pin -> work.models().find(pin.sha256()));
        if (model.scoring().fallback().contains("last-good") && last.isPresent()) {
            work.progress()
                    .warning(cause.code() + " " + cause.what() + ": scoring with the last champion promoted here");
            return new Champion(last, DEGRADED + " registry away, last good model used");
        }
        if (model.scoring().fallback().contains("hold")) {
            work.progress().warning(cause.code() + " " + cause.what() + ": every row is held");
            return new Champion(Optional.empty(), NO_MODEL + " no model to be had, rows held");
        }
        throw cause;
    }

    private String firstTraining() {
        return model.training().at().isEmpty()
                ? "DATE"
                : model.training().at().get(0).toString();
    }

    private static Pin.ModelPin pin(ModelRegistry.Version version) {
        return new Pin.ModelPin(version.name(), version.version(), version.sha256());
    }
}
