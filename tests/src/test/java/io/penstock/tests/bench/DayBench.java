package io.penstock.tests.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.Clock;
import io.penstock.core.ExitCode;
import io.penstock.core.Unit;
import io.penstock.core.config.ConfigLoader;
import io.penstock.core.config.PipelineConfig;
import io.penstock.jobs.Penstock;
import io.penstock.jobs.report.Progress;
import io.penstock.jobs.run.Executor;
import io.penstock.jobs.run.Session;
import io.penstock.jobs.run.StageJob;
import io.penstock.jobs.stage.Stages;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A day of the demo in a process that has done days before: the demo as users run it, then its last day again and again, stage
 * by stage. {@code -Dspark.…} sets what a session is started with.
 */
final class DayBench {
    private static final Path HOME = Path.of(System.getProperty("penstock.home", ".."));
    private static final LocalDate DAY = LocalDate.of(2013, 12, 31);
    private static final List<String> STAGES = List.of("ingest", "features", "score", "evaluate");
    private static final String ALL = "all";

    private final Path work;

    DayBench(Path work) {
        this.work = work;
    }

    /** Lines to print: a stage each, then all of them. */
    List<String> of(int warmUps, int times) throws Exception {
        assertThat(Penstock.run("demo", "--work", work.toString())).isZero();
        try {
            return days(warmUps, times);
        } finally {
            Penstock.run("mlflow", "stop", "--work", work.toString());
        }
    }

    private List<String> days(int warmUps, int times) throws Exception {
        PipelineConfig config = ConfigLoader.load(
                HOME.resolve("conf"), "flight-delay", "local", Map.of("penstock.work", work.toString()), Map.of());
        Map<String, List<Cost>> costs = new LinkedHashMap<>();
        Map<String, Long> jobs = new LinkedHashMap<>();
        try (Session session = new Session(config, Progress.silent())) {
            for (int day = 0; day < warmUps + times; day++) {
                boolean counts = day >= warmUps;
                List<Cost> ofDay = new ArrayList<>();
                long jobsOfDay = 0;
                for (String stage : STAGES) {
                    List<Cost> cost = new ArrayList<>();
                    Counters counters =
                            Counters.of(session.spark(), () -> cost.add(Cost.of(() -> again(session, stage))));
                    ofDay.addAll(cost);
                    jobsOfDay += counters.jobs();
                    if (counts) {
                        costs.computeIfAbsent(stage, first -> new ArrayList<>()).addAll(cost);
                        jobs.put(stage, counters.jobs());
                    }
                }
                if (counts) {
                    costs.computeIfAbsent(ALL, first -> new ArrayList<>())
                            .add(new Cost(
                                    ofDay.stream().mapToDouble(Cost::cpuSeconds).sum(),
                                    ofDay.stream()
                                            .mapToDouble(Cost::wallSeconds)
                                            .sum()));
                    jobs.put(ALL, jobsOfDay);
                }
            }
        }
        List<String> lines = new ArrayList<>();
        costs.forEach((stage, all) -> lines.add(String.format(
                Locale.ROOT,
                "a warm day of the demo: %-8s | median %.1f CPU-s (%.1f–%.1f), %.1f s | %d jobs",
                stage,
                Comparison.median(all.stream().mapToDouble(Cost::cpuSeconds).toArray()),
                all.stream().mapToDouble(Cost::cpuSeconds).min().orElse(0),
                all.stream().mapToDouble(Cost::cpuSeconds).max().orElse(0),
                Comparison.median(all.stream().mapToDouble(Cost::wallSeconds).toArray()),
                jobs.get(stage))));
        return lines;
    }

    private static void again(Session session, String stage) {
        List<StageJob> jobs = Stages.jobs(session.config(), List.of(stage));
        Unit unit = session.config().schedule().unit(DAY);
        Executor.Result result = new Executor(session, Clock.system()).run(jobs, List.of(unit), true);
        assertThat(result.exit()).as("%s", result.messages()).isEqualTo(ExitCode.OK);
        assertThat(result.manifests()).isNotEmpty();
    }
}
