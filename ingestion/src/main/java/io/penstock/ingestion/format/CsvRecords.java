package io.penstock.ingestion.format;

import java.util.Arrays;

/**
 * Cuts a text into CSV records and their fields in one pass, so that each has its line and its exact text; quoted line
 * breaks stay inside a record. A quote opens a quoted field only at the field's start, and only its escape makes a quote
 * inside it a part of it.
 *
 * <p>A record whose quotes are anything else is flawed. It ends with its first line, whatever its quotes say, so that the
 * lines after it are records of their own: what spans lines has to be right in all its quotes, and in its number of fields.
 * Looking ahead for that costs no second look at the same lines: the next line that opens a quote settles the quote before.
 */
public final class CsvRecords {
    /** What is wrong with a record's quotes. */
    public enum Flaw {
        NONE,
        /** A quote inside a field that is not quoted, or text behind a closing quote. */
        STRAY,
        /** A quote that does not close as one that spans lines would. */
        UNCLOSED
    }

    private final String text;
    private final CsvStyle style;

    private int expected;
    private int at;
    private long line;
    private int start;
    private int end;
    private long startLine;
    private Flaw flaw = Flaw.NONE;
    private int flawed;
    private boolean isMultiLine;
    private boolean isSlashed;
    private String[] fields = new String[16];
    private int count;

    public CsvRecords(String text, CsvStyle style) {
        this(text, style, 1);
    }

    /** @param line number of the line with which the text begins */
    public CsvRecords(String text, CsvStyle style, long line) {
        this.text = text;
        this.style = style;
        this.line = line;
    }

    /** Of the records from here on, those over several lines must have as many fields. */
    void expect(int columns) {
        expected = columns;
    }

    /** Goes to the next record that is not blank; false at the end. */
    public boolean next() {
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

    public Flaw flaw() {
        return flaw;
    }

    /** Number of the field that the flaw is in, from 0. */
    int flawed() {
        return flawed;
    }

    int length() {
        return end - start;
    }

    /** The record's text without its line end. */
    public String raw() {
        return text.substring(start, end);
    }

    /** The record's fields, unless it is flawed; null for an empty one without quotes. */
    public String[] fields() {
        return Arrays.copyOf(fields, count);
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
        flaw = Flaw.NONE;
        isMultiLine = false;
        isSlashed = false;
        count = 0;
        boolean isMore = true;
        while (isMore) {
            isMore = style.hasQuotes() && is(at, '"') ? quoted() : plain();
        }
        boolean isWrong = isMultiLine && (expected > 0 && count != expected || cannotSpanLines(end));
        if (flaw == Flaw.NONE && isWrong) {
            spoil(Flaw.UNCLOSED);
        }
    }

    /** Takes a field without quotes around it; whether another one follows. */
    private boolean plain() {
        int from = at;
        int length = text.length();
        while (at < length) {
            char c = text.charAt(at);
            if (c == style.delimiter()) {
                add(from == at ? null : text.substring(from, at));
                at++;
                return true;
            }
            if (c == '\n' || c == '\r') {
                add(from == at ? null : text.substring(from, at));
                endLine(c);
                return false;
            }
            if (c == '"' && style.hasQuotes()) {
                return spoil(Flaw.STRAY);
            }
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
        boolean isEscaped = false;
        for (at++; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == '\n' || c == '\r') {
                line += c == '\n' ? 1 : 0;
                flawed = isMultiLine ? flawed : count;
                isMultiLine = true;
                if (cannotSpanLines(at)) {
                    return spoil(Flaw.UNCLOSED);
                }
            } else if (c == '\\' && style.isBackslash()) {
                boolean escapes = is(at + 1, '"') || is(at + 1, '\\');
                isEscaped |= escapes;
                at += escapes ? 1 : 0;
            } else if (c == '"') {
                isSlashed |= style.isUndeclared() && text.charAt(at - 1) == '\\';
                if (style.isBackslash() || !is(at + 1, '"')) {
                    return closed(from, isEscaped);
                }
                isEscaped = true;
                at++;
                if (isSlashed && (isMultiLine || endsAsBackslashed())) {
                    return spoil(Flaw.STRAY);
                }
            }
        }
        return spoil(Flaw.UNCLOSED);
    }

    /** Whether what was read as a doubled quote may be a quote behind a backslash, and one that closes the field. */
    private boolean endsAsBackslashed() {
        return text.charAt(at - 2) == '\\' && (at + 1 == text.length() || style.endsField(text.charAt(at + 1)));
    }

    private boolean cannotSpanLines(int to) {
        return isSlashed || to - start > style.longest();
    }

    private boolean is(int index, char c) {
        return index < text.length() && text.charAt(index) == c;
    }

    private boolean closed(int from, boolean isEscaped) {
        String value = text.substring(from + 1, at);
        at++;
        char next = at < text.length() ? text.charAt(at) : '\n';
        if (!style.endsField(next)) {
            return spoil(Flaw.STRAY);
        }
        add(isEscaped ? unescaped(value) : value);
        if (next == style.delimiter()) {
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

    private String unescaped(String value) {
        return style.isBackslash() ? value.replaceAll("\\\\([\"\\\\])", "$1") : value.replace("\"\"", "\"");
    }

    /** Ends the record with its first line; no field follows. */
    private boolean spoil(Flaw with) {
        flaw = isMultiLine ? Flaw.UNCLOSED : with;
        flawed = isMultiLine ? flawed : count;
        at = start;
        line = startLine;
        while (at < text.length() && text.charAt(at) != '\n' && text.charAt(at) != '\r') {
            at++;
        }
        if (at < text.length()) {
            endLine(text.charAt(at));
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
}
