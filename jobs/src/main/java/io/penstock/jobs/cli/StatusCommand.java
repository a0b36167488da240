package io.penstock.jobs.cli;

import io.penstock.core.Clock;
import io.penstock.core.ErrorCode;
import io.penstock.core.ExitCode;
import io.penstock.core.Json;
import io.penstock.core.Manifest;
import io.penstock.core.ManifestStore;
import io.penstock.core.PenstockException;
import io.penstock.core.UnitId;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.history.BaseHistory;
import io.penstock.core.history.History;
import io.penstock.core.history.LedgerProjection;
import io.penstock.core.kernel.KernelManifestStore;
import io.penstock.jobs.run.StageJob;
import io.penstock.jobs.stage.Stages;
import io.penstock.lineage.AuditChain;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        description =
                "Say how far each stage is, what is open, and whether the control tables are what was written. Starts no Spark.")
public final class StatusCommand implements Callable<Integer> {
    private static final String MANIFESTS = "ops/manifests";

    @Mixin
    Common common;

    @Parameters(paramLabel = "PIPELINE")
    String pipeline;

    /** @param finished when the last run of the stage ended, and how long it took, whatever number of units it was of */
    private record Line(
            String stage, String first, String last, int done, int refused, Instant finished, double seconds) {}

    /** A stage whose units are those of another environment. */
    private record Borrowed(String stage, String environment, String first, String last, int done) {}

    @Override
    public Integer call() {
        PipelineConfig config = common.config(pipeline);
        KernelManifestStore store = KernelManifestStore.of(config, Clock.system());
        List<ManifestStore.Edit> edits = store.edits(); // first: what it reads serves the next lines too
        List<Integer> contradicted = store.contradicted();
        Set<String> doneRuns = store.doneRuns(); // before the manifests: a run that ends meanwhile has its own
        List<Manifest> manifests = store.manifests();
        Map<String, Map<UnitId, Manifest>> stages = new LinkedHashMap<>();
        manifests.forEach(manifest -> History.subjects(manifest)
                .forEach(subject -> stages.computeIfAbsent(
                                manifest.stage().of(subject), key -> new java.util.TreeMap<>())
                        .put(manifest.unit(), manifest)));
        List<Line> lines = new ArrayList<>();
        stages.forEach((stage, units) -> {
            int done = (int) units.values().stream()
                    .filter(m -> m.status() == Manifest.Status.DONE)
                    .count();
            var dates = List.copyOf(units.keySet());
            Manifest latest = units.values().stream()
                    .max(Comparator.comparing(Manifest::finished))
                    .orElseThrow();
            lines.add(new Line(
                    stage,
                    dates.get(0).toString(),
                    dates.get(dates.size() - 1).toString(),
                    done,
                    units.size() - done,
                    latest.finished(),
                    Duration.between(latest.started(), latest.finished()).toMillis() / 1000.0));
        });
        List<Borrowed> borrowed = borrowed(config, store);
        List<PenstockException> found =
                found(config, manifests, contradicted, edits, cutOff(doneRuns, manifests), differences(store));
        String chain = found.isEmpty()
                ? "holds over " + manifests.size() + " manifests"
                : "BROKEN: " + found.get(0).what();
        var open = store.openIntents();
        if (common.json) {
            System.out.println(Json.document(Map.of(
                    "pipeline",
                    config.pipeline(),
                    "borrowed",
                    borrowed,
                    "stages",
                    lines,
                    "open",
                    open,
                    "audit_chain",
                    chain,
                    "edits",
                    edits)));
        } else {
            borrowed.forEach(stage -> System.out.printf(
                    java.util.Locale.ROOT,
                    "%-34s %s … %s  %4d done  borrowed from %s%n",
                    stage.stage(),
                    stage.first(),
                    stage.last(),
                    stage.done(),
                    stage.environment()));
            lines.forEach(line -> System.out.printf(
                    java.util.Locale.ROOT,
                    "%-34s %s … %s  %4d done  last run ended %s after %.1f s%s%n",
                    line.stage(),
                    line.first(),
                    line.last(),
                    line.done(),
                    line.finished().truncatedTo(ChronoUnit.SECONDS),
                    line.seconds(),
                    line.refused() > 0 ? ", " + line.refused() + " refused" : ""));
            open.forEach(intent -> System.out.println(
                    "open: " + intent.stage().id() + " " + range(intent.units()) + " run " + intent.runId()));
            System.out.println("audit chain " + chain);
        }
        found.forEach(common.progress()::failed);
        return found.isEmpty() ? 0 : ExitCode.INTERNAL.value();
    }

    private static String range(List<UnitId> units) {
        return units.size() == 1
                ? units.get(0).toString()
                : units.get(0) + " … " + units.get(units.size() - 1) + ", " + units.size() + " units,";
    }

    /** What somebody changed, one error of each table at most. */
    private static List<PenstockException> found(
            PipelineConfig config,
            List<Manifest> manifests,
            List<Integer> contradicted,
            List<ManifestStore.Edit> edits,
            Optional<String> cutOff,
            List<String> differences) {
        List<PenstockException> found = new ArrayList<>();
        AuditChain.verify(manifests)
                .map(AuditChain.Break::message)
                .or(() -> contradicted.stream().findFirst().map(i -> edited(i, manifests)))
                .or(() -> edits.stream()
                        .filter(edit -> edit.table().equals(MANIFESTS))
                        .findFirst()
                        .map(ManifestStore.Edit::message))
                .or(() -> cutOff)
                .ifPresent(message -> found.add(new PenstockException(
                        ErrorCode.AUDIT_CHAIN_BROKEN,
                        "The audit chain is broken: " + message,
                        config.ops() + "/manifests",
                        "Somebody edited it: restore the table from a copy")));
        for (ManifestStore.Edit edit : edits) {
            if (!edit.table().equals(MANIFESTS)) {
                found.add(new PenstockException(
                        ErrorCode.CONTROL_ROWS_EDITED,
                        "Somebody changed a control table: " + edit.message(),
                        config.ops() + edit.table().replaceFirst("^ops", ""),
                        edit.table().equals("ops/ledger") ? rebuild(config) : "Restore the table from a copy"));
            }
        }
        differences.stream()
                .findFirst()
                .ifPresent(difference -> found.add(new PenstockException(
                        ErrorCode.LEDGER_CONTRADICTS_MANIFESTS,
                        "Ledger and manifests contradict each other: " + difference,
                        config.ops() + "/ledger",
                        rebuild(config))));
        return found;
    }

    private static Optional<String> cutOff(Set<String> doneRuns, List<Manifest> manifests) {
        return AuditChain.runWithoutManifest(doneRuns, manifests)
                .map(run -> "run " + run + " is closed as done, and the end of the table with its manifests is gone");
    }

    private static String rebuild(PipelineConfig config) {
        return "If it is the ledger that is wrong: penstock files " + config.pipeline() + " --rebuild";
    }

    /** None where manifests are from before they told what became of their files. */
    private static List<String> differences(KernelManifestStore store) {
        try {
            return LedgerProjection.differences(store);
        } catch (PenstockException e) {
            if (e.errorCode() == ErrorCode.FILES_UNKNOWN_TO_MANIFESTS) {
                return List.of();
            }
            throw e;
        }
    }

    /** As {@code plan} decides it: no manifest says what is borrowed. */
    private static List<Borrowed> borrowed(PipelineConfig config, KernelManifestStore store) {
        if (config.base().isEmpty()) {
            return List.of();
        }
        List<StageJob> jobs = Stages.jobs(config, List.of());
        History history = History.of(store, BaseHistory.of(config, jobs));
        List<Borrowed> borrowed = new ArrayList<>();
        for (StageJob job : jobs) {
            history.borrowedFrom(job.stage(), job.subject()).ifPresent(lender -> {
                List<UnitId> units = history.doneElsewhere(job.stage(), job.subject());
                borrowed.add(new Borrowed(
                        job.stage().of(job.subject()),
                        lender,
                        units.get(0).toString(),
                        units.get(units.size() - 1).toString(),
                        units.size()));
            });
        }
        return borrowed;
    }

    private static String edited(int i, List<Manifest> manifests) {
        return "Manifest " + i + " (" + manifests.get(i).stage().id() + " "
                + manifests.get(i).unit() + ") is not what its hash and its columns say";
    }
}
