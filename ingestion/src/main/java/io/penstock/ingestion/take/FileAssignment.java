package io.penstock.ingestion.take;

import io.penstock.core.LedgerEntry;
import io.penstock.core.Unit;
import io.penstock.core.config.PipelineConfig.OnOverwrite;
import io.penstock.ingestion.landing.LandedFile;
import io.penstock.ingestion.landing.LedgerLookup;
import io.penstock.ingestion.landing.Notice;
import io.penstock.ingestion.versions.Overwritten;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Which unit takes which file. A unit takes what landed up to its cut and no unit has taken yet: normally what landed in
 * (previous cut, cut], and what came late. Nothing here depends on whether units are taken one by one or as a range.
 *
 * @param take every unit of the range, in order, with its files in order of landing
 * @param waiting landed after the last cut; a later unit's
 * @param notices late files, but for those that lay there when the source took its first, and taken files that were
 *     overwritten since
 */
public record FileAssignment(Map<Unit, List<LandedFile>> take, List<LandedFile> waiting, List<Notice> notices) {

    /** {@link #of(List, List, List)}, without what else there is to tell. */
    public static Map<Unit, List<LandedFile>> plan(
            List<Unit> units, List<LandedFile> discovered, List<LedgerEntry> ledger) {
        return of(units, discovered, ledger).take();
    }

    /** {@link #of(List, List, Map, Overwritten)} where nothing was overwritten. */
    static FileAssignment of(List<Unit> units, List<LandedFile> discovered, List<LedgerEntry> ledger) {
        return of(units, discovered, LedgerLookup.latest(ledger), Overwritten.NONE);
    }

    /**
     * Shares files out to the units of a range. A file that a unit of this very range took before (it is run again) goes
     * to that unit; one that any other unit took goes to none, unless it was overwritten and its source restates: then the
     * last unit of the range takes it once more, if it comes after the other, with the files that repeated it.
     *
     * @param units in any order, at least one
     * @param discovered of one source
     * @param taken by path, the ledger's last word on files of that source
     */
    public static FileAssignment of(
            List<Unit> units, List<LandedFile> discovered, Map<String, LedgerEntry> taken, Overwritten overwritten) {
        TreeMap<Unit, List<LandedFile>> take = new TreeMap<>();
        Map<LocalDate, Unit> byDate = new HashMap<>();
        for (Unit unit : units) {
            take.put(unit, new ArrayList<>());
            byDate.put(unit.date(), unit);
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
                                    .filter(last -> last.date().isAfter(before.unit())
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
                            "PEN-ING-013",
                            file.path(),
                            "A late file, taken by unit " + unit + " instead of an earlier one"));
                }
            }
        }
        return new FileAssignment(take, List.copyOf(waiting), List.copyOf(notices));
    }

    /** What repeats a file that is taken once more goes with it: no unit does it that comes before those that set them aside. */
    private static Optional<Unit> restating(Unit last, Map<String, LedgerEntry> taken, Overwritten overwritten) {
        return overwritten.repeating().stream()
                        .allMatch(path -> last.date().isAfter(taken.get(path).unit()))
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
