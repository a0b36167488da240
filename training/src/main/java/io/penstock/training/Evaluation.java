package io.penstock.training;

import java.util.Map;

/**
 * How well a model ranks and calibrates rows it never saw.
 *
 * @param auc area under the ROC curve, NaN when one class is absent
 * @param logloss mean natural log loss
 * @param slices by {@code column=value}, in order of value
 */
public record Evaluation(double auc, double logloss, long rows, long positives, Map<String, Slice> slices) {
    public record Slice(double auc, double logloss, long rows, long positives) {}
}
