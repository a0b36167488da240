package io.penstock.ingestion.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.penstock.core.LedgerEntry;
import io.penstock.core.PenstockException;
import io.penstock.core.Schedule;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.config.SourceSpec.Format;
import io.penstock.core.config.SourceSpec.Mode;
import io.penstock.core.config.SourceSpec.NewColumn;
import io.penstock.ingestion.format.SourceFormat;
import io.penstock.ingestion.landing.FileFact;
import io.penstock.ingestion.landing.LandedFile;
import io.penstock.ingestion.landing.Landing;
import io.penstock.ingestion.landing.LandingStamp;
import io.penstock.ingestion.landing.Notice;
import io.penstock.ingestion.take.FileAssignment;
import io.penstock.ingestion.testing.LocalSpark;
import io.penstock.ingestion.testing.Sources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadingTest extends LocalSpark {
    private static final Schedule DAILY = new Schedule(1, LocalTime.of(8, 0), ZoneOffset.UTC);
    private static final UnitId DAY_24 = UnitId.of(LocalDate.of(2013, 12, 24));
    private static final UnitId DAY_25 = UnitId.of(LocalDate.of(2013, 12, 25));
    private static final UnitId DAY_26 = UnitId.of(LocalDate.of(2013, 12, 26));
    private static final String HEADER = "id,at,city,price\n";

    @TempDir
    Path root;

    @Test
    void rowsCarryTheirOriginAndTimes() throws IOException {
        land(DAY_24, "a.csv", HEADER + "1,2013-12-24T05:00:00Z,Rome,9.5\n2,2013-12-24 05:30:00,,NA\n");

        try (SourceBatch parsed = read(Sources.orders(Mode.APPEND), DAY_24, DAY_25)) {
            Dataset<Row> bronze = parsed.bronze();
            FileFact file = parsed.files().get(0);
            assertThat(bronze.schema().toDDL().replace(" NOT NULL", ""))
                    .isEqualTo("id INT,at TIMESTAMP,city STRING,price DOUBLE,order_id STRING,_op STRING,"
                            + "_sequence STRING,_event_time TIMESTAMP,_known_at TIMESTAMP,_row_id STRING,"
                            + "_file_id STRING,_position BIGINT,unit DATE");
            assertThat(bronze.filter("id = 1")
                            .selectExpr("to_json(struct(*))")
                            .first()
                            .getString(0))
                    .isEqualTo("{\"id\":1,\"at\":\"2013-12-24T05:00:00.000Z\",\"city\":\"Rome\",\"price\":9.5,"
                            + "\"order_id\":\"Rome-1\",\"_op\":\"+\",\"_sequence\":\"20131224T060000Z\","
                            + "\"_event_time\":\"2013-12-24T05:00:00.000Z\",\"_known_at\":\"2013-12-24T06:00:00.000Z\","
                            + "\"_row_id\":\""
                            + io.penstock.core.Hashes.sha256(file.file().path() + "\n" + file.sha256() + "\n1")
                                    .substring(0, 32)
                            + "\",\"_file_id\":\""
                            + LedgerEntry.fileId(file.file().path(), file.sha256())
                            + "\",\"_position\":1,\"unit\":\"2013-12-24\"}");
            assertThat(bronze.filter("id = 2 AND city IS NULL AND price IS NULL AND order_id = '2'")
                            .count())
                    .isOne();
            assertThat(file.sha256())
                    .isEqualTo(io.penstock.core.Hashes.sha256(
                            Files.readAllBytes(root.resolve(file.file().path()))));
            assertThat(parsed.units().get(DAY_25).files()).isZero();
        }
    }

    @Test
    void badFileNeverBlocksGoodOnesAndEveryRecordIsAccountedFor() throws IOException {
        land(
                DAY_24,
                "good.csv",
                HEADER + rows(1, 8) + "x,2013-12-24T05:00:00Z,Rome,1\n99,2013-12-24T05:00:00Z,Rome,101\n");
        land(DAY_24, "bad.csv", "<html>\n");
        land(DAY_25, "empty.csv", HEADER);

        try (SourceBatch parsed = read(Sources.orders(Mode.APPEND), DAY_24, DAY_25)) {
            assertThat(parsed.bronze().count()).isEqualTo(8);
            assertThat(parsed.quarantine()
                            .selectExpr("code", "position", "line", "raw", "source", "reason")
                            .orderBy("code")
                            .collectAsList())
                    .extracting(Row::mkString)
                    .containsExactly(
                            "PEN-ING-010nullnullnullordersThe file is HTML or XML, it starts with '<html> '",
                            "PEN-ROW-015910x,2013-12-24T05:00:00Z,Rome,1ordersid is 'x', must be a plain int such as 1234",
                            "PEN-ROW-0401011"
                                    + "99,2013-12-24T05:00:00Z,Rome,101ordersprice is '101', must be in [0, 100]");
            assertThat(parsed.files())
                    .extracting(FileFact::state, FileFact::rowsIn, FileFact::rowsOut, FileFact::rejected)
                    .containsExactly(
                            tuple("quarantined", 0L, 0L, 0L), tuple("taken", 10L, 8L, 2L), tuple("taken", 0L, 0L, 0L));
            assertThat(parsed.notices()).extracting(Notice::code).containsExactly("PEN-ING-010", "PEN-ING-004");
            UnitFacts unit = parsed.units().get(DAY_24);
            assertThat(unit.rejectedByCode())
                    .isEqualTo(Map.of("PEN-ING-010", 1L, "PEN-ROW-015", 1L, "PEN-ROW-040", 1L));
            assertThat(unit.rejects()).isEqualTo(3);
            assertThat(unit.records()).isEqualTo(11);
        }
    }

    @Test
    void r26AndR27DuplicatesAreDroppedAndConflictsRejected() throws IOException {
        land(
                DAY_24,
                "a.csv",
                HEADER + rows(1, 3) + rows(1, 1) + "5,2013-12-24T05:00:00Z,Oslo,1\n5,2013-12-24T05:00:00Z,Oslo,2\n");
        land(DAY_24, "b.csv", HEADER + rows(2, 2));
        land(DAY_25, "c.csv", HEADER + rows(3, 3));

        try (SourceBatch parsed = read(Sources.orders(Mode.APPEND), DAY_24, DAY_25)) {
            assertThat(ids(parsed)).containsExactly("24/1", "24/2", "24/3", "25/3");
            assertThat(parsed.quarantine().select("code", "position").collectAsList())
                    .extracting(row -> row.getString(0) + " " + row.getLong(1))
                    .containsExactlyInAnyOrder("PEN-ROW-027 5", "PEN-ROW-027 6");
            assertThat(parsed.files())
                    .extracting(FileFact::rowsIn, FileFact::rowsOut, FileFact::rejected, FileFact::duplicates)
                    .containsExactly(tuple(6L, 3L, 2L, 1L), tuple(1L, 0L, 0L, 1L), tuple(1L, 1L, 0L, 0L));
        }
        try (SourceBatch parsed = read(Sources.orders(Mode.UPSERT), DAY_24, DAY_25)) {
            assertThat(parsed.bronze().count()).isEqualTo(8);
        }
    }

    @Test
    void ofALongRecordAsMuchIsKeptWhateverItIsRejectedFor() throws IOException {
        String city = "x".repeat(SourceFormat.LONGEST_RAW);
        land(
                DAY_24,
                "a.csv",
                HEADER + "5,2013-12-24T05:00:00Z," + city + ",1\n5,2013-12-24T05:00:00Z," + city
                        + ",2\n6,2013-12-24T05:00:00Z," + city + ",ten\n");

        try (SourceBatch parsed = read(Sources.orders(Mode.APPEND), DAY_24)) {
            assertThat(parsed.quarantine().selectExpr("code", "length(raw)").collectAsList())
                    .extracting(Row::toString)
                    .containsExactlyInAnyOrder("[PEN-ROW-027,65536]", "[PEN-ROW-027,65536]", "[PEN-ROW-015,65536]");
        }
    }

    @Test
    void r28MissingKeyAndMissingEventTime() throws IOException {
        land(DAY_24, "a.csv", HEADER + rows(1, 1));
        SourceSpec orders = Sources.orders(Mode.APPEND);
        SourceSpec nullKey = with(orders, Map.of("order_id", "if(id = 1, null, 'x')"), "at");
        SourceSpec nullTime = with(orders, orders.derive(), "try_to_timestamp(city)");

        try (SourceBatch keyless = read(nullKey, DAY_24);
                SourceBatch timeless = read(nullTime, DAY_24)) {
            assertThat(keyless.quarantine().first().<String>getAs("code")).isEqualTo("PEN-ROW-028");
            assertThat(timeless.quarantine().first().<String>getAs("rule")).isEqualTo("event-time");
            assertThat(timeless.bronze().count()).isZero();
        }
    }

    @Test
    void r03NewColumnsAreKeptAsText() throws IOException {
        land(DAY_24, "a.csv", "id,at,city,price,Tip %\n1,2013-12-24T05:00:00Z,Rome,1,15\n");
        land(DAY_24, "b.csv", HEADER + rows(2, 2));

        try (SourceBatch parsed = read(Sources.orders(Mode.APPEND), DAY_24)) {
            assertThat(parsed.newColumns()).containsExactly("tip_");
            assertThat(parsed.bronze().orderBy("id").select("tip_").collectAsList())
                    .extracting(row -> row.getString(0))
                    .containsExactly("15", null);
            assertThat(parsed.notices()).extracting(Notice::code).containsExactly("PEN-ROW-003");
        }
    }

    @Test
    void f12SameContentUnderANewNameIsSkipped() throws IOException {
        land(DAY_24, "a.csv", HEADER + rows(1, 3));
        land(DAY_25, "b.csv", HEADER + rows(1, 3));

        List<LedgerEntry> ledger;
        try (SourceBatch both = read(Sources.orders(Mode.APPEND), DAY_24, DAY_25)) {
            assertThat(both.files()).extracting(FileFact::state).containsExactly("taken", "duplicate");
            assertThat(ids(both)).containsExactly("24/1", "24/2", "24/3");
            ledger = both.ledger("run");
        }
        try (SourceBatch alone = read(Sources.orders(Mode.APPEND), ledger.subList(0, 1), DAY_25)) {
            assertThat(alone.files().get(0).state()).isEqualTo("duplicate");
            assertThat(alone.units().get(DAY_25).duplicates()).isEqualTo(3);
        }
    }

    @Test
    void f17FileThatWentIsNamed() throws IOException {
        land(DAY_24, "a.csv", HEADER + rows(1, 1));
        SourceSpec orders = Sources.orders(Mode.APPEND);
        Map<Unit, List<LandedFile>> take = plan(orders, List.of(), DAY_24);
        Files.delete(root.resolve("orders/landed=20131224T060000Z/a.csv"));

        assertThatThrownBy(() -> Reading.read(spark, orders, take, root.toString()))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-ING-017")
                .hasMessageContaining("a.csv");
    }

    @Test
    void f16FileThatGrewIsNotTaken() throws IOException {
        land(DAY_24, "a.csv", HEADER + rows(1, 1));
        SourceSpec orders = Sources.orders(Mode.APPEND);
        Map<Unit, List<LandedFile>> take = plan(orders, List.of(), DAY_24);
        land(DAY_24, "a.csv", HEADER + rows(1, 2));

        assertThatThrownBy(() -> Reading.read(spark, orders, take, root.toString()))
                .hasMessageContaining("PEN-ING-016");
    }

    @Test
    void rangeGivesTheSameRowsAsItsUnitsOneByOne() throws IOException {
        Random random = new Random(11);
        for (UnitId day : List.of(DAY_24, DAY_25, DAY_26)) {
            for (int file = 0; file < 3; file++) {
                StringBuilder text = new StringBuilder(HEADER);
                random.ints(30, 0, 40)
                        .forEach(id -> text.append(id)
                                .append(",2013-12-24T05:00:00Z,Rome,")
                                .append(id % 9 * 15)
                                .append('\n'));
                land(day, file + ".csv", text.toString());
            }
        }
        SourceSpec orders = Sources.orders(Mode.APPEND);
        List<String> oneByOne = new ArrayList<>();
        List<LedgerEntry> ledger = new ArrayList<>();
        for (UnitId day : List.of(DAY_24, DAY_25, DAY_26)) {
            try (SourceBatch parsed = read(orders, ledger, day)) {
                oneByOne.addAll(lines(parsed.bronze()));
                oneByOne.addAll(lines(parsed.quarantine()));
                ledger.addAll(parsed.ledger("run"));
            }
        }

        try (SourceBatch range = read(orders, DAY_24, DAY_25, DAY_26)) {
            List<String> together = lines(range.bronze());
            together.addAll(lines(range.quarantine()));
            assertThat(together).hasSizeGreaterThan(100).containsExactlyInAnyOrderElementsOf(oneByOne);
            assertThat(range.ledger("run")).isEqualTo(ledger);
            range.files()
                    .forEach(file ->
                            assertThat(file.rowsIn()).isEqualTo(file.rowsOut() + file.rejected() + file.duplicates()));
        }
    }

    @Test
    void jsonLinesKnownAtIngest() throws IOException {
        land(DAY_24, "a.json", "{\"id\": 1, \"at\": \"2013-12-24T05:00:00Z\", \"city\": \"Rome\"}\n{\"id\": 2}\n");
        SourceSpec orders = Sources.orders(Format.JSON, Mode.UPSERT, NewColumn.IGNORE, "ingest");

        try (SourceBatch parsed = read(orders, DAY_24)) {
            assertThat(parsed.bronze()
                            .select("_known_at")
                            .first()
                            .getTimestamp(0)
                            .toInstant())
                    .isEqualTo(Instant.parse("2013-12-24T08:00:00Z"));
            assertThat(parsed.quarantine().first().<String>getAs("code")).isEqualTo("PEN-ROW-032");
        }
    }

    /** A withdrawal needs what names it; what else it lacks is forgiven, what else it says must be sound. */
    @Test
    void withdrawalsAreDeletionsThatNeedNoMoreThanTheirKeyAndOrder() throws IOException {
        land(DAY_24, "a.csv", """
                id,seq,at,city,price,status
                1,1,2013-12-24T05:00:00Z,Rome,5,ok
                2,1,,,,gone
                3,1,2013-12-20T05:00:00Z,Rome,5,gone
                4,1,2013-12-24T05:00:00Z,Rome,5,
                11,1,,Rome,5,ok
                12,1,2013-12-24T05:00:00Z,,5,
                ,1,2013-12-24T05:00:00Z,Rome,5,gone
                14,,2013-12-24T05:00:00Z,Rome,5,gone
                15,1,,,500,gone
                16,1,soon,,,gone
                """);

        try (SourceBatch parsed = read(Sources.withdrawing(Format.CSV, "gone"), DAY_24)) {
            assertThat(parsed.bronze()
                            .selectExpr("concat_ws(' ', id, _op, _event_time, _known_at, _sequence)")
                            .collectAsList())
                    .extracting(row -> row.getString(0))
                    .containsExactlyInAnyOrder(
                            "1 + 2013-12-24 05:00:00 2013-12-24 06:00:00 001",
                            "2 - 2013-12-24 06:00:00 2013-12-24 06:00:00 001",
                            "3 - 2013-12-20 05:00:00 2013-12-24 06:00:00 001",
                            "4 + 2013-12-24 05:00:00 2013-12-24 06:00:00 001");
            assertThat(parsed.quarantine()
                            .selectExpr("concat_ws(' ', position, code, rule)")
                            .collectAsList())
                    .extracting(row -> row.getString(0))
                    .containsExactlyInAnyOrder(
                            "5 PEN-ROW-032 required(at)",
                            "6 PEN-ROW-032 required(city)",
                            "7 PEN-ROW-032 required(id)",
                            "8 PEN-ROW-032 required(seq)",
                            "9 PEN-ROW-040 between(price)",
                            "10 PEN-ROW-019 timestamp(at)");
            UnitFacts unit = parsed.units().get(DAY_24);
            assertThat(unit.records()).isEqualTo(unit.bronze() + unit.rejected());
            assertThat(unit.bronze()).isEqualTo(4);
        }
    }

    @Test
    void aRejectedRecordWithdrawsNothingThoughItsColumnsAreEmpty() throws IOException {
        land(DAY_24, "a.json", """
                {"id": 1, "seq": 1, "at": "2013-12-24T05:00:00Z", "city": "Rome", "price": 5}
                {"id": 2, "seq": 1}
                {"id": "x", "seq": 1}
                {"id": 4
                """);

        try (SourceBatch parsed = read(Sources.withdrawing(Format.JSON, "price is null"), DAY_24)) {
            assertThat(parsed.bronze().selectExpr("concat(id, _op)").collectAsList())
                    .extracting(row -> row.getString(0))
                    .containsExactlyInAnyOrder("1+", "2-");
            assertThat(parsed.quarantine().selectExpr("concat(position, code)").collectAsList())
                    .extracting(row -> row.getString(0))
                    .containsExactlyInAnyOrder("3PEN-ROW-015", "4PEN-ROW-004");
        }
    }

    @Test
    void whatIsNoConditionTellsNoWithdrawal() throws IOException {
        land(DAY_24, "a.csv", "id,seq,at,city,price,status\n2,1,,,,gone\n");

        assertThatThrownBy(() -> read(Sources.withdrawing(Format.CSV, "status"), DAY_24))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-CFG-053")
                .hasMessageContaining("string");
    }

    @Test
    void parquetIsReadByTheTaskAndEqualFilesInOtherFoldersAreOtherRows() throws IOException {
        SourceSpec source = Sources.at(
                "orders/city={city}/landed={landed}/*.parquet", Format.PARQUET, Sources.ID, Sources.AT, Sources.CITY);
        spark.sql("SELECT id, timestamp'2013-12-24 05:00:00' + make_interval(0, 0, 0, 0, id) AS at"
                        + " FROM VALUES (1), (2), (NULL) AS t(id)")
                .coalesce(1)
                .write()
                .parquet(root.resolve("spark").toString());
        for (String city : List.of("Rome", "Oslo")) {
            Path folder = Files.createDirectories(root.resolve("orders/city=" + city + "/landed=20131224T060000Z"));
            try (java.util.stream.Stream<Path> parts = Files.list(root.resolve("spark"))) {
                Path part = parts.filter(path -> path.toString().endsWith(".parquet"))
                        .findFirst()
                        .orElseThrow();
                Files.copy(part, folder.resolve(city + ".parquet"));
            }
        }
        Files.write(
                root.resolve("orders/city=Oslo/landed=20131224T060000Z/cut.parquet"), new byte[] {'P', 'A', 'R', '1'});

        try (SourceBatch parsed = read(source, DAY_24)) {
            assertThat(parsed.bronze()
                            .selectExpr("concat_ws(' ', city, id, hour(at), _position)")
                            .collectAsList())
                    .extracting(row -> row.getString(0))
                    .containsExactlyInAnyOrder("Rome 1 6 1", "Rome 2 7 2", "Oslo 1 6 1", "Oslo 2 7 2");
            assertThat(parsed.quarantine()
                            .selectExpr("concat_ws(' ', code, position, raw)")
                            .collectAsList())
                    .extracting(row -> row.getString(0))
                    .containsExactlyInAnyOrder(
                            "PEN-ROW-032 3 {\"id\":null,\"at\":null}",
                            "PEN-ROW-032 3 {\"id\":null,\"at\":null}",
                            "PEN-ING-027");
        }
    }

    @Test
    void nothingToTakeGivesNoRows() {
        try (SourceBatch parsed = Reading.read(
                spark, Sources.orders(Mode.APPEND), Map.of(DAILY.unit(DAY_24), List.of()), root.toString())) {
            assertThat(parsed.bronze().count()).isZero();
            assertThat(parsed.quarantine().count()).isZero();
        }
    }

    /** A record that is rejected anyway ends nothing by what would be made of it. */
    @Test
    void aDerivedWholeNumberThatWouldWrapEndsTheRun() throws IOException {
        SourceSpec orders = Sources.orders(Mode.APPEND);
        SourceSpec cents = with(orders, Map.of("order_id", "city", "cents", "id * 1000000"), "at");
        land(DAY_24, "a.csv", HEADER + "2147,2013-12-24T05:00:00Z,Rome,1\n3000,2013-12-24T05:00:00Z,Oslo,101\n");
        land(DAY_25, "a.csv", HEADER + "3000,2013-12-25T05:00:00Z,Rome,1\n");

        try (SourceBatch parsed = read(cents, DAY_24)) {
            assertThat(parsed.bronze().select("cents").as(Encoders.INT()).collectAsList())
                    .containsExactly(2_147_000_000);
            assertThat(parsed.quarantine().count()).isOne();
        }
        assertThatThrownBy(() -> read(cents, DAY_25))
                .rootCause()
                .isInstanceOfSatisfying(
                        SparkThrowable.class,
                        told -> assertThat(told.getQueryContext()[0].objectName())
                                .isEqualTo("sources.orders.derive.cents"));
    }

    private static SourceSpec with(SourceSpec source, Map<String, String> derive, String eventTime) {
        return new SourceSpec(
                source.name(),
                source.path(),
                source.format(),
                source.mode(),
                source.key(),
                source.sequence(),
                source.deleteWhen(),
                eventTime,
                source.knownAt(),
                source.onNewColumn(),
                source.nullValues(),
                source.allowEmpty(),
                source.maxRejectRate(),
                source.columns(),
                derive,
                source.expectations(),
                source.comment());
    }

    private SourceBatch read(SourceSpec source, UnitId... days) {
        return read(source, List.of(), days);
    }

    private SourceBatch read(SourceSpec source, List<LedgerEntry> ledger, UnitId... days) {
        return Reading.read(spark, source, plan(source, ledger, days), root.toString(), ledger, Optional::empty);
    }

    private Map<Unit, List<LandedFile>> plan(SourceSpec source, List<LedgerEntry> ledger, UnitId... days) {
        List<Unit> units = java.util.Arrays.stream(days).map(DAILY::unit).toList();
        return FileAssignment.plan(
                units,
                Landing.discover(new Configuration(), root.toString(), source).files(),
                ledger);
    }

    private void land(UnitId day, String name, String text) throws IOException {
        Path folder = root.resolve(
                "orders/landed=" + LandingStamp.of(day.date().atTime(6, 0).toInstant(ZoneOffset.UTC)));
        Files.createDirectories(folder);
        Files.writeString(folder.resolve(name), text);
    }

    private static String rows(int from, int to) {
        StringBuilder text = new StringBuilder();
        for (int id = from; id <= to; id++) {
            text.append(id).append(",2013-12-24T05:00:00Z,Rome,").append(id).append('\n');
        }
        return text.toString();
    }

    private static List<String> ids(SourceBatch parsed) {
        return parsed.bronze().selectExpr("concat(day(unit), '/', id) as x").orderBy("x").collectAsList().stream()
                .map(row -> row.getString(0))
                .toList();
    }

    private static List<String> lines(Dataset<Row> rows) {
        return new ArrayList<>(rows.toJSON().collectAsList());
    }
}
