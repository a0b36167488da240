package io.penstock.features;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.least;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.sequence;
import static org.apache.spark.sql.functions.when;

import io.penstock.core.config.AggregateSpec;
import io.penstock.core.config.ViewSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.expressions.WindowSpec;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/**
 * Counts, sums and means over windows {@code t − w < event_time <= t}, by edge deltas.
 *
 * <p>A row is in a window at the positions {@code [enter, min(end, leave))}. So it adds its value where it enters and takes
 * it back where it leaves; the value at a position is the running sum of the deltas of the entity up to it. Deltas are
 * summed per (entity, position) before anything is sorted, so a busy entity is no larger than the number of cuts. Cost:
 * rows × (1 + windows) small rows through one aggregation, whatever the number of cuts or the width of the windows.
 *
 * <p>Values are added up as {@link Total} says, without loss and in any order, which is what makes one unit, a range and a
 * recomputation agree to the last bit. A result is rounded once. A count of nothing is 0; a sum or a mean of nothing is NULL.
 * A feature that its type does not hold, or of values that cannot be summed, is refused.
 */
final class WindowedAggregates {
    private static final String EDGE = "_edge";
    private static final String ASKED = "_asked";
    private static final String PRESENT = "present";
    private static final String LOST = "lost";

    private WindowedAggregates() {}

    /** One running sum: of a part of the values of an aggregate over a window, or of how many there were. */
    private record Accumulator(String name, int window, Total.Part part) {}

    /**
     * Entity columns, {@code _at}, one column per aggregate and window, and the {@link #operands} of sums and means; one row
     * per asked (entity, position).
     */
    static Dataset<Row> at(ViewSpec view, SourceRows rows, AsOfInstants cuts, Dataset<Row> asks, Refusals refusals) {
        List<Duration> windows = ValidIntervals.windows(view);
        List<Accumulator> accumulators = accumulators(view, rows, windows);
        Dataset<Row> edges = edges(view, rows, cuts, windows, accumulators).union(zeros(view, asks, accumulators));

        List<Column> grouping = grouping(view);
        Column[] sums = accumulators.stream()
                .map(accumulator ->
                        accumulator.part().summed(col(accumulator.name())).as(accumulator.name()))
                .toArray(Column[]::new);
        Dataset<Row> perPosition = edges.groupBy(grouping.toArray(Column[]::new))
                .agg(max(col(ASKED)).as(ASKED), sums);

        WindowSpec sofar = Window.partitionBy(ValidIntervals.columns(view.entity()))
                .orderBy(col(Spine.POSITION))
                .rowsBetween(Window.unboundedPreceding(), Window.currentRow());
        List<Column> running = new ArrayList<>(grouping);
        running.add(col(ASKED));
        for (Accumulator accumulator : accumulators) {
            running.add(accumulator
                    .part()
                    .summedOn(col(accumulator.name()))
                    .over(sofar)
                    .as(accumulator.name()));
        }
        return perPosition
                .select(running.toArray(Column[]::new))
                .filter(col(ASKED))
                .select(results(view, rows, refusals).toArray(Column[]::new));
    }

    private static List<Accumulator> accumulators(ViewSpec view, SourceRows rows, List<Duration> windows) {
        List<Accumulator> all = new ArrayList<>();
        for (AggregateSpec aggregate : view.aggregates().values()) {
            Column value = rows.value(aggregate);
            List<Total.Part> parts = new ArrayList<>(rows.total(aggregate).parts(value));
            if (aggregate.function() != AggregateSpec.Function.COUNT) {
                parts.add(Total.Part.of(PRESENT, value.isNotNull(), DataTypes.LongType));
            }
            if (rows.total(aggregate).canLose()) {
                parts.add(Total.Part.of(LOST, rows.isLost(aggregate), DataTypes.LongType));
            }
            for (Duration over : aggregate.over()) {
                int window = windows.indexOf(over) + 1;
                parts.forEach(part -> all.add(new Accumulator(name(part.name(), aggregate, over), window, part)));
            }
        }
        return all;
    }

    /** Edge 0 is where a row enters all its windows; edge k where window k leaves it. */
    private static Dataset<Row> edges(
            ViewSpec view, SourceRows rows, AsOfInstants cuts, List<Duration> windows, List<Accumulator> accumulators) {
        Column at = col(ValidIntervals.ENTER);
        Column exists = lit(false);
        for (int k = 1; k <= windows.size(); k++) {
            Column leaves = leaves(rows, windows.get(k - 1));
            Column isIn = col(ValidIntervals.ENTER).lt(leaves);
            exists = exists.or(isIn.and(col(EDGE).equalTo(0)))
                    .or(isIn.and(col(EDGE).equalTo(k)).and(leaves.leq(cuts.count())));
            at = when(col(EDGE).equalTo(k), leaves).otherwise(at);
        }
        List<Column> selected = new ArrayList<>(List.of(ValidIntervals.columns(view.entity())));
        selected.add(at.as(Spine.POSITION));
        selected.add(lit(false).as(ASKED));
        for (Accumulator accumulator : accumulators) {
            Column isIn = col(ValidIntervals.ENTER).lt(leaves(rows, windows.get(accumulator.window() - 1)));
            Total.Part part = accumulator.part();
            selected.add(when(col(EDGE).equalTo(0).and(isIn), part.value())
                    .when(col(EDGE).equalTo(accumulator.window()), part.takenBack())
                    .otherwise(part.zero())
                    .as(accumulator.name()));
        }
        return rows.frame()
                .filter(ValidIntervals.allPresent(view.entity()).and(rows.passes(view)))
                .withColumn(EDGE, explode(sequence(lit(0), lit(windows.size()))))
                .filter(exists)
                .select(selected.toArray(Column[]::new));
    }

    private static Column leaves(SourceRows rows, Duration window) {
        return least(col(ValidIntervals.END), rows.leaves(window));
    }

    private static Dataset<Row> zeros(ViewSpec view, Dataset<Row> asks, List<Accumulator> accumulators) {
        List<Column> selected = new ArrayList<>(grouping(view));
        selected.add(lit(true).as(ASKED));
        accumulators.forEach(
                accumulator -> selected.add(accumulator.part().zero().as(accumulator.name())));
        return asks.select(selected.toArray(Column[]::new));
    }

    private static List<Column> results(ViewSpec view, SourceRows rows, Refusals refusals) {
        List<Column> results = new ArrayList<>(grouping(view));
        for (AggregateSpec aggregate : view.aggregates().values()) {
            for (Duration over : aggregate.over()) {
                Total total = rows.total(aggregate);
                Total.Sums sums = part -> col(name(part, aggregate, over));
                String feature = aggregate.column(over);
                if (aggregate.function() == AggregateSpec.Function.COUNT) {
                    results.add(total.sumOf(sums).as(feature));
                } else {
                    results.add(result(view, aggregate, feature, total, sums, refusals)
                            .as(feature));
                    results.add(total.exact(sums).as(exactName(aggregate, over)));
                    results.add(sums.of(PRESENT).as(name(PRESENT, aggregate, over)));
                }
            }
        }
        return results;
    }

    /** What the view's sums and means were made of: a name to show → the column that holds it; exact, no double. */
    static Map<String, String> operands(ViewSpec view) {
        Map<String, String> operands = new LinkedHashMap<>();
        for (AggregateSpec aggregate : view.aggregates().values()) {
            if (aggregate.function() != AggregateSpec.Function.COUNT) {
                for (Duration over : aggregate.over()) {
                    operands.put(aggregate.column(over) + "_sum", exactName(aggregate, over));
                    operands.put(aggregate.column(over) + "_rows", name(PRESENT, aggregate, over));
                }
            }
        }
        return operands;
    }

    private static Column result(
            ViewSpec view, AggregateSpec aggregate, String feature, Total total, Total.Sums sums, Refusals refusals) {
        Column present = sums.of(PRESENT);
        boolean isSum = aggregate.function() == AggregateSpec.Function.SUM;
        DataType type = isSum ? total.sumType() : DataTypes.DoubleType;
        Column value = isSum ? total.sumOf(sums) : total.meanOf(sums, present);
        Column held = isSum && total.canOverflow()
                ? coalesce(value, refusals.refused(view, feature, Refusals.Reason.TOTAL, total.told(sums), type))
                : value;
        if (!total.canLose()) {
            return when(present.gt(0), held);
        }
        Column lost = sums.of(LOST);
        return when(lost.gt(0), refusals.refused(view, feature, Refusals.Reason.VALUES, lost, type))
                .when(present.gt(0), held);
    }

    private static List<Column> grouping(ViewSpec view) {
        List<Column> grouping = new ArrayList<>(List.of(ValidIntervals.columns(view.entity())));
        grouping.add(col(Spine.POSITION));
        return grouping;
    }

    private static String name(String part, AggregateSpec aggregate, Duration over) {
        return "_" + part + "_" + aggregate.column(over);
    }

    private static String exactName(AggregateSpec aggregate, Duration over) {
        return name("exact", aggregate, over);
    }
}
