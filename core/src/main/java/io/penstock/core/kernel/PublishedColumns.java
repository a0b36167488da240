package io.penstock.core.kernel;

import io.delta.kernel.Table;
import io.delta.kernel.defaults.engine.DefaultEngine;
import io.delta.kernel.engine.Engine;
import io.delta.kernel.exceptions.TableNotFoundException;
import io.delta.kernel.types.ArrayType;
import io.delta.kernel.types.DataType;
import io.delta.kernel.types.StructField;
import io.delta.kernel.types.StructType;
import java.util.LinkedHashSet;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;

/** Which columns a published table has, without Spark. */
public final class PublishedColumns {
    private PublishedColumns() {}

    /**
     * Names in the order of the table; fields of a struct, also of one in an array, as {@code column.field}. Empty when there
     * is no such table.
     *
     * @param hadoop how the file system of {@code location} is reached
     */
    public static Set<String> of(String location, Configuration hadoop) {
        Engine engine = DefaultEngine.create(hadoop);
        Set<String> names = new LinkedHashSet<>();
        try {
            StructType schema =
                    Table.forPath(engine, location).getLatestSnapshot(engine).getSchema(engine);
            add(schema, "", names);
        } catch (TableNotFoundException none) {
            return Set.of();
        }
        return names;
    }

    private static void add(StructType fields, String prefix, Set<String> names) {
        for (StructField field : fields.fields()) {
            String name = prefix + field.getName();
            names.add(name);
            DataType type =
                    field.getDataType() instanceof ArrayType array ? array.getElementType() : field.getDataType();
            if (type instanceof StructType struct) {
                add(struct, name + ".", names);
            }
        }
    }
}
