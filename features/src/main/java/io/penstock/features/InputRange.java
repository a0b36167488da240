package io.penstock.features;

import static org.apache.spark.sql.functions.abs;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;

import io.penstock.core.PenstockException;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Model inputs must be NULL or finite and at most 1e30 in size, since they become floats and native code does not say which
 * column was out of range. The columns ride on any aggregation or observation of the encoded rows.
 */
public final class InputRange {
    private static final double LARGEST = 1e30;

    private InputRange() {}

    /** One boolean aggregate per input, in order: whether any row is out of range (NaN is). */
    public static List<Column> columns(List<String> inputs) {
        return inputs.stream()
                .map(name ->
                        max(coalesce(abs(col(name)).gt(LARGEST), lit(false))).as("out_of_range_" + name))
                .toList();
    }

    /** @throws PenstockException {@code PEN-ML-006} that names every input out of range */
    public static void judge(List<String> inputs, Row observed) {
        List<String> bad = java.util.stream.IntStream.range(0, inputs.size())
                .filter(i -> !observed.isNullAt(i) && observed.getBoolean(i))
                .mapToObj(inputs::get)
                .toList();
        if (!bad.isEmpty()) {
            throw PenstockException.refused(
                    "PEN-ML-006",
                    "Invalid model input: not finite or beyond 1e30 in " + String.join(", ", bad),
                    "inputs",
                    "Guard the expression or the contract of the column, for example with between");
        }
    }

    /** Measures and judges in one job. */
    public static void check(Dataset<Row> encoded, List<String> inputs) {
        if (inputs.isEmpty()) {
            return;
        }
        List<Column> columns = columns(inputs);
        judge(
                inputs,
                encoded.agg(columns.get(0), columns.subList(1, columns.size()).toArray(Column[]::new))
                        .first());
    }
}
