package io.penstock.features;

import static org.apache.spark.sql.functions.col;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.Verdict;
import io.penstock.core.config.AggregateSpec;
import io.penstock.core.config.ModelSpec;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.config.ViewSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Feature views as known at the cuts of a range of units. One definition and one code path serve training and scoring, one
 * unit and a year of them: the rows of a unit do not depend on which other units are evaluated with it.
 *
 * <p>A bronze row counts at cut {@code T} of unit {@code U} when {@code unit <= U}, {@code _known_at <= T} and
 * {@code _event_time <= T}, it is the last version of its key known by then, and not a deletion.
 */
public final class FeatureViews implements AutoCloseable {
    private final List<ViewSpec> views;
    private final AsOfInstants cuts;
    private final Map<String, Dataset<Row>> values;
    private final List<Dataset<Row>> held;
    private final Refusals refusals;

    private FeatureViews(
            List<ViewSpec> views,
            AsOfInstants cuts,
            Map<String, Dataset<Row>> values,
            List<Dataset<Row>> held,
            Refusals refusals) {
        this.refusals = refusals;
        this.views = views;
        this.cuts = cuts;
        this.values = values;
        this.held = held;
    }

    /**
     * The views of all published models.
     *
     * @param units ascending; their cuts are the instants at which the views are evaluated
     * @param bronze source name → its change log; units later than the last given one are ignored
     * @return lazily evaluated; {@link #close} once the tables are written
     */
    public static FeatureViews compute(PipelineConfig config, List<Unit> units, Function<String, Dataset<Row>> bronze) {
        AsOfInstants cuts = new AsOfInstants(units);
        List<Dataset<Row>> held = new ArrayList<>();
        List<ModelSpec> models = config.publishedModels();
        Map<String, Dataset<Row>> spines = spines(config, models, cuts, bronze, held);
        return compute(config, models, cuts, spines, bronze, held);
    }

    /**
     * The views of a backtest as known at each row's own as-of, of what units up to {@code lastUnit} took.
     *
     * @param spine the rows, see {@link Spine#backtest}; read twice, so better kept
     */
    static FeatureViews backtest(
            PipelineConfig config,
            ModelSpec model,
            Unit lastUnit,
            Dataset<Row> spine,
            Function<String, Dataset<Row>> bronze) {
        AsOfInstants cuts = AsOfInstants.ofInstants(Spine.instants(spine), lastUnit);
        Dataset<Row> asked = spine.withColumn(Spine.POSITION, cuts.positionOf(col(Spine.AS_OF)));
        return compute(config, List.of(model), cuts, Map.of(model.spine().from(), asked), bronze, new ArrayList<>());
    }

    private static FeatureViews compute(
            PipelineConfig config,
            List<ModelSpec> models,
            AsOfInstants cuts,
            Map<String, Dataset<Row>> spines,
            Function<String, Dataset<Row>> bronze,
            List<Dataset<Row>> held) {
        List<ViewSpec> used = used(config, models);
        Map<String, List<ViewSpec>> bySource =
                used.stream().collect(Collectors.groupingBy(ViewSpec::from, LinkedHashMap::new, Collectors.toList()));
        Map<String, Dataset<Row>> computed = new LinkedHashMap<>();
        Refusals refusals = new Refusals();
        bySource.forEach((name, views) -> {
            Dataset<Row> log = bronze.apply(name);
            refusals.register(log.sparkSession());
            SourceRows rows = SourceRows.of(config.source(name), views, cuts, log);
            if (views.size() > 1) {
                rows.persist();
                held.add(rows.frame());
            }
            for (ViewSpec view : views) {
                computed.put(view.name(), values(view, rows, cuts, asks(models, view, spines, log), refusals));
            }
        });
        return new FeatureViews(used, cuts, computed, held, refusals);
    }

    /**
     * View name → its table, in the order of the configuration: the entity columns, {@code unit}, {@code as_of} and the
     * features, one row per unit and entity that some model's spine asks for. Entities with a NULL part are never asked.
     * Views that no model uses are absent.
     */
    public Map<String, Dataset<Row>> tables() {
        Map<String, Dataset<Row>> tables = new LinkedHashMap<>();
        for (ViewSpec view : views) {
            List<Column> selected = keys(view, cuts.unitAt(col(Spine.POSITION)).as("unit"));
            tables.put(view.name(), values.get(view.name()).select(selected.toArray(Column[]::new)));
        }
        return tables;
    }

    /**
     * What refuses units: features that have no right value, because their type does not hold it or because values cannot be
     * summed. They are NULL in the tables and must not be committed. Complete once the tables are written or read.
     */
    public Map<UnitId, List<Verdict>> refusals() {
        Map<UnitId, List<Verdict>> byUnit = new TreeMap<>();
        refusals.verdicts()
                .forEach((position, verdicts) -> byUnit.computeIfAbsent(cuts.unit(position), unit -> new ArrayList<>())
                        .addAll(verdicts));
        return byUnit;
    }

    /** Throws the first of the {@link #refusals}, if there is one. */
    void requireNoRefusal() {
        refusals.error().ifPresent(error -> {
            throw error;
        });
    }

    /** Features that have no value where there is nothing to make one of; a count has, it is 0 then. */
    public static List<String> valued(ViewSpec view) {
        Set<String> counts = new LinkedHashSet<>();
        view.aggregates().values().stream()
                .filter(aggregate -> aggregate.function() == AggregateSpec.Function.COUNT)
                .forEach(count -> count.over().forEach(window -> counts.add(count.column(window))));
        return features(view).stream().filter(name -> !counts.contains(name)).toList();
    }

    /** The view's features and the {@link #operands} of its sums and means, by entity and {@code as_of}. */
    Dataset<Row> withOperands(ViewSpec view) {
        List<Column> selected = keys(view);
        WindowedAggregates.operands(view)
                .forEach((name, column) -> selected.add(col(column).as(name)));
        return values.get(view.name()).select(selected.toArray(Column[]::new));
    }

    private List<Column> keys(ViewSpec view, Column... more) {
        List<Column> selected = new ArrayList<>(List.of(ValidIntervals.columns(view.entity())));
        selected.addAll(List.of(more));
        selected.add(cuts.cutAt(col(Spine.POSITION)).as(Spine.AS_OF));
        features(view).forEach(name -> selected.add(col(name)));
        return selected;
    }

    /** Lets go of what was kept while several views read the same source. */
    @Override
    public void close() {
        held.forEach(Dataset::unpersist);
    }

    private static List<ViewSpec> used(PipelineConfig config, List<ModelSpec> models) {
        Set<String> names =
                models.stream().flatMap(model -> model.views().stream()).collect(Collectors.toSet());
        return config.features().values().stream()
                .filter(view -> names.contains(view.name()))
                .toList();
    }

    private static Map<String, Dataset<Row>> spines(
            PipelineConfig config,
            List<ModelSpec> models,
            AsOfInstants cuts,
            Function<String, Dataset<Row>> bronze,
            List<Dataset<Row>> held) {
        Map<String, Set<String>> wanted = new LinkedHashMap<>();
        models.forEach(model -> {
            Set<String> columns = wanted.computeIfAbsent(model.spine().from(), from -> new LinkedHashSet<>());
            model.views()
                    .forEach(view -> columns.addAll(config.features().get(view).entity()));
        });
        Map<String, Dataset<Row>> spines = new LinkedHashMap<>();
        wanted.forEach((from, columns) -> {
            Dataset<Row> log = bronze.apply(from);
            requireColumns(from, columns, log);
            List<Column> selected = new ArrayList<>(List.of(ValidIntervals.columns(List.copyOf(columns))));
            selected.add(col(Spine.POSITION));
            Dataset<Row> spine = Spine.rows(config.source(from), cuts, log)
                    .select(selected.toArray(Column[]::new))
                    .persist();
            held.add(spine);
            spines.put(from, spine);
        });
        return spines;
    }

    private static void requireColumns(String from, Set<String> columns, Dataset<Row> log) {
        for (String column : columns) {
            if (!Arrays.asList(log.columns()).contains(column)) {
                throw new PenstockException(
                        ErrorCode.ENTITY_COLUMN_MISSING,
                        "Cannot ask a feature view by '" + column + "': the spine's source has no such column",
                        "sources." + from,
                        "Derive a column '" + column + "' there, or use views of other entities");
            }
        }
    }

    /** Entity columns, of the types they have in the view's source, and {@code _at}; may hold a question twice. */
    private static Dataset<Row> asks(
            List<ModelSpec> models, ViewSpec view, Map<String, Dataset<Row>> spines, Dataset<Row> log) {
        List<Column> selected = new ArrayList<>();
        for (String name : view.entity()) {
            selected.add(col(name).cast(log.schema().apply(name).dataType()).as(name));
        }
        selected.add(col(Spine.POSITION));
        return models.stream()
                .filter(model -> model.views().contains(view.name()))
                .map(model -> model.spine().from())
                .distinct()
                .map(from -> spines.get(from).select(selected.toArray(Column[]::new)))
                .reduce(Dataset::union)
                .orElseThrow()
                .filter(ValidIntervals.allPresent(view.entity()));
    }

    private static Dataset<Row> values(
            ViewSpec view, SourceRows rows, AsOfInstants cuts, Dataset<Row> asks, Refusals refusals) {
        if (view.latest().isEmpty()) {
            return WindowedAggregates.at(view, rows, cuts, asks, refusals);
        }
        Dataset<Row> latest = LatestValues.at(view, rows, asks);
        if (view.aggregates().isEmpty()) {
            return latest;
        }
        String[] on = java.util.stream.Stream.concat(view.entity().stream(), java.util.stream.Stream.of(Spine.POSITION))
                .toArray(String[]::new);
        return WindowedAggregates.at(view, rows, cuts, asks, refusals).join(latest, on, "inner");
    }

    /** Feature columns of a view's table, in order: aggregates by window, then latest values. */
    public static List<String> features(ViewSpec view) {
        return view.features();
    }

    /**
     * What a view's sums and means were made of, per aggregate and window: {@code <feature>_sum}, the exact total (a whole
     * number, or a decimal of the declared scale), and {@code <feature>_rows}, how many values it is of.
     */
    static List<String> operands(ViewSpec view) {
        return List.copyOf(WindowedAggregates.operands(view).keySet());
    }
}
