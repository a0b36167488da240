package io.penstock.core.kernel;

import io.delta.kernel.utils.FileStatus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.HadoopReadOptions;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.ColumnReader;
import org.apache.parquet.column.impl.ColumnReadStoreImpl;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.DummyRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;

/**
 * A data file of a control table, read a column at a time. Kernel's reader takes it a value at a time, and for each file has
 * Hadoop parse the XML of its default configuration anew, which takes longer than all the rest.
 */
final class DataFile {
    private final Configuration hadoop;
    private final FileStatus file;
    private final List<String> columns;

    /** @param columns to read, those that the file lacks are null in all rows; the last one is told by the file's folder */
    DataFile(Configuration hadoop, FileStatus file, List<String> columns) {
        this.hadoop = hadoop;
        this.file = file;
        this.columns = columns;
    }

    /** @param last value of the last column */
    List<Map<String, Object>> rows(Object last) throws IOException {
        Path path = new Path(file.getPath());
        org.apache.hadoop.fs.FileStatus status =
                new org.apache.hadoop.fs.FileStatus(file.getSize(), false, 1, 0, file.getModificationTime(), path);
        ParquetReadOptions options = HadoopReadOptions.builder(hadoop).build();
        List<Map<String, Object>> result = new ArrayList<>();
        try (ParquetFileReader reader = ParquetFileReader.open(HadoopInputFile.fromStatus(status, hadoop), options)) {
            MessageType wanted = wanted(reader.getFileMetaData().getSchema());
            reader.setRequestedSchema(wanted);
            String writer = reader.getFileMetaData().getCreatedBy();
            Text[] texts = new Text[columns.size()];
            for (PageReadStore pages = reader.readNextRowGroup(); pages != null; pages = reader.readNextRowGroup()) {
                Object[][] rows = new Object[Math.toIntExact(pages.getRowCount())][columns.size()];
                ColumnReadStoreImpl store = new ColumnReadStoreImpl(
                        pages, new DummyRecordConverter(wanted).getRootConverter(), wanted, writer);
                for (Type type : wanted.getFields()) {
                    int column = columns.indexOf(type.getName());
                    texts[column] = texts[column] == null ? new Text() : texts[column];
                    fill(
                            rows,
                            column,
                            store.getColumnReader(wanted.getColumnDescription(new String[] {type.getName()})),
                            texts[column]);
                }
                for (Object[] row : rows) {
                    row[columns.size() - 1] = last;
                    result.add(new StoredRow(columns, row));
                }
            }
            return result;
        } catch (RuntimeException e) { // Parquet's own are of several kinds
            throw new IOException("Cannot read " + file.getPath() + ": " + e.getMessage(), e);
        }
    }

    private MessageType wanted(MessageType schema) {
        return new MessageType(
                schema.getName(),
                schema.getFields().stream()
                        .filter(type -> columns.indexOf(type.getName()) >= 0)
                        .toList());
    }

    private static void fill(Object[][] rows, int column, ColumnReader values, Text texts) {
        PrimitiveTypeName type = values.getDescriptor().getPrimitiveType().getPrimitiveTypeName();
        int there = values.getDescriptor().getMaxDefinitionLevel();
        for (Object[] row : rows) {
            if (values.getCurrentDefinitionLevel() == there) {
                row[column] = value(values, type, texts);
            }
            values.consume();
        }
    }

    private static Object value(ColumnReader values, PrimitiveTypeName type, Text texts) {
        return switch (type) {
            case BINARY -> texts.of(values.getBinary());
            case INT64 -> values.getLong();
            case INT32 -> values.getInteger();
            default -> values.getDouble();
        };
    }

    /** Text that mostly says again what the row before says is held once. */
    private static final class Text {
        private Binary bytes = Binary.EMPTY;
        private String text = "";

        String of(Binary next) {
            if (!next.equals(bytes)) {
                bytes = next.copy();
                text = new String(bytes.getBytesUnsafe(), StandardCharsets.UTF_8);
            }
            return text;
        }
    }
}
