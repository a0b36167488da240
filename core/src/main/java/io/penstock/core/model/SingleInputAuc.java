package io.penstock.core.model;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The AUC that one input has alone. It is measured twice, and the better counts:
 *
 * <ol>
 *   <li>by its values as they are, up or down, what is missing below or above all;
 *   <li>by the share of positives in bins of its values (each category, or at most {@value #BINS} ranges, and what is
 *       missing), learnt from one half of the rows and measured on the other, so that a label that is no step of the input
 *       is found, and categories that occur once tell nothing.
 * </ol>
 */
final class SingleInputAuc {
    private static final int BINS = 64;

    private SingleInputAuc() {}

    /** @param isCategory whether the values have no order, so that the first measure means nothing */
    static double of(float[] column, boolean[] labels, boolean isCategory) {
        return isCategory
                ? byShare(column, labels, true)
                : Math.max(byValue(column, labels), byShare(column, labels, false));
    }

    private static double byValue(float[] column, boolean[] labels) {
        double best = 0;
        for (double missing : new double[] {Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY}) {
            double[] scores = IntStream.range(0, column.length)
                    .mapToDouble(row -> Float.isNaN(column[row]) ? missing : column[row])
                    .toArray();
            double auc = BinaryMetrics.auc(scores, labels);
            best = Math.max(best, Math.max(auc, 1 - auc));
        }
        return best;
    }

    private static double byShare(float[] column, boolean[] labels, boolean isCategory) {
        int half = column.length / 2;
        // Even rows teach, odd rows are judged
        float[] learnt = new float[column.length - half];
        for (int i = 0; i < learnt.length; i++) {
            learnt[i] = column[2 * i];
        }
        float[] edges = isCategory ? distinct(learnt) : edges(learnt);
        double[] positives = new double[edges.length + 2];
        double[] rows = new double[edges.length + 2];
        double base = 0;
        for (int i = 0; i < learnt.length; i++) {
            base += labels[2 * i] ? 1.0 / learnt.length : 0;
        }
        for (int i = 0; i < learnt.length; i++) {
            int bin = bin(learnt[i], edges, isCategory);
            rows[bin]++;
            positives[bin] += labels[2 * i] ? 1 : 0;
        }
        double[] scores = new double[half];
        boolean[] judged = new boolean[half];
        for (int i = 0; i < half; i++) {
            int bin = bin(column[2 * i + 1], edges, isCategory);
            scores[i] = (positives[bin] + base) / (rows[bin] + 1);
            judged[i] = labels[2 * i + 1];
        }
        double auc = BinaryMetrics.auc(scores, judged);
        return Double.isNaN(auc) ? 0 : auc;
    }

    /** Bin 0 is what is missing, the last one a category that was not learnt. */
    private static int bin(float value, float[] edges, boolean isCategory) {
        if (Float.isNaN(value)) {
            return 0;
        }
        int found = Arrays.binarySearch(edges, value);
        if (found >= 0) {
            return found + 1;
        }
        return isCategory ? edges.length + 1 : -found;
    }

    private static float[] distinct(float[] values) {
        float[] sorted = present(values);
        int count = 0;
        for (int i = 0; i < sorted.length; i++) {
            if (i == 0 || sorted[i] != sorted[i - 1]) {
                sorted[count++] = sorted[i];
            }
        }
        return Arrays.copyOf(sorted, count);
    }

    /** Upper ends of ranges that hold about as many rows each. */
    private static float[] edges(float[] values) {
        float[] distinct = distinct(values);
        if (distinct.length <= BINS) {
            return distinct;
        }
        float[] sorted = present(values);
        float[] edges = new float[2 * (BINS - 1)];
        for (int i = 0; i < BINS - 1; i++) {
            int at = (int) ((i + 1L) * sorted.length / BINS);
            edges[2 * i] = sorted[at];
            // A value that fills a range has one of its own: its neighbours below may tell something else
            edges[2 * i + 1] = below(sorted[at], distinct);
        }
        return distinct(edges);
    }

    /** The next smaller value, or the smallest itself. */
    private static float below(float value, float[] distinct) {
        return distinct[Math.max(0, Arrays.binarySearch(distinct, value) - 1)];
    }

    private static float[] present(float[] values) {
        float[] present = new float[values.length];
        int count = 0;
        for (float value : values) {
            if (!Float.isNaN(value)) {
                present[count++] = value;
            }
        }
        float[] sorted = Arrays.copyOf(present, count);
        Arrays.sort(sorted);
        return sorted;
    }
}
