package io.penstock.jobs.stage;

import io.penstock.core.FaultPoint;
import io.penstock.core.Intent;
import io.penstock.core.Json;
import io.penstock.core.Manifest;
import io.penstock.core.ManifestHead;
import io.penstock.core.ModelRegistry;
import io.penstock.core.PenstockException;
import io.penstock.core.Pin;
import io.penstock.core.Recipe;
import io.penstock.core.Stage;
import io.penstock.core.Tracker;
import io.penstock.core.Unit;
import io.penstock.core.Verdict;
import io.penstock.core.config.PipelineConfig;
import io.penstock.ingestion.take.UnitInputs;
import io.penstock.jobs.run.History;
import io.penstock.jobs.run.StageJob;
import io.penstock.jobs.run.Work;
import io.penstock.training.Evaluation;
import io.penstock.training.Gate;
import io.penstock.training.GateResult;
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
    static final int MEANING = 1;

    /** The alias scoring resolves. */
    public static final String CHAMPION = "champion";

    private final PipelineConfig config;
    private final PipelineConfig.Model model;

    public PromoteJob(PipelineConfig config, PipelineConfig.Model model) {
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
        return Recipe.of(Stage.PROMOTE, MEANING, parts);
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
        return model.training().at().contains(unit.date());
    }

    @Override
    public List<Need> needs() {
        return List.of(Need.of(new TrainJob(config, model)));
    }

    @Override
    public Optional<String> inputContent(Unit unit, History history) {
        return history.head(Stage.TRAIN, model.name(), unit.date()).map(ManifestHead::inputContent);
    }

    @Override
    public List<String> outputs() {
        return List.of();
    }

    @Override
    public Outcome execute(List<Unit> units, Intent intent, UnitInputs taken, Work work) {
        return new Outcome(
                units.stream().map(unit -> promote(unit, intent, work)).toList(), List.of());
    }

    private UnitResult promote(Unit unit, Intent intent, Work work) {
        Manifest trained = work.history()
                .done(Stage.TRAIN, model.name(), unit.date())
                .orElseThrow(() -> new IllegalStateException("Planned without a training"));
        Map<String, Evaluation> evaluations = new LinkedHashMap<>();
        model.training()
                .candidates()
                .keySet()
                .forEach(name ->
                        evaluations.put(name, Json.read(trained.facts().get("candidate." + name), Evaluation.class)));
        String publish = model.training().publish();
        GateResult gate = Gate.judge(model.gate(), evaluations, publish, Optional.empty());
        String content = intent.inputContents().get(unit.date());
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
        Tracker.LoggedModel logged = Json.read(trained.facts().get("logged." + publish), Tracker.LoggedModel.class);
        String name = TrainJob.registeredName(config, model);
        ModelRegistry registry = work.registry();
        work.requireStillMine(intent);
        ModelRegistry.Version version = registry.find(name, "penstock.run", intent.runId())
                .orElseGet(() -> registry.register(
                        name,
                        logged,
                        Map.of(
                                "penstock.run",
                                intent.runId(),
                                "penstock.training_run",
                                trained.runId(),
                                "sha256",
                                logged.sha256(),
                                "candidate",
                                publish,
                                "unit",
                                unit.toString(),
                                "commit",
                                trained.provenance().getOrDefault("commit", "unknown"))));
        FaultPoint.reached(intent, "registered");
        ModelRegistry.Fetched fetched = registry.fetch(version);
        requireTrained(logged, fetched.version());
        Verdict loads = loadsAndScores(fetched, work);
        List<Verdict> verdicts = new java.util.ArrayList<>(gate.verdicts());
        verdicts.add(loads);
        if (loads.refuses()) {
            return new UnitResult(
                    unit, Manifest.Status.REFUSED, content, trained.outputs(), List.of(), verdicts, Map.of(), Map.of());
        }
        work.models().put(fetched);
        work.requireStillMine(intent);
        registry.alias(name, CHAMPION, version.version());
        FaultPoint.reached(intent, "alias moved");
        if (work.store().journal().stream().noneMatch(entry -> intent.runId().equals(entry.get("run")))) {
            work.store()
                    .journal(Map.of(
                            "at",
                            unit.cut().toString(),
                            "model",
                            name,
                            "event",
                            "promoted",
                            "version",
                            version.version(),
                            "sha256",
                            version.sha256(),
                            "alias",
                            CHAMPION,
                            "run",
                            intent.runId(),
                            "unit",
                            unit.toString()));
        }
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

    private static Map<String, String> facts(Unit unit, Manifest trained, ModelRegistry.Fetched fetched) {
        Map<String, String> facts = new TreeMap<>(Champions.facts(fetched));
        facts.put("training_unit", unit.toString());
        facts.put("training_run", trained.runId());
        return facts;
    }

    /** A version is found by a tag, which anybody may set on another. */
    static void requireTrained(Tracker.LoggedModel logged, ModelRegistry.Version version) {
        if (!version.sha256().equals(logged.sha256()) || !version.source().equals(logged.source())) {
            throw PenstockException.internal(
                    "PEN-ML-010",
                    "The version that bears the tag of this run is not the model that was trained",
                    version.name() + " version " + version.version(),
                    "Delete this version in MLflow, find out who made it, and run promote again");
        }
    }

    /** An all-missing row must get a probability: the model loads on this machine, with its number of features. */
    static Verdict loadsAndScores(ModelRegistry.Fetched fetched, Work work) {
        int features = fetched.spec().features().size();
        float[] missing = new float[features];
        java.util.Arrays.fill(missing, Float.NaN);
        try (var predictor = work.predictors()
                .load(fetched.model(), fetched.spec().sha256(), fetched.spec().features())) {
            float score = predictor.predict(missing, 1)[0];
            boolean fine = score >= 0 && score <= 1;
            return new Verdict(
                    "model",
                    "loads and scores",
                    fine ? Verdict.Outcome.PASSED : Verdict.Outcome.FAILED,
                    score,
                    fine ? "" : "An all-missing row scored " + score + ", must be within 0 and 1");
        }
    }
}
