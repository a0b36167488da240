package io.penstock.core.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.catalyst.analysis.UnresolvedAttribute;
import org.apache.spark.sql.catalyst.analysis.UnresolvedFunction;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.SubqueryExpression;
import org.apache.spark.sql.catalyst.parser.CatalystSqlParser$;
import org.apache.spark.sql.catalyst.parser.ParseException;
import org.apache.spark.sql.types.DataTypes;
import scala.collection.JavaConverters;

/**
 * Parses one expression with Spark's own parser, which needs no session, and walks the tree. Everything in it must be on a
 * list: a kind of node, a function, or a column that is offered. A column and a function read like code of the pipeline's
 * author; they run with the rights of the driver, hence lists of what may be, not of what may not.
 */
final class SqlTree {
    private static final String SYNTAX = "PEN-CFG-011";
    private static final String FORBIDDEN = "PEN-CFG-012";
    private static final String UNKNOWN = "PEN-CFG-013";

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
    private static final Pattern PRESENT = Pattern.compile(
            "\\s*(now|today|tomorrow|yesterday)([\\s+-].*)?", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    /** The same as a typed literal, of which the parser leaves nothing but an instant. */
    private static final Pattern PRESENT_LITERAL = Pattern.compile(
            "\\b(date|timestamp\\w*)\\s*r?(['\"])\\s*(now|today|tomorrow|yesterday)\\b", Pattern.CASE_INSENSITIVE);

    record Finding(String code, String value, String message) {
        boolean unknownColumn() {
            return code.equals(UNKNOWN);
        }
    }

    private final Set<String> columns;
    private final List<Finding> findings = new ArrayList<>();

    private SqlTree(Set<String> columns) {
        this.columns = columns;
    }

    /** @param columns names on offer, in lower case */
    static List<Finding> check(String sql, Set<String> columns) {
        Expression parsed;
        try {
            parsed = CatalystSqlParser$.MODULE$.parseExpression(sql);
        } catch (Exception e) {
            // Scala declares no checked exceptions, so the parser's own cannot be named in a catch
            return List.of(syntaxError(sql, e));
        }
        SqlTree tree = new SqlTree(columns);
        tree.walk(parsed);
        Matcher typed = PRESENT_LITERAL.matcher(sql);
        if (typed.find()) {
            tree.findings.add(present(typed.group(3)));
        }
        return tree.findings.stream().distinct().toList();
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
        int line = 1;
        int column = 0;
        if (e instanceof ParseException) {
            ParseException error = (ParseException) e;
            line = number(error.start().line(), 1);
            column = number(error.start().startPosition(), 0);
        }
        String[] lines = sql.split("\n", -1);
        String shown = lines[Math.min(line, lines.length) - 1];
        String caret = " ".repeat(Math.min(column, shown.length())) + "^";
        return new Finding(
                SYNTAX, "", "SQL syntax error at column " + (column + 1) + "\n    " + shown + "\n    " + caret);
    }

    private static int number(scala.Option<Object> option, int otherwise) {
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
        } else if (node instanceof Literal literal
                && literal.dataType().equals(DataTypes.StringType)
                && PRESENT.matcher(String.valueOf(literal.value())).matches()) {
            findings.add(present(String.valueOf(literal.value())));
        } else if (!NODES.contains(node.getClass().getSimpleName())) {
            findings.add(new Finding(FORBIDDEN, "", describe(node)));
            return;
        }
        JavaConverters.seqAsJavaList(node.children()).forEach(this::walk);
    }

    private static Finding present(String text) {
        return new Finding(
                FORBIDDEN,
                "",
                "'" + text + "' is not allowed: as a date or timestamp it changes from run to run; use as_of");
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
