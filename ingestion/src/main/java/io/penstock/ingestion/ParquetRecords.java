package io.penstock.ingestion;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.NanoTime;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.io.ColumnIOFactory;
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
 * The rows of a Parquet file in memory, or why it gives none. A column fits the declared type or the file is rejected;
 * no value is rounded or cut.
 *
 * @param columns declared column of each column in the file, or -1
 */
record ParquetRecords(List<Line> rows, List<String> fresh, int[] columns, Reject reject) {
    private static final long MICROS_PER_DAY = 86_400_000_000L;
    private static final long JULIAN_EPOCH_DAY = 2_440_588;

    /**
     * @param values one per declared column: a text or a value as {@link Values} gives them; null where there is none
     * @param json the whole row
     * @param extra what is not declared, as text
     */
    record Line(Object[] values, String json, Map<String, String> extra) {}

    /** What a column's values become. */
    private interface Conversion {
        Object of(Group row, int field);
    }

    boolean fills(int column) {
        for (int one : columns) {
            if (one == column) {
                return true;
            }
        }
        return false;
    }

    /**
     * @param kinds of the declared columns
     * @param counted which of them are counts since 1970
     * @param inPath declared columns that the path fills
     */
    static ParquetRecords of(
            byte[] bytes, FileColumns columns, List<Values.Kind> kinds, List<Boolean> counted, Set<Integer> inPath) {
        if (bytes.length == 0) {
            return rejected("PEN-ING-003", "not-empty", "The file has 0 bytes");
        }
        ParquetReadOptions options =
                ParquetReadOptions.builder().usePageChecksumVerification(true).build();
        try (ParquetFileReader reader = ParquetFileReader.open(new BytesInput(bytes), options)) {
            MessageType schema = reader.getFileMetaData().getSchema();
            FileColumns.Mapping mapping = columns.map(
                    schema.getFields().stream().map(Type::getName).toList(), inPath, "PEN-ING-028", "PEN-ING-028");
            if (mapping.reject() != null) {
                return new ParquetRecords(List.of(), List.of(), new int[0], mapping.reject());
            }
            long unpacked = reader.getRowGroups().stream()
                    .mapToLong(BlockMetaData::getTotalByteSize)
                    .sum();
            if (unpacked > FileText.LARGEST) {
                return rejected(
                        "PEN-ING-008",
                        "unpacked-size",
                        bytes.length + " bytes unpack to " + unpacked + " (at most " + FileText.LARGEST + " bytes)");
            }
            Conversion[] conversions = new Conversion[mapping.target().length];
            List<String> unlike = new ArrayList<>();
            for (int i = 0; i < conversions.length; i++) {
                int column = mapping.target()[i];
                if (column >= 0) {
                    conversions[i] = conversion(schema.getType(i), kinds.get(column), counted.get(column));
                    if (conversions[i] == null) {
                        unlike.add(columns.name(column) + " is " + typeOf(schema.getType(i)) + ", must be "
                                + kinds.get(column).name().toLowerCase(Locale.ROOT));
                    }
                }
            }
            if (!unlike.isEmpty()) {
                return rejected("PEN-ING-026", "physical-type", String.join("; ", unlike));
            }
            return new ParquetRecords(
                    rows(reader, schema, mapping.target(), conversions, kinds.size()),
                    mapping.fresh(),
                    mapping.target(),
                    null);
        } catch (IOException | RuntimeException e) {
            return rejected("PEN-ING-027", "parquet", "The Parquet file is truncated or damaged: " + firstLine(e));
        }
    }

    private static String firstLine(Throwable e) {
        String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        return Reject.shown(message.lines().findFirst().orElse(""));
    }

    private static String typeOf(Type type) {
        return type.toString().replaceAll("\\s+", " ").strip();
    }

    private static List<Line> rows(
            ParquetFileReader reader, MessageType schema, int[] target, Conversion[] conversions, int columns)
            throws IOException {
        List<Line> rows = new ArrayList<>();
        for (PageReadStore pages = reader.readNextRowGroup(); pages != null; pages = reader.readNextRowGroup()) {
            RecordReader<Group> records =
                    new ColumnIOFactory().getColumnIO(schema).getRecordReader(pages, new GroupRecordConverter(schema));
            for (long i = 0; i < pages.getRowCount(); i++) {
                rows.add(line(records.read(), schema, target, conversions, columns));
            }
        }
        return rows;
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
            case STRING ->
                isText(physical, logical) ? (row, i) -> row.getBinary(i, 0).toStringUsingUTF8() : null;
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
            return nodes.textNode(row.getValueToString(field, index));
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

    private static ParquetRecords rejected(String code, String rule, String reason) {
        return new ParquetRecords(List.of(), List.of(), new int[0], new Reject(code, rule, reason));
    }
}
