package io.penstock.ingestion.format;

/**
 * Where records end in a stream of bytes of which line ends, quotes and delimiters are single ASCII bytes: as {@link
 * CsvRecords} and {@link String#lines} find it in the text, without decoding it and without keeping anything but a state.
 *
 * <p>Whether a record that spans lines is right is known only at its end. Until then a second state reads its lines as if
 * its first line were flawed, each a record of its own, and takes over when it is not. While the first is inside quotes the
 * second is outside, so that it never spans lines itself.
 */
final class RecordEnds {
    private enum State {
        FIELD,
        PLAIN,
        QUOTED,
        QUOTE,
        ESCAPE,
        FLAWED,
        RETURN
    }

    /** Of characters that take more than one byte. */
    private static final int WIDE = 3;
    /** A smaller character in three bytes is not UTF-8. */
    private static final int SHORTEST_WIDE = 0x800;

    private final CsvStyle style;
    private final boolean isWide;

    private Records main;
    private Records spare;
    private long records;
    private int expected;
    private boolean isUncertain;

    private RecordEnds(CsvStyle style, boolean isWide) {
        this.style = style;
        this.isWide = isWide;
        this.main = new Records(1);
    }

    /** @param isWide whether the bytes are UTF-8, which has blanks of three bytes */
    static RecordEnds ofCsv(CsvStyle style, boolean isWide) {
        return new RecordEnds(style.hasQuotes() ? style : null, isWide);
    }

    static RecordEnds ofLines(boolean isWide) {
        return new RecordEnds(null, isWide);
    }

    /** Of the records from here on, those over several lines must have as many fields. */
    void expect(int columns) {
        expected = columns;
    }

    /** Index behind the next line end that is known to end a record, or -1 when the bytes run out before. */
    int next(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            byte b = bytes[i];
            if (main.state == State.RETURN) {
                return ended(b == '\n' ? i + 1 : i);
            }
            if (main.isWrongAt(b)) {
                main = spare;
                spare = null;
            }
            boolean isEnd = main.take(b);
            if (spare == null && main.isMultiLine) {
                spare = main.flawed();
            }
            if (isEnd) {
                return ended(i + 1);
            }
            if (spare != null) {
                spare.pass(b);
            }
        }
        return -1;
    }

    /** Records that ended, blank ones not among them. */
    long records() {
        return records;
    }

    /** Line on which the next record starts, once one has ended. */
    long line() {
        return main.line;
    }

    /** Line on which the present record starts. */
    long startLine() {
        return main.startLine;
    }

    /** Whether what was read since a record ended holds nothing but blanks. */
    boolean isBlank() {
        return main.ended == 0 && main.isBlank();
    }

    /**
     * Whether a record over several lines was about as long as a record may be, so that its characters would have to be
     * counted: of bytes that are not UTF-8 their number is not known.
     */
    boolean isUncertain() {
        return isUncertain;
    }

    private int ended(int at) {
        main.end();
        records += main.ended;
        main.ended = 0;
        spare = null;
        return at;
    }

    /** One reading of the bytes. */
    private final class Records {
        private State state = State.FIELD;
        private long line;
        private long startLine;
        private long ended;
        private boolean isMultiLine;
        private boolean isSlashed;
        private byte before;
        private int fields = 1;
        private long bytes;
        private long ascii;
        private long characters;
        private boolean isBlankSoFar = true;
        private int wide;
        private int wideBytes;

        Records(long line) {
            this.line = line;
            this.startLine = line;
        }

        /** As if the present record ended with its first line, the end of which is at hand. */
        Records flawed() {
            Records other = new Records(startLine);
            other.ended = ended;
            other.state = State.FLAWED;
            other.isBlankSoFar = false;
            return other;
        }

        void end() {
            ended += isBlank() ? 0 : 1;
            line++;
            startLine = line;
            state = State.FIELD;
            isMultiLine = false;
            isSlashed = false;
            before = 0;
            fields = 1;
            bytes = 0;
            ascii = 0;
            characters = 0;
            isBlankSoFar = true;
            wideBytes = 0;
        }

        boolean isBlank() {
            return isBlankSoFar && wideBytes == 0;
        }

        /** Takes a byte; records that end are only counted. */
        void pass(byte b) {
            if (state == State.RETURN) {
                end();
                if (b == '\n') {
                    return;
                }
            }
            if (take(b)) {
                end();
            }
        }

        /** Whether the byte shows that a record over several lines cannot be right. */
        boolean isWrongAt(byte b) {
            if (!isMultiLine) {
                return false;
            }
            boolean isLineEnd = b == '\n' || b == '\r';
            boolean endsField = isLineEnd || b == style.delimiter();
            return switch (state) {
                case QUOTED ->
                    isSlashed || (isLineEnd && isTooLong()) || (b == '"' && before == '\\' && style.isUndeclared());
                case QUOTE -> isLineEnd ? isWrongRecord() : !endsField && (b != '"' || style.isBackslash());
                case FIELD -> isLineEnd && isWrongRecord();
                case PLAIN -> b == '"' || (isLineEnd && isWrongRecord());
                default -> false;
            };
        }

        private boolean isWrongRecord() {
            return isTooLong() || expected > 0 && fields != expected;
        }

        private boolean isTooLong() {
            isUncertain |= isWide && ascii <= style.longest() && bytes > style.longest();
            return characters > style.longest();
        }

        /** Whether a line end is at hand that ends the record; of a carriage return the next byte decides. */
        boolean take(byte b) {
            if (isInQuotes(b)) {
                count(b);
                return false;
            }
            if (b == '\n') {
                return true;
            }
            if (b == '\r') {
                state = State.RETURN;
                return false;
            }
            if (state != State.FLAWED) {
                separate(b);
            }
            count(b);
            if (isBlankSoFar) {
                look(b);
            }
            return false;
        }

        private void separate(byte b) {
            boolean isDelimiter = style != null && b == style.delimiter();
            fields += isDelimiter ? 1 : 0;
            boolean isStray = style != null && (b == '"' || (state == State.QUOTE && !isDelimiter));
            state = isDelimiter ? State.FIELD : isStray ? State.FLAWED : State.PLAIN;
        }

        /** Whether the byte belongs to a quoted field as such; of a quote inside one the next byte decides. */
        private boolean isInQuotes(byte b) {
            switch (state) {
                case QUOTED -> quoted(b);
                case ESCAPE -> {
                    // Of a backslash that escapes nothing the next byte is like any other
                    state = State.QUOTED;
                    if (b != '"' && b != '\\') {
                        quoted(b);
                    }
                }
                case QUOTE -> {
                    if (b != '"' || style.isBackslash()) {
                        return false;
                    }
                    state = State.QUOTED;
                }
                case FIELD -> {
                    if (b != '"' || style == null) {
                        return false;
                    }
                    state = State.QUOTED;
                    isBlankSoFar = false;
                }
                default -> {
                    return false;
                }
            }
            before = b;
            return true;
        }

        private void quoted(byte b) {
            if (b == '"') {
                isSlashed |= before == '\\' && style.isUndeclared();
                state = State.QUOTE;
            } else if (b == '\\' && style.isBackslash()) {
                state = State.ESCAPE;
            } else if (b == '\n' || b == '\r') {
                line += b == '\n' ? 1 : 0;
                isMultiLine = true;
            }
        }

        /** Counts characters as they are in the text: of UTF-8, those in four bytes are two. */
        private void count(byte b) {
            bytes++;
            ascii += b >= 0 ? 1 : 0;
            characters += b >= 0 || !isWide ? 1 : (b & 0xc0) == 0x80 ? 0 : (b & 0xf8) == 0xf0 ? 2 : 1;
        }

        private void look(byte b) {
            if (b >= 0) {
                isBlankSoFar = wideBytes == 0 && Character.isWhitespace(b);
                return;
            }
            wide = wideBytes == 0 ? b & 0x0f : wide << 6 | b & 0x3f;
            boolean fits = wideBytes == 0 ? (b & 0xf0) == 0xe0 : (b & 0xc0) == 0x80;
            wideBytes++;
            isBlankSoFar =
                    isWide && fits && (wideBytes < WIDE || wide >= SHORTEST_WIDE && Character.isWhitespace(wide));
            wideBytes = wideBytes == WIDE ? 0 : wideBytes;
        }
    }
}
