package io.penstock.ingestion.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.core.config.PipelineConfig;
import io.penstock.ingestion.contract.Characters;
import io.penstock.ingestion.contract.Contract;
import io.penstock.ingestion.contract.FileColumns;
import io.penstock.ingestion.contract.Reject;
import io.penstock.ingestion.contract.Values;
import io.penstock.ingestion.format.ParsedFile.Rec;
import io.penstock.ingestion.landing.LandedFile;
import io.penstock.ingestion.landing.PathColumns;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.parquet.io.InputFile;

/**
 * The bytes of one landed file to its records. Pure: equal bytes give equal records, wherever and whenever. A file is good
 * as a whole or not at all; a record of a good file is typed or has a reason.
 */
public final class FileParser implements Serializable {
    private static final long serialVersionUID = 1L;
    public static final int LONGEST_RAW = 1 << 16;
    /** What a column without a name is called, with its place in the header behind. */
    static final String UNNAMED = "unnamed_";

    private static final int DEEPEST = 100;
    private static final Pattern TOTAL = Pattern.compile("(?i)\\s*((grand |sub)?totals?|sum|end of file|eof)\\b.*");
    private static final char[] DELIMITERS = {',', ';', '\t', '|'};

    private final PipelineConfig.Format format;
    private final boolean isKeeping;
    private final boolean isRejecting;
    private final Contract contract;
    private final FileColumns columns;
    private final PathColumns inPath;
    private final CsvStyle style;
    private final String encoding;
    private final int maxRecord;

    /**
     * What is known of a file before its records.
     *
     * @param inPath values by position that its path gives
     * @param landed microseconds since 1970, or null
     * @param isBackslashed whether {@link Backslashes} seem to escape the quotes of CSV
     */
    private record Origin(FileText file, Map<Integer, String> inPath, Long landed, boolean isBackslashed) {}

    /**
     * The columns of a CSV file, or why it is not read.
     *
     * @param names as the header has them; empty where it has none
     * @param called the same, with a made-up name where the header has none
     */
    private record Heading(String[] names, String[] called, FileColumns.Mapping mapping, Reject reject) {
        static Heading rejected(Reject reject) {
            return new Heading(null, null, null, reject);
        }
    }

    public FileParser(PipelineConfig.Source source) {
        PipelineConfig.Layout layout = source.layout().orElse(PipelineConfig.Layout.USUAL);
        this.format = source.format();
        this.isKeeping = source.onNewColumn() == PipelineConfig.NewColumn.EVOLVE;
        this.isRejecting = source.onNewColumn() == PipelineConfig.NewColumn.REJECT;
        this.contract = Contract.of(source);
        this.columns = new FileColumns(source);
        this.inPath = new PathColumns(source);
        this.style = CsvStyle.of(layout);
        this.encoding = layout.encoding().orElse("utf-8");
        this.maxRecord = layout.maxRecord().orElse(Contract.LONGEST);
    }

    PipelineConfig.Format format() {
        return format;
    }

    Charset encoding() {
        return Charset.forName(encoding);
    }

    CsvStyle style() {
        return style;
    }

    /** The records of a text file. */
    ParsedFile parse(String path, byte[] bytes) {
        Reject strange = strangePath(path);
        if (strange != null) {
            return ParsedFile.rejected(strange);
        }
        FileText file = FileText.of(path, bytes, encoding());
        if (file.reject() != null) {
            return ParsedFile.rejected(file.reject());
        }
        boolean isCsv = format == PipelineConfig.Format.CSV;
        Origin origin = origin(file, path, isCsv && Backslashes.escape(style, file.text()));
        if (isCsv) {
            CsvRecords raws = new CsvRecords(file.text(), style);
            return named(csv(raws, heading(raws, origin.inPath()), 1, origin));
        }
        return named(json(1, 1, origin));
    }

    private ParsedFile named(ParsedFile parsed) {
        Reject misnamed = parsed.reject() == null ? misnamed(parsed.names(), parsed.newColumns()) : null;
        return misnamed == null ? parsed : ParsedFile.rejected(misnamed);
    }

    /**
     * The records of a piece, as the whole file has them. A reject is one of the whole file; what {@link #misnamed} says of
     * all pieces together is another.
     *
     * @param bytes of the piece
     */
    ParsedFile parse(String path, byte[] bytes, FileSplit piece, SplitPlan.Whole whole) {
        Origin origin = origin(FileText.piece(bytes, whole.encoding(), whole.isDamaged()), path, whole.isBackslashed());
        if (format != PipelineConfig.Format.CSV) {
            return json(piece.position(), piece.line(), origin);
        }
        Heading heading = heading(new CsvRecords(whole.header(), style), origin.inPath());
        CsvRecords raws = new CsvRecords(origin.file().text(), style, piece.line());
        return csv(raws, heading, piece.position(), origin);
    }

    private Origin origin(FileText file, String path, boolean isBackslashed) {
        Long landed = LandedFile.landedOf(path).map(Values::micros).orElse(null);
        return new Origin(file, inPath.of(path), landed, isBackslashed);
    }

    /** Why a file is not read whatever it holds, or null. */
    Reject strangePath(String path) {
        for (Map.Entry<Integer, String> folder : inPath.of(path).entrySet()) {
            int strange = Characters.strange(folder.getValue());
            if (strange >= 0) {
                return new Reject(
                        "PEN-ROW-011",
                        "plain-characters",
                        "In the folders' names, "
                                + character(columns.name(folder.getKey()), folder.getValue(), strange));
            }
        }
        return null;
    }

    /**
     * Why a CSV file with this header is not read, or null.
     *
     * @param header the header's text
     */
    Reject misheaded(String path, String header) {
        return heading(new CsvRecords(header, style), inPath.of(path)).reject();
    }

    /**
     * Fields of a CSV file's header.
     *
     * @param header the header's text
     */
    int columns(String path, String header) {
        Heading heading = heading(new CsvRecords(header, style), inPath.of(path));
        return heading.reject() == null ? heading.names().length : 0;
    }

    /** Takes the header, the first record that is not blank. */
    private Heading heading(CsvRecords raws, Map<Integer, String> inPath) {
        if (!raws.next()) {
            return Heading.rejected(new Reject("PEN-ING-003", "not-empty", "The file holds nothing but blanks"));
        }
        if (raws.flaw() != CsvRecords.Flaw.NONE) {
            return Heading.rejected(new Reject(
                    "PEN-ROW-006",
                    "closed-quotes",
                    raws.flaw() == CsvRecords.Flaw.UNCLOSED
                            ? "A quote opened in the header never closes"
                            : "The header has a quote inside a name, it begins with " + Reject.shown(raws.raw())));
        }
        String[] names = Arrays.stream(raws.fields())
                .map(name -> name == null ? "" : name.strip())
                .toArray(String[]::new);
        String[] called = called(names);
        List<String> known = IntStream.range(0, names.length)
                .mapToObj(i -> columns.position(called[i]) == null ? names[i] : called[i])
                .toList();
        FileColumns.Mapping mapping = columns.map(known, inPath.keySet(), "PEN-ROW-002", "PEN-ROW-003");
        if (mapping.reject() == null) {
            return new Heading(names, called, mapping, null);
        }
        Reject other = mapping.reject().code().equals("PEN-ROW-002") ? otherDelimiter(raws.raw()) : null;
        return Heading.rejected(other == null ? mapping.reject() : other);
    }

    /** A column without a name is called by its place, so that what stands in it can be declared, kept and told. */
    private static String[] called(String[] names) {
        String[] called = names.clone();
        for (int i = 0; i < names.length; i++) {
            if (names[i].isEmpty()) {
                called[i] = UNNAMED + (i + 1);
                while (Arrays.asList(names).contains(called[i])) {
                    called[i] += "_";
                }
            }
        }
        return called;
    }

    /** @param first position of the first record */
    private ParsedFile csv(CsvRecords raws, Heading heading, long first, Origin origin) {
        if (heading.reject() != null) {
            return ParsedFile.rejected(heading.reject());
        }
        List<Rec> records = new ArrayList<>();
        Set<String> fresh = new LinkedHashSet<>(heading.mapping().fresh());
        raws.expect(heading.names().length);
        while (raws.next()) {
            records.add(record(first + records.size(), raws, heading, fresh, origin));
        }
        return new ParsedFile(records, List.copyOf(fresh), List.of(), null);
    }

    /** Why a record is kept out whose quotes are not as the source writes them; its first line alone decides. */
    private Reject misquoted(CsvRecords raws, String raw, String[] header) {
        String where = raws.flawed() < header.length && !header[raws.flawed()].isEmpty()
                ? header[raws.flawed()]
                : "field " + (raws.flawed() + 1);
        if (style.isUndeclared() && raw.contains("\\\"")) {
            return new Reject(
                    "PEN-ROW-052",
                    "escape",
                    "In " + where
                            + ", a quote stands behind a backslash; declare escape = \"\\\\\" where that makes it a"
                            + " part of the value, as Spark writes it, or escape = \"\\\"\" where backslashes are text");
        }
        if (style.isBackslash() && raws.flaw() == CsvRecords.Flaw.STRAY && raw.contains("\"\"")) {
            return new Reject(
                    "PEN-ROW-052",
                    "escape",
                    "In " + where
                            + ", a quote is doubled, or text follows a closing quote; escape = \"\\\\\" is declared,"
                            + " leave it out where quotes are doubled");
        }
        return raws.flaw() == CsvRecords.Flaw.STRAY
                ? new Reject(
                        "PEN-ROW-050",
                        "quotes",
                        "A quote stands inside " + where
                                + ", which is not quoted as a whole, or text follows its closing" + " quote")
                : new Reject(
                        "PEN-ROW-051",
                        "closed-quotes",
                        "The quote opened in " + where + " does not close, or not as a value of several lines does"
                                + " (with the number of fields of the header, within max-record)");
    }

    /** @param fresh columns that are not declared; takes those without a name that have a value */
    private Rec record(long position, CsvRecords raws, Heading heading, Set<String> fresh, Origin origin) {
        String[] header = heading.names();
        int[] target = heading.mapping().target();
        long line = raws.line();
        String raw = raws.raw();
        if (raw.length() > maxRecord) {
            return tooLong(position, line, raw);
        }
        if (raws.flaw() != CsvRecords.Flaw.NONE) {
            return rejected(position, line, raw, null, misquoted(raws, raw, header));
        }
        if (origin.isBackslashed() && raw.indexOf('"') >= 0 && raw.contains("\\\\")) {
            return rejected(
                    position,
                    line,
                    raw,
                    null,
                    "052",
                    "escape",
                    "Two backslashes stand in the record, and the file seems to escape quotes by backslashes, so that they"
                            + " may be one; declare escape = \"\\\\\", or escape = \"\\\"\" where backslashes are text");
        }
        String[] tokens = raws.fields();
        if (tokens.length != header.length) {
            return rejected(
                    position,
                    line,
                    raw,
                    first(tokens),
                    "004",
                    "field-count",
                    tokens.length + " fields, must be " + header.length + " as in the header");
        }
        if (isHeader(tokens, header)) {
            return rejected(position, line, raw, null, "012", "header-once", "The header is repeated inside the file");
        }
        String[] texts = new String[columns.size()];
        origin.inPath().forEach((column, value) -> texts[column] = value);
        Map<String, String> extra = Map.of();
        for (int i = 0; i < tokens.length; i++) {
            if (target[i] >= 0) {
                texts[target[i]] = tokens[i] == null ? "" : tokens[i];
                continue;
            }
            boolean isNameless = header[i].isEmpty();
            boolean isGiven = tokens[i] != null && !(isNameless && tokens[i].isBlank());
            if (isGiven && isNameless) {
                fresh.add(heading.called()[i]);
            }
            if (isGiven && isKeeping) {
                extra = extra.isEmpty() ? new LinkedHashMap<>() : extra;
                extra.put(heading.called()[i], tokens[i]);
            }
        }
        return checked(position, line, raw, texts, extra, first(tokens), origin);
    }

    private static boolean isHeader(String[] tokens, String[] header) {
        for (int i = 0; i < header.length; i++) {
            if (!header[i].equals(tokens[i] == null ? "" : tokens[i].strip())) {
                return false;
            }
        }
        return true;
    }

    private Rec tooLong(long position, long line, String raw) {
        return rejected(
                position,
                line,
                raw,
                null,
                "029",
                "max-record",
                "The record is " + raw.length() + " characters long (at most " + maxRecord + ")");
    }

    private Reject otherDelimiter(String headerLine) {
        for (char other : DELIMITERS) {
            List<String> split = Arrays.stream(headerLine.split(Pattern.quote(String.valueOf(other))))
                    .map(name -> name.strip().replace("\"", ""))
                    .toList();
            if (other != style.delimiter()
                    && split.size() > 1
                    && split.stream().anyMatch(name -> columns.position(name) != null)) {
                return new Reject(
                        "PEN-ROW-007",
                        "delimiter",
                        "The delimiter looks like " + shown(other) + ", it must be " + shown(style.delimiter()));
            }
        }
        return null;
    }

    private static String shown(char delimiter) {
        return delimiter == '\t' ? "a tab" : "'" + delimiter + "'";
    }

    /** Opens a Parquet file: {@link #records} judges its rows. */
    public ParquetFile parquet(String path, InputFile input) {
        Reject strange = strangePath(path);
        return strange == null
                ? ParquetFile.open(
                        input,
                        columns,
                        contract.kinds(),
                        contract.counted(),
                        inPath.of(path).keySet())
                : ParquetFile.rejected(strange);
    }

    /**
     * The records of a Parquet file, as they are asked for.
     *
     * @param rows of the file
     * @param first position of the first record
     */
    Iterator<Rec> records(String path, ParquetFile file, Iterator<ParquetFile.Line> rows, long first) {
        Origin origin = origin(null, path, false);
        return new Iterator<>() {
            private long position = first;

            @Override
            public boolean hasNext() {
                return rows.hasNext();
            }

            @Override
            public Rec next() {
                ParquetFile.Line row = rows.next();
                Object[] given = row.values();
                origin.inPath().forEach((column, value) -> given[column] = file.fills(column) ? given[column] : value);
                return judged(position++, row, given, origin);
            }
        };
    }

    private Rec judged(long position, ParquetFile.Line row, Object[] given, Origin origin) {
        byte[] image = row.image();
        Map<String, String> extra = isKeeping ? row.extra() : Map.of();
        for (int i = 0; i < given.length; i++) {
            int strange = given[i] instanceof String text ? Characters.strange(text) : -1;
            if (strange >= 0) {
                return rejected(
                        position,
                        0,
                        RowImage.json(image),
                        null,
                        "011",
                        "plain-characters",
                        character(columns.name(i), (String) given[i], strange));
            }
        }
        Reject undeclared = isKeeping ? undeclared(row.hidden()) : null;
        undeclared = undeclared == null ? undeclared(extra) : undeclared;
        if (undeclared != null) {
            return rejected(position, 0, RowImage.json(image), null, undeclared);
        }
        Contract.Checked checked = contract.check(given, origin.landed());
        return checked.reject() == null
                ? new Rec(position, 0, null, image, checked.values(), extra, null)
                : broken(position, 0, RowImage.json(image), extra, null, checked);
    }

    private static Reject undeclared(Map<String, String> texts) {
        for (Map.Entry<String, String> text : texts.entrySet()) {
            int strange = Characters.strange(text.getValue());
            if (strange >= 0) {
                return new Reject(
                        "PEN-ROW-011",
                        "plain-characters",
                        character(Reject.shown(text.getKey()), text.getValue(), strange));
            }
        }
        return null;
    }

    /**
     * @param first position of the first record
     * @param from line with which the text begins
     */
    private ParsedFile json(long first, long from, Origin origin) {
        JsonFactory factory = JsonFactory.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .streamReadConstraints(
                        StreamReadConstraints.builder().maxNestingDepth(DEEPEST).build())
                .build();
        ObjectMapper mapper = new ObjectMapper(factory);
        List<Rec> records = new ArrayList<>();
        Names names = new Names();
        long line = from - 1;
        for (String raw : (Iterable<String>) origin.file().text().lines()::iterator) {
            line++;
            if (raw.isBlank()) {
                continue;
            }
            String bare = raw.strip();
            long position = first + records.size();
            if (position == 1 && (bare.startsWith("[") || bare.equals("{"))) {
                return ParsedFile.rejected(
                        "PEN-ROW-033",
                        "json-lines",
                        "The file is a JSON array or pretty-printed; land one JSON object per line");
            }
            if (raw.length() > maxRecord) {
                records.add(tooLong(position, line, raw));
                continue;
            }
            records.add(object(factory, mapper, position, line, raw, names, origin));
        }
        return new ParsedFile(records, List.copyOf(names.fresh), List.copyOf(names.met), null);
    }

    /**
     * Why a file is not read whose JSON objects use these names, or whose CSV columns are called by them, or null.
     *
     * @param names of declared columns in JSON, in order
     * @param fresh names that are not declared
     */
    public Reject misnamed(Collection<String> names, Collection<String> fresh) {
        String[] used = new String[columns.size()];
        for (String name : names) {
            int column = columns.position(name);
            if (used[column] != null && !used[column].equals(name)) {
                return new Reject("PEN-ROW-002", "header", columns.twice(name, used[column], column));
            }
            used[column] = name;
        }
        return fresh.isEmpty() || !isRejecting
                ? null
                : new Reject(
                        "PEN-ROW-003",
                        "on-new-column",
                        columns.undeclared(new LinkedHashSet<>(fresh))
                                + (format == PipelineConfig.Format.CSV ? ", to which the header gives no name" : ""));
    }

    private Rec object(
            JsonFactory factory,
            ObjectMapper mapper,
            long position,
            long line,
            String raw,
            Names names,
            Origin origin) {
        String[] texts = new String[columns.size()];
        origin.inPath().forEach((column, value) -> texts[column] = value);
        Map<String, String> extra = Map.of();
        try (JsonParser parser = factory.createParser(raw)) {
            parser.setCodec(mapper);
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return rejected(position, line, raw, null, "033", "json-lines", "Not a JSON object");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.getCurrentName();
                JsonToken token = parser.nextToken();
                String text = token == JsonToken.VALUE_NULL
                        ? null
                        : token.isStructStart() ? parser.readValueAsTree().toString() : parser.getText();
                Integer column = columns.position(name);
                if (column != null) {
                    names.meet(name, column);
                    texts[column] = text;
                    continue;
                }
                names.fresh.add(name);
                if (isKeeping && text != null) {
                    extra = extra.isEmpty() ? new LinkedHashMap<>() : extra;
                    extra.put(name, text);
                }
            }
            if (parser.nextToken() != null) {
                return rejected(position, line, raw, null, "033", "json-lines", "More than one JSON value on the line");
            }
        } catch (JsonProcessingException e) {
            boolean isTwice = String.valueOf(e.getOriginalMessage()).startsWith("Duplicate field");
            return rejected(
                    position,
                    line,
                    raw,
                    null,
                    isTwice ? "031" : "004",
                    isTwice ? "unique-keys" : "json",
                    isTwice ? e.getOriginalMessage() : "Not valid JSON: " + Reject.shown(e.getOriginalMessage()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Reject hidden = raw.indexOf('\\') < 0 ? null : hidden(factory, raw);
        return hidden == null
                ? checked(position, line, raw, texts, extra, null, origin)
                : rejected(position, line, raw, null, hidden);
    }

    /** Why a record is kept out that spells a character by an escape which it may not hold, in a name or a value. */
    private Reject hidden(JsonFactory factory, String raw) {
        try (JsonParser parser = factory.createParser(raw)) {
            String column = "The record";
            int depth = 0;
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
                boolean isName = token == JsonToken.FIELD_NAME;
                if (!isName && token != JsonToken.VALUE_STRING) {
                    continue;
                }
                String text = parser.getText();
                if (isName && depth == 1) {
                    Integer position = columns.position(text);
                    column = position == null ? "The record" : columns.name(position);
                }
                int strange = Characters.strange(text);
                if (strange >= 0) {
                    return new Reject(
                            "PEN-ROW-011",
                            "plain-characters",
                            character(isName ? "A name in the record" : column, text, strange));
                }
            }
            return null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The names that the objects of one file use. */
    private final class Names {
        private final Set<String> fresh = new LinkedHashSet<>();
        private final Set<String> met = new LinkedHashSet<>();
        private final String[] last = new String[columns.size()];

        void meet(String name, int column) {
            if (!name.equals(last[column])) {
                last[column] = name;
                met.add(name);
            }
        }
    }

    private Rec checked(
            long position,
            long line,
            String raw,
            String[] texts,
            Map<String, String> extra,
            String first,
            Origin origin) {
        if (origin.file().isDamaged() && raw.indexOf('\uFFFD') >= 0) {
            return rejected(
                    position,
                    line,
                    raw,
                    first,
                    "010",
                    encoding,
                    named(texts, "\uFFFD") + " has bytes that are not " + encoding.toUpperCase(Locale.ROOT));
        }
        int strange = origin.file().isPlain() ? -1 : Characters.strange(raw);
        if (strange >= 0) {
            String character = raw.substring(strange, strange + 1);
            return rejected(
                    position,
                    line,
                    raw,
                    first,
                    "011",
                    "plain-characters",
                    character(named(texts, character), raw, strange));
        }
        Contract.Checked checked = contract.check(texts, origin.landed());
        return checked.reject() == null
                ? new Rec(position, line, raw, null, checked.values(), extra, null)
                : broken(position, line, raw, extra, first, checked);
    }

    private static String character(String column, String text, int at) {
        return column + " has the character U+" + String.format("%04X", (int) text.charAt(at));
    }

    private static Rec broken(
            long position, long line, String raw, Map<String, String> extra, String first, Contract.Checked checked) {
        Rec rejected = rejected(position, line, raw, first, checked.reject());
        boolean mayWithdraw = checked.values() != null && rejected.reject().equals(checked.reject());
        return mayWithdraw
                ? new Rec(position, line, rejected.raw(), null, checked.values(), extra, rejected.reject())
                : rejected;
    }

    /** A record that breaks the contract and whose first field speaks of a total is a footer, whatever else is wrong. */
    private static Rec rejected(long position, long line, String raw, String first, Reject reject) {
        Reject told = first != null && TOTAL.matcher(first).matches()
                ? new Reject(
                        "PEN-ROW-013", "no-footer", "A footer or total line, it starts with " + Reject.shown(first))
                : reject;
        String kept = raw.length() > LONGEST_RAW ? raw.substring(0, LONGEST_RAW) : raw;
        return new Rec(position, line, kept, null, null, Map.of(), told);
    }

    private static Rec rejected(
            long position, long line, String raw, String first, String number, String rule, String reason) {
        return rejected(position, line, raw, first, new Reject("PEN-ROW-" + number, rule, reason));
    }

    private static String first(String[] tokens) {
        return tokens.length == 0 ? null : tokens[0];
    }

    private String named(String[] texts, String part) {
        for (int i = 0; i < texts.length; i++) {
            if (texts[i] != null && texts[i].contains(part)) {
                return columns.name(i);
            }
        }
        return "The record";
    }
}
