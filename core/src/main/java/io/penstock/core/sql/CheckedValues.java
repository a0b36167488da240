package io.penstock.core.sql;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import java.time.LocalDate;
import java.util.function.DoubleUnaryOperator;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * What {@link CheckedArithmetic} has Spark call where Spark itself has no mode that fails. Public, as compiled queries call
 * it. Each takes, after its values, the key that declares the expression and the part that is computed.
 */
public final class CheckedValues {
    /** The least double that is beyond a long. */
    private static final double BEYOND_LONG = 0x1p63;

    private static final float BEYOND_INT = 0x1p31f;

    private static final long FIRST_DAY = LocalDate.of(1, 1, 1).toEpochDay();
    private static final long LAST_DAY = LocalDate.of(9999, 12, 31).toEpochDay();

    private CheckedValues() {}

    public static long floor(double x, UTF8String key, UTF8String part) {
        return whole(x, Math::floor, key, part);
    }

    public static long ceil(double x, UTF8String key, UTF8String part) {
        return whole(x, Math::ceil, key, part);
    }

    private static long whole(double x, DoubleUnaryOperator rounding, UTF8String key, UTF8String part) {
        double rounded = rounding.applyAsDouble(x);
        if (rounded >= -BEYOND_LONG && rounded < BEYOND_LONG) { // false of NaN
            return (long) rounded;
        }
        throw beyondItsType(part.toString(), x + " is beyond bigint", key.toString(), null);
    }

    /** The number itself: of NaN and infinity a cast to a decimal would make NULL. */
    public static double finite(double x, UTF8String key, UTF8String part) {
        if (Double.isFinite(x)) {
            return x;
        }
        throw beyondItsType(part.toString(), "no decimal holds " + x, key.toString(), null);
    }

    public static float finite(float x, UTF8String key, UTF8String part) {
        return (float) finite((double) x, key, part);
    }

    /** The number itself: the greatest long and int as a float or a double are one more, which Spark's casts let pass. */
    public static double inLong(double x, UTF8String key, UTF8String part) {
        if (x >= -BEYOND_LONG && x < BEYOND_LONG) {
            return x;
        }
        throw beyondItsType(part.toString(), x + " is beyond bigint", key.toString(), null);
    }

    public static float inLong(float x, UTF8String key, UTF8String part) {
        return (float) inLong((double) x, key, part);
    }

    public static float inInt(float x, UTF8String key, UTF8String part) {
        if (x >= Integer.MIN_VALUE && x < BEYOND_INT) {
            return x;
        }
        throw beyondItsType(part.toString(), x + " is beyond int", key.toString(), null);
    }

    public static int dateAdd(int date, int days, UTF8String key, UTF8String part) {
        return day((long) date + days, key, part);
    }

    public static int dateSub(int date, int days, UTF8String key, UTF8String part) {
        return day((long) date - days, key, part);
    }

    /** A date that was computed: it itself. */
    public static int date(int date, UTF8String key, UTF8String part) {
        return day(date, key, part);
    }

    private static int day(long day, UTF8String key, UTF8String part) {
        if (day >= FIRST_DAY && day <= LAST_DAY) {
            return (int) day;
        }
        throw beyondItsType(
                part.toString(),
                LocalDate.ofEpochDay(day) + " is outside of the years 1 to 9999",
                key.toString(),
                null);
    }

    /** @param key that declares the expression, or else where it is computed */
    public static PenstockException beyondItsType(String part, String why, String key, Throwable cause) {
        return new PenstockException(
                ErrorCode.EXPRESSION_OVERFLOW,
                "Cannot compute " + part + ": " + why,
                key,
                "Cast what may be large, such as CAST(x AS bigint) or CAST(x AS decimal(38, 0)); keep such rows out (where,"
                        + " CASE WHEN); or let it be NULL: try_add, try_subtract, try_multiply, try_cast",
                cause);
    }
}
