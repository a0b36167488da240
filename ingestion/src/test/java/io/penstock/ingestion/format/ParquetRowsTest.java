package io.penstock.ingestion.format;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.ingestion.contract.FileColumns;
import io.penstock.ingestion.contract.Values;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.apache.parquet.column.ParquetProperties.WriterVersion;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.NanoTime;
import org.apache.parquet.example.data.simple.SimpleGroupFactory;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.apache.parquet.schema.Type;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read a column at a time is what Parquet's own reader gives record by record. */
class ParquetRowsTest {
    private static final int FILES = 25;
    private static final List<String> FLAT = List.of(
            "binary text (STRING)",
            "binary kind (ENUM)",
            "binary bytes",
            "boolean truth",
            "int32 small",
            "int64 big",
            "float part",
            "double whole",
            "int32 day (DATE)",
            "int64 milli (TIMESTAMP(MILLIS,true))",
            "int64 local (TIMESTAMP(MICROS,false))",
            "int64 nano (TIMESTAMP(NANOS,true))",
            "int96 old",
            "int32 cents (DECIMAL(9,2))",
            "int64 tenths (DECIMAL(18,1))",
            "int32 u32 (INTEGER(32,false))",
            "int64 u64 (INTEGER(64,false))",
            "fixed_len_byte_array(16) money (DECIMAL(38,4))",
            "fixed_len_byte_array(3) three");
    private static final List<String> NESTED = List.of(
            "repeated int32 many;",
            "optional group tags (LIST) { repeated group list { optional binary element (STRING); } }",
            "optional group counts (MAP) { repeated group key_value { required binary key (STRING); optional int64 value; } }",
            "optional group place { required double x; optional binary town (STRING); }");
    private static final List<String> TEXTS = List.of(
            "", "plain", "\"quoted\"", "back\\slash", "tab\tand\nline", "\u0001\u001f\u007f", "Zoë 漢字 \uD83D\uDE00");

    /** One column of one float of 16 bits, written by pyarrow 25.0.1. */
    private static final String HALF =
            "UEFSMRUAFRAVECwVAhUAFQYVBhwAAAACAAAAAgEAPhUEGSw1ABgGc2NoZW1hFQIAFQ4VBBUCGAFobPwAAAAWAhkcGRwmABwV"
                    + "DhklBgAZGAFoFQAWAhY2FjYmCEkcFQAVABUCADwpBhkmAAIAAAAWNhYCJggWNgAoIHBhcnF1ZXQtY3BwLWFycm93IHZlcnNp"
                    + "b24gMjUuMC4xGRwcAAAAgAAAAFBBUjE=";

    @TempDir
    private Path folder;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void rowsAreThoseOfParquetsOwnReader(long seed) throws IOException {
        Random random = new Random(seed);
        int rows = 0;
        int nulls = 0;
        for (int i = 0; i < FILES; i++) {
            Path path = folder.resolve(seed + "-" + i + ".parquet");
            MessageType schema = schema(random);
            write(path, schema, random);
            List<ObjectNode> expected = expected(path, schema);
            try (ParquetFile file = open(path)) {
                Iterator<ParquetFile.Line> lines = file.rows();
                for (ObjectNode row : expected) {
                    ParquetFile.Line line = lines.next();
                    assertThat(RowImage.json(line.image()))
                            .as(schema.toString())
                            .isEqualTo(row.toString());
                    assertThat(new ObjectMapper().readTree(RowImage.json(line.image())))
                            .isNotEmpty();
                    TreeMap<String, String> texts = new TreeMap<>();
                    row.fields().forEachRemaining(field -> {
                        if (!field.getValue().isNull()) {
                            texts.put(
                                    field.getKey(),
                                    field.getValue().isValueNode()
                                            ? field.getValue().asText()
                                            : field.getValue().toString());
                        }
                    });
                    texts.remove("many", "[]"); // nothing stands there
                    assertThat(line.extra()).isEqualTo(texts);
                    rows++;
                    nulls += row.size() - texts.size();
                }
                assertThat(lines.hasNext()).isFalse();
                assertThat(file.reject()).isNull();
            }
        }
        assertThat(rows).isGreaterThan(FILES * 100);
        assertThat(nulls).isGreaterThan(rows);
    }

    @Test
    void whatHasNoSignIsShownWithoutOne() throws IOException {
        MessageType schema = MessageTypeParser.parseMessageType(
                "message row { required int32 u32 (INTEGER(32,false)); required int64 u64 (INTEGER(64,false));"
                        + " optional group list (LIST) { repeated group list { required int32 element (INTEGER(32,false)); } } }");
        Path path = folder.resolve("unsigned.parquet");
        try (ParquetWriter<Group> writer = ExampleParquetWriter.builder(new org.apache.hadoop.fs.Path(path.toUri()))
                .withType(schema)
                .build()) {
            Group row = new SimpleGroupFactory(schema)
                    .newGroup()
                    .append("u32", -296)
                    .append("u64", Long.MIN_VALUE);
            row.addGroup("list").addGroup(0).append("element", -1);
            writer.write(row);
        }

        try (ParquetFile file = open(path)) {
            ParquetFile.Line line = file.rows().next();

            assertThat(RowImage.json(line.image()))
                    .isEqualTo("{\"u32\":4294967000,\"u64\":9223372036854775808,\"list\":[4294967295]}");
            assertThat(line.extra()).containsEntry("u32", "4294967000").containsEntry("u64", "9223372036854775808");
        }
        assertThat(ParquetColumn.conversion(schema.getType("u32"), Values.Kind.LONG, false)
                        .apply(-296))
                .isEqualTo(4_294_967_000L);
        assertThat(ParquetColumn.conversion(schema.getType("u32"), Values.Kind.INT, false))
                .isNull();
        assertThat(ParquetColumn.conversion(schema.getType("u64"), Values.Kind.LONG, false))
                .isNull();
    }

    @Test
    void aTypeThatIsNewerThanTheReaderIsNoDamage() throws IOException {
        Path path = folder.resolve("half.parquet");
        Files.write(path, Base64.getDecoder().decode(HALF));

        try (ParquetFile file = open(path)) {
            assertThat(Told.of(file.reject()))
                    .isEqualTo(
                            "PEN-ING-026 physical-type: A column has a type that is newer than this reader of Parquet,"
                                    + " such as a float of 16 bits");
        }
    }

    private static ParquetFile open(Path path) throws IOException {
        return ParquetFile.open(
                BytesInput.whole(Files.readAllBytes(path)),
                new FileColumns(Samples.undeclared(Samples.Style.USUAL)),
                List.of(),
                List.of(),
                Set.of());
    }

    private static MessageType schema(Random random) {
        StringBuilder schema = new StringBuilder("message row {");
        List<String> fields = new ArrayList<>();
        FLAT.forEach(type -> fields.add((random.nextInt(4) == 0 ? "required " : "optional ") + type + ";"));
        fields.addAll(random.nextInt(3) == 0 ? List.of() : NESTED);
        Collections.shuffle(fields, random);
        fields.subList(0, 1 + random.nextInt(fields.size())).forEach(schema::append);
        return MessageTypeParser.parseMessageType(schema.append("}").toString());
    }

    private static void write(Path path, MessageType schema, Random random) throws IOException {
        boolean isFewValues = random.nextBoolean();
        try (ParquetWriter<Group> writer = ExampleParquetWriter.builder(new org.apache.hadoop.fs.Path(path.toUri()))
                .withType(schema)
                .withDictionaryEncoding(random.nextInt(3) > 0)
                .withDictionaryPageSize(random.nextBoolean() ? 1 << 20 : 200) // the latter falls back within a column
                .withPageSize(500)
                .withRowGroupSize(random.nextBoolean() ? 1L << 26 : 5_000L)
                .withWriterVersion(random.nextBoolean() ? WriterVersion.PARQUET_1_0 : WriterVersion.PARQUET_2_0)
                .withCompressionCodec(random.nextBoolean() ? CompressionCodecName.SNAPPY : CompressionCodecName.ZSTD)
                .build()) {
            SimpleGroupFactory groups = new SimpleGroupFactory(schema);
            for (int n = 0; n < 150 + random.nextInt(300); n++) {
                Group row = groups.newGroup();
                schema.getFields().forEach(type -> fill(row, type, random, isFewValues ? 5 : 1_000_000));
                writer.write(row);
            }
        }
    }

    private static void fill(Group row, Type type, Random random, int values) {
        String name = type.getName();
        boolean isOptional = !type.isRepetition(Type.Repetition.REQUIRED);
        if (isOptional && random.nextInt(4) == 0) {
            return;
        }
        int value = random.nextInt(values);
        switch (name) {
            case "text", "kind" -> row.append(name, text(value));
            case "bytes" -> row.append(name, Binary.fromConstantByteArray(new byte[] {(byte) value, -1, 0}));
            case "truth" -> row.append(name, value % 2 == 0);
            case "small", "day", "cents", "u32" -> row.append(name, value - 2);
            case "big", "milli", "local", "nano", "tenths", "u64" -> row.append(name, value * 1_000_003L - 7);
            case "part" -> row.append(name, value == 1 ? Float.NaN : value / 3f);
            case "whole" -> row.append(name, value == 1 ? Double.NEGATIVE_INFINITY : value == 2 ? -0.0 : value / 7.0);
            case "old" -> row.append(name, new NanoTime(2_440_588 + value % 9_999, value * 1_001L));
            case "money" -> row.append(name, sixteen(new BigDecimal(value).negate()));
            case "three" -> row.append(name, Binary.fromConstantByteArray(new byte[] {1, 2, (byte) value}));
            case "many" -> {
                for (int i = 0; i < value % 4; i++) {
                    row.append(name, i);
                }
            }
            case "tags" -> {
                Group list = row.addGroup(name);
                for (int i = 0; i < value % 3; i++) {
                    Group element = list.addGroup(0);
                    if (i == 0) {
                        element.append("element", text(value));
                    }
                }
            }
            case "counts" -> {
                Group map = row.addGroup(name);
                for (int i = 0; i < value % 3; i++) {
                    Group entry = map.addGroup(0).append("key", text(value) + i);
                    if (i == 0) {
                        entry.append("value", (long) value);
                    }
                }
            }
            default -> {
                Group place = row.addGroup(name).append("x", value / 2.0);
                if (value % 2 == 0) {
                    place.append("town", text(value));
                }
            }
        }
    }

    private static String text(int value) {
        return value < TEXTS.size() ? TEXTS.get(value) : TEXTS.get(value % TEXTS.size()) + value;
    }

    private static Binary sixteen(BigDecimal value) {
        byte[] digits = value.toBigInteger().toByteArray();
        byte[] bytes = new byte[16];
        Arrays.fill(bytes, (byte) (value.signum() < 0 ? -1 : 0));
        System.arraycopy(digits, 0, bytes, bytes.length - digits.length, digits.length);
        return Binary.fromConstantByteArray(bytes);
    }

    private static List<ObjectNode> expected(Path path, MessageType schema) throws IOException {
        List<ObjectNode> rows = new ArrayList<>();
        try (ParquetReader<Group> reader = ParquetReader.builder(
                        new GroupReadSupport(), new org.apache.hadoop.fs.Path(path.toUri()))
                .build()) {
            for (Group row = reader.read(); row != null; row = reader.read()) {
                ObjectNode node = JsonNodeFactory.instance.objectNode();
                for (int i = 0; i < schema.getFieldCount(); i++) {
                    node.set(schema.getFieldName(i), ParquetJson.nested(row, i, schema.getType(i)));
                }
                rows.add(node);
            }
        }
        return rows;
    }
}
