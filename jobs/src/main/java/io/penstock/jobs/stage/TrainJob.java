package io.penstock.jobs.stage;

import io.penstock.core.FaultPoint;
import io.penstock.core.Intent;
import io.penstock.core.Json;
import io.penstock.core.Manifest;
import io.penstock.core.ManifestHead;
import io.penstock.core.ModelSpec;
import io.penstock.core.Pin;
import io.penstock.core.Recipe;
import io.penstock.core.Stage;
import io.penstock.core.Tracker;
import io.penstock.core.Unit;
import io.penstock.core.Verdict;
import io.penstock.core.config.LabelLineage;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.config.Split;
import io.penstock.ingestion.take.UnitInputs;
import io.penstock.jobs.run.History;
import io.penstock.jobs.run.StageJob;
import io.penstock.jobs.run.Work;
import io.penstock.training.Candidates;
import io.penstock.training.Evaluate;
import io.penstock.training.Evaluation;
import io.penstock.training.Gate;
import io.penstock.training.SingleInputs;
import io.penstock.training.xgboost.FitRequest;
import io.penstock.training.xgboost.Fitted;
import io.penstock.training.xgboost.XgboostFit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/** Fits the candidates on the pinned training set, measures them on its test slice, tracks everything in MLflow. */
public final class TrainJob implements StageJob {
    /** Raised when the output changes meaning: everything is made again then. */
    static final int MEANING = 1;

    private final PipelineConfig config;
    private final PipelineConfig.Model model;

    public TrainJob(PipelineConfig config, PipelineConfig.Model model) {
        this.config = config;
        this.model = model;
    }

    /** Name under which versions are registered. */
    static String registeredName(PipelineConfig config, PipelineConfig.Model model) {
        return config.registered() + "." + model.name();
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
        if (model.backtest()) {
            parts.put("gate", Definitions.gate(model)); // judged here: a backtest has no promotion
        }
        return Recipe.of(Stage.TRAIN, MEANING, parts);
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
        return model.training().at().contains(unit.date());
    }

    @Override
    public List<Need> needs() {
        return List.of(Need.of(new TrainingSetJob(config, model)));
    }

    @Override
    public Optional<String> inputContent(Unit unit, History history) {
        return history.head(Stage.TRAINING_SET, model.name(), unit.date()).map(ManifestHead::inputContent);
    }

    @Override
    public List<String> outputs() {
        return List.of();
    }

    @Override
    public Outcome execute(List<Unit> units, Intent intent, UnitInputs taken, Work work) {
        return new Outcome(units.stream().map(unit -> train(unit, intent, work)).toList(), List.of());
    }

    private UnitResult train(Unit unit, Intent intent, Work work) {
        work.tracker().requireReady(config.registered() + "/" + model.name());
        Manifest setManifest = work.history()
                .done(Stage.TRAINING_SET, model.name(), unit.date())
                .orElseThrow(() -> new IllegalStateException("Planned without a training set"));
        Pin.TablePin set = setManifest.outputs().stream()
                .filter(Pin.TablePin.class::isInstance)
                .map(Pin.TablePin.class::cast)
                .findFirst()
                .orElseThrow();
        Dataset<Row> rows = work.tables().read(set.table(), set.version());
        TrainingSetJob.Columns columns = Json.read(setManifest.facts().get("columns"), TrainingSetJob.Columns.class);
        Map<String, String> facts = new LinkedHashMap<>();
        List<Pin> outputs = new ArrayList<>();
        List<Verdict> leaks = new ArrayList<>(labelColumns());
        for (Candidates.Candidate candidate : Candidates.of(model, columns.rows(), columns.views())) {
            work.progress().working("train " + model.name() + ": candidate " + candidate.name());
            fitted(candidate, unit, intent, work, rows, set, columns, facts, outputs, leaks);
        }
        leaks.stream().distinct().forEach(leak -> work.progress().note("PEN-ML-050 " + leak.message()));
        List<Verdict> verdicts = new ArrayList<>(model.backtest() ? judged(facts) : List.of());
        leaks.stream().distinct().forEach(verdicts::add);
        facts.put("experiment", config.registered() + "/" + model.name());
        return new UnitResult(
                unit,
                Manifest.Status.DONE,
                intent.inputContents().get(unit.date()),
                List.of(set),
                outputs,
                verdicts,
                Map.of(),
                facts);
    }

    private PipelineConfig.Leakage leakage() {
        return model.training().leakage().orElse(PipelineConfig.Leakage.REFUSE);
    }

    /** Row features that read a column of the label, where that is to be told only. Without the word it is refused at load. */
    private List<Verdict> labelColumns() {
        if (leakage() != PipelineConfig.Leakage.WARN) {
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
                .forEach(name -> evaluations.put(name, Json.read(facts.get("candidate." + name), Evaluation.class)));
        return Gate.judge(model.gate(), evaluations, model.training().publish(), Optional.empty()).verdicts().stream()
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

    private void fitted(
            Candidates.Candidate candidate,
            Unit unit,
            Intent intent,
            Work work,
            Dataset<Row> rows,
            Pin.TablePin set,
            TrainingSetJob.Columns columns,
            Map<String, String> facts,
            List<Pin> outputs,
            List<Verdict> leaks) {
        long start = System.nanoTime();
        Tracker tracker = work.tracker();
        PipelineConfig.Training training = model.training();
        List<String> key = config.source(model.spine().from()).key();
        Fitted fitted = XgboostFit.fit(
                rows,
                new FitRequest(
                        candidate.features(),
                        key,
                        candidate.params(),
                        training.workers(),
                        training.rounds(),
                        training.earlyStopping()));
        Map<String, List<String>> dictionaries = new TreeMap<>(columns.dictionaries());
        dictionaries.keySet().retainAll(candidate.features());
        ModelSpec spec = new ModelSpec(
                registeredName(config, model),
                candidate.name(),
                candidate.features(),
                dictionaries,
                columns.tables(),
                fitted.sha256(),
                fitted.rounds(),
                unit.toString(),
                intent.runId(),
                Map.of());
        List<String> slices = model.gate().slices().stream()
                .filter(candidate.features()::contains)
                .toList();
        SingleInputs inputs = new SingleInputs(candidate.features(), dictionaries.keySet());
        Evaluation test = Evaluate.candidate(
                rows.filter(functions.col("split").equalTo(Split.TEST)),
                spec,
                fitted.ubj(),
                work.predictors(),
                slices,
                inputs);
        // Before anything of the candidate is tracked
        leaks.addAll(inputs.judged(leakage(), model.name(), candidate.name()));
        ModelSpec measured = new ModelSpec(
                spec.name(),
                spec.candidate(),
                spec.features(),
                spec.dictionaries(),
                spec.featurePins(),
                spec.sha256(),
                spec.rounds(),
                spec.trainingUnit(),
                spec.runId(),
                Map.of("test_auc", test.auc(), "test_logloss", test.logloss()));
        work.requireStillMine(intent);
        String runName = model.name() + " " + unit + " " + candidate.name();
        String run = tracker.startRun(
                config.registered() + "/" + model.name(),
                runName,
                intent.runId() + "/" + candidate.name(),
                Map.of(
                        "pipeline",
                        config.pipeline(),
                        "backtest",
                        String.valueOf(model.backtest()),
                        "model",
                        model.name(),
                        "candidate",
                        candidate.name(),
                        "unit",
                        unit.toString(),
                        "penstock.run",
                        intent.runId(),
                        "training_set",
                        set.table() + "@" + set.version()));
        Map<String, String> params = new TreeMap<>(candidate.params());
        params.put("rounds", String.valueOf(fitted.rounds()));
        params.put("workers", String.valueOf(training.workers()));
        params.put("features", String.valueOf(candidate.features().size()));
        params.put("train_rows", String.valueOf(fitted.trainRows()));
        params.put("validation_rows", String.valueOf(fitted.validationRows()));
        FaultPoint.reached(intent, "run started");
        tracker.params(run, params);
        tracker.metrics(run, points(fitted, test));
        tracker.datasets(
                run,
                List.of(new Tracker.DatasetUsed(
                        set.table(),
                        work.tables().path(set.table()),
                        set.version(),
                        "v" + set.version() + "-" + set.rows(),
                        "training")));
        Tracker.LoggedModel logged =
                tracker.logModel(run, model.name() + "-" + candidate.name(), fitted.ubj(), measured);
        tracker.artifact(run, "evaluation.json", Json.pretty(test).getBytes(java.nio.charset.StandardCharsets.UTF_8));
        tracker.endRun(run, "FINISHED");
        FaultPoint.reached(intent, "logged " + candidate.name());
        facts.put("candidate." + candidate.name(), Json.canonical(test));
        facts.put("logged." + candidate.name(), Json.canonical(logged));
        facts.put("metric.auc." + candidate.name(), String.valueOf(test.auc()));
        facts.put("metric.logloss." + candidate.name(), String.valueOf(test.logloss()));
        facts.put("run." + candidate.name(), tracker.link(config.registered() + "/" + model.name(), run));
        outputs.add(
                new Pin.ModelPin(registeredName(config, model) + "/" + candidate.name(), logged.id(), logged.sha256()));
        work.progress()
                .done(
                        "  " + candidate.name(),
                        String.format(
                                Locale.ROOT,
                                "test AUC %.4f, log loss %.4f, %d rounds, %,d test rows",
                                test.auc(),
                                test.logloss(),
                                fitted.rounds(),
                                test.rows()),
                        (System.nanoTime() - start) / 1e9);
    }

    private static List<Tracker.Point> points(Fitted fitted, Evaluation test) {
        List<Tracker.Point> points = new ArrayList<>();
        for (Fitted.RoundMetrics round : fitted.curves()) {
            points.add(new Tracker.Point("train-logloss", round.trainLogloss(), round.round()));
            points.add(new Tracker.Point("validation-logloss", round.validationLogloss(), round.round()));
        }
        points.add(new Tracker.Point("test_auc", test.auc(), 0));
        points.add(new Tracker.Point("test_logloss", test.logloss(), 0));
        points.add(new Tracker.Point("test_rows", test.rows(), 0));
        return points;
    }
}
