package io.penstock.scoring;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.array_compact;
import static org.apache.spark.sql.functions.array_distinct;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.struct;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.core.Pin;
import io.penstock.core.config.ModelSpec;
import io.penstock.core.model.ModelDescriptor;
import io.penstock.core.model.Predictor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * From a scoring input to the public scores: every input row gives exactly one row.
 *
 * <p>Each partition loads the broadcast model once and predicts batches of dense floats. A row's score and reasons depend
 * on its features and the model alone, so row order, partitioning and batch borders change no value. Rows that come with a
 * code are held: no score, no prediction, no reasons.
 *
 * <p>{@code codes} are all codes of a row, the worst first, and {@code code} is that one: what holds the row, then what is
 * wrong with its features, then its {@link #FLAGS} in their order. Two codes are set here. {@link #NOT_FINITE}: a feature is
 * infinite or too large for a float; the row is held, as native code refuses the whole batch for it. {@link #ALL_MISSING}:
 * no feature has a value; the row is scored and flagged.
 */
public final class BatchScoring {
    public static final String NOT_FINITE = ErrorCode.INVALID_FEATURE_VALUE.code();
    public static final String ALL_MISSING = ErrorCode.ALL_FEATURES_MISSING.code();

    /**
     * An input column next to the features: further codes of a row, the worst first, an array. They hold no row. NULL among
     * them is left out, and so may be the column.
     */
    public static final String FLAGS = "_flags";

    private static final DataType TEXTS = DataTypes.createArrayType(DataTypes.StringType);
    private static final StructType REASON = new StructType()
            .add("feature", DataTypes.StringType)
            .add("value", DataTypes.DoubleType)
            .add("text", DataTypes.StringType)
            .add("contribution", DataTypes.DoubleType);
    private static final StructType CLASS_SCORE =
            new StructType().add("class", DataTypes.StringType).add("score", DataTypes.DoubleType);
    private static final StructType QUANTILE =
            new StructType().add("q", DataTypes.DoubleType).add("value", DataTypes.DoubleType);
    private static final StructType PIN =
            new StructType().add("table", DataTypes.StringType).add("version", DataTypes.LongType);

    /** Columns that scores had from the beginning are not in it: {@code column} or {@code column.field}, as they were added. */
    public static final List<String> ADDED = List.of("reasons.text", "class", "class_scores", "quantiles", "codes");

    private BatchScoring() {}

    /**
     * @param inputs key columns, {@code unit}, {@code as_of}, {@code code}, {@link #FLAGS} and one numeric column per model
     *     input, NULL or NaN = missing
     * @param key key columns of the spine's source
     * @param bytes the model file; must have the sha256 that {@code spec} promises, and {@code spec} that of {@code pins}
     * @return the columns of the public scores contract, in order; {@code reasons} are the strongest contributions to the
     *     margin, strongest first, ties by feature name, without those of exactly 0, {@code value} and {@code text} NULL
     *     when missing. {@code class}, {@code class_scores} and {@code quantiles} are NULL: no task that is known has them
     * @throws PenstockException PEN-ML-009 when a model input is not among the columns; PEN-ML-010 for a damaged model,
     *     here and not in a task
     */
    public static Dataset<Row> score(
            Dataset<Row> inputs,
            List<String> key,
            ModelDescriptor spec,
            byte[] bytes,
            ModelSpec model,
            ScoringPins pins,
            Predictor.Loader loader) {
        ModelChecks.requireInputs(spec, List.of(inputs.columns()));
        ModelChecks.requirePinned(spec, pins.model().sha256());
        String sha256 = spec.sha256();
        loader.load(bytes, sha256, spec.features()).close();
        Broadcast<byte[]> broadcast = JavaSparkContext.fromSparkContext(
                        inputs.sparkSession().sparkContext())
                .broadcast(bytes);
        ScorePartition partition = new ScorePartition(
                leading(key).size(),
                spec,
                model.scoring().reasons(),
                model.task(),
                model.scoring().threshold(),
                broadcast,
                sha256,
                loader);
        List<Column> columns = new ArrayList<>(columns(leading(key)));
        columns.add(col("code").cast("string").as("code"));
        columns.add(flags(inputs).as(FLAGS));
        for (int i = 0; i < spec.features().size(); i++) {
            columns.add(quoted(spec.features().get(i)).cast("double").as("_feature" + i));
        }
        Dataset<Row> dense = inputs.select(columns.toArray(Column[]::new));
        Dataset<Row> scored = dense.mapPartitions(partition, Encoders.row(scoredSchema(dense.schema(), key)));
        return publish(scored, key, pins);
    }

    /**
     * The same rows, all held with one code: what is published when no model can be had and the pipeline says hold. A
     * row's own code goes first. The model's columns are NULL.
     */
    public static Dataset<Row> hold(
            Dataset<Row> inputs, List<String> key, String code, String runId, List<Pin.TablePin> features) {
        List<Column> columns = new ArrayList<>(columns(leading(key)));
        columns.add(lit(null).cast("double").as("score"));
        columns.add(lit(null).cast("double").as("prediction"));
        columns.add(coalesce(col("code").cast("string"), lit(code)).as("code"));
        columns.add(array().cast(DataTypes.createArrayType(REASON)).as("reasons"));
        columns.add(array_distinct(concat(array_compact(array(col("code").cast("string"), lit(code))), flags(inputs)))
                .as("codes"));
        Pin.ModelPin none = new Pin.ModelPin(null, null, null);
        return publish(inputs.select(columns.toArray(Column[]::new)), key, new ScoringPins(none, runId, features));
    }

    private static Column flags(Dataset<Row> inputs) {
        boolean isFlagged = Arrays.asList(inputs.columns()).contains(FLAGS);
        return isFlagged ? array_compact(col(FLAGS)).cast(TEXTS) : array().cast(TEXTS);
    }

    private static Dataset<Row> publish(Dataset<Row> scored, List<String> key, ScoringPins pins) {
        List<Column> columns = new ArrayList<>(columns(leading(key)));
        columns.add(col("score"));
        columns.add(col("prediction"));
        columns.add(col("code"));
        columns.add(text(pins.model().name()).as("model_name"));
        columns.add(text(pins.model().version()).as("model_version"));
        columns.add(text(pins.model().sha256()).as("model_sha256"));
        columns.add(text(pins.runId()).as("run_id"));
        Column[] tables = pins.features().stream()
                .map(pin ->
                        struct(lit(pin.table()).as("table"), lit(pin.version()).as("version")))
                .toArray(Column[]::new);
        columns.add(array(tables).cast(DataTypes.createArrayType(PIN)).as("feature_pins"));
        columns.add(col("reasons"));
        columns.add(text(null).as("class"));
        columns.add(lit(null).cast(DataTypes.createArrayType(CLASS_SCORE)).as("class_scores"));
        columns.add(lit(null).cast(DataTypes.createArrayType(QUANTILE)).as("quantiles"));
        columns.add(col("codes"));
        return scored.select(columns.toArray(Column[]::new));
    }

    private static StructType scoredSchema(StructType dense, List<String> key) {
        StructType schema = new StructType();
        for (int i = 0; i < leading(key).size(); i++) {
            StructField field = dense.fields()[i];
            schema = schema.add(field.name(), field.dataType(), true);
        }
        return schema.add("score", DataTypes.DoubleType)
                .add("prediction", DataTypes.DoubleType)
                .add("code", DataTypes.StringType)
                .add("reasons", DataTypes.createArrayType(REASON))
                .add("codes", TEXTS);
    }

    private static List<String> leading(List<String> key) {
        Set<String> names = new LinkedHashSet<>(key);
        names.add("unit");
        names.add("as_of");
        return List.copyOf(names);
    }

    private static List<Column> columns(List<String> names) {
        return names.stream().map(name -> quoted(name).as(name)).toList();
    }

    private static Column quoted(String name) {
        return col("`" + name.replace("`", "``") + "`");
    }

    private static Column text(String value) {
        return lit(value).cast("string");
    }
}
