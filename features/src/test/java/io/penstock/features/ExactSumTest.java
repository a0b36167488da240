package io.penstock.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against BigDecimal, which is exact and slow. */
class ExactSumTest {
    private static final int SUMS = 1_000;
    private static final int MEANS = 300;

    @ParameterizedTest(name = "1,000 sums of seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void itIsTheSumOfBigDecimalToTheLastBit(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < SUMS; i++) {
            List<Double> values = values(random);
            ExactSum sum = sum(values);
            BigDecimal exact = exact(values);

            assertThat(sum.exact()).as("%s", values).isEqualByComparingTo(exact);
            assertThat(sum.doubleValue()).as("%s", values).isEqualTo(exact.doubleValue());
        }
    }

    @ParameterizedTest(name = "300 means of seed {0}")
    @ValueSource(longs = {4, 5})
    void aMeanIsTheExactQuotientRoundedOnce(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < MEANS; i++) {
            List<Double> values = values(random);
            long count =
                    random.nextInt(4) == 0 ? 1 + (random.nextLong() >>> 1 + random.nextInt(62)) : values.size() + 1;

            // So many digits tell where the quotient lies beside the middle of two doubles, or that it lies on it
            double expected = exact(values)
                    .divide(BigDecimal.valueOf(count), new MathContext(2_500))
                    .doubleValue();

            assertThat(sum(values).over(count)).as("%s over %d", values, count).isEqualTo(expected);
        }
    }

    @ParameterizedTest(name = "1,000 sums of seed {0}")
    @ValueSource(longs = {6})
    void orderPartsAndWhatWasTakenBackDoNotMatter(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < SUMS; i++) {
            List<Double> values = values(random);
            byte[] expected = sum(values).toBytes();

            List<Double> shuffled = new ArrayList<>(values);
            Collections.shuffle(shuffled, random);
            List<Double> passing = values(random);
            ExactSum left = new ExactSum();
            ExactSum right = new ExactSum();
            passing.forEach(right::add);
            shuffled.forEach(value -> (random.nextBoolean() ? left : right).add(value));
            ExactSum merged = ExactSum.ofBytes(left.toBytes()).merge(ExactSum.ofBytes(right.toBytes()));
            Collections.shuffle(passing, random);
            if (random.nextBoolean()) {
                passing.forEach(merged::remove);
            } else {
                merged.merge(sum(passing).inverted());
            }

            assertThat(merged.toBytes()).as("%s", values).isEqualTo(expected);
            assertThat(merged.merge(sum(values).inverted()).toBytes()).isEmpty();
        }
    }

    @Test
    void carriesAreSettledBeforeADigitOverflows() {
        ExactSum doubled = new ExactSum().add(Double.MIN_VALUE).add(-1e-320).add(3.5);
        BigDecimal expected = exact(List.of(Double.MIN_VALUE, -1e-320, 3.5));
        for (int i = 0; i < 70; i++) {
            ExactSum same = new ExactSum().merge(doubled);
            doubled.merge(same);
        }

        assertThat(doubled.exact()).isEqualByComparingTo(expected.multiply(new BigDecimal(BigInteger.TWO.pow(70))));
    }

    @Test
    void tiesGoToTheEvenAndWhatNoDoubleHoldsIsInfinite() {
        double ulp = Math.ulp(1.0);

        assertThat(sum(List.of(1.0, ulp / 2)).doubleValue()).isEqualTo(1.0);
        assertThat(sum(List.of(1.0 + ulp, ulp / 2)).doubleValue()).isEqualTo(1.0 + 2 * ulp);
        assertThat(sum(List.of(1.0, ulp / 2, Double.MIN_VALUE)).doubleValue()).isEqualTo(1.0 + ulp);
        assertThat(sum(List.of(Double.MIN_VALUE)).over(2)).isZero();
        assertThat(sum(List.of(Double.MIN_VALUE, 2 * Double.MIN_VALUE)).over(2)).isEqualTo(2 * Double.MIN_VALUE);
        assertThat(sum(List.of(Double.MAX_VALUE, Double.MAX_VALUE)).doubleValue())
                .isInfinite();
        assertThat(sum(List.of(-Double.MAX_VALUE, -Double.MAX_VALUE)).over(2)).isEqualTo(-Double.MAX_VALUE);
        assertThat(new ExactSum().doubleValue()).isZero();
    }

    @Test
    void valuesThatAreNotFiniteHaveNoSum() {
        assertThatThrownBy(() -> new ExactSum().add(Double.NaN))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("NaN");
    }

    private static ExactSum sum(List<Double> values) {
        ExactSum sum = new ExactSum();
        values.forEach(sum::add);
        return sum;
    }

    private static BigDecimal exact(List<Double> values) {
        return values.stream().map(BigDecimal::new).reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    /** Of one kind mostly, else of all, and now and then all but cancelled. */
    private static List<Double> values(Random random) {
        int kind = random.nextInt(6);
        List<Double> values = new ArrayList<>();
        for (int n = random.nextInt(12); n > 0; n--) {
            values.add(value(random, kind < 5 ? kind : random.nextInt(5)));
        }
        if (random.nextInt(3) == 0) {
            for (double value : List.copyOf(values)) {
                values.add(-value * (random.nextInt(4) == 0 ? 1 + 0x1p-52 : 1));
            }
        }
        return values;
    }

    private static double value(Random random, int kind) {
        double any = Double.longBitsToDouble(random.nextLong());
        return switch (kind) {
            case 0 -> random.nextInt(100_000) / 100.0;
            case 1 -> random.nextGaussian() * 1e-5;
            case 2 -> random.nextInt(2_000) * Double.MIN_VALUE * (random.nextBoolean() ? 1 : -1);
            case 3 -> random.nextGaussian() * 1e300;
            default -> Double.isFinite(any) && Math.abs(any) < 1e300 ? any : -0.0;
        };
    }
}
