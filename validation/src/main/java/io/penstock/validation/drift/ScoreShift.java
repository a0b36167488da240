package io.penstock.validation.drift;

import io.penstock.core.ErrorCode;
import io.penstock.core.Verdict;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * Whether the mean of a unit's scores leaves those of the units before it. Pure, and as robust as so few numbers allow:
 *
 * <ol>
 *   <li>The history is the latest 30 units that were not told themselves. When {@value #FEWEST} in a row were told, it
 *       begins again with them: what stays is not news.
 *   <li>The distance is counted from its median, in units of the largest of: 1.4826 times the median absolute deviation (the
 *       standard deviation, were it a normal distribution); 15 % of the median, or of what it lacks to 1, as deviations of
 *       few units are small by chance; the largest standard error that a mean of so many scores can have.
 *   <li>What lies between the least and the greatest of the history is never told, however rare: weekends are there too.
 * </ol>
 */
public final class ScoreShift {
    public static final String CODE = ErrorCode.SCORES_SHIFTED.code();

    /** Any six days in a row have a day of a weekend and one of the week among them. */
    public static final int FEWEST = 6;

    private static final int MOST = 30;

    /** How many units before have to be known. */
    public static final int BEFORE = 2 * MOST;

    private static final double NORMAL = 1.4826;
    private static final double SMALLEST = 0.15;

    private ScoreShift() {}

    /** @param isTold whether its scores or what they were made of was told as unusual */
    public record Before(double mean, boolean isTold) {}

    /**
     * @param distance in robust standard deviations, negative when the mean is lower
     * @param isOutside whether the mean is lower or greater than all of the history
     */
    public record Shift(double mean, double median, double distance, boolean isOutside, int units) {
        /** @param refuses whether a shift refuses the unit rather than warns */
        public Verdict verdict(String table, double beyond, boolean refuses) {
            String rule = "shift of the mean <= " + beyond;
            if (!isOutside || Math.abs(distance) <= beyond) {
                return new Verdict(table, rule, Verdict.Outcome.PASSED, distance, "");
            }
            return new Verdict(
                    table,
                    rule,
                    refuses ? Verdict.Outcome.FAILED : Verdict.Outcome.WARNED,
                    distance,
                    String.format(
                            Locale.ROOT,
                            "%s the mean score is %.4f, of the %d units before %.4f in the median: a shift of %.1f robust"
                                    + " standard deviations, beyond %s",
                            CODE,
                            mean,
                            units,
                            median,
                            distance,
                            beyond));
        }
    }

    /**
     * @param rows scored
     * @param before the latest first
     * @return empty while there are fewer than {@value #FEWEST} units to compare with
     */
    public static Optional<Shift> of(double mean, long rows, List<Before> before) {
        double[] history = history(before);
        if (history.length < FEWEST || rows == 0) {
            return Optional.empty();
        }
        double median = median(history);
        double deviation = median(
                Arrays.stream(history).map(each -> Math.abs(each - median)).toArray());
        double scale = DoubleStream.of(
                        NORMAL * deviation,
                        SMALLEST * Math.min(median, 1 - median),
                        Math.sqrt(median * (1 - median) / rows))
                .max()
                .getAsDouble();
        OptionalDouble least = Arrays.stream(history).min();
        OptionalDouble greatest = Arrays.stream(history).max();
        return Optional.of(new Shift(
                mean,
                median,
                scale == 0 ? Math.signum(mean - median) * Double.MAX_VALUE : (mean - median) / scale,
                mean < least.getAsDouble() || mean > greatest.getAsDouble(),
                history.length));
    }

    private static double[] history(List<Before> before) {
        int level = IntStream.rangeClosed(0, before.size() - FEWEST)
                .filter(first -> before.subList(first, first + FEWEST).stream().allMatch(Before::isTold))
                .findFirst()
                .orElse(before.size());
        return IntStream.range(0, Math.min(before.size(), level + FEWEST))
                .filter(unit -> unit >= level || !before.get(unit).isTold())
                .limit(MOST)
                .mapToDouble(unit -> before.get(unit).mean())
                .toArray();
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }
}
