package io.penstock.ingestion.contract;

import io.penstock.core.config.ColumnSpec;
import io.penstock.core.config.TimesSpec;
import io.penstock.core.config.TimesSpec.Epoch;
import java.io.Serializable;
import java.text.ParsePosition;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAccessor;
import java.util.Locale;

/**
 * How a timestamp or a date of a column is read, and where it must lie. Instants are microseconds since 1970, dates days.
 * Declared bounds replace the range of years that is expected otherwise.
 */
final class TimeRule implements Serializable {
    private static final long serialVersionUID = 1L;
    private static final int MOST_DIGITS = 18;

    private final boolean isTimestamp;
    private final String pattern;
    private final ZoneId zone;
    private final Epoch epoch;
    private final boolean isBounded;
    private final long low;
    private final long high;
    private final String bounds;
    private final long maxAhead;
    private final String maxAheadShown;
    private transient DateTimeFormatter formatter;

    private TimeRule(TimesSpec times, boolean isTimestamp) {
        this.isTimestamp = isTimestamp;
        this.pattern = times.format().orElse(null);
        this.zone = times.zone().map(ZoneId::of).orElse(null);
        this.epoch = times.epoch().orElse(null);
        this.isBounded = times.between().size() == 2;
        this.low = isBounded ? bound(times.between().get(0)) : Long.MIN_VALUE;
        this.high = isBounded ? bound(times.between().get(1)) : Long.MAX_VALUE;
        this.bounds = "must be in [" + String.join(", ", times.between()) + "]";
        this.maxAhead =
                times.maxAhead().map(ahead -> ahead.toSeconds() * 1_000_000L).orElse(-1L);
        this.maxAheadShown = times.maxAhead()
                .map(ahead -> ahead.toString().substring(1).replace("T", "").toLowerCase(Locale.ROOT))
                .orElse("");
    }

    static TimeRule of(ColumnSpec column, Values.Kind kind) {
        return new TimeRule(column.times().orElse(TimesSpec.ISO), kind == Values.Kind.TIMESTAMP);
    }

    boolean isCount() {
        return epoch != null;
    }

    private long bound(String iso) {
        return isTimestamp
                ? Values.micros(Instant.parse(iso))
                : LocalDate.parse(iso).toEpochDay();
    }

    /** @param given a text, a count where an epoch is declared, or a value as {@link Values} gives them */
    Object read(Object given) {
        if (epoch != null && given instanceof Long count) {
            return counted(count);
        }
        if (!(given instanceof String text)) {
            return isBounded || !isOutOfRange(((Number) given).longValue()) ? given : Values.years();
        }
        String bare = text.strip();
        if (epoch != null) {
            return count(bare);
        }
        if (pattern != null) {
            return formatted(bare);
        }
        return isTimestamp ? Values.timestamp(bare, zone, isBounded) : Values.date(bare, isBounded);
    }

    private boolean isOutOfRange(long value) {
        long days = isTimestamp ? Math.floorDiv(value, 86_400_000_000L) : value;
        return days < LocalDate.of(Values.FIRST_YEAR, 1, 1).toEpochDay()
                || days > LocalDate.of(Values.LAST_YEAR, 12, 31).toEpochDay();
    }

    private Object count(String text) {
        int first = text.startsWith("-") ? 1 : 0;
        boolean isCount = text.length() > first
                && text.length() - first <= MOST_DIGITS
                && text.chars().skip(first).allMatch(c -> c >= '0' && c <= '9');
        return isCount
                ? counted(Long.parseLong(text))
                : new Values.Bad("019", "must be a count of " + unit(epoch) + " since 1970");
    }

    /** A count of another unit than declared lands outside the years, or in January 1970, which is inside: see between. */
    private Object counted(long count) {
        long factor = epoch == Epoch.SECONDS ? 1_000_000L : 1_000L;
        boolean fits = count <= Long.MAX_VALUE / factor && count >= Long.MIN_VALUE / factor;
        if (fits && (isBounded || !isOutOfRange(count * factor))) {
            return count * factor;
        }
        Epoch other = epoch == Epoch.SECONDS ? Epoch.MILLIS : Epoch.SECONDS;
        return new Values.Bad(
                "020",
                "as " + unit(epoch) + " since 1970 outside the years " + Values.FIRST_YEAR + " to " + Values.LAST_YEAR
                        + (epoch == Epoch.SECONDS ? "; are these " + unit(other) + "?" : ""));
    }

    private static String unit(Epoch epoch) {
        return epoch.name().toLowerCase(Locale.ROOT);
    }

    private Object formatted(String text) {
        if (formatter == null) {
            formatter = TimesSpec.formatter(pattern);
        }
        ParsePosition at = new ParsePosition(0);
        TemporalAccessor shape = formatter.parseUnresolved(text, at);
        if (shape == null || at.getErrorIndex() >= 0 || at.getIndex() < text.length()) {
            return new Values.Bad("019", "must be like " + pattern);
        }
        try {
            return resolved(formatter.parse(text));
        } catch (DateTimeException e) {
            return new Values.Bad(
                    "018",
                    "not a " + (isTimestamp ? "moment" : "day") + " of the calendar as " + pattern + ": " + cause(e));
        }
    }

    private static String cause(Throwable e) {
        return e.getCause() == null ? String.valueOf(e.getMessage()) : cause(e.getCause());
    }

    private Object resolved(TemporalAccessor read) {
        LocalDate date = LocalDate.from(read);
        if (!isBounded && Values.isOutOfRange(date.getYear())) {
            return Values.years();
        }
        if (!isTimestamp) {
            return (int) date.toEpochDay();
        }
        if (read.isSupported(ChronoField.INSTANT_SECONDS)) {
            return Values.micros(Instant.from(read));
        }
        LocalTime time = LocalTime.from(read);
        return Values.local(LocalDateTime.of(date, time), zone, time.getNano() / 1_000);
    }

    /** What is wrong with where a value lies, or null. */
    Values.Bad misplaced(Object value, Long landed) {
        long at = ((Number) value).longValue();
        if (isBounded && (at < low || at > high)) {
            return new Values.Bad("022", bounds);
        }
        if (maxAhead >= 0 && landed != null && at > landed + maxAhead) {
            return new Values.Bad(
                    "023",
                    "more than " + maxAheadShown + " after its file landed at " + shown(landed) + " (max-ahead)");
        }
        return null;
    }

    /** A value as ISO text. */
    String shown(Object value) {
        long at = ((Number) value).longValue();
        return isTimestamp
                ? Instant.EPOCH.plus(at, ChronoUnit.MICROS).toString()
                : LocalDate.ofEpochDay(at).toString();
    }
}
