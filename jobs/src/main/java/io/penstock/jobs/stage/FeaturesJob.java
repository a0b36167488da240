package io.penstock.jobs.stage;

import io.penstock.core.Hashes;
import io.penstock.core.Intent;
import io.penstock.core.Json;
import io.penstock.core.Manifest;
import io.penstock.core.PenstockException;
import io.penstock.core.Pin;
import io.penstock.core.Recipe;
import io.penstock.core.Stage;
import io.penstock.core.Unit;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.delta.Publication;
import io.penstock.core.delta.Staged;
import io.penstock.core.delta.Target;
import io.penstock.features.FeatureViews;
import io.penstock.jobs.run.History;
import io.penstock.jobs.run.StageJob;
import io.penstock.jobs.run.Work;
import io.penstock.validation.Checks;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Feature views as known at each unit's cut: {@code features/<view>_v<n>}, one row per entity a model asks for. */
public final class FeaturesJob implements StageJob {
    /** Raised when the output changes meaning: everything is made again then. */
    private static final int MEANING = 1;

    private final PipelineConfig config;

    public FeaturesJob(PipelineConfig config) {
        this.config = config;
    }

    @Override
    public Stage stage() {
        return Stage.FEATURES;
    }

    @Override
    public String subject() {
        return "";
    }

    @Override
    public Recipe recipe() {
        return recipeOf(config);
    }

    static Recipe recipeOf(PipelineConfig config) {
        Map<String, Object> parts = new TreeMap<>();
        parts.put("ingest", IngestJob.recipeOf(config).json());
        Map<String, String> definitions = new TreeMap<>();
        views(config).forEach(view -> definitions.put(view.table(), definition(view)));
        parts.put("views", definitions);
        Map<String, Object> spines = new TreeMap<>();
        config.publishedModels()
                .forEach(model -> spines.put(model.name(), List.of(model.spine().from(), model.views())));
        parts.put("spines", spines);
        return Recipe.of(Stage.FEATURES, MEANING, parts);
    }

    @Override
    public boolean takes(Unit unit) {
        return !views(config).isEmpty();
    }

    @Override
    public List<Need> needs() {
        return List.of(new Need(Stage.INGEST, ""));
    }

    @Override
    public Optional<String> inputContent(Unit unit, History history) {
        return Optional.of(history.takenUpTo(unit.date()));
    }

    /** A unit that a model trains at needs the tables of its views for every unit before: a new version is built whole. */
    @Override
    public Map<LocalDate, String> alsoNeeded(Unit unit, History history) {
        Map<LocalDate, String> needed = new TreeMap<>();
        config.publishedModels().stream()
                .filter(model -> model.training().at().contains(unit.date()))
                .forEach(model -> lacking(config, model, unit, history)
                        .forEach((date, table) ->
                                needed.put(date, "lacks " + table + ", which " + model.name() + " trains on")));
        boolean trains = config.publishedModels().stream()
                .anyMatch(model -> model.training().at().contains(unit.date()));
        if (trains && history.borrowedFrom(Stage.INGEST, "").isPresent()) {
            // An environment that makes its own features has to make them for all the units that the other trains on
            Set<LocalDate> own = Set.copyOf(history.doneUnits(Stage.FEATURES, ""));
            history.doneElsewhere(Stage.FEATURES, "").stream()
                    .filter(date -> date.isBefore(unit.date()) && !own.contains(date))
                    .forEach(date -> needed.put(date, "training needs it, and this environment has it not yet"));
        }
        needed.remove(unit.date());
        return needed;
    }

    /** Units up to this one that are done without a table which the model uses now, with that table. */
    static Map<LocalDate, String> lacking(
            PipelineConfig config, PipelineConfig.Model model, Unit upTo, History history) {
        Map<LocalDate, String> lacking = new TreeMap<>();
        for (LocalDate date : history.doneUnits(Stage.FEATURES, "")) {
            if (date.isAfter(upTo.date())) {
                continue;
            }
            Map<String, String> facts =
                    history.done(Stage.FEATURES, "", date).orElseThrow().facts();
            model.views().stream()
                    .map(name -> config.features().get(name).table())
                    .filter(table -> !facts.containsKey("view." + table))
                    .findFirst()
                    .ifPresent(table -> lacking.put(date, "features/" + table));
        }
        return lacking;
    }

    @Override
    public List<String> outputs() {
        return views(config).stream().map(Tables::features).toList();
    }

    /** Views that some published model uses, in the order of the file. */
    static List<PipelineConfig.View> views(PipelineConfig config) {
        return config.features().values().stream()
                .filter(view -> config.publishedModels().stream()
                        .anyMatch(model -> model.views().contains(view.name())))
                .toList();
    }

    @Override
    public Outcome execute(List<Unit> units, Intent intent, Work work) {
        BronzeTables bronze = new BronzeTables(config, work);
        Publication publication = work.publication(intent);
        Publishing publishing = new Publishing(publication, units);
        work.tables()
                .load(config.sources().keySet().stream().map(Tables::bronze).toList());
        try (FeatureViews views = FeatureViews.compute(config, units, bronze)) {
            Map<Target, Dataset<Row>> tables = new LinkedHashMap<>();
            for (PipelineConfig.View view : views(config)) {
                tables.put(
                        Tables.featuresTarget(view, Checks.features(view)),
                        views.tables().get(view.name()));
            }
            List<Staged> staged = publication.stageAll(tables);
            ViewsWatch watch = new ViewsWatch(config, units, work.history());
            for (int i = 0; i < staged.size(); i++) {
                PipelineConfig.View view = views(config).get(i);
                publishing.add(staged.get(i), (unit, rows, measured) -> watch.judge(view, unit, rows, measured));
            }
            List<Pin> inputs = bronze.pins();
            return new Outcome(
                    publishing.commit(unit -> intent.inputContents().get(unit.date()), unit -> inputs, unit -> {
                        Map<String, String> facts = new TreeMap<>(definitions());
                        facts.putAll(watch.facts(unit));
                        return facts;
                    }),
                    List.of());
        }
    }

    Map<String, String> definitions() {
        Map<String, String> facts = new TreeMap<>();
        views(config).forEach(view -> facts.put("view." + view.table(), definition(view)));
        return facts;
    }

    static String definition(PipelineConfig.View view) {
        Map<String, Object> parts = new TreeMap<>();
        parts.put("from", view.from());
        parts.put("entity", view.entity());
        parts.put("where", view.where().orElse(""));
        parts.put("aggregates", view.aggregates());
        parts.put("latest", view.latest());
        parts.put("max_age", view.maxAge().map(Object::toString).orElse(""));
        return Hashes.sha256(Json.canonical(parts)).substring(0, 16);
    }

    /** A changed definition under the same version would mix two meanings in one table. */
    @Override
    public void requireRunnable(History history) {
        Map<String, String> unseen = new TreeMap<>(definitions());
        Iterator<Manifest> newest =
                history.newestDone(Stage.FEATURES, subject()).iterator();
        while (!unseen.isEmpty() && newest.hasNext()) {
            Manifest manifest = newest.next();
            manifest.facts().forEach((view, before) -> {
                String definition = unseen.remove(view);
                if (definition != null && !before.equals(definition)) {
                    throw PenstockException.configuration(
                            "PEN-CFG-030",
                            "The definition of " + view.substring("view.".length()) + " changed under the same version",
                            "features, published by run " + manifest.runId() + " for " + manifest.unit(),
                            "Raise its version: the new table is built beside the old one");
                }
            });
        }
    }

    /** Latest version at which the view's table holds all of these units. */
    static Map<String, Long> versions(
            PipelineConfig config, PipelineConfig.Model model, List<Unit> units, History history) {
        Map<String, Long> versions = new LinkedHashMap<>();
        List<Manifest> manifests = new ArrayList<>();
        units.forEach(unit -> history.done(Stage.FEATURES, "", unit.date()).ifPresent(manifests::add));
        for (String name : model.views()) {
            String table = Tables.features(config.features().get(name));
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
