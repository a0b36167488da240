package io.penstock.features;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.row_number;

import io.penstock.core.Unit;
import io.penstock.core.config.PipelineConfig;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;

/** What turned out to be true, as known at a cut. */
public final class Labels {
    private Labels() {}

    /**
     * The label's {@code on} columns and {@code label} (0 or 1), one row per key whose label is known at the cut of
     * {@code at}: by the last version of the label's source known by then, of that unit or an earlier one, unless it deletes
     * the key or its value is NULL.
     */
    public static Dataset<Row> known(
            PipelineConfig config, PipelineConfig.Model model, Unit at, Dataset<Row> labelBronze) {
        PipelineConfig.Label label = model.label();
        PipelineConfig.Source source = config.source(label.from());
        Dataset<Row> taken = labelBronze.filter(
                col("unit").leq(lit(at.date())).and(col(Versions.KNOWN_AT).leq(lit(at.cut()))));
        Dataset<Row> current = last(taken, source.key()).filter(col(Versions.OP).equalTo("+"));
        Dataset<Row> single = new HashSet<>(label.on()).containsAll(source.key()) ? current : last(current, label.on());
        List<Column> selected = new ArrayList<>(List.of(Versions.columns(label.on())));
        selected.add(expr(label.value()).cast("boolean").cast("double").as("label"));
        return single.select(selected.toArray(Column[]::new))
                .filter(col("label").isNotNull());
    }

    private static Dataset<Row> last(Dataset<Row> rows, List<String> key) {
        return rows.withColumn(
                        "_rank",
                        row_number()
                                .over(Window.partitionBy(Versions.columns(key)).orderBy(Versions.newestFirst())))
                .filter(col("_rank").equalTo(1))
                .drop("_rank");
    }
}
