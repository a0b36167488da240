package io.penstock.ingestion.contract;

import java.io.Serializable;

/**
 * Why a record or a whole file is kept out of bronze.
 *
 * @param code the numbers are those of the fault catalogue: {@code PEN-ING-…} files, {@code PEN-ROW-…} rows
 * @param rule the rule as a user reads it, for example {@code between(distance)}
 * @param reason column, value and what is allowed
 */
public record Reject(String code, String rule, String reason) implements Serializable {
    private static final int SHOWN = 100;

    /** A value as a reason may show it: at most 100 characters, on one line. */
    public static String shown(String value) {
        String line = value.replace('\n', ' ').replace('\r', ' ');
        if (line.length() <= SHOWN) {
            return "'" + line + "'";
        }
        int end = Character.isHighSurrogate(line.charAt(SHOWN - 2)) ? SHOWN - 2 : SHOWN - 1;
        return "'" + line.substring(0, end) + "…'";
    }
}
