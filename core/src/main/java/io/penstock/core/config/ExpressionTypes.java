package io.penstock.core.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.catalyst.analysis.Analyzer;
import org.apache.spark.sql.catalyst.analysis.FunctionRegistry;
import org.apache.spark.sql.catalyst.analysis.UnresolvedAttribute;
import org.apache.spark.sql.catalyst.catalog.InMemoryCatalog;
import org.apache.spark.sql.catalyst.catalog.SessionCatalog;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.parser.CatalystSqlParser$;
import org.apache.spark.sql.catalyst.plans.logical.LocalRelation$;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/** The type that an expression over a source has, by Spark's own analysis, which needs no session. */
final class ExpressionTypes {
    private ExpressionTypes() {}

    /** Everything of a source that decides the types of expressions over it. */
    static String described(PipelineConfig.Source source) {
        Map<String, String> types = new TreeMap<>();
        source.columns().forEach((name, column) -> types.put(name, column.type()));
        return types + " " + source.derive();
    }

    /** Empty when the expression, or a column that is derived, cannot be analysed. */
    static Optional<DataType> of(String sql, PipelineConfig.Source source) {
        try {
            StructType declared = new StructType();
            for (PipelineConfig.ColumnSpec column : source.columns().values()) {
                declared = declared.add(column.name(), DataType.fromDDL(column.type()));
            }
            LogicalPlan rows = LocalRelation$.MODULE$.apply(declared);
            List<String> names = new ArrayList<>(source.columns().keySet());
            for (Map.Entry<String, String> derived : source.derive().entrySet()) {
                rows = with(rows, names, derived.getKey(), derived.getValue());
                names.add(derived.getKey());
            }
            LogicalPlan analysed = analyzer().execute(with(rows, List.of(), "value", sql));
            return analysed.resolved()
                    ? Optional.of(analysed.schema().apply("value").dataType())
                    : Optional.empty();
        } catch (Exception | StackOverflowError e) {
            // Scala declares no checked exceptions, so those of parser and analyser cannot be named in a catch
            return Optional.empty();
        }
    }

    private static LogicalPlan with(LogicalPlan rows, List<String> kept, String name, String sql) {
        List<NamedExpression> columns = new ArrayList<>();
        kept.stream()
                .filter(column -> !column.equals(name))
                .forEach(column -> columns.add(new UnresolvedAttribute(seq(List.of(column)))));
        Expression value = CatalystSqlParser$.MODULE$.parseExpression(sql);
        columns.add(new Alias(
                value, name, NamedExpression.newExprId(), seq(List.of()), scala.Option.empty(), seq(List.of())));
        return new Project(seq(columns), rows);
    }

    private static Analyzer analyzer() {
        InMemoryCatalog tables = new InMemoryCatalog(new SparkConf(false), new Configuration(false));
        return new Analyzer(new SessionCatalog(tables, FunctionRegistry.builtin()));
    }

    private static <T> Seq<T> seq(List<T> list) {
        return JavaConverters.asScalaBuffer(list).toSeq();
    }
}
