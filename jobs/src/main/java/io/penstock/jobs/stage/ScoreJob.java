package io.penstock.jobs.stage;

import io.penstock.core.Check;
import io.penstock.core.ErrorCode;
import io.penstock.core.Intent;
import io.penstock.core.PenstockException;
import io.penstock.core.Pin;
import io.penstock.core.Recipe;
import io.penstock.core.Stage;
import io.penstock.core.Unit;
import io.penstock.core.Verdict;
import io.penstock.core.config.ModelSpec;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.delta.Publication;
import io.penstock.core.delta.Staged;
import io.penstock.core.delta.Target;
import io.penstock.core.history.History;
import io.penstock.core.model.ModelDescriptor;
import io.penstock.core.model.ModelRegistry;
import io.penstock.features.CategoryIndex;
import io.penstock.features.FeatureVectors;
import io.penstock.ingestion.take.UnitInputs;
import io.penstock.jobs.run.StageContext;
import io.penstock.jobs.run.StageJob;
import io.penstock.scoring.BatchScoring;
import io.penstock.scoring.Champions;
import io.penstock.scoring.Champions.Champion;
import io.penstock.scoring.ModelChecks;
import io.penstock.scoring.NotFiniteInputs;
import io.penstock.scoring.ScoreCounts;
import io.penstock.scoring.ScoringPins;
import io.penstock.validation.Checks;
import java.util.ArrayList;
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

/** One row per spine row, scored with the champion resolved once, see {@link Champions}. */
public final class ScoreJob implements StageJob {
    /** Raised when the output changes meaning: everything is made again then. */
    private static final int LOGIC_VERSION = 1;

    /** Text in an input that the training did not see: the row is scored as if it were missing. */
    private static final String UNSEEN = ErrorCode.UNSEEN_CATEGORY.code();

    private final PipelineConfig config;
    private final ModelSpec model;
    private final List<FeaturesJob> views;

    public ScoreJob(PipelineConfig config, ModelSpec model) {
        this.config = config;
        this.model = model;
        this.views = FeaturesJob.of(config, model);
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
        return Recipe.of(Stage.SCORE, LOGIC_VERSION, parts);
    }

    @Override
    public boolean takes(Unit unit) {
        return !unit.id().isBefore(model.scoring().from());
    }

    @Override
    public List<Need> needs() {
        return TrainingSetJob.needs(config, model, true);
    }

    @Override
    public Optional<String> isKeptFrom(Unit unit, History history) {
        return views.stream()
                .flatMap(view -> view.lacking(model, unit.id(), history).stream())
                .findFirst()
                .map(reason -> "the unit " + reason + ": run --stage features for it first");
    }

    @Override
    public Optional<String> inputContent(Unit unit, History history) {
        return Optional.of(history.takenUpTo(unit.id()));
    }

    @Override
    public List<String> outputs() {
        return List.of(Tables.inputs(model), Tables.scoresLog(model), Tables.scores(model));
    }

    @Override
    public Outcome execute(List<Unit> units, Intent intent, UnitInputs taken, StageContext work) {
        Publication publication = work.publication(intent);
        Champions champions = champions(config, model, work);
        Champion champion =
                publication.settledBefore(outputs()).map(champions::settled).orElseGet(champions::now);
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
                FeatureVectors.joinWithCodes(config, model, units, work.tables().read(spine, spineVersion), view -> {
                    String table = Tables.features(config.features().get(view));
                    return work.tables().read(table, features.get(table));
                });
        ScoreMonitor watch = new ScoreMonitor(
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
                            work.predictors().of(fetched.spec())))
                    .orElseGet(() -> BatchScoring.hold(inputs, key, Champions.NO_MODEL, intent.runId(), pins));
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

    static Champions champions(PipelineConfig config, ModelSpec model, StageContext work) {
        return new Champions(
                config,
                model,
                new Champions.Sources(
                        work::registry,
                        work.models(),
                        work::history,
                        text -> work.progress().warning(text)));
    }

    /** A model sees the feature versions it was trained on, or none: the next version may mean something else. */
    private void requireItsFeatures(ModelDescriptor champion) {
        List<String> made = model.views().stream()
                .map(name -> Tables.features(config.features().get(name)))
                .toList();
        champion.featurePins().stream()
                .filter(table -> !made.contains(table))
                .findFirst()
                .ifPresent(table -> {
                    throw new PenstockException(
                            ErrorCode.CHAMPION_OF_OLD_VIEW,
                            "The champion was trained on " + table + ", which the pipeline does not make any more",
                            "models." + model.name() + ".features",
                            "Train and promote a model on the new version, or restore the old one: penstock run "
                                    + config.pipeline() + " --unit " + Champions.firstTraining(model));
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
            ScoreMonitor watch) {
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
                    inputs.drop("code", BatchScoring.FLAGS));
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
            Map<String, ScoreCounts> counts = ScoreCounts.byUnit(kept);
            Map<String, Map<String, String>> facts = facts(units, counts, champion);
            units.stream()
                    .filter(unit -> counts.getOrDefault(unit.toString(), ScoreCounts.NONE)
                                    .notFinite()
                            > 0)
                    .forEach(unit -> publishing.verdict(unit, List.of(notFinite(unit, inputs, champion, key, counts))));
            units.forEach(unit -> publishing.verdict(unit, watch.judge(unit, facts.get(unit.toString()))));
            List<Pin> pins = new ArrayList<>();
            pins.add(spine);
            pins.addAll(features);
            champion.fetched().ifPresent(fetched -> pins.add(pin(fetched.version())));
            return new Outcome(
                    publishing.commit(
                            unit -> intent.inputContents().get(unit.id()),
                            unit -> pins,
                            unit -> facts.getOrDefault(unit.toString(), Map.of())),
                    List.of());
        } finally {
            kept.unpersist();
        }
    }

    private Verdict notFinite(
            Unit unit, Dataset<Row> inputs, Champion champion, List<String> key, Map<String, ScoreCounts> counts) {
        return NotFiniteInputs.verdict(
                Tables.scores(model),
                inputs,
                champion.fetched().orElseThrow().spec().features(),
                key,
                unit.id(),
                counts.get(unit.toString()).notFinite());
    }

    private static Map<String, Map<String, String>> facts(
            List<Unit> units, Map<String, ScoreCounts> counts, Champion champion) {
        Map<String, Map<String, String>> facts = new TreeMap<>();
        units.forEach(unit -> {
            Map<String, String> unitFacts =
                    counts.getOrDefault(unit.toString(), ScoreCounts.NONE).facts();
            champion.fetched().ifPresent(fetched -> {
                unitFacts.put(
                        "model",
                        fetched.version().name() + "@" + fetched.version().version());
                unitFacts.put("model_sha256", fetched.version().sha256());
                unitFacts.putAll(Champions.facts(fetched));
            });
            if (!champion.degraded().isEmpty()) {
                unitFacts.put("degraded", champion.degraded());
            }
            facts.put(unit.toString(), unitFacts);
        });
        return facts;
    }

    private Dataset<Row> encoded(Dataset<Row> joined, Champion champion, ScoreMonitor watch) {
        List<String> inputs =
                champion.fetched().map(fetched -> fetched.spec().features()).orElse(List.of());
        Map<String, List<String>> dictionaries =
                champion.fetched().map(fetched -> fetched.spec().dictionaries()).orElse(Map.of());
        List<Column> columns = new ArrayList<>();
        config.source(model.spine().from()).key().forEach(name -> columns.add(functions.col(name)));
        columns.addAll(List.of(functions.col("unit"), functions.col("as_of"), functions.col("code")));
        champion.fetched().ifPresent(fetched -> ModelChecks.requireInputs(fetched.spec(), List.of(joined.columns())));
        inputs.forEach(name -> columns.add(functions.col(name)));
        // A view without any value says more of the row than a text that the training did not see
        columns.add(functions
                .concat(
                        functions.col(FeatureVectors.CODES),
                        functions.array(
                                watch.flag(),
                                functions.when(CategoryIndex.unseen(inputs, dictionaries), functions.lit(UNSEEN))))
                .as(BatchScoring.FLAGS));
        return CategoryIndex.encode(joined.select(columns.toArray(Column[]::new)), inputs, dictionaries);
    }

    private static Pin.ModelPin pin(ModelRegistry.Version version) {
        return new Pin.ModelPin(version.name(), version.version(), version.sha256());
    }
}
