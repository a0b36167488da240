package io.penstock.features;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.unix_micros;
import static org.apache.spark.sql.functions.when;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.core.Unit;
import io.penstock.core.config.ModelSpec;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.sql.Declared;
import io.penstock.core.sql.UnitColumn;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/**
 * The rows a unit is asked about: those it took itself, known by its cut. A key that came several times within the unit is
 * asked once, by its last version, and not at all when that version deletes it. Their event time may lie ahead.
 *
 * <p>In a backtest each row is asked at an instant of its own, and must be known by then. Of a source whose rows supersede
 * each other it must be the last version of its key by then as well, whichever units took the versions.
 */
final class Spine {
    static final String POSITION = "_at";
    static final String AS_OF = "as_of";

    private Spine() {}

    /** The source's columns, {@code _at} (position of the unit in {@code cuts}) and {@code as_of} (its cut). */
    static Dataset<Row> rows(SourceSpec source, AsOfInstants cuts, Dataset<Row> bronze) {
        Dataset<Row> asked = bronze.filter(
                        col("unit").between(UnitColumn.literal(cuts.firstUnit()), UnitColumn.literal(cuts.lastUnit())))
                .withColumn(POSITION, cuts.positionOfUnit(col("unit")))
                .filter(col(POSITION).isNotNull())
                .withColumn(AS_OF, cuts.cutAt(col(POSITION)));
        return lastOfKey(source, asked);
    }

    /**
     * The rows of a backtest, of the given units: the source's columns and {@code as_of}. Left out are rows whose as-of is
     * NULL, or after the cut of {@code at} less the time its label takes to mature: what was known by then has not
     * landed yet.
     *
     * @throws PenstockException {@code PEN-FEA-008} when the as-of is no instant
     */
    static Dataset<Row> backtest(SourceSpec source, ModelSpec model, Unit at, List<Unit> units, Dataset<Row> bronze) {
        AsOfInstants cuts = new AsOfInstants(units);
        Dataset<Row> taken = bronze.filter(col("unit").leq(UnitColumn.literal(at.id())))
                .withColumn(POSITION, cuts.positionOfUnit(col("unit")));
        Dataset<Row> asked = taken.withColumn(AS_OF, asOf(model, cuts, taken));
        DataType type = asked.schema().apply(AS_OF).dataType();
        if (!type.equals(DataTypes.TimestampType)) {
            throw new PenstockException(
                    ErrorCode.AS_OF_IS_NO_TIMESTAMP,
                    "Cannot ask rows as of a value of type " + type.simpleString() + ", must be a timestamp",
                    "models." + model.name() + ".spine.as-of",
                    "Use an expression over timestamp columns, such as \"departs - INTERVAL 2 HOURS\"");
        }
        Duration matures = model.label().maturesAfter();
        Column ofUnits = col(POSITION).isNotNull();
        return (ValidIntervals.supersedes(source)
                        ? current(source, asked).filter(ofUnits)
                        : lastOfKey(source, asked.filter(ofUnits)))
                .filter(col(AS_OF).leq(lit(at.cut().minus(matures))))
                .drop(POSITION);
    }

    private static Column asOf(ModelSpec model, AsOfInstants cuts, Dataset<Row> rows) {
        String key = "models." + model.name() + ".spine.as-of";
        return model.spine().asOf().map(sql -> Declared.of(rows, key, sql)).orElseGet(() -> cuts.cutAt(col(POSITION)));
    }

    /** Each version of a key that is the last one known at its own as-of, and no deletion; whichever units took them. */
    private static Dataset<Row> current(SourceSpec source, Dataset<Row> asked) {
        Column newerKnown = min(col(ValidIntervals.KNOWN_AT))
                .over(Window.partitionBy(ValidIntervals.columns(source.key()))
                        .orderBy(ValidIntervals.newestFirst())
                        .rowsBetween(Window.unboundedPreceding(), -1));
        return asked.withColumn("_newer_known", newerKnown)
                .filter(col(ValidIntervals.KNOWN_AT)
                        .leq(col(AS_OF))
                        .and(col(ValidIntervals.OP).equalTo("+")))
                .filter(col("_newer_known").isNull().or(col("_newer_known").gt(col(AS_OF))))
                .drop("_newer_known");
    }

    /**
     * How many rows the units have, of which there are without an as-of, not known at their as-of, and not mature at the
     * cut of {@code at}: what {@link #backtest} leaves out.
     */
    static Row leftOut(SourceSpec source, ModelSpec model, Unit at, List<Unit> units, Dataset<Row> bronze) {
        AsOfInstants cuts = new AsOfInstants(units);
        Dataset<Row> rows = bronze.withColumn(POSITION, cuts.positionOfUnit(col("unit")))
                .filter(col(POSITION).isNotNull().and(col(ValidIntervals.OP).equalTo("+")));
        return rows.withColumn(AS_OF, asOf(model, cuts, rows))
                .agg(
                        count(lit(1)),
                        count(when(col(AS_OF).isNull(), 1)),
                        count(when(col(ValidIntervals.KNOWN_AT).gt(col(AS_OF)), 1)),
                        count(when(
                                col(AS_OF).gt(lit(at.cut().minus(model.label().maturesAfter()))), 1)))
                .first();
    }

    /** Distinct as-of instants in microseconds since 1970, ascending. Runs a job. */
    static long[] instants(Dataset<Row> rows) {
        return rows.select(unix_micros(col(AS_OF))).distinct().collectAsList().stream()
                .mapToLong(row -> row.getLong(0))
                .sorted()
                .toArray();
    }

    private static Dataset<Row> lastOfKey(SourceSpec source, Dataset<Row> asked) {
        List<Column> key = new ArrayList<>(List.of(col(POSITION)));
        source.key().forEach(name -> key.add(col(name)));
        return asked.filter(col(ValidIntervals.KNOWN_AT).leq(col(AS_OF)))
                .withColumn(
                        "_rank",
                        row_number()
                                .over(Window.partitionBy(key.toArray(Column[]::new))
                                        .orderBy(ValidIntervals.newestFirst())))
                .filter(col("_rank").equalTo(1).and(col(ValidIntervals.OP).equalTo("+")))
                .drop("_rank");
    }
}
