package io.penstock.jobs.cli;

import io.penstock.core.Clock;
import io.penstock.core.Json;
import io.penstock.core.Unit;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.history.BaseHistory;
import io.penstock.core.history.History;
import io.penstock.core.history.Recipes;
import io.penstock.core.kernel.KernelManifestStore;
import io.penstock.jobs.run.Estimates;
import io.penstock.jobs.run.Plan;
import io.penstock.jobs.run.Planner;
import io.penstock.jobs.run.RunReport;
import io.penstock.jobs.run.StageJob;
import io.penstock.jobs.stage.Stages;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "plan",
        mixinStandardHelpOptions = true,
        description = "Say per stage and unit what a run would do and why. Starts no Spark.")
public final class PlanCommand implements Callable<Integer> {
    @Mixin
    Common common;

    @Parameters(paramLabel = "PIPELINE")
    String pipeline;

    @Mixin
    Range range;

    @Option(names = "--stage", split = ",", description = "Only these stages, comma-separated (default: all).")
    List<String> stages = new ArrayList<>();

    @Option(names = "--again", description = "As if units were to run again that are done.")
    boolean again;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description = "Write the plan for run --plan, with the hash of every landed file that is to be taken.")
    Path out;

    @Override
    public Integer call() {
        PipelineConfig config = common.config(pipeline);
        return print(config, range.units(config.schedule()), stages, again, Optional.ofNullable(out), common);
    }

    static int print(
            PipelineConfig config,
            List<Unit> units,
            List<String> stages,
            boolean again,
            Optional<Path> out,
            Common common) {
        History history = History.of(
                KernelManifestStore.of(config, Clock.system()), BaseHistory.of(config, Stages.jobs(config, List.of())));
        List<StageJob> jobs = Stages.jobs(config, stages);
        Planner planner = new Planner(
                config.schedule(), history, (stage, subject, unit, last) -> again, Recipes.of(config)::find);
        List<Planner.Step> steps = out.isPresent() ? planner.planPinned(jobs, units) : planner.plan(jobs, units);
        Plan plan = Plan.of(config, stages, units, again, steps, Estimates.of(jobs, steps, history));
        out.ifPresent(plan::write);
        if (common.json) {
            System.out.println(Json.document(
                    out.isPresent()
                            ? plan
                            : Map.of(
                                    "pipeline",
                                    config.pipeline(),
                                    "steps",
                                    RunReport.steps(steps),
                                    "estimates",
                                    plan.estimates(),
                                    "total",
                                    plan.total())));
            return 0;
        }
        steps(steps);
        estimates(plan);
        return 0;
    }

    private static void steps(List<Planner.Step> steps) {
        Map<String, List<Planner.Step>> grouped = new LinkedHashMap<>();
        steps.forEach(step -> grouped.computeIfAbsent(
                        step.name() + "|" + step.decision() + "|" + step.reason(), key -> new ArrayList<>())
                .add(step));
        grouped.values().forEach(group -> {
            Planner.Step first = group.get(0);
            Planner.Step last = group.get(group.size() - 1);
            line(
                    "%-10s %-34s %-36s %s",
                    first.decision().name().toLowerCase(Locale.ROOT),
                    first.name(),
                    group.size() == 1 ? first.unit() : first.unit() + " … " + last.unit() + " (" + group.size() + ")",
                    first.reason());
        });
        if (steps.isEmpty()) {
            System.out.println("Nothing is declared for these units");
        }
    }

    /** What it may cost, as far as past manifests tell. */
    private static void estimates(Plan plan) {
        for (Estimates.Estimate estimate : plan.estimates()) {
            line(
                    "%-10s %-34s %-8s %s",
                    "estimate",
                    estimate.name(),
                    units(estimate.units()),
                    estimate.seconds() == null
                            ? "unknown: no manifest of it yet"
                            : String.format(
                                    Locale.ROOT,
                                    "%s%,.1f s  %,d rows  (of %d manifests)",
                                    estimate.atLeast() ? "at least " : "",
                                    estimate.seconds(),
                                    estimate.rows(),
                                    estimate.manifests()));
        }
        if (!plan.estimates().isEmpty()) {
            Plan.Total total = plan.total();
            boolean isBound = plan.estimates().stream().anyMatch(Estimates.Estimate::atLeast);
            line(
                    "%-10s %-34s %-8s %s",
                    "total",
                    "",
                    units(total.units()),
                    total.unknown() == total.units()
                            ? "unknown"
                            : String.format(
                                    Locale.ROOT,
                                    "%s%,.1f s  %,d rows%s",
                                    isBound ? "at least " : "",
                                    total.seconds(),
                                    total.rows(),
                                    total.unknown() > 0 ? "  and " + units(total.unknown()) + " unknown" : ""));
        }
    }

    private static String units(int count) {
        return count + (count == 1 ? " step" : " steps");
    }

    private static void line(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }
}
