package io.penstock.features;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;

import io.penstock.core.PenstockException;
import io.penstock.core.Unit;
import io.penstock.core.config.PipelineConfig;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** What a model is given for each row of its spine; the same join for training and for scoring. */
public final class ModelInputs {
    private ModelInputs() {}

    /** Model inputs in the order of the signature: row features, then {@code <view>_<feature>} of each view. */
    public static List<String> names(PipelineConfig config, PipelineConfig.Model model) {
        return names(config, model, model.views());
    }

    /** Inputs of a candidate that uses only some of the model's views. */
    public static List<String> names(PipelineConfig config, PipelineConfig.Model model, Collection<String> views) {
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
            PipelineConfig.Model model,
            List<Unit> units,
            Dataset<Row> spineBronze,
            Function<String, Dataset<Row>> featureTable) {
        return join(config, model, model.views(), units, spineBronze, featureTable);
    }

    /** The same with some of the model's views only. */
    static Dataset<Row> join(
            PipelineConfig config,
            PipelineConfig.Model model,
            Collection<String> views,
            List<Unit> units,
            Dataset<Row> spineBronze,
            Function<String, Dataset<Row>> featureTable) {
        PipelineConfig.Source source = config.source(model.spine().from());
        List<String> inputs = names(config, model, views);
        requireDistinct(source, model, inputs);
        List<PipelineConfig.View> used = model.views().stream()
                .filter(views::contains)
                .map(config.features()::get)
                .toList();
        Cuts cuts = new Cuts(units);
        Dataset<Row> joined = asked(source, model, used, Spine.rows(source, cuts, spineBronze));
        for (PipelineConfig.View view : used) {
            joined = withView(joined, view, cuts, featureTable.apply(view.name()));
        }
        List<Column> selected = keyUnitAsOf(source);
        selected.add(col("code"));
        inputs.forEach(name -> selected.add(col("_in_" + name).as(name)));
        return joined.select(selected.toArray(Column[]::new));
    }

    static List<Column> keyUnitAsOf(PipelineConfig.Source source) {
        List<Column> columns = new ArrayList<>(List.of(Versions.columns(source.key())));
        columns.add(col("unit"));
        columns.add(col(Spine.AS_OF));
        return columns;
    }

    /** Key, unit, as-of, code, row features as {@code _in_<name>}, and the entities of the views as {@code _by_<name>}. */
    private static Dataset<Row> asked(
            PipelineConfig.Source source,
            PipelineConfig.Model model,
            List<PipelineConfig.View> views,
            Dataset<Row> spine) {
        List<Column> columns = keyUnitAsOf(source);
        columns.add(code(model.spine().hold()).as("code"));
        model.rows().forEach((name, sql) -> columns.add(expr(sql).as("_in_" + name)));
        views.stream()
                .flatMap(view -> view.entity().stream())
                .distinct()
                .forEach(name -> columns.add(col(name).as("_by_" + name)));
        return spine.select(columns.toArray(Column[]::new));
    }

    private static Column code(Map<String, String> hold) {
        Column[] codes = hold.entrySet().stream()
                .map(entry -> when(expr(entry.getValue()), lit(entry.getKey())))
                .toArray(Column[]::new);
        return codes.length == 0 ? lit(null).cast("string") : coalesce(codes);
    }

    private static Dataset<Row> withView(Dataset<Row> asked, PipelineConfig.View view, Cuts cuts, Dataset<Row> table) {
        List<Column> columns = new ArrayList<>();
        List<String> dropped = new ArrayList<>();
        Column same = col("unit").equalTo(col("_of_unit"));
        columns.add(col("unit").as("_of_unit"));
        dropped.add("_of_unit");
        for (String name : view.entity()) {
            columns.add(col(name).as("_of_" + name));
            dropped.add("_of_" + name);
            same = same.and(col("_by_" + name).equalTo(col("_of_" + name)));
        }
        FeatureViews.features(view).forEach(name -> columns.add(col(name).as("_in_" + view.name() + "_" + name)));
        Dataset<Row> slice = table.filter(col("unit").between(lit(cuts.firstUnit()), lit(cuts.lastUnit())))
                .select(columns.toArray(Column[]::new));
        return asked.join(slice, same, "left_outer").drop(dropped.toArray(String[]::new));
    }

    private static void requireDistinct(PipelineConfig.Source source, PipelineConfig.Model model, List<String> inputs) {
        Set<String> taken = new LinkedHashSet<>(source.key());
        taken.addAll(List.of("unit", Spine.AS_OF, "code", "label", "weight", "split"));
        for (String input : inputs) {
            if (!taken.add(input)) {
                throw PenstockException.configuration(
                        "PEN-FEA-003",
                        "Cannot name two columns '" + input + "' in the inputs of a model",
                        "models." + model.name() + ".rows",
                        "Rename the row feature; key columns, unit, as_of, code, label, weight and split are taken");
            }
        }
    }
}
