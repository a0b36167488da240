package io.penstock.features;

import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.shiftright;
import static org.apache.spark.sql.functions.udf;

import java.io.Serializable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.api.java.UDF2;
import org.apache.spark.sql.api.java.UDF3;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DecimalType;

/**
 * Sums of longs that no long holds: the upper and the lower 32 bits of each value are summed apart, as longs, which hold the
 * sums of two thousand million values.
 */
final class WideSums {
    private static final int BITS = 32;
    private static final long LOWER = 0xFFFF_FFFFL;
    private static final int DIGITS = 38;

    private WideSums() {}

    static Column upper(Column value) {
        return shiftright(value, BITS);
    }

    static Column lower(Column value) {
        return value.bitwiseAND(lit(LOWER));
    }

    /** The total as a long; NULL where no long holds it. */
    static Column total(Column upper, Column lower) {
        return udf(new Total(), DataTypes.LongType).apply(upper, lower);
    }

    /** The total divided by a count above 0, as {@link WindowedAggregates} rounds it. */
    static Column over(Column upper, Column lower, Column count) {
        return udf(new Over(), DataTypes.DoubleType).apply(upper, lower, count);
    }

    /** The total as a whole number of any size. */
    static Column exact(Column upper, Column lower) {
        return udf(new Exact(), new DecimalType(DIGITS, 0)).apply(upper, lower);
    }

    static BigInteger total(long upper, long lower) {
        return BigInteger.valueOf(upper).shiftLeft(BITS).add(BigInteger.valueOf(lower));
    }

    private record Total() implements UDF2<Long, Long, Long>, Serializable {
        @Override
        public Long call(Long upper, Long lower) {
            long carried = upper + (lower >> BITS);
            return carried == (int) carried ? (Long) (carried << BITS | lower & LOWER) : null;
        }
    }

    private record Exact() implements UDF2<Long, Long, BigDecimal>, Serializable {
        @Override
        public BigDecimal call(Long upper, Long lower) {
            return upper == null || lower == null ? null : new BigDecimal(total(upper, lower));
        }
    }

    private record Over() implements UDF3<Long, Long, Long, Double>, Serializable {
        @Override
        public Double call(Long upper, Long lower, Long count) {
            return new BigDecimal(total(upper, lower))
                    .divide(BigDecimal.valueOf(count), MathContext.DECIMAL128)
                    .doubleValue();
        }
    }
}
