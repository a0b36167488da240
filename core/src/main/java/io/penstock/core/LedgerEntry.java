package io.penstock.core;

import java.time.LocalDate;

/**
 * One landed file as it was taken by a unit.
 *
 * @param fileId first 16 hex digits of sha256(path, file sha256); what bronze rows carry as {@code _file_id}
 * @param state {@code taken}, {@code quarantined}, {@code duplicate} or {@code refused}
 * @param rowsIn records read; rowsOut records that reached bronze
 */
public record LedgerEntry(
        String source,
        String path,
        String fileId,
        long bytes,
        String sha256,
        String state,
        LocalDate unit,
        String runId,
        long rowsIn,
        long rowsOut,
        String reason) {
    public static String fileId(String path, String sha256) {
        return Hashes.sha256(path + "\n" + sha256).substring(0, 16);
    }
}
