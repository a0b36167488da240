package io.penstock.core;

import java.util.Map;

/**
 * A pure rule over one measure.
 *
 * @param atLeast lower bound, included; negative infinity when there is none
 * @param atMost upper bound, included; positive infinity when there is none
 * @param warnOnly whether a failure only warns
 */
public record Check(Measure measure, double atLeast, double atMost, boolean warnOnly) {
    public static Check atLeast(Measure measure, double bound) {
        return new Check(measure, bound, Double.POSITIVE_INFINITY, false);
    }

    public static Check atMost(Measure measure, double bound) {
        return new Check(measure, Double.NEGATIVE_INFINITY, bound, false);
    }

    /** Judges the measured values of one unit; a measure that is absent makes the verdict UNKNOWN. */
    public Verdict judge(String table, Map<Measure, Double> measured) {
        Double value = measured.get(measure);
        if (value == null || value.isNaN()) {
            return new Verdict(
                    table,
                    rule(),
                    warnOnly ? Verdict.Outcome.WARNED : Verdict.Outcome.UNKNOWN,
                    Double.NaN,
                    "Cannot evaluate " + measure);
        }
        if (value >= atLeast && value <= atMost) {
            return new Verdict(table, rule(), Verdict.Outcome.PASSED, value, "");
        }
        return new Verdict(
                table,
                rule(),
                warnOnly ? Verdict.Outcome.WARNED : Verdict.Outcome.FAILED,
                value,
                measure + " is " + value + ", must be " + bounds());
    }

    public String rule() {
        return measure + " " + bounds();
    }

    private String bounds() {
        if (atMost == Double.POSITIVE_INFINITY) {
            return ">= " + atLeast;
        }
        return atLeast == Double.NEGATIVE_INFINITY ? "<= " + atMost : "in [" + atLeast + ", " + atMost + "]";
    }
}
