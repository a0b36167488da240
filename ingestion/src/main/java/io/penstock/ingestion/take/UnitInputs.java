package io.penstock.ingestion.take;

import io.penstock.core.LedgerEntry;
import io.penstock.core.Pin;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.ingestion.landing.LandedFile;
import io.penstock.ingestion.landing.Notice;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the units of a run take of what landed. Computed once for a run: its intent pins the files, and its execution is given
 * the same object.
 *
 * @param files by unit, in order of source and path
 * @param modified by source and path, when a file was last changed as the file system says
 * @param notices what to report of files that are taken late, again or not at all
 * @param seen ledger entries of files that were touched and have the same content
 */
public record UnitInputs(
        Map<UnitId, List<Pin.FilePin>> files,
        Map<String, Map<String, Instant>> modified,
        List<Notice> notices,
        List<LedgerEntry> seen) {
    /** Of a stage that reads tables. */
    public static final UnitInputs NONE = new UnitInputs(Map.of(), Map.of(), List.of(), List.of());

    /** The files of a source by the units that take them; every unit is there. */
    public Map<Unit, List<LandedFile>> landed(String source, List<Unit> units) {
        Map<String, Instant> times = modified.getOrDefault(source, Map.of());
        Map<Unit, List<LandedFile>> take = new TreeMap<>();
        for (Unit unit : units) {
            take.put(
                    unit,
                    files.getOrDefault(unit.id(), List.of()).stream()
                            .filter(file -> file.source().equals(source))
                            .map(LandedFile::of)
                            .map(file -> file.modified(times.getOrDefault(file.path(), Instant.EPOCH)))
                            .toList());
        }
        return take;
    }
}
