package io.penstock.ingestion.landing;

import io.penstock.core.LedgerEntry;
import io.penstock.core.UnitId;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the ledger says of the files of one source when some of its units run: which files those units took before, and the
 * last entry of every other file. Made once per source, however many files the ledger has.
 */
public final class LedgerLookup {
    private final Collection<LedgerEntry> ledger;
    private final Map<String, LedgerEntry> ofOtherUnits = new HashMap<>();
    private final Map<String, UnitId> again = new HashMap<>();

    private LedgerLookup(Collection<LedgerEntry> ledger) {
        this.ledger = ledger;
    }

    /**
     * @param ledger of all sources
     * @param running units that are run
     */
    public static LedgerLookup of(String source, Collection<LedgerEntry> ledger, Set<UnitId> running) {
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

    /** A lookup under which every file is listed: it knows none as unchanged. */
    public static LedgerLookup ofAllFiles(Collection<LedgerEntry> ledger) {
        return new LedgerLookup(ledger);
    }

    /** The last entry of each path: of the latest unit, in its latest run, with the time at which the file was last seen. */
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

    /** By path, the last entry of units that do not run. */
    public Map<String, LedgerEntry> ofOtherUnits() {
        return ofOtherUnits;
    }

    /** The running unit that took the file before, and takes it again. */
    public Optional<UnitId> unitTakingAgain(String path) {
        return Optional.ofNullable(again.get(path));
    }

    /**
     * The entry of a file that need not be looked at: a unit that does not run took it, and size and time are as they were.
     * A file that was set aside as a duplicate is always looked at, since the file that it repeats may be overwritten.
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
