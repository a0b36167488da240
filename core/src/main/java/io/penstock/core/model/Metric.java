package io.penstock.core.model;

import java.io.Serializable;
import java.util.Locale;

/**
 * A number that says how good scores are.
 *
 * @param name in configuration, in tables and in MLflow
 * @param title as people write it
 * @param least the least value that it can have, {@code most} the greatest
 * @param chance what scores get that know nothing of the label; NaN if there is no such value
 * @param tolerance by how much a model may be worse than the champion before it counts as a step back
 */
public record Metric(
        String name, String title, Better better, double least, double most, double chance, double tolerance)
        implements Serializable {
    /** Which of two values is the better one. */
    public enum Better {
        HIGHER,
        LOWER
    }

    /** By how much a value is better than another; negative if it is worse. */
    public double margin(double value, double other) {
        return better == Better.HIGHER ? value - other : other - value;
    }

    /** Whether a value is as good as a bound, or better; not if one of them is NaN. */
    public boolean meets(double value, double bound) {
        return better == Better.HIGHER ? value >= bound : value <= bound;
    }

    /** The bound that is that much worse. */
    public double worseBy(double value, double difference) {
        return better == Better.HIGHER ? value - difference : value + difference;
    }

    /** The bound that asks the least: to know anything at all, if the metric tells that, or any value. */
    public double easiest() {
        if (!Double.isNaN(chance)) {
            return chance;
        }
        return better == Better.HIGHER ? least : most;
    }

    /** How a value and a bound that it meets compare. */
    public String sign() {
        return better == Better.HIGHER ? ">=" : "<=";
    }

    /** What a value must be, in words: {@code >= 0.6300}. */
    public String bound(double bound) {
        return sign() + " " + text(bound);
    }

    /** A value as messages show it. */
    public static String text(double value) {
        return String.format(Locale.ROOT, "%.4f", value);
    }
}
