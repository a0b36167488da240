package io.penstock.jobs.cli;

import io.penstock.core.Clock;
import io.penstock.core.ExitCode;
import io.penstock.core.Json;
import io.penstock.core.Manifest;
import io.penstock.core.PenstockException;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.kernel.KernelManifestStore;
import io.penstock.jobs.run.Borrowing;
import io.penstock.jobs.run.History;
import io.penstock.jobs.run.StageJob;
import io.penstock.jobs.stage.Stages;
import io.penstock.lineage.AuditChain;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        description = "Say how far each stage is, what is open, and whether the audit chain holds. Starts no Spark.")
public final class StatusCommand implements Callable<Integer> {
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
        List<Integer> contradicted = store.contradicted(); // first: what it reads serves the next line too
        List<Manifest> manifests = store.manifests();
        Map<String, Map<LocalDate, Manifest>> stages = new LinkedHashMap<>();
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
        Optional<AuditChain.Break> broken = AuditChain.verify(manifests).or(() -> edited(contradicted, manifests));
        String chain = broken.map(found -> "BROKEN: " + found.message())
                .orElse("holds over " + manifests.size() + " manifests");
        var open = store.openIntents();
        if (common.json) {
            System.out.println(Json.canonical(Map.of(
                    "pipeline",
                    config.pipeline(),
                    "borrowed",
                    borrowed,
                    "stages",
                    lines,
                    "open",
                    open,
                    "audit_chain",
                    chain)));
        } else {
            borrowed.forEach(stage -> System.out.printf(
                    java.util.Locale.ROOT,
                    "%-22s %s … %s  %4d done  borrowed from %s%n",
                    stage.stage(),
                    stage.first(),
                    stage.last(),
                    stage.done(),
                    stage.environment()));
            lines.forEach(line -> System.out.printf(
                    java.util.Locale.ROOT,
                    "%-22s %s … %s  %4d done  last run ended %s after %.1f s%s%n",
                    line.stage(),
                    line.first(),
                    line.last(),
                    line.done(),
                    line.finished().truncatedTo(ChronoUnit.SECONDS),
                    line.seconds(),
                    line.refused() > 0 ? ", " + line.refused() + " refused" : ""));
            open.forEach(intent -> System.out.println(
                    "open: " + intent.stage().id() + " " + intent.units() + " run " + intent.runId()));
            System.out.println("audit chain " + chain);
        }
        if (broken.isEmpty()) {
            return 0;
        }
        common.progress()
                .failed(PenstockException.internal(
                        "PEN-OPS-033",
                        "The audit chain is broken: " + broken.get().message(),
                        config.ops() + "/manifests",
                        "Somebody edited it: restore the table from a copy"));
        return ExitCode.INTERNAL.value();
    }

    /** As {@code plan} decides it: no manifest says what is borrowed. */
    private static List<Borrowed> borrowed(PipelineConfig config, KernelManifestStore store) {
        if (config.base().isEmpty()) {
            return List.of();
        }
        List<StageJob> jobs = Stages.jobs(config, List.of());
        History history = History.of(store, Borrowing.of(config, jobs));
        List<Borrowed> borrowed = new ArrayList<>();
        for (StageJob job : jobs) {
            history.borrowedFrom(job.stage(), job.subject()).ifPresent(lender -> {
                List<LocalDate> units = history.doneElsewhere(job.stage(), job.subject());
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

    private static Optional<AuditChain.Break> edited(List<Integer> contradicted, List<Manifest> manifests) {
        return contradicted.stream()
                .findFirst()
                .map(i -> new AuditChain.Break(
                        i,
                        manifests.get(i).runId(),
                        "Manifest " + i + " (" + manifests.get(i).stage().id() + " "
                                + manifests.get(i).unit() + ") is not what its hash and its columns say"));
    }
}
