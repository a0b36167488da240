package io.penstock.features;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.row_number;

import io.penstock.core.config.PipelineConfig;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;

/**
 * The rows a unit is asked about: those it took itself, known by its cut. A key that came several times within the unit is
 * asked once, by its last version, and not at all when that version deletes it. Their event time may lie ahead.
 */
final class Spine {
    static final String POSITION = "_at";
    static final String AS_OF = "as_of";

    private Spine() {}

    /** The source's columns, {@code _at} (position of the unit in {@code cuts}) and {@code as_of} (its cut). */
    static Dataset<Row> rows(PipelineConfig.Source source, Cuts cuts, Dataset<Row> bronze) {
        List<Column> key = new ArrayList<>(List.of(col(POSITION)));
        source.key().forEach(name -> key.add(col(name)));
        return bronze.filter(col("unit").between(lit(cuts.firstUnit()), lit(cuts.lastUnit())))
                .withColumn(POSITION, cuts.positionOfUnit(col("unit")))
                .filter(col(POSITION).isNotNull())
                .withColumn(AS_OF, cuts.cutAt(col(POSITION)))
                .filter(col(Versions.KNOWN_AT).leq(col(AS_OF)))
                .withColumn(
                        "_rank",
                        row_number()
                                .over(Window.partitionBy(key.toArray(Column[]::new))
                                        .orderBy(Versions.newestFirst())))
                .filter(col("_rank").equalTo(1).and(col(Versions.OP).equalTo("+")))
                .drop("_rank");
    }
}
