package io.penstock.validation.drift;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.penstock.core.Verdict.Outcome;
import io.penstock.validation.drift.ScoreShift.Before;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ScoreShiftTest {
    private static final long ROWS = 800;
    private static final double BEYOND = 3.5;

    /** Mean scores of the flights of 25 to 31 December; on the last day the weather is missing. */
    private static final double[] DEMO = {0.204, 0.187, 0.247, 0.171, 0.192, 0.261, 0.331};

    @Test
    void ofTheDemosWeekOnlyItsLastDayIsTold() {
        assertThat(told(DEMO)).containsExactly(6);
        ScoreShift.Shift last =
                ScoreShift.of(DEMO[6], ROWS, before(List.of(6), DEMO)).orElseThrow();
        assertThat(last.median()).isCloseTo(0.198, within(1e-3));
        assertThat(last.distance()).isCloseTo(4.5, within(0.1));
        assertThat(last.verdict("scores/late", BEYOND, false))
                .matches(verdict -> verdict.outcome() == Outcome.WARNED)
                .matches(verdict -> verdict.message()
                        .startsWith("PEN-SCO-052 the mean score is 0.3310, of the 6 units before 0.1980"));
        assertThat(last.verdict("scores/late", BEYOND, true).refuses()).isTrue();
        assertThat(last.verdict("scores/late", 5, true).outcome()).isEqualTo(Outcome.PASSED);
    }

    @Test
    void fewerThanSixUnitsAreNoHistory() {
        assertThat(ScoreShift.of(0.9, ROWS, before(List.of(), 0.2, 0.2, 0.2, 0.2, 0.2)))
                .isEmpty();
        assertThat(ScoreShift.of(0.9, ROWS, before(List.of(), 0.2, 0.2, 0.2, 0.2, 0.2, 0.2)))
                .isPresent();
    }

    @Test
    void aMeanThatFallsIsToldAsOneThatRises() {
        assertThat(told(0.2, 0.21, 0.19, 0.2, 0.22, 0.2, 0.05)).containsExactly(6);
        assertThat(told(0.8, 0.79, 0.81, 0.8, 0.78, 0.8, 0.95)).containsExactly(6);
    }

    @Test
    void ofEqualMeansASmallChangeIsNone() {
        assertThat(told(0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.24)).isEmpty();
    }

    @Test
    void weekendsAreNotToldHoweverTheyDiffer() {
        double[] weeks = IntStream.range(0, 10 * 7)
                .mapToDouble(day -> day % 7 > 4 ? 0.45 : 0.2 + day % 3 * 0.005)
                .toArray();
        for (int start = 0; start < 7; start++) {
            assertThat(told(DoubleStream.of(weeks).skip(start).toArray()))
                    .as("from day %d", start)
                    .isEmpty();
        }
    }

    @Test
    void ordinaryDaysAreToldLessThanOnceInThreeHundred() {
        Random random = new Random(20);
        double[] days = IntStream.range(0, 6000)
                .mapToDouble(day -> 0.2 + 0.03 * random.nextGaussian())
                .toArray();
        assertThat(told(days)).hasSizeLessThan(20);
    }

    @Test
    void fewRowsHaveAMeanThatScatters() {
        List<Before> history = before(List.of(), 0.2, 0.21, 0.19, 0.2, 0.22, 0.2);
        assertThat(ScoreShift.of(0.5, 10, history).orElseThrow().distance()).isLessThan(BEYOND);
        assertThat(ScoreShift.of(0.5, 1000, history).orElseThrow().distance()).isGreaterThan(BEYOND);
    }

    @Test
    void whatWasToldIsNoHistoryUntilItStays() {
        double[] level = DoubleStream.concat(
                        DoubleStream.generate(() -> 0.2).limit(10),
                        DoubleStream.generate(() -> 0.6).limit(40))
                .toArray();
        assertThat(told(level)).containsExactly(10, 11, 12, 13, 14, 15);
    }

    /** Positions of the means that are told, one after the other. */
    private static List<Integer> told(double... means) {
        Deque<Before> before = new ArrayDeque<>();
        List<Integer> told = new java.util.ArrayList<>();
        for (int i = 0; i < means.length; i++) {
            boolean isTold = ScoreShift.of(
                            means[i],
                            ROWS,
                            before.stream().limit(ScoreShift.BEFORE).toList())
                    .map(shift -> shift.verdict("scores/late", BEYOND, false).isTold())
                    .orElse(false);
            if (isTold) {
                told.add(i);
            }
            before.addFirst(new Before(means[i], isTold));
        }
        return told;
    }

    /** The latest first, without some. */
    private static List<Before> before(List<Integer> without, double... means) {
        return IntStream.iterate(means.length - 1, i -> i >= 0, i -> i - 1)
                .filter(i -> !without.contains(i))
                .mapToObj(i -> new Before(means[i], false))
                .toList();
    }
}
