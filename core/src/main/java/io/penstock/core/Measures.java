package io.penstock.core;

import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/** Measures tables with Spark; says nothing about good or bad. */
public interface Measures {
    /**
     * Aggregations that can ride on the write of the table, for the measures of {@code wanted} that can be had in one scan.
     */
    Riding ride(List<Measure> wanted, StructType schema);

    /**
     * Measures every group of {@code table} in one grouped read (two when a uniqueness is among them).
     *
     * @param by the column that holds the group, such as {@code unit}
     * @return per group value (as text), measure → value; a measure that could not be had is absent
     */
    Map<String, Map<Measure, Double>> grouped(Dataset<Row> table, String by, List<Measure> wanted);

    /** Aggregation columns observed during a write, and how to read what was observed. */
    interface Riding {
        List<Column> columns();

        /** @param observed the row that the columns, in their order, evaluated to; measures it cannot give are absent */
        Map<Measure, Double> read(Row observed);

        /** The measures that ride; the others need {@link Measures#grouped}. */
        List<Measure> measures();
    }
}
