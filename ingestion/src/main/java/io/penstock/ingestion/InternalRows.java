package io.penstock.ingestion;

import java.util.Arrays;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.CatalystTypeConverters;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.Function1;

/**
 * Rows as Spark holds them, made without the encoder, which looks every value's type up and copies every row once more. Not
 * for several threads.
 */
final class InternalRows {
    private final Function1<Object, Object>[] converters;

    @SuppressWarnings("unchecked")
    InternalRows(StructType schema) {
        this.converters = Arrays.stream(schema.fields())
                .map(StructField::dataType)
                .map(CatalystTypeConverters::createToCatalystConverter)
                .toArray(Function1[]::new);
    }

    InternalRow of(Row row) {
        Object[] values = new Object[converters.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = row.isNullAt(i) ? null : converters[i].apply(row.get(i));
        }
        return new GenericInternalRow(values);
    }
}
