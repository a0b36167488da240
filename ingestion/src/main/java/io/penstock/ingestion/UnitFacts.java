package io.penstock.ingestion;

import io.penstock.core.Unit;
import java.util.Map;
import java.util.Optional;

/**
 * What one unit took of one source. A quarantined file counts as one record that was rejected.
 *
 * @param records in the unit's files; equals bronze + rejected + duplicates + quarantined files
 * @param rejectedByCode rejected records and files per code
 */
public record UnitFacts(
        Unit unit,
        int files,
        long records,
        long bronze,
        long rejected,
        long duplicates,
        int quarantinedFiles,
        Map<String, Long> rejectedByCode) {
    public double rejectRate() {
        return records == 0 ? 0 : (double) (rejected + quarantinedFiles) / records;
    }

    /** The refusal of a unit whose share of rejected records is above the source's limit. */
    public Optional<String> refusal(String source, double maxRejectRate) {
        if (rejectRate() <= maxRejectRate) {
            return Optional.empty();
        }
        return Optional.of("PEN-ROW-035 " + (rejected + quarantinedFiles) + " of " + records + " records of " + source
                + " are rejected, at most " + maxRejectRate + " may be: " + rejectedByCode);
    }
}
