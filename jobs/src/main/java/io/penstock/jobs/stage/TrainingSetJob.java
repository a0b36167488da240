package io.penstock.jobs.stage;

import io.penstock.core.Check;
import io.penstock.core.ErrorCode;
import io.penstock.core.Intent;
import io.penstock.core.PenstockException;
import io.penstock.core.Pin;
import io.penstock.core.Recipe;
import io.penstock.core.Stage;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.Verdict;
import io.penstock.core.config.ModelSpec;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.delta.Publication;
import io.penstock.core.delta.Target;
import io.penstock.core.history.Fact;
import io.penstock.core.history.History;
import io.penstock.core.history.MetricFacts;
import io.penstock.features.FeatureViews;
import io.penstock.features.SpineRows;
import io.penstock.features.TrainingSet;
import io.penstock.ingestion.take.UnitInputs;
import io.penstock.jobs.run.StageContext;
import io.penstock.jobs.run.StageJob;
import io.penstock.validation.Checks;
import io.penstock.validation.Verdicts;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Mature labels joined to the features as scoring would have seen them: {@code training/<model>_set}, one version a training. */
public final class TrainingSetJob implements StageJob {
    /** Raised when the output changes meaning: everything is made again then. */
    static final int LOGIC_VERSION = 1;

    private final PipelineConfig config;
    private final ModelSpec model;

    /**
     * How the set's columns came to be; stands in the manifest for training.
     *
     * @param rows input columns of row features
     * @param views input columns per view
     * @param tables feature tables the set was built of, {@code features/<view>_v<n>}
     */
    public record Columns(
            List<String> rows,
            Map<String, List<String>> views,
            Map<String, List<String>> dictionaries,
            List<String> tables) {}

    static final Fact<Columns> COLUMNS = Fact.json("columns", Columns.class);

    public TrainingSetJob(PipelineConfig config, ModelSpec model) {
        this.config = config;
        this.model = model;
    }

    @Override
    public Stage stage() {
        return Stage.TRAINING_SET;
    }

    @Override
    public String subject() {
        return model.name();
    }

    @Override
    public Recipe recipe() {
        return recipeOf(config, model);
    }

    static Recipe recipeOf(PipelineConfig config, ModelSpec model) {
        return recipeOf(config, model, FeaturesJob.LOGIC_VERSION);
    }

    /** @param features number of the features' stage, by whose code a backtest is asked too */
    static Recipe recipeOf(PipelineConfig config, ModelSpec model, int features) {
        Map<String, Object> parts = new TreeMap<>();
        Map<String, Object> sources = new TreeMap<>();
        List.of(model.spine().from(), model.label().from())
                .forEach(name -> sources.put(name, Definitions.source(config.source(name))));
        Map<String, Object> views = new TreeMap<>();
        model.views().stream()
                .map(config.features()::get)
                .forEach(view ->
                        views.put(view.table(), Definitions.part(FeaturesJob.recipeOf(config, view, features))));
        parts.put("sources", sources);
        parts.put("features", views);
        parts.put("schedule", Definitions.schedule(config));
        parts.put("spine", spine(model));
        parts.put("label", Definitions.label(model));
        parts.put("rows", model.rows());
        parts.put("views", model.views());
        parts.put("test_from", model.training().testFrom().toString());
        parts.put("validation", model.training().validation().toString());
        return Recipe.of(Stage.TRAINING_SET, LOGIC_VERSION, parts);
    }

    @Override
    public List<Recipe> former() {
        return FormerRecipes.trainingSets(config, model);
    }

    /** What decides which rows are asked, and when. */
    static Map<String, Object> spine(ModelSpec model) {
        Map<String, Object> spine = new TreeMap<>(
                Map.of("from", model.spine().from(), "hold", model.spine().hold()));
        model.spine().asOf().ifPresent(asOf -> spine.put("as_of", asOf));
        return spine;
    }

    @Override
    public boolean oneUnitARun() {
        return true;
    }

    @Override
    public boolean takes(Unit unit) {
        return model.training().at().contains(unit.id());
    }

    @Override
    public List<Need> needs() {
        return needs(config, model, !model.backtest());
    }

    /** What was taken, and the views of a model that reads feature tables. */
    static List<Need> needs(PipelineConfig config, ModelSpec model, boolean isOfTables) {
        List<Need> needs = new ArrayList<>();
        needs.add(Need.of(new IngestJob(config)));
        if (isOfTables) {
            FeaturesJob.of(config, model).forEach(view -> needs.add(Need.of(view)));
        }
        return needs;
    }

    /** A set is of all units up to its own: each of them must have the views by the definition in force. */
    @Override
    public Optional<String> isKeptFrom(Unit unit, History history) {
        return model.backtest() ? Optional.empty() : lacking(unit, history);
    }

    private Optional<String> lacking(Unit training, History history) {
        List<FeaturesJob> views = FeaturesJob.of(config, model);
        Map<UnitId, String> lacking = new TreeMap<>();
        FeaturesJob.units(config, model, training, history)
                .forEach(date -> views.stream()
                        .flatMap(view -> view.lacking(model, date, history).stream())
                        .findFirst()
                        .ifPresent(reason -> lacking.put(date, reason)));
        if (lacking.isEmpty()) {
            return Optional.empty();
        }
        Map.Entry<UnitId, String> first = lacking.entrySet().iterator().next();
        return Optional.of((lacking.size() == 1 ? "unit " : lacking.size() + " units up to it, the first of them ")
                + first.getKey() + " " + first.getValue() + ": run --stage features for this unit first, which makes "
                + (lacking.size() == 1 ? "it" : "them all"));
    }

    @Override
    public Optional<String> inputContent(Unit unit, History history) {
        return Optional.of(history.takenUpTo(unit.id()));
    }

    @Override
    public List<String> outputs() {
        return List.of(Tables.trainingSet(model));
    }

    @Override
    public Outcome execute(List<Unit> units, Intent intent, UnitInputs taken, StageContext work) {
        List<UnitResult> results = new ArrayList<>();
        for (Unit unit : units) {
            results.addAll(model.backtest() ? backtest(unit, intent, work) : build(unit, intent, work));
        }
        return new Outcome(results, List.of());
    }

    private List<UnitResult> build(Unit training, Intent intent, StageContext work) {
        lacking(training, work.history()).ifPresent(reason -> {
            throw new PenstockException(
                    ErrorCode.FEATURE_TABLE_MISSING,
                    "Cannot build a training set: " + reason,
                    "models." + model.name() + ".features",
                    "Build it for them: penstock run " + config.pipeline() + " --stage features --unit " + training);
        });
        List<Unit> units = FeaturesJob.units(config, model, training, work.history()).stream()
                .map(config.schedule()::unit)
                .toList();
        String spine = Tables.bronze(model.spine().from());
        String label = Tables.bronze(model.label().from());
        long spineVersion = work.tables().version(spine);
        long labelVersion = work.tables().version(label);
        Map<String, Long> features = FeaturesJob.versions(config, model, units, work.history());
        work.tables().load(features.keySet());
        TrainingSet set = TrainingSet.build(
                config,
                model,
                training,
                units,
                work.tables().read(spine, spineVersion),
                work.tables().read(label, labelVersion),
                view -> {
                    String table = Tables.features(config.features().get(view));
                    return work.tables().read(table, features.get(table));
                });
        List<Pin> inputs = new ArrayList<>();
        inputs.add(new Pin.TablePin(spine, spineVersion, 0));
        inputs.add(new Pin.TablePin(label, labelVersion, 0));
        features.forEach((table, version) -> inputs.add(new Pin.TablePin(table, version, 0)));
        return publish(training, intent, work, set, inputs, features.keySet(), List::of);
    }

    /** Features of a backtest come of the change logs, as known at each row's own as-of; no table holds them. */
    private List<UnitResult> backtest(Unit training, Intent intent, StageContext work) {
        List<Unit> units = work.history().doneUnits(Stage.INGEST, "").stream()
                .filter(date -> !date.isAfter(training.id()))
                .map(config.schedule()::unit)
                .toList();
        BronzeTables bronze = new BronzeTables(config, work);
        try (SpineRows questions = SpineRows.backtest(config, model, training, units, bronze)) {
            work.progress().note(questions.leftOut());
            TrainingSet set = TrainingSet.build(
                    config,
                    model,
                    training,
                    questions,
                    bronze.apply(model.label().from()));
            return publish(training, intent, work, set, bronze.pins(), Set.of(), questions::refusals);
        }
    }

    private List<UnitResult> publish(
            Unit training,
            Intent intent,
            StageContext work,
            TrainingSet set,
            List<Pin> inputs,
            Set<String> features,
            Supplier<List<Verdict>> refusals) {
        List<String> key = config.source(model.spine().from()).key();
        List<Check> checks = Checks.trainingSet(key);
        Publication publication = work.publication(intent);
        Publishing publishing = new Publishing(publication, List.of(training));
        Target target = Tables.target(
                Tables.trainingSet(model),
                "Training rows of model " + model.name() + "; one version a training",
                key,
                checks,
                Target.Scope.TABLE);
        publishing.add(
                publication.stage(target, set.rows()),
                (unit, rows, measured) -> Verdicts.judge(target.table(), checks, measured));
        publishing.verdict(training, refusals.get());
        Map<String, String> facts = new TreeMap<>();
        COLUMNS.put(facts, columns(set, features));
        if (set.knowing().count() > 0) {
            work.progress().warning(told(set.knowing()));
            MetricFacts.put(facts, "label_known_at_as_of", set.knowing().count());
        }
        return publishing.commit(unit -> intent.inputContents().get(unit.id()), unit -> inputs, unit -> facts);
    }

    private String told(TrainingSet.Knowing knowing) {
        return String.format(
                Locale.ROOT,
                ErrorCode.LABEL_KNOWN_AT_AS_OF
                        + " models.%s: the label of %,d of %,d rows was known at their as-of, so features may tell it: %s",
                model.name(),
                knowing.count(),
                knowing.of(),
                knowing.kept()
                        ? "they are trained on, as label.known-at-as-of says"
                        : "they are not trained on. A history that begins in the middle brings such rows: load its units"
                                + " from the beginning, or nothing, if the rest is enough");
    }

    private Columns columns(TrainingSet set, Set<String> features) {
        Map<String, List<String>> views = new LinkedHashMap<>();
        for (String name : model.views()) {
            views.put(
                    name,
                    FeatureViews.features(config.features().get(name)).stream()
                            .map(column -> name + "_" + column)
                            .toList());
        }
        return new Columns(
                List.copyOf(model.rows().keySet()),
                views,
                set.dictionaries(),
                features.stream().sorted().toList());
    }
}
