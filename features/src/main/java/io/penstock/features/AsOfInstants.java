package io.penstock.features;

import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.udf;

import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.sql.UnitColumn;
import java.io.Serializable;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;

/**
 * The instants at which features are asked, as positions 1..n, ascending: the cuts of units, or, in a backtest, the as-of
 * instants of single rows. Instants and dates become positions by binary search, so that every later comparison of times
 * is one of small integers; {@code n + 1} stands for "at none of them".
 */
final class AsOfInstants {
    private final long[] micros;
    private final UnitId[] units;
    private final UnitId lastUnit;

    AsOfInstants(List<Unit> units) {
        if (units.isEmpty()) {
            throw new IllegalArgumentException("Cannot evaluate features: no unit is given");
        }
        this.micros = units.stream().mapToLong(unit -> micros(unit.cut())).toArray();
        this.units = units.stream().map(Unit::id).toArray(UnitId[]::new);
        for (int i = 1; i < micros.length; i++) {
            if (micros[i] <= micros[i - 1] || !this.units[i].isAfter(this.units[i - 1])) {
                throw new IllegalArgumentException("Cannot evaluate features: units must ascend, " + units.get(i)
                        + " comes after " + units.get(i - 1));
            }
        }
        this.lastUnit = units.get(units.size() - 1).id();
    }

    private AsOfInstants(long[] micros, UnitId lastUnit) {
        this.micros = micros;
        this.units = new UnitId[0];
        this.lastUnit = lastUnit;
    }

    /**
     * Any instants, ascending and distinct, in microseconds since 1970. Which unit took a row does not matter to them, as
     * long as it is not after {@code lastUnit}: what was known when is told by {@code _known_at} alone.
     */
    static AsOfInstants ofInstants(long[] micros, Unit lastUnit) {
        return new AsOfInstants(micros, lastUnit.id());
    }

    static long micros(Instant instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    }

    int count() {
        return micros.length;
    }

    Column none() {
        return lit(micros.length + 1);
    }

    /** First position whose cut is not before {@code instant}; none for NULL. */
    Column indexOf(Column instant) {
        return indexOf(instant, 0L);
    }

    /** First position whose cut is not before {@code instant + age}: where a window of that width has left the row behind. */
    Column indexOf(Column instant, Duration age) {
        return indexOf(instant, age.toNanos() / 1000L);
    }

    /** First position whose cut is after {@code instant + age}: where a value of that greatest age is stale. */
    Column indexAfter(Column instant, Duration age) {
        return indexOf(instant, age.toNanos() / 1000L + 1);
    }

    private Column indexOf(Column instant, long shift) {
        return udf(new FirstNotBefore(micros, shift), DataTypes.IntegerType).apply(call("unix_micros", instant));
    }

    /** First position whose unit is not before {@code date}; the first of all where positions are not units. */
    Column indexOfUnit(Column unit) {
        if (units.length == 0) {
            return lit(1);
        }
        return udf(new FirstNotBefore(ordinals(), 0L), DataTypes.IntegerType).apply(ordinal(unit));
    }

    /** Position of exactly this instant, or NULL. */
    Column positionOf(Column instant) {
        return udf(new Exactly(micros), DataTypes.IntegerType).apply(call("unix_micros", instant));
    }

    /** Position of exactly this unit, or NULL. */
    Column positionOfUnit(Column unit) {
        return udf(new Exactly(ordinals()), DataTypes.IntegerType).apply(ordinal(unit));
    }

    Column unitAt(Column position) {
        Column ordinal =
                udf(new At(ordinals()), DataTypes.LongType).apply(position).cast(DataTypes.IntegerType);
        return UnitColumn.ofOrdinal(ordinal, units[0].isDate());
    }

    Column cutAt(Column position) {
        return call("timestamp_micros", udf(new At(micros), DataTypes.LongType).apply(position));
    }

    UnitId firstUnit() {
        return units[0];
    }

    /** The unit at a position; the last one where positions are not units. */
    UnitId unit(int position) {
        return units.length == 0 ? lastUnit : units[position - 1];
    }

    UnitId lastUnit() {
        return lastUnit;
    }

    Instant firstCut() {
        return Instant.EPOCH.plus(micros[0], ChronoUnit.MICROS);
    }

    private Column ordinal(Column unit) {
        return UnitColumn.ordinal(unit, units[0].isDate()).cast(DataTypes.LongType);
    }

    private long[] ordinals() {
        return Arrays.stream(units).mapToLong(UnitId::ordinal).toArray();
    }

    private static Column call(String function, Column argument) {
        return org.apache.spark.sql.functions.call_udf(function, argument);
    }

    private record FirstNotBefore(long[] sorted, long shift) implements UDF1<Long, Integer>, Serializable {
        @Override
        public Integer call(Long value) {
            if (value == null) {
                return sorted.length + 1;
            }
            int found = Arrays.binarySearch(sorted, value + shift);
            return found >= 0 ? found + 1 : -found;
        }
    }

    private record Exactly(long[] sorted) implements UDF1<Long, Integer>, Serializable {
        @Override
        public Integer call(Long value) {
            int found = value == null ? -1 : Arrays.binarySearch(sorted, value);
            return found >= 0 ? Integer.valueOf(found + 1) : null;
        }
    }

    private record At(long[] values) implements UDF1<Integer, Long>, Serializable {
        @Override
        public Long call(Integer position) {
            return position == null ? null : values[position - 1];
        }
    }
}
