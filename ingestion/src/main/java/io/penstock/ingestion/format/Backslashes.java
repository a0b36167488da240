package io.penstock.ingestion.format;

/**
 * Whether a CSV text, of which no escape is declared, looks as if backslashes escape its quotes: a quote behind a backslash
 * that neither closes a field nor is doubled, or is doubled where only a field could end.
 */
final class Backslashes {
    private static final int NONE = -1;

    private final CsvStyle style;
    private int third = NONE;
    private int second = NONE;
    private int first = NONE;
    private boolean isSeen;

    Backslashes(CsvStyle style) {
        this.style = style;
    }

    static boolean escape(CsvStyle style, String text) {
        if (!style.isUndeclared() || text.indexOf("\\\"") < 0) {
            return false;
        }
        Backslashes backslashes = new Backslashes(style);
        for (int i = 0; i < text.length() && !backslashes.isSeen; i++) {
            backslashes.take(text.charAt(i));
        }
        return backslashes.escape();
    }

    void take(byte[] bytes, int from, int to) {
        for (int i = from; i < to && !isSeen && style.isUndeclared(); i++) {
            take(bytes[i]);
        }
    }

    private void take(int c) {
        boolean ends = style.endsField(c);
        isSeen = first == '"' && (second == '\\' ? c != '"' && !ends : ends && second == '"' && third == '\\');
        third = second;
        second = first;
        first = c;
    }

    /** Once all is taken. */
    boolean escape() {
        return isSeen || (first == '"' && second == '"' && third == '\\');
    }
}
