package io.penstock.ingestion.landing;

import io.penstock.core.LedgerEntry;
import java.time.LocalDate;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the ledger says of a source's files when some of its units are run: what those took before they take again, and of
 * every other file the last word. Made once for each source, however many files are known.
 */
public final class LedgerLookup {
    private final Collection<LedgerEntry> ledger;
    private final Map<String, LedgerEntry> ofOtherUnits = new HashMap<>();
    private final Map<String, LocalDate> again = new HashMap<>();

    private LedgerLookup(Collection<LedgerEntry> ledger) {
        this.ledger = ledger;
    }

    /**
     * @param ledger of all sources
     * @param running units that are run
     */
    public static LedgerLookup of(String source, Collection<LedgerEntry> ledger, Set<LocalDate> running) {
        LedgerLookup known = new LedgerLookup(ledger);
        for (LedgerEntry entry : ledger) {
            if (!entry.source().equals(source)) {
                continue;
            }
            if (running.contains(entry.unit())) {
                known.again.put(entry.path(), entry.unit());
            } else {
                known.ofOtherUnits.merge(entry.path(), entry, LedgerLookup::later);
            }
        }
        return known;
    }

    /** By which no file is settled: each is to be told of. */
    public static LedgerLookup ofAllFiles(Collection<LedgerEntry> ledger) {
        return new LedgerLookup(ledger);
    }

    /** The last word on each path: that of the latest unit, of its latest run; with the time at which it was seen last. */
    public static Map<String, LedgerEntry> latest(Collection<LedgerEntry> ledger) {
        Map<String, LedgerEntry> latest = new HashMap<>();
        ledger.forEach(entry -> latest.merge(entry.path(), entry, LedgerLookup::later));
        return latest;
    }

    private static LedgerEntry later(LedgerEntry one, LedgerEntry next) {
        if (next.unit().isBefore(one.unit())) {
            return one;
        }
        return next.state().equals(FileFact.SEEN) ? one.modified(next.modified()) : next;
    }

    Collection<LedgerEntry> ledger() {
        return ledger;
    }

    /** By path, the last word of units that are not run. */
    public Map<String, LedgerEntry> ofOtherUnits() {
        return ofOtherUnits;
    }

    /** The unit of those that are run which took the file before. */
    public Optional<LocalDate> unitTakingAgain(String path) {
        return Optional.ofNullable(again.get(path));
    }

    /**
     * What the ledger says of a file that nobody needs to look at: a unit that is not run took it, and its size and time
     * are as they were. One that was set aside may be needed, if what it repeats is overwritten.
     *
     * @param modified milliseconds since 1970
     */
    Optional<LedgerEntry> unchanged(String path, long bytes, long modified) {
        return Optional.ofNullable(ofOtherUnits.get(path))
                .filter(entry -> !entry.state().equals(FileFact.DUPLICATE))
                .filter(entry -> !mayHaveChanged(entry, bytes, modified) && !again.containsKey(path));
    }

    /**
     * Whether a file has another size or time than its ledger entry, so that its content may be another. Files of a refused
     * unit were not taken, and may change freely.
     */
    public static boolean mayHaveChanged(LedgerEntry taken, LandedFile file) {
        return mayHaveChanged(taken, file.bytes(), file.modified().toEpochMilli());
    }

    static boolean mayHaveChanged(LedgerEntry taken, long bytes, long modified) {
        return !taken.state().equals(FileFact.REFUSED)
                && (taken.bytes() != bytes || taken.modified() != 0 && taken.modified() != modified);
    }
}
