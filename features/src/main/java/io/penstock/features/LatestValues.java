package io.penstock.features;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.least;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.max_by;
import static org.apache.spark.sql.functions.sequence;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.when;

import io.penstock.core.config.ViewSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.expressions.WindowSpec;

/**
 * The values of the entity's latest row: among the rows usable and current at the cut, the one with the greatest
 * {@code (_event_time, _sequence, _known_at, _position, _row_id)}. NULL when that row is older than the view's greatest
 * age; exactly that old is still fresh. A NULL in that row stays NULL: values of different rows are never mixed.
 *
 * <p>With a greatest age, where nothing takes a row back (sources of mode {@code append}), the latest at a cut is the
 * greatest of all that entered up to it: rows and questions are sorted once by entity and position, and the greatest is
 * carried on. It is stale only when every other is. Elsewhere a row can give way to an older one: it is fresh at few cuts,
 * so it is laid out once per such cut and grouped.
 *
 * <p>Without a greatest age a row may serve for years, so the asked rows are joined with the rows of their entity instead.
 */
final class LatestValues {
    private static final String VALUES = "_values";
    private static final String ORDER = "_order";
    private static final String ASKED = "_asked";
    private static final String GREATEST = "_greatest";
    private static final String UNTIL = "_until";

    private LatestValues() {}

    /** Entity columns, {@code _at}, and the latest columns; one row per asked (entity, position). */
    static Dataset<Row> at(ViewSpec view, SourceRows rows, Dataset<Row> asks) {
        Dataset<Row> candidates =
                rows.frame().filter(ValidIntervals.allPresent(view.entity()).and(rows.passes(view)));
        Dataset<Row> chosen = chosen(view, rows, candidates, asks);
        List<Column> selected = grouping(view);
        view.latest().forEach(name -> selected.add(col(VALUES).getField(name).as(name)));
        return chosen.select(selected.toArray(Column[]::new));
    }

    private static Dataset<Row> chosen(ViewSpec view, SourceRows rows, Dataset<Row> candidates, Dataset<Row> asks) {
        if (view.maxAge().isEmpty()) {
            return amongAll(view, candidates, asks);
        }
        Duration maxAge = view.maxAge().get();
        return rows.supersedes()
                ? amongFresh(view, rows, maxAge, candidates, asks)
                : carriedOn(view, rows, maxAge, candidates, asks);
    }

    private static Dataset<Row> carriedOn(
            ViewSpec view, SourceRows rows, Duration maxAge, Dataset<Row> candidates, Dataset<Row> asks) {
        List<Column> offered = new ArrayList<>(List.of(ValidIntervals.columns(view.entity())));
        offered.add(col(ValidIntervals.ENTER).as(Spine.POSITION));
        offered.add(struct(
                        ValidIntervals.latestOrder().as(ORDER),
                        values(view).as(VALUES),
                        rows.stale(maxAge).as(UNTIL))
                .as(GREATEST));
        offered.add(lit(false).as(ASKED));
        Dataset<Row> entering = candidates.select(offered.toArray(Column[]::new));

        List<Column> questions = grouping(view);
        questions.add(
                lit(null).cast(entering.schema().apply(GREATEST).dataType()).as(GREATEST));
        questions.add(lit(true).as(ASKED));
        WindowSpec sofar = Window.partitionBy(ValidIntervals.columns(view.entity()))
                .orderBy(col(Spine.POSITION), col(ASKED))
                .rowsBetween(Window.unboundedPreceding(), Window.currentRow());
        Column greatest = col(GREATEST);
        return entering.union(asks.distinct().select(questions.toArray(Column[]::new)))
                .withColumn(GREATEST, max(greatest).over(sofar))
                .filter(col(ASKED))
                .withColumn(VALUES, when(col(Spine.POSITION).lt(greatest.getField(UNTIL)), greatest.getField(VALUES)));
    }

    private static Dataset<Row> amongFresh(
            ViewSpec view, SourceRows rows, Duration maxAge, Dataset<Row> candidates, Dataset<Row> asks) {
        List<Column> offered = new ArrayList<>(List.of(ValidIntervals.columns(view.entity())));
        offered.add(explode(sequence(
                        col(ValidIntervals.ENTER),
                        least(col(ValidIntervals.END), rows.stale(maxAge)).minus(1)))
                .as(Spine.POSITION));
        offered.add(values(view).as(VALUES));
        offered.add(ValidIntervals.latestOrder().as(ORDER));
        offered.add(lit(false).as(ASKED));
        Dataset<Row> fresh = candidates
                .filter(col(ValidIntervals.ENTER).lt(rows.stale(maxAge)))
                .select(offered.toArray(Column[]::new));

        List<Column> questions = grouping(view);
        questions.add(lit(null).cast(fresh.schema().apply(VALUES).dataType()).as(VALUES));
        questions.add(lit(null).cast(fresh.schema().apply(ORDER).dataType()).as(ORDER));
        questions.add(lit(true).as(ASKED));
        return fresh.union(asks.select(questions.toArray(Column[]::new)))
                .groupBy(grouping(view).toArray(Column[]::new))
                .agg(max_by(col(VALUES), col(ORDER)).as(VALUES), max(col(ASKED)).as(ASKED))
                .filter(col(ASKED));
    }

    private static Dataset<Row> amongAll(ViewSpec view, Dataset<Row> candidates, Dataset<Row> asks) {
        List<Column> offered = new ArrayList<>();
        Column sameEntity = lit(true);
        for (String name : view.entity()) {
            offered.add(col(name).as("_its_" + name));
            sameEntity = sameEntity.and(col(name).equalTo(col("_its_" + name)));
        }
        offered.add(col(ValidIntervals.ENTER));
        offered.add(col(ValidIntervals.END));
        offered.add(values(view).as(VALUES));
        offered.add(ValidIntervals.latestOrder().as(ORDER));
        Column active = col(Spine.POSITION)
                .geq(col(ValidIntervals.ENTER))
                .and(col(Spine.POSITION).lt(col(ValidIntervals.END)));
        return asks.distinct()
                .join(candidates.select(offered.toArray(Column[]::new)), sameEntity.and(active), "left_outer")
                .groupBy(grouping(view).toArray(Column[]::new))
                .agg(max_by(col(VALUES), col(ORDER)).as(VALUES));
    }

    private static Column values(ViewSpec view) {
        return struct(ValidIntervals.columns(view.latest()));
    }

    private static List<Column> grouping(ViewSpec view) {
        List<Column> grouping = new ArrayList<>(List.of(ValidIntervals.columns(view.entity())));
        grouping.add(col(Spine.POSITION));
        return grouping;
    }
}
