package io.penstock.validation;

import io.penstock.core.Check;
import io.penstock.core.Measure;
import io.penstock.core.Verdict;
import java.util.List;
import java.util.Map;

/** Judges measured numbers without reading anything: the same numbers always get the same verdicts. */
public final class Verdicts {
    private Verdicts() {}

    /**
     * One verdict a check, in order. No checks at all is UNKNOWN, since a table no one looked at has not passed.
     *
     * <p>A rule that has no row to speak of is NO_ROWS: any but that on the size, which is judged, when the unit has no rows
     * or none of those that are measured. A bound on a column that holds no value (a unit whose scores are all held) is met,
     * because nothing breaks it. Both must have been measured, as a size or a completeness of 0; else the rule is UNKNOWN.
     *
     * @param table layer/name
     * @param measured of one unit; a measure that could not be had is absent
     */
    public static List<Verdict> judge(String table, List<Check> checks, Map<Measure, Double> measured) {
        if (checks.isEmpty()) {
            return List.of(new Verdict(
                    table,
                    "at least one rule",
                    Verdict.Outcome.UNKNOWN,
                    Double.NaN,
                    "Cannot judge " + table + ": no rules"));
        }
        return checks.stream().map(check -> judge(table, check, measured)).toList();
    }

    /** Of a unit that need not have rows: nothing is judged, the size neither. */
    public static List<Verdict> noRows(String table, List<Check> checks) {
        return checks.stream().map(check -> Verdict.noRows(table, check.rule())).toList();
    }

    private static Verdict judge(String table, Check check, Map<Measure, Double> measured) {
        if (isWithoutRows(check, measured)) {
            return check.measure().kind() == Measure.Kind.SIZE
                    ? check.judge(table, Map.of(check.measure(), 0.0))
                    : Verdict.noRows(table, check.rule());
        }
        if (!measured.containsKey(check.measure()) && isExtreme(check.measure()) && isEmptyColumn(check, measured)) {
            return new Verdict(table, check.rule(), Verdict.Outcome.PASSED, Double.NaN, "Nothing to judge");
        }
        return check.judge(table, measured);
    }

    private static boolean isWithoutRows(Check check, Map<Measure, Double> measured) {
        return isZero(measured.get(Measure.size()))
                || isZero(measured.get(Measure.size().where(check.measure().where())));
    }

    private static boolean isExtreme(Measure measure) {
        return measure.kind() == Measure.Kind.MINIMUM || measure.kind() == Measure.Kind.MAXIMUM;
    }

    private static boolean isEmptyColumn(Check check, Map<Measure, Double> measured) {
        Measure measure = check.measure();
        return isZero(measured.get(new Measure(Measure.Kind.COMPLETENESS, measure.column(), measure.where())));
    }

    private static boolean isZero(Double value) {
        return value != null && value == 0;
    }
}
