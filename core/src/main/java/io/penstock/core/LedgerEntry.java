package io.penstock.core;

/**
 * One landed file as it was taken by a unit.
 *
 * @param fileId first 16 hex digits of sha256(path, file sha256); what bronze rows carry as {@code _file_id}
 * @param modified the file's modification time, milliseconds since 1970, 0 when unknown: another one says look again
 * @param state {@code taken}, {@code quarantined}, {@code duplicate}, {@code refused}, or {@code seen} when the file of that
 *     unit was touched since and still has its content
 * @param rowsIn records read; rowsOut records that reached bronze
 */
public record LedgerEntry(
        String source,
        String path,
        String fileId,
        long bytes,
        long modified,
        String sha256,
        String state,
        UnitId unit,
        String runId,
        long rowsIn,
        long rowsOut,
        String reason) {
    /** The same of a run. */
    public LedgerEntry of(String run) {
        return new LedgerEntry(
                source, path, fileId, bytes, modified, sha256, state, unit, run, rowsIn, rowsOut, reason);
    }

    /** The same of a file that was changed at another time, in milliseconds since 1970. */
    public LedgerEntry modified(long at) {
        return new LedgerEntry(source, path, fileId, bytes, at, sha256, state, unit, runId, rowsIn, rowsOut, reason);
    }

    public static String fileId(String path, String sha256) {
        return Hashes.sha256(path + "\n" + sha256).substring(0, 16);
    }
}
