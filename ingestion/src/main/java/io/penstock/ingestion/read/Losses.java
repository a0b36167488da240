package io.penstock.ingestion.read;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max_by;
import static org.apache.spark.sql.functions.struct;

import io.penstock.core.UnitId;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.config.VolumeSpec;
import io.penstock.core.sql.UnitColumn;
import io.penstock.ingestion.versions.DerivedDeletes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Keys that are deleted because a snapshot, or a file that was overwritten, lacks them, compared with what the source allows.
 * Deletes that records declare are not losses.
 *
 * <p>Cost: counts the deletes; keys are counted only if the deletes are many, compared with the rows of the snapshot before.
 */
final class Losses {
    private static final String ALL = "";
    /** A snapshot may have a key several times, so that its rows are more than its keys. */
    private static final int ROWS_PER_KEY = 4;

    private final SourceSpec source;
    private final VolumeSpec.MaxWithdrawals bound;
    private final Dataset<Row> derived;
    private final Dataset<Row> rows;
    private final List<Row> counts;

    /**
     * @param derived rows that no record stands for
     * @param known rows of other units, and of these units by another pass
     * @param own rows of these units
     */
    Losses(SourceSpec source, Dataset<Row> derived, List<Dataset<Row>> known, Dataset<Row> own) {
        this.source = source;
        this.bound = source.maxWithdrawals();
        this.derived = derived;
        List<Dataset<Row>> all = new ArrayList<>(known);
        all.add(own);
        all.add(derived);
        this.rows = all.stream().map(this::events).reduce(Dataset::union).orElseThrow();
        this.counts = withdrawals()
                .groupBy(col("unit"), isBySnapshot() ? col("_sequence") : lit(ALL).as("_sequence"))
                .count()
                .collectAsList()
                .stream()
                .sorted(Comparator.comparing(Losses::unit).thenComparing(row -> row.getString(1)))
                .toList();
    }

    private static UnitId unit(Row row) {
        return UnitId.ofCell(row.get(0));
    }

    /** Withdrawn keys by unit. */
    Map<UnitId, Long> withdrawn() {
        Map<UnitId, Long> withdrawn = new TreeMap<>();
        counts.forEach(row -> withdrawn.merge(unit(row), row.getLong(2), Long::sum));
        return withdrawn;
    }

    /**
     * What is more than the source allows, by unit.
     *
     * @param rowsBefore rows of the whole snapshot before the one with a stamp, 0 where that is not known
     */
    Map<UnitId, List<UnitFacts.Loss>> beyond(ToLongFunction<String> rowsBefore) {
        Map<UnitId, List<UnitFacts.Loss>> beyond = new TreeMap<>();
        for (Row row : counts) {
            long most = row.getLong(2);
            String stamp = row.getString(1);
            if (bound.allows(most, 0) || bound.allows(most, rowsBefore.applyAsLong(stamp) / ROWS_PER_KEY)) {
                continue;
            }
            long gone = gone(unit(row), stamp);
            long there = bound.allows(gone, gone) ? gone : there(unit(row), stamp);
            if (!bound.allows(gone, there)) {
                beyond.computeIfAbsent(unit(row), unit -> new ArrayList<>())
                        .add(new UnitFacts.Loss(stamp, gone, there));
            }
        }
        return beyond;
    }

    private boolean isBySnapshot() {
        return source.mode() == SourceSpec.Mode.SNAPSHOT;
    }

    private Dataset<Row> withdrawals() {
        return derived.filter(col("_op").equalTo("-"));
    }

    private Dataset<Row> events(Dataset<Row> some) {
        List<Column> columns =
                new ArrayList<>(List.of(col("_op"), col("_sequence"), col("_known_at"), col("_position"), col("unit")));
        source.key().forEach(key -> columns.add(col(key)));
        return some.select(columns.toArray(Column[]::new));
    }

    /** Keys that no other row of the unit, or of its snapshot, brings back. */
    private long gone(UnitId unit, String stamp) {
        Column same = col("unit").equalTo(UnitColumn.literal(unit));
        Column own = stamp.equals(ALL) ? same : same.and(col("_sequence").equalTo(stamp));
        String[] key = source.key().toArray(String[]::new);
        return keys(withdrawals().filter(own))
                .join(keys(rows.filter(own.and(col("_op").equalTo("+")))), DerivedDeletes.sequence(key), "left_anti")
                .count();
    }

    private Dataset<Row> keys(Dataset<Row> some) {
        return some.select(DerivedDeletes.columns(source.key())).distinct();
    }

    /** Keys that were there before. */
    private long there(UnitId unit, String stamp) {
        Column isEarlier = col("unit").lt(UnitColumn.literal(unit));
        Column isBefore = stamp.equals(ALL)
                ? isEarlier
                : col("_sequence").lt(stamp).or(isEarlier.and(col("_sequence").equalTo(stamp)));
        return rows.filter(isBefore)
                .groupBy(DerivedDeletes.columns(source.key()))
                .agg(max_by(col("_op"), struct(col("_sequence"), col("_known_at"), col("_position")))
                        .as("_last"))
                .filter(col("_last").equalTo("+"))
                .count();
    }
}
