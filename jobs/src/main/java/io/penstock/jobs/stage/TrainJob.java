package io.penstock.jobs.stage;

import io.penstock.core.Clock;
import io.penstock.core.ErrorCode;
import io.penstock.core.Intent;
import io.penstock.core.Manifest;
import io.penstock.core.ManifestHead;
import io.penstock.core.Pin;
import io.penstock.core.Recipe;
import io.penstock.core.Stage;
import io.penstock.core.Unit;
import io.penstock.core.Verdict;
import io.penstock.core.config.LabelLineage;
import io.penstock.core.config.ModelSpec;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.config.TrainingSpec;
import io.penstock.core.history.Fact;
import io.penstock.core.history.History;
import io.penstock.core.history.MetricFacts;
import io.penstock.core.model.Tracker;
import io.penstock.ingestion.take.UnitInputs;
import io.penstock.jobs.run.StageContext;
import io.penstock.jobs.run.StageJob;
import io.penstock.training.CandidateRun;
import io.penstock.training.Candidates;
import io.penstock.training.Evaluation;
import io.penstock.training.Gate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Fits the candidates on the pinned training set, measures them on its test slice, tracks everything in MLflow. */
public final class TrainJob implements StageJob {
    /** Raised when the output changes meaning: everything is made again then. */
    static final int LOGIC_VERSION = 1;

    /** Facts by candidate: how it did on test rows, what MLflow holds of it, where its run is. */
    static final Fact.Family<Evaluation> CANDIDATE = Fact.Family.json("candidate.", Evaluation.class);

    static final Fact.Family<Tracker.LoggedModel> LOGGED = Fact.Family.json("logged.", Tracker.LoggedModel.class);
    public static final Fact.Family<String> RUN = Fact.Family.text("run.");
    private static final Fact<String> EXPERIMENT = Fact.text("experiment");

    private final PipelineConfig config;
    private final ModelSpec model;

    public TrainJob(PipelineConfig config, ModelSpec model) {
        this.config = config;
        this.model = model;
    }

    @Override
    public Stage stage() {
        return Stage.TRAIN;
    }

    @Override
    public String subject() {
        return model.name();
    }

    @Override
    public Recipe recipe() {
        Map<String, Object> parts = new TreeMap<>();
        parts.put("set", Definitions.part(TrainingSetJob.recipeOf(config, model)));
        parts.put("rounds", model.training().rounds());
        parts.put("early_stopping", model.training().earlyStopping());
        parts.put("workers", model.training().workers());
        parts.put("params", new TreeMap<>(model.training().params()));
        parts.put("candidates", Definitions.candidates(model));
        Definitions.task(model).ifPresent(task -> parts.put("task", task));
        if (model.backtest()) {
            parts.put("gate", Definitions.gate(model)); // judged here: a backtest has no promotion
        }
        return Recipe.of(Stage.TRAIN, LOGIC_VERSION, parts);
    }

    @Override
    public List<Recipe> former() {
        return FormerRecipes.trainings(config, model);
    }

    @Override
    public boolean oneUnitARun() {
        return true;
    }

    @Override
    public int tasksAtOnce() {
        return model.training().workers();
    }

    @Override
    public boolean takes(Unit unit) {
        return model.training().at().contains(unit.id());
    }

    @Override
    public List<Need> needs() {
        return List.of(Need.of(new TrainingSetJob(config, model)));
    }

    @Override
    public Optional<String> inputContent(Unit unit, History history) {
        return history.head(Stage.TRAINING_SET, model.name(), unit.id()).map(ManifestHead::inputContent);
    }

    @Override
    public List<String> outputs() {
        return List.of();
    }

    @Override
    public Outcome execute(List<Unit> units, Intent intent, UnitInputs taken, StageContext work) {
        return new Outcome(units.stream().map(unit -> train(unit, intent, work)).toList(), List.of());
    }

    private UnitResult train(Unit unit, Intent intent, StageContext work) {
        String experiment = config.registered() + "/" + model.name();
        work.tracker().requireReady(experiment);
        Manifest setManifest = work.history()
                .done(Stage.TRAINING_SET, model.name(), unit.id())
                .orElseThrow(() -> new IllegalStateException("Planned without a training set"));
        Pin.TablePin set = setManifest.outputs().stream()
                .filter(Pin.TablePin.class::isInstance)
                .map(Pin.TablePin.class::cast)
                .findFirst()
                .orElseThrow();
        TrainingSetJob.Columns columns = TrainingSetJob.COLUMNS.of(setManifest).orElseThrow();
        CandidateRun.TrainingRows rows = new CandidateRun.TrainingRows(
                set,
                work.tables().path(set.table()),
                work.tables().read(set.table(), set.version()),
                columns.dictionaries(),
                columns.tables());
        CandidateRun run = new CandidateRun(
                config,
                model,
                rows,
                work.tracker(),
                work.predictors(),
                unit,
                intent,
                Clock.system(),
                () -> work.requireStillMine(intent));
        Map<String, String> facts = new LinkedHashMap<>();
        List<Pin> outputs = new ArrayList<>();
        List<Verdict> leaks = new ArrayList<>(labelColumns());
        List<Verdict> notes = new ArrayList<>();
        for (Candidates.Candidate candidate : Candidates.of(model, columns.rows(), columns.views())) {
            work.progress().working("train " + model.name() + ": candidate " + candidate.name());
            long start = System.nanoTime();
            CandidateRun.Result result = run.of(candidate, work.trainer(candidate.trainer()));
            leaks.addAll(result.leaks());
            notes.addAll(result.notes());
            facts.putAll(facts(candidate.name(), result));
            outputs.add(new Pin.ModelPin(
                    config.registeredName(model) + "/" + candidate.name(),
                    result.logged().id(),
                    result.logged().sha256()));
            work.progress()
                    .done("  " + candidate.name(), result.summary(model.task()), (System.nanoTime() - start) / 1e9);
        }
        leaks.stream()
                .distinct()
                .forEach(leak -> work.progress().note(ErrorCode.INPUT_TELLS_LABEL + " " + leak.message()));
        notes.forEach(note -> work.progress().note(note.table() + ": " + note.message()));
        List<Verdict> verdicts = new ArrayList<>(model.backtest() ? judged(facts) : List.of());
        leaks.stream().distinct().forEach(verdicts::add);
        verdicts.addAll(notes);
        EXPERIMENT.put(facts, experiment);
        return new UnitResult(
                unit,
                Manifest.Status.DONE,
                intent.inputContents().get(unit.id()),
                List.of(set),
                outputs,
                verdicts,
                Map.of(),
                facts);
    }

    private TrainingSpec.Leakage leakage() {
        return model.training().leakage().orElse(TrainingSpec.Leakage.REFUSE);
    }

    /** Row features that read a column of the label, where that is to be told only. Without the word it is refused at load. */
    private List<Verdict> labelColumns() {
        if (leakage() != TrainingSpec.Leakage.WARN) {
            return List.of();
        }
        return LabelLineage.of(config, model).entrySet().stream()
                .map(input -> new Verdict(
                        Tables.trainingSet(model),
                        "input " + input.getKey() + " reads no column of the label",
                        Verdict.Outcome.WARNED,
                        Double.NaN,
                        "input " + input.getKey() + " reads " + String.join(", ", input.getValue())
                                + ", which the label is made of"))
                .toList();
    }

    /** What the gate says of a backtest. Nothing is promoted, so nothing is refused either: a bar it misses is a warning. */
    private List<Verdict> judged(Map<String, String> facts) {
        Map<String, Evaluation> evaluations = new LinkedHashMap<>();
        model.training()
                .candidates()
                .keySet()
                .forEach(name ->
                        evaluations.put(name, CANDIDATE.named(name).of(facts).orElseThrow()));
        return Gate.judge(
                        model.task(),
                        model.gate(),
                        evaluations,
                        model.training().publish(),
                        Optional.empty())
                .verdicts()
                .stream()
                .map(verdict -> verdict.refuses()
                        ? new Verdict(
                                verdict.table(),
                                verdict.rule(),
                                Verdict.Outcome.WARNED,
                                verdict.value(),
                                verdict.message())
                        : verdict)
                .toList();
    }

    private Map<String, String> facts(String candidate, CandidateRun.Result result) {
        Map<String, String> facts = new LinkedHashMap<>();
        CANDIDATE.named(candidate).put(facts, result.test());
        LOGGED.named(candidate).put(facts, result.logged());
        model.task()
                .metrics()
                .forEach(metric -> MetricFacts.put(
                        facts, metric.name() + "." + candidate, result.test().value(metric)));
        RUN.named(candidate).put(facts, result.link());
        return facts;
    }
}
