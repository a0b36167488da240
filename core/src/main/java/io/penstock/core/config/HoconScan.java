package io.penstock.core.config;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where every key of one HOCON file stands. Typesafe Config merges a repeated key without a word and forgets the order of
 * keys, so the text is read a second time here. Only files that Typesafe Config has parsed are scanned, hence the
 * leniency: one pass over the characters, no values are computed.
 */
final class HoconScan {
    private static final Pattern SUBSTITUTION = Pattern.compile("\\$\\{(\\??)([^}]+)}");

    /**
     * @param path dotted key, an element of a list as {@code [0]}
     * @param last the last part of the key
     * @param value raw text of the value; empty for an object
     * @param object whether the value is, or begins as, an object
     * @param append whether it was added by {@code +=}
     */
    record Entry(String path, String last, int line, String value, boolean object, boolean append) {
        /** Whether the entry may repeat a key: an optional override, an addition, or a value that refers to itself. */
        boolean mayRepeat() {
            return append || value.startsWith("${?") || value.contains("${" + path + "}");
        }

        /** The value without what is put in. */
        String literal() {
            return SUBSTITUTION.matcher(value).replaceAll("");
        }

        List<Substitution> substitutions() {
            List<Substitution> found = new ArrayList<>();
            Matcher matcher = SUBSTITUTION.matcher(value);
            while (matcher.find()) {
                found.add(new Substitution(
                        matcher.group(2).trim(), !matcher.group(1).isEmpty()));
            }
            return found;
        }
    }

    record Substitution(String name, boolean optional) {}

    private final String text;
    private final List<Entry> entries = new ArrayList<>();
    private int at;
    private int line = 1;

    private HoconScan(String text) {
        this.text = text;
    }

    static List<Entry> scan(String text) {
        HoconScan scan = new HoconScan(text.startsWith("\uFEFF") ? text.substring(1) : text);
        scan.skip(true);
        if (scan.peek() == '{') {
            scan.next();
        }
        scan.object("");
        return scan.entries;
    }

    private void object(String parent) {
        while (true) {
            skip(true);
            if (end() || peek() == '}') {
                next();
                return;
            }
            if (!include()) {
                field(parent);
            }
        }
    }

    private boolean include() {
        Matcher matcher = Pattern.compile("include[ \\t]+(\"|required\\(|file\\(|url\\(|classpath\\()")
                .matcher(text);
        matcher.region(at, text.length());
        if (!matcher.lookingAt()) {
            return false;
        }
        while (!end() && peek() != '\n') {
            next();
        }
        return true;
    }

    private void field(String parent) {
        int keyLine = line;
        List<String> parts = key();
        if (end()) {
            return;
        }
        String last = parts.get(parts.size() - 1);
        StringBuilder path = new StringBuilder(parent);
        parts.forEach(part -> path.append(path.length() == 0 ? "" : ".").append(part));
        boolean append = peek() == '+';
        while (!end() && (peek() == '=' || peek() == ':' || peek() == '+')) {
            next();
        }
        int index = entries.size();
        entries.add(null);
        skip(true, false);
        boolean object = peek() == '{';
        String raw = value(path.toString());
        entries.set(index, new Entry(path.toString(), last, keyLine, raw, object, append));
    }

    private List<String> key() {
        List<String> parts = new ArrayList<>();
        StringBuilder part = new StringBuilder();
        while (!end() && "={:+".indexOf(peek()) < 0) {
            char c = peek();
            if (c == '"') {
                part.append(quoted());
            } else if (c == '.') {
                parts.add(part.toString().trim());
                part.setLength(0);
                next();
            } else {
                part.append(next());
            }
        }
        parts.add(part.toString().trim());
        return parts;
    }

    /** Passes one value, which may be several pieces side by side, and returns the text of its scalar pieces. */
    private String value(String path) {
        StringBuilder raw = new StringBuilder();
        while (true) {
            skip(false);
            if (end() || "\n,}]".indexOf(peek()) >= 0) {
                return raw.toString().trim();
            }
            char c = peek();
            if (c == '{') {
                next();
                object(path);
            } else if (c == '[') {
                next();
                raw.append(list(path));
            } else if (c == '"') {
                raw.append('"').append(quoted()).append('"');
            } else if (text.startsWith("${", at)) {
                while (!end() && peek() != '}') {
                    raw.append(next());
                }
                raw.append(next());
            } else {
                raw.append(next());
            }
        }
    }

    private String list(String path) {
        StringBuilder raw = new StringBuilder();
        for (int i = 0; ; i++) {
            skip(true);
            if (end() || peek() == ']') {
                next();
                return raw.toString();
            }
            raw.append(value(path + "[" + i + "]")).append(' ');
        }
    }

    private String quoted() {
        StringBuilder content = new StringBuilder();
        if (text.startsWith("\"\"\"", at)) {
            int close = text.indexOf("\"\"\"", at + 3);
            int stop = close < 0 ? text.length() : close + 3;
            while (at < stop || peek() == '"') {
                content.append(next());
            }
            return content.substring(3, Math.max(3, content.length() - 3));
        }
        next();
        while (!end() && peek() != '"') {
            char c = next();
            content.append(c);
            if (c == '\\' && !end()) {
                content.append(next());
            }
        }
        next();
        return content.toString();
    }

    private void skip(boolean lines) {
        skip(lines, lines);
    }

    /** Passes blanks and comments, and on request line ends and commas. */
    private void skip(boolean lines, boolean commas) {
        while (!end()) {
            char c = peek();
            if (c == '#' || text.startsWith("//", at)) {
                while (!end() && peek() != '\n') {
                    next();
                }
            } else if (c == '\n' ? lines : c == ',' ? commas : Character.isWhitespace(c)) {
                next();
            } else {
                return;
            }
        }
    }

    private boolean end() {
        return at >= text.length();
    }

    private char peek() {
        return end() ? '\0' : text.charAt(at);
    }

    private char next() {
        if (end()) {
            return '\0';
        }
        char c = text.charAt(at++);
        if (c == '\n') {
            line++;
        }
        return c;
    }
}
