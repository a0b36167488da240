package io.penstock.tests.bench;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.xxhash64;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/** Whether two sides gave the same. Fails the test when they did not, or gave nothing; says in words what was compared. */
@FunctionalInterface
interface Equality {
    String of(Map<String, Dataset<Row>> ours, Map<String, Dataset<Row>> peers);

    /** The same rows in any order, doubles to the bit, by count and two sums of hashes. */
    static Equality exact() {
        return (ours, peers) -> {
            assertThat(peers.keySet()).isEqualTo(ours.keySet());
            long rows = 0;
            for (Map.Entry<String, Dataset<Row>> table : ours.entrySet()) {
                StructType shape = table.getValue().schema();
                Row expected = digest(table.getValue(), shape);
                assertThat(digest(peers.get(table.getKey()), shape))
                        .as("rows, sum and xor of the hashes of " + table.getKey())
                        .isEqualTo(expected);
                assertThat(expected.getLong(0)).as(table.getKey()).isPositive();
                rows += expected.getLong(0);
            }
            return String.format(java.util.Locale.ROOT, "equal, %,d rows", rows);
        };
    }

    private static Row digest(Dataset<Row> rows, StructType shape) {
        Column[] columns = Arrays.stream(shape.fields())
                .map(field -> col("`" + field.name() + "`").cast(field.dataType()))
                .toArray(Column[]::new);
        return rows.select(xxhash64(columns).as("hash"))
                .agg(count(lit(1)), sum(col("hash").cast("decimal(38,0)")), expr("bit_xor(hash)"))
                .first();
    }
}
