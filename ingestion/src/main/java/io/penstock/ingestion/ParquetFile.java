package io.penstock.ingestion;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Closeable;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.NanoTime;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.ParquetDecodingException;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DecimalLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.IntLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeUnit;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimestampLogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;

/**
 * A Parquet file whose rows are decoded one after the other, page by page, whatever it unpacks to. A column fits the
 * declared type or the file is rejected; no value is rounded or cut.
 */
final class ParquetFile implements Closeable {
    private static final long MICROS_PER_DAY = 86_400_000_000L;
    private static final long JULIAN_EPOCH_DAY = 2_440_588;

    /**
     * @param values one per declared column: a text or a value as {@link Values} gives them; null where there is none
     * @param json the whole row
     * @param extra what is not declared, as text
     */
    record Line(Object[] values, String json, Map<String, String> extra) {}

    /**
     * The bytes over which a row group is spread.
     *
     * @param from the first
     * @param to the one behind the last
     */
    record Extent(long from, long to) {}

    /** What a column's values become. */
    private interface Conversion {
        Object of(Group row, int field);
    }

    /** For all files: a new one would be parsed for each. */
    private static final Configuration CODECS = new Configuration();

    private final ParquetFileReader reader;
    private final int declared;
    private FileColumns.Mapping mapping;
    private Conversion[] conversions = {};
    private Reject reject;

    private ParquetFile(ParquetFileReader reader, int declared, Reject reject) {
        this.reader = reader;
        this.declared = declared;
        this.reject = reject;
    }

    static ParquetFile rejected(Reject reject) {
        return new ParquetFile(null, 0, reject);
    }

    /**
     * Reads the file's footer; it stays open unless it is rejected by that.
     *
     * @param kinds of the declared columns
     * @param counted which of them are counts since 1970
     * @param inPath declared columns that the path fills
     */
    static ParquetFile open(
            InputFile input, FileColumns columns, List<Values.Kind> kinds, List<Boolean> counted, Set<Integer> inPath) {
        try {
            if (input.getLength() == 0) {
                return rejected(new Reject("PEN-ING-003", "not-empty", "The file has 0 bytes"));
            }
            ParquetReadOptions options = ParquetReadOptions.builder()
                    .usePageChecksumVerification(true)
                    .build();
            ParquetFile file = new ParquetFile(ParquetFileReader.open(input, options), kinds.size(), null);
            try {
                file.judge(input.getLength(), columns, kinds, counted, inPath);
            } catch (RuntimeException e) {
                file.reject = damaged(e);
            }
            if (file.reject != null) {
                file.close();
            }
            return file;
        } catch (IOException | RuntimeException e) {
            return rejected(damaged(e));
        }
    }

    private void judge(
            long bytes, FileColumns columns, List<Values.Kind> kinds, List<Boolean> counted, Set<Integer> inPath) {
        mapping = columns.map(
                schema().getFields().stream().map(Type::getName).toList(), inPath, "PEN-ING-028", "PEN-ING-028");
        long unpacked =
                groups().stream().mapToLong(BlockMetaData::getTotalByteSize).sum();
        if (groups().stream().anyMatch(group -> !isWithin(group, bytes))) {
            throw new ParquetDecodingException("A row group lies outside of the file");
        }
        if (mapping.reject() != null) {
            reject = mapping.reject();
        } else if (FileText.isBomb(bytes, unpacked)) {
            reject = new Reject(
                    "PEN-ING-008",
                    "unpacked-size",
                    bytes + " bytes unpack to " + unpacked + " (at most " + FileText.HIGHEST_RATIO
                            + " times the packed size)");
        } else {
            convert(columns, kinds, counted);
        }
    }

    private void convert(FileColumns columns, List<Values.Kind> kinds, List<Boolean> counted) {
        conversions = new Conversion[mapping.target().length];
        List<String> unlike = new ArrayList<>();
        for (int i = 0; i < conversions.length; i++) {
            int column = mapping.target()[i];
            if (column >= 0) {
                conversions[i] = conversion(schema().getType(i), kinds.get(column), counted.get(column));
                if (conversions[i] == null) {
                    unlike.add(columns.name(column) + " is " + typeOf(schema().getType(i)) + ", must be "
                            + kinds.get(column).name().toLowerCase(Locale.ROOT));
                }
            }
        }
        if (!unlike.isEmpty()) {
            reject = new Reject("PEN-ING-026", "physical-type", String.join("; ", unlike));
        }
    }

    private static boolean isWithin(BlockMetaData group, long bytes) {
        Extent extent = extent(group);
        return extent.from() >= 0 && extent.from() <= extent.to() && extent.to() <= bytes && group.getRowCount() >= 0;
    }

    private MessageType schema() {
        return reader.getFileMetaData().getSchema();
    }

    /** Why the file gives no row, or null: known of its schema once it is open, of its pages once all are read. */
    Reject reject() {
        return reject;
    }

    /** Columns that are not declared, in the file's order; none of a file that is rejected. */
    List<String> fresh() {
        return reject == null ? mapping.fresh() : List.of();
    }

    boolean fills(int column) {
        for (int one : mapping.target()) {
            if (one == column) {
                return true;
            }
        }
        return false;
    }

    /** In the file's order; none of a file that was rejected when it was opened. */
    List<BlockMetaData> groups() {
        return reject == null ? reader.getRowGroups() : List.of();
    }

    /** All rows, and at their end perhaps a {@link #reject}. */
    Iterator<Line> rows() {
        return new Rows(0, groups().size());
    }

    /**
     * The same of one row group.
     *
     * @param group from 0
     */
    Iterator<Line> rows(int group) {
        return new Rows(group, group + 1);
    }

    static Extent extent(BlockMetaData group) {
        LongSummaryStatistics from = group.getColumns().stream()
                .mapToLong(ColumnChunkMetaData::getStartingPos)
                .summaryStatistics();
        LongSummaryStatistics to = group.getColumns().stream()
                .mapToLong(column -> column.getStartingPos() + column.getTotalSize())
                .summaryStatistics();
        return group.getColumns().isEmpty() ? new Extent(0, 0) : new Extent(from.getMin(), to.getMax());
    }

    @Override
    public void close() throws IOException {
        if (reader != null) {
            reader.close();
        }
    }

    private final class Rows implements Iterator<Line> {
        private final int to;
        private int group;
        private RecordReader<Group> records;
        private long left;
        private Line next;

        Rows(int from, int to) {
            this.group = from;
            this.to = to;
        }

        @Override
        public boolean hasNext() {
            while (next == null && reject == null && (left > 0 || group < to)) {
                try {
                    advance();
                } catch (IOException | RuntimeException e) {
                    reject = damaged(e);
                }
            }
            return next != null && reject == null;
        }

        private void advance() throws IOException {
            if (left == 0) {
                PageReadStore pages = reader.readRowGroup(group);
                group++;
                left = pages.getRowCount();
                records = new ColumnIOFactory()
                        .getColumnIO(schema())
                        .getRecordReader(pages, new GroupRecordConverter(schema()));
            } else {
                next = line(records.read(), schema(), mapping.target(), conversions, declared);
                left--;
            }
        }

        @Override
        public Line next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            Line line = next;
            next = null;
            return line;
        }
    }

    /**
     * The first rows of a file that nothing is declared of.
     *
     * @param rows all columns among what is not declared
     * @param types the type to declare for each column; empty for one that has none, such as a decimal or a list
     * @param reject why there are none, or null
     */
    record Sample(List<Line> rows, Map<String, String> types, boolean isWhole, Reject reject) {}

    /** @param columns of a source that declares none */
    static Sample sample(InputFile input, FileColumns columns, int most) throws IOException {
        try (ParquetFile file = open(input, columns, List.of(), List.of(), Set.of())) {
            Map<String, String> types = new LinkedHashMap<>();
            List<Line> rows = new ArrayList<>();
            if (file.reject == null) {
                file.schema().getFields().forEach(type -> types.put(type.getName(), declared(type)));
                Iterator<Line> all = file.rows();
                while (rows.size() < most && all.hasNext()) {
                    rows.add(all.next());
                }
            }
            boolean isWhole = file.reject != null || rows.size() == file.reader.getRecordCount();
            return new Sample(rows, types, isWhole, file.reject);
        }
    }

    private static String declared(Type type) {
        boolean isInt = type.isPrimitive() && type.asPrimitiveType().getPrimitiveTypeName() == PrimitiveTypeName.INT32;
        return Stream.of(
                        Values.Kind.BOOLEAN,
                        Values.Kind.DATE,
                        isInt ? Values.Kind.INT : Values.Kind.LONG,
                        Values.Kind.DOUBLE,
                        Values.Kind.TIMESTAMP,
                        Values.Kind.STRING)
                .filter(kind -> conversion(type, kind, false) != null)
                .findFirst()
                .map(kind -> kind.name().toLowerCase(Locale.ROOT))
                .orElse("");
    }

    private static Reject damaged(Exception e) {
        return new Reject("PEN-ING-027", "parquet", "The Parquet file is truncated or damaged: " + firstLine(e));
    }

    private static String firstLine(Throwable e) {
        String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        return Reject.shown(message.lines().findFirst().orElse(""));
    }

    private static String typeOf(Type type) {
        return type.toString().replaceAll("\\s+", " ").strip();
    }

    private static Line line(Group row, MessageType schema, int[] target, Conversion[] conversions, int columns) {
        Object[] values = new Object[columns];
        Map<String, String> extra = new LinkedHashMap<>();
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        for (int i = 0; i < target.length; i++) {
            Type type = schema.getType(i);
            JsonNode shown = json(row, i, type);
            json.set(type.getName(), shown);
            boolean isThere = row.getFieldRepetitionCount(i) > 0;
            if (target[i] >= 0) {
                values[target[i]] = isThere ? conversions[i].of(row, i) : null;
            } else if (isThere) {
                extra.put(type.getName(), shown.isValueNode() ? shown.asText() : shown.toString());
            }
        }
        return new Line(values, json.toString(), extra);
    }

    private static Conversion conversion(Type type, Values.Kind kind, boolean isCount) {
        if (!type.isPrimitive() || type.isRepetition(Type.Repetition.REPEATED)) {
            return null;
        }
        PrimitiveTypeName physical = type.asPrimitiveType().getPrimitiveTypeName();
        LogicalTypeAnnotation logical = type.getLogicalTypeAnnotation();
        boolean isWhole = logical == null || logical instanceof IntLogicalTypeAnnotation whole && fitsSigned(whole);
        return switch (kind) {
            case STRING -> text(type.asPrimitiveType());
            case INT, LONG -> isWhole ? whole(physical, kind) : null;
            case DOUBLE -> isWhole ? decimal(physical) : null;
            case BOOLEAN -> physical == PrimitiveTypeName.BOOLEAN ? (row, i) -> row.getBoolean(i, 0) : null;
            case DATE ->
                logical instanceof LogicalTypeAnnotation.DateLogicalTypeAnnotation
                        ? (row, i) -> row.getInteger(i, 0)
                        : null;
            default -> isCount && isWhole ? whole(physical, Values.Kind.LONG) : moment(physical, logical);
        };
    }

    /** A decimal is the text of its digits, for what it is a binary fraction would round. */
    private static Conversion text(PrimitiveType type) {
        if (type.getLogicalTypeAnnotation() instanceof DecimalLogicalTypeAnnotation) {
            return (row, i) -> decimal(row, i, 0, type).toPlainString();
        }
        return isText(type.getPrimitiveTypeName(), type.getLogicalTypeAnnotation())
                ? (row, i) -> row.getBinary(i, 0).toStringUsingUTF8()
                : null;
    }

    private static BigDecimal decimal(Group row, int field, int index, PrimitiveType type) {
        int scale = ((DecimalLogicalTypeAnnotation) type.getLogicalTypeAnnotation()).getScale();
        return switch (type.getPrimitiveTypeName()) {
            case INT32 -> BigDecimal.valueOf(row.getInteger(field, index), scale);
            case INT64 -> BigDecimal.valueOf(row.getLong(field, index), scale);
            default -> new BigDecimal(new BigInteger(row.getBinary(field, index).getBytes()), scale);
        };
    }

    /** Unsigned numbers of 32 and 64 bits would be read as others. */
    private static boolean fitsSigned(IntLogicalTypeAnnotation whole) {
        return whole.isSigned() || whole.getBitWidth() < Integer.SIZE;
    }

    private static boolean isText(PrimitiveTypeName physical, LogicalTypeAnnotation logical) {
        return physical == PrimitiveTypeName.BINARY
                && (logical instanceof LogicalTypeAnnotation.StringLogicalTypeAnnotation
                        || logical instanceof LogicalTypeAnnotation.EnumLogicalTypeAnnotation
                        || logical instanceof LogicalTypeAnnotation.JsonLogicalTypeAnnotation);
    }

    /** A 64-bit number in a column of 32 bits is judged value by value. */
    private static Conversion whole(PrimitiveTypeName physical, Values.Kind kind) {
        return switch (physical) {
            case INT32 ->
                kind == Values.Kind.INT ? (row, i) -> row.getInteger(i, 0) : (row, i) -> (long) row.getInteger(i, 0);
            case INT64 -> (row, i) -> row.getLong(i, 0);
            default -> null;
        };
    }

    private static Conversion decimal(PrimitiveTypeName physical) {
        return switch (physical) {
            case DOUBLE -> (row, i) -> row.getDouble(i, 0);
            case FLOAT -> (row, i) -> (double) row.getFloat(i, 0);
            case INT32 -> (row, i) -> (double) row.getInteger(i, 0);
            default -> null;
        };
    }

    /** An instant in microseconds; a local time as the text that it would be in a CSV file. */
    private static Conversion moment(PrimitiveTypeName physical, LogicalTypeAnnotation logical) {
        if (physical == PrimitiveTypeName.INT96) {
            return (row, i) -> int96(row, i);
        }
        if (!(logical instanceof TimestampLogicalTypeAnnotation timestamp)) {
            return null;
        }
        TimeUnit unit = timestamp.getUnit();
        return timestamp.isAdjustedToUTC()
                ? (row, i) -> micros(row.getLong(i, 0), unit)
                : (row, i) -> instant(micros(row.getLong(i, 0), unit))
                        .toString()
                        .replace("T", " ")
                        .replace("Z", "");
    }

    private static long micros(long value, TimeUnit unit) {
        return switch (unit) {
            case MILLIS -> Math.multiplyExact(value, 1_000L);
            case MICROS -> value;
            default -> Math.floorDiv(value, 1_000L);
        };
    }

    private static long int96(Group row, int field) {
        NanoTime time = NanoTime.fromBinary(row.getInt96(field, 0));
        return (time.getJulianDay() - JULIAN_EPOCH_DAY) * MICROS_PER_DAY
                + Math.floorDiv(time.getTimeOfDayNanos(), 1_000L);
    }

    private static Instant instant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }

    private static JsonNode json(Group row, int field, Type type) {
        int count = row.getFieldRepetitionCount(field);
        if (type.isRepetition(Type.Repetition.REPEATED)) {
            ArrayNode all = JsonNodeFactory.instance.arrayNode();
            for (int i = 0; i < count; i++) {
                all.add(one(row, field, i, type));
            }
            return all;
        }
        return count == 0 ? JsonNodeFactory.instance.nullNode() : one(row, field, 0, type);
    }

    private static JsonNode one(Group row, int field, int index, Type type) {
        if (!type.isPrimitive()) {
            Group inner = row.getGroup(field, index);
            LogicalTypeAnnotation logical = type.getLogicalTypeAnnotation();
            if (logical instanceof LogicalTypeAnnotation.ListLogicalTypeAnnotation && isRepeating(type)) {
                return list(inner, type.asGroupType().getType(0));
            }
            if (logical instanceof LogicalTypeAnnotation.MapLogicalTypeAnnotation && isRepeating(type)) {
                return map(inner, type.asGroupType().getType(0));
            }
            ObjectNode node = JsonNodeFactory.instance.objectNode();
            for (int i = 0; i < type.asGroupType().getFieldCount(); i++) {
                node.set(
                        type.asGroupType().getFieldName(i),
                        json(inner, i, type.asGroupType().getType(i)));
            }
            return node;
        }
        return scalar(row, field, index, type.asPrimitiveType());
    }

    private static boolean isRepeating(Type type) {
        return type.asGroupType().getFieldCount() == 1
                && type.asGroupType().getType(0).isRepetition(Type.Repetition.REPEATED);
    }

    /** Elements, whatever the writer called the groups around them. */
    private static JsonNode list(Group list, Type repeated) {
        ArrayNode all = JsonNodeFactory.instance.arrayNode();
        boolean isWrapped = !repeated.isPrimitive() && repeated.asGroupType().getFieldCount() == 1;
        for (int i = 0; i < list.getFieldRepetitionCount(0); i++) {
            all.add(
                    isWrapped
                            ? json(
                                    list.getGroup(0, i),
                                    0,
                                    repeated.asGroupType().getType(0))
                            : one(list, 0, i, repeated));
        }
        return all;
    }

    /** Entries by the text of their keys. */
    private static JsonNode map(Group map, Type repeated) {
        ObjectNode all = JsonNodeFactory.instance.objectNode();
        List<Type> fields = repeated.asGroupType().getFields();
        for (int i = 0; i < map.getFieldRepetitionCount(0); i++) {
            Group entry = map.getGroup(0, i);
            JsonNode key = json(entry, 0, fields.get(0));
            all.set(
                    key.isValueNode() ? key.asText() : key.toString(),
                    fields.size() > 1 ? json(entry, 1, fields.get(1)) : JsonNodeFactory.instance.nullNode());
        }
        return all;
    }

    private static JsonNode scalar(Group row, int field, int index, PrimitiveType type) {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        LogicalTypeAnnotation logical = type.getLogicalTypeAnnotation();
        if (logical instanceof TimestampLogicalTypeAnnotation timestamp) {
            String text = instant(micros(row.getLong(field, index), timestamp.getUnit()))
                    .toString();
            return nodes.textNode(timestamp.isAdjustedToUTC() ? text : text.replace("Z", ""));
        }
        if (logical instanceof LogicalTypeAnnotation.DateLogicalTypeAnnotation) {
            return nodes.textNode(
                    LocalDate.ofEpochDay(row.getInteger(field, index)).toString());
        }
        if (logical instanceof DecimalLogicalTypeAnnotation) {
            return nodes.textNode(decimal(row, field, index, type).toPlainString());
        }
        return switch (type.getPrimitiveTypeName()) {
            case BOOLEAN -> nodes.booleanNode(row.getBoolean(field, index));
            case INT32 -> nodes.numberNode(row.getInteger(field, index));
            case INT64 -> nodes.numberNode(row.getLong(field, index));
            case FLOAT -> nodes.numberNode(row.getFloat(field, index));
            case DOUBLE -> nodes.numberNode(row.getDouble(field, index));
            case INT96 -> nodes.textNode(instant(int96(row, field)).toString());
            default ->
                isText(type.getPrimitiveTypeName(), logical)
                        ? nodes.textNode(row.getBinary(field, index).toStringUsingUTF8())
                        : nodes.binaryNode(row.getBinary(field, index).getBytes());
        };
    }
}
