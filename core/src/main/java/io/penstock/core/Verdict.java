package io.penstock.core;

/**
 * What a rule said of one table of one unit. {@code UNKNOWN} (it could not be evaluated) is never the same as
 * {@code FAILED}; both refuse the unit unless the rule only warns. {@code NO_ROWS} is neither, nor a pass: the unit has no
 * row that the rule speaks of.
 *
 * @param table layer/name
 * @param rule the rule as a user reads it, for example {@code completeness(tailnum) >= 0.7}
 * @param value the measured value, NaN when unknown
 */
public record Verdict(String table, String rule, Outcome outcome, double value, String message) {
    public enum Outcome {
        PASSED,
        WARNED,
        FAILED,
        UNKNOWN,
        NO_ROWS
    }

    /** Of a rule that had no row to speak of. */
    public static Verdict noRows(String table, String rule) {
        return new Verdict(table, rule, Outcome.NO_ROWS, Double.NaN, "No rows");
    }

    /** Whether somebody should read it: something is wrong, or may be. */
    public boolean isTold() {
        return refuses() || outcome == Outcome.WARNED;
    }

    public boolean refuses() {
        return outcome == Outcome.FAILED || outcome == Outcome.UNKNOWN;
    }
}
