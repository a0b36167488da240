package io.penstock.ingestion.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.PenstockException;
import io.penstock.core.Pin;
import io.penstock.core.Schedule;
import io.penstock.core.Unit;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.config.SourceSpec.Format;
import io.penstock.core.config.SourceSpec.Mode;
import io.penstock.core.config.SourceSpec.NewColumn;
import io.penstock.ingestion.contract.FileColumns;
import io.penstock.ingestion.format.BytesInput;
import io.penstock.ingestion.format.FileTask;
import io.penstock.ingestion.format.FileText;
import io.penstock.ingestion.format.ParquetFile;
import io.penstock.ingestion.format.SourceFormat;
import io.penstock.ingestion.format.SourceFormats;
import io.penstock.ingestion.format.SplitPlan;
import io.penstock.ingestion.format.SplitPolicy;
import io.penstock.ingestion.format.SplitTask;
import io.penstock.ingestion.format.Told;
import io.penstock.ingestion.landing.LandedFile;
import io.penstock.ingestion.landing.Landing;
import io.penstock.ingestion.repair.Reprocessing;
import io.penstock.ingestion.take.FileAssignment;
import io.penstock.ingestion.testing.LocalSpark;
import io.penstock.ingestion.testing.Sources;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Units whose files are read in pieces are those whose files are read whole. */
class SplitReadingTest extends LocalSpark {
    private static final Unit UNIT =
            new Schedule(1, LocalTime.of(8, 0), ZoneOffset.UTC).unit(LocalDate.of(2013, 12, 24));
    private static final String HEADER = "id,at,city,price\n";
    /** Of one byte 0 more than a file may have that is parsed whole. */
    private static final String ZEROS = "da6ce8755151acd05195db67ebce3ee0fb5f4012e71e821cc5750f3304eaf41e";

    private static final SplitPolicy SMALL = new SplitPolicy(300, 200);

    @TempDir
    Path root;

    @Test
    void csvFilesInPiecesGiveTheUnitThatTheyGiveWhole() throws IOException {
        land("good.csv", HEADER + rows(1, 60) + "x,2013-12-24T05:00:00Z,\"Ro\nme\",1\n" + rows(61, 90));
        land("again.csv", HEADER + rows(1, 60) + "x,2013-12-24T05:00:00Z,\"Ro\nme\",1\n" + rows(61, 90));
        land("conflicts.csv", HEADER + rows(80, 120) + "5,2013-12-24T05:00:00Z,Rome,77\n");
        land("late.csv", HEADER + rows(200, 260) + "261,2013-12-24T05:00:00Z,\"Rome,1\n" + rows(262, 300));
        land("header.csv", "id,at,town\n" + rows(1, 20));
        land("more.csv", "id,at,city,price,Tip %\n" + rows(300, 340).replace("\n", ",7\n"));
        land("small.csv", HEADER + rows(400, 401));
        land("page.csv", "<html>" + " ".repeat(400));
        land("blank.csv", "\n".repeat(400));
        land("no-records.csv", HEADER + "\n".repeat(400));

        requireSame(Sources.orders(Mode.APPEND));
    }

    @Test
    void jsonFilesInPiecesGiveTheUnitThatTheyGiveWhole() throws IOException {
        land("good.json", objects(1, 30, "") + "{\"id\":0}\n" + objects(31, 40, ""));
        land("fresh.json", objects(41, 50, "") + objects(51, 60, ",\"a\":1") + objects(61, 70, ",\"b\":[1]"));
        land("array.json", "\n[\n" + objects(71, 80, ""));

        for (NewColumn policy : List.of(NewColumn.EVOLVE, NewColumn.REJECT)) {
            requireSame(Sources.orders(Format.JSON, Mode.APPEND, policy, "landed"));
        }
    }

    @Test
    void parquetFilesInRowGroupsGiveTheUnitThatTheyGiveWhole() throws IOException {
        byte[] good = parquet("good.json", 0, 900);
        Files.write(land("again.json", ""), good);
        parquet("conflicts.json", 800, 1300);
        byte[] damaged = parquet("damaged.json", 2000, 3000);
        java.util.Arrays.fill(damaged, damaged.length * 2 / 3, damaged.length * 2 / 3 + 500, (byte) 0x55);
        Files.write(land("damaged.json", ""), damaged);
        land("text.json", "x".repeat(400));

        requireSame(Sources.orders(Format.PARQUET, Mode.APPEND, NewColumn.EVOLVE, "landed"));
    }

    @Test
    void r27_aRowOfParquetThatIsInConflictWithAnotherIsShownWhole() throws IOException {
        parquet("a.json", 0, 400);
        parquet("b.json", 398, 900, "0 more");
        SourceSpec orders = Sources.orders(Format.PARQUET, Mode.APPEND, NewColumn.EVOLVE, "landed");

        for (SplitPolicy policy : List.of(SplitPolicy.USUAL, SMALL)) {
            try (SourceBatch parsed = read(orders, plan(orders), policy)) {
                assertThat(parsed.quarantine()
                                .filter("code = 'PEN-ROW-027'")
                                .select("raw")
                                .as(Encoders.STRING())
                                .collectAsList())
                        .containsExactlyInAnyOrder(json(398, 2), json(398, 0));
                assertThat(lines(parsed.quarantine().filter("raw is null or raw not like '{%}'")))
                        .isEmpty();
            }
        }
    }

    private static String json(int id, int more) {
        return String.format(
                "{\"id\":%d,\"at\":\"2013-12-24T05:00:00Z\",\"city\":\"c%d\",\"price\":%d.0,\"more\":%d}",
                id, id % 7, id % 100, more);
    }

    private byte[] parquet(String name, int from, int to) throws IOException {
        return parquet(name, from, to, "id % 3 more");
    }

    private byte[] parquet(String name, int from, int to, String more) throws IOException {
        Path written = root.resolve("written-" + name);
        spark.range(from, to)
                .selectExpr(
                        "cast(id as int) id",
                        "timestamp '2013-12-24 05:00:00' at",
                        "concat('c', id % 7) city",
                        "if(id % 50 = 0, 700d, cast(id % 100 as double)) price",
                        more)
                .coalesce(1)
                .write()
                .option("parquet.block.size", 2_000)
                .option("parquet.page.size", 500)
                .parquet(written.toString());
        try (Stream<Path> parts = Files.list(written)) {
            Path part = parts.filter(path -> path.toString().endsWith(".parquet"))
                    .findFirst()
                    .orElseThrow();
            byte[] bytes = Files.readAllBytes(
                    Files.move(part, land(name, ""), java.nio.file.StandardCopyOption.REPLACE_EXISTING));
            try (ParquetFile file = ParquetFile.open(
                    BytesInput.whole(bytes), new FileColumns(Sources.of()), List.of(), List.of(), java.util.Set.of())) {
                assertThat(file.groups()).hasSizeGreaterThan(2);
            }
            return bytes;
        }
    }

    @Test
    void smallFilesCostNoSurvey() throws IOException, TimeoutException {
        land("a.csv", HEADER + rows(1, 60));
        SourceSpec orders = Sources.orders(Mode.UPSERT);

        int whole = jobs(orders, SplitPolicy.USUAL);
        assertThat(jobs(orders, SMALL)).isEqualTo(whole + 1);
        assertThat(jobs(orders, new SplitPolicy(1 << 20, 100))).isEqualTo(whole);
    }

    @Test
    void f16_aFileThatIsOverwrittenAfterItsSurveyIsStillChanging() throws IOException {
        Path file = land("a.csv", HEADER + rows(1, 60));
        SourceSpec orders = Sources.orders(Mode.APPEND);
        SourceFormat parser = SourceFormats.of(orders);
        FileTask task = FileTask.of(UNIT, plan(orders).get(UNIT).get(0), root.toString(), "20240101T060000Z");
        SplitPlan plan = task.plan(new Configuration(), parser, SMALL);
        Files.writeString(file, HEADER + rows(1, 59) + rows(61, 61));

        List<String> codes = plan.splits().stream()
                .map(split -> new SplitTask(task, plan.whole(), split)
                        .rows(new Configuration(), parser, orders.columns().size())
                        .next()
                        .getString(12))
                .toList();

        assertThat(codes.subList(0, codes.size() - 1)).isNotEmpty().containsOnlyNulls();
        assertThat(codes.get(codes.size() - 1)).isEqualTo("PEN-ING-016");
    }

    @Test
    void f17_aBigFileThatWentIsNamed() throws IOException {
        Path file = land("a.csv", HEADER + rows(1, 60));
        SourceSpec orders = Sources.orders(Mode.APPEND);
        Map<Unit, List<LandedFile>> take = plan(orders);
        Files.delete(file);

        assertThatThrownBy(() -> read(orders, take, SMALL)).hasMessageContaining("PEN-ING-017");
    }

    @Test
    void f23_aPackedFileThatIsTooLargeIsRefusedWhateverItIsCalled() throws IOException {
        Path file = land("a.csv", "");
        Files.write(file, Told.gzip(HEADER.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(FileText.LARGEST);
        }
        SourceSpec orders = Sources.orders(Mode.APPEND);

        assertThatThrownBy(() -> read(orders, plan(orders), SplitPolicy.USUAL))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-ING-023 Cannot parse a file of 268435456 bytes")
                .hasMessageContaining("CSV and JSON that are not packed, nor in UTF-16, may be larger");
    }

    @Test
    void aPlanHashesABigFileAsARunDoes() throws IOException {
        Path file = land("a.csv", "");
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(FileText.LARGEST + 1);
        }
        SourceSpec orders = Sources.orders(Mode.APPEND);
        LandedFile landed = plan(orders).get(UNIT).get(0);
        Configuration hadoop = new Configuration();

        SplitPlan plan = FileTask.of(UNIT, landed, root.toString(), "20240101T060000Z")
                .plan(hadoop, SourceFormats.of(orders), SplitPolicy.USUAL);

        Pin.FilePin pin = landed.pin();
        assertThat(plan.whole().sha256()).isEqualTo(Landing.sha256(hadoop, root.toString(), pin));
        assertThat(plan.whole().sha256()).isEqualTo(ZEROS);
        assertThat(plan.reject().code()).isEqualTo("PEN-ING-009");
    }

    @Test
    void mendedRecordsOfAFileThatIsRejectedAtItsEndReplaceNothing() throws IOException {
        land("a.json", objects(1, 20, "").replace(":\"2013", ":\"x2013"));
        SourceSpec orders = Sources.orders(Format.JSON, Mode.APPEND, NewColumn.REJECT, "landed");
        try (SourceBatch first = read(orders, plan(orders), SplitPolicy.USUAL)) {
            String fileId = first.files().get(0).fileId();
            StringBuilder mended = new StringBuilder();
            for (int id = 1; id <= 20; id++) {
                mended.append("{\"_replaces\":\"" + fileId + ":" + id + "\",")
                        .append(objects(id, id, "").substring(1));
            }
            Path folder = Files.createDirectories(root.resolve("replay/orders/landed=20131224T060000Z"));
            Files.writeString(folder.resolve("a.json"), mended + objects(99, 99, ",\"undeclared\":1"));
            Files.writeString(folder.resolve("b.json"), mended);

            List<String> whole = replayed(orders, first, SplitPolicy.USUAL);
            assertThat(whole).hasSize(21);
            assertThat(replayed(orders, first, SMALL)).isEqualTo(whole);
        }
    }

    private List<String> replayed(SourceSpec source, SourceBatch first, SplitPolicy policy) {
        SourceBatch replayed = Reading.reprocess(
                        spark,
                        source,
                        Map.of(
                                UNIT,
                                Reprocessing.discover(new Configuration(), root.toString(), source)
                                        .files()),
                        root.toString(),
                        List.of(),
                        Optional::empty,
                        Reprocessing.rejects(first.quarantine(), Optional.empty()),
                        first,
                        policy)
                .get(0);
        try (replayed) {
            return Stream.concat(lines(replayed.bronze()).stream(), lines(replayed.quarantine()).stream())
                    .toList();
        }
    }

    private void requireSame(SourceSpec source) {
        Map<Unit, List<LandedFile>> take = plan(source);
        try (SourceBatch whole = read(source, take, SplitPolicy.USUAL);
                SourceBatch inPieces = read(source, take, SMALL)) {
            assertThat(lines(inPieces.bronze())).isNotEmpty().isEqualTo(lines(whole.bronze()));
            assertThat(lines(inPieces.quarantine())).isNotEmpty().isEqualTo(lines(whole.quarantine()));
            assertThat(inPieces.files()).isEqualTo(whole.files());
            assertThat(inPieces.units()).isEqualTo(whole.units());
            assertThat(inPieces.newColumns()).isEqualTo(whole.newColumns());
            assertThat(inPieces.notices()).isEqualTo(whole.notices());
        }
    }

    private int jobs(SourceSpec source, SplitPolicy policy) throws TimeoutException {
        AtomicInteger jobs = new AtomicInteger();
        SparkListener counter = new SparkListener() {
            @Override
            public void onJobStart(SparkListenerJobStart start) {
                jobs.incrementAndGet();
            }
        };
        spark.sparkContext().addSparkListener(counter);
        read(source, plan(source), policy).close();
        spark.sparkContext().listenerBus().waitUntilEmpty();
        spark.sparkContext().removeSparkListener(counter);
        return jobs.get();
    }

    private SourceBatch read(SourceSpec source, Map<Unit, List<LandedFile>> take, SplitPolicy policy) {
        return Reading.read(spark, source, take, root.toString(), List.of(), Optional::empty, policy);
    }

    private Map<Unit, List<LandedFile>> plan(SourceSpec source) {
        return FileAssignment.plan(
                List.of(UNIT),
                Landing.discover(new Configuration(), root.toString(), source).files(),
                List.of());
    }

    private Path land(String name, String text) throws IOException {
        Path folder = Files.createDirectories(root.resolve("orders/landed=20131224T060000Z"));
        return Files.writeString(folder.resolve(name), text);
    }

    private static String rows(int from, int to) {
        StringBuilder text = new StringBuilder();
        for (int id = from; id <= to; id++) {
            text.append(id)
                    .append(",2013-12-24T05:00:00Z,Rome,")
                    .append(id % 100)
                    .append('\n');
        }
        return text.toString();
    }

    private static String objects(int from, int to, String more) {
        StringBuilder text = new StringBuilder();
        for (int id = from; id <= to; id++) {
            text.append("{\"id\":")
                    .append(id)
                    .append(",\"at\":\"2013-12-24T05:00:00Z\",\"city\":\"Oslo\"")
                    .append(more)
                    .append("}\n");
        }
        return text.toString();
    }

    private static List<String> lines(Dataset<Row> rows) {
        return rows.toJSON().collectAsList().stream().sorted().toList();
    }
}
