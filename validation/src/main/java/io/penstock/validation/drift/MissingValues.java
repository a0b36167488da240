package io.penstock.validation.drift;

import io.penstock.core.ErrorCode;
import io.penstock.core.Measure;
import io.penstock.core.Verdict;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** Whether a feature view has values for a unit. Pure. */
public final class MissingValues {
    public static final String CODE = ErrorCode.VIEW_WITHOUT_VALUES.code();

    /** Units that are looked back at. */
    public static final int BEFORE = 7;

    private MissingValues() {}

    /** What tells how much of a column is missing. */
    public static Measure measure(String column) {
        return new Measure(Measure.Kind.COMPLETENESS, column);
    }

    /** Share of a column's values that are missing; empty when it was not measured, as of no rows. */
    public static OptionalDouble share(String column, Map<Measure, Double> measured) {
        Double filled = measured.get(measure(column));
        return filled == null || filled.isNaN() ? OptionalDouble.empty() : OptionalDouble.of(1 - filled);
    }

    /** The same of several columns together. */
    public static OptionalDouble share(Collection<String> columns, Map<Measure, Double> measured) {
        return columns.stream()
                .flatMap(column -> share(column, measured).stream().boxed())
                .mapToDouble(Double::doubleValue)
                .average();
    }

    /**
     * Tells a view of which so much is missing. A history that begins has nothing to make features of: the first units are
     * not told until one had values, or {@value #BEFORE} had none.
     *
     * @param before shares of the units before, at most the latest {@value #BEFORE}; NaN where it is not known
     */
    public static Optional<Verdict> judge(String table, double share, double atLeast, List<Double> before) {
        boolean begins = before.size() < BEFORE && before.stream().allMatch(earlier -> earlier >= atLeast);
        if (share < atLeast || begins) {
            return Optional.empty();
        }
        String how = share >= 1
                ? "no feature has a value for this unit"
                : String.format(Locale.ROOT, "%.1f %% of the values are missing for this unit", share * 100);
        return Optional.of(new Verdict(
                table, "missing < " + atLeast, Verdict.Outcome.WARNED, share, CODE + " " + how + usually(before)));
    }

    private static String usually(List<Double> before) {
        double[] known = before.stream()
                .filter(share -> !share.isNaN())
                .mapToDouble(Double::doubleValue)
                .sorted()
                .toArray();
        return known.length == 0
                ? ""
                : String.format(
                        Locale.ROOT,
                        "; of the %d before %.1f %% in the median",
                        known.length,
                        known[known.length / 2] * 100);
    }
}
