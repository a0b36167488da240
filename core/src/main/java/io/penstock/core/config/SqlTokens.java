package io.penstock.core.config;

import io.penstock.core.ErrorCode;
import io.penstock.core.config.SqlTree.Finding;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.antlr.v4.runtime.CharStreams;
import org.antlr.v4.runtime.Token;
import org.apache.spark.sql.catalyst.parser.ParserUtils$;
import org.apache.spark.sql.catalyst.parser.SqlBaseLexer;
import org.apache.spark.sql.catalyst.parser.UpperCaseCharStream;
import org.apache.spark.sql.catalyst.util.DateTimeUtils;

/**
 * The words of an expression, one after the other, as Spark's lexer cuts them. What the parser recurses over is bounded
 * here; and text is read here as it was written, since of a typed literal, {@code TIMESTAMP 'now'}, the parser leaves
 * nothing but an instant.
 */
final class SqlTokens {
    static final int MOST = 20_000;
    /** Deeper than anybody reads, and far from where Spark's own recursion ends, on the driver and on executors. */
    static final int DEEPEST = 200;

    static final String TOO_DEEP = ErrorCode.NESTED_TOO_DEEPLY.code();

    /** Words that make a typed literal of the text behind them. */
    private static final Pattern TIMES = Pattern.compile("`?(date|timestamp(_ltz|_ntz)?)`?", Pattern.CASE_INSENSITIVE);

    private SqlTokens() {}

    /** What is wrong with the words alone. */
    static List<Finding> check(String sql) {
        Optional<Finding> exceeded = SqlBounds.exceeded(sql);
        if (exceeded.isPresent()) {
            return List.of(exceeded.get());
        }
        List<Finding> findings = new ArrayList<>();
        Deque<Token> open = new ArrayDeque<>();
        int count = 0;
        int nesting = 0;
        boolean isTime = false;
        for (Token token : tokens(sql)) {
            if (++count > MOST) {
                return List.of(tooLong(sql, token));
            }
            switch (token.getType()) {
                case SqlBaseLexer.LEFT_PAREN, SqlBaseLexer.LEFT_BRACKET, SqlBaseLexer.CASE -> {
                    open.push(token);
                    if (open.size() > DEEPEST) {
                        return List.of(tooDeep(sql, token.getLine(), token.getCharPositionInLine()));
                    }
                }
                case SqlBaseLexer.ARRAY, SqlBaseLexer.MAP, SqlBaseLexer.STRUCT, SqlBaseLexer.ARROW -> {
                    // Types within types, and lambdas within lambdas: of neither has an expression many
                    if (++nesting > DEEPEST) {
                        return List.of(tooDeep(sql, token.getLine(), token.getCharPositionInLine()));
                    }
                }
                case SqlBaseLexer.RIGHT_PAREN, SqlBaseLexer.RIGHT_BRACKET, SqlBaseLexer.END -> open.poll();
                case SqlBaseLexer.STRING_LITERAL, SqlBaseLexer.DOUBLEQUOTED_STRING -> {
                    if (isTime) {
                        present(ParserUtils$.MODULE$.unescapeSQLString(token.getText()))
                                .map(message -> new Finding(
                                        SqlTree.FORBIDDEN,
                                        "",
                                        message + SqlTree.picture(sql, token.getLine(), token.getCharPositionInLine())))
                                .ifPresent(findings::add);
                    }
                }
                default -> {
                    // Says nothing by itself
                }
            }
            isTime = TIMES.matcher(token.getText()).matches();
        }
        return findings;
    }

    private static List<Token> tokens(String sql) {
        SqlBaseLexer lexer = new SqlBaseLexer(new UpperCaseCharStream(CharStreams.fromString(sql)));
        // The parser tells what it cannot read; the lexer would print it
        lexer.removeErrorListeners();
        List<Token> tokens = new ArrayList<>();
        for (Token token = lexer.nextToken();
                token.getType() != Token.EOF && tokens.size() <= MOST;
                token = lexer.nextToken()) {
            if (token.getChannel() == Token.DEFAULT_CHANNEL) {
                tokens.add(token);
            }
        }
        return tokens;
    }

    /** What is wrong with text that becomes a date or a timestamp, which Spark takes for another instant from run to run. */
    static Optional<String> present(String text) {
        return moves(text)
                ? Optional.of("'" + text.strip()
                        + "' is not allowed: as a date or timestamp it changes from run to run; use as_of")
                : Optional.empty();
    }

    private static boolean moves(String text) {
        return DateTimeUtils.convertSpecialTimestamp(text, ZoneOffset.UTC).exists(at -> (long) at != 0)
                || DateTimeUtils.convertSpecialDate(text, ZoneOffset.UTC).exists(day -> (int) day != 0)
                || SqlTree.PRESENT.matcher(text).matches();
    }

    static Finding tooDeep(String sql, int line, int column) {
        return new Finding(
                TOO_DEEP,
                "",
                "is nested too deeply (at most " + DEEPEST
                        + " levels, calls less); derive a part of it as a column of its own"
                        + SqlTree.picture(sql, line, column));
    }

    private static Finding tooLong(String sql, Token token) {
        return new Finding(
                TOO_DEEP,
                "",
                "has more than " + MOST + " words; derive a part of it as a column of its own"
                        + SqlTree.picture(sql, token.getLine(), token.getCharPositionInLine()));
    }
}
