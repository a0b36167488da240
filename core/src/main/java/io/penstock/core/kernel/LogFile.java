package io.penstock.core.kernel;

import io.delta.kernel.data.ColumnarBatch;
import io.delta.kernel.data.Row;
import io.delta.kernel.defaults.internal.data.DefaultRowBasedColumnarBatch;
import io.delta.kernel.internal.data.GenericRow;
import io.delta.kernel.internal.util.VectorUtils;
import io.delta.kernel.types.ArrayType;
import io.delta.kernel.types.BooleanType;
import io.delta.kernel.types.DataType;
import io.delta.kernel.types.IntegerType;
import io.delta.kernel.types.LongType;
import io.delta.kernel.types.MapType;
import io.delta.kernel.types.StringType;
import io.delta.kernel.types.StructField;
import io.delta.kernel.types.StructType;
import io.delta.kernel.utils.FileStatus;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.MessageColumnIO;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;

/**
 * A checkpoint in a table's log, action by action. Kernel's reader has Hadoop parse the XML of its default configuration
 * again for every file, which takes longer than all the rest.
 */
final class LogFile {
    private final Configuration hadoop;
    private final FileStatus file;
    private final StructType schema;

    /** @param schema what is read of each action; what the file lacks is null */
    LogFile(Configuration hadoop, FileStatus file, StructType schema) {
        this.hadoop = hadoop;
        this.file = file;
        this.schema = schema;
    }

    /** Whether all that is asked for is of types that actions of a log have. */
    static boolean fits(StructType schema) {
        return schema.fields().stream().allMatch(field -> !field.isMetadataColumn() && fits(field.getDataType()));
    }

    private static boolean fits(DataType type) {
        if (type instanceof StructType struct) {
            return fits(struct);
        }
        if (type instanceof MapType map) {
            return map.getKeyType() instanceof StringType && map.getValueType() instanceof StringType;
        }
        if (type instanceof ArrayType array) {
            return array.getElementType() instanceof StringType;
        }
        return type instanceof StringType
                || type instanceof LongType
                || type instanceof IntegerType
                || type instanceof BooleanType;
    }

    /** One for each of its row groups. */
    List<ColumnarBatch> batches() throws IOException {
        List<ColumnarBatch> batches = new ArrayList<>();
        try (ParquetFileReader reader = DataFile.opened(hadoop, file)) {
            MessageType whole = reader.getFileMetaData().getSchema();
            MessageType wanted = new MessageType(whole.getName(), wanted(whole, schema));
            reader.setRequestedSchema(wanted);
            MessageColumnIO columns =
                    new ColumnIOFactory(reader.getFileMetaData().getCreatedBy()).getColumnIO(wanted, whole);
            for (PageReadStore pages = reader.readNextRowGroup(); pages != null; pages = reader.readNextRowGroup()) {
                RecordReader<Group> records = columns.getRecordReader(pages, new GroupRecordConverter(wanted));
                List<Row> rows = new ArrayList<>();
                for (long left = pages.getRowCount(); left > 0; left--) {
                    rows.add(row(records.read(), schema));
                }
                batches.add(new DefaultRowBasedColumnarBatch(schema, rows));
            }
            return batches;
        } catch (RuntimeException e) { // Parquet's own are of several kinds
            throw new IOException("Cannot read " + file.getPath() + ": " + e.getMessage(), e);
        }
    }

    private static List<Type> wanted(GroupType there, StructType schema) {
        List<Type> wanted = new ArrayList<>();
        for (StructField field : schema.fields()) {
            if (there.containsField(field.getName())) {
                Type type = there.getType(field.getName());
                if (field.getDataType() instanceof StructType struct) {
                    List<Type> within = wanted(type.asGroupType(), struct);
                    if (!within.isEmpty()) {
                        wanted.add(type.asGroupType().withNewFields(within));
                    }
                } else {
                    wanted.add(type);
                }
            }
        }
        return wanted;
    }

    private static Row row(Group group, StructType schema) {
        Map<Integer, Object> values = new HashMap<>();
        for (int i = 0; i < schema.length(); i++) {
            StructField field = schema.at(i);
            boolean isThere = group.getType().containsField(field.getName())
                    && group.getFieldRepetitionCount(field.getName()) > 0;
            if (isThere) {
                values.put(i, value(group, group.getType().getFieldIndex(field.getName()), field.getDataType()));
            }
        }
        return new GenericRow(schema, values);
    }

    private static Object value(Group group, int field, DataType type) {
        if (type instanceof StructType struct) {
            return row(group.getGroup(field, 0), struct);
        }
        if (type instanceof MapType) {
            Group entries = group.getGroup(field, 0);
            Map<String, String> map = new LinkedHashMap<>();
            for (int i = 0; i < entries.getFieldRepetitionCount(0); i++) {
                Group entry = entries.getGroup(0, i);
                map.put(text(entry, 0), text(entry, 1));
            }
            return VectorUtils.stringStringMapValue(map);
        }
        if (type instanceof ArrayType) {
            Group elements = group.getGroup(field, 0);
            List<String> list = new ArrayList<>();
            for (int i = 0; i < elements.getFieldRepetitionCount(0); i++) {
                list.add(text(elements.getGroup(0, i), 0));
            }
            return VectorUtils.stringArrayValue(list);
        }
        if (type instanceof LongType) {
            return group.getLong(field, 0);
        }
        if (type instanceof IntegerType) {
            return group.getInteger(field, 0);
        }
        return type instanceof BooleanType ? (Object) group.getBoolean(field, 0) : group.getString(field, 0);
    }

    private static String text(Group group, int field) {
        return group.getFieldRepetitionCount(field) > 0 ? group.getString(field, 0) : null;
    }
}
