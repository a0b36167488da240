package io.penstock.jobs.stage;

import io.penstock.core.Intent;
import io.penstock.core.Manifest;
import io.penstock.core.Pin;
import io.penstock.core.Recipe;
import io.penstock.core.Stage;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.Verdict;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.config.ViewSpec;
import io.penstock.core.delta.Publication;
import io.penstock.core.delta.Staged;
import io.penstock.core.delta.Target;
import io.penstock.core.history.History;
import io.penstock.features.FeatureViews;
import io.penstock.ingestion.take.UnitInputs;
import io.penstock.jobs.run.StageContext;
import io.penstock.jobs.run.StageJob;
import io.penstock.validation.Checks;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Several views for the same units in one execution: what they read is read once. Each of them gets its own manifests. */
final class FeaturesRun implements StageJob {
    private final PipelineConfig config;
    private final List<FeaturesJob> views;

    FeaturesRun(PipelineConfig config, List<FeaturesJob> views) {
        this.config = config;
        this.views = views;
    }

    @Override
    public Stage stage() {
        return Stage.FEATURES;
    }

    /** Its intents are of the stage: whose views they are, their tables tell. */
    @Override
    public String subject() {
        return "";
    }

    @Override
    public Recipe recipe() {
        Map<String, Object> parts = new TreeMap<>();
        views.forEach(view -> {
            parts.put(view.subject(), Definitions.part(view.recipe()));
            parts.put("asks " + view.subject(), view.spines());
        });
        return Recipe.of(Stage.FEATURES, FeaturesJob.LOGIC_VERSION, parts);
    }

    @Override
    public boolean takes(Unit unit) {
        return true;
    }

    @Override
    public List<Need> needs() {
        return views.get(0).needs();
    }

    @Override
    public Optional<String> inputContent(Unit unit, History history) {
        return views.get(0).inputContent(unit, history);
    }

    @Override
    public List<String> outputs() {
        return views.stream().map(view -> Tables.features(view.view())).toList();
    }

    @Override
    public List<StageJob> parts() {
        return List.copyOf(views);
    }

    @Override
    public Outcome execute(List<Unit> units, Intent intent, UnitInputs taken, StageContext work) {
        PipelineConfig some =
                config.withViews(views.stream().map(view -> view.view().name()).collect(Collectors.toSet()));
        BronzeTables bronze = new BronzeTables(config, work);
        Publication publication = work.publication(intent);
        Publishing publishing = new Publishing(publication, units);
        work.tables().load(sources().stream().map(Tables::bronze).toList());
        try (FeatureViews computed = FeatureViews.compute(some, units, bronze)) {
            Map<Target, Dataset<Row>> tables = new LinkedHashMap<>();
            for (FeaturesJob job : views) {
                ViewSpec view = job.view();
                tables.put(
                        Tables.featuresTarget(view, Checks.features(view)),
                        computed.tables().get(view.name()));
            }
            List<Staged> staged = publication.stageAll(tables);
            FeatureMonitor watch = new FeatureMonitor(
                    config, views.stream().map(FeaturesJob::view).toList(), units, work.history());
            for (int i = 0; i < staged.size(); i++) {
                ViewSpec view = views.get(i).view();
                publishing.add(staged.get(i), (unit, rows, measured) -> watch.judge(view, unit, rows, measured));
            }
            Map<UnitId, List<Verdict>> refusals = computed.refusals();
            units.forEach(unit -> publishing.verdict(unit, refusals.getOrDefault(unit.id(), List.of())));
            List<Pin> inputs = bronze.pins();
            List<UnitResult> together =
                    publishing.commit(unit -> intent.inputContents().get(unit.id()), unit -> inputs, unit -> Map.of());
            List<UnitResult> results = new ArrayList<>();
            together.forEach(result ->
                    views.forEach(view -> results.add(of(view, result, watch.facts(view.view(), result.unit())))));
            return new Outcome(results, List.of());
        }
    }

    private Set<String> sources() {
        Set<String> sources = new LinkedHashSet<>();
        views.forEach(view -> {
            sources.add(view.view().from());
            sources.addAll(view.spines());
        });
        return sources;
    }

    /** What of a unit's result is of one view. A unit that was refused for one of them was refused for all. */
    private static UnitResult of(FeaturesJob view, UnitResult all, Map<String, String> measured) {
        String table = Tables.features(view.view());
        Set<String> read = new LinkedHashSet<>(List.of(Tables.bronze(view.view().from())));
        view.spines().forEach(spine -> read.add(Tables.bronze(spine)));
        boolean isRefused = all.status() == Manifest.Status.REFUSED;
        Map<String, String> facts = new TreeMap<>(view.facts());
        facts.putAll(measured);
        return new UnitResult(
                all.unit(),
                all.status(),
                all.inputContent(),
                all.inputs().stream()
                        .filter(pin -> pin instanceof Pin.TablePin input && read.contains(input.table()))
                        .toList(),
                all.outputs().stream()
                        .filter(pin ->
                                pin instanceof Pin.TablePin made && made.table().equals(table))
                        .toList(),
                all.verdicts().stream()
                        .filter(verdict -> verdict.table().equals(table) || isRefused && verdict.refuses())
                        .toList(),
                all.counts().entrySet().stream()
                        .filter(count -> count.getKey().equals(table))
                        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)),
                facts,
                Optional.of(view));
    }
}
