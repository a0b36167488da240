package io.penstock.ingestion;

/**
 * Where records end in a stream of bytes of which line ends, quotes and delimiters are single ASCII bytes: as {@link
 * CsvRecords} and {@link String#lines} find it in the text, without decoding it and without keeping anything but a state.
 */
final class RecordEnds {
    private static final int WIDE = 3;
    /** A smaller character in three bytes is not UTF-8. */
    private static final int SHORTEST_WIDE = 0x800;

    private enum State {
        FIELD,
        PLAIN,
        QUOTED,
        QUOTE,
        RETURN
    }

    private final boolean isCsv;
    private final boolean isWide;
    private final byte delimiter;

    private State state = State.FIELD;
    private boolean isEnded = true;
    private long line = 1;
    private long startLine = 1;
    private boolean isBlank = true;
    private boolean isMultiLine;
    private int wide;
    private int wideBytes;

    private RecordEnds(boolean isCsv, char delimiter, boolean isWide) {
        this.isCsv = isCsv;
        this.delimiter = (byte) delimiter;
        this.isWide = isWide;
    }

    /** @param isWide whether the bytes are UTF-8, which has blanks of three bytes */
    static RecordEnds ofCsv(char delimiter, boolean isWide) {
        return new RecordEnds(true, delimiter, isWide);
    }

    static RecordEnds ofLines(boolean isWide) {
        return new RecordEnds(false, '\n', isWide);
    }

    /** Index behind the next line end that ends a record, or -1 when the bytes run out before. */
    int next(byte[] bytes, int from, int to) {
        begin();
        for (int i = from; i < to; i++) {
            byte b = bytes[i];
            if (state == State.RETURN) {
                return ended(b == '\n' ? i + 1 : i);
            }
            if (isInQuotes(b)) {
                continue;
            }
            if (b == '\n') {
                return ended(i + 1);
            }
            state = b == '\r' ? State.RETURN : b == delimiter && isCsv ? State.FIELD : State.PLAIN;
            if (isBlank && b != '\r') {
                look(b);
            }
        }
        return -1;
    }

    /** Line on which the present record, or the one that ended last, starts. */
    long startLine() {
        return startLine;
    }

    /** Line on which the next record starts, once one has ended. */
    long line() {
        return line;
    }

    /** Whether the record that ended last, or is open at the end of the stream, holds nothing but blanks. */
    boolean isBlank() {
        return isBlank && wideBytes == 0;
    }

    /** Whether quoted line breaks stand in the record. */
    boolean isMultiLine() {
        return isMultiLine;
    }

    /** Whether a quote is open. */
    boolean isQuoted() {
        return state == State.QUOTED;
    }

    private void begin() {
        if (isEnded) {
            isEnded = false;
            state = State.FIELD;
            startLine = line;
            isBlank = true;
            isMultiLine = false;
            wideBytes = 0;
        }
    }

    private int ended(int at) {
        isEnded = true;
        line++;
        return at;
    }

    /** Whether the byte belongs to a quoted field as such; of a quote inside one the next byte decides. */
    private boolean isInQuotes(byte b) {
        if (state == State.QUOTED) {
            if (b == '"') {
                state = State.QUOTE;
            } else if (b == '\n') {
                line++;
                isMultiLine = true;
            }
            return true;
        }
        boolean opens = b == '"' && (state == State.QUOTE || state == State.FIELD && isCsv);
        if (opens) {
            state = State.QUOTED;
            isBlank = false;
        }
        return opens;
    }

    private void look(byte b) {
        if (b >= 0) {
            isBlank = wideBytes == 0 && Character.isWhitespace(b);
            return;
        }
        wide = wideBytes == 0 ? b & 0x0f : wide << 6 | b & 0x3f;
        boolean fits = wideBytes == 0 ? (b & 0xf0) == 0xe0 : (b & 0xc0) == 0x80;
        wideBytes++;
        isBlank = isWide && fits && (wideBytes < WIDE || wide >= SHORTEST_WIDE && Character.isWhitespace(wide));
        wideBytes = wideBytes == WIDE ? 0 : wideBytes;
    }
}
