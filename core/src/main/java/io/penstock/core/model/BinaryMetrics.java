package io.penstock.core.model;

import java.util.Arrays;

/**
 * How well scores order and fit boolean labels. Shared by evaluation, gate and lived performance, so that all of them mean
 * the same by AUC. No result depends on the order of the pairs.
 */
public final class BinaryMetrics {
    /** Keeps the loss of a certain and wrong score finite. */
    private static final double CERTAIN = 1e-15;

    private BinaryMetrics() {}

    /**
     * Area under the ROC curve: the chance that a positive scores above a negative, a tie counting half. Exact: ordered
     * pairs are counted in whole numbers (twice the Mann–Whitney U) and divided once. {@code O(n log n)}.
     *
     * @return NaN when one of the classes is missing
     * @throws IllegalArgumentException when lengths differ or a score is NaN
     */
    public static double auc(double[] scores, boolean[] labels) {
        check(scores, labels);
        double[] positives = sorted(scores, labels, true);
        double[] negatives = sorted(scores, labels, false);
        if (positives.length == 0 || negatives.length == 0) {
            return Double.NaN;
        }
        long twice = 0;
        int below = 0;
        int upTo = 0;
        for (double positive : positives) {
            while (below < negatives.length && negatives[below] < positive) {
                below++;
            }
            while (upTo < negatives.length && negatives[upTo] <= positive) {
                upTo++;
            }
            twice += (long) below + upTo;
        }
        return twice / (2.0 * positives.length * negatives.length);
    }

    /**
     * Mean of {@code -ln p(label)}, scores taken as probabilities and kept 1e-15 away from 0 and 1. Losses are summed from
     * the smallest up, so that every order of the pairs gives the same bits.
     *
     * @return NaN when there are no pairs
     * @throws IllegalArgumentException when lengths differ or a score is NaN
     */
    public static double logloss(double[] scores, boolean[] labels) {
        check(scores, labels);
        double[] losses = new double[scores.length];
        for (int i = 0; i < losses.length; i++) {
            double probability = Math.min(1 - CERTAIN, Math.max(CERTAIN, scores[i]));
            losses[i] = labels[i] ? -Math.log(probability) : -Math.log1p(-probability);
        }
        Arrays.sort(losses);
        double sum = 0;
        for (double loss : losses) {
            sum += loss;
        }
        return sum / losses.length;
    }

    private static double[] sorted(double[] scores, boolean[] labels, boolean label) {
        double[] chosen = new double[scores.length];
        int count = 0;
        for (int i = 0; i < scores.length; i++) {
            if (labels[i] == label) {
                chosen[count++] = scores[i];
            }
        }
        double[] result = Arrays.copyOf(chosen, count);
        Arrays.sort(result);
        return result;
    }

    private static void check(double[] scores, boolean[] labels) {
        if (scores.length != labels.length) {
            throw new IllegalArgumentException(
                    "Cannot rank: " + scores.length + " scores for " + labels.length + " labels");
        }
        for (double score : scores) {
            if (Double.isNaN(score)) {
                throw new IllegalArgumentException("Cannot rank: a score is NaN");
            }
        }
    }
}
