package io.penstock.tests.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.delta.kernel.Table;
import io.delta.kernel.defaults.engine.DefaultEngine;
import io.delta.kernel.engine.Engine;
import io.penstock.core.Clock;
import io.penstock.core.ExitCode;
import io.penstock.core.config.PipelineConfig;
import io.penstock.jobs.report.Progress;
import io.penstock.jobs.run.Executor;
import io.penstock.jobs.run.Session;
import io.penstock.jobs.stage.Stages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.delta.DeltaLog;

/**
 * Very many units of one small file, ingested one by one, each a commit of bronze and those of the books; beside it the same
 * rows read and appended to one table by Spark, in units too, with Delta's own settings. In tens of units taken in turns.
 */
final class ManyCommitsBench {
    private static final LocalDate FIRST = LocalDate.of(2020, 1, 1);
    private static final int TURN = 10;
    private static final String PARTITIONS = "spark.databricks.delta.snapshotPartitions";
    private static final String USUAL_PARTITIONS = "50";
    private static final String COLUMNS = "parcel_id string, weight double, sent timestamp";

    private static final String CONFIG = """
            pipeline = many
            schedule { every = 1d, cut = "08:00", zone = UTC }
            sources { parcels {
              path = "parcels/landed={landed}/*.csv", mode = append, key = [parcel_id], event-time = sent
              columns {
                parcel_id { required = true }
                weight { type = double, between = [0, 1000] }
                sent { type = timestamp, required = true }
              }
            } }
            """;

    private final Workplace place;
    private final Path landing;
    private final PipelineConfig config;
    private final List<Cost> ours = new ArrayList<>();
    private final List<Cost> peers = new ArrayList<>();

    ManyCommitsBench(Workplace place) throws IOException {
        this.place = place;
        this.landing = Files.createDirectories(place.folder().resolve("landing"));
        this.config = place.config("many", CONFIG, landing, place.folder().resolve("warehouse"));
    }

    /** Lines to print. */
    List<String> of(int units) throws Exception {
        for (int from = 0; from < units; from += TURN) {
            int to = Math.min(units, from + TURN);
            for (int i = from; i < to; i++) {
                LocalDate unit = FIRST.plusDays(i);
                land(unit);
                ours.add(Cost.of(() -> ingest(unit)));
            }
            String before = place.spark().conf().get(PARTITIONS, USUAL_PARTITIONS);
            place.spark().conf().set(PARTITIONS, USUAL_PARTITIONS);
            for (int i = from; i < to; i++) {
                LocalDate unit = FIRST.plusDays(i);
                peers.add(Cost.of(() -> append(unit)));
            }
            place.spark().conf().set(PARTITIONS, before);
        }
        Dataset<Row> bronze = place.spark().read().format("delta").load(bronze());
        assertThat(bronze.select("parcel_id", "weight", "sent")
                        .exceptAll(place.delta("peer").select("parcel_id", "weight", "sent")))
                .satisfies(rows -> assertThat(rows.isEmpty()).isTrue());
        assertThat(bronze.count()).isEqualTo(units);
        return List.of(
                told("ours, with all control tables", ours),
                told("Spark's append, Delta's settings", peers),
                String.format(
                        Locale.ROOT,
                        "commits: cold open after %,d, target ≤ 1 s | bronze %.2f s by Spark, %.2f s without | the peer's table %.2f and %.2f s | %,d and %,d files in the log",
                        units,
                        bySpark(bronze()),
                        withoutSpark(bronze()),
                        bySpark(place.path("peer")),
                        withoutSpark(place.path("peer")),
                        log(bronze()),
                        log(place.path("peer"))));
    }

    private static String told(String who, List<Cost> costs) {
        int tenth = Math.max(1, costs.size() / 10);
        List<Cost> second = costs.subList(Math.min(tenth, costs.size() - 1), Math.min(2 * tenth, costs.size()));
        List<Cost> last = costs.subList(costs.size() - tenth, costs.size());
        return String.format(
                Locale.ROOT,
                "commits: %,d units, %s | %.0f CPU-s | the last tenth takes %.2f times the second (%.2f and %.2f CPU-s each) | the worst %.2f s after the first tenth, median %.2f s",
                costs.size(),
                who,
                costs.stream().mapToDouble(Cost::cpuSeconds).sum(),
                cpu(last) / cpu(second),
                cpu(last),
                cpu(second),
                costs.stream().skip(tenth).mapToDouble(Cost::wallSeconds).max().orElse(0),
                Comparison.median(costs.stream().mapToDouble(Cost::wallSeconds).toArray()));
    }

    private static double cpu(List<Cost> costs) {
        return costs.stream().mapToDouble(Cost::cpuSeconds).average().orElse(Double.NaN);
    }

    private void land(LocalDate unit) throws IOException {
        Path file = file(unit);
        Files.createDirectories(file.getParent());
        Files.writeString(file, "parcel_id,weight,sent\np" + unit.toEpochDay() + ",1.5," + unit + "T05:00:00Z\n");
    }

    private Path file(LocalDate unit) {
        return landing.resolve("parcels/landed=" + unit.toString().replace("-", "") + "T060000Z/parcels.csv");
    }

    private void ingest(LocalDate unit) {
        Executor.Result result = new Executor(new Session(config, Progress.silent()), Clock.system())
                .run(
                        Stages.jobs(config, List.of("ingest")),
                        List.of(config.schedule().unit(unit)),
                        false);
        assertThat(result.exit()).as("%s", result.messages()).isEqualTo(ExitCode.OK);
    }

    private void append(LocalDate unit) {
        place.spark()
                .read()
                .option("header", true)
                .schema(COLUMNS)
                .csv(file(unit).toString())
                .selectExpr("*", "date'" + unit + "' AS unit")
                .write()
                .format("delta")
                .mode(SaveMode.Append)
                .partitionBy("unit")
                .save(place.path("peer"));
    }

    private String bronze() {
        return place.folder().resolve("warehouse/many/bronze/parcels").toString();
    }

    private double bySpark(String table) throws Exception {
        DeltaLog.clearCache();
        return Cost.of(() -> place.spark().read().format("delta").load(table).count())
                .wallSeconds();
    }

    private static double withoutSpark(String table) throws Exception {
        Engine engine = DefaultEngine.create(new Configuration());
        return Cost.of(() -> Table.forPath(engine, table)
                        .getLatestSnapshot(engine)
                        .getScanBuilder(engine)
                        .build()
                        .getScanFiles(engine)
                        .forEachRemaining(files -> {}))
                .wallSeconds();
    }

    private static long log(String table) throws IOException {
        try (Stream<Path> files = Files.list(Path.of(table, "_delta_log"))) {
            return files.filter(file -> !file.getFileName().toString().startsWith("."))
                    .count();
        }
    }
}
