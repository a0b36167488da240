package io.penstock.ingestion.contract;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;

/**
 * Text to value, strictly: what is not plainly a value of its type has a code and says what was expected. Instants are
 * microseconds since 1970 in UTC ({@link Long}), dates days since 1970 ({@link Integer}). Every value of every record passes
 * here, so texts are scanned by hand; the tests hold the scanners to the regular expressions that they stand for.
 */
public final class Values {
    static final int FIRST_YEAR = 1900;
    static final int LAST_YEAR = 2200;

    /** Powers of ten that a double holds exactly. */
    private static final double[] TENS = {
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22
    };

    /** So many decimal digits fit a double's 53 bits. */
    private static final int EXACT_DIGITS = 15;

    private Values() {}

    public enum Kind {
        STRING,
        INT,
        LONG,
        DOUBLE,
        TIMESTAMP,
        DATE,
        BOOLEAN;

        public static Kind of(String type) {
            for (Kind kind : values()) {
                if (kind.name().toLowerCase(Locale.ROOT).equals(type)) {
                    return kind;
                }
            }
            throw new PenstockException(
                    ErrorCode.INVALID_VALUE,
                    "Invalid column type: " + type,
                    "sources",
                    "Use string, int, long, double, timestamp, date or boolean");
        }

        boolean isNumber() {
            return this == INT || this == LONG || this == DOUBLE;
        }
    }

    /** Given in place of a value: the number of the code, and what was expected. */
    public record Bad(String code, String expected) {}

    /** An instant as columns hold it. */
    public static long micros(Instant instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    }

    /** The value, or a {@link Bad}. */
    public static Object read(Kind kind, String text) {
        if (kind == Kind.STRING) {
            return text;
        }
        String bare = text.strip();
        return switch (kind) {
            case INT -> whole(bare, Integer.MIN_VALUE, Integer.MAX_VALUE, "int");
            case LONG -> whole(bare, Long.MIN_VALUE, Long.MAX_VALUE, "long");
            case DOUBLE -> decimal(bare);
            case TIMESTAMP -> timestamp(bare, null, false);
            case DATE -> date(bare, false);
            default -> bool(bare);
        };
    }

    /**
     * A whole number. {@code 517.0}, as some tools write a column of whole numbers with gaps, is the whole number 517.
     */
    private static Object whole(String text, long least, long most, String type) {
        int length = text.length();
        int at = length > 0 && isSign(text.charAt(0)) ? 1 : 0;
        int first = at;
        long negative = 0; // a long reaches further below zero than above
        boolean fits = true;
        for (; at < length && isDigit(text.charAt(at)); at++) {
            int digit = text.charAt(at) - '0';
            fits &= negative >= (Long.MIN_VALUE + digit) / 10;
            negative = negative * 10 - digit;
        }
        boolean isWhole = at > first;
        if (isWhole && at < length && text.charAt(at) == '.') {
            at++;
            while (at < length && text.charAt(at) == '0') {
                at++;
            }
        }
        if (!isWhole || at < length) {
            return isNotFinite(text)
                    ? new Bad("016", "must be a finite " + type)
                    : new Bad("015", "must be a plain " + type + " such as 1234");
        }
        boolean isNegative = text.charAt(0) == '-';
        long value = isNegative ? negative : -negative;
        fits &= isNegative || negative != Long.MIN_VALUE;
        if (!fits || value < least || value > most) {
            return doesNotFit(least, most, type);
        }
        if (type.equals("int")) {
            return (int) value;
        }
        return value;
    }

    static Bad doesNotFit(long least, long most, String type) {
        return new Bad("014", "does not fit " + type + " (" + least + " to " + most + ")");
    }

    private static Object decimal(String text) {
        int length = text.length();
        int at = length > 0 && isSign(text.charAt(0)) ? 1 : 0;
        int first = at;
        long digits = 0;
        int significant = 0;
        int point = -1;
        for (; at < length; at++) {
            char c = text.charAt(at);
            if (c == '.' && point < 0) {
                point = at;
            } else if (isDigit(c)) {
                significant += significant > 0 || c != '0' ? 1 : 0;
                digits = significant > EXACT_DIGITS ? digits : digits * 10 + (c - '0');
            } else {
                break;
            }
        }
        int mantissa = at;
        boolean isPlain = mantissa - first > (point < 0 ? 0 : 1);
        if (isPlain && at < length && (text.charAt(at) == 'e' || text.charAt(at) == 'E')) {
            at++;
            at += at < length && isSign(text.charAt(at)) ? 1 : 0;
            int exponent = at;
            while (at < length && isDigit(text.charAt(at))) {
                at++;
            }
            isPlain = at - exponent >= 1 && at - exponent <= 5;
        }
        if (!isPlain || at < length) {
            return isNotFinite(text) ? notFinite() : new Bad("015", "must be a plain number such as 1234.5");
        }
        int scale = point < 0 ? 0 : mantissa - point - 1;
        boolean isExact = mantissa == length && significant <= EXACT_DIGITS && scale < TENS.length;
        if (isExact) {
            // Both are exact, so the one rounding of the division is that of the decimal number.
            double magnitude = digits / TENS[scale];
            return text.charAt(0) == '-' ? -magnitude : magnitude;
        }
        double value = Double.parseDouble(text);
        return Double.isInfinite(value) ? notFinite() : (Object) value;
    }

    static Bad notFinite() {
        return new Bad("016", "must be a finite number");
    }

    /**
     * An ISO instant in microseconds.
     *
     * @param zone of a time that names none; null: a time with a blank is UTC, one with a T is rejected
     */
    static Object timestamp(String text, ZoneId zone, boolean isAnyYear) {
        int end = clockEnd(text);
        int offsetAt = end > 0 && end < text.length() && text.charAt(end) == ' ' ? end + 1 : end;
        if (end < 0 || !isOffset(text, offsetAt)) {
            return isCount(text)
                    ? new Bad("020", "a count since 1970; must be like 2013-12-25T06:00:00Z")
                    : new Bad("019", "must be like 2013-12-25T06:00:00Z or 2013-12-25 06:00:00");
        }
        boolean isLocal = offsetAt == text.length();
        if (isLocal && zone == null && text.charAt(10) == 'T') {
            return new Bad("021", "must name its zone: Z or an offset such as -05:00");
        }
        boolean hasSeconds = end > 16 && text.charAt(16) == ':';
        try {
            LocalDateTime local = LocalDateTime.of(
                    four(text, 0),
                    two(text, 5),
                    two(text, 8),
                    two(text, 11),
                    two(text, 14),
                    hasSeconds ? two(text, 17) : 0);
            boolean isUtc = isLocal || text.charAt(offsetAt) == 'Z' || text.charAt(offsetAt) == 'U';
            ZoneOffset offset = isUtc ? ZoneOffset.UTC : ZoneOffset.of(text.substring(offsetAt));
            if (!isAnyYear && isOutOfRange(local.getYear())) {
                return years();
            }
            long fraction = hasSeconds && end > 19 ? fraction(text, 20, end) : 0;
            return isLocal && zone != null
                    ? local(local, zone, fraction)
                    : (Object) (local.toEpochSecond(offset) * 1_000_000L + fraction);
        } catch (DateTimeException e) {
            return new Bad("018", "not a moment of the calendar: " + e.getMessage());
        }
    }

    /** The instant of a local time in microseconds; clocks skip some local times and show others twice. */
    static Object local(LocalDateTime local, ZoneId zone, long fraction) {
        List<ZoneOffset> offsets = zone.getRules().getValidOffsets(local);
        if (offsets.size() == 1) {
            return local.toEpochSecond(offsets.get(0)) * 1_000_000L + fraction;
        }
        return new Bad(
                "021",
                offsets.isEmpty()
                        ? "clocks of " + zone.getId() + " skipped this time; must exist, or name its offset"
                        : "clocks of " + zone.getId() + " showed this time twice, at " + offsets.get(0) + " and "
                                + offsets.get(1) + "; must name its offset");
    }

    /** The end of {@code 2013-12-25T06:00}, with seconds and a fraction of up to nine digits where they are there, or -1. */
    private static int clockEnd(String text) {
        if (text.length() < 16
                || !isDay(text)
                || text.charAt(10) != 'T' && text.charAt(10) != ' '
                || !isDigits(text, 11, 2)
                || text.charAt(13) != ':'
                || !isDigits(text, 14, 2)) {
            return -1;
        }
        if (text.length() < 19 || text.charAt(16) != ':' || !isDigits(text, 17, 2)) {
            return 16;
        }
        int end = 19;
        if (end + 1 < text.length() && text.charAt(end) == '.' && isDigit(text.charAt(end + 1))) {
            end++;
            while (end < text.length() && end < 29 && isDigit(text.charAt(end))) {
                end++;
            }
        }
        return end;
    }

    /** Whether nothing, Z, UTC or an offset stands from there to the end. */
    private static boolean isOffset(String text, int at) {
        int left = text.length() - at;
        if (left == 0 || left == 1 && text.charAt(at) == 'Z' || left == 3 && text.startsWith("UTC", at)) {
            return true;
        }
        if (left < 3 || !isSign(text.charAt(at)) || !isDigits(text, at + 1, 2)) {
            return false;
        }
        return left == 3
                || left == 5 && isDigits(text, at + 3, 2)
                || left == 6 && text.charAt(at + 3) == ':' && isDigits(text, at + 4, 2);
    }

    private static long fraction(String text, int from, int end) {
        long micros = 0;
        for (int i = 0; i < 6; i++) {
            micros = micros * 10 + (from + i < end ? text.charAt(from + i) - '0' : 0);
        }
        return micros;
    }

    static Object date(String text, boolean isAnyYear) {
        if (text.length() != 10 || !isDay(text)) {
            return new Bad("019", "must be like 2013-12-25");
        }
        try {
            LocalDate date = LocalDate.of(four(text, 0), two(text, 5), two(text, 8));
            return !isAnyYear && isOutOfRange(date.getYear()) ? years() : (Object) (int) date.toEpochDay();
        } catch (DateTimeException e) {
            return new Bad("018", "not a day of the calendar: " + e.getMessage());
        }
    }

    private static Object bool(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true", "1" -> true;
            case "false", "0" -> false;
            default -> new Bad("015", "must be true or false");
        };
    }

    private static boolean isCount(String text) {
        int first = text.startsWith("-") ? 1 : 0;
        int digits = text.length() - first;
        return digits >= 9 && digits <= 19 && isDigits(text, first, digits);
    }

    private static boolean isNotFinite(String text) {
        String bare = !text.isEmpty() && isSign(text.charAt(0)) ? text.substring(1) : text;
        return switch (bare.toLowerCase(Locale.ROOT)) {
            case "nan", "inf", "infinity" -> true;
            default -> false;
        };
    }

    private static boolean isDay(String text) {
        return isDigits(text, 0, 4)
                && text.charAt(4) == '-'
                && isDigits(text, 5, 2)
                && text.charAt(7) == '-'
                && isDigits(text, 8, 2);
    }

    private static boolean isDigits(String text, int from, int count) {
        for (int i = from; i < from + count; i++) {
            if (!isDigit(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isSign(char c) {
        return c == '-' || c == '+';
    }

    private static int two(String text, int at) {
        return (text.charAt(at) - '0') * 10 + text.charAt(at + 1) - '0';
    }

    private static int four(String text, int at) {
        return two(text, at) * 100 + two(text, at + 2);
    }

    static boolean isOutOfRange(int year) {
        return year < FIRST_YEAR || year > LAST_YEAR;
    }

    static Bad years() {
        return new Bad("022", "the year must be " + FIRST_YEAR + " to " + LAST_YEAR);
    }
}
