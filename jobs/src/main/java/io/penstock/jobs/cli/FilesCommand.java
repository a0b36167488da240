package io.penstock.jobs.cli;

import io.penstock.core.Clock;
import io.penstock.core.ErrorCode;
import io.penstock.core.ExitCode;
import io.penstock.core.Json;
import io.penstock.core.LedgerEntry;
import io.penstock.core.Manifest;
import io.penstock.core.PenstockException;
import io.penstock.core.Stage;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.history.BaseHistory;
import io.penstock.core.history.History;
import io.penstock.core.history.LedgerProjection;
import io.penstock.core.kernel.KernelManifestStore;
import io.penstock.ingestion.take.LandedFiles;
import io.penstock.jobs.report.TextTable;
import io.penstock.jobs.run.Session;
import io.penstock.jobs.stage.LedgerTables;
import io.penstock.jobs.stage.Stages;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "files",
        mixinStandardHelpOptions = true,
        description =
                "Say of every landed file which unit took it and what became of it, the newest last. Starts no Spark,"
                        + " except to verify.")
public final class FilesCommand implements Callable<Integer> {
    @Mixin
    Common common;

    @Parameters(paramLabel = "PIPELINE")
    String pipeline;

    @Option(names = "--source", description = "Files of this source.")
    String source;

    @Option(names = "--unit", description = "Files of this unit.")
    String unit;

    @Option(
            names = "--state",
            description =
                    "taken, quarantined, duplicate, refused, seen, waiting, overwritten, touched, passed-over or note.")
    String state;

    @Option(names = "--path", paramLabel = "TEXT", description = "Files whose path contains this text.")
    String path;

    @Option(names = "--history", description = "Also what earlier runs of a unit said of its files.")
    boolean history;

    @Option(names = "--limit", description = "The newest N only (default: all).")
    int limit = Integer.MAX_VALUE;

    @ArgGroup
    Ledger ledger = new Ledger();

    static final class Ledger {
        @Option(
                names = "--verify",
                description = "Compare the ledger with manifests, bronze and quarantine; uses Spark.")
        boolean verify;

        @Option(
                names = "--rebuild",
                description = "Write the ledger again from the manifests; the old one is set aside in ops/.")
        boolean rebuild;
    }

    @Override
    public Integer call() {
        PipelineConfig config = common.config(pipeline);
        if (ledger.rebuild) {
            return rebuild(config);
        }
        return ledger.verify ? verify(config) : list(config);
    }

    private int list(PipelineConfig config) {
        KernelManifestStore store = KernelManifestStore.of(config, Clock.system());
        History recorded = History.of(store, BaseHistory.of(config, Stages.jobs(config, List.of())));
        Optional<String> lender = recorded.borrowedFrom(Stage.INGEST, "");
        List<LandedFiles.Line> lines = lender.isPresent()
                ? List.of()
                : LandedFiles.of(config, recorded, history).stream()
                        .filter(this::isAsked)
                        .toList();
        Map<String, Integer> states = new TreeMap<>();
        lines.forEach(line -> states.merge(line.state(), 1, Integer::sum));
        List<LandedFiles.Line> shown = lines.subList(Math.max(0, lines.size() - limit), lines.size());
        if (common.json) {
            System.out.println(Json.document(Map.of("pipeline", config.pipeline(), "files", shown, "states", states)));
            return 0;
        }
        if (lender.isPresent()) {
            System.out.println("Ingestion is borrowed from " + lender.get() + ": penstock files " + pipeline + " --env "
                    + lender.get() + " tells its files");
            return 0;
        }
        System.out.print(TextTable.render(
                List.of("unit", "source", "state", "rows in", "rows out", "run", "path", "reason"),
                shown.stream().map(FilesCommand::cells).toList()));
        states.forEach((name, count) -> System.out.printf(Locale.ROOT, "%-12s %,d%n", name, count));
        return 0;
    }

    private boolean isAsked(LandedFiles.Line line) {
        return (source == null || line.source().equals(source))
                && (unit == null || line.unit().equals(unit))
                && (state == null || line.state().replace(' ', '-').equals(state))
                && (path == null || line.path().contains(path));
    }

    private static List<String> cells(LandedFiles.Line line) {
        return List.of(
                line.unit(),
                line.source(),
                line.state(),
                line.rowsIn()
                        .map(rows -> String.format(Locale.ROOT, "%,d", rows))
                        .orElse(""),
                line.rowsOut()
                        .map(rows -> String.format(Locale.ROOT, "%,d", rows))
                        .orElse(""),
                line.run(),
                line.path(),
                line.reason());
    }

    private int rebuild(PipelineConfig config) {
        KernelManifestStore store = KernelManifestStore.of(config, Clock.system());
        List<LedgerEntry> entries = LedgerProjection.of(store.manifests());
        store.rebuildLedger(entries);
        tell(config, entries.size() + " entries written from the manifests", List.of());
        return 0;
    }

    private int verify(PipelineConfig config) {
        KernelManifestStore store = KernelManifestStore.of(config, Clock.system());
        List<Manifest> manifests = store.manifests();
        List<LedgerEntry> entries = store.ledger();
        List<String> differences = new ArrayList<>(LedgerProjection.differences(manifests, entries));
        try (Session session = new Session(config, common.progress())) {
            differences.addAll(LedgerTables.differences(config, session.tables(), manifests));
        }
        if (differences.isEmpty()) {
            tell(config, "the ledger agrees with manifests and tables over " + entries.size() + " entries", List.of());
            return 0;
        }
        tell(config, differences.size() + " differences", differences);
        common.progress()
                .failed(new PenstockException(
                        ErrorCode.LEDGER_CONTRADICTS_MANIFESTS,
                        "Ledger, manifests and tables contradict each other: " + differences.get(0),
                        config.ops() + "/ledger",
                        "If it is the ledger that is wrong: penstock files " + config.pipeline() + " --rebuild"));
        return ExitCode.INTERNAL.value();
    }

    private void tell(PipelineConfig config, String outcome, List<String> differences) {
        if (common.json) {
            System.out.println(Json.document(
                    Map.of("pipeline", config.pipeline(), "outcome", outcome, "differences", differences)));
        } else {
            differences.forEach(System.out::println);
            System.out.println(outcome);
        }
    }
}
