package io.penstock.features;

import static org.apache.spark.sql.functions.abs;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.negate;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.when;

import java.io.Serializable;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.api.java.UDF2;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.NumericType;

/**
 * How the values of an aggregate are added up, by their type: in parts that can be summed in any order and taken back, and
 * lose nothing. NULL adds nothing to any of them.
 */
sealed interface Total {
    /** Digits of a decimal that is summed: ten fewer than a sum has, so that no sum of 10^10 of them overflows. */
    int DIGITS = 28;

    /** The most digits after the point of a decimal that is summed as one, unless its scale is declared. */
    int SCALE = 18;

    /**
     * A column that is summed.
     *
     * @param name suffix of the column's name, unique within the total
     * @param value never NULL, but for doubles
     */
    record Part(String name, Column value, DataType type, boolean isDoubles) {
        static Part of(String name, Column value, DataType type) {
            return new Part(name, coalesce(value.cast(type), lit(0L).cast(type)), type, false);
        }

        /** What takes the value back, of the same type: 0 − value would have a digit more. */
        Column takenBack() {
            return negate(value);
        }

        Column zero() {
            return isDoubles ? lit(null).cast(type) : lit(0L).cast(type);
        }

        Column summed(Column values) {
            return isDoubles ? DoubleSums.ofDoubles(values) : sum(values);
        }

        Column summedOn(Column sums) {
            return isDoubles ? DoubleSums.ofSums(sums) : sum(sums);
        }
    }

    /** The columns of the parts' sums, by the names of the parts. */
    interface Sums {
        Column of(String part);
    }

    /** What is kept of a row for the total: NULL for a value that has no place in it. */
    Column value(Column raw);

    /** Whether {@link #value} can be NULL where there is a value; such rows are counted. */
    default boolean canLose() {
        return false;
    }

    /** Whether there are sums that {@link #sumType} does not hold. A mean lies between the values, so it holds all of them. */
    default boolean canOverflow() {
        return false;
    }

    List<Part> parts(Column value);

    DataType sumType();

    /** Of one value at least; NULL where the type holds no such sum. */
    Column sumOf(Sums sums);

    /** Of one value at least. */
    Column meanOf(Sums sums, Column count);

    /** The sum with all its digits. */
    Column exact(Sums sums);

    /** The sum in a message. */
    default Column told(Sums sums) {
        return exact(sums);
    }

    /** @param scale the declared digits after the point; empty when all are kept */
    static Optional<Total> of(DataType type, OptionalInt scale) {
        if (type.equals(DataTypes.BooleanType)
                || type.equals(DataTypes.ByteType)
                || type.equals(DataTypes.ShortType)
                || type.equals(DataTypes.IntegerType)) {
            return Optional.of(new Whole());
        }
        if (type.equals(DataTypes.LongType)) {
            return Optional.of(new Wide());
        }
        if (!(type instanceof NumericType)) {
            return Optional.empty();
        }
        if (scale.isPresent()) {
            return Optional.of(new Fixed(scale.getAsInt()));
        }
        return Optional.of(
                type instanceof DecimalType decimal && decimal.scale() <= SCALE
                        ? new Fixed(decimal.scale())
                        : new Doubles());
    }

    /** Conditions and whole numbers of 32 bits at most, whose sums a long holds. */
    record Whole() implements Total {
        private static final long EXACT_AS_DOUBLE = 1L << 53;

        @Override
        public Column value(Column raw) {
            return raw.cast(DataTypes.LongType);
        }

        @Override
        public List<Part> parts(Column value) {
            return List.of(Part.of("sum", value, DataTypes.LongType));
        }

        @Override
        public DataType sumType() {
            return DataTypes.LongType;
        }

        @Override
        public Column sumOf(Sums sums) {
            return sums.of("sum");
        }

        @Override
        public Column meanOf(Sums sums, Column count) {
            Column total = sums.of("sum");
            // Both operands are doubles without loss, so IEEE division is the exact quotient rounded once.
            Column fast = total.cast(DataTypes.DoubleType).divide(count.cast(DataTypes.DoubleType));
            return when(total.between(-EXACT_AS_DOUBLE, EXACT_AS_DOUBLE), fast)
                    .otherwise(quotient(total.cast(new DecimalType(38, 0)), count));
        }

        @Override
        public Column exact(Sums sums) {
            return sums.of("sum");
        }
    }

    /** Whole numbers of 64 bits. */
    record Wide() implements Total {
        @Override
        public Column value(Column raw) {
            return raw;
        }

        @Override
        public boolean canOverflow() {
            return true;
        }

        @Override
        public List<Part> parts(Column value) {
            return List.of(
                    Part.of("sum", WideSums.upper(value), DataTypes.LongType),
                    Part.of("lower", WideSums.lower(value), DataTypes.LongType));
        }

        @Override
        public DataType sumType() {
            return DataTypes.LongType;
        }

        @Override
        public Column sumOf(Sums sums) {
            return WideSums.total(sums.of("sum"), sums.of("lower"));
        }

        @Override
        public Column meanOf(Sums sums, Column count) {
            return WideSums.over(sums.of("sum"), sums.of("lower"), count);
        }

        @Override
        public Column exact(Sums sums) {
            return WideSums.exact(sums.of("sum"), sums.of("lower"));
        }
    }

    /** Fractions, each rounded half up to the declared digits after the point. */
    record Fixed(int scale) implements Total {
        @Override
        public Column value(Column raw) {
            return raw.cast(new DecimalType(DIGITS, scale));
        }

        @Override
        public boolean canLose() {
            return true;
        }

        @Override
        public List<Part> parts(Column value) {
            return List.of(Part.of("sum", value, new DecimalType(DIGITS, scale)));
        }

        @Override
        public DataType sumType() {
            return DataTypes.DoubleType;
        }

        @Override
        public Column sumOf(Sums sums) {
            return sums.of("sum").cast(DataTypes.DoubleType);
        }

        @Override
        public Column meanOf(Sums sums, Column count) {
            return quotient(sums.of("sum"), count);
        }

        @Override
        public Column exact(Sums sums) {
            return sums.of("sum");
        }
    }

    /** Doubles with all their bits. */
    record Doubles() implements Total {
        @Override
        public Column value(Column raw) {
            Column value = raw.cast(DataTypes.DoubleType);
            return when(abs(value).leq(Double.MAX_VALUE), value); // NaN is above all numbers in Spark's order
        }

        @Override
        public boolean canOverflow() {
            return true;
        }

        @Override
        public boolean canLose() {
            return true;
        }

        @Override
        public List<Part> parts(Column value) {
            return List.of(new Part("sum", value, DataTypes.DoubleType, true));
        }

        @Override
        public DataType sumType() {
            return DataTypes.DoubleType;
        }

        @Override
        public Column sumOf(Sums sums) {
            return DoubleSums.over(sums.of("sum"), lit(1L));
        }

        @Override
        public Column meanOf(Sums sums, Column count) {
            return DoubleSums.over(sums.of("sum"), count);
        }

        @Override
        public Column exact(Sums sums) {
            return DoubleSums.exact(sums.of("sum"));
        }

        @Override
        public Column told(Sums sums) {
            return DoubleSums.told(sums.of("sum"));
        }
    }

    /** The exact quotient taken to 34 digits, half even, and then to the nearest double. */
    private static Column quotient(Column sum, Column count) {
        return udf(new Quotient(), DataTypes.DoubleType).apply(sum, count);
    }

    /** Of a decimal sum. */
    record Quotient() implements UDF2<BigDecimal, Long, Double>, Serializable {
        @Override
        public Double call(BigDecimal sum, Long count) {
            return sum == null || count == null || count == 0
                    ? null
                    : sum.divide(BigDecimal.valueOf(count), MathContext.DECIMAL128)
                            .doubleValue();
        }
    }
}
