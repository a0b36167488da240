package io.penstock.core.model;

import java.util.List;
import java.util.Map;

/**
 * Two classes. A label is 0 or 1, a score the probability of 1, a prediction 0 or 1 by a threshold.
 *
 * <p>The standard error of an AUC is Hanley and McNeil's (1982).
 */
enum BinaryTask implements Task {
    BINARY;

    private static final Metric AUC = new Metric("auc", "AUC", Metric.Better.HIGHER, 0, 1, 0.5, 0.005);
    private static final Metric LOGLOSS =
            new Metric("logloss", "log loss", Metric.Better.LOWER, 0, Double.POSITIVE_INFINITY, Double.NaN, 0);
    private static final String POSITIVES = "positives";

    private static final long FEW_ROWS = 500;
    private static final long FEW_OF_A_CLASS = 50;
    private static final double TELLING = 0.99;
    /** Rows of each class below which any AUC may be chance. */
    private static final int CHANCE_OF_A_CLASS = 10;

    private static final double HALF = 0.5;

    @Override
    public String id() {
        return "binary";
    }

    @Override
    public String labelType() {
        return "boolean";
    }

    @Override
    public String labelCondition() {
        return "cast(label as double) in (0.0D, 1.0D)";
    }

    @Override
    public String labelProblem() {
        return "neither 0 nor 1";
    }

    @Override
    public String labelText(double label) {
        return isPositive(label) ? "1" : "0";
    }

    @Override
    public List<Metric> metrics() {
        return List.of(AUC, LOGLOSS);
    }

    @Override
    public Metric gateMetric() {
        return AUC;
    }

    @Override
    public List<String> counts() {
        return List.of(POSITIVES);
    }

    @Override
    public Measured measure(double[] scores, double[] labels) {
        boolean[] classes = classes(labels);
        long positives = 0;
        for (boolean label : classes) {
            positives += label ? 1 : 0;
        }
        return new Measured(
                scores.length,
                Map.of(POSITIVES, positives),
                Map.of(
                        AUC.name(),
                        BinaryMetrics.auc(scores, classes),
                        LOGLOSS.name(),
                        BinaryMetrics.logloss(scores, classes)));
    }

    @Override
    public boolean isTooSmall(Measured measured) {
        long positives = measured.count(POSITIVES);
        return measured.rows() < FEW_ROWS || positives < FEW_OF_A_CLASS || measured.rows() - positives < FEW_OF_A_CLASS;
    }

    @Override
    public double standardError(Measured measured) {
        double a = measured.value(AUC);
        double n1 = measured.count(POSITIVES);
        double n2 = measured.rows() - n1;
        double q1 = a / (2 - a);
        double q2 = 2 * a * a / (1 + a);
        return Math.sqrt((a * (1 - a) + (n1 - 1) * (q1 - a * a) + (n2 - 1) * (q2 - a * a)) / (n1 * n2));
    }

    @Override
    public Metric aloneMetric() {
        return AUC;
    }

    @Override
    public double tellingFrom() {
        return TELLING;
    }

    @Override
    public boolean canTell(double[] labels) {
        int positives = 0;
        for (double label : labels) {
            positives += isPositive(label) ? 1 : 0;
        }
        return positives >= CHANCE_OF_A_CLASS && labels.length - positives >= CHANCE_OF_A_CLASS;
    }

    @Override
    public double alone(float[] input, double[] labels, boolean isCategory) {
        return SingleInputAuc.of(input, classes(labels), isCategory);
    }

    @Override
    public String scoreRange() {
        return "within 0 and 1";
    }

    @Override
    public boolean isScore(double score) {
        return score >= 0 && score <= 1;
    }

    @Override
    public double prediction(double score, double threshold) {
        return score >= threshold ? 1 : 0;
    }

    private static boolean[] classes(double[] labels) {
        boolean[] classes = new boolean[labels.length];
        for (int i = 0; i < classes.length; i++) {
            classes[i] = isPositive(labels[i]);
        }
        return classes;
    }

    private static boolean isPositive(double label) {
        return label > HALF;
    }
}
