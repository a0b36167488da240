package io.penstock.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BinaryMetricsTest {
    @Test
    void aPerfectOrderIsOneAReversedOneZeroAndATieHalf() {
        boolean[] labels = {false, true};
        assertThat(BinaryMetrics.auc(new double[] {0.1, 0.9}, labels)).isEqualTo(1.0);
        assertThat(BinaryMetrics.auc(new double[] {0.9, 0.1}, labels)).isEqualTo(0.0);
        assertThat(BinaryMetrics.auc(new double[] {0.0, -0.0}, labels)).isEqualTo(0.5);
    }

    @Test
    void oneClassHasNoAuc() {
        assertThat(BinaryMetrics.auc(new double[] {0.1, 0.2}, new boolean[2])).isNaN();
        assertThat(BinaryMetrics.auc(new double[0], new boolean[0])).isNaN();
    }

    @Test
    void loglossStaysFiniteForCertainAndWrong() {
        assertThat(BinaryMetrics.logloss(new double[] {0.5, 0.5}, new boolean[] {true, false}))
                .isEqualTo(Math.log(2));
        assertThat(BinaryMetrics.logloss(new double[] {1, 0}, new boolean[] {false, true}))
                .isCloseTo(34.54, within(0.01));
        assertThat(BinaryMetrics.logloss(new double[] {1, 0}, new boolean[] {true, false}))
                .isCloseTo(0, within(1e-14));
    }

    @Test
    void aScoreThatIsNotANumberIsRefused() {
        assertThatThrownBy(() -> BinaryMetrics.auc(new double[] {Double.NaN}, new boolean[1]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Cannot rank: a score is NaN");
        assertThatThrownBy(() -> BinaryMetrics.logloss(new double[2], new boolean[1]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Cannot rank: 2 scores for 1 labels");
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void aucEqualsCountingAllPairsInAnyOrder(long seed) {
        Random random = new Random(seed);
        int rows = 300;
        double[] scores =
                random.doubles(rows).map(score -> Math.round(score * 20) / 20.0).toArray();
        boolean[] labels = new boolean[rows];
        for (int i = 0; i < rows; i++) {
            labels[i] = random.nextDouble() < scores[i];
        }
        assertThat(BinaryMetrics.auc(scores, labels)).isEqualTo(naive(scores, labels));
        double logloss = BinaryMetrics.logloss(scores, labels);
        for (int i = rows - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            double score = scores[i];
            scores[i] = scores[j];
            scores[j] = score;
            boolean label = labels[i];
            labels[i] = labels[j];
            labels[j] = label;
        }
        assertThat(BinaryMetrics.auc(scores, labels)).isEqualTo(naive(scores, labels));
        assertThat(BinaryMetrics.logloss(scores, labels)).isEqualTo(logloss);
    }

    private static double naive(double[] scores, boolean[] labels) {
        long twice = 0;
        long pairs = 0;
        for (int p = 0; p < scores.length; p++) {
            for (int n = 0; n < scores.length; n++) {
                if (labels[p] && !labels[n]) {
                    pairs++;
                    twice += scores[p] > scores[n] ? 2 : scores[p] == scores[n] ? 1 : 0;
                }
            }
        }
        return twice / (2.0 * pairs);
    }
}
