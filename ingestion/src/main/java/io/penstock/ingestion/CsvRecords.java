package io.penstock.ingestion;

import com.univocity.parsers.common.TextParsingException;
import com.univocity.parsers.csv.CsvParser;
import com.univocity.parsers.csv.CsvParserSettings;
import java.util.Arrays;

/**
 * Cuts a text into CSV records and their fields in one pass, so that each has its line and its exact text; quoted line
 * breaks stay inside a record. A quote opens a quoted field only at the field's start; a doubled quote inside is a quote.
 * Records whose quotes are anything else (inside a field, or followed by more text) are split by univocity, as Spark does.
 */
final class CsvRecords {
    private static final int MOST_COLUMNS = 40_000;

    private final String text;
    private final char delimiter;
    private CsvParser odd;

    private int at;
    private long line;
    private int start;
    private int end;
    private long startLine;
    private boolean isUnclosed;
    private boolean isOdd;
    private boolean isMultiLine;
    private String[] fields = new String[16];
    private int count;

    CsvRecords(String text, char delimiter) {
        this(text, delimiter, 1);
    }

    /** @param line number of the line with which the text begins */
    CsvRecords(String text, char delimiter, long line) {
        this.text = text;
        this.delimiter = delimiter;
        this.line = line;
    }

    /** Goes to the next record that is not blank; false at the end. */
    boolean next() {
        while (at < text.length()) {
            cut();
            if (!isBlank()) {
                return true;
            }
        }
        return false;
    }

    /** Line on which the record starts, from 1. */
    long line() {
        return startLine;
    }

    /** Whether the record has a quote that never closes: it swallowed the rest of the text. */
    boolean isUnclosed() {
        return isUnclosed;
    }

    /** Whether quoted line breaks stand in the record. */
    boolean isMultiLine() {
        return isMultiLine;
    }

    int length() {
        return end - start;
    }

    /** The record's text without its line end. */
    String raw() {
        return text.substring(start, end);
    }

    /** The record's fields; null for an empty one without quotes. Null altogether when it cannot be split. */
    String[] fields() {
        if (!isOdd) {
            return Arrays.copyOf(fields, count);
        }
        if (odd == null) {
            odd = univocity(delimiter);
            odd.parseLine("start"); // of its first line it drops a byte order mark, and of no other
        }
        try {
            return odd.parseLine(raw());
        } catch (TextParsingException e) {
            odd = null;
            return null;
        }
    }

    private boolean isBlank() {
        for (int i = start; i < end; i++) {
            if (!Character.isWhitespace(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private void cut() {
        start = at;
        startLine = line;
        isOdd = false;
        isUnclosed = false;
        isMultiLine = false;
        count = 0;
        boolean isMore = true;
        while (isMore) {
            isMore = at < text.length() && text.charAt(at) == '"' ? quoted() : plain(at);
        }
    }

    /** Takes a field without quotes around it; whether another one follows. */
    private boolean plain(int from) {
        int length = text.length();
        while (at < length) {
            char c = text.charAt(at);
            if (c == delimiter) {
                add(from == at ? null : text.substring(from, at));
                at++;
                return true;
            }
            if (c == '\n' || c == '\r') {
                add(from == at ? null : text.substring(from, at));
                endLine(c);
                return false;
            }
            isOdd |= c == '"';
            at++;
        }
        add(from == at ? null : text.substring(from, at));
        end = at;
        return false;
    }

    private void endLine(char c) {
        end = at;
        at += c == '\r' && at + 1 < text.length() && text.charAt(at + 1) == '\n' ? 2 : 1;
        line++;
    }

    private boolean quoted() {
        int from = at;
        boolean isDoubled = false;
        for (at++; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == '\n') {
                line++;
                isMultiLine = true;
            } else if (c == '"') {
                if (at + 1 < text.length() && text.charAt(at + 1) == '"') {
                    isDoubled = true;
                    at++;
                } else {
                    return closed(from, isDoubled);
                }
            }
        }
        isUnclosed = true;
        end = at;
        return false;
    }

    private boolean closed(int from, boolean isDoubled) {
        String value = text.substring(from + 1, at);
        at++;
        char next = at < text.length() ? text.charAt(at) : '\n';
        if (next != delimiter && next != '\n' && next != '\r') {
            isOdd = true;
            return plain(from);
        }
        add(isDoubled ? value.replace("\"\"", "\"") : value);
        if (next == delimiter) {
            at++;
            return true;
        }
        if (at < text.length()) {
            endLine(next);
        } else {
            end = at;
        }
        return false;
    }

    private void add(String field) {
        if (count == fields.length) {
            fields = Arrays.copyOf(fields, 2 * count);
        }
        fields[count++] = field;
    }

    static CsvParser univocity(char delimiter) {
        CsvParserSettings settings = new CsvParserSettings();
        settings.setLineSeparatorDetectionEnabled(false);
        settings.getFormat().setLineSeparator("\n");
        settings.getFormat().setNormalizedNewline('\n');
        settings.getFormat().setDelimiter(delimiter);
        settings.getFormat().setQuote('"');
        settings.getFormat().setQuoteEscape('"');
        settings.setCommentProcessingEnabled(false);
        settings.setIgnoreLeadingWhitespaces(false);
        settings.setIgnoreTrailingWhitespaces(false);
        settings.setIgnoreLeadingWhitespacesInQuotes(false);
        settings.setIgnoreTrailingWhitespacesInQuotes(false);
        settings.setSkipEmptyLines(false);
        settings.setEmptyValue("");
        settings.setMaxColumns(MOST_COLUMNS);
        settings.setMaxCharsPerColumn(-1);
        return new CsvParser(settings);
    }
}
