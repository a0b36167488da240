package io.penstock.ingestion.versions;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;

import io.penstock.core.config.SourceSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.expressions.WindowSpec;
import org.apache.spark.sql.functions;

/**
 * Records of an {@code append} source that share a key within one unit. Such a source has no versions of a key. Records with
 * equal values are duplicates of the first one; records with different values are in conflict, and all of them are rejected.
 *
 * @param keep caches a dataset that is read more than once
 */
public record KeyConflicts(SparkSession spark, SourceSpec source, UnaryOperator<Dataset<Row>> keep) {
    public static final String DUPLICATE = "duplicate";
    public static final String CONFLICT = "conflict";

    /**
     * Adds {@code _outcome}: {@code duplicate} for a record that equals an earlier record of its key in the unit, {@code
     * conflict} for every record of a key that has different values in the unit, else NULL.
     *
     * @param count of the records, about
     */
    public Dataset<Row> of(Dataset<Row> records, long count) {
        Dataset<Row> good = records.filter(col("_code").isNull());
        Optional<Dataset<Row>> found = contested(good, count);
        if (found.isEmpty()) {
            return records.withColumn("_outcome", lit(null).cast("string"));
        }
        Dataset<Row> contested = found.get();
        List<Column> content = new ArrayList<>();
        Stream.concat(source.columns().keySet().stream(), source.derive().keySet().stream())
                .forEach(column -> content.add(col(column)));
        content.add(functions.array_sort(functions.map_entries(col("_extra"))).as("_extra"));
        String[] names = contested.columns();
        WindowSpec group =
                Window.partitionBy(Arrays.stream(names).map(functions::col).toArray(Column[]::new));
        Dataset<Row> outcomes = keep.apply(good.join(contested, DerivedDeletes.sequence(names), "left_semi")
                .withColumn("_content", DerivedDeletes.text(content.toArray(Column[]::new)))
                .withColumn(
                        "_contents",
                        functions.size(functions.collect_set(col("_content")).over(group)))
                .withColumn(
                        "_nth",
                        functions.row_number().over(group.orderBy(col("_landed"), col("_path"), col("_position"))))
                .select(
                        col("_row_id"),
                        when(col("_contents").gt(1), lit(CONFLICT))
                                .when(col("_nth").gt(1), lit(DUPLICATE))
                                .as("_outcome"))
                .filter(col("_outcome").isNotNull()));
        return records.join(outcomes, DerivedDeletes.sequence("_row_id"), "left");
    }

    /**
     * Keys that occur more than once in a unit. Only hashes are shuffled for all records; keys are compared where a hash
     * occurs more than once.
     */
    private Optional<Dataset<Row>> contested(Dataset<Row> good, long records) {
        String[] names =
                Stream.concat(Stream.of("unit_ordinal"), source.key().stream()).toArray(String[]::new);
        Column[] key = Arrays.stream(names).map(functions::col).toArray(Column[]::new);
        Column hash = functions.xxhash64(key).as(KeyHashes.COLUMN);
        Dataset<Row> hashes = keep.apply(KeyHashes.repeated(spark, good.select(hash), records));
        if (hashes.count() == 0) {
            return Optional.empty();
        }
        Dataset<Row> contested = keep.apply(good.withColumn(KeyHashes.COLUMN, hash)
                .join(hashes, DerivedDeletes.sequence(KeyHashes.COLUMN), "left_semi")
                .groupBy(key)
                .count()
                .filter(col("count").gt(1))
                .drop("count"));
        return contested.count() == 0 ? Optional.empty() : Optional.of(contested);
    }
}
