package io.penstock.jobs.cli;

import io.penstock.core.Clock;
import io.penstock.core.Json;
import io.penstock.core.Unit;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.kernel.KernelManifestStore;
import io.penstock.jobs.run.Borrowing;
import io.penstock.jobs.run.History;
import io.penstock.jobs.run.Planner;
import io.penstock.jobs.run.RunReport;
import io.penstock.jobs.stage.Stages;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

    @Override
    public Integer call() {
        PipelineConfig config = common.config(pipeline);
        return print(config, range.units(config.schedule()), stages, false, common);
    }

    static int print(PipelineConfig config, List<Unit> units, List<String> stages, boolean again, Common common) {
        History own = History.of(KernelManifestStore.of(config, Clock.system()));
        History history = Borrowing.of(config, Stages.jobs(config, List.of()))
                .map(from -> from.with(own))
                .orElse(own);
        List<Planner.Step> steps =
                new Planner(config.schedule(), history, again).plan(Stages.jobs(config, stages), units);
        if (common.json) {
            System.out.println(Json.canonical(Map.of("pipeline", config.pipeline(), "steps", RunReport.steps(steps))));
            return 0;
        }
        Map<String, List<Planner.Step>> grouped = new LinkedHashMap<>();
        steps.forEach(step -> grouped.computeIfAbsent(
                        step.stage().id() + " " + step.subject() + "|" + step.decision() + "|" + step.reason(),
                        key -> new ArrayList<>())
                .add(step));
        grouped.values().forEach(group -> {
            Planner.Step first = group.get(0);
            Planner.Step last = group.get(group.size() - 1);
            System.out.printf(
                    java.util.Locale.ROOT,
                    "%-10s %-22s %-36s %s%n",
                    first.decision().name().toLowerCase(java.util.Locale.ROOT),
                    (first.stage().id() + " " + first.subject()).trim(),
                    group.size() == 1 ? first.unit() : first.unit() + " … " + last.unit() + " (" + group.size() + ")",
                    first.reason());
        });
        if (steps.isEmpty()) {
            System.out.println("Nothing is declared for these units");
        }
        return 0;
    }
}
