package io.penstock.core.config;

import io.penstock.core.ErrorCode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.catalyst.analysis.UnresolvedAttribute;
import org.apache.spark.sql.catalyst.analysis.UnresolvedFunction;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.SubqueryExpression;
import org.apache.spark.sql.catalyst.parser.CatalystSqlParser$;
import org.apache.spark.sql.catalyst.parser.ParseException;
import scala.collection.JavaConverters;

/**
 * Parses one expression with Spark's own parser, which needs no session, and walks the tree. Everything in it must be on a
 * list: a kind of node, a function, or a column that is offered. A column and a function read like code of the pipeline's
 * author; they run with the rights of the driver, hence lists of what may be, not of what may not.
 */
final class SqlTree {
    static final String SYNTAX = ErrorCode.SQL_SYNTAX.code();
    static final String FORBIDDEN = ErrorCode.SQL_NOT_ALLOWED.code();
    private static final String UNKNOWN = ErrorCode.UNKNOWN_COLUMN.code();
    /** Of a wrong word the caret tells more than Spark's list of all the right ones. */
    private static final String OF_GRAMMAR = "PARSE_";

    private static final Pattern PRECISION = Pattern.compile("precision (\\d+) exceeds");
    /** Characters that are shown on each side of a place. */
    private static final int SHOWN = 60;

    /** Kinds of node by simple class name. What the parser makes of operators and special syntax; no calls. */
    private static final Set<String> NODES = Set.of((""
                    + "Literal Add Subtract Multiply Divide Remainder IntegralDivide UnaryMinus UnaryPositive "
                    + "BitwiseAnd BitwiseOr BitwiseXor BitwiseNot "
                    + "And Or Not EqualTo EqualNullSafe GreaterThan GreaterThanOrEqual LessThan LessThanOrEqual In InSet "
                    + "IsNull IsNotNull IsNaN Like ILike RLike LikeAny LikeAll NotLikeAny NotLikeAll "
                    + "CaseWhen If Coalesce Cast Concat Substring StringTrim StringTrimLeft StringTrimRight StringTrimBoth "
                    + "StringLocate StringInstr Overlay TimestampAdd TimestampDiff TruncTimestamp CreateNamedStruct "
                    + "MakeInterval MultiplyInterval DivideInterval UnresolvedExtractValue "
                    + "StartsWith EndsWith Contains FloorExpressionBuilder CeilExpressionBuilder Between")
            .split(" "));

    /** Words that stand without parentheses and read the clock or the user. */
    private static final Set<String> MOVING = Set.of(
            "current_date",
            "current_timestamp",
            "current_user",
            "current_time",
            "localtimestamp",
            "now",
            "user",
            "session_user");

    /** Text that Spark takes for the present instant wherever it becomes a date or a timestamp, also without being told to. */
    static final Pattern PRESENT = Pattern.compile(
            "\\s*(now|today|tomorrow|yesterday)([\\s+-].*)?", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    record Finding(String code, String value, String message) {
        boolean unknownColumn() {
            return code.equals(UNKNOWN);
        }
    }

    /**
     * What is known of an expression that was found sound.
     *
     * @param type of its value, as Spark names it
     * @param values that it can have
     * @param isNotZero whether a number that is more than 0 or 1, or a time, is taken for a condition in it
     * @param columns that it reads, in lower case
     */
    record Sound(String type, Values values, boolean isNotZero, Set<String> columns) {}

    /** @param sound empty if there are findings */
    record Checked(List<Finding> findings, Optional<Sound> sound) {}

    private final Set<String> columns;
    private final List<Finding> findings = new ArrayList<>();

    private SqlTree(Set<String> columns) {
        this.columns = columns;
    }

    /** @param columns names on offer, in lower case */
    static List<Finding> check(String sql, Set<String> columns) {
        return check(sql, parsed -> new SqlTree(columns).findings(parsed));
    }

    /**
     * What is wrong with {@code sql}, an expression over {@code types}, and what it gives.
     *
     * @param types column → type, as Spark names it
     */
    static Checked check(String sql, Map<String, String> types) {
        return check(sql, types, Map.of(), false);
    }

    /**
     * @param known values of columns, of those that have few
     * @param becomesTime whether the value is made a timestamp of by whoever uses it
     */
    static Checked check(String sql, Map<String, String> types, Map<String, Values> known, boolean becomesTime) {
        AtomicReference<Sound> sound = new AtomicReference<>();
        List<Finding> findings = check(sql, parsed -> {
            List<Finding> found = new SqlTree(lower(types.keySet())).findings(parsed);
            if (!found.isEmpty()) {
                return found;
            }
            SqlAnalysis analysis = SqlAnalysis.of(sql, parsed, types, known, becomesTime);
            sound.set(new Sound(analysis.type(), analysis.values(), analysis.isNotZero(), columns(sql)));
            return analysis.findings();
        });
        return new Checked(findings, findings.isEmpty() ? Optional.of(sound.get()) : Optional.empty());
    }

    private static List<Finding> check(String sql, Function<Expression, List<Finding>> judge) {
        Set<Finding> findings = new LinkedHashSet<>(SqlTokens.check(sql));
        // What the words alone show to be no expression is not given to the parser
        if (findings.stream().allMatch(finding -> finding.code().equals(FORBIDDEN))) {
            try {
                findings.addAll(DeepStack.call(() -> parsed(sql, judge)));
            } catch (StackOverflowError e) {
                // Whatever it is that Spark recursed over
                return List.of(SqlTokens.tooDeep(sql, 1, 0));
            }
        }
        return List.copyOf(findings);
    }

    private static List<Finding> parsed(String sql, Function<Expression, List<Finding>> judge) {
        Expression parsed;
        try {
            parsed = CatalystSqlParser$.MODULE$.parseExpression(sql);
        } catch (Exception e) {
            // Scala declares no checked exceptions, so the parser's own cannot be named in a catch
            return List.of(syntaxError(sql, e));
        }
        return deepest(parsed)
                .map(at -> List.of(SqlTokens.tooDeep(
                        sql, number(at.origin().line(), 1), number(at.origin().startPosition(), 0))))
                .orElseGet(() -> judge.apply(parsed));
    }

    /** A part that lies deeper than any may; without recursion, which is what it is about. */
    private static Optional<Expression> deepest(Expression root) {
        Deque<Map.Entry<Expression, Integer>> open = new ArrayDeque<>(List.of(Map.entry(root, 1)));
        while (!open.isEmpty()) {
            Map.Entry<Expression, Integer> next = open.pop();
            if (next.getValue() > SqlTokens.DEEPEST) {
                return Optional.of(next.getKey());
            }
            JavaConverters.seqAsJavaList(next.getKey().children())
                    .forEach(child -> open.push(Map.entry(child, next.getValue() + 1)));
        }
        return Optional.empty();
    }

    private List<Finding> findings(Expression parsed) {
        walk(parsed);
        return findings;
    }

    static Set<String> lower(Collection<String> columns) {
        Set<String> lower = new HashSet<>();
        columns.forEach(column -> lower.add(column.toLowerCase(Locale.ROOT)));
        return lower;
    }

    /** The columns that an expression reads, in lower case; none of one that does not parse. */
    static Set<String> columns(String sql) {
        Set<String> columns = new TreeSet<>();
        try {
            collect(CatalystSqlParser$.MODULE$.parseExpression(sql), columns);
        } catch (Exception unreadable) { // as above
            columns.clear();
        }
        return columns;
    }

    private static void collect(Expression node, Set<String> columns) {
        if (node instanceof UnresolvedAttribute attribute) {
            columns.add(String.join(".", JavaConverters.seqAsJavaList(attribute.nameParts()))
                    .toLowerCase(Locale.ROOT));
        }
        JavaConverters.seqAsJavaList(node.children()).forEach(child -> collect(child, columns));
    }

    private static Finding syntaxError(String sql, Exception e) {
        String reason = "";
        if (e instanceof SparkThrowable meant
                && !String.valueOf(meant.getErrorClass()).startsWith(OF_GRAMMAR)) {
            String message = e instanceof AnalysisException said ? said.getSimpleMessage() : e.getMessage();
            reason = ": " + SqlAnalysis.sentence(message);
        }
        if (e instanceof ParseException error) {
            int line = number(error.start().line(), 1);
            int column = number(error.start().startPosition(), 0);
            return syntaxError(Math.max(0, column), reason, picture(sql, line, column));
        }
        // A decimal that is too wide comes without its place
        Matcher digits = PRECISION.matcher(reason);
        int place = digits.find() ? Math.max(0, sql.indexOf(digits.group(1))) : 0;
        return syntaxError(SqlBounds.column(sql, place), reason, SqlBounds.picture(sql, place));
    }

    private static Finding syntaxError(int column, String reason, String picture) {
        return new Finding(SYNTAX, "", "SQL syntax error at column " + (column + 1) + reason + picture);
    }

    /** The line that is meant, and a caret below the place. */
    static String picture(String sql, int line, int column) {
        String[] lines = sql.split("\n", -1);
        // Of a comment that is not closed Spark tells line 0
        String whole = lines[Math.max(1, Math.min(line, lines.length)) - 1];
        int at = Math.max(0, Math.min(column, whole.length()));
        int from = Math.max(0, at - SHOWN);
        int to = Math.min(whole.length(), at + SHOWN);
        String before = (from > 0 ? "…" : "") + whole.substring(from, at);
        String after = whole.substring(at, to) + (to < whole.length() ? "…" : "");
        return "\n    " + before + after + "\n    " + " ".repeat(before.length()) + "^";
    }

    static int number(scala.Option<Object> option, int otherwise) {
        return option.isEmpty() ? otherwise : ((Number) option.get()).intValue();
    }

    private void walk(Expression node) {
        if (node instanceof UnresolvedFunction) {
            function((UnresolvedFunction) node);
        } else if (node instanceof UnresolvedAttribute) {
            column((UnresolvedAttribute) node);
        } else if (node instanceof SubqueryExpression
                || node.getClass().getSimpleName().equals("InSubquery")) {
            findings.add(new Finding(
                    FORBIDDEN, "", "a subquery is not allowed: an expression sees one row of its own table"));
            return;
        } else if (!NODES.contains(node.getClass().getSimpleName())) {
            findings.add(new Finding(FORBIDDEN, "", describe(node)));
            return;
        }
        JavaConverters.seqAsJavaList(node.children()).forEach(this::walk);
    }

    private static String describe(Expression node) {
        return switch (node.getClass().getSimpleName()) {
            case "UnresolvedStar" -> "* is not allowed here: name the columns";
            case "WindowExpression", "UnresolvedWindowExpression" ->
                "a window (OVER) is not allowed: an expression sees one row";
            case "Alias", "MultiAlias", "UnresolvedAlias" -> "an alias (AS) is not allowed: the key is the name";
            case "LambdaFunction" -> "a lambda (->) is not allowed";
            default -> node.getClass().getSimpleName().toLowerCase(Locale.ROOT) + " is not allowed in an expression";
        };
    }

    private void function(UnresolvedFunction call) {
        List<String> parts = JavaConverters.seqAsJavaList(call.nameParts());
        String name = String.join(".", parts);
        if (parts.size() != 1 || !SqlFunctions.allowed(name, call.arguments().size())) {
            boolean clock = call.arguments().isEmpty() && SqlFunctions.allowed(name, 1);
            findings.add(new Finding(
                    FORBIDDEN, name, "function " + name + " is not allowed" + (clock ? " without an argument" : "")));
        } else if (call.isDistinct() || call.filter().isDefined()) {
            findings.add(new Finding(FORBIDDEN, "", "DISTINCT and FILTER are not allowed: an expression sees one row"));
        }
    }

    private void column(UnresolvedAttribute attribute) {
        String name = String.join(".", JavaConverters.seqAsJavaList(attribute.nameParts()));
        String lower = name.toLowerCase(Locale.ROOT);
        if (!columns.contains(lower)) {
            boolean moving = MOVING.contains(lower);
            findings.add(
                    moving
                            ? new Finding(
                                    FORBIDDEN, "", name + " is not allowed: it changes from run to run; use as_of")
                            : new Finding(UNKNOWN, name, "no column " + name));
        }
    }
}
