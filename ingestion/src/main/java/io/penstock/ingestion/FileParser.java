package io.penstock.ingestion;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.univocity.parsers.common.TextParsingException;
import com.univocity.parsers.csv.CsvParser;
import com.univocity.parsers.csv.CsvParserSettings;
import io.penstock.core.config.PipelineConfig;
import io.penstock.ingestion.ParsedFile.Rec;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The bytes of one landed file to its records. Pure: equal bytes give equal records, wherever and whenever. A file is good
 * as a whole or not at all; a record of a good file is typed or has a reason.
 */
final class FileParser implements Serializable {
    private static final long serialVersionUID = 1L;
    private static final int MOST_COLUMNS = 2_000;
    private static final int LONGEST_RAW = 1 << 16;
    private static final int DEEPEST = 100;
    private static final Pattern TOTAL = Pattern.compile("(?i)\\s*((grand |sub)?totals?|sum|end of file|eof)\\b.*");
    private static final char[] OTHER_DELIMITERS = {';', '\t', '|'};

    private final PipelineConfig.Format format;
    private final boolean isKeeping;
    private final boolean isRejecting;
    private final Contract contract;
    private final List<String> columns;
    private final Map<String, Integer> positions = new HashMap<>();

    FileParser(PipelineConfig.Source source) {
        this.format = source.format();
        this.isKeeping = source.onNewColumn() == PipelineConfig.NewColumn.EVOLVE;
        this.isRejecting = source.onNewColumn() == PipelineConfig.NewColumn.REJECT;
        this.contract = Contract.of(source);
        this.columns = new ArrayList<>(contract.columns());
        columns.forEach(column -> positions.put(column, positions.size()));
    }

    ParsedFile parse(String path, byte[] bytes) {
        FileText file = FileText.of(path, bytes);
        if (file.reject() != null) {
            return new ParsedFile(List.of(), List.of(), file.reject());
        }
        return format == PipelineConfig.Format.CSV ? csv(file) : json(file);
    }

    private ParsedFile csv(FileText file) {
        CsvParser fields = fields();
        CsvRecords raws = new CsvRecords(file.text());
        String headerLine = raws.next();
        if (headerLine == null) {
            return ParsedFile.rejected("PEN-ING-003", "not-empty", "The file holds nothing but blanks");
        }
        String[] header = Arrays.stream(fields.parseLine(headerLine))
                .map(name -> name == null ? "" : name.strip())
                .toArray(String[]::new);
        Reject strange = judge(header, headerLine);
        if (strange != null) {
            return new ParsedFile(List.of(), List.of(), strange);
        }
        int[] target = new int[header.length];
        List<String> fresh = new ArrayList<>();
        for (int i = 0; i < header.length; i++) {
            target[i] = positions.getOrDefault(header[i], -1);
            if (target[i] < 0 && !header[i].isEmpty()) {
                fresh.add(header[i]);
            }
        }
        List<Rec> records = new ArrayList<>();
        for (String raw = raws.next(); raw != null; raw = raws.next()) {
            if (raws.isUnclosed()) {
                return ParsedFile.rejected(
                        "PEN-ROW-006",
                        "closed-quotes",
                        "A quote opened in the record on line " + raws.line() + " never closes");
            }
            String[] tokens;
            try {
                tokens = fields.parseLine(raw);
            } catch (TextParsingException e) {
                tokens = null;
            }
            records.add(record(records.size() + 1, raws.line(), raw, tokens, header, target, file.isDamaged()));
        }
        return new ParsedFile(records, fresh, null);
    }

    private Rec record(
            long position, long line, String raw, String[] tokens, String[] header, int[] target, boolean isDamaged) {
        if (tokens == null || tokens.length != header.length) {
            int count = tokens == null ? 0 : tokens.length;
            return rejected(
                    position,
                    line,
                    raw,
                    first(tokens),
                    "004",
                    "field-count",
                    count + " fields, must be " + header.length + " as in the header");
        }
        if (Arrays.equals(tokens, header)) {
            return rejected(position, line, raw, null, "012", "header-once", "The header is repeated inside the file");
        }
        String[] texts = new String[columns.size()];
        for (int i = 0; i < tokens.length; i++) {
            if (target[i] >= 0) {
                texts[target[i]] = tokens[i] == null ? "" : tokens[i];
            }
        }
        Map<String, String> extra = Map.of();
        if (isKeeping) {
            for (int i = 0; i < tokens.length; i++) {
                if (target[i] < 0 && tokens[i] != null && !header[i].isEmpty()) {
                    extra = extra.isEmpty() ? new LinkedHashMap<>() : extra;
                    extra.put(header[i], tokens[i]);
                }
            }
        }
        return checked(position, line, raw, texts, extra, first(tokens), isDamaged);
    }

    private ParsedFile json(FileText file) {
        JsonFactory factory = JsonFactory.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .streamReadConstraints(
                        StreamReadConstraints.builder().maxNestingDepth(DEEPEST).build())
                .build();
        ObjectMapper mapper = new ObjectMapper(factory);
        List<Rec> records = new ArrayList<>();
        Set<String> fresh = new LinkedHashSet<>();
        long line = 0;
        for (String raw : (Iterable<String>) file.text().lines()::iterator) {
            line++;
            if (raw.isBlank()) {
                continue;
            }
            String bare = raw.strip();
            if (records.isEmpty() && (bare.startsWith("[") || bare.equals("{"))) {
                return ParsedFile.rejected(
                        "PEN-ROW-033",
                        "json-lines",
                        "The file is a JSON array or pretty-printed; land one JSON object per line");
            }
            records.add(object(factory, mapper, records.size() + 1, line, raw, fresh, file.isDamaged()));
        }
        if (!fresh.isEmpty() && isRejecting) {
            return ParsedFile.rejected(
                    "PEN-ROW-003",
                    "on-new-column",
                    "Columns that are not declared: " + Reject.shown(String.join(", ", fresh)));
        }
        return new ParsedFile(records, List.copyOf(fresh), null);
    }

    private Rec object(
            JsonFactory factory,
            ObjectMapper mapper,
            long position,
            long line,
            String raw,
            Set<String> fresh,
            boolean isDamaged) {
        String[] texts = new String[columns.size()];
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
                Integer column = positions.get(name);
                if (column != null) {
                    texts[column] = text;
                    continue;
                }
                fresh.add(name);
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
        return checked(position, line, raw, texts, extra, null, isDamaged);
    }

    private Rec checked(
            long position,
            long line,
            String raw,
            String[] texts,
            Map<String, String> extra,
            String first,
            boolean isDamaged) {
        if (isDamaged && raw.indexOf('\uFFFD') >= 0) {
            return rejected(
                    position,
                    line,
                    raw,
                    first,
                    "010",
                    "utf-8",
                    named(texts, "\uFFFD") + " has bytes that are not UTF-8");
        }
        int strange = strange(raw);
        if (strange >= 0) {
            String character = raw.substring(strange, strange + 1);
            return rejected(
                    position,
                    line,
                    raw,
                    first,
                    "011",
                    "plain-characters",
                    named(texts, character) + " has the character U+"
                            + String.format("%04X", (int) raw.charAt(strange)));
        }
        Contract.Checked checked = contract.check(texts);
        if (checked.reject() == null) {
            return new Rec(position, line, raw, checked.values(), extra, null);
        }
        Rec rejected = rejected(position, line, raw, first, checked.reject());
        boolean mayWithdraw = checked.values() != null && rejected.reject().equals(checked.reject());
        return mayWithdraw
                ? new Rec(position, line, rejected.raw(), checked.values(), extra, rejected.reject())
                : rejected;
    }

    /** A record that breaks the contract and whose first field speaks of a total is a footer, whatever else is wrong. */
    private static Rec rejected(long position, long line, String raw, String first, Reject reject) {
        Reject told = first != null && TOTAL.matcher(first).matches()
                ? new Reject(
                        "PEN-ROW-013", "no-footer", "A footer or total line, it starts with " + Reject.shown(first))
                : reject;
        String kept = raw.length() > LONGEST_RAW ? raw.substring(0, LONGEST_RAW) : raw;
        return new Rec(position, line, kept, null, Map.of(), told);
    }

    private static Rec rejected(
            long position, long line, String raw, String first, String number, String rule, String reason) {
        return rejected(position, line, raw, first, new Reject("PEN-ROW-" + number, rule, reason));
    }

    private static String first(String[] tokens) {
        return tokens == null || tokens.length == 0 ? null : tokens[0];
    }

    private String named(String[] texts, String part) {
        for (int i = 0; i < texts.length; i++) {
            if (texts[i] != null && texts[i].contains(part)) {
                return columns.get(i);
            }
        }
        return "The record";
    }

    /** Index of the first control, zero-width or direction-changing character, or -1. */
    private static int strange(String raw) {
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c < ' ' ? c != '\t' && c != '\n' && c != '\r' : c >= 0x7f && isInvisible(c)) {
                return i;
            }
        }
        return -1;
    }

    private static boolean isInvisible(char c) {
        return c <= 0x9f
                || (c >= 0x200b && c <= 0x200f)
                || (c >= 0x202a && c <= 0x202e)
                || (c >= 0x2060 && c <= 0x2069)
                || c == 0xfeff;
    }

    private Reject judge(String[] header, String headerLine) {
        if (header.length > MOST_COLUMNS) {
            return new Reject(
                    "PEN-ROW-030",
                    "column-count",
                    "The header has " + header.length + " columns (at most " + MOST_COLUMNS + ")");
        }
        Set<String> seen = new HashSet<>();
        for (String name : header) {
            if (!seen.add(name) && !name.isEmpty()) {
                return new Reject("PEN-ROW-002", "header", "The header names " + Reject.shown(name) + " twice");
            }
        }
        List<String> missing =
                columns.stream().filter(column -> !seen.contains(column)).toList();
        if (!missing.isEmpty()) {
            for (char delimiter : OTHER_DELIMITERS) {
                List<String> split = Arrays.stream(headerLine.split(Pattern.quote(String.valueOf(delimiter))))
                        .map(name -> name.strip().replace("\"", ""))
                        .toList();
                if (split.size() > 1 && split.stream().anyMatch(columns::contains)) {
                    String shown = delimiter == '\t' ? "a tab" : "'" + delimiter + "'";
                    return new Reject(
                            "PEN-ROW-007", "delimiter", "The delimiter looks like " + shown + ", it must be ','");
                }
            }
            return new Reject(
                    "PEN-ROW-002",
                    "header",
                    "The header lacks " + String.join(", ", missing) + "; it has "
                            + Reject.shown(String.join(", ", header)));
        }
        List<String> fresh = seen.stream()
                .filter(name -> !positions.containsKey(name) && !name.isEmpty())
                .sorted()
                .toList();
        if (!fresh.isEmpty() && isRejecting) {
            return new Reject(
                    "PEN-ROW-003",
                    "on-new-column",
                    "Columns that are not declared: " + Reject.shown(String.join(", ", fresh)));
        }
        return null;
    }

    private static CsvParser fields() {
        CsvParserSettings settings = new CsvParserSettings();
        settings.setLineSeparatorDetectionEnabled(false);
        settings.getFormat().setLineSeparator("\n");
        settings.getFormat().setNormalizedNewline('\n');
        settings.getFormat().setDelimiter(',');
        settings.getFormat().setQuote('"');
        settings.getFormat().setQuoteEscape('"');
        settings.setCommentProcessingEnabled(false);
        settings.setIgnoreLeadingWhitespaces(false);
        settings.setIgnoreTrailingWhitespaces(false);
        settings.setIgnoreLeadingWhitespacesInQuotes(false);
        settings.setIgnoreTrailingWhitespacesInQuotes(false);
        settings.setSkipEmptyLines(false);
        settings.setEmptyValue("");
        settings.setMaxColumns(20 * MOST_COLUMNS);
        settings.setMaxCharsPerColumn(-1);
        return new CsvParser(settings);
    }
}
