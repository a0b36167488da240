package io.penstock.jobs.run;

import io.penstock.core.Json;
import io.penstock.core.LedgerEntry;
import io.penstock.core.Manifest;
import io.penstock.core.PenstockException;
import io.penstock.core.Pin;
import io.penstock.core.Stage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The ledger as the manifests tell it: their pins name the files that a unit took, a fact beside them says what became of
 * each. So a ledger that is lost is written anew, entry by entry, without a table being read.
 */
public final class LedgerProjection {
    private static final String FILE = "file.";
    private static final String SEEN = "seen.";

    private LedgerProjection() {}

    /**
     * What became of one file, beside what its pin says.
     *
     * @param duplicates records that said again what another said; {@code rowsIn = rowsOut + rejected + duplicates}
     */
    public record Fate(String state, long rowsIn, long rowsOut, long duplicates, long modified, String reason) {
        /** Records that stand in quarantine; a file that stands there whole is one. */
        public long rejected() {
            return state.equals("quarantined") ? 1 : rowsIn - rowsOut - duplicates;
        }
    }

    /** Adds to the facts of a manifest what became of a file that its unit took. */
    public static void tell(Map<String, String> facts, LedgerEntry entry, long duplicates) {
        facts.put(
                FILE + entry.source() + "/" + entry.fileId(),
                Json.canonical(new Fate(
                        entry.state(), entry.rowsIn(), entry.rowsOut(), duplicates, entry.modified(), entry.reason())));
    }

    /** Adds to the facts of a manifest a file of another unit that was looked at again. */
    public static void tellSeen(Map<String, String> facts, LedgerEntry entry) {
        facts.put(SEEN + entry.source() + "/" + entry.fileId(), Json.canonical(entry));
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
                fates(manifest).forEach((file, fate) -> ledger.add(entry(manifest, file, fate)));
                manifest.facts().entrySet().stream()
                        .filter(fact -> fact.getKey().startsWith(SEEN))
                        .forEach(fact -> ledger.add(
                                Json.read(fact.getValue(), LedgerEntry.class).of(manifest.runId())));
            }
        }
        return ledger;
    }

    /** Of one ingestion, in the order of its pins. */
    public static Map<Pin.FilePin, Fate> fates(Manifest manifest) {
        Map<Pin.FilePin, Fate> fates = new java.util.LinkedHashMap<>();
        for (Pin pin : manifest.inputs()) {
            if (pin instanceof Pin.FilePin file) {
                String fact = manifest.facts()
                        .get(FILE + file.source() + "/" + LedgerEntry.fileId(file.path(), file.sha256()));
                if (fact == null) {
                    throw PenstockException.internal(
                            "PEN-OPS-034",
                            "Cannot tell what became of " + file.path() + ": the manifest of ingest " + manifest.unit()
                                    + ", run " + manifest.runId() + ", holds no fact of it",
                            "ops/manifests",
                            "Restore ops/ledger from a backup");
                }
                fates.put(file, Json.read(fact, Fate.class));
            }
        }
        return fates;
    }

    /**
     * Where the ledger is not what the manifests tell, one line each; none when they agree. Entries may stand in any order.
     */
    public static List<String> differences(List<Manifest> manifests, List<LedgerEntry> ledger) {
        Map<LedgerEntry, Integer> open = new HashMap<>();
        ledger.forEach(entry -> open.merge(entry, 1, Integer::sum));
        List<String> differences = new ArrayList<>();
        for (LedgerEntry told : of(manifests)) {
            if (open.getOrDefault(told, 0) == 0) {
                differences.add("the ledger does not hold " + name(told));
            } else {
                open.merge(told, -1, Integer::sum);
            }
        }
        open.forEach((entry, times) -> {
            if (times > 0) {
                differences.add("no manifest tells " + name(entry));
            }
        });
        return differences.stream().sorted().toList();
    }

    private static String name(LedgerEntry entry) {
        return entry.source() + " " + entry.path() + " of unit " + entry.unit() + ", run " + entry.runId() + ", as "
                + entry.state() + ", " + entry.rowsIn() + " records in, " + entry.rowsOut() + " out";
    }

    private static LedgerEntry entry(Manifest manifest, Pin.FilePin file, Fate fate) {
        return new LedgerEntry(
                file.source(),
                file.path(),
                LedgerEntry.fileId(file.path(), file.sha256()),
                file.bytes(),
                fate.modified(),
                file.sha256(),
                fate.state(),
                manifest.unit(),
                manifest.runId(),
                fate.rowsIn(),
                fate.rowsOut(),
                fate.reason());
    }
}
