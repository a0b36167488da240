package io.penstock.ingestion.take;

import io.penstock.core.ErrorCode;
import io.penstock.core.LedgerEntry;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.config.SourceSpec.OnOverwrite;
import io.penstock.ingestion.landing.LandedFile;
import io.penstock.ingestion.landing.LedgerLookup;
import io.penstock.ingestion.landing.Notice;
import io.penstock.ingestion.versions.Overwritten;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Which unit takes which file. A unit takes what landed up to its cut and no unit has taken yet: normally what landed in
 * (previous cut, cut], and late files. The result does not depend on whether units are assigned one by one or as a range.
 *
 * @param assigns every unit of the range, in order, with its files in order of landing
 * @param waiting files that landed after the last cut, for a later unit
 * @param notices late files, except those that were there when the source took its first, and taken files that were
 *     overwritten since
 */
public record FileAssignment(Map<Unit, List<LandedFile>> assigns, List<LandedFile> waiting, List<Notice> notices) {

    /** {@link #of(List, List, List)}, without what else there is to tell. */
    public static Map<Unit, List<LandedFile>> plan(
            List<Unit> units, List<LandedFile> discovered, List<LedgerEntry> ledger) {
        return of(units, discovered, ledger).assigns();
    }

    /** {@link #of(List, List, Map, Overwritten)} where nothing was overwritten. */
    static FileAssignment of(List<Unit> units, List<LandedFile> discovered, List<LedgerEntry> ledger) {
        return of(units, discovered, LedgerLookup.latest(ledger), Overwritten.NONE);
    }

    /**
     * Assigns files to the units of a range. A file that a unit of the range took before, which runs again, goes to that
     * unit. A file that another unit took goes to none, unless it was overwritten and the source's policy is to restate it.
     * Then the last unit of the range takes it again, together with the files that were set aside as its duplicates, if that
     * unit is after the one that took it.
     *
     * @param units in any order, at least one
     * @param discovered of one source
     * @param taken by path, the last ledger entry of the files of that source
     */
    public static FileAssignment of(
            List<Unit> units, List<LandedFile> discovered, Map<String, LedgerEntry> taken, Overwritten overwritten) {
        TreeMap<Unit, List<LandedFile>> take = new TreeMap<>();
        Map<UnitId, Unit> byDate = new HashMap<>();
        for (Unit unit : units) {
            take.put(unit, new ArrayList<>());
            byDate.put(unit.id(), unit);
        }
        Optional<Unit> restating = restating(take.lastKey(), taken, overwritten);
        List<LandedFile> waiting = new ArrayList<>();
        List<Notice> notices = new ArrayList<>();
        for (LandedFile file : discovered.stream().sorted().toList()) {
            LedgerEntry before = taken.get(file.path());
            boolean isRepeating = overwritten.repeating().contains(file.path());
            boolean isOther =
                    isRepeating || before != null && overwritten.paths().contains(file.path());
            Unit unit = before == null
                    ? firstAt(take, file)
                    : isOther
                            ? restating
                                    .filter(last -> last.id().isAfter(before.unit())
                                            && (isRepeating || overwritten.policy() == OnOverwrite.RESTATE))
                                    .orElse(null)
                            : byDate.get(before.unit());
            if (isOther) {
                notices.add(new Notice(
                        Overwritten.CODE,
                        file.path(),
                        isRepeating ? toldOfRepeating(unit) : told(before, unit, overwritten)));
            }
            if (before == null && unit == null) {
                waiting.add(file);
            } else if (unit != null) {
                take.get(unit).add(file);
                boolean isLate = !taken.isEmpty() && !file.landed().isAfter(unit.previousCut());
                if (!isOther && isLate) {
                    notices.add(new Notice(
                            ErrorCode.LATE_FILE.code(),
                            file.path(),
                            "A late file, taken by unit " + unit + " instead of an earlier one"));
                }
            }
        }
        return new FileAssignment(take, List.copyOf(waiting), List.copyOf(notices));
    }

    /** The last unit, if it is after every unit that set duplicates aside: it takes these with the file that they repeat. */
    private static Optional<Unit> restating(Unit last, Map<String, LedgerEntry> taken, Overwritten overwritten) {
        return overwritten.repeating().stream()
                        .allMatch(path -> last.id().isAfter(taken.get(path).unit()))
                ? Optional.of(last)
                : Optional.empty();
    }

    private static String toldOfRepeating(Unit unit) {
        return "Set aside as a repeat of what is not the last word any more: a file was overwritten, or landed late; "
                + (unit == null ? "the next new unit" : "unit " + unit) + " takes this one";
    }

    private static String told(LedgerEntry before, Unit unit, Overwritten overwritten) {
        String what = "The file was overwritten after unit " + before.unit() + " took it; ";
        if (unit != null) {
            return what + "unit " + unit + " restates it";
        }
        return what
                + (overwritten.policy() == OnOverwrite.RESTATE
                        ? "the next new unit restates it"
                        : "what was taken stays: land the new content under a new name");
    }

    private static Unit firstAt(TreeMap<Unit, List<LandedFile>> take, LandedFile file) {
        return take.keySet().stream()
                .filter(unit -> !unit.cut().isBefore(file.landed()))
                .findFirst()
                .orElse(null);
    }
}
