package io.penstock.core.config;

import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;

/**
 * @param expression SQL over the source's columns; {@code *} for a count of rows
 * @param scale digits after the point that are kept of a fraction before it is summed; empty when it is summed with all
 *     its bits. Of no meaning to whole numbers and conditions, where it is what it always was
 * @param over windows, whole hours
 */
public record AggregateSpec(String name, Function function, String expression, OptionalInt scale, List<Duration> over) {
    /** Column of one window: {@code late_rate_7d}. */
    public String column(Duration window) {
        return name + "_" + (window.toHours() % 24 == 0 ? window.toDays() + "d" : window.toHours() + "h");
    }

    public enum Function {
        COUNT,
        SUM,
        MEAN
    }
}
