package io.penstock.core.delta;

import io.penstock.core.Measure;
import java.time.LocalDate;
import java.util.Map;

/**
 * A table's new rows: written, measured, not visible to anyone yet.
 *
 * @param rows per unit
 * @param measured per unit; for {@link Target.Scope#TABLE} under the publication's last unit
 */
public record Staged(Target target, Map<LocalDate, Long> rows, Map<LocalDate, Map<Measure, Double>> measured) {}
