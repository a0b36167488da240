package io.penstock.ingestion.read;

import io.penstock.core.Unit;
import java.util.List;
import java.util.Map;

/**
 * What one unit took of one source. A quarantined file counts as one record that was rejected.
 *
 * @param records in the unit's files; equals bronze + rejected + duplicates + quarantined files
 * @param withdrawn keys that a snapshot no longer has: rows of bronze that no record stands for
 * @param rejectedByCode rejected records and files per code
 * @param losses withdrawn keys, where they are more at once than the source allows
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
        Map<String, Long> rejectedByCode,
        List<Loss> losses) {
    /**
     * Keys that are missing where they were.
     *
     * @param snapshot stamp of the snapshot that lacks them, empty where files that were overwritten do
     * @param keys that are missing
     * @param there keys that were there before
     */
    public record Loss(String snapshot, long keys, long there) {}

    /** Rejected records, and files as one each. */
    public long rejects() {
        return rejected + quarantinedFiles;
    }
}
