package io.penstock.core.model;

import java.io.Serializable;
import java.util.List;
import java.util.Optional;

/**
 * What a model is for. Whatever differs from one kind of model to another stands in one class per kind: what a label must
 * be, how scored rows are measured and which value is the better one, what a score and a prediction mean. Stages ask the
 * task and name no metric and no label themselves.
 *
 * <p>Another kind is another class, permitted here and listed in {@link #all}, and, for each trainer that can do it, an
 * objective among the parameters of that trainer.
 */
public sealed interface Task extends Serializable permits BinaryTask {
    /** Two classes: the score is the probability of the label 1. */
    static Task binary() {
        return BinaryTask.BINARY;
    }

    static List<Task> all() {
        return List.of(binary());
    }

    /** The task of that name in configuration. */
    static Optional<Task> named(String id) {
        return all().stream().filter(task -> task.id().equals(id)).findFirst();
    }

    /** Its name in configuration. */
    String id();

    // Labels: a column of doubles.

    /** The type that the SQL expression {@code label.value} is cast to, before it becomes a number. */
    String labelType();

    /** The condition, in SQL over the column {@code label}, that the label of every row meets. */
    String labelCondition();

    /** What is wrong with a label that does not meet {@link #labelCondition}, as the end of "the label is …". */
    String labelProblem();

    /** A label as messages show it. */
    String labelText(double label);

    // Metrics.

    /** What is measured, in the order in which tables and logs show it. */
    List<Metric> metrics();

    /** The metric that the gate judges by unless it names another, and that MLflow shows first. */
    Metric gateMetric();

    /** Names of the counts that {@link #measure} gives beside the number of rows. */
    List<String> counts();

    /**
     * Measures scored rows. The result depends on the pairs alone, not on their order.
     *
     * @param scores of the rows, none of them NaN
     * @param labels of the same rows, in the same order
     */
    Measured measure(double[] scores, double[] labels);

    /** Whether so few rows, or such rows, say so little that nothing may be concluded from {@link #gateMetric} of them. */
    boolean isTooSmall(Measured measured);

    /** Standard error of {@link #gateMetric} on rows that were measured. */
    double standardError(Measured measured);

    // One input alone.

    /** The metric in which {@link #alone} answers. */
    Metric aloneMetric();

    /** The value of {@link #aloneMetric} from which on an input counts as the label itself. */
    double tellingFrom();

    /** Whether there are enough rows to say how well an input alone tells the label. */
    boolean canTell(double[] labels);

    /**
     * How well one input alone tells the label.
     *
     * @param input its values, NaN is missing
     * @param isCategory whether they are codes of text, without an order
     */
    double alone(float[] input, double[] labels, boolean isCategory);

    // Scores.

    /** What a score must be, as the end of "must be …". */
    String scoreRange();

    /** Whether a model of this task can have given that score. */
    boolean isScore(double score);

    /** What is published as the prediction beside a score. */
    double prediction(double score, double threshold);
}
