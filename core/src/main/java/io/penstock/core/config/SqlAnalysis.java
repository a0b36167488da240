package io.penstock.core.config;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.core.config.SqlTree.Finding;
import io.penstock.core.sql.CheckedArithmetic;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkArithmeticException;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkUpgradeException;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.QueryPlanningTracker;
import org.apache.spark.sql.catalyst.analysis.Analyzer;
import org.apache.spark.sql.catalyst.analysis.FunctionRegistry$;
import org.apache.spark.sql.catalyst.catalog.InMemoryCatalog;
import org.apache.spark.sql.catalyst.catalog.SessionCatalog;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.BoundReference;
import org.apache.spark.sql.catalyst.expressions.CaseWhen;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.CurrentTimeZone;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.If;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression$;
import org.apache.spark.sql.catalyst.expressions.Nondeterministic;
import org.apache.spark.sql.catalyst.optimizer.ReplaceExpressions$;
import org.apache.spark.sql.catalyst.plans.logical.LocalRelation;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.types.DataTypeUtils;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.internal.SQLConf$;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import scala.Option;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/**
 * Resolves one parsed expression against the types of its columns with Spark's own analyzer, which needs neither session
 * nor data: functions, their arity, types. Then every part is evaluated over a few made-up rows. A part that fails on all
 * of them fails on any ({@code element_at(list, 0)}, a pattern that is none), and text that is constant is known as what it
 * is, however it was put together. Last, {@link PossibleValues} says what it can be, and which part is always NULL.
 *
 * @param type of its value, as Spark names it; empty if there are findings
 * @param values that it can have
 * @param isNotZero whether a number that is more than 0 or 1, or a time, is taken for a condition in it
 */
record SqlAnalysis(List<Finding> findings, String type, Values values, boolean isNotZero) {
    static final String ILL_TYPED = ErrorCode.SQL_UNRESOLVED.code();
    private static final String ROUNDS = "Max iterations";
    private static final int LONGEST = 300;
    private static final String FAILS = ErrorCode.SQL_ALWAYS_FAILS.code();

    private static final SQLConf SETTINGS = settings();

    /** Type that stands for one that is not known: it fits anything. */
    static final String UNKNOWN = "void";

    private static final Map<String, DataType> TYPES = Map.of(
            "string",
            DataTypes.StringType,
            "int",
            DataTypes.IntegerType,
            "bigint",
            DataTypes.LongType,
            "double",
            DataTypes.DoubleType,
            "timestamp",
            DataTypes.TimestampType,
            "date",
            DataTypes.DateType,
            "boolean",
            DataTypes.BooleanType,
            UNKNOWN,
            DataTypes.NullType);

    /** What columns hold in the made-up rows: all text the first, all numbers the second, and so on. */
    private static final List<Probe> PROBES = List.of(
            new Probe("2013-12-25 06:00:00", 1, true),
            new Probe("UTC", 2, false),
            new Probe("(a)", 1, true),
            new Probe("1", 7, false),
            new Probe("yyyy", 0, true),
            new Probe("", -1, false));

    private record Probe(String text, int number, boolean truth) {
        Object of(DataType type) {
            if (type.equals(DataTypes.StringType)) {
                return UTF8String.fromString(text);
            }
            if (type.equals(DataTypes.IntegerType) || type.equals(DataTypes.DateType)) {
                return type.equals(DataTypes.DateType) ? 16_064 + number : number;
            }
            if (type.equals(DataTypes.LongType) || type.equals(DataTypes.TimestampType)) {
                return type.equals(DataTypes.LongType) ? (long) number : 1_387_951_200_000_000L + number;
            }
            if (type.equals(DataTypes.DoubleType)) {
                return (double) number;
            }
            // Of any other type, which only a derived column has, nothing is made up
            return type.equals(DataTypes.BooleanType) ? truth : null;
        }
    }

    /**
     * @param known values of columns, of those that have few
     * @param becomesTime whether the value is made a timestamp of by whoever uses it
     */
    static SqlAnalysis of(
            String sql, Expression parsed, Map<String, String> types, Map<String, Values> known, boolean becomesTime) {
        return SQLConf$.MODULE$.withExistingConf(SETTINGS, () -> analysed(sql, parsed, types, known, becomesTime));
    }

    /** What Penstock pins in its sessions. */
    private static SQLConf settings() {
        SQLConf conf = new SQLConf();
        conf.setConfString("spark.sql.session.timeZone", "UTC");
        conf.setConfString("spark.sql.ansi.enabled", "false");
        conf.setConfString("spark.sql.legacy.timeParserPolicy", "CORRECTED");
        return conf;
    }

    private static SqlAnalysis analysed(
            String sql, Expression parsed, Map<String, String> types, Map<String, Values> known, boolean becomesTime) {
        StructType schema = new StructType();
        for (Map.Entry<String, String> column : types.entrySet()) {
            schema = schema.add(column.getKey(), type(column.getValue()));
        }
        Seq<AttributeReference> columns = DataTypeUtils.toAttributes(schema);
        Project resolved;
        try {
            resolved = (Project)
                    Resolver.ANALYZER.executeAndCheck(plan(parsed, columns), new QueryPlanningTracker(Option.empty()));
        } catch (Exception e) {
            // Scala declares no checked exceptions
            return failed(List.of(illTyped(sql, e)));
        }
        Expression value = ((Alias) resolved.projectList().head()).child();
        String type = value.dataType().catalogString();
        Expression runnable = runnable(resolved);
        Parts parts = new Parts(sql, schema);
        List<Finding> findings = parts.of(runnable, becomesTime);
        if (!findings.isEmpty()) {
            return failed(findings);
        }
        List<Values> columnValues = types.keySet().stream()
                .map(column -> known.getOrDefault(column, Values.ANY))
                .toList();
        PossibleValues possible = new PossibleValues(columnValues, parts::isNull);
        Values values = possible.of(runnable);
        return findings.isEmpty()
                ? new SqlAnalysis(List.of(), type, values, possible.isNotZero())
                : failed(findings.subList(0, 1));
    }

    private static DataType type(String name) {
        return TYPES.containsKey(name) ? TYPES.get(name) : DataType.fromDDL(name);
    }

    private static SqlAnalysis failed(List<Finding> findings) {
        return new SqlAnalysis(List.copyOf(findings), "", Values.ANY, false);
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static LogicalPlan plan(Expression parsed, Seq<AttributeReference> columns) {
        NamedExpression value = new Alias(
                parsed,
                "value",
                NamedExpression$.MODULE$.newExprId(),
                JavaConverters.asScalaBuffer(List.<String>of()).toSeq(),
                Option.empty(),
                JavaConverters.asScalaBuffer(List.<String>of()).toSeq());
        Seq<InternalRow> none =
                JavaConverters.asScalaBuffer(List.<InternalRow>of()).toSeq();
        LogicalPlan relation = new LocalRelation((Seq<Attribute>) (Seq) columns, none, false);
        return new Project(JavaConverters.asScalaBuffer(List.of(value)).toSeq(), relation);
    }

    /** Its value as Spark would evaluate it: what stands for others replaced, columns by their position. */
    private static Expression runnable(Project resolved) {
        Project replaced = (Project) ReplaceExpressions$.MODULE$.apply(resolved);
        Expression value = ((Alias) replaced.projectList().head()).child();
        List<ExprId> ids = JavaConverters.seqAsJavaList(replaced.child().output()).stream()
                .map(Attribute::exprId)
                .toList();
        return bound(CheckedArithmetic.of(value, ""), ids);
    }

    private static Expression bound(Expression node, List<ExprId> columns) {
        if (node instanceof CurrentTimeZone) {
            // The session's, which is pinned
            return Literal.create(SETTINGS.sessionLocalTimeZone(), DataTypes.StringType);
        }
        if (node instanceof AttributeReference column) {
            return new BoundReference(columns.indexOf(column.exprId()), column.dataType(), column.nullable());
        }
        List<Expression> children = JavaConverters.seqAsJavaList(node.children()).stream()
                .map(child -> bound(child, columns))
                .toList();
        return children.isEmpty()
                ? node
                : node.withNewChildren(JavaConverters.asScalaBuffer(children).toSeq());
    }

    private static Finding illTyped(String sql, Exception e) {
        String message = String.valueOf(e.getMessage());
        int line = 1;
        int column = 0;
        if (e instanceof AnalysisException error) {
            message = error.getSimpleMessage();
            line = SqlTree.number(error.line(), 1);
            column = SqlTree.number(error.startPosition(), 0);
        }
        // Spark resolves calls from the inside out, one level a round, and counts the rounds
        return message.startsWith(ROUNDS)
                ? SqlTokens.tooDeep(sql, line, column)
                : new Finding(ILL_TYPED, "", sentence(message) + SqlTree.picture(sql, line, column));
    }

    /** Spark's words in one line, without its error class, its position and the plan it prints. */
    static String sentence(String message) {
        String said = message.replaceFirst("^\\[[A-Z0-9_.]+]\\s*", "")
                .replaceFirst(":\\s*\\n\\s*", ": ")
                .replaceFirst("(?s)[.] Please, refer to .*", "")
                .replaceFirst("(?s)\\s*SQLSTATE:.*", "")
                .replaceFirst("(?s)(;\\s*)?(\\n|'Project ).*", "")
                .replaceFirst(";? line \\d+(,? pos \\d+.*)?$", "")
                .replaceFirst("[.;]\\s*$", "")
                .strip();
        return said.length() > LONGEST ? said.substring(0, LONGEST) + "…" : said;
    }

    /** Looks at every part of an expression. */
    private static final class Parts {
        private final String sql;
        private final List<InternalRow> rows = new ArrayList<>();
        private final List<Finding> findings = new ArrayList<>();

        Parts(String sql, StructType schema) {
            this.sql = sql;
            for (Probe probe : PROBES) {
                Object[] values = new Object[schema.size()];
                for (int i = 0; i < values.length; i++) {
                    values[i] = probe.of(schema.apply(i).dataType());
                }
                rows.add(new GenericInternalRow(values));
            }
        }

        List<Finding> of(Expression root, boolean becomesTime) {
            look(root, becomesTime);
            return findings;
        }

        /**
         * @param becomesTime whether its value, if it is text, becomes a date or a timestamp
         * @return whether the part reads a column
         */
        private boolean look(Expression node, boolean becomesTime) {
            boolean reads = node instanceof BoundReference;
            List<Expression> children = JavaConverters.seqAsJavaList(node.children());
            List<Expression> handedOn = handedOn(node, becomesTime);
            for (Expression child : children) {
                reads |= look(child, handedOn.contains(child));
            }
            if (!findings.isEmpty()) {
                return reads;
            }
            if (moves(node)) {
                findings.add(new Finding(
                        SqlTree.FORBIDDEN,
                        "",
                        node.prettyName() + " is not allowed: it changes from run to run; use as_of" + place(node)));
                return reads;
            }
            evaluate(node, reads, becomesTime);
            return reads;
        }

        void isNull(Expression node, String why) {
            findings.add(new Finding(FAILS, "", node.prettyName() + " " + why + place(node)));
        }

        /** The children whose text, as it is, becomes a time by the node or by those above it. */
        private static List<Expression> handedOn(Expression node, boolean becomesTime) {
            List<Expression> children = JavaConverters.seqAsJavaList(node.children());
            if (node instanceof Cast cast && TIMES.contains(cast.dataType().typeName())) {
                return children;
            }
            boolean isText = node.dataType().equals(DataTypes.StringType);
            if (!becomesTime || !isText) {
                return List.of();
            }
            if (node instanceof If choice) {
                return List.of(choice.trueValue(), choice.falseValue());
            }
            if (node instanceof CaseWhen choice) {
                List<Expression> values = new ArrayList<>();
                choice.branches().foreach(branch -> values.add(branch._2()));
                choice.elseValue().foreach(values::add);
                return values;
            }
            return HAND_ON.contains(node.getClass().getSimpleName()) ? children : List.of();
        }

        private static boolean moves(Expression node) {
            return node instanceof Nondeterministic
                    || !node.deterministic()
                    || CLOCKS.contains(node.getClass().getSimpleName());
        }

        private void evaluate(Expression node, boolean reads, boolean becomesTime) {
            Optional<String> failure = Optional.empty();
            for (InternalRow row : reads ? rows : rows.subList(0, 1)) {
                try {
                    Optional<String> tooLarge = SqlSizes.exceeded(node, row);
                    if (tooLarge.isPresent()) {
                        failure = tooLarge;
                        break;
                    }
                    Object value = node.eval(row);
                    if (!reads && becomesTime && value instanceof UTF8String text) {
                        SqlTokens.present(text.toString())
                                .ifPresent(message ->
                                        findings.add(new Finding(SqlTree.FORBIDDEN, "", message + place(node))));
                    }
                    if (value != null || !lacksOne(node, row)) {
                        return;
                    }
                    // A NULL says nothing: where a time is missing, its pattern is not looked at
                } catch (Exception | OutOfMemoryError | StackOverflowError e) {
                    if (areChildrenFine(node, row)) {
                        failure = Optional.of(failure.orElse(reason(e)));
                    }
                }
            }
            failure.ifPresent(reason -> findings.add(new Finding(
                    FAILS, "", node.prettyName() + " fails whatever its row says: " + reason + place(node))));
        }

        private static boolean lacksOne(Expression node, InternalRow row) {
            return JavaConverters.seqAsJavaList(node.children()).stream().anyMatch(child -> child.eval(row) == null);
        }

        /** Whether the children have values in the row, so that it is the node itself which fails. */
        private static boolean areChildrenFine(Expression node, InternalRow row) {
            try {
                JavaConverters.seqAsJavaList(node.children()).forEach(child -> child.eval(row));
                return true;
            } catch (Exception | OutOfMemoryError | StackOverflowError e) {
                return false;
            }
        }

        private String place(Expression node) {
            return SqlTree.picture(
                    sql,
                    SqlTree.number(node.origin().line(), 1),
                    SqlTree.number(node.origin().startPosition(), 0));
        }

        private static String reason(Throwable e) {
            // What was meant by an upgrade of Spark its cause says
            Throwable cause = e instanceof SparkUpgradeException && e.getCause() != null ? e.getCause() : e;
            while (cause.getMessage() == null && cause.getCause() != null) {
                cause = cause.getCause();
            }
            if (cause instanceof SparkArithmeticException) {
                return "the result is beyond its type; CAST an operand to bigint or decimal(38, 0)";
            }
            if (cause instanceof PenstockException refused) {
                return refused.what();
            }
            return cause.getMessage() == null ? e.getClass().getSimpleName() : sentence(cause.getMessage());
        }
    }

    private static final Set<String> TIMES = Set.of("date", "timestamp", "timestamp_ntz");
    /** Give one of their children as it is. */
    private static final Set<String> HAND_ON = Set.of("Coalesce", "Greatest", "Least", "Cast", "NaNvl");

    private static final Set<String> CLOCKS =
            Set.of("CurrentDate", "CurrentTimestamp", "Now", "LocalTimestamp", "CurrentBatchTimestamp", "CurrentUser");

    /** Made once: the functions that Spark brings, and no table. */
    private static final class Resolver {
        static final Analyzer ANALYZER = new Analyzer(new SessionCatalog(
                new InMemoryCatalog(new SparkConf(false), new Configuration(false)),
                FunctionRegistry$.MODULE$.builtin()));
    }
}
