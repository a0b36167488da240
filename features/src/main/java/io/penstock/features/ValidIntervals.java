package io.penstock.features;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.greatest;
import static org.apache.spark.sql.functions.least;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.struct;

import io.penstock.core.config.SourceSpec;
import io.penstock.core.config.ViewSpec;
import io.penstock.core.sql.Declared;
import io.penstock.core.sql.UnitColumn;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.expressions.WindowSpec;

/**
 * When each row of a change log counts, as positions among the evaluated cuts (see {@link AsOfInstants}).
 *
 * <ul>
 *   <li>{@code _known}: first cut of a unit not before the one that took the row, at which the row is known
 *   <li>{@code _enter}: first such cut at which its event time has passed as well
 *   <li>{@code _end}: first cut at which a version of its key that orders after it is known, whatever that version's event
 *       time and even if it deletes the key
 * </ul>
 *
 * A row is usable and current at the positions {@code [_enter, _end)}. Versions of a key order by {@code (_sequence,
 * _known_at, _position, _row_id)}. In a source of mode {@code append} every row is a fact of its own: nothing supersedes it,
 * also when its key comes twice.
 */
final class ValidIntervals {
    static final String OP = "_op";
    static final String SEQUENCE = "_sequence";
    static final String EVENT_TIME = "_event_time";
    static final String KNOWN_AT = "_known_at";
    static final String ROW_ID = "_row_id";
    static final String FILE_ID = "_file_id";
    static final String ROW_POSITION = "_position";

    static final String KNOWN = "_known";
    static final String ENTER = "_enter";
    static final String END = "_end";

    private ValidIntervals() {}

    static Column[] newestFirst() {
        return new Column[] {
            col(SEQUENCE).desc(),
            col(KNOWN_AT).desc(),
            col(ROW_POSITION).desc(),
            col(ROW_ID).desc()
        };
    }

    /** What orders the rows of an entity among which {@code latest} chooses; greatest wins. */
    static Column latestOrder() {
        return struct(col(EVENT_TIME), col(SEQUENCE), col(KNOWN_AT), col(ROW_POSITION), col(ROW_ID));
    }

    static boolean supersedes(SourceSpec source) {
        return source.mode() != SourceSpec.Mode.APPEND;
    }

    /**
     * Adds {@code _known}, {@code _enter} and {@code _end} to the rows taken by the last unit or an earlier one; cost: one
     * sort by key, none for append sources.
     *
     * @param reach how far before the first cut an event can still matter, if there is such a bound; then rows that can no
     *     longer influence anything are left out, by plain filters, so that file statistics prune
     */
    static Dataset<Row> timed(SourceSpec source, AsOfInstants cuts, Dataset<Row> bronze, Optional<Duration> reach) {
        Dataset<Row> taken = bronze.filter(col("unit").leq(UnitColumn.literal(cuts.lastUnit())));
        Dataset<Row> mattering = reach.map(
                        width -> mattering(source, taken, cuts.firstCut().minus(width)))
                .orElse(taken);
        Dataset<Row> known =
                mattering.withColumn(KNOWN, greatest(cuts.indexOf(col(KNOWN_AT)), cuts.indexOfUnit(col("unit"))));
        return known.withColumn(ENTER, greatest(col(KNOWN), cuts.indexOf(col(EVENT_TIME))))
                .withColumn(END, supersedes(source) ? least(cuts.none(), superseded(source, cuts)) : cuts.none());
    }

    /**
     * The rows of events since {@code earliest}, and what may supersede one of them, whatever its own event time: only rows
     * whose sequence is not before the least sequence among them. Where sequences ascend with the units this reads about as
     * much history as the windows do. Costs one small job for sources with superseding.
     */
    private static Dataset<Row> mattering(SourceSpec source, Dataset<Row> taken, Instant earliest) {
        Dataset<Row> recent = taken.filter(col(EVENT_TIME).geq(lit(earliest)));
        if (!supersedes(source)) {
            return recent;
        }
        Row least = recent.agg(min(col(SEQUENCE))).first(); // every row has one: ingestion rejects a record without
        return least.isNullAt(0) ? recent : taken.filter(col(SEQUENCE).geq(lit(least.getString(0))));
    }

    private static Column superseded(SourceSpec source, AsOfInstants cuts) {
        WindowSpec newer = Window.partitionBy(columns(source.key()))
                .orderBy(newestFirst())
                .rowsBetween(Window.unboundedPreceding(), -1);
        return coalesce(min(col(KNOWN)).over(newer), cuts.none());
    }

    static Column[] columns(List<String> names) {
        return names.stream().map(name -> col(name)).toArray(Column[]::new);
    }

    /** True where the view's row filter holds; NULL does not. */
    static Column passes(ViewSpec view, Dataset<Row> rows) {
        String key = "features." + view.name() + ".where";
        return view.where()
                .map(where -> coalesce(Declared.of(rows, key, where).cast("boolean"), lit(false)))
                .orElse(lit(true));
    }

    static Column allPresent(List<String> names) {
        return names.stream().map(name -> col(name).isNotNull()).reduce(lit(true), Column::and);
    }

    /** Width of the window at whose far end a row of {@code view} stops to matter; empty when there is none. */
    static Optional<Duration> reach(ViewSpec view) {
        if (!view.latest().isEmpty() && view.maxAge().isEmpty()) {
            return Optional.empty();
        }
        Duration widest = view.maxAge().filter(age -> !view.latest().isEmpty()).orElse(Duration.ZERO);
        for (Duration window : windows(view)) {
            widest = window.compareTo(widest) > 0 ? window : widest;
        }
        return Optional.of(widest);
    }

    static List<Duration> windows(ViewSpec view) {
        return view.aggregates().values().stream()
                .flatMap(aggregate -> aggregate.over().stream())
                .distinct()
                .sorted()
                .toList();
    }
}
