package io.penstock.ingestion;

import io.penstock.core.LedgerEntry;
import io.penstock.core.Unit;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which unit takes which file. A unit takes what landed up to its cut and no unit has taken yet: normally what landed in
 * (previous cut, cut], and what came late. Nothing here depends on whether units are taken one by one or as a range.
 *
 * @param take every unit of the range, in order, with its files in order of landing
 * @param waiting landed after the last cut; a later unit's
 * @param notices late files, and taken files whose size changed since
 */
public record TakePlan(Map<Unit, List<LandedFile>> take, List<LandedFile> waiting, List<Notice> notices) {

    /** {@link #of}, without what else there is to tell. */
    public static Map<Unit, List<LandedFile>> plan(
            List<Unit> units, List<LandedFile> discovered, List<LedgerEntry> ledger) {
        return of(units, discovered, ledger).take();
    }

    /**
     * Shares files out to the units of a range. A file that a unit of this very range took before (it is run again) goes
     * to that unit; one that any other unit took goes to none.
     *
     * @param units in any order, at least one
     * @param ledger of the sources in {@code discovered}; other entries do no harm
     */
    public static TakePlan of(List<Unit> units, List<LandedFile> discovered, List<LedgerEntry> ledger) {
        TreeMap<Unit, List<LandedFile>> take = new TreeMap<>();
        Map<LocalDate, Unit> byDate = new HashMap<>();
        for (Unit unit : units) {
            take.put(unit, new ArrayList<>());
            byDate.put(unit.date(), unit);
        }
        Map<Key, LedgerEntry> taken = new HashMap<>();
        ledger.forEach(entry -> taken.put(new Key(entry.source(), entry.path()), entry));
        List<LandedFile> waiting = new ArrayList<>();
        List<Notice> notices = new ArrayList<>();
        for (LandedFile file : discovered.stream().sorted().toList()) {
            LedgerEntry before = taken.get(new Key(file.source(), file.path()));
            Unit unit = before == null ? firstAt(take, file) : byDate.get(before.unit());
            if (before != null && before.bytes() != file.bytes()) {
                notices.add(new Notice(
                        "PEN-ING-011",
                        file.path(),
                        "The file was overwritten after unit " + before.unit() + " took it: it had " + before.bytes()
                                + " bytes, now " + file.bytes() + "; land the new content under a new name"));
            }
            if (before == null && unit == null) {
                waiting.add(file);
            } else if (unit != null) {
                take.get(unit).add(file);
                if (!file.landed().isAfter(unit.previousCut())) {
                    notices.add(new Notice(
                            "PEN-ING-013",
                            file.path(),
                            "A late file, taken by unit " + unit + " instead of an earlier one"));
                }
            }
        }
        return new TakePlan(take, List.copyOf(waiting), List.copyOf(notices));
    }

    private static Unit firstAt(TreeMap<Unit, List<LandedFile>> take, LandedFile file) {
        return take.keySet().stream()
                .filter(unit -> !unit.cut().isBefore(file.landed()))
                .findFirst()
                .orElse(null);
    }

    private record Key(String source, String path) {}
}
