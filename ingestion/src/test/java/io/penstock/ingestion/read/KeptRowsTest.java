package io.penstock.ingestion.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.ingestion.testing.LocalSpark;
import io.penstock.ingestion.versions.KeyHashes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is kept of records between the times that they are asked for. */
class KeptRowsTest extends LocalSpark {
    private static final StructType SCHEMA =
            StructType.fromDDL("n int, text string, sum double, at timestamp, more map<string,string>, raw binary");
    /** Longer than a page. */
    private static final int LONGEST = 3 << 20;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void rowsOfAnyLengthComeBackAsTheyWereAndInTheirOrder(long seed) {
        Random random = new Random(seed);
        List<Row> rows = new ArrayList<>();
        for (int n = 0; n < 2_000; n++) {
            int length = random.nextInt(500) == 0 ? random.nextInt(LONGEST) : random.nextInt(300);
            rows.add(RowFactory.create(
                    n,
                    random.nextInt(5) == 0 ? null : "ä".repeat(length),
                    random.nextInt(5) == 0 ? null : random.nextGaussian(),
                    random.nextInt(5) == 0 ? null : new java.sql.Timestamp(random.nextInt()),
                    random.nextInt(5) == 0 ? null : scala.collection.JavaConverters.mapAsScalaMap(Map.of("k", "v" + n)),
                    random.nextInt(5) == 0 ? null : new byte[random.nextInt(20)]));
        }
        Dataset<Row> given = spark.createDataFrame(rows, SCHEMA).repartition(3).sortWithinPartitions("n");

        RowPages kept = RowPages.keep(spark, given, "test");

        assertThat(shown(kept.rows())).isEqualTo(shown(given)).hasSize(rows.size());
        assertThat(kept.rows().filter("n % 7 = 3").count())
                .isEqualTo(given.filter("n % 7 = 3").count());
        kept.forget();
    }

    private static List<String> shown(Dataset<Row> rows) {
        return rows
                .selectExpr("n", "md5(text)", "length(text)", "sum", "at", "to_json(more)", "hex(raw)")
                .collectAsList()
                .stream()
                .map(Row::toString)
                .toList();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void hashesThatComeMoreThanOnceAreToldOnce(long seed) {
        Random random = new Random(seed);
        List<Long> hashes = new ArrayList<>(List.of(Long.MIN_VALUE, Long.MAX_VALUE, -1L, 0L));
        int bound = 1 << (4 + 4 * random.nextInt(6));
        for (int n = random.nextInt(60_000); n > 0; n--) {
            hashes.add(random.nextInt(4) == 0 ? random.nextLong() : random.nextInt(bound) - (bound >> 1));
        }
        Collections.shuffle(hashes, random);
        Map<Long, Integer> counts = new TreeMap<>();
        hashes.forEach(hash -> counts.merge(hash, 1, Integer::sum));
        counts.values().removeIf(count -> count == 1);

        Dataset<Row> repeated = KeyHashes.repeated(
                spark,
                spark.createDataset(hashes, Encoders.LONG()).repartition(3).toDF(KeyHashes.COLUMN),
                hashes.size() * (1L + random.nextInt(100)));

        assertThat(repeated.as(Encoders.LONG()).collectAsList()).containsExactlyInAnyOrderElementsOf(counts.keySet());
    }
}
