package io.penstock.features;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.least;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.sequence;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.when;

import io.penstock.core.config.PipelineConfig;
import java.io.Serializable;
import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF2;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.expressions.WindowSpec;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DecimalType;

/**
 * Counts, sums and means over windows {@code t − w < event_time <= t}, by edge deltas.
 *
 * <p>A row is in a window at the positions {@code [enter, min(end, leave))}. So it adds its value where it enters and takes
 * it back where it leaves; the value at a position is the running sum of the deltas of the entity up to it. Deltas are
 * summed per (entity, position) before anything is sorted, so a busy entity is no larger than the number of cuts. Cost:
 * rows × (1 + windows) small rows through one aggregation, whatever the number of cuts or the width of the windows.
 *
 * <p>Accumulators are longs, or decimals of the declared scale for fractions; addition of those is exact in any order, which
 * is what makes one unit, a range and a recomputation agree to the last bit. A result is rounded once: a mean is the exact
 * quotient taken to 34 digits (half even) and then to the nearest double. A count of nothing is 0; a sum or a mean of
 * nothing is NULL.
 */
final class WindowedAggregates {
    private static final String EDGE = "_edge";
    private static final String ASKED = "_asked";
    private static final long EXACT_AS_DOUBLE = 1L << 53;

    private WindowedAggregates() {}

    /** One running sum: of the values of an aggregate over a window, or of how many there were. */
    private record Accumulator(String name, int window, Column value, DataType type) {
        Column zero() {
            return lit(0L).cast(type);
        }
    }

    /**
     * Entity columns, {@code _at}, one column per aggregate and window, and the {@link #operands} of sums and means; one row
     * per asked (entity, position).
     */
    static Dataset<Row> at(PipelineConfig.View view, SourceRows rows, Cuts cuts, Dataset<Row> asks) {
        List<Duration> windows = Versions.windows(view);
        List<Accumulator> accumulators = accumulators(view, rows, windows);
        Dataset<Row> edges = edges(view, rows, cuts, windows, accumulators).union(zeros(view, asks, accumulators));

        List<Column> grouping = grouping(view);
        Column[] sums = accumulators.stream()
                .map(accumulator -> sum(col(accumulator.name())).as(accumulator.name()))
                .toArray(Column[]::new);
        Dataset<Row> perPosition = edges.groupBy(grouping.toArray(Column[]::new))
                .agg(max(col(ASKED)).as(ASKED), sums);

        WindowSpec sofar = Window.partitionBy(Versions.columns(view.entity()))
                .orderBy(col(Spine.POSITION))
                .rowsBetween(Window.unboundedPreceding(), Window.currentRow());
        List<Column> running = new ArrayList<>(grouping);
        running.add(col(ASKED));
        for (Accumulator accumulator : accumulators) {
            running.add(sum(col(accumulator.name())).over(sofar).as(accumulator.name()));
        }
        return perPosition
                .select(running.toArray(Column[]::new))
                .filter(col(ASKED))
                .select(results(view, rows, windows).toArray(Column[]::new));
    }

    private static List<Accumulator> accumulators(PipelineConfig.View view, SourceRows rows, List<Duration> windows) {
        List<Accumulator> all = new ArrayList<>();
        for (PipelineConfig.Aggregate aggregate : view.aggregates().values()) {
            Column value = rows.value(aggregate);
            DataType type = rows.type(aggregate);
            for (Duration over : aggregate.over()) {
                int window = windows.indexOf(over) + 1;
                Column summed = when(value.isNull(), lit(0L).cast(type)).otherwise(value);
                all.add(new Accumulator(sumName(aggregate, over), window, summed, type));
                if (aggregate.function() != PipelineConfig.Function.COUNT) {
                    Column present = when(value.isNull(), lit(0L)).otherwise(lit(1L));
                    all.add(new Accumulator(presentName(aggregate, over), window, present, DataTypes.LongType));
                }
            }
        }
        return all;
    }

    /** Edge 0 is where a row enters all its windows; edge k where window k leaves it. */
    private static Dataset<Row> edges(
            PipelineConfig.View view,
            SourceRows rows,
            Cuts cuts,
            List<Duration> windows,
            List<Accumulator> accumulators) {
        Column at = col(Versions.ENTER);
        Column exists = lit(false);
        for (int k = 1; k <= windows.size(); k++) {
            Column leaves = leaves(rows, windows.get(k - 1));
            Column isIn = col(Versions.ENTER).lt(leaves);
            exists = exists.or(isIn.and(col(EDGE).equalTo(0)))
                    .or(isIn.and(col(EDGE).equalTo(k)).and(leaves.leq(cuts.count())));
            at = when(col(EDGE).equalTo(k), leaves).otherwise(at);
        }
        List<Column> selected = new ArrayList<>(List.of(Versions.columns(view.entity())));
        selected.add(at.as(Spine.POSITION));
        selected.add(lit(false).as(ASKED));
        for (Accumulator accumulator : accumulators) {
            Column isIn = col(Versions.ENTER).lt(leaves(rows, windows.get(accumulator.window() - 1)));
            selected.add(when(col(EDGE).equalTo(0).and(isIn), accumulator.value())
                    .when(
                            col(EDGE).equalTo(accumulator.window()),
                            accumulator.zero().minus(accumulator.value()).cast(accumulator.type()))
                    .otherwise(accumulator.zero())
                    .as(accumulator.name()));
        }
        return rows.frame()
                .filter(Versions.allPresent(view.entity()).and(rows.passes(view)))
                .withColumn(EDGE, explode(sequence(lit(0), lit(windows.size()))))
                .filter(exists)
                .select(selected.toArray(Column[]::new));
    }

    private static Column leaves(SourceRows rows, Duration window) {
        return least(col(Versions.END), rows.leaves(window));
    }

    private static Dataset<Row> zeros(PipelineConfig.View view, Dataset<Row> asks, List<Accumulator> accumulators) {
        List<Column> selected = new ArrayList<>(grouping(view));
        selected.add(lit(true).as(ASKED));
        accumulators.forEach(accumulator -> selected.add(accumulator.zero().as(accumulator.name())));
        return asks.select(selected.toArray(Column[]::new));
    }

    private static List<Column> results(PipelineConfig.View view, SourceRows rows, List<Duration> windows) {
        List<Column> results = new ArrayList<>(grouping(view));
        for (PipelineConfig.Aggregate aggregate : view.aggregates().values()) {
            for (Duration over : aggregate.over()) {
                results.add(result(aggregate, over, rows.type(aggregate)).as(aggregate.column(over)));
                if (aggregate.function() != PipelineConfig.Function.COUNT) {
                    results.add(col(sumName(aggregate, over)));
                    results.add(col(presentName(aggregate, over)));
                }
            }
        }
        return results;
    }

    /** What the view's sums and means were made of: a name to show → the column that holds it; exact, no double. */
    static Map<String, String> operands(PipelineConfig.View view) {
        Map<String, String> operands = new LinkedHashMap<>();
        for (PipelineConfig.Aggregate aggregate : view.aggregates().values()) {
            if (aggregate.function() != PipelineConfig.Function.COUNT) {
                for (Duration over : aggregate.over()) {
                    operands.put(aggregate.column(over) + "_sum", sumName(aggregate, over));
                    operands.put(aggregate.column(over) + "_rows", presentName(aggregate, over));
                }
            }
        }
        return operands;
    }

    private static Column result(PipelineConfig.Aggregate aggregate, Duration over, DataType type) {
        Column total = col(sumName(aggregate, over));
        if (aggregate.function() == PipelineConfig.Function.COUNT) {
            return total;
        }
        Column present = col(presentName(aggregate, over));
        boolean decimal = type instanceof DecimalType;
        if (aggregate.function() == PipelineConfig.Function.SUM) {
            return when(present.gt(0), decimal ? total.cast(DataTypes.DoubleType) : total);
        }
        Column exact = udf(new Quotient(), DataTypes.DoubleType)
                .apply(decimal ? total : total.cast(new DecimalType(38, 0)), present);
        if (decimal) {
            return when(present.gt(0), exact);
        }
        // Both operands are doubles without loss, so IEEE division is the exact quotient rounded once.
        Column fast = total.cast(DataTypes.DoubleType).divide(present.cast(DataTypes.DoubleType));
        return when(present.gt(0).and(total.between(-EXACT_AS_DOUBLE, EXACT_AS_DOUBLE)), fast)
                .when(present.gt(0), exact);
    }

    private static List<Column> grouping(PipelineConfig.View view) {
        List<Column> grouping = new ArrayList<>(List.of(Versions.columns(view.entity())));
        grouping.add(col(Spine.POSITION));
        return grouping;
    }

    private static String sumName(PipelineConfig.Aggregate aggregate, Duration over) {
        return "_sum_" + aggregate.column(over);
    }

    private static String presentName(PipelineConfig.Aggregate aggregate, Duration over) {
        return "_present_" + aggregate.column(over);
    }

    private record Quotient() implements UDF2<BigDecimal, Long, Double>, Serializable {
        @Override
        public Double call(BigDecimal sum, Long count) {
            return sum == null || count == null || count == 0
                    ? null
                    : sum.divide(BigDecimal.valueOf(count), MathContext.DECIMAL128)
                            .doubleValue();
        }
    }
}
