package io.penstock.ingestion.versions;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.greatest;
import static org.apache.spark.sql.functions.lead;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.udf;

import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.sql.UnitColumn;
import java.sql.Timestamp;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.expressions.UserDefinedFunction;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.expressions.WindowSpec;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Deletes that snapshots imply: a key of one snapshot that is missing in the next whole snapshot is deleted from then on. A
 * row with {@code _op = '-'} is made for it, with the stamp of the later snapshot as its sequence, in the unit that took that
 * snapshot (or the unit of the row, if that unit ran later). Cost: the rows since the last whole snapshot, one shuffle by key.
 *
 * <p>Let p be the stamp of a row and n the first whole snapshot after p. The key is deleted at n unless it has another row in
 * (p, n] that was taken by then: a row of n itself, or an earlier delete. For nearly all rows the next row of the key answers
 * this; the others are joined. If the unit of n ran before the unit of p (which was refused then, or brings a repaired
 * record), the unit of p makes the delete.
 */
public final class Deletes {
    private final SourceSpec source;
    private final Snapshots snapshots;
    private final Map<UnitId, Unit> units = new TreeMap<>();
    private final boolean isOfRepaired;

    /** @param isOfRepaired whether only the given rows can be deleted: the other rows of these units were compared before */
    public Deletes(SourceSpec source, Snapshots snapshots, Collection<Unit> taking, boolean isOfRepaired) {
        this.source = source;
        this.snapshots = snapshots;
        this.isOfRepaired = isOfRepaired;
        taking.forEach(unit -> units.put(unit.id(), unit));
    }

    /**
     * @param bronze rows that the units take
     * @param before bronze of other units, null when there is none
     * @param from stamp from which on rows of other units matter
     * @return rows with the columns of {@code bronze}
     */
    public Dataset<Row> of(Dataset<Row> bronze, Dataset<Row> before, String from) {
        Dataset<Row> events = events(bronze, true);
        if (before != null) {
            events = events.union(events(before.filter(col("_sequence").geq(lit(from))), false));
        }
        Dataset<Row> gone = gone(events).join(functions.broadcast(table(bronze)), "_n");
        return DerivedDeletes.of(
                source,
                gone,
                Map.of(
                        "_sequence", col("_n"),
                        "_event_time", col("_n_landed"),
                        "_known_at",
                                source.knownAt().equals("ingest")
                                        ? greatest(cut(), col("_n_landed"))
                                        : col("_n_landed"),
                        "_file_id", col("_n_file"),
                        "unit", col("_by")),
                List.of(lit(source.name()), col("_n")),
                bronze.schema());
    }

    private List<Object> taking() {
        return units.keySet().stream().map(UnitId::cell).toList();
    }

    private Dataset<Row> events(Dataset<Row> rows, boolean isOwn) {
        return rows.select(Stream.concat(
                        Stream.of(
                                col("_op"),
                                col("_sequence"),
                                col("unit"),
                                lit(isOwn || !isOfRepaired).as("_open")),
                        source.key().stream().map(functions::col))
                .toArray(Column[]::new));
    }

    /** Keys, {@code _n} the stamp of the snapshot that withdraws, {@code _by} the unit that notices it. */
    private Dataset<Row> gone(Dataset<Row> events) {
        Column[] keys = DerivedDeletes.columns(source.key());
        Dataset<Row> followed = events.withColumn(
                        "_n", next(Snapshots.Snapshot::stamp).apply(col("_sequence")))
                .withColumn(
                        "_seen",
                        greatest(
                                col("unit"),
                                next(snapshot -> snapshot.unit().toString())
                                        .apply(col("_sequence"))
                                        .cast(events.schema().apply("unit").dataType())))
                .withColumn(
                        "_by",
                        functions
                                .when(col("_seen").isInCollection(taking()), col("_seen"))
                                .when(col("unit").isInCollection(taking()), col("unit")));
        WindowSpec order = Window.partitionBy(keys).orderBy(col("_sequence"), col("unit"));
        Dataset<Row> open = followed.withColumn(
                        "_next", lead(col("_sequence"), 1).over(order))
                .withColumn("_next_unit", lead(col("unit"), 1).over(order))
                .filter(col("_op")
                        .equalTo("+")
                        .and(col("_open"))
                        .and(col("_n").isNotNull())
                        .and(col("_by").isNotNull()))
                .filter(functions.not(coalesce(
                        settles(col("_next"), col("_next_unit"), col("_sequence"), col("_n"), col("_seen")),
                        lit(false))));
        Dataset<Row> others = events.select(Stream.concat(
                        Stream.of(col("_sequence").as("_other"), col("unit").as("_other_unit")),
                        source.key().stream().map(key -> col(key).as("_other_" + key)))
                .toArray(Column[]::new));
        Column same = source.key().stream()
                .map(key -> col(key).equalTo(col("_other_" + key)))
                .reduce(Column::and)
                .orElseThrow();
        Column[] named = Stream.concat(source.key().stream(), Stream.of("_n"))
                .map(functions::col)
                .toArray(Column[]::new);
        return open.join(
                        others,
                        same.and(settles(col("_other"), col("_other_unit"), col("_sequence"), col("_n"), col("_seen"))),
                        "left_anti")
                .groupBy(named)
                .agg(min("_by").as("_by"));
    }

    /** Whether another row of the key, with its stamp in (p, n], was taken when the unit could notice. */
    private static Column settles(Column other, Column otherUnit, Column p, Column n, Column seen) {
        return other.gt(p).and(other.leq(n)).and(otherUnit.leq(seen));
    }

    private UserDefinedFunction next(Function<Snapshots.Snapshot, String> what) {
        TreeMap<String, String> byStamp = new TreeMap<>();
        snapshots.all().forEach(snapshot -> byStamp.put(snapshot.stamp(), what.apply(snapshot)));
        return udf(
                (UDF1<String, String>) stamp -> {
                    Map.Entry<String, String> next = byStamp.higherEntry(stamp);
                    return next == null ? null : next.getValue();
                },
                DataTypes.StringType);
    }

    private Dataset<Row> table(Dataset<Row> like) {
        List<Row> rows = snapshots.all().stream()
                .map(snapshot ->
                        RowFactory.create(snapshot.stamp(), Timestamp.from(snapshot.landed()), snapshot.fileId()))
                .toList();
        StructType schema = StructType.fromDDL("_n string, _n_landed timestamp, _n_file string");
        return like.sparkSession().createDataFrame(rows, schema);
    }

    private Column cut() {
        Column cut = lit(null).cast("timestamp");
        for (Unit unit : units.values()) {
            cut = functions
                    .when(col("_by").equalTo(UnitColumn.literal(unit.id())), lit(Timestamp.from(unit.cut())))
                    .otherwise(cut);
        }
        return cut;
    }
}
