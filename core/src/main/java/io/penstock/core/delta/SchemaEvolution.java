package io.penstock.core.delta;

import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * How a table's schema grows inside its columns: a struct, also one in an array, gains fields. Data files stay as they are.
 * Delta reads Parquet by name, so a file written before the field has NULL in it. Pure.
 */
final class SchemaEvolution {
    private SchemaEvolution() {}

    /**
     * The table's schema with the nested fields that only the rows have, nullable. Fields are in the order of the rows, since
     * Spark casts structs by position. A struct of which the rows lack a field stays as it is.
     */
    static StructType withNestedFields(StructType table, StructType rows) {
        StructType schema = new StructType();
        for (StructField field : table.fields()) {
            DataType type = has(rows, field.name())
                    ? merged(field.dataType(), rows.apply(field.name()).dataType())
                    : field.dataType();
            schema = schema.add(new StructField(field.name(), type, field.nullable(), field.metadata()));
        }
        return schema;
    }

    private static DataType merged(DataType table, DataType rows) {
        if (table instanceof ArrayType ours && rows instanceof ArrayType theirs) {
            return new ArrayType(merged(ours.elementType(), theirs.elementType()), ours.containsNull());
        }
        return table instanceof StructType ours && rows instanceof StructType theirs ? merged(ours, theirs) : table;
    }

    private static DataType merged(StructType table, StructType rows) {
        if (!List.of(rows.fieldNames()).containsAll(List.of(table.fieldNames()))) {
            return table;
        }
        StructType schema = new StructType();
        for (StructField field : rows.fields()) {
            schema = has(table, field.name())
                    ? schema.add(known(table.apply(field.name()), field))
                    : schema.add(new StructField(field.name(), field.dataType(), true, field.metadata()));
        }
        return schema;
    }

    private static StructField known(StructField table, StructField rows) {
        return new StructField(
                table.name(), merged(table.dataType(), rows.dataType()), table.nullable(), table.metadata());
    }

    private static boolean has(StructType schema, String name) {
        return Arrays.asList(schema.fieldNames()).contains(name);
    }
}
