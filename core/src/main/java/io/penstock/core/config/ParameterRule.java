package io.penstock.core.config;

import java.util.List;
import java.util.Optional;

/**
 * What the value of a trainer's parameter must be.
 *
 * @param isAbove whether the lower bound itself is too low
 */
record ParameterRule(List<String> choices, boolean whole, double min, double max, boolean isAbove) {
    private static final double INFINITY = Double.POSITIVE_INFINITY;

    /** Above the one and below the other. */
    static ParameterRule between(double min, double max) {
        return new ParameterRule(List.of(), false, min, Math.nextDown(max), true);
    }

    static ParameterRule above(double min, double max) {
        return new ParameterRule(List.of(), false, min, max, true);
    }

    static ParameterRule of(String... choices) {
        return new ParameterRule(List.of(choices), false, 0, 0, false);
    }

    static ParameterRule whole(int min, int max) {
        return new ParameterRule(List.of(), true, min, max, false);
    }

    static ParameterRule number(double min, double max) {
        return new ParameterRule(List.of(), false, min, max, false);
    }

    static ParameterRule text() {
        return new ParameterRule(List.of(), false, -INFINITY, INFINITY, false);
    }

    /** What the value must be, or empty if it is fine. */
    Optional<String> violation(String value) {
        if (!choices.isEmpty()) {
            return violationUnless(choices.contains(value));
        }
        if (isText()) {
            return violationUnless(!value.isBlank());
        }
        Optional<Double> number = whole ? Decimals.whole(value).map(Integer::doubleValue) : Decimals.number(value);
        return violationUnless(number.filter(this::holds).isPresent());
    }

    /** Whether it is a number that need not be whole. */
    boolean isFraction() {
        return choices.isEmpty() && !isText() && !whole;
    }

    private boolean isText() {
        return Double.isInfinite(min);
    }

    private Optional<String> violationUnless(boolean isFine) {
        return isFine ? Optional.empty() : Optional.of(toString());
    }

    boolean holds(double number) {
        return (isAbove ? number > min : number >= min) && number <= max;
    }

    @Override
    public String toString() {
        if (!choices.isEmpty()) {
            return "one of " + String.join(", ", choices);
        }
        String kind = whole ? "a whole number" : "a number";
        if (isText()) {
            return "text";
        }
        String low = (isAbove ? "above " : "of at least ") + (long) min;
        String high = max == Math.nextDown(1.0) ? " and below 1" : " and at most " + (long) max;
        return kind + " " + low + (Double.isInfinite(max) ? "" : high);
    }
}
