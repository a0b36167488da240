package io.penstock.core;

/**
 * What a rule said of one table of one unit. {@code UNKNOWN} (it could not be evaluated) is never the same as
 * {@code FAILED}; both refuse the unit unless the rule only warns.
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
        UNKNOWN
    }

    public boolean refuses() {
        return outcome == Outcome.FAILED || outcome == Outcome.UNKNOWN;
    }
}
