package io.penstock.tests.bench;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.Clock;
import io.penstock.core.ExitCode;
import io.penstock.core.Unit;
import io.penstock.core.config.PipelineConfig;
import io.penstock.jobs.report.Progress;
import io.penstock.jobs.run.Executor;
import io.penstock.jobs.run.Session;
import io.penstock.jobs.stage.Stages;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;

/**
 * Files to a Delta table: Penstock's stage with contract, quarantine, rules and books, and Spark's reader with the same
 * schema and Delta's writer. Of CSV the reader drops what it cannot parse; of Parquet, a filter what weighs too much.
 */
final class IngestBench {
    private static final int RECORDS = 500_000;
    private static final int FILES = 8;
    private static final LocalDate UNIT = LocalDate.of(2024, 3, 21);
    private static final String LANDED = "parcels/landed=20240321T060000Z";
    private static final String TIMES = "spark.sql.parquet.outputTimestampType";
    private static final String HEADER = "parcel_id,depot,carrier,weight,pieces,insured,sent,due,note";

    private static final String CONFIG = """
            pipeline = ingest
            schedule { every = 1d, cut = "08:00", zone = UTC }
            sources { parcels {
              path = "parcels/landed={landed}/*.FORMAT", format = FORMAT, mode = append, key = [parcel_id], event-time = sent
              max-reject-rate = 0.1
              columns {
                parcel_id { type = string, required = true, pattern = "p[0-9]+" }
                depot { type = string, allowed = [north, south, east, west] }
                carrier { type = string, max-length = 20 }
                weight { type = double, between = [0, 1000] }
                pieces { type = int }
                insured { type = boolean }
                sent { type = timestamp, required = true }
                due { type = date }
                note { type = string }
              }
              expectations = [ { completeness = depot, at-least = 0.9 }, { unique = [parcel_id], at-least = 0.9 } ]
            } }
            """;

    private static final String SCHEMA = "parcel_id string, depot string, carrier string, weight double, pieces int, "
            + "insured boolean, sent timestamp, due date, note string";

    private static final int MOST_WEIGHT = 1_000;

    private final Workplace place;
    private final String format;
    private final Path landing;
    private final long landedBytes;
    private int warehouses;

    static IngestBench ofCsv(Workplace place, Scale scale) throws IOException {
        return new IngestBench(place, "csv", land(place.folder().resolve("landing"), scale.of(RECORDS)));
    }

    static IngestBench ofParquet(Workplace place, Scale scale) throws IOException {
        Path texts = place.folder().resolve("texts");
        land(texts, scale.of(RECORDS));
        return new IngestBench(place, "parquet", landParquet(place, texts));
    }

    private IngestBench(Workplace place, String format, long landedBytes) {
        this.place = place;
        this.format = format;
        this.landing = place.folder().resolve("landing");
        this.landedBytes = landedBytes;
    }

    Comparison comparison() {
        return new Comparison(
                "ingest: " + format + ", contract, quarantine and rules on, bare read and write",
                Side.here(
                        this::ours,
                        () -> rows(place.spark().read().format("delta").load(warehouse() + "/ingest/bronze/parcels"))),
                Side.here(this::bare, () -> rows(place.delta("bare"))),
                Goal.timesLess(0.65),
                Equality.exact());
    }

    /** How often the landed bytes were read by the stage, the log files of Delta among them. */
    double reads() throws Exception {
        Counters counters = Counters.of(place.spark(), this::ours);
        return counters.readBytes() / (double) landedBytes;
    }

    private Map<String, Dataset<Row>> rows(Dataset<Row> table) {
        return Map.of("parcels", table.selectExpr(HEADER.split(",")));
    }

    private void ours() {
        warehouses++;
        PipelineConfig config = place.config("ingest", CONFIG.replace("FORMAT", format), landing, Path.of(warehouse()));
        Progress silent = Progress.silent();
        Unit unit = config.schedule().unit(UNIT);
        Executor.Result result = new Executor(new Session(config, silent), Clock.system())
                .run(Stages.jobs(config, List.of("ingest")), List.of(unit), false);
        assertThat(result.exit()).as("%s", result.messages()).isEqualTo(ExitCode.OK);
    }

    private String warehouse() {
        return place.path("warehouse" + warehouses);
    }

    private void bare() {
        DataFrameReader reader = place.spark().read().schema(SCHEMA);
        Dataset<Row> rows = format.equals("csv")
                ? reader.option("header", "true")
                        .option("mode", "DROPMALFORMED")
                        .csv(landing + "/parcels/*")
                : reader.parquet(landing + "/parcels/*").filter("weight <= " + MOST_WEIGHT);
        rows.write().format("delta").mode(SaveMode.Overwrite).save(place.path("bare"));
    }

    /** What the texts hold, and what weighs too much in place of what has no weight. */
    private static long landParquet(Workplace place, Path texts) throws IOException {
        Path written = place.folder().resolve("written");
        place.spark().conf().set(TIMES, "TIMESTAMP_MICROS");
        place.spark()
                .read()
                .schema(SCHEMA)
                .option("header", "true")
                .csv(texts + "/parcels/*")
                .withColumn("weight", coalesce(col("weight"), lit(2.0 * MOST_WEIGHT)))
                .repartition(FILES, col("parcel_id"))
                .write()
                .parquet(written.toString());
        place.spark().conf().unset(TIMES);
        Path folder = Files.createDirectories(place.folder().resolve("landing/" + LANDED));
        long bytes = 0;
        try (DirectoryStream<Path> parts = Files.newDirectoryStream(written, "part-*")) {
            for (Path part : parts) {
                bytes += Files.size(part);
                Files.move(part, folder.resolve(part.getFileName()));
            }
        }
        return bytes;
    }

    private static long land(Path landing, int records) throws IOException {
        Path folder = Files.createDirectories(landing.resolve(LANDED));
        Random random = new Random(7);
        long bytes = 0;
        for (int file = 0; file < FILES; file++) {
            Path path = folder.resolve("parcels" + file + ".csv");
            try (BufferedWriter out = Files.newBufferedWriter(path)) {
                out.write(HEADER + "\n");
                for (int i = file; i < records; i += FILES) {
                    out.write(record(i, random));
                }
            }
            bytes += Files.size(path);
        }
        return bytes;
    }

    /** One in two hundred has a weight that is no number. */
    private static String record(int i, Random random) {
        String weight = i % 200 == 199 ? "heavy" : String.format(Locale.ROOT, "%.2f", random.nextInt(100_000) / 100.0);
        return String.format(
                Locale.ROOT,
                "p%d,%s,carrier %d,%s,%d,%s,2024-03-%02dT%02d:%02d:%02dZ,2024-04-%02d,left at door %d%n",
                i,
                List.of("north", "south", "east", "west").get(random.nextInt(4)),
                random.nextInt(40),
                weight,
                1 + random.nextInt(9),
                random.nextBoolean(),
                1 + random.nextInt(20),
                random.nextInt(24),
                random.nextInt(60),
                random.nextInt(60),
                1 + random.nextInt(28),
                random.nextInt(5000));
    }
}
