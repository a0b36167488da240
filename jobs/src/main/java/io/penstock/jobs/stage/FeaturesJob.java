package io.penstock.jobs.stage;

import io.penstock.core.ErrorCode;
import io.penstock.core.Hashes;
import io.penstock.core.Intent;
import io.penstock.core.Json;
import io.penstock.core.Manifest;
import io.penstock.core.ManifestHead;
import io.penstock.core.PenstockException;
import io.penstock.core.Pin;
import io.penstock.core.Recipe;
import io.penstock.core.Stage;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.config.ModelSpec;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.config.ViewSpec;
import io.penstock.core.history.Fact;
import io.penstock.core.history.History;
import io.penstock.core.history.ViewFacts;
import io.penstock.ingestion.take.UnitInputs;
import io.penstock.jobs.run.StageContext;
import io.penstock.jobs.run.StageJob;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * One feature view as known at each unit's cut: {@code features/<view>_v<n>}, one row per entity a model asks for. Its recipe
 * is of the view and its source alone. Who asks is not in it, since no value depends on that: facts of the manifest tell
 * which spines it was asked by, and another one adds the entities that are missing.
 */
public final class FeaturesJob implements StageJob {
    /** Raised when the output changes meaning: everything is made again then. */
    static final int LOGIC_VERSION = 1;

    /** What beside the view's definition decides its values. */
    private static final Fact<String> VALUES = Fact.text("values");

    /** What the rows that asked for the view are, by their source. */
    private static final Fact.Family<String> ASKS = Fact.Family.text("asks.");

    private final PipelineConfig config;
    private final ViewSpec view;
    private Recipe recipe;
    private Map<String, FormerRecipes.OfFeatures> former;
    private final Map<String, Optional<FormerRecipes.OfFeatures>> wholes = new HashMap<>();

    public FeaturesJob(PipelineConfig config, ViewSpec view) {
        this.config = config;
        this.view = view;
    }

    /** One for each view that some published model uses, in the order of the file. */
    public static List<FeaturesJob> of(PipelineConfig config) {
        return views(config).stream().map(view -> new FeaturesJob(config, view)).toList();
    }

    /** One for each of the views that a model uses. */
    static List<FeaturesJob> of(PipelineConfig config, ModelSpec model) {
        return model.views().stream()
                .map(name -> new FeaturesJob(config, config.features().get(name)))
                .toList();
    }

    ViewSpec view() {
        return view;
    }

    @Override
    public Stage stage() {
        return Stage.FEATURES;
    }

    @Override
    public String subject() {
        return view.table();
    }

    @Override
    public Recipe recipe() {
        if (recipe == null) {
            recipe = recipeOf(config, view, LOGIC_VERSION);
        }
        return recipe;
    }

    static Recipe recipeOf(PipelineConfig config, ViewSpec view, int meaning) {
        Map<String, Object> parts = new TreeMap<>();
        parts.put("view", Definitions.view(view));
        parts.put("source", Definitions.source(config.source(view.from())));
        parts.put("schedule", Definitions.schedule(config));
        return Recipe.of(Stage.FEATURES, meaning, parts);
    }

    @Override
    public List<Recipe> former() {
        return formerly().values().stream()
                .map(FormerRecipes.OfFeatures::recipe)
                .toList();
    }

    @Override
    public boolean isBy(String sha256) {
        return recipe().sha256().equals(sha256) || formerly().containsKey(sha256);
    }

    @Override
    public boolean isBy(ManifestHead head) {
        return recipe().sha256().equals(head.recipe()) || formerly(head).isPresent();
    }

    /** Of features of all views together, of which others may be defined otherwise now: the manifest tells what they were. */
    private Optional<FormerRecipes.OfFeatures> formerly(ManifestHead head) {
        if (head.runId().isEmpty()) {
            return Optional.empty(); // of a plan: its recipe is the present one
        }
        return wholes.computeIfAbsent(head.recipe(), sha256 -> {
            Manifest made = head.manifest().get();
            if (VALUES.of(made).isPresent() || !isDefinedStill(made)) {
                return Optional.empty();
            }
            Map<String, String> definitions = ViewFacts.DEFINITION.of(made);
            return FormerRecipes.features(config, definitions).stream()
                    .filter(features -> features.recipe().sha256().equals(sha256))
                    .findFirst();
        });
    }

    private Map<String, FormerRecipes.OfFeatures> formerly() {
        if (former == null) {
            former = new LinkedHashMap<>();
            FormerRecipes.features(config).stream()
                    .filter(features -> features.models().stream()
                            .anyMatch(model -> model.views().contains(view.name())))
                    .forEach(features -> former.put(features.recipe().sha256(), features));
        }
        return former;
    }

    @Override
    public boolean takes(Unit unit) {
        return true;
    }

    @Override
    public List<Need> needs() {
        return List.of(Need.of(new IngestJob(config)));
    }

    @Override
    public Optional<String> inputContent(Unit unit, History history) {
        return Optional.of(history.takenUpTo(unit.id()));
    }

    @Override
    public Optional<String> lacks(ManifestHead done) {
        return config.publishedModels().stream()
                .filter(model -> model.views().contains(view.name()) && !isAskedBy(model, done, true))
                .findFirst()
                .map(model -> "the entities of " + model.spine().from() + ", which " + model.name() + " asks for");
    }

    /**
     * Whether the view was made for the model's spine too.
     *
     * @param asDefined of the spine's source as it is defined now
     */
    private boolean isAskedBy(ModelSpec model, ManifestHead done, boolean asDefined) {
        if (done.runId().isEmpty()) {
            return true; // of a plan: it will be
        }
        String spine = model.spine().from();
        Optional<FormerRecipes.OfFeatures> features = formerly(done);
        if (features.isPresent()) {
            return features.get().models().stream()
                    .anyMatch(other -> other.views().contains(view.name())
                            && other.spine().from().equals(spine));
        }
        Map<String, String> asked = ASKS.of(done.manifest().get());
        return asked.isEmpty()
                || asked.containsKey(spine) && (!asDefined || asks(spine).equals(asked.get(spine)));
    }

    private String asks(String spine) {
        return Hashes.sha256(Json.canonical(Definitions.source(config.source(spine))))
                .substring(0, 16);
    }

    /** What decides the view's values, but for the contract by which rows were taken. */
    private String values() {
        SourceSpec source = config.source(view.from());
        Map<String, Object> parts = new TreeMap<>();
        parts.put("meaning", LOGIC_VERSION);
        parts.put("definition", definition(view));
        parts.put("mode", source.mode());
        parts.put("key", source.key());
        parts.put("sequence", source.sequence().orElse("landed"));
        return Hashes.sha256(Json.canonical(parts)).substring(0, 16);
    }

    /** A unit that a model trains at needs its views for every unit before: a new version is built whole. */
    @Override
    public Map<UnitId, String> alsoNeeded(Unit unit, History history) {
        Map<UnitId, String> needed = new TreeMap<>();
        config.publishedModels().stream()
                .filter(model -> model.views().contains(view.name())
                        && model.training().at().contains(unit.id()))
                .forEach(model -> units(unit, history)
                        .forEach(date -> lacking(model, date, history)
                                .ifPresent(reason ->
                                        needed.put(date, reason + ", which " + model.name() + " trains on"))));
        boolean trains = config.publishedModels().stream()
                .anyMatch(model -> model.training().at().contains(unit.id()));
        if (trains && history.borrowedFrom(Stage.INGEST, "").isPresent()) {
            // An environment that makes its own features has to make them for all the units that the other trains on
            Set<UnitId> own = Set.copyOf(history.doneUnits(Stage.FEATURES, subject()));
            history.doneElsewhere(Stage.FEATURES, "").stream()
                    .filter(date -> date.isBefore(unit.id()) && !own.contains(date))
                    .forEach(date -> needed.put(date, "training needs it, and this environment has it not yet"));
        }
        needed.remove(unit.id());
        return needed;
    }

    /** Units up to this one for which features of any view were made. */
    private static List<UnitId> units(Unit upTo, History history) {
        return history.doneUnits(Stage.FEATURES, "").stream()
                .filter(date -> !date.isAfter(upTo.id()))
                .toList();
    }

    /**
     * The units up to this one that a model trains on, as far as they are done. Without a view they are those that were
     * ingested; a unit whose features were refused is left out.
     */
    static List<UnitId> units(PipelineConfig config, ModelSpec model, Unit upTo, History history) {
        if (model.views().isEmpty()) {
            return history.doneUnits(Stage.INGEST, "").stream()
                    .filter(date -> !date.isAfter(upTo.id()))
                    .toList();
        }
        List<FeaturesJob> views = of(config, model);
        return units(upTo, history).stream()
                .filter(date -> views.stream()
                        .allMatch(job -> history.head(Stage.FEATURES, job.subject(), date)
                                .filter(head -> !head.isDone())
                                .isEmpty()))
                .toList();
    }

    /** What a unit lacks of the view for the model, by the definition in force; empty when it has it, or was refused. */
    Optional<String> lacking(ModelSpec model, UnitId unit, History history) {
        Optional<ManifestHead> head = history.head(Stage.FEATURES, subject(), unit);
        if (head.isEmpty()) {
            return Optional.of("lacks " + Tables.features(view));
        }
        if (!head.get().isDone()
                || history.borrowedFrom(Stage.FEATURES, subject()).isPresent()) {
            return Optional.empty();
        }
        if (!isValuedStill(head.get())) {
            return Optional.of("has " + Tables.features(view) + " by another definition");
        }
        return isAskedBy(model, head.get(), false)
                ? Optional.empty()
                : Optional.of("lacks the entities of " + model.spine().from() + " in " + Tables.features(view));
    }

    private boolean isValuedStill(ManifestHead head) {
        if (head.runId().isEmpty() || isBy(head)) {
            return true;
        }
        Manifest made = head.manifest().get();
        return VALUES.of(made)
                .map(values()::equals)
                .orElseGet(() -> LOGIC_VERSION == FormerRecipes.LOGIC_VERSION_OF_FEATURES && isDefinedStill(made));
    }

    private boolean isDefinedStill(Manifest made) {
        return ViewFacts.DEFINITION.named(view.table()).of(made).equals(Optional.of(definition(view)));
    }

    @Override
    public List<String> outputs() {
        return List.of(Tables.features(view));
    }

    @Override
    public Optional<StageJob> together(List<StageJob> same) {
        return Optional.of(new FeaturesRun(
                config, same.stream().map(FeaturesJob.class::cast).toList()));
    }

    @Override
    public Outcome execute(List<Unit> units, Intent intent, UnitInputs taken, StageContext work) {
        throw new UnsupportedOperationException("Views are made together");
    }

    /** Views that some published model uses, in the order of the file. */
    static List<ViewSpec> views(PipelineConfig config) {
        return config.features().values().stream()
                .filter(view -> config.publishedModels().stream()
                        .anyMatch(model -> model.views().contains(view.name())))
                .toList();
    }

    /** What its manifests tell: the definition, which decides what may be published under the same version, and who asked. */
    Map<String, String> facts() {
        Map<String, String> facts = new TreeMap<>();
        ViewFacts.DEFINITION.named(view.table()).put(facts, definition(view));
        VALUES.put(facts, values());
        spines().forEach(spine -> ASKS.named(spine).put(facts, asks(spine)));
        return facts;
    }

    /** Sources whose rows ask for the view. */
    List<String> spines() {
        return config.publishedModels().stream()
                .filter(model -> model.views().contains(view.name()))
                .map(model -> model.spine().from())
                .distinct()
                .toList();
    }

    static String definition(ViewSpec view) {
        return FormerRecipes.definition(view);
    }

    /** A changed definition under the same version would mix two meanings in one table. */
    @Override
    public void requireRunnable(History history) {
        history.newestDone(Stage.FEATURES, subject())
                .findFirst()
                .filter(manifest -> ViewFacts.DEFINITION
                        .named(view.table())
                        .of(manifest)
                        .filter(published -> !published.equals(definition(view)))
                        .isPresent())
                .ifPresent(manifest -> {
                    throw new PenstockException(
                            ErrorCode.VIEW_CHANGED_UNDER_SAME_VERSION,
                            "The definition of " + view.table() + " changed under the same version",
                            "features, published by run " + manifest.runId() + " for " + manifest.unit(),
                            "Raise its version: the new table is built beside the old one" + keepsItsScale());
                });
    }

    /** Before sums of fractions could do without a scale, it was 4 where none was declared. */
    private String keepsItsScale() {
        boolean isExact = view.aggregates().values().stream()
                .anyMatch(aggregate -> aggregate.scale().isEmpty());
        return isExact
                ? ". If its table is from before sums of fractions kept all their digits, scale = 4 in each of them is what it was"
                : "";
    }

    /** Latest version at which the view's table holds all of these units. */
    static Map<String, Long> versions(PipelineConfig config, ModelSpec model, List<Unit> units, History history) {
        Map<String, Long> versions = new LinkedHashMap<>();
        for (String name : model.views()) {
            ViewSpec view = config.features().get(name);
            String table = Tables.features(view);
            List<Manifest> manifests = new ArrayList<>();
            units.forEach(unit ->
                    history.done(Stage.FEATURES, view.table(), unit.id()).ifPresent(manifests::add));
            manifests.stream()
                    .flatMap(manifest -> manifest.outputs().stream())
                    .filter(pin ->
                            pin instanceof Pin.TablePin made && made.table().equals(table))
                    .mapToLong(pin -> ((Pin.TablePin) pin).version())
                    .max()
                    .ifPresent(version -> versions.put(table, version));
        }
        return versions;
    }
}
