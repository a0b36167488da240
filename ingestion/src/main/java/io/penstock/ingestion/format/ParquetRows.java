package io.penstock.ingestion.format;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.apache.parquet.column.ColumnReader;
import org.apache.parquet.column.Dictionary;
import org.apache.parquet.column.impl.ColumnReadStoreImpl;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.ParquetDecodingException;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.Converter;
import org.apache.parquet.io.api.GroupConverter;
import org.apache.parquet.io.api.PrimitiveConverter;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.Type;

/**
 * The rows of a row group: flat columns are read beside each other, a value of a dictionary is made once; lists, maps and
 * structures come as groups.
 */
final class ParquetRows {
    private final ColumnReader[] readers;
    private final int[] present;
    private final Cell[] cells;
    private final RecordReader<Group> nested;
    private final int[] nestedFields;
    private long left;

    /**
     * A value that is not flat.
     *
     * @param row the columns of its row that are not flat
     */
    record Nested(Group row, int field) {
        boolean isEmpty() {
            return row.getFieldRepetitionCount(field) == 0;
        }

        JsonNode json(Type type) {
            return ParquetJson.nested(row, field, type);
        }
    }

    /** @param writer that the file names */
    ParquetRows(MessageType schema, String writer, PageReadStore pages) {
        this.left = pages.getRowCount();
        int fields = schema.getFieldCount();
        this.readers = new ColumnReader[fields];
        this.present = new int[fields];
        this.cells = new Cell[fields];
        this.nestedFields = new int[fields];
        ColumnReadStoreImpl columns = new ColumnReadStoreImpl(pages, new Cells(), schema, writer);
        int nestedCount = 0;
        for (int i = 0; i < fields; i++) {
            if (!ParquetColumn.isFlat(schema.getType(i))) {
                nestedFields[i] = nestedCount++;
                continue;
            }
            cells[i] = new Cell(schema.getType(i).asPrimitiveType());
            readers[i] = columns.getColumnReader(schema.getColumnDescription(new String[] {schema.getFieldName(i)}));
            present[i] = readers[i].getDescriptor().getMaxDefinitionLevel();
            if (readers[i].getTotalValueCount() != left) {
                throw new ParquetDecodingException("Column " + schema.getFieldName(i) + " has "
                        + readers[i].getTotalValueCount() + " values in a group of " + left + " rows");
            }
        }
        this.nested = nestedCount == 0 ? null : groups(schema, writer, pages);
    }

    private static RecordReader<Group> groups(MessageType schema, String writer, PageReadStore pages) {
        List<Type> types = schema.getFields().stream()
                .filter(type -> !ParquetColumn.isFlat(type))
                .toList();
        MessageType some = new MessageType(schema.getName(), types);
        return new ColumnIOFactory(writer).getColumnIO(some).getRecordReader(pages, new GroupRecordConverter(some));
    }

    boolean hasNext() {
        return left > 0;
    }

    /** Stored values by field, null where a flat one has none; see {@link ParquetColumn}. */
    Object[] next() {
        left--;
        Object[] row = new Object[cells.length];
        Group others = nested == null ? null : nested.read();
        for (int i = 0; i < row.length; i++) {
            ColumnReader reader = readers[i];
            if (reader == null) {
                row[i] = new Nested(others, nestedFields[i]);
                continue;
            }
            if (reader.getCurrentDefinitionLevel() == present[i]) {
                reader.writeCurrentValueToConverter();
                row[i] = cells[i].value;
            }
            reader.consume();
        }
        return row;
    }

    /** The stored value in a group. */
    static Object stored(Group row, int field, int index, PrimitiveType type) {
        return switch (type.getPrimitiveTypeName()) {
            case BOOLEAN -> row.getBoolean(field, index);
            case INT32 -> row.getInteger(field, index);
            case INT64 -> row.getLong(field, index);
            case FLOAT -> row.getFloat(field, index);
            case DOUBLE -> row.getDouble(field, index);
            case INT96 -> row.getInt96(field, index);
            default -> {
                Binary bytes = row.getBinary(field, index);
                yield ParquetColumn.isText(type) ? bytes.toStringUsingUTF8() : bytes;
            }
        };
    }

    /** Where Parquet puts the values of the flat columns. */
    private final class Cells extends GroupConverter {
        @Override
        public Converter getConverter(int field) {
            return cells[field];
        }

        @Override
        public void start() {
            throw new UnsupportedOperationException("Columns are read one by one");
        }

        @Override
        public void end() {
            throw new UnsupportedOperationException("Columns are read one by one");
        }
    }

    /** The current value of a column. */
    private static final class Cell extends PrimitiveConverter {
        private final PrimitiveType type;
        private final boolean isText;
        private Dictionary dictionary;
        private Object[] known;
        private Object value;

        Cell(PrimitiveType type) {
            this.type = type;
            this.isText = ParquetColumn.isText(type);
        }

        @Override
        public boolean hasDictionarySupport() {
            return true;
        }

        @Override
        public void setDictionary(Dictionary dictionary) {
            this.dictionary = dictionary;
            this.known = new Object[dictionary.getMaxId() + 1];
        }

        @Override
        public void addValueFromDictionary(int id) {
            if (known[id] == null) {
                add(id);
                known[id] = value;
            }
            value = known[id];
        }

        private void add(int id) {
            switch (type.getPrimitiveTypeName()) {
                case INT32 -> addInt(dictionary.decodeToInt(id));
                case INT64 -> addLong(dictionary.decodeToLong(id));
                case FLOAT -> addFloat(dictionary.decodeToFloat(id));
                case DOUBLE -> addDouble(dictionary.decodeToDouble(id));
                case BOOLEAN -> addBoolean(dictionary.decodeToBoolean(id));
                default -> addBinary(dictionary.decodeToBinary(id));
            }
        }

        @Override
        public void addBinary(Binary bytes) {
            value = isText ? bytes.toStringUsingUTF8() : bytes.copy();
        }

        @Override
        public void addBoolean(boolean truth) {
            value = truth;
        }

        @Override
        public void addDouble(double number) {
            value = number;
        }

        @Override
        public void addFloat(float number) {
            value = number;
        }

        @Override
        public void addInt(int number) {
            value = number;
        }

        @Override
        public void addLong(long number) {
            value = number;
        }
    }
}
