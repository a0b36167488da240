package io.penstock.ingestion.format;

import static io.penstock.ingestion.format.Told.GOOD;
import static io.penstock.ingestion.format.Told.file;
import static io.penstock.ingestion.format.Told.gzip;
import static io.penstock.ingestion.format.Told.parse;
import static io.penstock.ingestion.format.Told.rows;
import static io.penstock.ingestion.format.Told.values;
import static io.penstock.ingestion.format.Told.zstd;
import static io.penstock.ingestion.testing.Sources.column;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.config.LayoutSpec;
import io.penstock.core.config.LayoutSpec.MissingColumn;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.config.SourceSpec.Format;
import io.penstock.core.config.SourceSpec.NewColumn;
import io.penstock.core.config.TimesSpec;
import io.penstock.core.config.TimesSpec.Epoch;
import io.penstock.ingestion.testing.Sources;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.function.Consumer;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroupFactory;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of the fault catalogue, each by its number: what becomes of them and what a user reads. */
class CatalogueFilesTest {
    private static final SourceSpec THINGS =
            Sources.of(column("id", "int").required(), column("name", "string").spec());
    private static final SourceSpec ROWS = parquet(NewColumn.EVOLVE, "long");
    private static final byte[] TEXT = "id,name\n1,a\n2,b\n".getBytes(UTF_8);
    private static final String SCHEMA = "required int32 id; optional binary name (STRING); optional double price; "
            + "optional int64 at (TIMESTAMP(MICROS,true));";

    @TempDir
    private Path folder;

    @Test
    void f03EmptyFileIsQuarantined() throws IOException {
        assertThat(file(parse(THINGS, "a.csv", new byte[0]))).isEqualTo("PEN-ING-003 not-empty: The file has 0 bytes");
        assertThat(file(parse(THINGS, "a.csv.gz", gzip(new byte[0]))))
                .isEqualTo("PEN-ING-003 not-empty: The file unpacks to 0 bytes");
        assertThat(file(parse(THINGS, "\n \n"))).isEqualTo("PEN-ING-003 not-empty: The file holds nothing but blanks");
        assertThat(file(parse(ROWS, "a.parquet", new byte[0])))
                .isEqualTo("PEN-ING-003 not-empty: The file has 0 bytes");
    }

    @Test
    void f04HeaderOnlyIsAGoodFileWithoutRecords() {
        assertThat(rows(parse(THINGS, "id,name\n"))).isEmpty();
        assertThat(file(parse(THINGS, "id,name\n"))).isEqualTo(GOOD);
    }

    @ParameterizedTest
    @ValueSource(ints = {15, 400, 2000})
    void f05TruncatedGzipGivesNoRowAtAll(int length) throws IOException {
        byte[] whole = gzip(manyRows());

        assertThat(parse(THINGS, "a.csv.gz", whole).records()).hasSize(2000);
        assertThat(rows(parse(THINGS, "a.csv.gz", Arrays.copyOf(whole, length))))
                .containsExactly("PEN-ING-005 gzip: The gzip file is truncated");
    }

    @ParameterizedTest
    @ValueSource(ints = {6, 15, 400, 2000})
    void f05TruncatedZstdGivesNoRowAtAll(int length) {
        byte[] whole = zstd(manyRows());

        assertThat(parse(THINGS, "a.csv.zst", whole).records()).hasSize(2000);
        assertThat(rows(parse(THINGS, "a.csv.zst", Arrays.copyOf(whole, length))))
                .containsExactly("PEN-ING-005 zstd: The zstd file is truncated");
    }

    @Test
    void f05DamagedArchivesAreTold() throws IOException {
        byte[] gzip = gzip(manyRows());
        byte[] zstd = zstd(manyRows());
        Arrays.fill(gzip, 100, 140, (byte) 7);
        Arrays.fill(zstd, 100, 140, (byte) 7);

        assertThat(file(parse(THINGS, "a.csv.gz", gzip))).startsWith("PEN-ING-005 gzip: The gzip file is damaged: ");
        assertThat(file(parse(THINGS, "a.csv.zst", zstd))).startsWith("PEN-ING-005 zstd: The zstd file is damaged: ");
    }

    @Test
    void f06PlainTextUnderThePackedName() {
        assertThat(file(parse(THINGS, "a.csv.gz", TEXT)))
                .isEqualTo("PEN-ING-006 gzip: The file is not gzip, though its name ends in .gz");
        assertThat(file(parse(THINGS, "a.csv.zst", TEXT)))
                .isEqualTo("PEN-ING-006 zstd: The file is not zstd, though its name ends in .zst");
    }

    @Test
    void f07ArchivesAndDoubleCompression() throws IOException {
        assertThat(file(parse(THINGS, "a.csv", "PK\3\4 and more".getBytes(ISO_8859_1))))
                .isEqualTo("PEN-ING-007 plain-text: The file is a zip archive; land plain text, gzip or zstd");
        assertThat(file(parse(THINGS, "a.csv.gz", gzip(gzip(TEXT)))))
                .isEqualTo("PEN-ING-007 plain-text: The file is packed twice; land plain text, gzip or zstd");
        assertThat(file(parse(THINGS, "a.csv", "Salted__x".getBytes(ISO_8859_1))))
                .isEqualTo("PEN-ING-007 plain-text: The file is encrypted; land plain text, gzip or zstd");
    }

    @Test
    void f08DecompressionBomb() throws IOException {
        byte[] zeros = new byte[64 << 20];

        assertThat(file(parse(THINGS, "a.csv.gz", gzip(zeros))))
                .startsWith("PEN-ING-008 unpacked-size: ")
                .endsWith("(at most 268435456 bytes and 500 times the packed size)");
        assertThat(file(parse(THINGS, "a.csv.zst", zstd(zeros)))).startsWith("PEN-ING-008 unpacked-size: ");
    }

    @Test
    void f09BinaryGarbage() throws IOException {
        byte[] garbage = new byte[5000];
        new Random(9).nextBytes(garbage);

        assertThat(file(parse(THINGS, "a.csv", garbage)))
                .isEqualTo("PEN-ING-009 plain-text: The file is binary, not text");
        assertThat(file(parse(THINGS, "a.csv", rowsOf(1))))
                .isEqualTo("PEN-ING-009 plain-text: The file is Parquet, not text; declare format = parquet");
    }

    @Test
    void f10HtmlAndXml() {
        assertThat(file(parse(THINGS, "\n <!DOCTYPE html><html>")))
                .isEqualTo("PEN-ING-010 plain-text: The file is HTML or XML, it starts with '<!DOCTYPE html><html>'");
    }

    @ParameterizedTest
    @EnumSource(
            value = CompressionCodecName.class,
            names = {"UNCOMPRESSED", "SNAPPY", "GZIP", "ZSTD", "LZ4_RAW"})
    void parquetGivesItsRowsInTheirOrderWhateverItIsPackedWith(CompressionCodecName codec) throws IOException {
        byte[] bytes = written(codec, SCHEMA, 3, row -> {
            row.append("id", 7);
            row.append("name", "Zoë");
            row.append("price", 2.5);
            row.append("at", 1_387_951_200_000_000L);
        });

        ParsedFile parsed = parse(ROWS, "a.parquet", bytes);

        assertThat(rows(parsed)).containsExactly(GOOD, GOOD, GOOD);
        assertThat(parsed.records()).extracting(ParsedFile.Rec::position).containsExactly(1L, 2L, 3L);
        assertThat(values(parsed, 0)).containsExactly(7L, "Zoë", 2.5, 1_387_951_200_000_000L);
        assertThat(RowImage.json(parsed.records().get(0).image()))
                .isEqualTo("{\"id\":7,\"name\":\"Zoë\",\"price\":2.5,\"at\":\"2013-12-25T06:00:00Z\"}");
    }

    @Test
    void parquetIsHeldToTheSameContract() throws IOException {
        Consumer<Group> row = group -> {
            group.append("id", 7);
            group.append("price", Double.NaN);
        };

        assertThat(rows(parse(ROWS, "a.parquet", written(SCHEMA, row))))
                .containsExactly("PEN-ROW-016 double(price): price is 'NaN', must be a finite number");
        assertThat(rows(parse(
                        ROWS,
                        "a.parquet",
                        written(SCHEMA, group -> group.append("id", 7).append("price", 101.0)))))
                .containsExactly("PEN-ROW-040 between(price): price is '101.0', must be in [0, 100]");
        assertThat(rows(parse(
                        ROWS,
                        "a.parquet",
                        written(SCHEMA, group -> group.append("id", 7).append("at", -3_000_000_000_000_000L)))))
                .containsExactly(
                        "PEN-ROW-022 timestamp(at): at is '1874-12-07T18:40:00Z', the year must be 1900 to 2200");
        assertThat(rows(parse(
                        ROWS,
                        "a.parquet",
                        written(SCHEMA, group -> group.append("id", 7).append("name", "a\u200bb")))))
                .containsExactly("PEN-ROW-011 plain-characters: name has the character U+200B");
        assertThat(rows(parse(
                        parquet(NewColumn.EVOLVE, "int"),
                        "a.parquet",
                        written(SCHEMA.replace("int32 id", "int64 id"), group -> group.append("id", 3_000_000_000L)))))
                .containsExactly(
                        "PEN-ROW-014 int(id): id is '3000000000', does not fit int (-2147483648 to 2147483647)");
    }

    @Test
    void whatParquetHasThatIsNotDeclaredIsHeldToPlainCharactersToo() throws IOException {
        String schema =
                SCHEMA + " optional binary more (STRING); optional group nested { optional binary k (STRING); }";
        SourceSpec ignoring = parquet(NewColumn.IGNORE, "long");
        byte[] flat = written(schema, group -> group.append("id", 7).append("more", "a\u200bb"));
        byte[] nested = written(
                schema, group -> group.append("id", 7).addGroup("nested").append("k", "a\0b"));
        byte[] good = written(
                schema,
                group -> group.append("id", 7)
                        .append("more", "a\\u0000")
                        .addGroup("nested")
                        .append("k", "a\n"));

        assertThat(rows(parse(ROWS, "a.parquet", flat)))
                .containsExactly("PEN-ROW-011 plain-characters: 'more' has the character U+200B");
        assertThat(rows(parse(ROWS, "a.parquet", nested)))
                .containsExactly("PEN-ROW-011 plain-characters: 'nested' has the character U+0000");
        assertThat(rows(parse(ROWS, "a.parquet", good))).containsExactly(GOOD);
        assertThat(rows(parse(ignoring, "a.parquet", nested))).containsExactly(GOOD);
    }

    @Test
    void parquetTimesOfEveryUnitAreOneInstant() throws IOException {
        String schema = "required int32 id; optional binary name (STRING); optional double price; ";
        for (String time : List.of("MILLIS,true", "MICROS,true", "NANOS,true", "MICROS,false")) {
            long factor = time.startsWith("MILLIS") ? 1_000L : time.startsWith("NANOS") ? 1_000_000_000L : 1_000_000L;
            byte[] bytes = written(
                    schema + "optional int64 at (TIMESTAMP(" + time + "));",
                    group -> group.append("id", 1).append("at", 1_387_951_200L * factor));
            assertThat(values(parse(ROWS, "a.parquet", bytes), 0)).as(time).contains(1_387_951_200_000_000L);
        }
        byte[] seconds = written(
                schema + "optional int64 at;", group -> group.append("id", 1).append("at", 1_387_951_200L));
        assertThat(values(parse(counting(), "a.parquet", seconds), 0)).contains(1_387_951_200_000_000L);
    }

    @Test
    void f26AnotherPhysicalTypeQuarantinesTheFile() throws IOException {
        byte[] bytes = written(
                "required binary id (STRING); optional int32 name; optional double price; optional int64 at;",
                group -> group.append("id", "1"));

        assertThat(file(parse(ROWS, "a.parquet", bytes)))
                .isEqualTo("PEN-ING-026 physical-type: id is required binary id (STRING), must be long; "
                        + "name is optional int32 name, must be string; at is optional int64 at, must be timestamp");
    }

    @Test
    void f27CorruptOrTruncatedParquetGivesNoRowAtAll() throws IOException {
        byte[] whole = rowsOf(2000);
        String told = "PEN-ING-027 parquet: The Parquet file is truncated or damaged: ";

        assertThat(parse(ROWS, "a.parquet", whole).records()).hasSize(2000);
        assertThat(file(parse(ROWS, "a.parquet", TEXT))).startsWith(told);
        for (int length : new int[] {1, 4, 12, whole.length / 2, whole.length - 1}) {
            assertThat(rows(parse(ROWS, "a.parquet", Arrays.copyOf(whole, length))))
                    .hasSize(1)
                    .allMatch(row -> row.startsWith(told));
        }
        byte[] page = whole.clone();
        page[200] ^= 0x55;
        assertThat(rows(parse(ROWS, "a.parquet", page))).hasSize(1).allMatch(row -> row.startsWith(told));
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2})
    void f27AnyDamageOfAFooterIsAnOutcome(long seed) throws IOException {
        byte[] whole = rowsOf(50);
        Random random = new Random(seed);
        for (int i = 0; i < 500; i++) {
            byte[] damaged = whole.clone();
            damaged[whole.length - 1 - random.nextInt(600)] = (byte) random.nextInt();
            ParsedFile parsed = parse(ROWS, "a.parquet", damaged);
            assertThat(parsed.reject() == null
                            || parsed.reject().code().startsWith("PEN-ING-02")
                            || parsed.reject().code().equals("PEN-ING-008"))
                    .as(file(parsed))
                    .isTrue();
        }
    }

    @Test
    void f28AnotherSchemaByPolicy() throws IOException {
        byte[] more = written(SCHEMA + "optional group tags { repeated int32 tag; }", group -> {
            group.append("id", 1);
            group.addGroup("tags").append("tag", 3);
        });
        byte[] less = written("required int32 id; optional binary nam (STRING);", group -> group.append("id", 1));

        assertThat(parse(ROWS, "a.parquet", more).records().get(0).extra()).containsEntry("tags", "{\"tag\":[3]}");
        assertThat(parse(ROWS, "a.parquet", more).newColumns()).containsExactly("tags");
        assertThat(file(parse(parquet(NewColumn.REJECT, "long"), "a.parquet", more)))
                .isEqualTo("PEN-ING-028 on-new-column: Columns that are not declared: 'tags'");
        assertThat(file(parse(ROWS, "a.parquet", less)))
                .isEqualTo("PEN-ING-028 header: The header lacks name, price, at; it has 'id, nam'; "
                        + "if nam is another name of name, declare renamed-from = [nam] there");
        assertThat(values(parse(ROWS.with(lenient()), "a.parquet", less), 0)).containsExactly(1L, null, null, null);
    }

    @Test
    void parquetDecimalsListsAndMapsAreTheirValues() throws IOException {
        byte[] bytes = written(
                "required int32 id; optional int32 a (DECIMAL(9,2)); optional int64 b (DECIMAL(18,2));"
                        + "optional binary name (DECIMAL(38,2)); optional fixed_len_byte_array(5) d (DECIMAL(10,2));"
                        + "optional group list (LIST) { repeated group list { optional int32 element; } }"
                        + "optional group items (LIST) { repeated group bag { optional int32 item; } }"
                        + "optional group old (LIST) { repeated int32 array; }"
                        + "optional group map (MAP) { repeated group key_value { required binary key (STRING);"
                        + " optional int32 value; } }",
                group -> {
                    group.append("id", 1).append("a", -1).append("b", 123L);
                    group.append("name", Binary.fromConstantByteArray(new BigInteger("9999999999").toByteArray()));
                    group.append("d", Binary.fromConstantByteArray(new byte[] {-1, -1, -1, -1, -123}));
                    Group list = group.addGroup("list");
                    list.addGroup("list").append("element", 1);
                    list.addGroup("list");
                    group.addGroup("items").addGroup("bag").append("item", 2);
                    group.addGroup("old").append("array", 3).append("array", 4);
                    Group map = group.addGroup("map");
                    map.addGroup("key_value").append("key", "x").append("value", 5);
                    map.addGroup("key_value").append("key", "y");
                });
        SourceSpec source = Sources.of(
                Format.PARQUET,
                NewColumn.EVOLVE,
                column("id", "long").required(),
                column("name", "string").spec());

        ParsedFile.Rec row = parse(source, "a.parquet", bytes).records().get(0);

        assertThat(row.values()).containsExactly(1L, "99999999.99");
        assertThat(row.extra())
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "a",
                        "-0.01",
                        "b",
                        "1.23",
                        "d",
                        "-1.23",
                        "list",
                        "[1,null]",
                        "items",
                        "[2]",
                        "old",
                        "[3,4]",
                        "map",
                        "{\"x\":5,\"y\":null}"));
        assertThat(RowImage.json(row.image())).contains("\"name\":\"99999999.99\"", "\"a\":\"-0.01\"");
    }

    private static LayoutSpec lenient() {
        return new LayoutSpec(
                Optional.empty(), Optional.empty(), OptionalInt.empty(), Optional.of(MissingColumn.AS_NULL));
    }

    private static SourceSpec parquet(NewColumn policy, String idType) {
        return Sources.of(
                Format.PARQUET,
                policy,
                column("id", idType).required(),
                column("name", "string").spec(),
                column("price", "double").between(0, 100),
                column("at", "timestamp").spec());
    }

    private static SourceSpec counting() {
        TimesSpec seconds = new TimesSpec(
                Optional.empty(), Optional.empty(), Optional.of(Epoch.SECONDS), List.of(), Optional.empty());
        return Sources.of(
                Format.PARQUET,
                NewColumn.IGNORE,
                column("id", "long").required(),
                column("at", "timestamp").spec().with(seconds, List.of()));
    }

    private static byte[] manyRows() {
        StringBuilder text = new StringBuilder("id,name\n");
        new Random(5)
                .ints(2000)
                .forEach(n -> text.append(Math.abs(n)).append(",x").append(n).append('\n'));
        return text.toString().getBytes(UTF_8);
    }

    private byte[] rowsOf(int count) throws IOException {
        return written(
                CompressionCodecName.UNCOMPRESSED,
                SCHEMA,
                count,
                group -> group.append("id", 1).append("name", "a").append("price", 2.5));
    }

    private byte[] written(String fields, Consumer<Group> row) throws IOException {
        return written(CompressionCodecName.UNCOMPRESSED, fields, 1, row);
    }

    private byte[] written(CompressionCodecName codec, String fields, int count, Consumer<Group> row)
            throws IOException {
        MessageType schema = MessageTypeParser.parseMessageType("message row { " + fields + " }");
        Path file = Files.createTempDirectory(folder, "p").resolve("a.parquet");
        try (ParquetWriter<Group> writer = ExampleParquetWriter.builder(new org.apache.hadoop.fs.Path(file.toUri()))
                .withType(schema)
                .withCompressionCodec(codec)
                .build()) {
            for (int i = 0; i < count; i++) {
                Group group = new SimpleGroupFactory(schema).newGroup();
                row.accept(group);
                writer.write(group);
            }
        }
        return Files.readAllBytes(file);
    }
}
