package io.penstock.ingestion.format;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.Hashes;
import io.penstock.core.config.LayoutSpec;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.config.SourceSpec.Format;
import io.penstock.core.config.SourceSpec.NewColumn;
import io.penstock.core.config.TimesSpec;
import io.penstock.ingestion.read.FileMarker;
import io.penstock.ingestion.testing.Sources;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A file that is cut says what it says when it is parsed whole. */
class SplitsTest {
    private static final String PATH = "things/landed=20240301T060000Z/things";
    private static final int FILES = 2_000;
    /** What a survey takes at once of a file's beginning. */
    private static final int HEAD = 16 << 10;

    private static final List<String> CSV = List.of(
            "1,a\n",
            "2,b\r\n",
            "3,c\r",
            "4,\u00e9\u20ac\n",
            "5,\ud83d\ude00\n",
            "6,\"b\nc\"\n",
            "7,\"a\r\nb\"\r\n",
            "8,\"d \"\"e\"\"\"\n",
            "9,\"x",
            "\"\n",
            "\"",
            "\"\"",
            "6,y\"z\n",
            "\"7\"q,z\n",
            "\"8\",\"\"\r",
            "id,name\n",
            "id,name,extra\n",
            "Total,9\n",
            "x,y\n",
            "1\n",
            "1,2,3\n",
            "1,a,b\n",
            ",\n",
            ",,\n",
            "\n",
            "\r",
            "\r\n",
            "  \n",
            "\t\n",
            "\u3000\u2028\n",
            "\u3000",
            "\u2007\n",
            "1,\u0001\n",
            "1,\u200b\n",
            "1,\ufffd\n",
            "\ufeff",
            "\ufeff1,a\n",
            "1,NA\n",
            "1,much longer than that\n",
            "1,\"longer\nthan that is\"\n",
            "1,\"24\\\"\"\n",
            "1,\"5\\\" b\"\n",
            "1,\"C:\\\\\"\r\n",
            "\\",
            "\"\\",
            "1,5\"\n",
            "1,\"a\\\"\n",
            "1,\"a\\\"\"b\"\n",
            "\"a\rb\",\n",
            "1,\"a\nb\",c\n",
            "1,\"\u00e9\u20ac\n\ud83d\ude00 \u00e9\"\n",
            "1,\"",
            "\r\",2\n",
            "\",",
            "\u001c\n",
            "1,a");
    private static final List<String> JSON = List.of(
            "{\"id\":1,\"name\":\"a\"}\n",
            "{\"id\":2,\"name\":\"\u00e9\u20ac\"}\r\n",
            "{\"name\":\"\ud83d\ude00\",\"id\":3}\r",
            "{\"id\":4,\"nm\":\"a\"}\n",
            "{\"number\":5,\"name\":\"b\"}\n",
            "{\"id\":6,\"other\":{\"a\":1}}\n",
            "{\"id\":6,\"further\":null}\n",
            "{\"id\":7,\"id\":7}\n",
            "{\"id\":8",
            "{\"id\":9} {}\n",
            "\n",
            "\r",
            "\r\n",
            "  \n",
            "\u3000\u2028\n",
            "{\"id\":1,\"name\":\"\u0001\"}\n",
            "{\"id\":1,\"name\":\"\ufffd\"}\n",
            "[\n",
            "{\n",
            "7\n",
            "\"a\"\n",
            "{\"id\":1,\"name\":\"much longer than that is\"}\n",
            "\ufeff",
            "{\"id\":\"x\"}\n",
            "{\"id\":1}");
    private static final List<byte[]> BROKEN = List.of(
            new byte[] {(byte) 0xff},
            new byte[] {(byte) 0xe2, (byte) 0x82},
            new byte[] {(byte) 0xe2, (byte) 0x82, '\n'},
            new byte[] {'1', ',', (byte) 0xe9, '\n'},
            new byte[] {(byte) 0xe0, (byte) 0x80, (byte) 0xa0, '\n'},
            new byte[] {(byte) 0xe3, (byte) 0x80, '\r'},
            new byte[] {'1', ',', (byte) 0x81, '\n'},
            new byte[] {'1', ',', '"', (byte) 0x81, '\n', (byte) 0x81, (byte) 0x81, (byte) 0xf1, '"', '\n'},
            new byte[] {(byte) 0xf0, (byte) 0x9f, (byte) 0x98, '\n'});
    private static final List<String> HEADERS = List.of(
            "id,name\n",
            "id,name\r\n",
            "id,name\r",
            "\r\n \n\u3000\nid,name\n",
            "name,\"id\"\n",
            "id,nm\n",
            "id,name,extra\n",
            "\"na\nme\",id,name\n",
            "id, name \n",
            "id,name\n\n\n");
    private static final List<String> BAD_HEADERS = List.of(
            "",
            "\n \n",
            "id,\"name\n",
            "id;name\n",
            "id,name,nm\n",
            "id\n",
            "\u0001\u0001,\u0001\n",
            "<html>\n",
            "id,name");

    private int cut;

    @ParameterizedTest(name = "CSV, seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void aCsvFileInPiecesIsTheWholeFile(long seed) throws IOException {
        Random random = new Random(seed);
        for (int i = 0; i < FILES; i++) {
            SourceSpec source = source(random, Format.CSV);
            requireSame(source, csv(random, source), random);
        }
        assertThat(cut).isGreaterThan(FILES / 2);
    }

    @ParameterizedTest(name = "JSON, seed {0}")
    @ValueSource(longs = {5, 6, 7, 8})
    void aJsonFileInPiecesIsTheWholeFile(long seed) throws IOException {
        Random random = new Random(seed);
        for (int i = 0; i < FILES; i++) {
            requireSame(source(random, Format.JSON), filled(random, new ByteArrayOutputStream(), JSON), random);
        }
        assertThat(cut).isGreaterThan(FILES / 2);
    }

    @ParameterizedTest
    @EnumSource(NewColumn.class)
    void whatOnlyAllPiecesTogetherTellIsToldOfTheFile(NewColumn policy) throws IOException {
        SourceSpec source = declared(Format.JSON, policy, LayoutSpec.USUAL);
        String same = "{\"id\":1,\"name\":\"a\"}\n".repeat(20);

        requireSame(source, (same + "{\"id\":1,\"nm\":\"a\"}\n" + same).getBytes(UTF_8), new Random(1));
        requireSame(
                source,
                (same + "{\"id\":1,\"new\":1}\n" + same + "{\"id\":1,\"old\":1}\n").getBytes(UTF_8),
                new Random(1));
        assertThat(cut).isEqualTo(2);
    }

    @Test
    void aHeaderThatIsTooLongToBeHandedToEveryPieceLeavesTheFileWhole() throws IOException {
        SourceSpec source = declared(Format.CSV, NewColumn.IGNORE, LayoutSpec.USUAL);
        String blank = " ".repeat(TextSplitPlanner.LONGEST_HEADER + 1);

        assertThat(plan(source, (blank + "\nid,name\n1,a\n").getBytes(UTF_8), 8).isUnsplit())
                .isTrue();
        assertThat(plan(source, ("id,name," + blank + "\n1,a,\n").getBytes(UTF_8), 8)
                        .isUnsplit())
                .isTrue();
        assertThat(plan(source, "id,name\n1,a\n2,b\n".getBytes(UTF_8), 8).splits())
                .hasSize(1);
    }

    @Test
    void aPackedFileIsLeftWhole() throws IOException {
        SourceSpec source = declared(Format.CSV, NewColumn.IGNORE, LayoutSpec.USUAL);
        byte[] text = "id,name\n1,a\n".repeat(20).getBytes(UTF_8);

        assertThat(plan(source, Told.gzip(text), 8).isUnsplit()).isTrue();
        assertThat(plan(source, Told.zstd(text), 8).isUnsplit()).isTrue();
    }

    @Test
    void onlyPlainTextWhoseLineEndIsOneByteMayBeCut() {
        SplitPolicy policy = new SplitPolicy(10, 5);
        SourceSpec csv = declared(Format.CSV, NewColumn.IGNORE, LayoutSpec.USUAL);

        assertThat(policy.maySplit(SourceFormats.of(csv), "a.csv", 11)).isTrue();
        assertThat(policy.maySplit(SourceFormats.of(csv.with(layout("windows-1252", ";", 10))), "a.csv", 11))
                .isTrue();
        assertThat(policy.maySplit(
                        SourceFormats.of(declared(Format.JSON, NewColumn.IGNORE, LayoutSpec.USUAL)), "a", 11))
                .isTrue();
        assertThat(policy.maySplit(SourceFormats.of(csv), "a.csv", 10)).isFalse();
        assertThat(policy.maySplit(SourceFormats.of(csv), "a.csv.GZ", 11)).isFalse();
        assertThat(policy.maySplit(SourceFormats.of(csv), "a.zst", 11)).isFalse();
        assertThat(policy.maySplit(SourceFormats.of(csv.with(layout("utf-16", ",", 10))), "a.csv", 11))
                .isFalse();
        assertThat(policy.maySplit(SourceFormats.of(csv.with(layout("utf-8", "\u00a7", 10))), "a.csv", 11))
                .isFalse();
        assertThat(policy.maySplit(
                        SourceFormats.of(declared(Format.PARQUET, NewColumn.IGNORE, LayoutSpec.USUAL)), "a", 11))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 1})
    void aFileThatIsShorterOrLongerThanPlannedIsChanging(int more) throws IOException {
        byte[] bytes = "id,name\n1,a\n2,b\n".getBytes(UTF_8);
        TextFormat parser = (TextFormat) SourceFormats.of(declared(Format.CSV, NewColumn.IGNORE, LayoutSpec.USUAL));

        SplitPlan plan = TextSplitPlanner.of(
                new ByteArrayInputStream(bytes), PATH, bytes.length - more, parser, new SplitPolicy(0, 4));

        assertThat(Told.of(plan.reject())).startsWith("PEN-ING-016 unchanged: The file had " + (bytes.length - more));
    }

    /** As parsed whole, or the test says with which bytes it is not. */
    private void requireSame(SourceSpec source, byte[] bytes, Random random) throws IOException {
        int split = 1 + random.nextInt(random.nextBoolean() ? 8 : 64);
        TextFormat parser = (TextFormat) SourceFormats.of(source);
        String whole = shown(parser.parse(PATH, bytes));
        SplitPlan plan = TextSplitPlanner.of(
                new Dribbling(bytes, random), PATH, bytes.length, parser, new SplitPolicy(-1, split));
        String inPieces = plan.isUnsplit() ? whole : shown(together(plan, parser, bytes, split));
        boolean mayBeUncut = FileText.isPacked(bytes)
                || FileText.of(PATH, bytes, parser.encoding()).isDamaged();
        if (!inPieces.equals(whole) || plan.isUnsplit() && !mayBeUncut) {
            assertThat(inPieces)
                    .as("%s in pieces of %s: %s", source, split, new String(bytes, UTF_8))
                    .isEqualTo(whole);
        }
        cut += plan.splits().size() > 1 ? 1 : 0;
    }

    private static ParsedFile together(SplitPlan plan, TextFormat parser, byte[] bytes, int split) {
        assertThat(plan.whole().sha256()).isEqualTo(Hashes.sha256(bytes));
        if (plan.reject() != null) {
            return ParsedFile.rejected(plan.reject());
        }
        List<FileMarker> markers = new ArrayList<>();
        List<ParsedFile.Rec> records = new ArrayList<>();
        FileSplit before = null;
        for (FileSplit own : plan.splits()) {
            byte[] part = Arrays.copyOfRange(bytes, (int) own.from(), (int) own.to());
            assertThat(own.sha256()).isEqualTo(Hashes.sha256(part));
            assertThat(before == null || before.to() == own.from() && before.bytes() >= split)
                    .isTrue();
            ParsedFile parsed = parser.parse(PATH, part, own, plan.whole());
            records.addAll(parsed.records());
            markers.add(0, marker(own, parsed));
            before = own;
        }
        assertThat(before.to()).isEqualTo(bytes.length);
        FileMarker file = FileMarker.byFile(markers, parser).get(PATH);
        assertThat(file.records()).isEqualTo(file.reject() == null ? records.size() : 0);
        return new ParsedFile(file.reject() == null ? records : List.of(), file.newColumns(), List.of(), file.reject());
    }

    private static FileMarker marker(FileSplit split, ParsedFile parsed) {
        return new FileMarker(
                PATH,
                "",
                "",
                parsed.records().size(),
                parsed.reject(),
                parsed.newColumns(),
                split.number(),
                parsed.names());
    }

    private static String shown(ParsedFile parsed) {
        StringBuilder shown = new StringBuilder(Told.file(parsed)).append(' ').append(parsed.newColumns());
        for (ParsedFile.Rec rec : parsed.records()) {
            shown.append('\n')
                    .append(rec.position())
                    .append(' ')
                    .append(rec.line())
                    .append(' ')
                    .append(rec.raw())
                    .append(Arrays.deepToString(rec.values()))
                    .append(new TreeMap<>(rec.extra()))
                    .append(Told.of(rec.reject()));
        }
        return shown.toString();
    }

    private static SplitPlan plan(SourceSpec source, byte[] bytes, int split) throws IOException {
        return TextSplitPlanner.of(
                new ByteArrayInputStream(bytes),
                PATH,
                bytes.length,
                (TextFormat) SourceFormats.of(source),
                new SplitPolicy(0, split));
    }

    private static byte[] csv(Random random, SourceSpec source) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (random.nextInt(6) == 0) {
            out.writeBytes("\ufeff".repeat(1 + random.nextInt(2)).getBytes(UTF_8));
        }
        out.writeBytes((random.nextInt(12) == 0 ? pick(random, BAD_HEADERS) : pick(random, HEADERS)).getBytes(UTF_8));
        byte[] bytes = filled(random, out, CSV);
        char delimiter =
                source.layout().flatMap(LayoutSpec::delimiter).orElse(",").charAt(0);
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = bytes[i] == ',' ? (byte) delimiter : bytes[i];
        }
        return bytes;
    }

    /** Adds what a record may be, and now and then good ones before, so that the first buffer ends somewhere among it. */
    private static byte[] filled(Random random, ByteArrayOutputStream out, List<String> parts) {
        if (random.nextInt(20) == 0) {
            byte[] good = parts.get(0).getBytes(UTF_8);
            while (out.size() + good.length + random.nextInt(40) < HEAD) {
                out.writeBytes(good);
            }
        }
        boolean isBroken = random.nextInt(4) == 0;
        boolean isCalm = random.nextInt(3) > 0;
        for (int left = random.nextInt(25); left > 0; left--) {
            String part = isCalm && random.nextInt(4) > 0 ? parts.get(random.nextInt(5)) : pick(random, parts);
            out.writeBytes(part.getBytes(UTF_8));
            if (isBroken && random.nextInt(6) == 0) {
                out.writeBytes(pick(random, BROKEN));
            }
        }
        return out.toByteArray();
    }

    private static <T> T pick(Random random, List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private static SourceSpec source(Random random, Format format) {
        String delimiter = format == Format.CSV ? pick(random, List.of(",", ",", ";", "\t")) : ",";
        String encoding = pick(random, List.of("utf-8", "utf-8", "utf-8", "iso-8859-1", "windows-1252"));
        NewColumn policy = pick(random, List.of(NewColumn.values()));
        int longest = random.nextInt(3) == 0 ? 16 : 200;
        Optional<String> escape = format == Format.CSV
                ? Optional.of(pick(random, List.of("\"", "\\", "", "", "none")))
                : Optional.empty();
        return declared(
                format,
                policy,
                layout(encoding, delimiter, longest).escaping(escape.filter(declared -> !declared.isEmpty())));
    }

    private static LayoutSpec layout(String encoding, String delimiter, int longest) {
        return new LayoutSpec(Optional.of(delimiter), Optional.of(encoding), OptionalInt.of(longest), Optional.empty());
    }

    private static SourceSpec declared(Format format, NewColumn policy, LayoutSpec layout) {
        return Sources.of(
                        format,
                        policy,
                        Sources.column("id", "int").spec().with(TimesSpec.ISO, List.of("number")),
                        Sources.column("name", "string").spec().with(TimesSpec.ISO, List.of("nm")))
                .with(layout);
    }

    /** Gives a few bytes at a time. */
    private static final class Dribbling extends InputStream {
        private final ByteArrayInputStream bytes;
        private final Random random;

        Dribbling(byte[] bytes, Random random) {
            this.bytes = new ByteArrayInputStream(bytes);
            this.random = random;
        }

        @Override
        public int read() {
            return bytes.read();
        }

        @Override
        public int read(byte[] into, int from, int length) {
            return bytes.read(into, from, length > HEAD ? 1 + random.nextInt(4) : length);
        }
    }
}
