package io.penstock.ingestion;

/**
 * Something the run goes on with, but tells.
 *
 * @param code {@code PEN-ING-…} or {@code PEN-ROW-…}
 * @param where path or source
 */
public record Notice(String code, String where, String message) {
    @Override
    public String toString() {
        return code + " " + message + " [" + where + "]";
    }
}
