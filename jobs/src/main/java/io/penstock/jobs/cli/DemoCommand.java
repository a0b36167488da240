package io.penstock.jobs.cli;

import io.penstock.core.ErrorCode;
import io.penstock.core.ExitCode;
import io.penstock.core.Json;
import io.penstock.core.Manifest;
import io.penstock.core.PenstockException;
import io.penstock.core.Pin;
import io.penstock.core.Stage;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.Verdict;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.history.History;
import io.penstock.core.history.MetricFacts;
import io.penstock.core.model.Metric;
import io.penstock.jobs.demo.feed.FlightFeed;
import io.penstock.jobs.report.Progress;
import io.penstock.jobs.run.Executor;
import io.penstock.jobs.run.Session;
import io.penstock.jobs.stage.EvaluateJob;
import io.penstock.jobs.stage.TrainJob;
import io.penstock.scoring.ScoreCounts;
import io.penstock.training.mlflow.MlflowServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description =
                "New York's flights of 2013: history, training, and a week lived day by day. Again: nothing happens twice.")
public final class DemoCommand implements Callable<Integer> {
    private static final String PIPELINE = "flight-delay";
    private static final UnitId FIRST = UnitId.parse("2013-01-01");
    private static final UnitId TRAINING = UnitId.parse("2013-12-25");
    private static final UnitId LAST = UnitId.parse("2013-12-31");

    @Mixin
    Common common;

    @Spec
    CommandSpec spec;

    private final Map<String, Double> seconds = new LinkedHashMap<>();
    private final List<Executor.Result> results = new ArrayList<>();

    @Override
    public Integer call() {
        Progress progress = common.progress();
        progress.heading("Penstock demo: New York's flights of 2013, into " + common.work());
        timed("landed files", () -> {
            FlightFeed.Summary fed =
                    FlightFeed.write(archive(), common.work().resolve("landing"), FlightFeed.FIRST, FlightFeed.LAST);
            progress.done(
                    "landed files",
                    fed.sources().entrySet().stream()
                                    .map(source -> String.format(
                                            Locale.ROOT,
                                            "%s %,d",
                                            source.getKey(),
                                            source.getValue().rows()))
                                    .reduce((first, second) -> first + ", " + second)
                                    .orElse("")
                            + (fed.written() == 0 ? " (there already)" : ""),
                    progress.seconds());
            fed.differing().forEach(file -> progress.warning(file + " is not what the feed would write; it stays"));
        });
        MlflowServer server = new MlflowServer(common.work().resolve("mlflow"));
        MlflowServer.Running[] running = new MlflowServer.Running[1];
        timed("MLflow", () -> {
            long start = System.nanoTime();
            running[0] = server.start(MlflowCommand.python(), 0);
            progress.done("MLflow", running[0].url() + (running[0].reused() ? " (runs already)" : ""), since(start));
        });
        PipelineConfig config = common.config(PIPELINE);
        try (Interruption told = new Interruption(spec);
                Session session = new Session(config, progress)) {
            timed(
                    "history",
                    () -> run(session, config.schedule().units(FIRST, TRAINING.minusDays(1)), "ingest", "features"));
            timed(
                    "training",
                    () -> run(
                            session,
                            List.of(config.schedule().unit(TRAINING)),
                            "ingest",
                            "features",
                            "training-set",
                            "train",
                            "promote"));
            for (Unit unit : config.schedule().units(TRAINING, LAST)) {
                timed("day " + unit, () -> run(session, List.of(unit)));
            }
            summary(session, running[0].url(), progress);
        }
        return results.stream()
                .map(Executor.Result::exit)
                .filter(exit -> exit != ExitCode.OK)
                .findFirst()
                .orElse(ExitCode.OK)
                .value();
    }

    private void run(Session session, List<Unit> units, String... stages) {
        results.add(RunCommand.execute(session, units, List.of(stages), false, common));
    }

    private void timed(String name, Runnable work) {
        long start = System.nanoTime();
        work.run();
        seconds.put(name, since(start));
    }

    private static double since(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    private void summary(Session session, String mlflow, Progress progress) {
        History history = session.history();
        Metric metric = session.config().models().get("late").task().gateMetric();
        Optional<Manifest> training = history.done(Stage.TRAIN, "late", TRAINING);
        Optional<Manifest> evaluation = history.done(Stage.EVALUATE, "late", LAST);
        Map<String, Double> trained = training.map(MetricFacts::of).orElse(Map.of());
        Map<String, Double> realized = evaluation.map(MetricFacts::of).orElse(Map.of());
        Pin.ModelPin champion = history.done(Stage.PROMOTE, "late", TRAINING)
                .flatMap(manifest -> manifest.outputs().stream()
                        .map(pin -> (Pin.ModelPin) pin)
                        .findFirst())
                .orElse(new Pin.ModelPin("", "", ""));
        List<Map<String, Object>> tables = tables(session, history);
        double total =
                seconds.values().stream().mapToDouble(Double::doubleValue).sum();
        boolean nothing = results.stream().allMatch(Executor.Result::nothingToDo);
        if (common.json) {
            Map<String, Object> document = new LinkedHashMap<>();
            document.put(metric.name(), trained.getOrDefault(metric.name() + ".full", Double.NaN));
            document.put(
                    metric.name() + "_schedule_only",
                    trained.getOrDefault(metric.name() + ".schedule_only", Double.NaN));
            document.put(
                    metric.name() + "_realized", realized.getOrDefault(EvaluateJob.WINDOW + metric.name(), Double.NaN));
            document.put(
                    "champion",
                    Map.of("name", champion.name(), "version", champion.version(), "sha256", champion.sha256()));
            document.put("mlflow", mlflow);
            document.put("told", told(session));
            document.put("tables", tables);
            document.put("unchanged", nothing);
            document.put("seconds", total);
            document.put("seconds_by_step", seconds);
            System.out.println(Json.document(document));
            return;
        }
        StringBuilder text = new StringBuilder("\n");
        text.append(nothing ? "Nothing happened twice: every unit was done already.\n\n" : "");
        text.append(metric.title()).append(" on November and December until the last mature label\n");
        text.append(String.format(
                Locale.ROOT, "  full            %.4f%n", trained.getOrDefault(metric.name() + ".full", Double.NaN)));
        text.append(String.format(
                Locale.ROOT,
                "  schedule only   %.4f%n",
                trained.getOrDefault(metric.name() + ".schedule_only", Double.NaN)));
        text.append(String.format(
                Locale.ROOT,
                "  realized        %.4f  (%,d flights scored %s … %s whose labels are mature by %s)%n",
                realized.getOrDefault(EvaluateJob.WINDOW + metric.name(), Double.NaN),
                realized.getOrDefault(EvaluateJob.WINDOW + "labelled", 0.0).longValue(),
                evaluation.flatMap(EvaluateJob.WINDOW_FROM::of).orElse(""),
                evaluation.flatMap(EvaluateJob.WINDOW_TO::of).orElse(""),
                LAST));
        text.append("Champion          ")
                .append(champion.name())
                .append(" version ")
                .append(champion.version())
                .append(", sha256 ")
                .append(champion.sha256(), 0, Math.min(12, champion.sha256().length()))
                .append("…\n\n");
        text.append("Scored flights by day\n");
        List<Map<String, Object>> told = told(session);
        for (Unit unit : session.config().schedule().units(TRAINING, LAST)) {
            history.done(Stage.SCORE, "late", unit.id())
                    .ifPresent(manifest -> text.append(String.format(
                            Locale.ROOT,
                            "  %s  %5d scored, %s held, mean score %.3f%n",
                            unit,
                            manifest.counts().get("scores/late"),
                            (long) MetricFacts.of(manifest, ScoreCounts.HELD).orElse(0),
                            MetricFacts.of(manifest, ScoreCounts.MEAN).orElse(Double.NaN))));
            told.stream()
                    .filter(warning -> warning.get("unit").equals(unit.toString()))
                    .forEach(warning -> text.append(String.format(
                            Locale.ROOT, "    ! %s: %s%n", warning.get("table"), warning.get("message"))));
        }
        text.append("\nTables in ").append(session.config().root()).append('\n');
        tables.forEach(table -> text.append(String.format(
                Locale.ROOT,
                "  %-28s %,10d rows  version %s%n",
                table.get("table"),
                ((Number) table.get("rows")).longValue(),
                table.get("version"))));
        text.append("\nTimes\n");
        double slowest = seconds.entrySet().stream()
                .filter(entry -> entry.getKey().startsWith("day "))
                .mapToDouble(Map.Entry::getValue)
                .max()
                .orElse(0);
        seconds.forEach((step, time) -> {
            if (!step.startsWith("day ")) {
                text.append(String.format(Locale.ROOT, "  %-20s %6.1f s%n", step, time));
            }
        });
        text.append(String.format(Locale.ROOT, "  %-20s %6.1f s%n", "slowest day", slowest));
        text.append(String.format(Locale.ROOT, "  %-20s %6.1f s%n%n", "all, without set-up", total));
        text.append("Look at it\n  MLflow      ").append(mlflow).append("\n");
        training.flatMap(TrainJob.RUN.named("full")::of)
                .ifPresent(run -> text.append("  the run     ").append(run).append('\n'));
        text.append("  penstock sql \"SELECT flight_id, score, reasons[0].feature FROM flight_delay.scores_late "
                + "WHERE unit = '2013-12-31' ORDER BY score DESC LIMIT 10\"\n");
        text.append("  penstock sql \"SELECT unit, count(*) flights, avg(score) mean FROM flight_delay.scores_late "
                + "GROUP BY unit ORDER BY unit\"\n");
        text.append("  penstock sql \"SELECT path, line, code, reason FROM flight_delay.quarantine_weather\"\n");
        text.append("  penstock status flight-delay\n");
        text.append("  penstock mlflow stop\n");
        System.out.print(text);
    }

    /** What the days of the week were warned of. */
    private static List<Map<String, Object>> told(Session session) {
        History history = session.history();
        List<Map<String, Object>> told = new ArrayList<>();
        for (Unit unit : session.config().schedule().units(TRAINING, LAST)) {
            Stream<Optional<Manifest>> views = session.config().features().values().stream()
                    .map(view -> history.latest(Stage.FEATURES, view.table(), unit.id()));
            Stream.of(
                            Stream.of(history.latest(Stage.INGEST, "", unit.id())),
                            views,
                            Stream.of(history.latest(Stage.SCORE, "late", unit.id())))
                    .flatMap(stage -> stage)
                    .flatMap(Optional::stream)
                    .flatMap(manifest -> manifest.verdicts().stream())
                    .filter(Verdict::isTold)
                    .distinct()
                    .forEach(verdict -> told.add(
                            Map.of("unit", unit.toString(), "table", verdict.table(), "message", verdict.message())));
        }
        return told;
    }

    private static List<Map<String, Object>> tables(Session session, History history) {
        Map<String, Long> rows = new TreeMap<>();
        Map<String, Long> versions = new TreeMap<>();
        Map<String, Manifest> latest = new LinkedHashMap<>();
        history.manifests()
                .forEach(manifest -> latest.put(manifest.stage() + manifest.subject() + manifest.unit(), manifest));
        latest.values().stream()
                .filter(manifest -> manifest.status() == Manifest.Status.DONE)
                .forEach(manifest -> manifest.outputs().forEach(pin -> {
                    if (pin instanceof Pin.TablePin table) {
                        rows.merge(table.table(), table.rows(), Long::sum);
                        versions.merge(table.table(), table.version(), Math::max);
                    }
                }));
        List<Map<String, Object>> tables = new ArrayList<>();
        rows.forEach((table, count) -> {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("table", table);
            entry.put("path", session.config().root() + "/" + table);
            entry.put("version", versions.get(table));
            entry.put("rows", count);
            tables.add(entry);
        });
        return tables;
    }

    /** The data archive the set-up fetched. */
    private static Path archive() {
        String path = System.getProperty("penstock.data", System.getenv("PENSTOCK_DATA"));
        if (path == null || !Files.exists(Path.of(path))) {
            throw new PenstockException(
                    ErrorCode.NO_FLIGHTS,
                    "The flights archive is not there: " + path,
                    "PENSTOCK_DATA",
                    "Start the demo by bin/penstock demo, which fetches it");
        }
        return Path.of(path);
    }
}
