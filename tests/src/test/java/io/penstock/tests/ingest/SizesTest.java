package io.penstock.tests.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.ExitCode;
import io.penstock.core.PenstockException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.junit.jupiter.api.Test;

/** Very many files, and a very large one. */
class SizesTest extends Shop {
    private static final int FILES = 2_000;
    private static final int TASKS = 150;
    private static final int RECORDS = 17_000;
    private static final int NOTE = 16_000;
    private static final long BIG = 256L << 20;

    @Override
    String configuration() {
        return shop("append", PRICE, "");
    }

    @Test
    void f22_manySmallFilesAreReadManyToATask() throws IOException {
        for (int i = 0; i < FILES; i++) {
            land(0, i + ".csv", "item" + i + ",2024-03-01T05:00:00Z," + i + "\n");
        }
        AtomicInteger tasks = new AtomicInteger();
        SparkListener counter = new SparkListener() {
            @Override
            public void onTaskEnd(SparkListenerTaskEnd end) {
                tasks.incrementAndGet();
            }
        };
        spark.sparkContext().addSparkListener(counter);
        try {
            assertThat(run(0)).isEqualTo(ExitCode.OK);
        } finally {
            spark.sparkContext().removeSparkListener(counter);
        }

        assertThat(rows("bronze/prices")).hasSize(FILES);
        assertThat(session().store().ledger()).hasSize(FILES).allMatch(entry -> entry.rowsOut() == 1);
        assertThat(tasks.get()).isBetween(1, TASKS);
    }

    @Test
    void f23_aPlainFileOfAnySizeIsTakenInPieces() throws IOException {
        configured(shop("upsert", PRICE, "sequence = landed, on-new-column = ignore"));
        Path big = land(0, "big.csv", "");
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(big), 1 << 20)) {
            out.write("item,at,price,note\n".getBytes(UTF_8));
            byte[] note = (",\"" + "€ \"\"\r\n".repeat(NOTE / 8) + "\"\n").getBytes(UTF_8);
            for (int i = 1; i <= RECORDS; i++) {
                out.write(("item" + i + ",2024-03-01T05:00:00Z," + (i == RECORDS ? "x" : i)).getBytes(UTF_8));
                out.write(note);
            }
        }
        assertThat(Files.size(big)).isGreaterThan(BIG);

        assertThat(run(0)).isEqualTo(ExitCode.OK);

        assertThat(session().store().ledger()).singleElement().satisfies(entry -> {
            assertThat(entry.rowsIn()).isEqualTo(RECORDS);
            assertThat(entry.rowsOut()).isEqualTo(RECORDS - 1);
        });
        requireAllButTheLast(RECORDS);
        assertThat(session()
                        .tables()
                        .read("quarantine/prices")
                        .selectExpr("concat_ws(' ', code, position, line)")
                        .collectAsList())
                .extracting(row -> row.getString(0))
                .containsExactly("PEN-ROW-015 " + RECORDS + " " + (2 + (RECORDS - 1) * (NOTE / 8 + 1L)));
    }

    @Test
    void f23_aParquetFileOfAnySizeIsTakenByItsRowGroups() throws IOException {
        configured(shop("upsert", PRICE, "format = parquet, sequence = landed, on-new-column = ignore"));
        int records = 3_000;
        Path written = work.resolve("written");
        spark.range(1, records + 1)
                .selectExpr(
                        "concat('item', id) item",
                        "timestamp '2024-03-01 05:00:00' at",
                        "if(id = " + records + ", double('NaN'), double(id)) price",
                        "repeat(sha2(string(id), 256), 1500) note")
                .coalesce(1)
                .write()
                .option("compression", "none")
                .option("parquet.block.size", 64 << 20)
                .parquet(written.toString());
        try (Stream<Path> parts = Files.list(written)) {
            Path part = parts.filter(path -> path.toString().endsWith(".parquet"))
                    .findFirst()
                    .orElseThrow();
            assertThat(Files.size(part)).isGreaterThan(BIG);
            Files.move(part, land(0, "big.parquet", ""), StandardCopyOption.REPLACE_EXISTING);
        }

        assertThat(run(0)).isEqualTo(ExitCode.OK);

        requireAllButTheLast(records);
        assertThat(rows("quarantine/prices"))
                .singleElement()
                .satisfies(row -> assertThat(row.getAs("code") + " " + row.getAs("position"))
                        .isEqualTo("PEN-ROW-016 " + records));
    }

    @Test
    void f23_aPackedFileThatIsTooLargeToParseWholeIsRefusedBeforeAnythingIsRead() throws IOException {
        land(0, "good.csv", "tea,2024-03-01T05:00:00Z,1\n");
        Path huge = land(0, "huge.csv.gz", "");
        try (RandomAccessFile file = new RandomAccessFile(huge.toFile(), "rw")) {
            file.setLength(50L << 30); // takes no space
        }

        assertThatThrownBy(() -> run(0))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-ING-023 Cannot parse a file of 53687091200 bytes")
                .hasMessageContaining("CSV and JSON that are not packed, nor in UTF-16, may be larger")
                .hasMessageContaining("Land it in several files");

        assertThat(session().tables().exists("bronze/prices")).isFalse();
        Files.delete(huge);
        assertThat(run(0)).isEqualTo(ExitCode.OK);
    }

    /** Each record in its place, with the number of its place. */
    private void requireAllButTheLast(int records) {
        long taken = records - 1;
        assertThat(session()
                        .tables()
                        .read("bronze/prices")
                        .selectExpr(
                                "count(distinct _row_id)",
                                "count_if(item = concat('item', _position) AND price = _position)",
                                "max(_position)")
                        .first()
                        .mkString(" "))
                .isEqualTo(taken + " " + taken + " " + taken);
    }
}
