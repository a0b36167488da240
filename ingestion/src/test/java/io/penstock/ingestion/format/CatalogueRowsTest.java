package io.penstock.ingestion.format;

import static io.penstock.ingestion.format.Told.GOOD;
import static io.penstock.ingestion.format.Told.file;
import static io.penstock.ingestion.format.Told.parse;
import static io.penstock.ingestion.format.Told.rows;
import static io.penstock.ingestion.format.Told.values;
import static io.penstock.ingestion.testing.Sources.column;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.config.ColumnSpec;
import io.penstock.core.config.LayoutSpec;
import io.penstock.core.config.LayoutSpec.MissingColumn;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.config.SourceSpec.Format;
import io.penstock.core.config.SourceSpec.NewColumn;
import io.penstock.core.config.TimesSpec;
import io.penstock.core.config.TimesSpec.Epoch;
import io.penstock.ingestion.contract.Contract;
import io.penstock.ingestion.testing.Sources;
import java.nio.charset.Charset;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows, schemas and values of the fault catalogue, each by its number: what becomes of them and what a user reads. */
class CatalogueRowsTest {
    private static final TimesSpec ISO = TimesSpec.ISO;
    private static final ColumnSpec ID = column("id", "int").required();
    private static final ColumnSpec NAME = column("name", "string").spec();
    private static final SourceSpec THINGS = Sources.of(ID, NAME);
    private static final SourceSpec OBJECTS = Sources.of(Format.JSON, NewColumn.IGNORE, ID, NAME);

    @Test
    void r01ColumnsAreMappedByName() {
        assertThat(values(parse(THINGS, "name,id\na,1\n"), 0)).containsExactly(1, "a");
    }

    @Test
    void r02MissingColumnQuarantinesTheFile() {
        assertThat(file(parse(THINGS, "id,nom\n1,a\n")))
                .isEqualTo("PEN-ROW-002 header: The header lacks name; it has 'id, nom'");
        assertThat(file(parse(THINGS, "id,nam\n1,a\n")))
                .isEqualTo("PEN-ROW-002 header: The header lacks name; it has 'id, nam'; "
                        + "if nam is another name of name, declare renamed-from = [nam] there");
        assertThat(file(parse(THINGS, "id,name,name\n1,a,b\n")))
                .isEqualTo("PEN-ROW-002 header: The header names 'name' twice");
    }

    @Test
    void r02FormerNameIsRead() {
        SourceSpec source = Sources.of(ID, NAME.with(ISO, List.of("nom", "label")));

        assertThat(values(parse(source, "nom,id\na,1\n"), 0)).containsExactly(1, "a");
        assertThat(parse(source, "nom,id\na,1\n").newColumns()).isEmpty();
        assertThat(file(parse(source, "id,name,label\n1,a,b\n")))
                .isEqualTo("PEN-ROW-002 header: The file has both name and label, which are names of the column name");
    }

    @Test
    void r02FormerNameInJson() {
        SourceSpec source = Sources.of(Format.JSON, NewColumn.IGNORE, ID, NAME.with(ISO, List.of("nom")));

        assertThat(values(parse(source, "{\"id\":1,\"nom\":\"a\"}"), 0)).containsExactly(1, "a");
        assertThat(file(parse(source, "{\"id\":1,\"nom\":\"a\"}\n{\"id\":2,\"name\":\"b\"}")))
                .isEqualTo("PEN-ROW-002 header: The file has both nom and name, which are names of the column name");
    }

    @Test
    void r02ColumnThatIsNotRequiredMayBeMissingByPolicy() {
        SourceSpec lenient = THINGS.with(new LayoutSpec(
                Optional.empty(), Optional.empty(), OptionalInt.empty(), Optional.of(MissingColumn.AS_NULL)));

        assertThat(values(parse(lenient, "id\n1\n"), 0)).containsExactly(1, null);
        assertThat(file(parse(lenient, "name\na\n")))
                .isEqualTo("PEN-ROW-002 header: The header lacks id; it has 'name'");
    }

    @Test
    void columnsStandInFolderNames() {
        SourceSpec source = Sources.at("things/name={name}/landed={landed}/*", Format.CSV, ID, NAME);

        assertThat(values(in(source, "things/name=a%2Fb/landed=20131225T060000Z/x.csv", "id\n1\n"), 0))
                .containsExactly(1, "a/b");
        assertThat(values(
                        in(source, "things/name=__HIVE_DEFAULT_PARTITION__/landed=20131225T060000Z/x.csv", "id\n1\n"),
                        0))
                .containsExactly(1, null);
        assertThat(values(in(source, "things/name=a/landed=20131225T060000Z/x.csv", "id,name\n1,b\n"), 0))
                .containsExactly(1, "b");
    }

    @Test
    void r03ExtraColumnByPolicy() {
        String text = "id,name,Tip\n1,a,9\n2,b,\n";

        assertThat(file(parse(Sources.of(NewColumn.REJECT, ID, NAME), text)))
                .isEqualTo("PEN-ROW-003 on-new-column: Columns that are not declared: 'Tip'");
        assertThat(parse(THINGS, text).newColumns()).containsExactly("Tip");
        assertThat(parse(THINGS, text).records().get(0).extra()).isEmpty();
        assertThat(parse(Sources.of(NewColumn.EVOLVE, ID, NAME), text).records())
                .extracting(rec -> rec.extra().get("Tip"))
                .containsExactly("9", null);
    }

    @Test
    void r03ValuesUnderAHeaderWithoutANameAreANewColumn() {
        SourceSpec evolving = Sources.of(NewColumn.EVOLVE, ID, NAME);
        SourceSpec rejecting = Sources.of(NewColumn.REJECT, ID, NAME);

        ParsedFile trailing = parse(evolving, "id,name,,\" \"\n1,a,x,y\n2,b,, \n");
        assertThat(trailing.newColumns()).containsExactly("unnamed_3", "unnamed_4");
        assertThat(trailing.records())
                .extracting(ParsedFile.Rec::extra)
                .containsExactly(Map.of("unnamed_3", "x", "unnamed_4", "y"), Map.of());
        assertThat(parse(THINGS, ",id,name\n0,5,a\n").newColumns()).containsExactly("unnamed_1");
        assertThat(file(parse(rejecting, ",id,name\n0,5,a\n")))
                .isEqualTo("PEN-ROW-003 on-new-column: Columns that are not declared: 'unnamed_1',"
                        + " to which the header gives no name");
        for (SourceSpec source : List.of(THINGS, evolving, rejecting)) {
            ParsedFile empty = parse(source, "id,name,,\n1,a,,\" \"\n");
            assertThat(empty.reject()).isNull();
            assertThat(empty.newColumns()).isEmpty();
        }
        assertThat(parse(evolving, "id,unnamed_3,,name\n1,x,y,a\n")
                        .records()
                        .get(0)
                        .extra())
                .isEqualTo(Map.of("unnamed_3", "x", "unnamed_3_", "y"));
    }

    @Test
    void r03AColumnWithoutANameIsDeclaredByItsPlace() {
        SourceSpec source = Sources.of(NewColumn.REJECT, ID, NAME.with(ISO, List.of("unnamed_1")));

        assertThat(values(parse(source, ",id\na,1\n"), 0)).containsExactly(1, "a");
        assertThat(rows(parse(source, ",id\n,id\n"))).first().asString().startsWith("PEN-ROW-012");
    }

    @Test
    void r04TooFewOrManyFields() {
        assertThat(rows(parse(THINGS, "id,name\n1\n2,b,c\n3,d\n")))
                .containsExactly(
                        "PEN-ROW-004 field-count: 1 fields, must be 2 as in the header",
                        "PEN-ROW-004 field-count: 3 fields, must be 2 as in the header",
                        GOOD);
    }

    @Test
    void r05QuotedNewlineIsOneRecord() {
        ParsedFile parsed = parse(THINGS, "id,name\r\n1,\"a\r\nb, \"\"c\"\"\"\r\n\r\n2,\"d\"\r\nx,e");

        assertThat(values(parsed, 0)).containsExactly(1, "a\r\nb, \"c\"");
        assertThat(parsed.records()).extracting(ParsedFile.Rec::position).containsExactly(1L, 2L, 3L);
        assertThat(parsed.records()).extracting(ParsedFile.Rec::line).containsExactly(2L, 5L, 6L);
        assertThat(parsed.records())
                .extracting(ParsedFile.Rec::raw)
                .containsExactly("1,\"a\r\nb, \"\"c\"\"\"", "2,\"d\"", "x,e");
    }

    @Test
    void r06AQuoteThatIsNotClosedCostsItsLine() {
        String unclosed =
                "PEN-ROW-051 closed-quotes: The quote opened in name does not close, or not as a value of several "
                        + "lines does (with the number of fields of the header, within max-record)";
        String stray =
                "PEN-ROW-050 quotes: A quote stands inside name, which is not quoted as a whole, or text follows its "
                        + "closing quote";

        assertThat(rows(parse(THINGS, "id,name\n1,\"a\n2,b\n"))).containsExactly(unclosed, GOOD);
        assertThat(rows(parse(THINGS, "id,name\n1,\"a\n2,b\n3,c,\"d\"\n")))
                .containsExactly(unclosed, GOOD, "PEN-ROW-004 field-count: 3 fields, must be 2 as in the header");
        assertThat(rows(parse(limited(64), "id,name\n1,\"a\n" + "2,b\n".repeat(20) + "3,c\"\n")))
                .hasSize(22)
                .startsWith(unclosed, GOOD)
                .endsWith(GOOD, stray);
        assertThat(rows(parse(THINGS, "id,name\n1,5\" disk\n2,\"a\" b\n3,\"a\nb\"\n4,\"c\" d\n\"5\",e\n")))
                .containsExactly(stray, stray, GOOD, stray, GOOD);
        assertThat(file(parse(THINGS, "id,\"name\n1,a\n")))
                .isEqualTo("PEN-ROW-006 closed-quotes: A quote opened in the header never closes");
        assertThat(file(parse(THINGS, "id,na\"me\n1,a\n")))
                .isEqualTo(
                        "PEN-ROW-006 closed-quotes: The header has a quote inside a name, it begins with 'id,na\"me'");
    }

    @Test
    void whatSparkWritesIsReadByItsEscapeAndElseRejected() {
        StringBuilder text = new StringBuilder("id,name\n");
        for (int n = 0; n < 250; n++) {
            text.append(n).append(",\"monitor 24\\\"\"\n");
            text.append(n).append(",\"pipe 5\\\" steel\"\n");
            text.append(n).append(",plain\n");
            text.append(n).append(",\"C:\\\\a, b\"\n");
        }
        String told =
                "PEN-ROW-052 escape: In name, a quote stands behind a backslash; declare escape = \"\\\\\" where that "
                        + "makes it a part of the value, as Spark writes it, or escape = \"\\\"\" where backslashes are text";

        List<String> undeclared = rows(parse(THINGS, text.toString()));
        ParsedFile declared = parse(escaped("\\"), text.toString());

        assertThat(undeclared).hasSize(1000).startsWith(told, told, GOOD).endsWith(undeclared.get(3));
        assertThat(undeclared.get(3)).startsWith("PEN-ROW-052 escape: Two backslashes stand in the record");
        assertThat(undeclared.stream().filter(told::equals)).hasSize(500);
        assertThat(values(parse(THINGS, "id,name\n1,\"\\\\server, x\"\n"), 0)).containsExactly(1, "\\\\server, x");
        assertThat(rows(declared)).hasSize(1000).containsOnly(GOOD);
        assertThat(values(declared, 0)).containsExactly(0, "monitor 24\"");
        assertThat(values(declared, 1)).containsExactly(0, "pipe 5\" steel");
        assertThat(values(declared, 3)).containsExactly(0, "C:\\a, b");
    }

    @Test
    void aQuoteIsTextWhereNothingIsQuoted() {
        ParsedFile parsed = parse(escaped("none"), "id,name\n1,5\" disk\n2,\"a\n3,\"b\\\"\"\n");

        assertThat(rows(parsed)).containsExactly(GOOD, GOOD, GOOD);
        assertThat(values(parsed, 0)).containsExactly(1, "5\" disk");
        assertThat(values(parsed, 2)).containsExactly(3, "\"b\\\"\"");
    }

    @Test
    void aBackslashIsTextWhereTheDoubledQuoteIsDeclared() {
        String text = "id,name\n1,\"a \\\"\",b\"\n2,\"a\nC:\\\"\n3,\"C:\\\"\n";

        assertThat(rows(parse(THINGS, text)).get(0)).startsWith("PEN-ROW-052");
        assertThat(rows(parse(THINGS, text)).get(1)).startsWith("PEN-ROW-051");
        assertThat(rows(parse(escaped("\""), text))).containsExactly(GOOD, GOOD, GOOD);
        assertThat(values(parse(escaped("\""), text), 0)).containsExactly(1, "a \\\",b");
        assertThat(rows(parse(escaped("\\"), "id,name\n1,\"a \"\"b\"\"\"\n")).get(0))
                .startsWith("PEN-ROW-052 escape: In name, a quote is doubled, or text follows a closing quote");
    }

    @Test
    void r07OtherDelimiter() {
        assertThat(file(parse(THINGS, "id;name\n1;a\n")))
                .isEqualTo("PEN-ROW-007 delimiter: The delimiter looks like ';', it must be ','");
        assertThat(file(parse(THINGS, "id\tname\n1\ta\n")))
                .isEqualTo("PEN-ROW-007 delimiter: The delimiter looks like a tab, it must be ','");
        assertThat(file(parse(written(";", null), "id,name\n1,a\n")))
                .isEqualTo("PEN-ROW-007 delimiter: The delimiter looks like ',', it must be ';'");
        assertThat(values(parse(written(";", null), "id;name\n1;\"a;b\"\n"), 0)).containsExactly(1, "a;b");
    }

    @Test
    void r08ByteOrderMarkIsNoPartOfTheHeader() {
        assertThat(values(parse(THINGS, "\uFEFFid,name\n1,a\n"), 0)).containsExactly(1, "a");
    }

    @Test
    void r09Utf16() {
        String told = "PEN-ROW-009 utf-8: The file is UTF-16; land UTF-8, or declare encoding = utf-16";

        assertThat(file(encoded(THINGS, UTF_16))).isEqualTo(told);
        assertThat(file(encoded(THINGS, UTF_16LE))).isEqualTo(told);
        assertThat(values(encoded(written(null, "utf-16"), UTF_16), 0)).containsExactly(1, "café");
        assertThat(values(encoded(written(null, "utf-16"), UTF_16LE), 0)).containsExactly(1, "café");
    }

    @Test
    void r10OnlyTheRecordWithBytesOfAnotherEncodingIsRejected() {
        assertThat(rows(parse(THINGS, "a.csv", "id,name\n1,café\n2,b\n".getBytes(ISO_8859_1))))
                .containsExactly("PEN-ROW-010 utf-8: name has bytes that are not UTF-8", GOOD);
        assertThat(rows(parse(THINGS, "id,name\n1,café \uFFFD\n"))).containsExactly(GOOD);
        assertThat(values(encoded(written(null, "iso-8859-1"), ISO_8859_1), 0)).containsExactly(1, "café");
        assertThat(values(encoded(written(null, "windows-1252"), ISO_8859_1), 0))
                .containsExactly(1, "café");
        assertThat(rows(parse(written(null, "windows-1252"), "a.csv", "id,name\n1,\u0081\n".getBytes(ISO_8859_1))))
                .containsExactly("PEN-ROW-010 windows-1252: name has bytes that are not WINDOWS-1252");
    }

    @Test
    void r11ControlAndInvisibleCharacters() {
        assertThat(rows(parse(THINGS, "id,name\n1,a\0b\n2,a\u200bb\n3,a\u202eb\n4,a\tb\n")))
                .containsExactly(
                        "PEN-ROW-011 plain-characters: name has the character U+0000",
                        "PEN-ROW-011 plain-characters: name has the character U+200B",
                        "PEN-ROW-011 plain-characters: name has the character U+202E",
                        GOOD);
    }

    @Test
    void r11ACharacterIsJudgedHoweverItIsWritten() {
        String[] escapes = {
            "{\"id\":1,\"name\":\"a\\u0000b\"}",
            "{\"id\":1,\"name\":\"a\\u200Bb\"}",
            "{\"id\":1,\"name\":\"a\\fb\"}",
            "{\"id\":1,\"name\":{\"k\":[1,\"a\\u202eb\"]}}",
            "{\"id\":1,\"name\":{\"k\\u0001\":1}}",
            "{\"id\":1,\"name\":\"a\",\"other\\u0000\":1}",
            "{\"id\":1,\"name\":\"a\\ud83d\"}",
            "{\"id\":1,\"name\":\"a\\ud83d\\ude00 \\u00e9 \\n\\t \\\\u0000\"}"
        };

        assertThat(rows(parse(OBJECTS, String.join("\n", escapes))))
                .containsExactly(
                        "PEN-ROW-011 plain-characters: name has the character U+0000",
                        "PEN-ROW-011 plain-characters: name has the character U+200B",
                        "PEN-ROW-011 plain-characters: name has the character U+000C",
                        "PEN-ROW-011 plain-characters: name has the character U+202E",
                        "PEN-ROW-011 plain-characters: A name in the record has the character U+0001",
                        "PEN-ROW-011 plain-characters: A name in the record has the character U+0000",
                        "PEN-ROW-011 plain-characters: name has the character U+D83D",
                        GOOD);
    }

    @Test
    void r11ControlCharactersInFolderNames() {
        SourceSpec source = Sources.at("things/name={name}/landed={landed}/*", Format.CSV, ID, NAME);

        assertThat(file(in(source, "things/name=a%00b/landed=20131225T060000Z/x.csv", "id\n1\n")))
                .isEqualTo("PEN-ROW-011 plain-characters: In the folders' names, name has the character U+0000");
    }

    @Test
    void r12HeaderRepeatedInsideTheFile() {
        assertThat(rows(parse(THINGS, "id,name\n1,a\nid,name\n")))
                .containsExactly(GOOD, "PEN-ROW-012 header-once: The header is repeated inside the file");
    }

    @Test
    void r13FooterOrTotalLine() {
        assertThat(rows(parse(THINGS, "id,name\n1,a\nTOTAL,1\nTotal: 1\n")))
                .containsExactly(
                        GOOD,
                        "PEN-ROW-013 no-footer: A footer or total line, it starts with 'TOTAL'",
                        "PEN-ROW-013 no-footer: A footer or total line, it starts with 'Total: 1'");
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @CsvSource(
            delimiter = '|',
            value = {
                "r14IntOverflow | int | 2147483648 | 014 | does not fit int (-2147483648 to 2147483647)",
                "r14IntOverflow | int | 99999999999999999999 | 014 | does not fit int (-2147483648 to 2147483647)",
                "r14IntOverflow | long | 9223372036854775808 | 014 |"
                        + " does not fit long (-9223372036854775808 to 9223372036854775807)",
                "r15OddNumber | int | 1,234 | 015 | must be a plain int such as 1234",
                "r15OddNumber | int | 0x10 | 015 | must be a plain int such as 1234",
                "r15OddNumber | int | 12.5 | 015 | must be a plain int such as 1234",
                "r15OddNumber | double | 1,234.5 | 015 | must be a plain number such as 1234.5",
                "r15OddNumber | double | 1_000 | 015 | must be a plain number such as 1234.5",
                "r15OddNumber | double | 1d | 015 | must be a plain number such as 1234.5",
                "r15OddNumber | boolean | maybe | 015 | must be true or false",
                "r16NotFinite | double | NaN | 016 | must be a finite number",
                "r16NotFinite | double | -Inf | 016 | must be a finite number",
                "r16NotFinite | double | 1e400 | 016 | must be a finite number",
                "r16NotFinite | int | nan | 016 | must be a finite int",
                "r18ImpossibleDate | date | 2024-02-30 | 018 | not a day of the calendar: Invalid date 'FEBRUARY 30'",
                "r18ImpossibleDate | timestamp | 2024-02-30T00:00:00Z | 018 |"
                        + " not a moment of the calendar: Invalid date 'FEBRUARY 30'",
                "r18ImpossibleDate | timestamp | 2024-01-01 25:00:00 | 018 |"
                        + " not a moment of the calendar: Invalid value for HourOfDay (valid values 0 - 23): 25",
                "r19OtherOrder | date | 25/12/2013 | 019 | must be like 2013-12-25",
                "r19OtherOrder | timestamp | 2013-12-25 | 019 | must be like 2013-12-25T06:00:00Z or 2013-12-25 06:00:00",
                "r20Count | timestamp | 1387951200 | 020 | a count since 1970; must be like 2013-12-25T06:00:00Z",
                "r21LocalTime | timestamp | 2013-03-10T02:30:00 | 021 | must name its zone: Z or an offset such as -05:00",
                "r22Sentinel | date | 9999-12-31 | 022 | the year must be 1900 to 2200",
                "r22Sentinel | timestamp | 0001-01-01 00:00:00 | 022 | the year must be 1900 to 2200",
                "r22Sentinel | timestamp | 1899-12-30T00:00:00Z | 022 | the year must be 1900 to 2200"
            })
    void valuesThatAreNotPlainlyOfTheirTypeAreRejected(
            String id, String type, String text, String code, String expected) {
        assertThat(one(column("x", type).spec(), text))
                .isEqualTo("PEN-ROW-" + code + " " + type + "(x): x is '" + text + "', " + expected);
    }

    @Test
    void r17NullsAreWhatTheSourceSpellsAsNull() {
        assertThat(value(NAME, "NA")).isNull();
        assertThat(value(NAME, "")).isNull();
        assertThat(value(NAME, "NULL")).isEqualTo("NULL");
        assertThat(value(column("x", "double").spec(), "  ")).isNull();
        assertThat(one(column("x", "double").required(), "NA"))
                .isEqualTo("PEN-ROW-032 required(x): x is missing, it is required");
    }

    @Test
    void r19DaysAndTimesAreReadAsTheirFormatSays() {
        ColumnSpec day = column("x", "date").spec().with(format("dd/MM/yyyy", null), List.of());
        ColumnSpec time = column("x", "timestamp").spec().with(format("dd/MM/yyyy HH:mm", "UTC"), List.of());
        ColumnSpec offset = column("x", "timestamp").spec().with(format("yyyyMMdd HHmmss XXX", null), List.of());

        assertThat(value(day, "25/12/2013"))
                .isEqualTo((int) LocalDate.of(2013, 12, 25).toEpochDay());
        assertThat(value(time, "25/12/2013 06:00")).isEqualTo(micros("2013-12-25T06:00:00Z"));
        assertThat(value(offset, "20131225 060000 -05:00")).isEqualTo(micros("2013-12-25T11:00:00Z"));
        assertThat(one(day, "2013-12-25")).isEqualTo("PEN-ROW-019 date(x): x is '2013-12-25', must be like dd/MM/yyyy");
        assertThat(one(day, "25/12/2013 ?")).startsWith("PEN-ROW-019");
        assertThat(one(day, "12/25/2013"))
                .startsWith("PEN-ROW-018 date(x): x is '12/25/2013', not a day of the calendar as dd/MM/yyyy: ");
        assertThat(one(day, "30/02/2012")).startsWith("PEN-ROW-018 ").endsWith("'FEBRUARY 30'");
        assertThat(one(day, "01/01/1899"))
                .isEqualTo("PEN-ROW-022 date(x): x is '01/01/1899', the year must be 1900 to 2200");
    }

    @Test
    void r20CountsAreReadWhereTheyAreDeclared() {
        ColumnSpec seconds = column("x", "timestamp").spec().with(epoch(Epoch.SECONDS), List.of());
        ColumnSpec millis = column("x", "timestamp").spec().with(epoch(Epoch.MILLIS), List.of());

        assertThat(value(seconds, "1387951200")).isEqualTo(micros("2013-12-25T06:00:00Z"));
        assertThat(value(millis, "1387951200123")).isEqualTo(micros("2013-12-25T06:00:00.123Z"));
        assertThat(one(seconds, "1387951200123"))
                .isEqualTo("PEN-ROW-020 timestamp(x): x is '1387951200123', as seconds since 1970 outside the years "
                        + "1900 to 2200; are these millis?");
        assertThat(one(seconds, "2013-12-25T06:00:00Z"))
                .isEqualTo("PEN-ROW-019 timestamp(x): x is '2013-12-25T06:00:00Z', "
                        + "must be a count of seconds since 1970");
    }

    @Test
    void r21LocalTimesThatClocksSkipOrShowTwice() {
        ColumnSpec iso = column("x", "timestamp").spec().with(zone("America/New_York"), List.of());
        ColumnSpec own = column("x", "timestamp").spec().with(format("dd.MM.yyyy HH:mm", "Europe/Berlin"), List.of());

        assertThat(value(iso, "2013-12-25T06:00:00")).isEqualTo(micros("2013-12-25T11:00:00Z"));
        assertThat(value(iso, "2013-12-25 06:00")).isEqualTo(micros("2013-12-25T11:00:00Z"));
        assertThat(value(iso, "2013-12-25 06:00Z")).isEqualTo(micros("2013-12-25T06:00:00Z"));
        assertThat(one(iso, "2013-03-10T02:30:00"))
                .isEqualTo("PEN-ROW-021 timestamp(x): x is '2013-03-10T02:30:00', clocks of America/New_York skipped "
                        + "this time; must exist, or name its offset");
        assertThat(one(iso, "2013-11-03T01:30:00"))
                .isEqualTo("PEN-ROW-021 timestamp(x): x is '2013-11-03T01:30:00', clocks of America/New_York showed "
                        + "this time twice, at -04:00 and -05:00; must name its offset");
        assertThat(value(iso, "2013-11-03T01:30:00-05:00")).isEqualTo(micros("2013-11-03T06:30:00Z"));
        assertThat(one(own, "31.03.2013 02:30")).startsWith("PEN-ROW-021").contains("Europe/Berlin skipped");
        assertThat(value(own, "31.03.2013 03:30")).isEqualTo(micros("2013-03-31T01:30:00Z"));
    }

    @Test
    void r22DeclaredBoundsReplaceTheYears() {
        ColumnSpec born = column("x", "date").spec().with(between("1850-01-01", "2013-12-31"), List.of());
        ColumnSpec sent = column("x", "timestamp")
                .spec()
                .with(between("2013-01-01T00:00:00Z", "2013-12-31T23:59:59Z"), List.of());

        assertThat(value(born, "1899-12-30"))
                .isEqualTo((int) LocalDate.of(1899, 12, 30).toEpochDay());
        assertThat(one(born, "1849-12-31"))
                .isEqualTo("PEN-ROW-022 between(x): x is '1849-12-31', must be in [1850-01-01, 2013-12-31]");
        assertThat(one(sent, "2014-01-01 00:00"))
                .isEqualTo("PEN-ROW-022 between(x): x is '2014-01-01 00:00', "
                        + "must be in [2013-01-01T00:00:00Z, 2013-12-31T23:59:59Z]");
    }

    @Test
    void r23TimeBeyondTheToleranceAfterLanding() {
        TimesSpec ahead = new TimesSpec(
                Optional.empty(), Optional.empty(), Optional.empty(), List.of(), Optional.of(Duration.ofHours(2)));
        SourceSpec source = Sources.of(column("x", "timestamp").spec().with(ahead, List.of()));

        assertThat(rows(in(
                        source,
                        "things/landed=20131225T060000Z/a.csv",
                        "x\n2013-12-25T08:00:00Z\n2013-12-25T08:00:01Z\n")))
                .containsExactly(
                        GOOD,
                        "PEN-ROW-023 max-ahead(x): x is '2013-12-25T08:00:01Z', more than 2h after its file landed at "
                                + "2013-12-25T06:00:00Z (max-ahead)");
    }

    @Test
    void r29LongValueAndLongRecord() {
        assertThat(one(column("x", "string").maxLength(8), "y".repeat(200)))
                .isEqualTo(
                        "PEN-ROW-029 max-length(x): x is '" + "y".repeat(99) + "…', 200 characters long (at most 8)");
        assertThat(rows(parse(THINGS, "id,name\n1," + "y".repeat(3_000_000) + "\n2,b\n")))
                .containsExactly(
                        "PEN-ROW-029 max-record: The record is 3000002 characters long (at most 1048576)", GOOD);
        assertThat(rows(parse(
                        OBJECTS, "a.json", ("{\"id\":1,\"name\":\"" + "y".repeat(2_000_000) + "\"}").getBytes(UTF_8))))
                .containsExactly("PEN-ROW-029 max-record: The record is 2000018 characters long (at most 1048576)");
        assertThat(rows(parse(limited(4 << 20), "id,name\n1," + "y".repeat(3_000_000) + "\n")))
                .containsExactly(GOOD);
    }

    @Test
    void r30TooManyColumnsOrTooDeep() {
        assertThat(file(parse(THINGS, "id,name" + ",x".repeat(10_000) + "\n")))
                .isEqualTo("PEN-ROW-030 column-count: The header has 10002 columns (at most 2000)");
        assertThat(rows(parse(OBJECTS, "{\"id\": " + "[".repeat(200) + "\n")))
                .hasSize(1)
                .allMatch(row -> row.startsWith("PEN-ROW-004 json: Not valid JSON: "));
    }

    @Test
    void r31JsonKeyGivenTwice() {
        assertThat(rows(parse(OBJECTS, "{\"id\": 1, \"id\": 2}")))
                .containsExactly("PEN-ROW-031 unique-keys: Duplicate field 'id'");
    }

    @Test
    void r32JsonKeyInAnotherCaseIsNotTheColumn() {
        assertThat(rows(parse(OBJECTS, "{\"ID\": 1}")))
                .containsExactly("PEN-ROW-032 required(id): id is missing, it is required");
    }

    @Test
    void r33JsonThatIsNotOneObjectPerLine() {
        String told =
                "PEN-ROW-033 json-lines: The file is a JSON array or pretty-printed; land one JSON object per line";

        assertThat(file(parse(OBJECTS, "[{\"id\": 1}]"))).isEqualTo(told);
        assertThat(file(parse(OBJECTS, "{\n  \"id\": 1\n}"))).isEqualTo(told);
        assertThat(rows(parse(OBJECTS, "{\"id\": 1}\n[1]\n{\"id\": 1} {\"id\": 2}")))
                .containsExactly(
                        GOOD,
                        "PEN-ROW-033 json-lines: Not a JSON object",
                        "PEN-ROW-033 json-lines: More than one JSON value on the line");
    }

    private static String one(ColumnSpec column, String text) {
        return Told.of(
                Contract.of(Sources.of(column)).check(new String[] {text}, null).reject());
    }

    private static Object value(ColumnSpec column, String text) {
        Contract.Checked checked = Contract.of(Sources.of(column)).check(new String[] {text}, null);
        assertThat(checked.reject()).isNull();
        return checked.values()[0];
    }

    private static long micros(String instant) {
        return java.time.temporal.ChronoUnit.MICROS.between(Instant.EPOCH, Instant.parse(instant));
    }

    private static ParsedFile in(SourceSpec source, String path, String text) {
        return parse(source, path, text.getBytes(UTF_8));
    }

    private static ParsedFile encoded(SourceSpec source, Charset charset) {
        return parse(source, "a.csv", "id,name\n1,café\n".getBytes(charset));
    }

    private static SourceSpec written(String delimiter, String encoding) {
        return THINGS.with(new LayoutSpec(
                Optional.ofNullable(delimiter), Optional.ofNullable(encoding), OptionalInt.empty(), Optional.empty()));
    }

    private static SourceSpec escaped(String escape) {
        return THINGS.with(LayoutSpec.USUAL.escaping(Optional.of(escape)));
    }

    private static SourceSpec limited(int characters) {
        return THINGS.with(
                new LayoutSpec(Optional.empty(), Optional.empty(), OptionalInt.of(characters), Optional.empty()));
    }

    private static TimesSpec format(String pattern, String zone) {
        return new TimesSpec(
                Optional.of(pattern), Optional.ofNullable(zone), Optional.empty(), List.of(), Optional.empty());
    }

    private static TimesSpec zone(String zone) {
        return new TimesSpec(Optional.empty(), Optional.of(zone), Optional.empty(), List.of(), Optional.empty());
    }

    private static TimesSpec epoch(Epoch unit) {
        return new TimesSpec(Optional.empty(), Optional.empty(), Optional.of(unit), List.of(), Optional.empty());
    }

    private static TimesSpec between(String low, String high) {
        return new TimesSpec(
                Optional.empty(), Optional.empty(), Optional.empty(), List.of(low, high), Optional.empty());
    }
}
