package io.penstock.core;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * What a run is about to do, committed before it touches a data table. A rerun resumes an open intent with the same files.
 *
 * @param inputContents per unit, the sha256 over what it and the units before it took
 * @param files per unit, the landed files it takes; empty for stages that read tables
 * @param bases output tables ({@code layer/name}) with the versions they had; -1 when absent
 * @param state {@code open}, {@code done} or {@code lost}
 */
public record Intent(
        String pipeline,
        Stage stage,
        String subject,
        String runId,
        List<UnitId> units,
        String recipe,
        Map<UnitId, String> inputContents,
        Map<UnitId, List<Pin.FilePin>> files,
        Map<String, Long> bases,
        Instant opened,
        String state) {
    /** Stage and subject as people read them. */
    public String name() {
        return stage.of(subject);
    }

    /** Its units as people read them: one, or the first and the last. */
    public String span() {
        UnitId first = units.get(0);
        return units.size() == 1 ? first.toString() : first + " … " + units.get(units.size() - 1);
    }

    public Intent withState(String newState) {
        return new Intent(
                pipeline, stage, subject, runId, units, recipe, inputContents, files, bases, opened, newState);
    }
}
