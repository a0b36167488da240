package io.penstock.ingestion.read;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.sql.Declared;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.TimestampType;

/**
 * What Spark computes of each record on its own: derived columns, event time, known-at, sequence, and whether it is a delete. A
 * record that lacks one of them is rejected.
 *
 * @param knownAt from what the source declares to the time at which a record became known
 */
record RecordShaping(SourceSpec source, UnaryOperator<Column> knownAt) {
    private static final int SEQUENCE_DIGITS = 19;

    /**
     * Adds what is derived, {@code _op}, {@code _known_at}, {@code _event_time} and {@code _sequence}; a record that lacks one
     * of them, or a part of its key, is rejected.
     *
     * @param typed with values as a table has them
     */
    Dataset<Row> of(Dataset<Row> typed) {
        Dataset<Row> frame = typed;
        for (Map.Entry<String, String> derived : source.derive().entrySet()) {
            frame = frame.withColumn(
                    derived.getKey(), declared(frame, "derive." + derived.getKey(), derived.getValue()));
        }
        Column landed = functions.timestamp_micros(col("_landed"));
        frame = frame.withColumn("_op", lit("+"))
                .withColumn("_known_at", knownAt.apply(time(frame, "known-at", source.knownAt(), landed)))
                .withColumn("_event_time", time(frame, "event-time", source.eventTime(), landed));
        frame = frame.withColumn(
                "_sequence",
                source.isOrderedByLanding()
                        ? col("_stamp")
                        : ordered(frame, source.sequence().orElseThrow()));
        if (source.deleteWhen().isPresent()) {
            Column withdraws = withdraws(frame, source.deleteWhen().get());
            frame = forgiven(frame.withColumn("_op", when(withdraws, lit("-")).otherwise(lit("+"))));
        }
        List<Missing> missing = new ArrayList<>();
        source.key()
                .forEach(key -> missing.add(
                        new Missing(key, "028", "key(" + key + ")", key + " is missing, it is part of the key")));
        missing.add(
                new Missing("_event_time", "032", "event-time", "The event time is missing: " + source.eventTime()));
        missing.add(new Missing("_known_at", "032", "known-at", "The known-at time is missing: " + source.knownAt()));
        missing.add(new Missing(
                "_sequence",
                "032",
                "sequence",
                "The sequence is missing: " + source.sequence().orElse("landed")));
        Column code = col("_code");
        Column rule = col("_rule");
        Column reason = col("_reason");
        Column isOpen = col("_marker").equalTo(false).and(col("_code").isNull());
        for (int i = missing.size() - 1; i >= 0; i--) {
            Missing check = missing.get(i);
            Column isMissing = isOpen.and(col(check.column()).isNull());
            code = when(isMissing, lit("PEN-ROW-" + check.number())).otherwise(code);
            rule = when(isMissing, lit(check.rule())).otherwise(rule);
            reason = when(isMissing, lit(check.reason())).otherwise(reason);
        }
        return frame.withColumns(Map.of("_code", code, "_rule", rule, "_reason", reason));
    }

    /**
     * A sequence as text that orders as its values do: whole numbers with all their digits, below zero counted up from the
     * lowest.
     */
    private Column ordered(Dataset<Row> frame, String sequence) {
        Column value = declared(frame, "sequence", sequence);
        DataType type = frame.select(value).schema().apply(0).dataType();
        if (type instanceof ByteType
                || type instanceof ShortType
                || type instanceof IntegerType
                || type instanceof LongType) {
            Column whole = value.cast("long");
            Column up = functions.lpad(whole.cast("string"), SEQUENCE_DIGITS, "0");
            Column down = functions.concat(
                    lit("-"), functions.lpad(whole.minus(lit(Long.MIN_VALUE)).cast("string"), SEQUENCE_DIGITS, "0"));
            return when(whole.lt(0), down).when(whole.isNotNull(), up);
        }
        if (type instanceof StringType || type instanceof DateType || type instanceof TimestampType) {
            return value.cast("string");
        }
        throw new PenstockException(
                ErrorCode.EXPRESSION_UNFIT,
                "Cannot order versions by a value of type " + type.simpleString()
                        + ", must be a whole number, a time, a day or text",
                "sources." + source.name() + ".sequence",
                "Make it one of these, for example CAST(" + sequence + " * 1000 AS bigint)");
    }

    /** True where a record withdraws its key; a record that is rejected whatever it says withdraws nothing. */
    private Column withdraws(Dataset<Row> frame, String deleteWhen) {
        Column condition = declared(frame, "delete-when", deleteWhen);
        DataType type = frame.select(condition).schema().apply(0).dataType();
        if (!type.equals(DataTypes.BooleanType)) {
            throw new PenstockException(
                    ErrorCode.EXPRESSION_UNFIT,
                    "Cannot tell withdrawals by a value of type " + type.simpleString() + ", must be a condition",
                    "sources." + source.name() + ".delete-when",
                    "Compare it with something, for example " + deleteWhen + " = ...");
        }
        return functions.coalesce(
                col("_marker")
                        .equalTo(false)
                        .and(col("_code").isNull().or(col("_unless_withdrawn")))
                        .and(condition),
                lit(false));
    }

    /** A withdrawal may lack what its source requires of rows; one without an event time happened when it became known. */
    private static Dataset<Row> forgiven(Dataset<Row> frame) {
        Column isWithdrawn = col("_op").equalTo("-");
        return frame.withColumns(Map.of(
                "_code", when(isWithdrawn, lit(null)).otherwise(col("_code")),
                "_rule", when(isWithdrawn, lit(null)).otherwise(col("_rule")),
                "_reason", when(isWithdrawn, lit(null)).otherwise(col("_reason")),
                "_event_time",
                        when(isWithdrawn, functions.coalesce(col("_event_time"), col("_known_at")))
                                .otherwise(col("_event_time"))));
    }

    private record Missing(String column, String number, String rule, String reason) {}

    /** Of records that are rejected whatever they say the value is none of a table, and its arithmetic may do as it does. */
    private Column declared(Dataset<Row> frame, String key, String sql) {
        Column isOpen = col("_code").isNull().or(functions.coalesce(col("_unless_withdrawn"), lit(false)));
        return Declared.checked(frame, "sources." + source.name() + "." + key, sql)
                .map(checked -> when(isOpen, checked).otherwise(expr(sql)))
                .orElseGet(() -> expr(sql));
    }

    private Column time(Dataset<Row> frame, String key, String declared, Column landed) {
        return switch (declared) {
            case "landed" -> landed;
            case "ingest" -> functions.timestamp_micros(col("_cut"));
            default -> declared(frame, key, declared).cast("timestamp");
        };
    }
}
