package io.penstock.training;

import io.penstock.core.PenstockException;
import io.penstock.core.Verdict;
import io.penstock.core.config.TrainingSpec;
import io.penstock.core.model.BinaryMetrics;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * How well each input alone tells the label. An input that ranks rows almost perfectly is no feature but the answer, or a
 * consequence of it, that will be missing when scores are made.
 *
 * <p>Rows are shown while the test slice is evaluated, so nothing is read again. Of many rows every second, fourth and so on
 * is kept, so that memory is bounded. An input is measured twice, and the better counts:
 *
 * <ol>
 *   <li>by its values as they are, up or down, what is missing below or above all;
 *   <li>by the share of positives in bins of its values (each category, or at most {@value #BINS} ranges, and what is
 *       missing), learnt of one half of the rows and measured on the other, so that a label that is no step of the input is
 *       found, and categories that occur once tell nothing.
 * </ol>
 */
public final class SingleInputs {
    /** An AUC from which on an input counts as the label itself. */
    public static final double TELLING = 0.99;

    static final int MOST_ROWS = 1 << 17;
    /** Rows of each class below which any AUC may be chance. */
    static final int FEWEST = 10;

    private static final int BINS = 64;

    private final List<String> names;
    private final Set<String> categories;
    private final int mostRows;
    private final List<float[]> kept = new ArrayList<>();
    private final List<Boolean> labels = new ArrayList<>();
    private int stride = 1;
    private long seen;

    /** @param categories the inputs that are codes of text */
    public SingleInputs(List<String> names, Set<String> categories) {
        this(names, categories, MOST_ROWS);
    }

    SingleInputs(List<String> names, Set<String> categories, int mostRows) {
        this.names = List.copyOf(names);
        this.categories = Set.copyOf(categories);
        this.mostRows = mostRows;
    }

    /** @param at where in {@code values} the inputs of this row begin; NaN is missing */
    void take(float[] values, int at, boolean label) {
        if (seen++ % stride != 0) {
            return;
        }
        if (kept.size() == mostRows) {
            thin();
            if ((seen - 1) % stride != 0) {
                return;
            }
        }
        kept.add(Arrays.copyOfRange(values, at, at + names.size()));
        labels.add(label);
    }

    private void thin() {
        List<float[]> rows = new ArrayList<>();
        List<Boolean> theirs = new ArrayList<>();
        for (int i = 0; i < kept.size(); i += 2) {
            rows.add(kept.get(i));
            theirs.add(labels.get(i));
        }
        kept.clear();
        kept.addAll(rows);
        labels.clear();
        labels.addAll(theirs);
        stride *= 2;
    }

    /** Input → the AUC that it has alone, for those that have {@value #TELLING} or more; none of too few rows. */
    public Map<String, Double> telling() {
        Map<String, Double> telling = new LinkedHashMap<>();
        long positives = labels.stream().filter(label -> label).count();
        if (positives < FEWEST || labels.size() - positives < FEWEST) {
            return telling;
        }
        boolean[] all = booleans(labels);
        for (int i = 0; i < names.size(); i++) {
            float[] column = column(i);
            boolean isCategory = categories.contains(names.get(i));
            double auc = isCategory
                    ? byShare(column, all, true)
                    : Math.max(byValue(column, all), byShare(column, all, false));
            if (auc >= TELLING) {
                telling.put(names.get(i), auc);
            }
        }
        return telling;
    }

    /**
     * What is said of the inputs that tell the label: warnings, or nothing where that is allowed.
     *
     * @throws PenstockException {@code PEN-ML-050} where it is refused and there is one
     */
    public List<Verdict> judged(TrainingSpec.Leakage policy, String model, String candidate) {
        if (policy == TrainingSpec.Leakage.ALLOW) {
            return List.of();
        }
        List<Verdict> verdicts = telling().entrySet().stream()
                .map(input -> new Verdict(
                        "training/" + model + "_set",
                        "auc of " + input.getKey() + " alone < " + TELLING,
                        Verdict.Outcome.WARNED,
                        input.getValue(),
                        "input " + input.getKey() + " alone has an AUC of "
                                + String.format(Locale.ROOT, "%.4f", input.getValue()) + " on the test slice"))
                .toList();
        if (policy == TrainingSpec.Leakage.REFUSE && !verdicts.isEmpty()) {
            throw PenstockException.refused(
                    "PEN-ML-050",
                    "Cannot train: "
                            + verdicts.stream().map(Verdict::message).collect(Collectors.joining("; "))
                            + ": it tells the label, and may be missing when scores are made",
                    "models." + model + ", candidate " + candidate,
                    "Take the input out; if it is known before the label is, set models." + model
                            + ".training.leakage = warn or allow");
        }
        return verdicts;
    }

    private float[] column(int input) {
        float[] column = new float[kept.size()];
        for (int row = 0; row < column.length; row++) {
            column[row] = kept.get(row)[input];
        }
        return column;
    }

    private static boolean[] booleans(List<Boolean> labels) {
        boolean[] all = new boolean[labels.size()];
        for (int i = 0; i < all.length; i++) {
            all[i] = labels.get(i);
        }
        return all;
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
        // Even rows teach, odd rows are told
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
        boolean[] told = new boolean[half];
        for (int i = 0; i < half; i++) {
            int bin = bin(column[2 * i + 1], edges, isCategory);
            scores[i] = (positives[bin] + base) / (rows[bin] + 1);
            told[i] = labels[2 * i + 1];
        }
        double auc = BinaryMetrics.auc(scores, told);
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
