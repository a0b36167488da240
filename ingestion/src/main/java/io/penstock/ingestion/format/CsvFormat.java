package io.penstock.ingestion.format;

import io.penstock.core.ErrorCode;
import io.penstock.core.config.LayoutSpec;
import io.penstock.core.config.SourceSpec;
import io.penstock.ingestion.contract.FileColumns;
import io.penstock.ingestion.contract.Reject;
import io.penstock.ingestion.format.ParsedFile.Rec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** Delimiter-separated text with a header. */
public final class CsvFormat extends TextFormat {
    private static final long serialVersionUID = 1L;
    /** What a column without a name is called, with its place in the header behind. */
    static final String UNNAMED = "unnamed_";

    private static final char[] DELIMITERS = {',', ';', '\t', '|'};

    private final CsvStyle style;

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

    CsvFormat(SourceSpec source) {
        super(source);
        this.style = CsvStyle.of(source.layout().orElse(LayoutSpec.USUAL));
    }

    @Override
    ParsedFile records(Origin origin) {
        CsvRecords raws = new CsvRecords(origin.file().text(), style);
        return csv(raws, heading(raws, origin.inPath()), 1, origin);
    }

    @Override
    ParsedFile records(Origin origin, SplitPlan.Whole whole, FileSplit split) {
        Heading heading = heading(new CsvRecords(whole.header(), style), origin.inPath());
        CsvRecords raws = new CsvRecords(origin.file().text(), style, split.line());
        return csv(raws, heading, split.position(), origin);
    }

    @Override
    boolean isBackslashed(String text) {
        return Backslashes.escape(style, text);
    }

    @Override
    RecordEnds ends(boolean isWide) {
        return RecordEnds.ofCsv(style, isWide);
    }

    @Override
    Backslashes backslashes() {
        return new Backslashes(style);
    }

    @Override
    boolean hasHeader() {
        return true;
    }

    @Override
    String undeclaredNote() {
        return ", to which the header gives no name";
    }

    @Override
    public Optional<String> recordsEnding() {
        return Optional.of(".csv");
    }

    /**
     * The header of a file of repaired records: the link, the columns that only folders give, then the landed file's header.
     *
     * @param text that begins with the landed file's header
     * @param inFolders declared columns that the folders of the landed file give; those that its header has are removed
     * @return empty when the text has no sound header
     */
    public Optional<String> repairHeader(String replaces, String text, Map<String, String> inFolders) {
        CsvRecords records = new CsvRecords(text, style);
        if (!records.next() || records.flaw() != CsvRecords.Flaw.NONE) {
            return Optional.empty();
        }
        StringBuilder header = new StringBuilder(replaces).append(style.delimiter());
        for (String field : records.fields()) {
            inFolders.remove(field == null ? "" : field.strip());
        }
        inFolders.keySet().forEach(column -> header.append(column).append(style.delimiter()));
        return Optional.of(header.append(records.raw()).toString());
    }

    @Override
    public String repairLine(String replaces, String link, Map<String, String> inFolders, String raw) {
        StringBuilder line = new StringBuilder(link).append(style.delimiter());
        inFolders.values().forEach(value -> line.append(quoted(value)).append(style.delimiter()));
        return line.append(raw).toString();
    }

    private String quoted(String value) {
        boolean isPlain = value.indexOf(style.delimiter()) < 0 && value.indexOf('"') < 0 && value.indexOf('\n') < 0;
        return isPlain ? value : '"' + value.replace("\"", "\"\"") + '"';
    }

    /**
     * Why a CSV file with this header is not read, or null.
     *
     * @param header the header's text
     */
    @Override
    Reject misheaded(String path, String header) {
        return heading(new CsvRecords(header, style), inPath.of(path)).reject();
    }

    /**
     * Fields of a CSV file's header.
     *
     * @param header the header's text
     */
    @Override
    int columns(String path, String header) {
        Heading heading = heading(new CsvRecords(header, style), inPath.of(path));
        return heading.reject() == null ? heading.names().length : 0;
    }

    /** Takes the header, the first record that is not blank. */
    private Heading heading(CsvRecords raws, Map<Integer, String> inPath) {
        if (!raws.next()) {
            return Heading.rejected(
                    new Reject(ErrorCode.FILE_EMPTY.code(), "not-empty", "The file holds nothing but blanks"));
        }
        if (raws.flaw() != CsvRecords.Flaw.NONE) {
            return Heading.rejected(new Reject(
                    ErrorCode.HEADER_QUOTES.code(),
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
        FileColumns.Mapping mapping = columns.map(
                known, inPath.keySet(), ErrorCode.HEADER_INCOMPLETE.code(), ErrorCode.UNDECLARED_COLUMNS.code());
        if (mapping.reject() == null) {
            return new Heading(names, called, mapping, null);
        }
        Reject other =
                mapping.reject().code().equals(ErrorCode.HEADER_INCOMPLETE.code()) ? otherDelimiter(raws.raw()) : null;
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
                    ErrorCode.OTHER_ESCAPE.code(),
                    "escape",
                    "In " + where
                            + ", a quote stands behind a backslash; declare escape = \"\\\\\" where that makes it a"
                            + " part of the value, as Spark writes it, or escape = \"\\\"\" where backslashes are text");
        }
        if (style.isBackslash() && raws.flaw() == CsvRecords.Flaw.STRAY && raw.contains("\"\"")) {
            return new Reject(
                    ErrorCode.OTHER_ESCAPE.code(),
                    "escape",
                    "In " + where
                            + ", a quote is doubled, or text follows a closing quote; escape = \"\\\\\" is declared,"
                            + " leave it out where quotes are doubled");
        }
        return raws.flaw() == CsvRecords.Flaw.STRAY
                ? new Reject(
                        ErrorCode.STRAY_QUOTE.code(),
                        "quotes",
                        "A quote stands inside " + where
                                + ", which is not quoted as a whole, or text follows its closing" + " quote")
                : new Reject(
                        ErrorCode.UNCLOSED_QUOTE.code(),
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

    private Reject otherDelimiter(String headerLine) {
        for (char other : DELIMITERS) {
            List<String> split = Arrays.stream(headerLine.split(Pattern.quote(String.valueOf(other))))
                    .map(name -> name.strip().replace("\"", ""))
                    .toList();
            if (other != style.delimiter()
                    && split.size() > 1
                    && split.stream().anyMatch(name -> columns.position(name) != null)) {
                return new Reject(
                        ErrorCode.OTHER_DELIMITER.code(),
                        "delimiter",
                        "The delimiter looks like " + shown(other) + ", it must be " + shown(style.delimiter()));
            }
        }
        return null;
    }

    private static String shown(char delimiter) {
        return delimiter == '\t' ? "a tab" : "'" + delimiter + "'";
    }

    private static String first(String[] tokens) {
        return tokens.length == 0 ? null : tokens[0];
    }
}
