package io.penstock.core.kernel;

import io.delta.kernel.utils.FileStatus;
import io.penstock.core.PenstockException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.HadoopReadOptions;
import org.apache.parquet.column.ColumnReader;
import org.apache.parquet.column.impl.ColumnReadStoreImpl;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.DummyRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;

/**
 * A data file of a control table, its columns read beside each other. Kernel's reader takes it a value at a time, and for each file has
 * Hadoop parse the XML of its default configuration again, which takes longer than all the rest.
 */
final class DataFile {
    private static final int LONG = 1 << 10;

    private final Configuration hadoop;
    private final FileStatus file;
    private final List<String> columns;

    /** @param columns to read, those that the file lacks are null in all rows; the last one is told by the file's folder */
    DataFile(Configuration hadoop, FileStatus file, List<String> columns) {
        this.hadoop = hadoop;
        this.file = file;
        this.columns = columns;
    }

    /**
     * @param last value of the last column
     * @param make what is made of a row
     */
    <T> List<T> rows(Object last, Function<? super StoredRow, T> make) throws IOException {
        List<T> result = new ArrayList<>();
        try (ParquetFileReader reader = opened(hadoop, file)) {
            MessageType wanted = wanted(reader.getFileMetaData().getSchema());
            reader.setRequestedSchema(wanted);
            String writer = reader.getFileMetaData().getCreatedBy();
            Text[] texts = new Text[columns.size()];
            Arrays.setAll(texts, i -> new Text());
            for (PageReadStore pages = reader.readNextRowGroup(); pages != null; pages = reader.readNextRowGroup()) {
                ColumnReadStoreImpl store = new ColumnReadStoreImpl(
                        pages, new DummyRecordConverter(wanted).getRootConverter(), wanted, writer);
                List<Values> values = wanted.getFields().stream()
                        .map(type -> {
                            int column = columns.indexOf(type.getName());
                            return new Values(
                                    column,
                                    texts[column],
                                    store.getColumnReader(wanted.getColumnDescription(new String[] {type.getName()})));
                        })
                        .toList();
                for (long left = pages.getRowCount(); left > 0; left--) {
                    Object[] row = new Object[columns.size()];
                    values.forEach(column -> column.next(row));
                    row[row.length - 1] = last;
                    result.add(make.apply(new StoredRow(columns, row)));
                }
            }
            return result;
        } catch (PenstockException e) { // of what is made of a row
            throw e;
        } catch (RuntimeException e) { // Parquet's own are of several kinds
            throw new IOException("Cannot read " + file.getPath() + ": " + e.getMessage(), e);
        }
    }

    /** A file whose size is known, so that no one asks for it. */
    static ParquetFileReader opened(Configuration hadoop, FileStatus file) throws IOException {
        org.apache.hadoop.fs.FileStatus status = new org.apache.hadoop.fs.FileStatus(
                file.getSize(), false, 1, 0, file.getModificationTime(), new Path(file.getPath()));
        return ParquetFileReader.open(
                HadoopInputFile.fromStatus(status, hadoop),
                HadoopReadOptions.builder(hadoop).build());
    }

    private MessageType wanted(MessageType schema) {
        return new MessageType(
                schema.getName(),
                schema.getFields().stream()
                        .filter(type -> columns.indexOf(type.getName()) >= 0)
                        .toList());
    }

    /** The values of a column, row by row. */
    private static final class Values {
        private final int column;
        private final Text texts;
        private final ColumnReader reader;
        private final PrimitiveTypeName type;
        private final int there;

        Values(int column, Text texts, ColumnReader reader) {
            this.column = column;
            this.texts = texts;
            this.reader = reader;
            this.type = reader.getDescriptor().getPrimitiveType().getPrimitiveTypeName();
            this.there = reader.getDescriptor().getMaxDefinitionLevel();
        }

        void next(Object[] row) {
            if (reader.getCurrentDefinitionLevel() == there) {
                row[column] = switch (type) {
                    case BINARY -> texts.of(reader.getBinary());
                    case INT64 -> reader.getLong();
                    case INT32 -> reader.getInteger();
                    default -> reader.getDouble();
                };
            }
            reader.consume();
        }
    }

    /** Text that mostly says again what the row before says is held once; a long one as its bytes. */
    private static final class Text {
        private Binary bytes = Binary.EMPTY;
        private String text = "";

        Object of(Binary next) {
            if (next.length() >= LONG) {
                return new StoredRow.Unread(next.getBytes());
            }
            if (!next.equals(bytes)) {
                bytes = next.copy();
                text = bytes.toStringUsingUTF8();
            }
            return text;
        }
    }
}
