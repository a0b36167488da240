package io.penstock.core.config;

import io.penstock.core.ErrorCode;
import java.util.Optional;

/**
 * Where a HOCON text is nested deeper than any configuration is. Typesafe Config, and what reads its values, recurse over
 * braces, brackets and the parts of a path; this does not. One pass over the characters.
 */
final class HoconDepth {
    static final int DEEPEST = 100;
    static final String CODE = ErrorCode.NESTED_TOO_DEEPLY.code();

    private final String text;
    private int at;
    private int line = 1;

    private HoconDepth(String text) {
        this.text = text;
    }

    /** The line that goes too deep, counted from 1. */
    static Optional<Integer> exceeded(String text) {
        return new HoconDepth(text).find();
    }

    static String message() {
        return "is nested more than " + DEEPEST + " levels deep";
    }

    private Optional<Integer> find() {
        int depth = 0;
        int dots = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '"') {
                quoted();
                continue;
            }
            if (c == '#' || text.startsWith("//", at)) {
                comment();
                continue;
            }
            if (c == '{' || c == '[') {
                depth++;
            } else if (c == '}' || c == ']') {
                depth--;
            }
            dots = c == '.' ? dots + 1 : "{}[],=:\n".indexOf(c) >= 0 ? 0 : dots;
            if (depth > DEEPEST || dots > DEEPEST) {
                return Optional.of(line);
            }
            next();
        }
        return Optional.empty();
    }

    private void quoted() {
        if (text.startsWith("\"\"\"", at)) {
            int close = text.indexOf("\"\"\"", at + 3);
            passTo(close < 0 ? text.length() : close + 3);
            // Quotes before the last three are part of the text
            while (at < text.length() && text.charAt(at) == '"') {
                next();
            }
            return;
        }
        next();
        while (at < text.length() && text.charAt(at) != '"' && text.charAt(at) != '\n') {
            if (text.charAt(at) == '\\') {
                next();
            }
            next();
        }
        next();
    }

    private void comment() {
        int end = text.indexOf('\n', at);
        passTo(end < 0 ? text.length() : end);
    }

    private void passTo(int end) {
        while (at < end) {
            next();
        }
    }

    private void next() {
        if (at < text.length() && text.charAt(at++) == '\n') {
            line++;
        }
    }
}
