package io.penstock.tests.bench;

import io.penstock.core.config.ConfigLoader;
import io.penstock.core.config.PipelineConfig;
import io.penstock.jobs.run.SparkSessions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;

/** Spark as Penstock starts it, and a folder for one comparison's data. */
record Workplace(SparkSession spark, Path folder) {
    static Workplace at(Path folder) throws IOException {
        return new Workplace(SparkSessions.start("penstock bench"), Files.createDirectories(folder));
    }

    Workplace room(String name) throws IOException {
        return new Workplace(spark, Files.createDirectories(folder.resolve(name)));
    }

    String path(String name) {
        return folder.resolve(name).toString();
    }

    PipelineConfig config(String pipeline, String text, Path landing, Path warehouse) {
        return config(
                pipeline,
                text,
                Map.of("penstock.landing", landing.toString(), "penstock.warehouse", "file://" + warehouse));
    }

    PipelineConfig config(String pipeline, String text, Map<String, String> settings) {
        try {
            Path conf = Files.createDirectories(folder.resolve("conf"));
            Files.writeString(conf.resolve(pipeline + ".conf"), text);
            return ConfigLoader.load(conf, pipeline, "local", settings, Map.of());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** A Delta table as it lies under the peers too: by unit, one file a unit. */
    Dataset<Row> keep(String name, Dataset<Row> rows) {
        rows.repartition(2, rows.col("unit"))
                .sortWithinPartitions("unit")
                .write()
                .format("delta")
                .partitionBy("unit")
                .save(path(name));
        return delta(name);
    }

    Dataset<Row> delta(String name) {
        return spark.read().format("delta").load(path(name));
    }

    void write(Dataset<Row> rows, String name) {
        rows.write().mode(SaveMode.Overwrite).parquet(path(name));
    }

    /** Name → what {@link #write} left under the folder's names, in these columns. */
    Map<String, Dataset<Row>> written(String side, Map<String, List<String>> tables) {
        Map<String, Dataset<Row>> read = new LinkedHashMap<>();
        tables.forEach((name, columns) -> read.put(
                name, spark.read().parquet(path(side + "/" + name)).selectExpr(columns.toArray(String[]::new))));
        return read;
    }

    List<String> files(String delta) {
        return Arrays.stream(delta(delta).inputFiles())
                .map(file -> file.replaceFirst("^file:/+", "/"))
                .toList();
    }
}
