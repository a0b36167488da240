package io.penstock.core.sql;

import static org.apache.spark.sql.functions.expr;

import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import scala.collection.JavaConverters;

/** Expressions of the configuration as columns, with {@link CheckedArithmetic}. */
public final class Declared {
    /** Nodes of a parsed expression without which nothing can wrap; a function or a choice may cast what it is given. */
    private static final Set<String> MAY_WRAP =
            Set.of("Add", "Subtract", "Multiply", "UnaryMinus", "Cast", "CaseWhen", "UnresolvedFunction");

    private Declared() {}

    /**
     * An expression over {@code rows}, or over what is made of them with their columns kept. A whole number beyond its type
     * fails the query.
     *
     * @param key that declares the expression, such as {@code sources.orders.derive.total}, for whoever is told of it
     */
    public static Column of(Dataset<Row> rows, String key, String sql) {
        return checked(rows, key, sql).orElseGet(() -> expr(sql));
    }

    /** The same; empty where nothing in the expression can wrap, so that it is as Spark computes it anyway. */
    public static Optional<Column> checked(Dataset<Row> rows, String key, String sql) {
        Column unresolved = expr(sql);
        if (!mayWrap(unresolved.expr())) {
            return Optional.empty();
        }
        Project project =
                (Project) rows.select(unresolved.as("value")).queryExecution().analyzed();
        Expression resolved = ((Alias) project.projectList().head()).child();
        Expression checked = CheckedArithmetic.of(resolved, key);
        return checked == resolved ? Optional.empty() : Optional.of(new Column(checked));
    }

    private static boolean mayWrap(Expression node) {
        return MAY_WRAP.contains(node.getClass().getSimpleName())
                || JavaConverters.seqAsJavaList(node.children()).stream().anyMatch(Declared::mayWrap);
    }
}
