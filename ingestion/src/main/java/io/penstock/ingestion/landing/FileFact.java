package io.penstock.ingestion.landing;

import io.penstock.core.LedgerEntry;
import io.penstock.core.Pin;
import io.penstock.core.Unit;
import java.util.ArrayList;
import java.util.List;

/**
 * The result for one file that a unit took: {@code rowsIn = rowsOut + rejected + duplicates}. In a duplicate file, all records
 * are duplicates.
 *
 * @param state {@code taken}, {@code quarantined} or {@code duplicate}
 * @param code why it was not taken, empty when it was
 */
public record FileFact(
        Unit unit,
        LandedFile file,
        String fileId,
        String sha256,
        long rowsIn,
        long rowsOut,
        long rejected,
        long duplicates,
        String state,
        String code,
        String reason) {
    public static final String TAKEN = "taken";
    public static final String QUARANTINED = "quarantined";
    public static final String DUPLICATE = "duplicate";
    /** Of a file whose unit was refused: the next run of the unit takes it again. */
    public static final String REFUSED = "refused";

    public static final String SEEN = "seen";

    public LedgerEntry ledgerEntry(String runId) {
        return new LedgerEntry(
                file.source(),
                file.path(),
                fileId,
                file.bytes(),
                file.modified().toEpochMilli(),
                sha256,
                state,
                unit.id(),
                runId,
                rowsIn,
                rowsOut,
                reason.isEmpty() ? counted() : code + " " + reason);
    }

    /** Why a file that was taken brought fewer rows than it has. */
    private String counted() {
        if (!state.equals(TAKEN) || rowsIn == rowsOut) {
            return "";
        }
        List<String> why = new ArrayList<>();
        if (rejected > 0) {
            why.add(rejected + " rejected");
        }
        if (duplicates > 0) {
            why.add(duplicates + " said before");
        }
        return String.join(", ", why);
    }

    public Pin.FilePin pin() {
        return new Pin.FilePin(file.source(), file.path(), file.bytes(), sha256);
    }
}
