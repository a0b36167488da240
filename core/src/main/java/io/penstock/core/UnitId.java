package io.penstock.core;

import java.io.Serializable;
import java.sql.Date;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/**
 * What names a unit: the date of its cut, {@code 2013-12-25}, or, of a pipeline whose units are shorter than a day, the
 * instant of its cut to the minute, {@code 2013-12-25T08:00Z}. Its text sorts as time does.
 *
 * <p>In tables the column {@code unit} is a date for the one, and text for the other: see {@link #cell}.
 *
 * @param date in UTC, where it is an instant
 * @param minute of that day; {@value #WHOLE_DAY} of a date
 */
public record UnitId(LocalDate date, int minute) implements Comparable<UnitId>, Serializable {
    public static final UnitId MIN = new UnitId(LocalDate.MIN, -1);
    public static final UnitId MAX = new UnitId(LocalDate.MAX, -1);

    private static final int WHOLE_DAY = -1;
    private static final int MINUTES = 24 * 60;

    public static UnitId of(LocalDate date) {
        return new UnitId(date, WHOLE_DAY);
    }

    /** @param cut whole minutes; what is beyond them is left out */
    public static UnitId of(Instant cut) {
        OffsetDateTime time = cut.atOffset(ZoneOffset.UTC);
        return new UnitId(time.toLocalDate(), time.getHour() * 60 + time.getMinute());
    }

    /** @param minutes since 1970: the {@link #ordinal} of one that is shorter than a day */
    public static UnitId ofMinutes(int minutes) {
        return new UnitId(LocalDate.ofEpochDay(Math.floorDiv(minutes, MINUTES)), Math.floorMod(minutes, MINUTES));
    }

    /**
     * From its text.
     *
     * @throws java.time.format.DateTimeParseException if it is neither a date nor an instant in UTC
     */
    public static UnitId parse(String text) {
        return text.indexOf('T') < 0
                ? of(LocalDate.parse(text))
                : of(OffsetDateTime.parse(text).toInstant());
    }

    /** From a cell of a table, as Spark gives it. */
    public static UnitId ofCell(Object cell) {
        return cell instanceof Date day ? of(day.toLocalDate()) : parse(cell.toString());
    }

    /** As a cell of a table, or a literal beside its column: a date or text. */
    public Object cell() {
        return isDate() ? date : toString();
    }

    public boolean isDate() {
        return minute == WHOLE_DAY;
    }

    /** The instant of one that is shorter than a day, the first of the day in UTC else. */
    Instant instant() {
        return date.atStartOfDay(ZoneOffset.UTC).toInstant().plus(Math.max(minute, 0), ChronoUnit.MINUTES);
    }

    /** Ascending within a pipeline: days since 1970, or minutes. */
    public int ordinal() {
        return (int) (isDate() ? date.toEpochDay() : date.toEpochDay() * MINUTES + minute);
    }

    /** The same of a later day. */
    public UnitId plusDays(long days) {
        return new UnitId(date.plusDays(days), minute);
    }

    /** The same of an earlier day. */
    public UnitId minusDays(long days) {
        return plusDays(-days);
    }

    public boolean isBefore(UnitId other) {
        return compareTo(other) < 0;
    }

    public boolean isAfter(UnitId other) {
        return compareTo(other) > 0;
    }

    /** A date comes before the instants of its day. */
    @Override
    public int compareTo(UnitId other) {
        int byDate = date.compareTo(other.date);
        return byDate != 0 ? byDate : Integer.compare(minute, other.minute);
    }

    @Override
    public String toString() {
        return isDate() ? date.toString() : String.format(Locale.ROOT, "%sT%02d:%02dZ", date, minute / 60, minute % 60);
    }
}
