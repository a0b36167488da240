package io.penstock.jobs.stage;

import io.penstock.core.Intent;
import io.penstock.core.Manifest;
import io.penstock.core.ManifestHead;
import io.penstock.core.Pin;
import io.penstock.core.Recipe;
import io.penstock.core.Stage;
import io.penstock.core.Unit;
import io.penstock.core.Verdict;
import io.penstock.core.config.ModelSpec;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.history.History;
import io.penstock.core.history.ImportFacts;
import io.penstock.core.model.ModelRegistry;
import io.penstock.core.model.Tracker;
import io.penstock.ingestion.take.UnitInputs;
import io.penstock.jobs.run.StageContext;
import io.penstock.jobs.run.StageJob;
import io.penstock.scoring.Champions;
import io.penstock.training.Evaluation;
import io.penstock.training.Gate;
import io.penstock.training.GateResult;
import io.penstock.training.Promotion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Gate, register, promote. The order makes it atomic: the version is created and tagged, downloaded and compared by hash,
 * loaded and asked for a score; then the alias moves, which is the commit point.
 */
public final class PromoteJob implements StageJob {
    /** Raised when the output changes meaning: everything is made again then. */
    static final int LOGIC_VERSION = 1;

    private final PipelineConfig config;
    private final ModelSpec model;

    public PromoteJob(PipelineConfig config, ModelSpec model) {
        this.config = config;
        this.model = model;
    }

    @Override
    public Stage stage() {
        return Stage.PROMOTE;
    }

    @Override
    public String subject() {
        return model.name();
    }

    @Override
    public Recipe recipe() {
        Map<String, Object> parts = new TreeMap<>();
        parts.put("train", Definitions.part(new TrainJob(config, model).recipe()));
        parts.put("gate", Definitions.gate(model));
        parts.put("publish", model.training().publish());
        return Recipe.of(Stage.PROMOTE, LOGIC_VERSION, parts);
    }

    @Override
    public List<Recipe> former() {
        return FormerRecipes.promotions(config, model);
    }

    @Override
    public boolean oneUnitARun() {
        return true;
    }

    /**
     * A unit is scored with the champion of its time, not with one that a later unit of the range trained. Before the first
     * promotion of all there is no such champion: whoever asks for scores of that time gets those of the first.
     */
    @Override
    public List<Unit> turningPoints(List<Unit> units, History history) {
        boolean isFirst = history.doneUnits(Stage.PROMOTE, model.name()).isEmpty();
        return units.stream().filter(this::takes).skip(isFirst ? 1 : 0).toList();
    }

    @Override
    public boolean takes(Unit unit) {
        return model.training().at().contains(unit.id());
    }

    @Override
    public List<Need> needs() {
        return List.of(Need.of(new TrainJob(config, model)));
    }

    @Override
    public Optional<String> inputContent(Unit unit, History history) {
        return history.head(Stage.TRAIN, model.name(), unit.id()).map(ManifestHead::inputContent);
    }

    @Override
    public List<String> outputs() {
        return List.of();
    }

    @Override
    public Outcome execute(List<Unit> units, Intent intent, UnitInputs taken, StageContext work) {
        return new Outcome(
                units.stream().map(unit -> promote(unit, intent, work)).toList(), List.of());
    }

    private UnitResult promote(Unit unit, Intent intent, StageContext work) {
        Manifest trained = work.history()
                .done(Stage.TRAIN, model.name(), unit.id())
                .orElseThrow(() -> new IllegalStateException("Planned without a training"));
        Map<String, Evaluation> evaluations = new LinkedHashMap<>();
        model.training()
                .candidates()
                .keySet()
                .forEach(name -> evaluations.put(
                        name, TrainJob.CANDIDATE.named(name).of(trained).orElseThrow()));
        String publish = model.training().publish();
        GateResult gate = Gate.judge(model.task(), model.gate(), evaluations, publish, Optional.empty());
        String content = intent.inputContents().get(unit.id());
        if (!gate.passed()) {
            return new UnitResult(
                    unit,
                    Manifest.Status.REFUSED,
                    content,
                    trained.outputs(),
                    List.of(),
                    gate.verdicts(),
                    Map.of(),
                    Map.of());
        }
        Tracker.LoggedModel logged = TrainJob.LOGGED.named(publish).of(trained).orElseThrow();
        String name = config.registeredName(model);
        Promotion promotion = new Promotion(
                work.registry(),
                work.predictors(),
                work.store(),
                work.models(),
                intent,
                () -> work.requireStillMine(intent));
        ModelRegistry.Fetched fetched = promotion.register(name, logged, tags(unit, trained, logged));
        Verdict loads = promotion.loadsAndScores(fetched, model.task());
        List<Verdict> verdicts = new ArrayList<>(gate.verdicts());
        verdicts.add(loads);
        if (loads.refuses()) {
            return new UnitResult(
                    unit, Manifest.Status.REFUSED, content, trained.outputs(), List.of(), verdicts, Map.of(), Map.of());
        }
        promotion.makeChampion(fetched, "promoted", unit.cut().toString(), unit.toString());
        ModelRegistry.Version version = fetched.version();
        work.progress().note("champion of " + name + " is version " + version.version());
        return new UnitResult(
                unit,
                Manifest.Status.DONE,
                content,
                trained.outputs(),
                List.of(new Pin.ModelPin(name, version.version(), version.sha256())),
                verdicts,
                Map.of(),
                facts(unit, trained, fetched));
    }

    private Map<String, String> tags(Unit unit, Manifest trained, Tracker.LoggedModel logged) {
        return Map.of(
                "penstock.training_run",
                trained.runId(),
                "sha256",
                logged.sha256(),
                "candidate",
                model.training().publish(),
                "unit",
                unit.toString(),
                "commit",
                trained.provenance().getOrDefault("commit", "unknown"));
    }

    private static Map<String, String> facts(Unit unit, Manifest trained, ModelRegistry.Fetched fetched) {
        Map<String, String> facts = new TreeMap<>(Champions.facts(fetched));
        ImportFacts.TRAINING_UNIT.put(facts, unit.toString());
        ImportFacts.TRAINING_RUN.put(facts, trained.runId());
        return facts;
    }
}
