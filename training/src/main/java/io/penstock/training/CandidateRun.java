package io.penstock.training;

import static org.apache.spark.sql.functions.col;

import io.penstock.core.Clock;
import io.penstock.core.FaultPoint;
import io.penstock.core.Intent;
import io.penstock.core.Json;
import io.penstock.core.Pin;
import io.penstock.core.Unit;
import io.penstock.core.Verdict;
import io.penstock.core.config.ModelSpec;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.config.Split;
import io.penstock.core.config.TrainingSpec.Leakage;
import io.penstock.core.model.Metric;
import io.penstock.core.model.ModelDescriptor;
import io.penstock.core.model.Predictors;
import io.penstock.core.model.Task;
import io.penstock.core.model.Tracker;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** One candidate of a training: fitted, measured on the test slice, and logged, in this order. */
public final class CandidateRun {
    private static final String TEST = "test_";

    private final PipelineConfig config;
    private final ModelSpec model;
    private final TrainingRows set;
    private final Tracker tracker;
    private final Predictors predictors;
    private final Unit unit;
    private final Intent intent;
    private final Clock clock;
    private final Runnable requireStillMine;

    /**
     * What all candidates are trained on.
     *
     * @param path where the table lies
     * @param dictionaries per category, its values in code order
     * @param tables feature tables that the set was made of
     */
    public record TrainingRows(
            Pin.TablePin pin,
            String path,
            Dataset<Row> rows,
            Map<String, List<String>> dictionaries,
            List<String> tables) {}

    /**
     * @param link where a person looks at the run
     * @param leaks inputs that tell the label
     * @param notes what the trainer says of the fit
     */
    public record Result(
            Trainer trainer,
            Fitted fitted,
            Evaluation test,
            Tracker.LoggedModel logged,
            String link,
            List<Verdict> leaks,
            List<Verdict> notes) {
        /** {@code test AUC 0.6746, log loss 0.5438, 35 rounds, 45,613 test rows}. */
        public String summary(Task task) {
            String metrics = task.metrics().stream()
                    .map(metric -> metric.title() + " " + Metric.text(test.value(metric)))
                    .collect(Collectors.joining(", "));
            return String.format(
                    Locale.ROOT,
                    "test %s, %d %s, %,d test rows",
                    metrics,
                    fitted.rounds(),
                    trainer.roundName(),
                    test.all().rows());
        }
    }

    /** @param requireStillMine throws when another attempt of the run is at work */
    public CandidateRun(
            PipelineConfig config,
            ModelSpec model,
            TrainingRows set,
            Tracker tracker,
            Predictors predictors,
            Unit unit,
            Intent intent,
            Clock clock,
            Runnable requireStillMine) {
        this.config = config;
        this.model = model;
        this.set = set;
        this.tracker = tracker;
        this.predictors = predictors;
        this.unit = unit;
        this.intent = intent;
        this.clock = clock;
        this.requireStillMine = requireStillMine;
    }

    public Result of(Candidates.Candidate candidate, Trainer trainer) {
        Instant started = clock.now();
        Task task = model.task();
        Map<String, List<String>> dictionaries = new TreeMap<>(set.dictionaries());
        dictionaries.keySet().retainAll(candidate.features());
        Fitted fitted = trainer.fit(set.rows(), request(candidate, dictionaries));
        ModelDescriptor descriptor = new ModelDescriptor(
                        config.registeredName(model),
                        candidate.name(),
                        candidate.features(),
                        dictionaries,
                        set.tables(),
                        fitted.sha256(),
                        fitted.rounds(),
                        unit.toString(),
                        intent.runId(),
                        Map.of())
                .of(trainer.flavour());
        List<String> slices = model.gate().slices().stream()
                .filter(candidate.features()::contains)
                .toList();
        SingleInputs inputs = new SingleInputs(task, candidate.features(), dictionaries.keySet());
        Evaluation test = OfflineEvaluation.candidate(
                task,
                set.rows().filter(col("split").equalTo(Split.TEST)),
                descriptor,
                fitted.model(),
                predictors.of(descriptor),
                slices,
                inputs);
        // A candidate that is refused leaves no run behind
        List<Verdict> leaks =
                inputs.judged(model.training().leakage().orElse(Leakage.REFUSE), model.name(), candidate.name());
        List<Verdict> notes =
                fitted.notes().stream().map(note -> note(candidate, note)).toList();
        requireStillMine.run();
        Map<String, Double> measured = new LinkedHashMap<>();
        task.metrics().forEach(metric -> measured.put(TEST + metric.name(), test.value(metric)));
        String run = tracker.startRun(
                experiment(), runName(candidate), intent.runId() + "/" + candidate.name(), tags(candidate), started);
        FaultPoint.reached(intent, "run started");
        tracker.params(run, params(candidate, trainer, fitted));
        tracker.metrics(run, points(fitted, test, measured));
        tracker.datasets(
                run,
                List.of(new Tracker.DatasetUsed(
                        set.pin().table(),
                        set.path(),
                        set.pin().version(),
                        "v" + set.pin().version() + "-" + set.pin().rows(),
                        "training")));
        Tracker.LoggedModel logged = tracker.logModel(
                run, model.name() + "-" + candidate.name(), fitted.model(), descriptor.measured(measured));
        tracker.artifact(run, "evaluation.json", Json.pretty(test).getBytes(StandardCharsets.UTF_8));
        tracker.endRun(run, "FINISHED");
        FaultPoint.reached(intent, "logged " + candidate.name());
        return new Result(trainer, fitted, test, logged, tracker.link(experiment(), run), leaks, notes);
    }

    private FitRequest request(Candidates.Candidate candidate, Map<String, List<String>> dictionaries) {
        Map<String, Integer> categories = new TreeMap<>();
        dictionaries.forEach((feature, values) -> categories.put(feature, values.size()));
        return new FitRequest(
                model.task(),
                candidate.features(),
                categories,
                config.source(model.spine().from()).key(),
                candidate.params(),
                model.training().workers(),
                model.training().rounds(),
                model.training().earlyStopping());
    }

    private Verdict note(Candidates.Candidate candidate, String note) {
        return new Verdict(
                "candidate/" + candidate.name(), "the fit is sound", Verdict.Outcome.WARNED, Double.NaN, note);
    }

    private String experiment() {
        return config.registered() + "/" + model.name();
    }

    private String runName(Candidates.Candidate candidate) {
        return model.name() + " " + unit + " " + candidate.name();
    }

    private Map<String, String> tags(Candidates.Candidate candidate) {
        Map<String, String> tags = new TreeMap<>();
        tags.put(Tracker.PRIMARY_METRIC, TEST + model.task().gateMetric().name());
        tags.put("pipeline", config.pipeline());
        tags.put("backtest", String.valueOf(model.backtest()));
        tags.put("model", model.name());
        tags.put("candidate", candidate.name());
        tags.put("unit", unit.toString());
        tags.put("penstock.run", intent.runId());
        tags.put("training_set", set.pin().table() + "@" + set.pin().version());
        return tags;
    }

    private static Map<String, String> params(Candidates.Candidate candidate, Trainer trainer, Fitted fitted) {
        Map<String, String> params = new TreeMap<>(candidate.params());
        params.putAll(fitted.settings());
        params.put("trainer", candidate.trainer());
        params.put(trainer.roundName(), String.valueOf(fitted.rounds()));
        params.put("features", String.valueOf(candidate.features().size()));
        params.put("train_rows", String.valueOf(fitted.trainRows()));
        params.put("validation_rows", String.valueOf(fitted.validationRows()));
        return params;
    }

    private static List<Tracker.Point> points(Fitted fitted, Evaluation test, Map<String, Double> measured) {
        List<Tracker.Point> points = new ArrayList<>(fitted.curves());
        measured.forEach((name, value) -> points.add(Tracker.Point.of(name, value, 0)));
        points.add(Tracker.Point.of(TEST + "rows", test.all().rows(), 0));
        return points;
    }
}
