package io.penstock.features;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.array_compact;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.core.Unit;
import io.penstock.core.config.ModelSpec;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.config.ReservedColumns;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.config.ViewSpec;
import io.penstock.core.sql.Declared;
import io.penstock.core.sql.UnitColumn;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** What a model is given for each row of its spine; the same join for training and for scoring. */
public final class FeatureVectors {
    /** An array of the hold conditions that are true, in their order; {@code code} is the first. */
    public static final String CODES = "_codes";

    private FeatureVectors() {}

    /** Model inputs in the order of the signature: row features, then {@code <view>_<feature>} of each view. */
    public static List<String> names(PipelineConfig config, ModelSpec model) {
        return names(config, model, model.views());
    }

    /** Inputs of a candidate that uses only some of the model's views. */
    public static List<String> names(PipelineConfig config, ModelSpec model, Collection<String> views) {
        List<String> names = new ArrayList<>(model.rows().keySet());
        for (String view : model.views()) {
            if (views.contains(view)) {
                FeatureViews.features(config.features().get(view)).forEach(name -> names.add(view + "_" + name));
            }
        }
        return names;
    }

    /**
     * One row per spine row of {@code units}: the spine's key columns, {@code unit}, {@code as_of}, {@code code} (the first
     * hold condition that is true, else NULL), then the inputs in the order of {@link #names}; text is still text.
     *
     * @param spineBronze change log of the spine's source
     * @param featureTable view name → its table, at least the rows of {@code units}; an entity that is NULL or absent there
     *     gives NULL for all its features
     */
    public static Dataset<Row> join(
            PipelineConfig config,
            ModelSpec model,
            List<Unit> units,
            Dataset<Row> spineBronze,
            Function<String, Dataset<Row>> featureTable) {
        return join(config, model, model.views(), units, spineBronze, featureTable);
    }

    /** The same, and {@link #CODES} as the last column. */
    public static Dataset<Row> joinWithCodes(
            PipelineConfig config,
            ModelSpec model,
            List<Unit> units,
            Dataset<Row> spineBronze,
            Function<String, Dataset<Row>> featureTable) {
        Dataset<Row> joined = joined(config, model, model.views(), units, spineBronze, featureTable);
        List<Column> selected = selected(config.source(model.spine().from()), names(config, model));
        selected.add(col(CODES));
        return joined.select(selected.toArray(Column[]::new));
    }

    /** The same with some of the model's views only. */
    static Dataset<Row> join(
            PipelineConfig config,
            ModelSpec model,
            Collection<String> views,
            List<Unit> units,
            Dataset<Row> spineBronze,
            Function<String, Dataset<Row>> featureTable) {
        return joined(config, model, views, units, spineBronze, featureTable)
                .select(selected(config.source(model.spine().from()), names(config, model, views))
                        .toArray(Column[]::new));
    }

    private static Dataset<Row> joined(
            PipelineConfig config,
            ModelSpec model,
            Collection<String> views,
            List<Unit> units,
            Dataset<Row> spineBronze,
            Function<String, Dataset<Row>> featureTable) {
        SourceSpec source = config.source(model.spine().from());
        requireDistinct(source, model, names(config, model, views));
        List<ViewSpec> used = used(config, model, views);
        AsOfInstants cuts = new AsOfInstants(units);
        Dataset<Row> joined = asked(source, model, used, Spine.rows(source, cuts, spineBronze));
        for (ViewSpec view : used) {
            Dataset<Row> slice = featureTable
                    .apply(view.name())
                    .filter(col("unit")
                            .between(UnitColumn.literal(cuts.firstUnit()), UnitColumn.literal(cuts.lastUnit())));
            joined = withView(joined, view, "unit", slice, FeatureViews.features(view));
        }
        return joined;
    }

    /**
     * The same of spine rows that bear their as-of, and of views as known then.
     *
     * @param values view → its features and operands, by entity and {@code as_of}
     * @param withOperands whether the operands of sums and means stand beside them
     */
    static Dataset<Row> joinAsOf(
            PipelineConfig config,
            ModelSpec model,
            Collection<String> views,
            Dataset<Row> spine,
            Function<ViewSpec, Dataset<Row>> values,
            boolean withOperands) {
        SourceSpec source = config.source(model.spine().from());
        List<String> inputs = new ArrayList<>(model.rows().keySet());
        List<ViewSpec> used = used(config, model, views);
        Dataset<Row> joined = asked(source, model, used, spine);
        for (ViewSpec view : used) {
            List<String> columns = withOperands ? explained(view) : FeatureViews.features(view);
            columns.forEach(name -> inputs.add(view.name() + "_" + name));
            joined = withView(joined, view, Spine.AS_OF, values.apply(view), columns);
        }
        requireDistinct(source, model, inputs);
        return joined.select(selected(source, inputs).toArray(Column[]::new));
    }

    /** Features, and after each sum and mean its operands. */
    private static List<String> explained(ViewSpec view) {
        List<String> operands = FeatureViews.operands(view);
        List<String> columns = new ArrayList<>();
        for (String feature : FeatureViews.features(view)) {
            columns.add(feature);
            List.of(feature + "_sum", feature + "_rows").stream()
                    .filter(operands::contains)
                    .forEach(columns::add);
        }
        return columns;
    }

    private static List<ViewSpec> used(PipelineConfig config, ModelSpec model, Collection<String> views) {
        return model.views().stream()
                .filter(views::contains)
                .map(config.features()::get)
                .toList();
    }

    private static List<Column> selected(SourceSpec source, List<String> inputs) {
        List<Column> selected = keyUnitAsOf(source);
        selected.add(col("code"));
        inputs.forEach(name -> selected.add(col("_in_" + name).as(name)));
        return selected;
    }

    static List<Column> keyUnitAsOf(SourceSpec source) {
        List<Column> columns = new ArrayList<>(List.of(ValidIntervals.columns(source.key())));
        columns.add(col("unit"));
        columns.add(col(Spine.AS_OF));
        return columns;
    }

    /** Key, unit, as-of, code, codes, row features as {@code _in_<name>}, and the entities of the views as {@code _by_<name>}. */
    private static Dataset<Row> asked(SourceSpec source, ModelSpec model, List<ViewSpec> views, Dataset<Row> spine) {
        List<Column> columns = keyUnitAsOf(source);
        Column[] codes = codes(model, spine);
        columns.add((codes.length == 0 ? lit(null).cast("string") : coalesce(codes)).as("code"));
        columns.add(array_compact(array(codes)).cast("array<string>").as(CODES));
        String rows = "models." + model.name() + ".rows.";
        model.rows()
                .forEach((name, sql) ->
                        columns.add(Declared.of(spine, rows + name, sql).as("_in_" + name)));
        views.stream()
                .flatMap(view -> view.entity().stream())
                .distinct()
                .forEach(name -> columns.add(col(name).as("_by_" + name)));
        return spine.select(columns.toArray(Column[]::new));
    }

    /** Each hold condition's name where it is true, else NULL. */
    private static Column[] codes(ModelSpec model, Dataset<Row> spine) {
        String hold = "models." + model.name() + ".spine.hold.";
        return model.spine().hold().entrySet().stream()
                .map(entry -> when(Declared.of(spine, hold + entry.getKey(), entry.getValue()), lit(entry.getKey())))
                .toArray(Column[]::new);
    }

    /** @param when the column that tells, with the entity, which row of the view is meant: {@code unit} or {@code as_of} */
    private static Dataset<Row> withView(
            Dataset<Row> asked, ViewSpec view, String when, Dataset<Row> values, List<String> wanted) {
        List<Column> columns = new ArrayList<>();
        List<String> dropped = new ArrayList<>();
        Column same = col(when).equalTo(col("_of_" + when));
        columns.add(col(when).as("_of_" + when));
        dropped.add("_of_" + when);
        for (String name : view.entity()) {
            columns.add(col(name).as("_of_" + name));
            dropped.add("_of_" + name);
            same = same.and(col("_by_" + name).equalTo(col("_of_" + name)));
        }
        wanted.forEach(name -> columns.add(col(name).as("_in_" + view.name() + "_" + name)));
        return asked.join(values.select(columns.toArray(Column[]::new)), same, "left_outer")
                .drop(dropped.toArray(String[]::new));
    }

    private static void requireDistinct(SourceSpec source, ModelSpec model, List<String> inputs) {
        Set<String> taken = new LinkedHashSet<>(source.key());
        taken.addAll(ReservedColumns.BESIDE_INPUTS);
        for (String input : inputs) {
            if (!taken.add(input)) {
                throw new PenstockException(
                        ErrorCode.INPUT_NAMED_TWICE,
                        "Cannot name two columns '" + input + "' in the inputs of a model",
                        "models." + model.name() + ".rows",
                        "Rename the row feature; key columns, unit, as_of, code, label, weight and split are taken");
            }
        }
    }
}
