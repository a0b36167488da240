package io.penstock.scoring;

import static org.apache.spark.sql.functions.abs;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.isnan;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;

import io.penstock.core.UnitId;
import io.penstock.core.Verdict;
import io.penstock.core.sql.UnitColumn;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Names the inputs of a unit that hold rows since no float is their value. */
public final class NotFiniteInputs {
    private NotFiniteInputs() {}

    /**
     * A warning that names the first of the rows, by its key, and its values. Runs a job.
     *
     * @param table that is judged
     * @param held how many rows are held so, at least one
     */
    public static Verdict verdict(
            String table, Dataset<Row> inputs, List<String> features, List<String> key, UnitId unit, long held) {
        Column any = lit(false);
        for (String name : features) {
            any = any.or(abs(col(name)).gt((double) Float.MAX_VALUE).and(not(isnan(col(name)))));
        }
        List<Column> selected = new ArrayList<>();
        key.forEach(name -> selected.add(col(name)));
        features.forEach(name -> selected.add(col(name).as("_in_" + name)));
        Row first = inputs.filter(col("unit")
                        .equalTo(UnitColumn.literal(unit))
                        .and(col("code").isNull())
                        .and(any))
                .sort(key.stream().map(name -> col(name)).toArray(Column[]::new))
                .select(selected.toArray(Column[]::new))
                .first();
        List<String> values = new ArrayList<>();
        key.forEach(name -> values.add(name + " = " + first.get(first.fieldIndex(name))));
        features.stream()
                .filter(name -> !first.isNullAt(first.fieldIndex("_in_" + name)))
                .filter(name -> Math.abs(first.getDouble(first.fieldIndex("_in_" + name))) > Float.MAX_VALUE)
                .forEach(name -> values.add(name + " = " + first.get(first.fieldIndex("_in_" + name))));
        return new Verdict(
                table,
                "inputs are finite",
                Verdict.Outcome.WARNED,
                held,
                BatchScoring.NOT_FINITE + " " + held + " rows are held: an input is infinite or beyond a float's range;"
                        + " the first is " + String.join(", ", values));
    }
}
