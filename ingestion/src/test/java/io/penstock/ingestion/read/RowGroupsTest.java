package io.penstock.ingestion.read;

import static io.penstock.ingestion.testing.Sources.column;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.Hashes;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.config.SourceSpec.Format;
import io.penstock.core.config.SourceSpec.NewColumn;
import io.penstock.ingestion.format.BytesInput;
import io.penstock.ingestion.format.FileTask;
import io.penstock.ingestion.format.ParquetFile;
import io.penstock.ingestion.format.ParquetFormat;
import io.penstock.ingestion.format.RejectedTask;
import io.penstock.ingestion.format.RowImage;
import io.penstock.ingestion.format.SourceFormats;
import io.penstock.ingestion.format.SplitPlan;
import io.penstock.ingestion.format.SplitPolicy;
import io.penstock.ingestion.format.SplitTask;
import io.penstock.ingestion.format.Told;
import io.penstock.ingestion.testing.Sources;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroupFactory;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A Parquet file that is read by row groups says what it says when it is decoded whole. */
class RowGroupsTest {
    private static final int FILES = 60;
    private static final int DAMAGES = 20;
    private static final String NAME = "things/landed=20240301T060000Z/a.parquet";
    private static final SplitPolicy EVERY = new SplitPolicy(0, 1);
    private static final Configuration HADOOP = new Configuration();
    private static final MessageType SCHEMA =
            MessageTypeParser.parseMessageType("message row { required int64 id; optional binary name (STRING); "
                    + "optional double price; optional int64 at (TIMESTAMP(MICROS,true)); optional int32 more; }");

    @TempDir
    private Path folder;

    private int cut;
    private int rejectedInsideAFile;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = 1)
    void aParquetFileInRowGroupsIsTheWholeFile(long seed) throws IOException {
        Random random = new Random(seed);
        for (int i = 0; i < FILES; i++) {
            byte[] good = written(random);
            requireSame(good, false);
            for (int j = 0; j < DAMAGES / 4; j++) {
                byte[] damaged = good.clone();
                damaged[random.nextInt(good.length)] ^= (byte) (1 + random.nextInt(255));
                requireSame(damaged, true);
            }
        }
        assertThat(cut).isGreaterThan(FILES);
        assertThat(rejectedInsideAFile).isGreaterThan(FILES / 4);
    }

    @Tag("full")
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = 2)
    void aParquetFileInRowGroupsIsTheWholeFileInMoreFiles(long seed) throws IOException {
        aParquetFileInRowGroupsIsTheWholeFile(seed);
    }

    @Test
    void f16_aRowGroupOrFooterThatChangedSinceTheSurveyIsStillChanging() throws IOException {
        byte[] bytes = written(new Random(7));
        FileTask task = task(bytes);
        SplitPlan plan = task.plan(HADOOP, parser(), EVERY);
        assertThat(plan.splits()).hasSizeGreaterThan(2);
        assertThat(codes(task, plan)).containsOnlyNulls();

        for (long at : new long[] {plan.splits().get(1).from() + 5, bytes.length - 20}) {
            try (RandomAccessFile file = new RandomAccessFile(file().toFile(), "rw")) {
                file.seek(at);
                file.write(~bytes[(int) at]);
            }
            List<String> codes = codes(task, plan);
            assertThat(codes.get(1)).isEqualTo(FileTask.CHANGED);
            Files.write(file(), bytes);
        }
        Files.write(file(), java.util.Arrays.copyOf(bytes, bytes.length / 2));
        assertThat(codes(task, plan)).containsOnly(FileTask.CHANGED);
        assertThat(Told.of(task.plan(HADOOP, parser(), EVERY).reject())).startsWith("PEN-ING-016 unchanged: ");
        Files.delete(file());
        assertThat(codes(task, plan)).containsOnly(FileTask.GONE);
    }

    @Test
    void rowsAreDecodedWhenTheyAreAskedFor() throws IOException {
        byte[] bytes = written(new Random(7));
        ParquetFile file = parser().open(NAME, BytesInput.whole(bytes));
        var rows = file.rows();
        assertThat(RowImage.json(rows.next().image())).startsWith("{\"id\":");
        file.groups()
                .forEach(group -> java.util.Arrays.fill(
                        bytes,
                        (int) ParquetFile.extent(group).from() + 4,
                        (int) ParquetFile.extent(group).to(),
                        (byte) 0));

        rows.forEachRemaining(row -> {});

        assertThat(Told.of(file.reject())).startsWith("PEN-ING-027 parquet: ");
    }

    private void requireSame(byte[] bytes, boolean isDamaged) throws IOException {
        FileTask task = task(bytes);
        List<Row> whole = new ArrayList<>();
        task.rows(HADOOP, parser(), source().columns().size()).forEachRemaining(whole::add);
        SplitPlan plan = task.plan(HADOOP, parser(), EVERY);
        if (plan.isUnsplit()) {
            assertThat(told(whole).reject()).isNotNull();
            return;
        }
        assertThat(plan.whole().sha256()).isEqualTo(Hashes.sha256(bytes));
        List<Row> inGroups = new ArrayList<>();
        if (plan.reject() != null) {
            new RejectedTask(task, plan.whole().sha256(), plan.reject())
                    .rows(HADOOP, parser(), source().columns().size())
                    .forEachRemaining(inGroups::add);
        }
        plan.splits()
                .forEach(split -> new SplitTask(task, plan.whole(), split)
                        .rows(HADOOP, parser(), source().columns().size())
                        .forEachRemaining(inGroups::add));
        Said said = told(inGroups);
        // Damaged lengths may lead out of a row group, to bytes that mean something where all are at hand.
        boolean isNoticed = isDamaged && said.reject() != null && said.reject().startsWith("PEN-ING-027 ");
        assertThat(isNoticed || said.equals(told(whole)))
                .as(() -> first(said, told(whole)))
                .isTrue();
        cut += plan.splits().size() > 1 ? 1 : 0;
        rejectedInsideAFile += plan.splits().isEmpty() || said.reject() == null ? 0 : 1;
    }

    /** What is left of rows once it is known whether their file is good. */
    private record Said(String reject, long records, List<String> fresh, List<String> rows) {}

    private static String first(Said one, Said other) {
        for (int i = 0; i < Math.min(one.rows().size(), other.rows().size()); i++) {
            if (!one.rows().get(i).equals(other.rows().get(i))) {
                return one.rows().get(i) + " is not " + other.rows().get(i);
            }
        }
        return one.records() + " " + one.reject() + " are not " + other.records() + " " + other.reject();
    }

    private static Said told(List<Row> rows) {
        List<FileMarker> markers = new ArrayList<>();
        Map<Long, String> records = new TreeMap<>();
        for (Row row : rows) {
            if (row.getBoolean(0)) {
                markers.add(marker(row));
            } else {
                assertThat(records.put(row.getLong(8), record(row))).isNull();
            }
        }
        FileMarker file = FileMarker.byFile(markers, parser()).get(NAME);
        boolean isGood = file.reject() == null;
        assertThat(file.records()).isEqualTo(isGood ? records.size() : 0);
        return new Said(
                isGood ? null : Told.of(file.reject()),
                file.records(),
                file.newColumns(),
                isGood ? List.copyOf(records.values()) : List.of());
    }

    private static String record(Row row) {
        return row.toString().replaceFirst("\\[B@[0-9a-f]+", "") + RowImage.json(row.getAs(20));
    }

    private static FileMarker marker(Row row) {
        Row split = row.getStruct(19);
        return FileMarker.of(RowFactory.create(
                row.get(2),
                row.get(3),
                row.get(4),
                row.get(15),
                row.get(12),
                row.get(13),
                row.get(14),
                scala.collection.JavaConverters.asScalaBuffer(List.of((String[]) row.get(16))),
                split == null ? null : split.get(0),
                split == null
                        ? null
                        : scala.collection.JavaConverters.asScalaBuffer(List.of((String[]) split.get(1)))));
    }

    private static List<String> codes(FileTask task, SplitPlan plan) {
        return plan.splits().stream()
                .map(split -> {
                    List<Row> rows = new ArrayList<>();
                    new SplitTask(task, plan.whole(), split)
                            .rows(HADOOP, parser(), source().columns().size())
                            .forEachRemaining(rows::add);
                    return rows.get(rows.size() - 1).getString(12);
                })
                .toList();
    }

    private FileTask task(byte[] bytes) throws IOException {
        Files.createDirectories(file().getParent());
        Files.write(file(), bytes);
        return new FileTask(NAME, file().toUri().toString(), bytes.length, 1, 2, 3, "4");
    }

    private Path file() {
        return folder.resolve(NAME);
    }

    private static ParquetFormat parser() {
        return (ParquetFormat) SourceFormats.of(source());
    }

    private static SourceSpec source() {
        return Sources.of(
                Format.PARQUET,
                NewColumn.EVOLVE,
                column("id", "int").required(),
                column("name", "string").spec(),
                column("price", "double").between(0, 100),
                column("at", "timestamp").spec());
    }

    /** Row groups end where the writer looks at its memory, after at least a hundred rows. */
    private byte[] written(Random random) throws IOException {
        Path file = Files.createTempDirectory(folder, "p").resolve("a.parquet");
        CompressionCodecName[] codecs = {
            CompressionCodecName.UNCOMPRESSED, CompressionCodecName.SNAPPY, CompressionCodecName.ZSTD
        };
        try (ParquetWriter<Group> writer = ExampleParquetWriter.builder(new org.apache.hadoop.fs.Path(file.toUri()))
                .withType(SCHEMA)
                .withCompressionCodec(codecs[random.nextInt(codecs.length)])
                .withDictionaryEncoding(random.nextBoolean())
                .withPageWriteChecksumEnabled(random.nextBoolean())
                .withRowGroupSize(200L)
                .withPageSize(300)
                .build()) {
            for (int id : IntStream.range(0, 250 + random.nextInt(400)).toArray()) {
                Group group = new SimpleGroupFactory(SCHEMA).newGroup().append("id", (long) id);
                if (random.nextInt(50) == 0) {
                    group = new SimpleGroupFactory(SCHEMA).newGroup().append("id", 1L << 40);
                }
                if (random.nextBoolean()) {
                    group.append("name", "n" + random.nextInt(9));
                }
                if (random.nextBoolean()) {
                    group.append("price", random.nextInt(110) + 0.5);
                }
                if (random.nextBoolean()) {
                    group.append("more", random.nextInt());
                }
                writer.write(group);
            }
        }
        return Files.readAllBytes(file);
    }
}
