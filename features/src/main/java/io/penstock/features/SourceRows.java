package io.penstock.features;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.core.config.AggregateSpec;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.config.ViewSpec;
import io.penstock.core.sql.Declared;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/**
 * The rows of one source that count at some evaluated cut, with everything that its views need of them evaluated once: when
 * they count, when each window leaves them, and the values that are aggregated. One read of the source serves all its views.
 */
final class SourceRows {
    private final Dataset<Row> frame;
    private final Map<String, String> names;
    private final Map<String, Total> totals;
    private final boolean supersedes;

    private SourceRows(Dataset<Row> frame, Map<String, String> names, Map<String, Total> totals, boolean supersedes) {
        this.frame = frame;
        this.names = names;
        this.totals = totals;
        this.supersedes = supersedes;
    }

    static SourceRows of(SourceSpec source, List<ViewSpec> views, AsOfInstants cuts, Dataset<Row> bronze) {
        Map<String, String> names = new LinkedHashMap<>();
        Map<String, Total> totals = new LinkedHashMap<>();
        Set<String> plain = new LinkedHashSet<>();
        List<Column> computed = new ArrayList<>();
        for (ViewSpec view : views) {
            plain.addAll(view.entity());
            plain.addAll(view.latest());
            if (!view.latest().isEmpty()) {
                plain.addAll(List.of(
                        ValidIntervals.EVENT_TIME,
                        ValidIntervals.SEQUENCE,
                        ValidIntervals.KNOWN_AT,
                        ValidIntervals.ROW_POSITION,
                        ValidIntervals.ROW_ID));
            }
            view.where().ifPresent(where -> add(whereKey(where), ValidIntervals.passes(view, bronze), names, computed));
            view.maxAge()
                    .ifPresent(age ->
                            add(staleKey(age), cuts.indexAfter(col(ValidIntervals.EVENT_TIME), age), names, computed));
            for (Duration window : ValidIntervals.windows(view)) {
                add(leaveKey(window), cuts.indexOf(col(ValidIntervals.EVENT_TIME), window), names, computed);
            }
            for (AggregateSpec aggregate : view.aggregates().values()) {
                Total total = total(view, aggregate, bronze);
                totals.put(valueKey(aggregate), total);
                if (!countsRows(aggregate)) {
                    Column raw = raw(view, aggregate, views, bronze);
                    Column value = total.value(raw);
                    add(valueKey(aggregate), value, names, computed);
                    if (total.canLose()) {
                        add(lostKey(aggregate), raw.isNotNull().and(value.isNull()), names, computed);
                    }
                }
            }
        }
        List<Column> wanted = new ArrayList<>();
        plain.forEach(name -> wanted.add(col(name)));
        wanted.add(col(ValidIntervals.ENTER));
        wanted.add(col(ValidIntervals.END));
        wanted.addAll(computed);
        Dataset<Row> frame = ValidIntervals.timed(source, cuts, bronze, reach(views))
                .filter(col(ValidIntervals.OP)
                        .equalTo("+")
                        .and(col(ValidIntervals.ENTER).lt(col(ValidIntervals.END))))
                .select(wanted.toArray(Column[]::new));
        return new SourceRows(frame, names, totals, ValidIntervals.supersedes(source));
    }

    Dataset<Row> frame() {
        return frame;
    }

    /** Whether a row can give way to another; else it counts from where it enters on. */
    boolean supersedes() {
        return supersedes;
    }

    /** Keeps what is computed here while several views read it. */
    void persist() {
        frame.persist();
    }

    Column passes(ViewSpec view) {
        return view.where().map(where -> col(names.get(whereKey(where)))).orElse(lit(true));
    }

    Column leaves(Duration window) {
        return col(names.get(leaveKey(window)));
    }

    Column stale(Duration age) {
        return col(names.get(staleKey(age)));
    }

    /** What the aggregate sums; NULL adds nothing. */
    Column value(AggregateSpec aggregate) {
        return countsRows(aggregate) ? lit(1L) : col(names.get(valueKey(aggregate)));
    }

    /** Whether the row has a value that cannot be summed. */
    Column isLost(AggregateSpec aggregate) {
        return col(names.get(lostKey(aggregate)));
    }

    Total total(AggregateSpec aggregate) {
        return totals.get(valueKey(aggregate));
    }

    /** What all views together reach back to; empty when one of them needs all history. */
    static Optional<Duration> reach(List<ViewSpec> views) {
        Duration widest = Duration.ZERO;
        for (ViewSpec view : views) {
            Optional<Duration> reach = ValidIntervals.reach(view);
            if (reach.isEmpty()) {
                return Optional.empty();
            }
            widest = reach.get().compareTo(widest) > 0 ? reach.get() : widest;
        }
        return Optional.of(widest);
    }

    private static Total total(ViewSpec view, AggregateSpec aggregate, Dataset<Row> bronze) {
        if (aggregate.function() == AggregateSpec.Function.COUNT) {
            return new Total.Whole();
        }
        DataType type = type(expr(aggregate.expression()), bronze);
        return Total.of(type, aggregate.scale())
                .orElseThrow(() -> new PenstockException(
                        ErrorCode.AGGREGATE_OF_NO_NUMBER,
                        "Cannot take " + aggregate.function() + " of '" + aggregate.expression() + "': it is "
                                + type.simpleString(),
                        key(view, aggregate),
                        "Aggregate a number or a condition"));
    }

    private static Column raw(ViewSpec view, AggregateSpec aggregate, List<ViewSpec> views, Dataset<Row> bronze) {
        Column raw = Declared.checked(bronze, key(view, aggregate), aggregate.expression())
                .map(checked -> wanted(aggregate, views, bronze)
                        .map(passes -> when(passes, checked))
                        .orElse(checked))
                .orElseGet(() -> expr(aggregate.expression()));
        if (aggregate.function() != AggregateSpec.Function.COUNT) {
            return raw;
        }
        Column counted = type(raw, bronze).equals(DataTypes.BooleanType) ? coalesce(raw, lit(false)) : raw.isNotNull();
        return when(counted, lit(1L)).otherwise(lit(0L));
    }

    /** Where a row filter guards a value in all views that take it, what it keeps out is not computed; else empty. */
    private static Optional<Column> wanted(AggregateSpec aggregate, List<ViewSpec> views, Dataset<Row> bronze) {
        List<ViewSpec> taking = views.stream()
                .filter(view -> view.aggregates().values().stream()
                        .anyMatch(other -> !countsRows(other) && valueKey(other).equals(valueKey(aggregate))))
                .toList();
        return taking.stream().allMatch(view -> view.where().isPresent())
                ? taking.stream()
                        .map(view -> ValidIntervals.passes(view, bronze))
                        .reduce(Column::or)
                : Optional.empty();
    }

    private static String key(ViewSpec view, AggregateSpec aggregate) {
        return "features." + view.name() + ".aggregate." + aggregate.name();
    }

    private static DataType type(Column value, Dataset<Row> bronze) {
        return bronze.select(value).schema().apply(0).dataType();
    }

    private static boolean countsRows(AggregateSpec aggregate) {
        return aggregate.function() == AggregateSpec.Function.COUNT
                && aggregate.expression().equals("*");
    }

    private static void add(String key, Column value, Map<String, String> names, List<Column> computed) {
        if (!names.containsKey(key)) {
            String name = "_x" + names.size();
            names.put(key, name);
            computed.add(value.as(name));
        }
    }

    private static String whereKey(String where) {
        return "where " + where;
    }

    private static String leaveKey(Duration window) {
        return "leave " + window;
    }

    private static String staleKey(Duration age) {
        return "stale " + age;
    }

    private static String valueKey(AggregateSpec aggregate) {
        boolean count = aggregate.function() == AggregateSpec.Function.COUNT;
        return count ? "count " + aggregate.expression() : "sum " + aggregate.scale() + " " + aggregate.expression();
    }

    private static String lostKey(AggregateSpec aggregate) {
        return "lost by " + valueKey(aggregate);
    }
}
