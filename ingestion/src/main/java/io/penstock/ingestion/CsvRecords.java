package io.penstock.ingestion;

/**
 * Cuts a text into raw CSV records, so that each has its line and its exact text; quoted line breaks stay inside a record.
 * The fields of a record are then split by univocity, like Spark does it. A quote opens a quoted field only at the field's
 * start; a doubled quote inside is a quote.
 */
final class CsvRecords {
    private final String text;
    private int at;
    private long line = 1;
    private long startLine;
    private boolean isUnclosed;

    CsvRecords(String text) {
        this.text = text;
    }

    /** The next record that is not blank, without its line end, or null at the end. */
    String next() {
        while (at < text.length()) {
            String record = cut();
            if (!record.isBlank()) {
                return record;
            }
        }
        return null;
    }

    /** Line on which the last record starts, from 1. */
    long line() {
        return startLine;
    }

    /** Whether the last record has a quote that never closes: it swallowed the rest of the text. */
    boolean isUnclosed() {
        return isUnclosed;
    }

    private String cut() {
        int start = at;
        startLine = line;
        boolean isQuoted = false;
        boolean isFieldStart = true;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (isQuoted) {
                if (c == '"') {
                    if (at + 1 < text.length() && text.charAt(at + 1) == '"') {
                        at++;
                    } else {
                        isQuoted = false;
                    }
                } else if (c == '\n') {
                    line++;
                }
            } else if (c == '\n' || c == '\r') {
                int end = at;
                at += c == '\r' && at + 1 < text.length() && text.charAt(at + 1) == '\n' ? 2 : 1;
                line++;
                return text.substring(start, end);
            } else if (c == '"' && isFieldStart) {
                isQuoted = true;
                isFieldStart = false;
            } else {
                isFieldStart = c == ',';
            }
            at++;
        }
        isUnclosed = isQuoted;
        return text.substring(start);
    }
}
