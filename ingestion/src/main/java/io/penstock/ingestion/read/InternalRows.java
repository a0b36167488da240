package io.penstock.ingestion.read;

import java.util.Arrays;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.CatalystTypeConverters;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import scala.Function1;

/**
 * Rows as Spark holds them, made without the encoder, which looks every value's type up and copies every row once more. Not
 * for several threads.
 */
final class InternalRows {
    private final Function1<Object, Object>[] converters;
    private final Object[] given;
    private final Object[] converted;

    @SuppressWarnings("unchecked")
    InternalRows(StructType schema) {
        this.converters = Arrays.stream(schema.fields())
                .map(StructField::dataType)
                .map(InternalRows::converter)
                .toArray(Function1[]::new);
        this.given = new Object[converters.length];
        this.converted = new Object[converters.length];
    }

    /** Null where a value is the same on either side. */
    private static Function1<Object, Object> converter(DataType type) {
        boolean isSame = type instanceof NumericType && !(type instanceof DecimalType) || type instanceof BooleanType;
        return isSame ? null : CatalystTypeConverters.createToCatalystConverter(type);
    }

    InternalRow of(Row row) {
        Object[] values = new Object[converters.length];
        for (int i = 0; i < values.length; i++) {
            Object value = row.get(i);
            values[i] = value == null ? null : converted(i, value);
        }
        return new GenericInternalRow(values);
    }

    /** What all records of a file share, such as its path, is the same object each time. */
    private Object converted(int column, Object value) {
        if (converters[column] == null) {
            return value;
        }
        if (value != given[column]) {
            converted[column] =
                    value instanceof String text ? UTF8String.fromString(text) : converters[column].apply(value);
            given[column] = value;
        }
        return converted[column];
    }
}
