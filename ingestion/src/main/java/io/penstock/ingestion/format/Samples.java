package io.penstock.ingestion.format;

import io.penstock.core.config.LayoutSpec;
import io.penstock.core.config.SourceSpec;
import io.penstock.ingestion.contract.FileColumns;
import io.penstock.ingestion.contract.Reject;
import io.penstock.ingestion.contract.Values;
import io.penstock.ingestion.landing.LandedFile;
import io.penstock.ingestion.landing.PathColumns;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.io.InputFile;

/** The beginning of a file of which no contract is known, read by the formats of ingestion, with all columns as text. */
public final class Samples {
    private static final List<String> ESCAPES = List.of("\\", "\"");
    private static final List<String> OTHER_DELIMITERS = List.of(";", "\t", "|");
    /** Of a Parquet file, whose start alone tells nothing. */
    private static final int MOST_ROWS = 20_000;

    private static final double MOST_TORN = 0.05;
    private static final Pattern TIME =
            Pattern.compile("(\\d{4}-\\d\\d-\\d\\d|\\d{1,2}[/.]\\d{1,2}[/.]\\d{4})([ T]\\d\\d:\\d\\d.*)?");

    private Samples() {}

    /** Whether a column is called so because the header of its files gives it no name. */
    public static boolean isUnnamed(String column) {
        return column.matches(CsvFormat.UNNAMED + "\\d+_*");
    }

    /**
     * How a file is written.
     *
     * @param delimiter of CSV
     * @param encoding of text
     * @param escape of quotes in CSV; empty where nothing tells
     */
    public record Style(SourceSpec.Format format, String delimiter, String encoding, Optional<String> escape) {
        public static final Style USUAL = new Style(SourceSpec.Format.CSV, ",", "utf-8");

        Style(SourceSpec.Format format, String delimiter, String encoding) {
            this(format, delimiter, encoding, Optional.empty());
        }

        Style escaping(String by) {
            return new Style(format, delimiter, encoding, Optional.of(by));
        }
    }

    /**
     * @param columns names, in the order of the file
     * @param rows one text per column; null where a JSON record has none
     * @param lines on which the rows start, from 1
     * @param rejected records that no contract could accept
     * @param headless a value of the first line, where that looks like a row and no header: it is a row then, and columns
     *     are called column_1 and so on
     * @param types of columns whose file knows them; empty for one that cannot be declared, {@code decimal} for one that is
     *     declared as text
     * @param trouble why the file cannot be ingested at all
     */
    public record Table(
            Style style,
            List<String> columns,
            Map<String, String> types,
            List<String[]> rows,
            List<Long> lines,
            long rejected,
            boolean isWhole,
            Optional<String> headless,
            Optional<String> trouble) {}

    /** @param most bytes to read, unpacked */
    public static Table read(Path file, int most) throws IOException {
        byte[] bytes;
        boolean isWhole;
        try (InputStream in = open(file)) {
            if (FileText.isNamedAsPacked(file.toString()) && !(in instanceof GZIPInputStream)) {
                return trouble("its name says that it is packed, which it is not");
            }
            bytes = in.readNBytes(most);
            isWhole = in.read() < 0;
        } catch (EOFException | ZipException e) {
            return trouble("a gzip file is truncated or damaged");
        }
        if (startsParquet(bytes)) {
            return parquet(file);
        }
        String encoding = encoding(bytes, isWhole);
        if (startsObject(bytes)) {
            Style json = new Style(SourceSpec.Format.JSON, ",", encoding);
            return table(json, lines(json, bytes, isWhole), isWhole);
        }
        Table usual = csv(new Style(SourceSpec.Format.CSV, ",", encoding), bytes, isWhole);
        if (usual.columns().size() > 1 && isSound(usual)) {
            return usual;
        }
        return Stream.concat(
                        Stream.of(usual),
                        OTHER_DELIMITERS.stream()
                                .map(delimiter ->
                                        csv(new Style(SourceSpec.Format.CSV, delimiter, encoding), bytes, isWhole)))
                .min(Comparator.comparing((Table table) -> table.columns().size() < 2)
                        .thenComparing(table -> !isSound(table))
                        .thenComparing(Table::rejected))
                .orElseThrow();
    }

    private static boolean startsParquet(byte[] bytes) {
        return bytes.length >= 4 && new String(bytes, 0, 4, StandardCharsets.ISO_8859_1).equals("PAR1");
    }

    private static Table parquet(Path file) throws IOException {
        Style style = new Style(SourceSpec.Format.PARQUET, ",", "utf-8");
        InputFile input = HadoopInputFile.fromPath(new org.apache.hadoop.fs.Path(file.toUri()), new Configuration());
        ParquetFile.Sample sample = ParquetFile.sample(input, new FileColumns(undeclared(style)), MOST_ROWS);
        Reject reject = sample.reject();
        if (reject != null) {
            return trouble(reject.code() + ", " + reject.rule());
        }
        List<String> names = List.copyOf(sample.types().keySet());
        List<String[]> rows = new ArrayList<>();
        List<Long> lines = new ArrayList<>();
        for (ParquetFile.Line row : sample.rows()) {
            lines.add(lines.size() + 1L);
            rows.add(names.stream().map(row.extra()::get).toArray(String[]::new));
        }
        return new Table(
                style, names, sample.types(), rows, lines, 0, sample.isWhole(), Optional.empty(), Optional.empty());
    }

    /** Of another delimiter most records fall into other numbers of fields than the header. */
    private static boolean isSound(Table table) {
        return table.rejected() <= MOST_TORN * (table.rejected() + table.rows().size());
    }

    /** UTF-8 where the bytes are; what else they may be cannot be told, the superset of Latin-1 is a guess. */
    private static String encoding(byte[] bytes, boolean isWhole) {
        boolean isMarked = bytes.length > 1 && (bytes[0] & 0xff) + (bytes[1] & 0xff) == 0xff + 0xfe;
        int zeros = 0;
        for (byte b : bytes) {
            zeros += b == 0 ? 1 : 0;
        }
        if (isMarked || zeros * 3L > bytes.length) {
            return "utf-16";
        }
        CharBuffer text = CharBuffer.allocate(bytes.length);
        CoderResult result = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes), text, isWhole);
        return result.isError() ? "windows-1252" : "utf-8";
    }

    /** The code with which ingestion rejects a text of a type, if it does. */
    public static Optional<String> problem(String type, String text) {
        return Values.read(Values.Kind.of(type), text) instanceof Values.Bad bad
                ? Optional.of("PEN-ROW-" + bad.code())
                : Optional.empty();
    }

    /** When a file landed, by a folder of its path. */
    public static Optional<Instant> landed(String path) {
        return LandedFile.landedOf(path);
    }

    /** A value in the name of a folder, read as Hive and Spark write it; empty for NULL. */
    public static String inFolder(String value) {
        return PathColumns.inFolder(value);
    }

    static InputStream open(Path file) throws IOException {
        InputStream raw = new BufferedInputStream(Files.newInputStream(file));
        raw.mark(2);
        boolean isPacked = raw.read() == 0x1f && raw.read() == 0x8b;
        raw.reset();
        try {
            return isPacked ? new GZIPInputStream(raw) : raw;
        } catch (IOException e) {
            raw.close();
            throw e;
        }
    }

    /** Up to the end of the last record that is known to be whole. */
    private static byte[] lines(Style style, byte[] bytes, boolean isWhole) {
        if (isWhole) {
            return bytes;
        }
        if (style.encoding().equals("utf-16")) {
            return Arrays.copyOf(bytes, wideEnd(bytes));
        }
        boolean isWide = style.encoding().equals("utf-8");
        RecordEnds ends = style.format() == SourceSpec.Format.CSV
                ? RecordEnds.ofCsv(CsvStyle.of(layout(style)), isWide)
                : RecordEnds.ofLines(isWide);
        int last = 0;
        for (int end = ends.next(bytes, 0, bytes.length); end >= 0; end = ends.next(bytes, end, bytes.length)) {
            last = end;
        }
        return Arrays.copyOf(bytes, last);
    }

    /** End of the last line that lies outside quotes, of characters of two bytes. */
    private static int wideEnd(byte[] bytes) {
        int end = 0;
        boolean isQuoted = false;
        for (int i = 0; i + 2 <= bytes.length; i += 2) {
            int character = bytes[i] != 0 ? bytes[i] : bytes[i + 1];
            boolean isAscii = bytes[i] == 0 || bytes[i + 1] == 0;
            isQuoted ^= isAscii && character == '"';
            end = isAscii && character == '\n' && !isQuoted ? i + 2 : end;
        }
        return end;
    }

    private static boolean startsObject(byte[] bytes) {
        int i = bytes.length > 2 && (bytes[0] & 0xff) == 0xef ? 3 : 0;
        while (i < bytes.length && (bytes[i] <= ' ' || (bytes[i] & 0xff) >= 0xfe)) {
            i++;
        }
        return i < bytes.length && (bytes[i] == '{' || bytes[i] == '[');
    }

    /** As most records are readable: an escape is told where it makes more of them so. */
    private static Table csv(Style style, byte[] bytes, boolean isWhole) {
        Table plain = escaped(style, bytes, isWhole);
        boolean isTelling = plain.rejected() > 0 || plain.trouble().isPresent();
        if (!isTelling || new String(bytes, StandardCharsets.ISO_8859_1).indexOf('\\') < 0) {
            return plain;
        }
        return Stream.concat(
                        Stream.of(plain),
                        ESCAPES.stream().map(escape -> escaped(style.escaping(escape), bytes, isWhole)))
                .min(Comparator.comparing((Table table) -> table.trouble().isPresent())
                        .thenComparing(Table::rejected))
                .orElseThrow();
    }

    private static Table escaped(Style style, byte[] bytes, boolean isWhole) {
        byte[] content = lines(style, bytes, isWhole);
        return headless(style, content, isWhole).orElseGet(() -> table(style, content, isWhole));
    }

    /** A file whose first line has numbers over columns of numbers, or times over times, and no word over either. */
    private static Optional<Table> headless(Style style, byte[] content, boolean isWhole) {
        Charset encoding = Charset.forName(style.encoding());
        FileText file = FileText.of("sample", content, encoding);
        CsvRecords records = file.reject() == null ? new CsvRecords(file.text(), CsvStyle.of(layout(style))) : null;
        String[] first =
                records != null && records.next() && records.flaw() == CsvRecords.Flaw.NONE ? records.fields() : null;
        List<String> typed = first == null
                ? List.of()
                : Stream.of(first).filter(field -> kind(field) != 0).toList();
        if (typed.isEmpty() || isCounting(typed)) {
            return Optional.empty();
        }
        String header = IntStream.rangeClosed(1, first.length)
                .mapToObj(i -> "column_" + i)
                .collect(Collectors.joining(style.delimiter(), "", "\n"));
        Table read = table(style, (header + file.text()).getBytes(encoding), isWhole);
        return read.trouble().isEmpty() && isLike(first, read.rows())
                ? Optional.of(new Table(
                        style,
                        read.columns(),
                        Map.of(),
                        read.rows(),
                        read.lines().stream().map(line -> line - 1).toList(),
                        read.rejected(),
                        isWhole,
                        Optional.of(typed.get(0)),
                        Optional.empty()))
                : Optional.empty();
    }

    private static boolean isLike(String[] first, List<String[]> rows) {
        int alike = rows.size() < 2 ? 1 : 0;
        for (int i = 0; i < first.length && rows.size() > 1; i++) {
            int column = i;
            List<Integer> kinds = rows.stream()
                    .skip(1)
                    .map(row -> row[column])
                    .filter(text -> !text.isBlank())
                    .map(Samples::kind)
                    .toList();
            int most = kinds.stream().filter(kind -> kind == 1).count() > kinds.size() / 2 ? 1 : 2;
            boolean isTyped = !kinds.isEmpty()
                    && kinds.stream().filter(kind -> kind != most).count() <= MOST_TORN * kinds.size();
            boolean isBlank = first[i] == null || first[i].isBlank();
            if (isTyped && !isBlank && kind(first[i]) != most) {
                return false;
            }
            alike += isTyped && !isBlank ? 1 : 0;
        }
        return alike > 0;
    }

    /** 1 of a number, 2 of a day or a time, else 0. */
    private static int kind(String text) {
        if (text == null || text.isBlank()) {
            return 0;
        }
        return problem("double", text).isEmpty()
                ? 1
                : TIME.matcher(text.strip()).matches() ? 2 : 0;
    }

    /** Years, or three and more numbers one after the other, are names of columns that are alike. */
    private static boolean isCounting(List<String> names) {
        List<String> digits = names.stream()
                .map(String::strip)
                .filter(name -> name.matches("\\d{1,9}"))
                .toList();
        boolean isYears = digits.stream().allMatch(name -> name.matches("(19|20)\\d\\d"));
        return digits.size() == names.size()
                && digits.size() >= (isYears ? 2 : 3)
                && IntStream.range(1, digits.size())
                        .allMatch(i -> Integer.parseInt(digits.get(i)) == Integer.parseInt(digits.get(i - 1)) + 1);
    }

    private static TextFormat text(Style style) {
        return (TextFormat) SourceFormats.of(undeclared(style));
    }

    private static Table table(Style style, byte[] content, boolean isWhole) {
        ParsedFile parsed = text(style).parse("sample", content);
        if (parsed.reject() != null) {
            return trouble(parsed.reject().code() + ", " + parsed.reject().rule());
        }
        Set<String> names = new LinkedHashSet<>(parsed.newColumns());
        List<String[]> rows = new ArrayList<>();
        List<Long> lines = new ArrayList<>();
        long rejected = 0;
        for (ParsedFile.Rec rec : parsed.records()) {
            if (rec.reject() != null) {
                rejected++;
                continue;
            }
            String none = style.format() == SourceSpec.Format.CSV ? "" : null;
            lines.add(rec.line());
            rows.add(names.stream()
                    .map(name -> rec.extra().getOrDefault(name, none))
                    .toArray(String[]::new));
        }
        return new Table(
                style,
                List.copyOf(names),
                Map.of(),
                rows,
                lines,
                rejected,
                isWhole,
                Optional.empty(),
                Optional.empty());
    }

    private static Table trouble(String what) {
        return new Table(
                Style.USUAL, List.of(), Map.of(), List.of(), List.of(), 0, true, Optional.empty(), Optional.of(what));
    }

    /** A source without columns: its parser keeps whatever a file holds. */
    static SourceSpec undeclared(Style style) {
        return new SourceSpec(
                        "sample",
                        "sample",
                        style.format(),
                        SourceSpec.Mode.APPEND,
                        List.of(),
                        Optional.empty(),
                        Optional.empty(),
                        "landed",
                        "landed",
                        SourceSpec.NewColumn.EVOLVE,
                        List.of(),
                        true,
                        1,
                        Map.of(),
                        Map.of(),
                        List.of(),
                        "")
                .with(layout(style));
    }

    static LayoutSpec layout(Style style) {
        return new LayoutSpec(
                Optional.of(style.delimiter()),
                Optional.of(style.encoding()),
                OptionalInt.empty(),
                Optional.empty(),
                style.escape());
    }
}
