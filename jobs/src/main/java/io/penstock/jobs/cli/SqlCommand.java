package io.penstock.jobs.cli;

import io.penstock.core.ErrorCode;
import io.penstock.core.Json;
import io.penstock.core.PenstockException;
import io.penstock.core.config.SqlBounds;
import io.penstock.jobs.report.TextTable;
import io.penstock.jobs.run.SparkSessions;
import io.penstock.jobs.spark.SparkFailures;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.ParsedStatement;
import org.apache.spark.sql.functions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import scala.collection.JavaConverters;

@Command(
        name = "sql",
        mixinStandardHelpOptions = true,
        description = "Query the tables as <pipeline>.<layer>_<name>, for example flight_delay.scores_late.")
public final class SqlCommand implements Callable<Integer> {
    /** Statements, as Spark's and Delta's parsers call them, that only tell something. */
    private static final Set<String> READING = Set.of(
            "ShowTables",
            "ShowColumns",
            "ShowNamespaces",
            "ShowCreateTable",
            "ShowTableProperties",
            "ShowPartitions",
            "ShowFunctions",
            "DescribeRelation",
            "DescribeColumn",
            "DescribeQueryCommand",
            "DescribeDeltaHistory",
            "DescribeDeltaDetailCommand",
            "ExplainCommand");

    /** Characters of a query that is shown in part. */
    private static final int SHOWN = 200;

    private static final List<String> CALLING_CODE = List.of("java_method", "reflect");

    @Mixin
    Common common;

    @Parameters(paramLabel = "QUERY")
    String query;

    @Option(names = "--limit", defaultValue = "1000", description = "Most rows printed (default: 1000).")
    int limit;

    @Override
    public Integer call() {
        SqlBounds.commentsTooDeep(query).ifPresent(reason -> {
            throw new PenstockException(
                    ErrorCode.NESTED_TOO_DEEPLY, "The query " + reason, shown(), "Take the comments out of the query");
        });
        PipelineTables tables = PipelineTables.of(common);
        try (SparkSession spark = SparkSessions.start("penstock sql", tables.settings())) {
            CALLING_CODE.forEach(
                    name -> spark.sessionState().functionRegistry().dropFunction(new FunctionIdentifier(name)));
            Dataset<Row> answer = understood(spark, tables);
            if (common.json) {
                Map<String, Object> document = new LinkedHashMap<>();
                document.put("columns", Arrays.asList(answer.columns()));
                document.put("rows", answered(() -> typed(answer, limit)));
                System.out.println(Json.document(document));
            } else {
                List<Row> rows = answered(() -> text(answer).limit(limit).collectAsList());
                System.out.print(TextTable.render(Arrays.asList(answer.columns()), cells(rows)));
            }
        }
        return 0;
    }

    private Dataset<Row> understood(SparkSession spark, PipelineTables tables) {
        try {
            requireReading(spark.sessionState().sqlParser().parsePlan(query));
            tables.register(spark, query);
            return spark.sql(query);
        } catch (PenstockException e) {
            throw e;
        } catch (StackOverflowError e) {
            throw tooDeep();
        } catch (Exception e) {
            boolean known = tables.names().stream().anyMatch(query::contains);
            throw new PenstockException(
                    ErrorCode.SQL_SYNTAX,
                    query.isBlank() ? "The query is empty" : firstLine(e),
                    query,
                    tables.offered()
                            .filter(offer -> !known)
                            .orElse("Correct the query; penstock sql \"SHOW TABLES IN <pipeline>\" lists the tables"));
        }
    }

    private static List<List<String>> cells(List<Row> rows) {
        return rows.stream()
                .map(row -> {
                    List<String> line = new ArrayList<>();
                    for (int i = 0; i < row.size(); i++) {
                        line.add(row.isNullAt(i) ? null : row.getString(i));
                    }
                    return line;
                })
                .toList();
    }

    private <T> T answered(Supplier<T> rows) {
        try {
            return rows.get();
        } catch (StackOverflowError e) {
            throw tooDeep();
        } catch (Exception e) { // Spark throws checked exceptions that it does not declare
            if (SparkFailures.isMissingFile(e)) {
                throw e;
            }
            throw new PenstockException(
                    ErrorCode.QUERY_FAILED, "The query failed: " + firstLine(e), query, "Correct the query");
        }
    }

    /** Spark recurses over a query wherever it reads it. */
    private PenstockException tooDeep() {
        return new PenstockException(
                ErrorCode.NESTED_TOO_DEEPLY,
                "The query is nested too deeply",
                shown(),
                "Take it apart: WITH names a part of a query");
    }

    private String shown() {
        return query.length() > SHOWN ? query.substring(0, SHOWN) + "…" : query;
    }

    private static String firstLine(Throwable thrown) {
        return String.valueOf(Failures.deepest(thrown).getMessage())
                .lines()
                .filter(line -> !line.isBlank())
                .findFirst()
                .orElse("Cannot run the query");
    }

    /** Tables change through stages alone: a statement that Spark would run for its effect is refused. */
    private void requireReading(LogicalPlan plan) {
        String kind = plan.getClass().getSimpleName();
        if ((plan instanceof org.apache.spark.sql.catalyst.plans.logical.Command || plan instanceof ParsedStatement)
                && !READING.contains(kind)) {
            throw new PenstockException(
                    ErrorCode.NO_QUERY,
                    "Refused to run a statement that is no query",
                    query,
                    "Write SELECT, WITH, SHOW, DESCRIBE or EXPLAIN: tables change only through the stages of a pipeline");
        }
        JavaConverters.seqAsJavaList(plan.children()).forEach(this::requireReading);
    }

    private static Dataset<Row> text(Dataset<Row> answer) {
        return answer.toDF(numbered(answer))
                .select(Arrays.stream(numbered(answer))
                        .map(name -> functions.col(name).cast("string"))
                        .toArray(org.apache.spark.sql.Column[]::new));
    }

    private static String[] numbered(Dataset<Row> answer) {
        String[] names = new String[answer.columns().length];
        for (int i = 0; i < names.length; i++) {
            names[i] = "c" + i;
        }
        return names;
    }

    /** Rows with numbers as numbers, through Spark's own JSON of each row. */
    private static List<List<Object>> typed(Dataset<Row> answer, int limit) {
        String[] names = numbered(answer);
        List<List<Object>> rows = new ArrayList<>();
        for (String line : answer.toDF(names).limit(limit).toJSON().collectAsList()) {
            Map<String, Object> values = Json.readMap(line);
            List<Object> row = new ArrayList<>();
            for (String name : names) {
                row.add(values.get(name));
            }
            rows.add(row);
        }
        return rows;
    }
}
