package io.penstock.training;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.core.Verdict;
import io.penstock.core.config.TrainingSpec;
import io.penstock.core.model.Metric;
import io.penstock.core.model.Task;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How well each input alone tells the label. An input that ranks rows almost perfectly is no feature but the answer, or a
 * consequence of it, that will be missing when scores are made.
 *
 * <p>Rows are shown while the test slice is evaluated, so nothing is read again. Of many rows every second, fourth and so on
 * is kept, so that memory is bounded. What is measured, and from when on it is too much, the model's task says.
 */
public final class SingleInputs {
    static final int MOST_ROWS = 1 << 17;

    private final Task task;
    private final List<String> names;
    private final Set<String> categories;
    private final int mostRows;
    private final List<float[]> kept = new ArrayList<>();
    private final List<Double> labels = new ArrayList<>();
    private int stride = 1;
    private long seen;

    /** @param categories the inputs that are codes of text */
    public SingleInputs(Task task, List<String> names, Set<String> categories) {
        this(task, names, categories, MOST_ROWS);
    }

    SingleInputs(Task task, List<String> names, Set<String> categories, int mostRows) {
        this.task = task;
        this.names = List.copyOf(names);
        this.categories = Set.copyOf(categories);
        this.mostRows = mostRows;
    }

    /** @param at where in {@code values} the inputs of this row begin; NaN is missing */
    void take(float[] values, int at, double label) {
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
        List<Double> theirs = new ArrayList<>();
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

    /** Input → how well it tells the label alone, for those that tell too much; none of too few rows. */
    public Map<String, Double> telling() {
        Map<String, Double> telling = new LinkedHashMap<>();
        double[] all = labels.stream().mapToDouble(Double::doubleValue).toArray();
        if (!task.canTell(all)) {
            return telling;
        }
        for (int i = 0; i < names.size(); i++) {
            double alone = task.alone(column(i), all, categories.contains(names.get(i)));
            if (task.aloneMetric().meets(alone, task.tellingFrom())) {
                telling.put(names.get(i), alone);
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
        Metric metric = task.aloneMetric();
        List<Verdict> verdicts = telling().entrySet().stream()
                .map(input -> new Verdict(
                        "training/" + model + "_set",
                        metric.name() + " of " + input.getKey() + " alone < " + task.tellingFrom(),
                        Verdict.Outcome.WARNED,
                        input.getValue(),
                        "input " + input.getKey() + " alone has an " + metric.title() + " of "
                                + Metric.text(input.getValue()) + " on the test slice"))
                .toList();
        if (policy == TrainingSpec.Leakage.REFUSE && !verdicts.isEmpty()) {
            throw new PenstockException(
                    ErrorCode.INPUT_TELLS_LABEL,
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
}
