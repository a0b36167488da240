package io.penstock.core;

/**
 * One number to be measured of a table.
 *
 * @param kind what to measure
 * @param column the column, or several joined by commas for {@link Kind#UNIQUENESS}; empty for {@link Kind#SIZE}
 * @param where SQL condition of the rows that are measured; empty for all
 */
public record Measure(Kind kind, String column, String where) {
    /** Of all rows. */
    public Measure(Kind kind, String column) {
        this(kind, column, "");
    }

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

    /** The same, of the rows that meet a condition. */
    public Measure where(String condition) {
        return new Measure(kind, column, condition);
    }

    @Override
    public String toString() {
        return kind.name().toLowerCase(java.util.Locale.ROOT)
                + (column.isEmpty() ? "" : "(" + column + ")")
                + (where.isEmpty() ? "" : " where " + where);
    }
}
