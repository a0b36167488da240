package io.penstock.features;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.collect_set;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sort_array;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.unix_micros;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NumericType;

/** Codes for text: a value's code is its position in a dictionary that was made at training and is pinned with the model. */
public final class CategoryIndex {
    private CategoryIndex() {}

    /** The inputs that are text, in their order. */
    static List<String> textual(Dataset<Row> rows, List<String> inputs) {
        return inputs.stream()
                .filter(name -> rows.schema().apply(name).dataType().equals(DataTypes.StringType))
                .toList();
    }

    /** Per text column among {@code inputs} its distinct values in binary order, NULL left out; one job, none without text. */
    public static Map<String, List<String>> learn(Dataset<Row> trainingRows, List<String> inputs) {
        List<String> textual = textual(trainingRows, inputs);
        Map<String, List<String>> learned = new LinkedHashMap<>();
        if (textual.isEmpty()) {
            return learned;
        }
        Column[] sets = textual.stream()
                .map(name -> sort_array(collect_set(col(name))).as(name))
                .toArray(Column[]::new);
        Row row = trainingRows
                .agg(sets[0], java.util.Arrays.copyOfRange(sets, 1, sets.length))
                .first();
        for (int i = 0; i < textual.size(); i++) {
            learned.put(textual.get(i), List.copyOf(row.<String>getList(i)));
        }
        return learned;
    }

    /**
     * Makes every input a double and leaves the other columns as they are: text its code, unseen text NULL; booleans 0 and 1;
     * timestamps seconds since 1970, dates days.
     *
     * @throws PenstockException {@code PEN-FEA-004} when a text column has no dictionary, or a column has no numeric meaning
     */
    public static Dataset<Row> encode(Dataset<Row> rows, List<String> inputs, Map<String, List<String>> dictionaries) {
        List<Column> columns = new ArrayList<>();
        for (String name : rows.columns()) {
            columns.add(
                    inputs.contains(name) ? encoded(rows, name, dictionaries).as(name) : col(name));
        }
        return rows.select(columns.toArray(Column[]::new));
    }

    /** Whether a row has text in some input that its dictionary does not know. NULL is no text. */
    public static Column unseen(List<String> inputs, Map<String, List<String>> dictionaries) {
        return inputs.stream()
                .filter(dictionaries::containsKey)
                .map(name -> col(name)
                        .isNotNull()
                        .and(code(name, dictionaries.get(name)).isNull()))
                .reduce(lit(false), Column::or);
    }

    private static Column code(String name, List<String> dictionary) {
        HashMap<String, Double> codes = new HashMap<>();
        dictionary.forEach(value -> codes.put(value, (double) codes.size()));
        return udf(new Code(codes), DataTypes.DoubleType).apply(col(name));
    }

    private static Column encoded(Dataset<Row> rows, String name, Map<String, List<String>> dictionaries) {
        DataType type = rows.schema().apply(name).dataType();
        if (type.equals(DataTypes.StringType) && dictionaries.containsKey(name)) {
            return code(name, dictionaries.get(name));
        }
        if (type.equals(DataTypes.TimestampType)) {
            return unix_micros(col(name)).cast(DataTypes.DoubleType).divide(1e6);
        }
        if (type.equals(DataTypes.DateType)) {
            return org.apache.spark.sql.functions.unix_date(col(name)).cast(DataTypes.DoubleType);
        }
        if (type instanceof NumericType || type.equals(DataTypes.BooleanType)) {
            return col(name).cast(DataTypes.DoubleType);
        }
        throw new PenstockException(
                ErrorCode.INPUT_IS_NO_NUMBER,
                "Cannot encode input '" + name + "' of type " + type.simpleString() + " as a number",
                "input " + name,
                type.equals(DataTypes.StringType)
                        ? "Train the model again: its dictionaries do not know this column"
                        : "Use an expression that gives a number, text, a condition or a time");
    }

    private record Code(HashMap<String, Double> codes) implements UDF1<String, Double>, Serializable {
        @Override
        public Double call(String value) {
            return value == null ? null : codes.get(value);
        }
    }
}
