package io.penstock.core;

/**
 * One number to be measured of a table.
 *
 * @param kind what to measure
 * @param column the column, or several joined by commas for {@link Kind#UNIQUENESS}; empty for {@link Kind#SIZE}
 */
public record Measure(Kind kind, String column) {
    public enum Kind {
        SIZE,
        COMPLETENESS,
        MEAN,
        MINIMUM,
        MAXIMUM,
        SUM,
        STANDARD_DEVIATION,
        APPROX_DISTINCT,
        /** Share of rows whose key occurs exactly once; needs a grouped read. */
        UNIQUENESS
    }

    public static Measure size() {
        return new Measure(Kind.SIZE, "");
    }

    @Override
    public String toString() {
        return kind.name().toLowerCase(java.util.Locale.ROOT) + (column.isEmpty() ? "" : "(" + column + ")");
    }
}
