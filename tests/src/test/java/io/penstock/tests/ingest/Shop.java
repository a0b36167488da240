package io.penstock.tests.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.Clock;
import io.penstock.core.ExitCode;
import io.penstock.core.Unit;
import io.penstock.core.config.ConfigLoader;
import io.penstock.core.config.PipelineConfig;
import io.penstock.jobs.Penstock;
import io.penstock.jobs.report.Progress;
import io.penstock.jobs.run.Executor;
import io.penstock.jobs.run.Session;
import io.penstock.jobs.run.SparkSessions;
import io.penstock.jobs.stage.Stages;
import io.penstock.tests.e2e.PlainDisk;
import io.penstock.tests.e2e.TableRows;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** The real ingestion of one source, {@code prices}, in a working folder of the test's own. */
@PlainDisk
abstract class Shop {
    static final LocalDate FIRST = LocalDate.of(2024, 3, 1);
    static final String HEADER = "item,at,price\n";

    static SparkSession spark;

    @TempDir
    Path work;

    PipelineConfig config;

    static final String PRICE = "price { type = double }";

    /**
     * A pipeline with the source {@code prices}, which takes files with rejects and units without files.
     *
     * @param columns beside {@code item} and {@code at}
     * @param more further settings of the source
     */
    static String shop(String mode, String columns, String more) {
        return """
                pipeline = shop
                schedule { every = 1d, cut = "08:00", zone = UTC }
                sources.prices {
                  path = "prices/landed={landed}/*", mode = %s, key = [item], event-time = at, known-at = at
                  max-reject-rate = 0.9, allow-empty = true
                  columns { item { required = true }, at { type = timestamp, required = true }, %s }
                  %s
                }
                """.formatted(mode, columns, more);
    }

    /** The whole configuration. */
    abstract String configuration();

    @BeforeAll
    static void start() {
        spark = SparkSessions.start("shop");
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    @BeforeEach
    void configured() throws IOException {
        configured(configuration());
    }

    void configured(String text) throws IOException {
        Path conf = Files.createDirectories(work.resolve("conf/env")).getParent();
        Files.writeString(conf.resolve("shop.conf"), text);
        Files.writeString(
                conf.resolve("env/local.conf"),
                "penstock { landing = \"" + work.resolve("landing") + "\", warehouse = \"" + work.resolve("warehouse")
                        + "\" }\n");
        config = ConfigLoader.load(conf, "shop", "local", Map.of(), Map.of());
    }

    static void overwritten(Path file, String records) throws IOException {
        FileTime before = Files.getLastModifiedTime(file);
        Files.writeString(file, HEADER + records);
        Files.setLastModifiedTime(file, FileTime.fromMillis(before.toMillis() + 60_000));
    }

    /** All of them in one run. */
    ExitCode run(int... days) {
        List<Unit> units = IntStream.of(days).mapToObj(this::unit).toList();
        return new Executor(session(), Clock.system())
                .run(Stages.jobs(config, List.of("ingest")), units, false)
                .exit();
    }

    /** What a run that ends well says while it runs. */
    String told(List<Unit> units, boolean again) {
        PrintStream before = System.err;
        ByteArrayOutputStream told = new ByteArrayOutputStream();
        System.setErr(new PrintStream(told, true, StandardCharsets.UTF_8));
        try {
            Session telling = new Session(config, Stages.jobs(config, List.of()), Progress.standard());
            assertThat(new Executor(telling, Clock.system())
                            .run(Stages.jobs(config, List.of("ingest")), units, again)
                            .exit())
                    .isEqualTo(ExitCode.OK);
        } finally {
            System.setErr(before);
        }
        return told.toString(StandardCharsets.UTF_8);
    }

    Session session() {
        return new Session(config, Stages.jobs(config, List.of()), Progress.silent());
    }

    Unit unit(int day) {
        return config.schedule().unit(FIRST.plusDays(day));
    }

    Path land(int day, String name, String records) throws IOException {
        String stamp = FIRST.plusDays(day).toString().replace("-", "") + "T060000Z";
        Path folder = Files.createDirectories(work.resolve("landing/prices/landed=" + stamp));
        return Files.writeString(folder.resolve(name), HEADER + records);
    }

    List<Row> rows(String table) {
        return TableRows.of(Path.of(config.root()).resolve(table));
    }

    List<String> bronze(int day) {
        return rows("bronze/prices").stream()
                .filter(row ->
                        row.getAs("unit").toString().equals(FIRST.plusDays(day).toString()))
                .map(row -> row.getAs("item") + " " + row.getAs("price") + " of " + row.getAs("_sequence") + " known "
                        + row.getAs("_known_at"))
                .sorted()
                .toList();
    }

    List<String> current() {
        return rows("bronze/prices_current").stream()
                .map(row -> row.getAs("item") + " " + row.getAs("price"))
                .sorted()
                .toList();
    }

    String penstock(String... arguments) {
        PrintStream before = System.out;
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
        try {
            List<String> all = new java.util.ArrayList<>(List.of(arguments));
            all.addAll(List.of(
                    "--work",
                    work.toString(),
                    "--conf-dir",
                    work.resolve("conf").toString()));
            assertThat(Penstock.run(all.toArray(String[]::new))).isZero();
        } finally {
            System.setOut(before);
        }
        return said.toString(StandardCharsets.UTF_8);
    }
}
