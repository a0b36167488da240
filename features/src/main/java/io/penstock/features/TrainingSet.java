package io.penstock.features;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat_ws;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.greatest;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.when;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.core.Unit;
import io.penstock.core.config.ModelSpec;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.config.Split;
import io.penstock.core.config.TrainingSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * What a model is trained and judged on at the cut of a unit.
 *
 * @param rows the spine's key, {@code unit}, {@code as_of}, one double per input, {@code label} (0 or 1), {@code weight},
 *     {@code split} ({@code train}, {@code validation} or {@code test})
 * @param inputs the input columns in order
 * @param dictionaries codes of the text inputs, learnt of the rows that are not test
 * @param knowing how many of the rows that have a label had it at their as-of
 */
public record TrainingSet(
        Dataset<Row> rows, List<String> inputs, Map<String, List<String>> dictionaries, Knowing knowing) {

    /**
     * Rows whose label was known at their as-of: features may tell it, as no feature will when the model is asked.
     *
     * @param of all rows that have a label
     * @param kept whether they are trained on all the same, as the pipeline declares
     */
    public record Knowing(long count, long of, boolean kept) {}

    /**
     * Rows of {@code units} up to the training unit that are not held, that are mature ({@code as_of + matures-after} is
     * not after the training cut) and whose label is known at the training cut; features as scoring would have seen them.
     * Runs one job that counts, and one to learn the dictionaries when there are text inputs.
     *
     * @param units the units that have feature tables
     * @param featureTable view name → its table
     * @throws PenstockException {@code PEN-FEA-022} when the rows of a key say different labels
     */
    public static TrainingSet build(
            PipelineConfig config,
            ModelSpec model,
            Unit training,
            List<Unit> units,
            Dataset<Row> spineBronze,
            Dataset<Row> labelBronze,
            Function<String, Dataset<Row>> featureTable) {
        List<Unit> mature = mature(model, training, units);
        return build(
                config,
                model,
                Labels.known(config, model, training, labelBronze, usableSince(new AsOfInstants(mature))),
                views -> FeatureVectors.join(config, model, views, mature, spineBronze, featureTable));
    }

    /** The same of a backtest: rows whose label is known at the training cut, features as known at each row's own as-of. */
    public static TrainingSet build(
            PipelineConfig config, ModelSpec model, Unit training, SpineRows questions, Dataset<Row> labelBronze) {
        return build(
                config,
                model,
                Labels.known(config, model, training, labelBronze, col(ValidIntervals.KNOWN_AT)),
                views -> questions.inputs(views));
    }

    private static TrainingSet build(
            PipelineConfig config, ModelSpec model, Dataset<Row> labels, Function<List<String>, Dataset<Row>> joined) {
        requireKeyed(config, model);
        List<String> inputs = FeatureVectors.names(config, model);
        Knowing knowing = judged(model, labelled(model, labels, joined.apply(List.of())));
        Dataset<Row> questions = joined.apply(model.views());
        Map<String, List<String>> dictionaries = dictionaries(model, labels, questions, joined, inputs);
        Dataset<Row> encoded = CategoryIndex.encode(trained(model, labels, questions), inputs, dictionaries);

        List<Column> columns =
                FeatureVectors.keyUnitAsOf(config.source(model.spine().from()));
        inputs.forEach(name -> columns.add(col(name)));
        columns.addAll(List.of(
                col("label"), lit(1.0).as("weight"), split(model.training()).as("split")));
        return new TrainingSet(encoded.select(columns.toArray(Column[]::new)), inputs, dictionaries, knowing);
    }

    /** The first of the cuts at which a row of the label's source counts; NULL when there is none. */
    private static Column usableSince(AsOfInstants cuts) {
        Column position = greatest(cuts.indexOf(col(ValidIntervals.KNOWN_AT)), cuts.indexOfUnit(col("unit")));
        return when(position.lt(cuts.none()), cuts.cutAt(position));
    }

    private static Column knowsItself() {
        return coalesce(col(Labels.SINCE).leq(col(Spine.AS_OF)), lit(false));
    }

    private static Knowing judged(ModelSpec model, Dataset<Row> labelled) {
        Column key = concat_ws(", ", ValidIntervals.columns(model.label().on()));
        Row counts = labelled.agg(
                        count(lit(1)),
                        count(when(knowsItself(), 1)),
                        count(when(col(Labels.DIFFERS), 1)),
                        min(when(col(Labels.DIFFERS), key)))
                .first();
        if (counts.getLong(2) > 0) {
            throw new PenstockException(
                    ErrorCode.AMBIGUOUS_LABEL,
                    "Cannot label " + counts.getLong(2) + " of " + counts.getLong(0)
                            + " rows: for each of them rows of the label's source differ, such as those of "
                            + counts.getString(3),
                    "models." + model.name() + ".label",
                    "Match labels on all columns that tell them apart, use a source with mode = upsert,"
                            + " or declare label.several = last");
        }
        return new Knowing(
                counts.getLong(1),
                counts.getLong(0),
                model.label().knownAtAsOf().isPresent());
    }

    /** The units whose rows may be trained on at the cut of {@code training}. */
    public static List<Unit> mature(ModelSpec model, Unit training, List<Unit> units) {
        List<Unit> mature = units.stream()
                .filter(unit -> unit.compareTo(training) <= 0)
                .filter(unit -> !unit.cut().plus(model.label().maturesAfter()).isAfter(training.cut()))
                .toList();
        if (mature.isEmpty()) {
            throw new PenstockException(
                    ErrorCode.NOTHING_MATURE,
                    "Cannot build a training set: no unit is mature at " + training.cut(),
                    "models." + model.name() + ", unit " + training,
                    "Load earlier units, train at a later one, or lower matures-after");
        }
        return mature;
    }

    private static void requireKeyed(PipelineConfig config, ModelSpec model) {
        List<String> key = config.source(model.spine().from()).key();
        if (!key.containsAll(model.label().on())) {
            throw new PenstockException(
                    ErrorCode.LABEL_NOT_ON_KEY,
                    "Cannot match labels on " + model.label().on() + ": the spine's key is " + key,
                    "models." + model.name() + ".label.on",
                    "Match labels on key columns of the spine");
        }
    }

    private static Column split(TrainingSpec training) {
        Split split = Split.of(training);
        Column date = col("unit").cast("date");
        return when(date.geq(lit(split.testFrom())), lit(Split.TEST))
                .when(date.geq(lit(split.validationFrom())), lit(Split.VALIDATION))
                .otherwise(lit(Split.TRAIN));
    }

    /** Text mostly comes of the spine itself; then the feature tables need not be read to learn it. */
    private static Map<String, List<String>> dictionaries(
            ModelSpec model,
            Dataset<Row> labels,
            Dataset<Row> questions,
            Function<List<String>, Dataset<Row>> joined,
            List<String> inputs) {
        List<String> textual = CategoryIndex.textual(questions, inputs);
        boolean ofRows = model.rows().keySet().containsAll(textual);
        Dataset<Row> source = ofRows ? joined.apply(List.of()) : questions;
        Dataset<Row> seen =
                trained(model, labels, source).filter(split(model.training()).notEqual(Split.TEST));
        return CategoryIndex.learn(seen, textual);
    }

    private static Dataset<Row> trained(ModelSpec model, Dataset<Row> labels, Dataset<Row> questions) {
        Dataset<Row> labelled = labelled(model, labels, questions);
        return model.label().knownAtAsOf().isPresent() ? labelled : labelled.filter(not(knowsItself()));
    }

    private static Dataset<Row> labelled(ModelSpec model, Dataset<Row> labels, Dataset<Row> questions) {
        List<Column> columns = new ArrayList<>();
        Column same = lit(true);
        for (String name : model.label().on()) {
            columns.add(col(name).as("_label_" + name));
            same = same.and(col(name).equalTo(col("_label_" + name)));
        }
        columns.addAll(List.of(col("label"), col(Labels.SINCE), col(Labels.DIFFERS)));
        return questions
                .filter(col("code").isNull())
                .join(labels.select(columns.toArray(Column[]::new)), same, "inner");
    }
}
