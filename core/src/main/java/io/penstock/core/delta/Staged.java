package io.penstock.core.delta;

import io.penstock.core.Measure;
import io.penstock.core.UnitId;
import java.util.Map;

/**
 * A table's new rows: written, measured, not visible to anyone yet.
 *
 * @param rows per unit
 * @param measured per unit; for {@link Target.Scope#TABLE} under the publication's last unit
 * @param refusedBefore the verdict's text of each unit that an earlier attempt of this run refused when it committed this
 *     table: its rows are not there to be measured again
 */
public record Staged(
        Target target,
        Map<UnitId, Long> rows,
        Map<UnitId, Map<Measure, Double>> measured,
        Map<UnitId, String> refusedBefore) {
    public Staged(Target target, Map<UnitId, Long> rows, Map<UnitId, Map<Measure, Double>> measured) {
        this(target, rows, measured, Map.of());
    }
}
