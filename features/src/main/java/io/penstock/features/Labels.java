package io.penstock.features;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.when;

import io.penstock.core.Unit;
import io.penstock.core.config.LabelSpec;
import io.penstock.core.config.ModelSpec;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.sql.Declared;
import io.penstock.core.sql.UnitColumn;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;

/**
 * What turned out to be true, as known at a cut.
 *
 * <p>The label of a key is what the rows of the label's source say that count at the cut: the last version of each key of a
 * source whose rows supersede each other, every row of an {@code append} source. Several rows for one key of the spine must
 * say the same, or the last one counts, as the pipeline declares.
 */
public final class Labels {
    /** Since when a key had a label, whichever it was; NULL if that is of no interest. */
    static final String SINCE = "_since";

    /** Whether rows say different labels of a key. */
    public static final String DIFFERS = "_differs";

    private Labels() {}

    /**
     * The label's {@code on} columns, {@code label} (0 or 1) and {@link #DIFFERS}, one row per key whose label is known at
     * the cut of {@code at}: by what the label's source knew by then, of that unit or an earlier one. What is deleted by then
     * and what is NULL is no label.
     */
    public static Dataset<Row> known(PipelineConfig config, ModelSpec model, Unit at, Dataset<Row> labelBronze) {
        return known(config, model, at, labelBronze, lit(null).cast("timestamp"));
    }

    /** The same with {@link #SINCE}, the least {@code since} of the rows that had a label; of versions in between too. */
    static Dataset<Row> known(PipelineConfig config, ModelSpec model, Unit at, Dataset<Row> labelBronze, Column since) {
        LabelSpec label = model.label();
        SourceSpec source = config.source(label.from());
        Column isPresent = col(ValidIntervals.OP).equalTo("+").and(col("label").isNotNull());
        Dataset<Row> counting = labelBronze.filter(col("unit")
                .leq(UnitColumn.literal(at.id()))
                .and(col(ValidIntervals.KNOWN_AT).leq(lit(at.cut()))));
        Column value = Declared.of(counting, "models." + model.name() + ".label.value", label.value());
        Dataset<Row> taken = counting.withColumn(
                        "label", value.cast(model.task().labelType()).cast("double"))
                .withColumn(SINCE, when(isPresent, since));
        boolean supersedes = ValidIntervals.supersedes(source);
        Dataset<Row> current = (supersedes ? last(taken, source.key()) : taken)
                .filter(col(ValidIntervals.OP).equalTo("+"));
        if (supersedes && new HashSet<>(label.on()).containsAll(source.key())) {
            return named(label, current.filter(col("label").isNotNull()), lit(false));
        }
        if (label.several().isPresent()) {
            return named(label, last(current, label.on()).filter(col("label").isNotNull()), lit(false));
        }
        Dataset<Row> told = current.filter(col("label").isNotNull())
                .groupBy(ValidIntervals.columns(label.on()))
                .agg(
                        min(col("label")).as("label"),
                        max(col("label")).as("_greatest"),
                        min(col(SINCE)).as(SINCE));
        return named(label, told, col("label").notEqual(col("_greatest")));
    }

    private static Dataset<Row> named(LabelSpec label, Dataset<Row> rows, Column differs) {
        List<Column> selected = new ArrayList<>(List.of(ValidIntervals.columns(label.on())));
        selected.addAll(List.of(col("label"), col(SINCE), differs.as(DIFFERS)));
        return rows.select(selected.toArray(Column[]::new));
    }

    /** The last row of each key, and since when the key had a label. */
    private static Dataset<Row> last(Dataset<Row> rows, List<String> key) {
        return rows.withColumn(
                        "_rank",
                        row_number()
                                .over(Window.partitionBy(ValidIntervals.columns(key))
                                        .orderBy(ValidIntervals.newestFirst())))
                .withColumn(SINCE, min(col(SINCE)).over(Window.partitionBy(ValidIntervals.columns(key))))
                .filter(col("_rank").equalTo(1))
                .drop("_rank");
    }
}
