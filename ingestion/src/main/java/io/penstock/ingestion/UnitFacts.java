package io.penstock.ingestion;

import io.penstock.core.Unit;
import java.util.Map;

/**
 * What one unit took of one source. A quarantined file counts as one record that was rejected.
 *
 * @param records in the unit's files; equals bronze + rejected + duplicates + quarantined files
 * @param withdrawn keys that a snapshot no longer has: rows of bronze that no record stands for
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
        long withdrawn,
        Map<String, Long> rejectedByCode) {
    /** Rejected records, and files as one each. */
    public long rejects() {
        return rejected + quarantinedFiles;
    }
}
