package io.penstock.tests.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Rows of twenty features and a label that depends on some of them: {@code id}, {@code unit}, {@code as_of}, {@code f0} to
 * {@code f19} (every twentieth value missing, 200 distinct values each), {@code label}.
 */
final class Numbers {
    static final List<String> FEATURES =
            IntStream.range(0, 20).mapToObj(i -> "f" + i).toList();

    private Numbers() {}

    static Dataset<Row> rows(SparkSession spark, long count) {
        List<String> columns = new ArrayList<>(List.of(
                "id",
                "date'2024-03-21' as unit",
                "timestamp'2024-03-21 08:00:00' as as_of",
                "cast(null as string) as code"));
        for (int i = 0; i < FEATURES.size(); i++) {
            columns.add(
                    "if(pmod(xxhash64(id, 'gap', %1$d), 20) = 0, null, pmod(xxhash64(id, %1$d), 200) / 100d - 1) as f%1$d"
                            .formatted(i));
        }
        return spark.range(0, count, 1, 2)
                .selectExpr(columns.toArray(String[]::new))
                .withColumn(
                        "label",
                        org.apache.spark.sql.functions.expr("cast(coalesce(f0, 0) + coalesce(f1 * f2, 0.3) "
                                + "+ (pmod(xxhash64(id, 'noise'), 100) / 100d - 0.5) > 0 as double)"));
    }
}
