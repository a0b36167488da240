package io.penstock.tests.e2e;

import io.penstock.core.Hashes;
import io.penstock.jobs.run.SparkSessions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/** What the data tables of a warehouse hold, exact to the bit, whoever wrote it and in whatever files it lies. */
public final class Contents {
    /** Which run wrote a row, and which number the registry gave to the same model. */
    private static final Set<String> PROVENANCE = Set.of("run_id", "_run_id", "model_version", "feature_versions");

    private Contents() {}

    /** Table and unit → number of rows and a hash over all of them; empty tables are listed too. */
    public static Map<String, String> of(Path pipeline) {
        return of(pipeline, Set.of());
    }

    /** @param leftOut more columns that do not count */
    static Map<String, String> of(Path pipeline, Set<String> leftOut) {
        try (SparkSession spark = SparkSessions.start("contents")) {
            return of(spark, pipeline, leftOut);
        }
    }

    /** The same with a session that goes on. */
    public static Map<String, String> of(SparkSession spark, Path pipeline, Set<String> leftOut) {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> folders =
                Files.find(pipeline, 2, (path, attributes) -> Files.isDirectory(path.resolve("_delta_log")))) {
            for (Path table : folders.sorted().toList()) {
                String name = pipeline.relativize(table).toString();
                if (!name.startsWith("ops/")) {
                    hashes(spark.read().format("delta").load(table.toString()), leftOut)
                            .forEach((unit, hash) -> contents.put((name + " " + unit).trim(), hash));
                }
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return contents;
    }

    /** One version of a table as a whole. */
    static String ofVersion(Path table, long version) {
        try (SparkSession spark = SparkSessions.start("contents")) {
            return hashes(
                            spark.read()
                                    .format("delta")
                                    .option("versionAsOf", version)
                                    .load(table.toString()),
                            Set.of())
                    .toString();
        }
    }

    private static Map<String, String> hashes(Dataset<Row> table, Set<String> leftOut) {
        List<Column> columns = new ArrayList<>();
        columns.add(functions.col("unit").cast("string").as("_unit"));
        Arrays.stream(table.columns())
                .filter(name -> !PROVENANCE.contains(name) && !leftOut.contains(name))
                .forEach(name -> columns.add(functions.col("`" + name + "`")));
        Dataset<Row> rows = table.select(columns.toArray(Column[]::new));
        Map<String, List<String>> byUnit = new TreeMap<>();
        byUnit.put("", new ArrayList<>());
        rows.select(
                        functions.col("_unit"),
                        functions.to_json(functions.struct(functions.col("*")), Map.of("ignoreNullFields", "false")))
                .collectAsList()
                .forEach(row -> byUnit.computeIfAbsent(row.getString(0), unit -> new ArrayList<>())
                        .add(row.getString(1)));
        Map<String, String> hashes = new TreeMap<>();
        byUnit.forEach((unit, lines) -> hashes.put(
                unit,
                lines.size() + " rows "
                        + Hashes.sha256(String.join(
                                        "\n", lines.stream().sorted().toList()))
                                .substring(0, 16)));
        return hashes;
    }
}
