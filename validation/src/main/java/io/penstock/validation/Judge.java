package io.penstock.validation;

import io.penstock.core.Check;
import io.penstock.core.Measure;
import io.penstock.core.Verdict;
import java.util.List;
import java.util.Map;

/** Judges measured numbers without reading anything: the same numbers always get the same verdicts. */
public final class Judge {
    private Judge() {}

    /**
     * One verdict a check, in order. No checks at all is UNKNOWN, since a table nobody looked at has not passed.
     *
     * <p>A rule that has nothing to speak of is met, because nothing breaks it: any rule but that on the size when the unit
     * has no rows, or none of those that are measured (whether it may have none is the size's rule), and a bound on a column that holds no value (a unit whose
     * scores are all held). Both must have been measured, as a size or a completeness of 0; else the rule is UNKNOWN.
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

    private static Verdict judge(String table, Check check, Map<Measure, Double> measured) {
        if (!measured.containsKey(check.measure()) && isVacuous(check, measured)) {
            return new Verdict(table, check.rule(), Verdict.Outcome.PASSED, Double.NaN, "Nothing to judge");
        }
        return check.judge(table, measured);
    }

    private static boolean isVacuous(Check check, Map<Measure, Double> measured) {
        return isZero(measured.get(Measure.size()))
                || isZero(measured.get(Measure.size().where(check.measure().where())))
                || (isExtreme(check.measure()) && isEmptyColumn(check, measured));
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
