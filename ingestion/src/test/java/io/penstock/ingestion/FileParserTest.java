package io.penstock.ingestion;

import static io.penstock.ingestion.Sources.column;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.config.PipelineConfig.Format;
import io.penstock.core.config.PipelineConfig.Mode;
import io.penstock.core.config.PipelineConfig.NewColumn;
import io.penstock.ingestion.ParsedFile.Rec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileParserTest {
    private static final FileParser PARSER = new FileParser(
            Sources.of(column("id", "int").required(), column("name", "string").spec()));
    private static final FileParser JSON =
            new FileParser(Sources.orders(Format.JSON, Mode.APPEND, NewColumn.EVOLVE, "landed"));
    private static final String GOOD = "id,name\n1,a\n2,b\n";

    @Test
    void f03EmptyFileIsQuarantined() {
        assertThat(code(PARSER.parse("a.csv", new byte[0]))).isEqualTo("PEN-ING-003");
    }

    @Test
    void f04HeaderOnlyIsAGoodFileWithoutRecords() {
        assertThat(csv("id,name\n").records()).isEmpty();
        assertThat(csv("id,name\n").reject()).isNull();
    }

    @ParameterizedTest
    @ValueSource(ints = {15, 400, 2000})
    void f05TruncatedGzipGivesNoRowAtAll(int length) throws IOException {
        StringBuilder text = new StringBuilder("id,name\n");
        new Random(5)
                .ints(2000)
                .forEach(n -> text.append(Math.abs(n)).append(",x").append(n).append('\n'));
        byte[] whole = gzip(text.toString().getBytes(UTF_8));

        ParsedFile truncated = PARSER.parse("a.csv.gz", Arrays.copyOf(whole, length));

        assertThat(PARSER.parse("a.csv.gz", whole).records()).hasSize(2000);
        assertThat(code(truncated)).isEqualTo("PEN-ING-005");
        assertThat(truncated.records()).isEmpty();
    }

    @Test
    void f06PlainTextNamedGzip() {
        assertThat(code(PARSER.parse("a.csv.gz", GOOD.getBytes(UTF_8)))).isEqualTo("PEN-ING-006");
    }

    @Test
    void f07ArchivesAndDoubleCompression() throws IOException {
        assertThat(code(PARSER.parse("a.csv", "PK\3\4 and more".getBytes(ISO_8859_1))))
                .isEqualTo("PEN-ING-007");
        assertThat(code(PARSER.parse("a.csv.gz", gzip(gzip(GOOD.getBytes(UTF_8))))))
                .isEqualTo("PEN-ING-007");
    }

    @Test
    void f08DecompressionBomb() throws IOException {
        assertThat(code(PARSER.parse("a.csv.gz", gzip(new byte[64 << 20])))).isEqualTo("PEN-ING-008");
    }

    @Test
    void f09BinaryGarbage() {
        byte[] garbage = new byte[5000];
        new Random(9).nextBytes(garbage);

        assertThat(code(PARSER.parse("a.csv", garbage))).isEqualTo("PEN-ING-009");
    }

    @Test
    void f10HtmlAndXml() {
        assertThat(code(csv("\n <!DOCTYPE html><html>"))).isEqualTo("PEN-ING-010");
        assertThat(code(JSON.parse("a.json", "<?xml version='1.0'?>".getBytes(UTF_8))))
                .isEqualTo("PEN-ING-010");
    }

    @Test
    void r01ColumnsAreMappedByName() {
        assertThat(csv("name,id\na,1\n").records().get(0).values()).containsExactly(1, "a");
    }

    @Test
    void r02MissingColumnQuarantinesTheFile() {
        ParsedFile parsed = csv("id,nom\n1,a\n");

        assertThat(code(parsed)).isEqualTo("PEN-ROW-002");
        assertThat(parsed.reject().reason()).isEqualTo("The header lacks name; it has 'id, nom'");
    }

    @Test
    void r03ExtraColumnByPolicy() {
        String text = "id,name,Tip\n1,a,9\n2,b,\n";
        FileParser evolve = parser(NewColumn.EVOLVE);

        assertThat(code(parser(NewColumn.REJECT).parse("a.csv", text.getBytes(UTF_8))))
                .isEqualTo("PEN-ROW-003");
        assertThat(csv(text).records().get(0).extra()).isEmpty();
        assertThat(csv(text).newColumns()).containsExactly("Tip");
        assertThat(evolve.parse("a.csv", text.getBytes(UTF_8)).records())
                .extracting(rec -> rec.extra().get("Tip"))
                .containsExactly("9", null);
    }

    @Test
    void r04TooFewOrManyFields() {
        ParsedFile parsed = csv("id,name\n1\n2,b,c\n3,d\n");

        assertThat(parsed.records())
                .extracting(FileParserTest::rowCode)
                .containsExactly("PEN-ROW-004", "PEN-ROW-004", "");
        assertThat(parsed.records().get(1).reject().reason()).isEqualTo("3 fields, must be 2 as in the header");
    }

    @Test
    void r05QuotedNewlineIsOneRecord() {
        ParsedFile parsed = csv("id,name\r\n1,\"a\r\nb, \"\"c\"\"\"\r\n\r\n2,\"d\"\r\nx,e");

        assertThat(parsed.records().get(0).values()).containsExactly(1, "a\r\nb, \"c\"");
        assertThat(parsed.records()).extracting(Rec::position).containsExactly(1L, 2L, 3L);
        assertThat(parsed.records()).extracting(Rec::line).containsExactly(2L, 5L, 6L);
        assertThat(parsed.records()).extracting(Rec::raw).containsExactly("1,\"a\r\nb, \"\"c\"\"\"", "2,\"d\"", "x,e");
    }

    @Test
    void r06UnbalancedQuoteQuarantinesTheFile() {
        assertThat(csv("id,name\n1,\"a\n2,b\n").reject())
                .isEqualTo(new Reject(
                        "PEN-ROW-006", "closed-quotes", "A quote opened in the record on line 2 never closes"));
        assertThat(csv("id,name\n1,5\" disk\n").records().get(0).values()).containsExactly(1, "5\" disk");
    }

    @Test
    void r07OtherDelimiter() {
        assertThat(csv("id;name\n1;a\n").reject().reason()).contains("looks like ';'");
        assertThat(code(csv("id\tname\n1\ta\n"))).isEqualTo("PEN-ROW-007");
    }

    @Test
    void r08ByteOrderMarkIsNoPartOfTheHeader() {
        assertThat(csv("\uFEFFid,name\n1,a\n").records().get(0).values()).containsExactly(1, "a");
    }

    @Test
    void r09Utf16() {
        assertThat(code(PARSER.parse("a.csv", GOOD.getBytes(UTF_16)))).isEqualTo("PEN-ROW-009");
        assertThat(code(PARSER.parse("a.csv", GOOD.getBytes(java.nio.charset.StandardCharsets.UTF_16LE))))
                .isEqualTo("PEN-ROW-009");
    }

    @Test
    void zerosThatACrashLeftAreNotUtf16() {
        assertThat(code(PARSER.parse("a.csv", new byte[512]))).isEqualTo("PEN-ING-009");
    }

    @Test
    void r10OnlyTheRecordWithLatin1BytesIsRejected() {
        ParsedFile parsed = PARSER.parse("a.csv", "id,name\n1,caf\u00e9\n2,b\n".getBytes(ISO_8859_1));

        assertThat(parsed.records()).extracting(FileParserTest::rowCode).containsExactly("PEN-ROW-010", "");
        assertThat(parsed.records().get(0).reject().reason()).startsWith("name has bytes");
        assertThat(rowCode(csv("id,name\n1,caf\u00e9 \uFFFD\n").records().get(0)))
                .isEmpty();
    }

    @Test
    void r11ControlAndInvisibleCharacters() {
        assertThat(csv("id,name\n1,a\0b\n2,a\u200bb\n3,a\u202eb\n4,a\tb\n").records())
                .extracting(FileParserTest::rowCode)
                .containsExactly("PEN-ROW-011", "PEN-ROW-011", "PEN-ROW-011", "");
    }

    @Test
    void r12AndR13RepeatedHeaderAndTotals() {
        assertThat(csv("id,name\n1,a\nid,name\nTOTAL,1\nTotal: 1\n").records())
                .extracting(FileParserTest::rowCode)
                .containsExactly("", "PEN-ROW-012", "PEN-ROW-013", "PEN-ROW-013");
    }

    @Test
    void jsonLinesWithNestedAndNewFields() {
        Rec rec =
                json("{\"id\": 7, \"at\": \"2013-12-25T06:00:00Z\", \"city\": null, \"price\": 1.50, \"tags\": [1, 2]}")
                        .records()
                        .get(0);

        assertThat(rec.values()).containsExactly(7, 1387951200000000L, null, 1.5);
        assertThat(rec.extra()).containsEntry("tags", "[1,2]");
    }

    @Test
    void r31ToR33JsonFaults() {
        String at = "\"at\": \"2013-12-25T06:00:00Z\"";
        assertThat(json("{\"id\": 1, \"id\": 2, " + at + "}\n{\"ID\": 1, " + at + "}\n{\"id\": 1\n[1]\n"
                                + "{\"id\": 1e400, " + at + "}\n{\"id\": " + "[".repeat(200) + "\n")
                        .records())
                .extracting(FileParserTest::rowCode)
                .containsExactly(
                        "PEN-ROW-031", "PEN-ROW-032", "PEN-ROW-004", "PEN-ROW-033", "PEN-ROW-015", "PEN-ROW-004");
        assertThat(code(json("[{\"id\": 1}]"))).isEqualTo("PEN-ROW-033");
        assertThat(code(json("{\n  \"id\": 1\n}"))).isEqualTo("PEN-ROW-033");
    }

    @Test
    void r30TooManyColumns() {
        assertThat(code(csv("id,name" + ",x".repeat(10_000) + "\n"))).isEqualTo("PEN-ROW-030");
    }

    private static FileParser parser(NewColumn policy) {
        return new FileParser(Sources.of(
                policy, column("id", "int").required(), column("name", "string").spec()));
    }

    private static ParsedFile csv(String text) {
        return PARSER.parse("a.csv", text.getBytes(UTF_8));
    }

    private static ParsedFile json(String text) {
        return JSON.parse("a.json", text.getBytes(UTF_8));
    }

    private static String code(ParsedFile parsed) {
        return parsed.reject() == null ? "" : parsed.reject().code();
    }

    private static String rowCode(Rec rec) {
        return rec.reject() == null ? "" : rec.reject().code();
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }
}
