package io.penstock.jobs.cli;

import io.penstock.core.Clock;
import io.penstock.core.Json;
import io.penstock.core.Unit;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.history.BaseHistory;
import io.penstock.core.history.History;
import io.penstock.core.history.Recipes;
import io.penstock.core.kernel.ControlTable;
import io.penstock.core.kernel.KernelManifestStore;
import io.penstock.core.kernel.PublishedColumns;
import io.penstock.core.storage.Storage;
import io.penstock.jobs.run.Planner;
import io.penstock.jobs.run.StageJob;
import io.penstock.jobs.stage.Stages;
import io.penstock.jobs.stage.Tables;
import io.penstock.scoring.BatchScoring;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "upgrade",
        mixinStandardHelpOptions = true,
        description = "Say what this version of Penstock would change in a warehouse of before: which finished units"
                + " would run again and why, and which columns control tables and scores would gain. Starts no Spark.")
public final class UpgradeCommand implements Callable<Integer> {
    @Mixin
    Common common;

    @Parameters(paramLabel = "PIPELINE")
    String pipeline;

    @Option(names = "--plan", required = true, description = "Say it and change nothing.")
    boolean plan;

    /** Finished units of one stage for which a run would do something, for one reason. */
    private record Change(String stage, String decision, String reason, List<String> units) {}

    @Override
    public Integer call() {
        PipelineConfig config = common.config(pipeline);
        KernelManifestStore store = KernelManifestStore.of(config, Clock.system());
        List<StageJob> jobs = Stages.jobs(config, List.of());
        History history = History.of(store, BaseHistory.of(config, jobs));
        Planner planner = new Planner(
                config.schedule(), history, (stage, subject, unit, last) -> false, Recipes.of(config)::find);
        List<Change> changes = new ArrayList<>();
        jobs.forEach(job -> changes.addAll(changes(job, config, history, planner)));
        Map<String, List<String>> added = new LinkedHashMap<>(store.addedColumns());
        added.putAll(addedToScores(config));
        int stored = store.format().orElse(ControlTable.FORMAT);
        if (common.json) {
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("pipeline", config.pipeline());
            result.put("stored_format", stored);
            result.put("known_format", ControlTable.FORMAT);
            result.put("changes", changes);
            result.put("added_columns", added);
            System.out.println(Json.document(result));
        } else {
            print(stored, changes, added);
        }
        return 0;
    }

    /** What the next unit adds to scores that are there; rows before have NULL in it. */
    private static Map<String, List<String>> addedToScores(PipelineConfig config) {
        Map<String, List<String>> added = new LinkedHashMap<>();
        config.models().values().stream()
                .flatMap(model -> Stream.of(Tables.scores(model), Tables.scoresLog(model)))
                .forEach(table -> {
                    Set<String> stored =
                            PublishedColumns.of(config.root() + "/" + table, Storage.configuration(config));
                    List<String> lacking = BatchScoring.ADDED.stream()
                            .filter(name -> !stored.contains(name))
                            .toList();
                    if (!stored.isEmpty() && !lacking.isEmpty()) {
                        added.put(table, lacking);
                    }
                });
        return added;
    }

    private static List<Change> changes(StageJob job, PipelineConfig config, History history, Planner planner) {
        List<Unit> done = history.doneUnits(job.stage(), job.subject()).stream()
                .map(date -> config.schedule().unit(date))
                .sorted()
                .toList();
        Map<List<String>, Change> changes = new LinkedHashMap<>();
        planner.stage(job, done).stream()
                .filter(step -> step.decision() != Planner.Decision.UNCHANGED)
                .forEach(step -> changes.computeIfAbsent(
                                List.of(step.decision().name(), step.reason()),
                                of -> new Change(
                                        step.name(),
                                        step.decision().name().toLowerCase(Locale.ROOT),
                                        step.reason(),
                                        new ArrayList<>()))
                        .units()
                        .add(step.unit().toString()));
        return List.copyOf(changes.values());
    }

    private static void print(int stored, List<Change> changes, Map<String, List<String>> added) {
        line("%-10s control tables: %d, this version: %d", "format", stored, ControlTable.FORMAT);
        changes.forEach(change -> line(
                "%-10s %-34s %-36s %s", change.decision(), change.stage(), units(change.units()), change.reason()));
        added.forEach((table, columns) -> line("%-10s %-34s %s", "column", table, String.join(", ", columns)));
        if (changes.isEmpty() && added.isEmpty()) {
            line("Nothing changes: every finished unit stays as it is");
        }
    }

    private static String units(List<String> units) {
        String last = units.get(units.size() - 1);
        return units.size() == 1 ? last : units.get(0) + " … " + last + " (" + units.size() + ")";
    }

    private static void line(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }
}
