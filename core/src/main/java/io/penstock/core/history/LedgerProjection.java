package io.penstock.core.history;

import io.penstock.core.ErrorCode;
import io.penstock.core.Intent;
import io.penstock.core.LedgerEntry;
import io.penstock.core.Manifest;
import io.penstock.core.ManifestStore;
import io.penstock.core.PenstockException;
import io.penstock.core.Pin;
import io.penstock.core.Stage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The ledger as the manifests tell it: their pins name the files that a unit took, a fact beside them says what became of
 * each. So a ledger that is lost is written again, entry by entry, without a table being read.
 */
public final class LedgerProjection {
    private static final Fact.Family<FileOutcome> FILE = Fact.Family.json("file.", FileOutcome.class);
    private static final Fact.Family<LedgerEntry> SEEN = Fact.Family.json("seen.", LedgerEntry.class);

    /** That a manifest is from before manifests told what became of their files. */
    static final ErrorCode UNTOLD = ErrorCode.FILES_UNKNOWN_TO_MANIFESTS;

    private LedgerProjection() {}

    /**
     * What became of one file, beside what its pin says.
     *
     * @param duplicates records that said again what another said; {@code rowsIn = rowsOut + rejected + duplicates}
     */
    public record FileOutcome(String state, long rowsIn, long rowsOut, long duplicates, long modified, String reason) {
        /** Records that stand in quarantine; a file that stands there whole is one. */
        public long rejected() {
            return state.equals("quarantined") ? 1 : rowsIn - rowsOut - duplicates;
        }
    }

    /** Adds to the facts of a manifest what became of a file that its unit took. */
    public static void tell(Map<String, String> facts, LedgerEntry entry, long duplicates) {
        FILE.named(name(entry.source(), entry.fileId()))
                .put(
                        facts,
                        new FileOutcome(
                                entry.state(),
                                entry.rowsIn(),
                                entry.rowsOut(),
                                duplicates,
                                entry.modified(),
                                entry.reason()));
    }

    /** Adds to the facts of a manifest a file of another unit that was looked at again. */
    public static void tellSeen(Map<String, String> facts, LedgerEntry entry) {
        SEEN.named(name(entry.source(), entry.fileId())).put(facts, entry);
    }

    private static String name(String source, String fileId) {
        return source + "/" + fileId;
    }

    /**
     * The whole ledger.
     *
     * @param manifests in commit order
     * @throws PenstockException {@code PEN-OPS-034} when one tells no facts of its files
     */
    public static List<LedgerEntry> of(List<Manifest> manifests) {
        List<LedgerEntry> ledger = new ArrayList<>();
        for (Manifest manifest : manifests) {
            if (manifest.stage().equals(Stage.INGEST)) {
                outcomes(manifest).forEach((file, outcome) -> ledger.add(entry(manifest, file, outcome)));
                SEEN.of(manifest).values().forEach(seen -> ledger.add(seen.of(manifest.runId())));
            }
        }
        return ledger;
    }

    /** Of one ingestion, in the order of its pins. */
    public static Map<Pin.FilePin, FileOutcome> outcomes(Manifest manifest) {
        Map<Pin.FilePin, FileOutcome> outcomes = new java.util.LinkedHashMap<>();
        for (Pin pin : manifest.inputs()) {
            if (pin instanceof Pin.FilePin file) {
                Fact<FileOutcome> fact =
                        FILE.named(name(file.source(), LedgerEntry.fileId(file.path(), file.sha256())));
                outcomes.put(
                        file,
                        fact.of(manifest)
                                .orElseThrow(() -> new PenstockException(
                                        ErrorCode.FILES_UNKNOWN_TO_MANIFESTS,
                                        "Cannot tell what became of " + file.path() + ": the manifest of ingest "
                                                + manifest.unit() + ", run " + manifest.runId()
                                                + ", holds no fact of it",
                                        "ops/manifests",
                                        "Restore ops/ledger from a backup")));
            }
        }
        return outcomes;
    }

    /**
     * Where the ledger is not what the manifests tell, one line each; none when they agree. Entries may stand in any order.
     */
    public static List<String> differences(List<Manifest> manifests, List<LedgerEntry> ledger) {
        return differences(of(manifests), of(manifests), ledger);
    }

    /**
     * The same of a store at which runs may be at work: these write manifests first, then the ledger, then close their
     * intent. What a run that is open or was given up has not written is no difference, and a manifest that came after the others were
     * read tells its entries too.
     */
    public static List<String> differences(ManifestStore store) {
        List<Manifest> before = store.manifests();
        Set<String> mayLack =
                store.openIntents().stream().map(Intent::runId).collect(Collectors.toCollection(HashSet::new));
        // A run that died between its manifests and the ledger, and was given up since, never writes its entries.
        mayLack.addAll(store.lostRuns());
        List<LedgerEntry> ledger = store.ledger();
        List<Manifest> after = store.manifests();
        return differences(
                of(before.stream()
                        .filter(manifest -> !mayLack.contains(manifest.runId()))
                        .toList()),
                of(after),
                ledger);
    }

    private static List<String> differences(List<LedgerEntry> due, List<LedgerEntry> told, List<LedgerEntry> ledger) {
        List<String> differences = new ArrayList<>();
        beyond(due, ledger).forEach(entry -> differences.add("the ledger does not hold " + name(entry)));
        beyond(ledger, told).forEach(entry -> differences.add("no manifest tells " + name(entry)));
        return differences.stream().sorted().toList();
    }

    /** Entries that the others do not hold, or not as often. */
    private static List<LedgerEntry> beyond(List<LedgerEntry> entries, List<LedgerEntry> others) {
        Map<LedgerEntry, Integer> left = new HashMap<>();
        others.forEach(entry -> left.merge(entry, 1, Integer::sum));
        return entries.stream()
                .filter(entry -> left.merge(entry, -1, Integer::sum) < 0)
                .toList();
    }

    private static String name(LedgerEntry entry) {
        return entry.source() + " " + entry.path() + " of unit " + entry.unit() + ", run " + entry.runId() + ", as "
                + entry.state() + " with sha256 " + entry.sha256() + ", " + entry.rowsIn() + " records in, "
                + entry.rowsOut() + " out";
    }

    private static LedgerEntry entry(Manifest manifest, Pin.FilePin file, FileOutcome outcome) {
        return new LedgerEntry(
                file.source(),
                file.path(),
                LedgerEntry.fileId(file.path(), file.sha256()),
                file.bytes(),
                outcome.modified(),
                file.sha256(),
                outcome.state(),
                manifest.unit(),
                manifest.runId(),
                outcome.rowsIn(),
                outcome.rowsOut(),
                outcome.reason());
    }
}
