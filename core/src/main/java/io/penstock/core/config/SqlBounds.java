package io.penstock.core.config;

import io.penstock.core.config.SqlTree.Finding;
import java.util.Locale;
import java.util.Optional;

/**
 * Of an expression, what Spark takes ever longer over: its length, comments within comments, characters that are escaped, and a
 * quote that does not close. One pass over the characters, which are cut as that lexer cuts them.
 */
public final class SqlBounds {
    /** Characters of an expression: some thousand terms. */
    static final int LONGEST = 100_000;

    private static final int DEEPEST_COMMENT = 20;
    private static final int MOST_ESCAPED = 2_000;

    private final String sql;
    private int at;
    private int escaped;

    private SqlBounds(String sql) {
        this.sql = sql;
    }

    static Optional<Finding> exceeded(String sql) {
        return sql.length() > LONGEST ? Optional.of(tooLong(sql)) : new SqlBounds(sql).find();
    }

    /** Of a whole query, which may be as long as it likes: where comments within comments go too deep, as a sentence. */
    public static Optional<String> commentsTooDeep(String query) {
        return new SqlBounds(query)
                .find()
                .filter(finding -> finding.code().equals(SqlTokens.TOO_DEEP))
                .map(finding -> finding.message().lines().findFirst().orElse(""));
    }

    private static Finding tooLong(String sql) {
        return new Finding(
                SqlTokens.TOO_DEEP,
                "",
                String.format(
                                Locale.ROOT,
                                "has %,d characters (at most %,d); derive a part of it as a column of its own",
                                sql.length(),
                                LONGEST)
                        + picture(sql, LONGEST));
    }

    private Optional<Finding> find() {
        while (at < sql.length()) {
            char c = sql.charAt(at);
            if (c == '\'' || c == '"' || c == '`') {
                int opened = at;
                if (!closes(c)) {
                    return Optional.of(open(opened));
                }
                if (escaped > MOST_ESCAPED) {
                    return Optional.of(tooManyEscaped(opened));
                }
            } else if (sql.startsWith("--", at)) {
                passLine();
            } else if (sql.startsWith("/*", at) && !sql.startsWith("/*+", at)) {
                Optional<Finding> tooDeep = comment();
                if (tooDeep.isPresent()) {
                    return tooDeep;
                }
            } else {
                at++;
            }
        }
        return Optional.empty();
    }

    private boolean closes(char quote) {
        boolean escapes = quote != '`' && !isRaw();
        for (at++; at < sql.length(); at++) {
            if (escapes && sql.charAt(at) == '\\') {
                at++;
                escaped++;
            } else if (sql.charAt(at) == quote) {
                at++;
                return true;
            }
        }
        return false;
    }

    /** Whether the quote follows the {@code r} of a raw string. */
    private boolean isRaw() {
        boolean isMarked = at > 0 && Character.toLowerCase(sql.charAt(at - 1)) == 'r';
        return isMarked && (at == 1 || !Character.isLetterOrDigit(sql.charAt(at - 2)) && sql.charAt(at - 2) != '_');
    }

    private void passLine() {
        while (at < sql.length() && (sql.charAt(at) != '\n' || sql.charAt(at - 1) == '\\')) {
            at++;
        }
    }

    /** One that does not close is told by the parser. */
    private Optional<Finding> comment() {
        int depth = 0;
        do {
            if (sql.startsWith("/*", at)) {
                at += 2;
                depth++;
            } else if (sql.startsWith("*/", at)) {
                at += 2;
                depth--;
            } else {
                at++;
            }
            if (depth > DEEPEST_COMMENT) {
                return Optional.of(new Finding(
                        SqlTokens.TOO_DEEP,
                        "",
                        String.format(
                                        Locale.ROOT,
                                        "has %,d characters, with comments nested more than %d deep; take them out",
                                        sql.length(),
                                        DEEPEST_COMMENT)
                                + picture(sql, at)));
            }
        } while (depth > 0 && at < sql.length());
        return Optional.empty();
    }

    /** Spark copies the rest of a text at each of them. */
    private Finding tooManyEscaped(int opened) {
        return new Finding(
                SqlTokens.TOO_DEEP,
                "",
                String.format(
                                Locale.ROOT,
                                "has %,d characters, with more than %,d escaped by a backslash; use fewer",
                                sql.length(),
                                MOST_ESCAPED)
                        + picture(sql, opened));
    }

    private Finding open(int opened) {
        return new Finding(
                SqlTree.SYNTAX,
                "",
                "SQL syntax error at column " + (column(sql, opened) + 1) + ": a quote that does not close"
                        + picture(sql, opened));
    }

    /** The line that is meant, and a caret below the character. */
    static String picture(String sql, int place) {
        int line = (int) sql.substring(0, place).chars().filter(c -> c == '\n').count() + 1;
        return SqlTree.picture(sql, line, column(sql, place));
    }

    static int column(String sql, int place) {
        return place - 1 - sql.lastIndexOf('\n', place - 1);
    }
}
