package io.penstock.scoring.logistic;

import io.penstock.core.model.LogisticModel;
import io.penstock.core.model.Predictor;
import java.util.List;

/** The sum of a row's contributions, made a probability. Made by {@link LogisticLoader}. */
final class LogisticPredictor implements Predictor {
    private final double intercept;
    private final Contribution[] terms;

    /** What one input adds to the margin. */
    private interface Contribution {
        double of(float value);
    }

    LogisticPredictor(LogisticModel model) {
        this.intercept = model.intercept();
        this.terms = model.terms().stream().map(LogisticPredictor::contribution).toArray(Contribution[]::new);
    }

    private static Contribution contribution(LogisticModel.Term term) {
        if (term.isCategory()) {
            return category(term.levels(), term.missing());
        }
        double coefficient = term.coefficient();
        double mean = term.mean();
        double scale = term.scale();
        return value -> Float.isNaN(value) ? 0 : coefficient * (value - mean) / scale;
    }

    private static Contribution category(List<Double> levels, double missing) {
        double[] byCode = levels.stream().mapToDouble(Double::doubleValue).toArray();
        // NaN compares with nothing, so that what is missing has no level
        return code -> code >= 0 && code < byCode.length ? byCode[(int) code] : missing;
    }

    @Override
    public float[] predict(float[] rows, int count) {
        check(rows, count);
        float[] scores = new float[count];
        for (int row = 0; row < count; row++) {
            double margin = intercept;
            for (int i = 0; i < terms.length; i++) {
                margin += terms[i].of(rows[row * terms.length + i]);
            }
            scores[row] = (float) (1 / (1 + Math.exp(-margin)));
        }
        return scores;
    }

    @Override
    public float[] contributions(float[] rows, int count) {
        check(rows, count);
        int width = terms.length + 1;
        float[] contributions = new float[count * width];
        for (int row = 0; row < count; row++) {
            for (int i = 0; i < terms.length; i++) {
                contributions[row * width + i] = (float) terms[i].of(rows[row * terms.length + i]);
            }
            contributions[row * width + terms.length] = (float) intercept;
        }
        return contributions;
    }

    @Override
    public void close() {}

    private void check(float[] rows, int count) {
        if (count < 0 || (long) count * terms.length > rows.length) {
            throw new IllegalArgumentException(
                    "Invalid batch: " + count + " rows of " + terms.length + " features in " + rows.length + " floats");
        }
    }
}
