package io.penstock.features;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The exact sum of any finite doubles: nothing is rounded until the result is asked for, so order, partitioning and what was
 * added and taken back in between do not matter. A small superaccumulator (R. Neal, <i>Fast exact summation using small and
 * large superaccumulators</i>, 2015).
 *
 * <p>A double is a whole number times 2<sup>−1074</sup>. The sum is that number to the base 2<sup>32</sup>, in digits of 64
 * bits each: an addition touches three of them and carries nothing, and only every 2<sup>30</sup> additions the carries must
 * be settled. Only the digits from the lowest to the highest that was touched are held, three to five for values of one kind.
 *
 * <p>Equal sums have equal bytes. Not thread-safe.
 */
public final class ExactSum {
    private static final int BASE_BITS = 32;
    private static final long DIGIT = 0xFFFF_FFFFL;
    private static final int LOWEST_EXPONENT = -1074;
    private static final int MANTISSA_BITS = 52;
    private static final int NOT_FINITE = 0x7FF;
    private static final int PRECISION = 53;
    private static final int UNSETTLED = 1 << 30;
    private static final int HEADER = 1;

    /** {@code digits[i]} counts 2<sup>32 (low + i) − 1074</sup>. */
    private long[] digits = {};

    private int low;
    private int unsettled;

    ExactSum add(double value) {
        long bits = Double.doubleToRawLongBits(value);
        int exponent = (int) (bits >>> MANTISSA_BITS) & NOT_FINITE;
        if (exponent == NOT_FINITE) {
            throw new IllegalArgumentException("Cannot add to an exact sum: " + value + " is not finite");
        }
        long mantissa = bits & ((1L << MANTISSA_BITS) - 1);
        if (exponent > 0) {
            mantissa |= 1L << MANTISSA_BITS;
            exponent--;
        }
        if (mantissa == 0) {
            return this;
        }
        int first = exponent / BASE_BITS;
        int shift = exponent % BASE_BITS;
        hold(first, first + 3);
        int at = first - low;
        long sign = bits < 0 ? -1 : 1;
        long lower = mantissa << shift;
        digits[at] += sign * (lower & DIGIT);
        digits[at + 1] += sign * (lower >>> BASE_BITS);
        digits[at + 2] += sign * (shift == 0 ? 0 : mantissa >>> (Long.SIZE - shift));
        count(1);
        return this;
    }

    /** Takes back what was added; exact, in any order. */
    ExactSum remove(double value) {
        return add(-value);
    }

    ExactSum merge(ExactSum other) {
        if (other.digits.length > 0) {
            hold(other.low, other.low + other.digits.length);
            if ((long) unsettled + other.unsettled >= UNSETTLED) {
                settle();
                other.settle();
                hold(other.low, other.low + other.digits.length);
            }
            for (int i = 0; i < other.digits.length; i++) {
                digits[other.low + i - low] += other.digits[i];
            }
            count(other.unsettled + 1);
        }
        return this;
    }

    /** The sum of all values with the other sign: what takes a part back. */
    ExactSum inverted() {
        ExactSum inverted = new ExactSum();
        inverted.digits = Arrays.stream(digits).map(digit -> -digit).toArray();
        inverted.low = low;
        inverted.unsettled = unsettled;
        return inverted;
    }

    /** The nearest double, half to even; infinite beyond what a double holds. */
    double doubleValue() {
        return over(1);
    }

    /** The sum divided by a count above 0, rounded once to the nearest double. */
    double over(long count) {
        settle();
        if (digits.length == 0) {
            return 0;
        }
        BigInteger whole = whole();
        BigInteger divisor = BigInteger.valueOf(count);
        // So many bits that the quotient has more than a double keeps; what is left over only breaks ties
        int more = Math.max(0, PRECISION + 2 + divisor.bitLength() - whole.bitLength());
        BigInteger[] quotient = whole.abs().shiftLeft(more).divideAndRemainder(divisor);
        double magnitude = rounded(quotient[0], quotient[1].signum() != 0, exponent() - more);
        return whole.signum() < 0 ? -magnitude : magnitude;
    }

    /** All digits of the sum. */
    BigDecimal exact() {
        settle();
        BigDecimal whole = new BigDecimal(whole());
        int exponent = exponent();
        BigDecimal power = new BigDecimal(BigInteger.ONE.shiftLeft(Math.abs(exponent)));
        BigDecimal exact = exponent < 0 ? whole.divide(power) : whole.multiply(power);
        return exact.signum() == 0 ? BigDecimal.ZERO : exact.stripTrailingZeros();
    }

    /** Equal sums give equal bytes; of 0 there are none. */
    byte[] toBytes() {
        settle();
        if (digits.length == 0) {
            return new byte[0];
        }
        ByteBuffer bytes = ByteBuffer.allocate(HEADER + Integer.BYTES * digits.length);
        bytes.put((byte) low);
        for (long digit : digits) {
            bytes.putInt((int) digit);
        }
        return bytes.array();
    }

    static ExactSum ofBytes(byte[] bytes) {
        ExactSum sum = new ExactSum();
        if (bytes.length > 0) {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            sum.low = buffer.get();
            sum.digits = new long[buffer.remaining() / Integer.BYTES];
            for (int i = 0; i < sum.digits.length; i++) {
                sum.digits[i] = buffer.getInt() & DIGIT;
            }
            int highest = sum.digits.length - 1;
            sum.digits[highest] = (int) sum.digits[highest];
        }
        return sum;
    }

    private int exponent() {
        return BASE_BITS * low + LOWEST_EXPONENT;
    }

    private BigInteger whole() {
        BigInteger whole = BigInteger.ZERO;
        for (int i = digits.length - 1; i >= 0; i--) {
            whole = whole.shiftLeft(BASE_BITS).add(BigInteger.valueOf(digits[i]));
        }
        return whole;
    }

    /**
     * {@code magnitude × 2^exponent}, and something below its last bit if {@code more}, to the nearest double, half to even.
     * No double has a bit below 2<sup>−1074</sup>, which leaves fewer than 53 of the smallest.
     */
    private static double rounded(BigInteger magnitude, boolean more, int exponent) {
        int length = magnitude.bitLength();
        int dropped = length - Math.min(PRECISION, length + exponent - LOWEST_EXPONENT);
        if (dropped <= 0) {
            return Math.scalb((double) magnitude.longValueExact(), exponent);
        }
        BigInteger kept = magnitude.shiftRight(dropped);
        boolean isHalf = magnitude.testBit(dropped - 1);
        boolean isAbove = more || magnitude.getLowestSetBit() < dropped - 1;
        if (isHalf && (isAbove || kept.testBit(0))) {
            kept = kept.add(BigInteger.ONE);
        }
        return Math.scalb((double) kept.longValueExact(), exponent + dropped);
    }

    private void count(int additions) {
        unsettled += additions;
        if (unsettled >= UNSETTLED) {
            settle();
        }
    }

    /** Makes room for the digits from {@code from} until before {@code to}. */
    private void hold(int from, int to) {
        if (digits.length == 0) {
            low = from;
            digits = new long[to - from];
        } else if (from < low || to > low + digits.length) {
            int newLow = Math.min(from, low);
            long[] wider = new long[Math.max(to, low + digits.length) - newLow];
            System.arraycopy(digits, 0, wider, low - newLow, digits.length);
            digits = wider;
            low = newLow;
        }
    }

    /**
     * Carries, and leaves out the digits that say nothing: every digit is in [0, 2^32) but the highest, which bears the sign
     * and is in [−2^31, 2^31). There is one such form of each sum.
     */
    private void settle() {
        if (digits.length == 0) {
            return;
        }
        long[] settled = new long[digits.length + 2];
        long carry = 0;
        for (int i = 0; i < settled.length; i++) {
            long sum = carry + (i < digits.length ? digits[i] : 0);
            settled[i] = sum & DIGIT;
            carry = sum >> BASE_BITS;
        }
        int to = settled.length;
        while (to > 1 && (int) settled[to - 1] == (int) settled[to - 2] >> (BASE_BITS - 1)) {
            to--;
        }
        int from = 0;
        while (from < to && settled[from] == 0) {
            from++;
        }
        digits = Arrays.copyOfRange(settled, from, to);
        low += from;
        unsettled = 0;
        if (digits.length > 0) {
            digits[digits.length - 1] = (int) digits[digits.length - 1];
        }
    }
}
