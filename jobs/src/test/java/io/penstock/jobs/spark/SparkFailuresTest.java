package io.penstock.jobs.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.penstock.core.storage.StorageErrors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** The texts and types that are looked for are those that this version of Spark throws. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SparkFailuresTest {
    private static SparkSession spark;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start() {
        spark = SparkSession.builder()
                .master("local[1]")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.sql.codegen.wholeStage", "false")
                .getOrCreate();
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    @Test
    @Order(1)
    void aColumnOfAnotherTypeIsNamedWithItsFile() {
        spark.range(3).write().parquet(folder + "/table.parquet");
        Dataset<Row> other = spark.read()
                .schema("id timestamp")
                .parquet(folder.resolve("table.parquet").toString());

        Throwable thrown = catchThrowable(other::collectAsList);

        assertThat(SparkFailures.foreign(thrown))
                .hasValueSatisfying(what -> assertThat(what).contains("another program", "id"));
        assertThat(SparkFailures.file(thrown)).contains("table.parquet");
        assertThat(SparkFailures.isStopped(thrown)).isFalse();
        assertThat(SparkFailures.isLostWorker(thrown)).isFalse();
    }

    @Test
    @Order(2)
    void aDataFileThatIsGoneIsMissing() throws IOException {
        Dataset<Row> table = written();
        for (Path file : dataFiles()) {
            Files.delete(file);
        }

        assertThat(SparkFailures.isMissingFile(catchThrowable(table::collectAsList)))
                .isTrue();
    }

    @Test
    @Order(3)
    void aDataFileThatIsNoParquetIsDamaged() throws IOException {
        Dataset<Row> table = written();
        for (Path file : dataFiles()) {
            Files.delete(file.resolveSibling("." + file.getFileName() + ".crc"));
            Files.writeString(file, "this is not a Parquet file, though it is long enough to be one");
        }

        assertThat(SparkFailures.isMissingFile(catchThrowable(table::collectAsList)))
                .isTrue();
    }

    /** A local disk keeps a checksum of each file next to it, which finds what the format does not. */
    @Test
    @Order(4)
    void aDataFileUnlikeItsChecksumIsDamaged() throws IOException {
        Dataset<Row> table = written();
        for (Path file : dataFiles()) {
            Files.writeString(file, "this is not a Parquet file, though it is long enough to be one");
        }

        Throwable thrown = catchThrowable(table::collectAsList);

        assertThat(SparkFailures.isMissingFile(thrown)).isTrue();
        assertThat(StorageErrors.of(thrown, "")).isEmpty();
    }

    @Test
    @Order(5)
    void aStoppedSparkIsDistinguishedFromOtherFailures() {
        Dataset<Row> rows = spark.range(3).toDF();
        assertThat(SparkFailures.isMissingFile(catchThrowable(() -> spark.sql("SELECT nothing"))))
                .isFalse();
        spark.stop();

        Throwable thrown = catchThrowable(rows::collectAsList);

        assertThat(SparkFailures.isStopped(thrown)).isTrue();
    }

    private Dataset<Row> written() {
        String table = folder.resolve("table").toString();
        spark.range(0, 3, 1, 1).write().parquet(table);
        return spark.read().parquet(table);
    }

    private List<Path> dataFiles() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("table"))) {
            return files.filter(file -> file.toString().endsWith(".parquet")).toList();
        }
    }
}
