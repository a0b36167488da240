package io.penstock.core;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A cut at {@code cut} local time of {@code zone} on each date of the schedule, or every few hours. Cuts come from here,
 * never from a clock.
 *
 * <p>Its JSON is part of recipes: what is empty, false or 0 is left out, so a daily schedule reads as it always did.
 *
 * @param days the step of a schedule that has neither weekdays nor hours nor is monthly
 * @param weekdays the days of the week with a cut; empty for other schedules
 * @param monthly on the first of each month
 * @param hours of steps shorter than a day, of which one of the cuts is {@code cut} in UTC; 0 for other schedules
 */
public record Schedule(
        int days,
        LocalTime cut,
        ZoneId zone,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<DayOfWeek> weekdays,
        @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean monthly,
        @JsonInclude(JsonInclude.Include.NON_DEFAULT) int hours) {
    /** Those that divide a day: every day has the same cuts. */
    public static final List<Integer> HOURS = List.of(1, 2, 3, 4, 6, 8, 12);

    private static final int LAST_MINUTE = 24 * 60 - 1;

    public Schedule {
        weekdays = weekdays.stream().distinct().sorted().toList();
    }

    public Schedule(int days, LocalTime cut, ZoneId zone) {
        this(days, cut, zone, List.of(), false, 0);
    }

    public static Schedule weekly(List<DayOfWeek> weekdays, LocalTime cut, ZoneId zone) {
        return new Schedule(1, cut, zone, weekdays, false, 0);
    }

    public static Schedule monthly(LocalTime cut, ZoneId zone) {
        return new Schedule(1, cut, zone, List.of(), true, 0);
    }

    /** @param hours one of {@link #HOURS} */
    public static Schedule hourly(int hours, LocalTime cut) {
        return new Schedule(1, cut, ZoneId.of("UTC"), List.of(), false, hours);
    }

    /** Whether units are shorter than a day, so that instants name them. */
    public boolean isWithinDay() {
        return hours > 0;
    }

    /**
     * The unit of that name. One that has no cut by this schedule is given, too: a unit that was done by another schedule
     * stays readable.
     */
    public Unit unit(UnitId id) {
        return new Unit(id, instant(previous(id)), instant(id));
    }

    public Unit unit(LocalDate date) {
        return unit(UnitId.of(date));
    }

    /** Whether the schedule has a cut of that name. */
    public boolean isUnit(UnitId id) {
        if (isWithinDay() || !id.isDate()) {
            return isWithinDay() && !id.isDate() && sinceCut(id) == 0;
        }
        LocalDate date = id.date();
        boolean isOn =
                weekdays.isEmpty() ? !monthly || date.getDayOfMonth() == 1 : weekdays.contains(date.getDayOfWeek());
        // A zone that crosses the date line skips a whole date, whose cut would be that of the next one.
        return isOn && cutOf(date).isBefore(cutOf(date.plusDays(1)));
    }

    /**
     * The units from {@code from} to {@code to}, both included, in order. Dates stand for all units of their days where
     * units are shorter.
     */
    public List<Unit> units(UnitId from, UnitId to) {
        UnitId last = notAfter(to);
        return Stream.iterate(notBefore(from), id -> !id.isAfter(last), this::next)
                .map(this::unit)
                .toList();
    }

    public List<Unit> units(LocalDate from, LocalDate to) {
        return units(UnitId.of(from), UnitId.of(to));
    }

    /** The latest unit whose cut is not after {@code instant}: what a run that is due at that instant must do. */
    public Unit dueAt(Instant instant) {
        if (isWithinDay()) {
            return unit(notAfter(UnitId.of(instant)));
        }
        UnitId id = UnitId.of(instant.atZone(zone).toLocalDate());
        while (!isUnit(id) || instant.isBefore(instant(id))) {
            id = UnitId.of(id.date().minusDays(Math.max(days, 1)));
        }
        return unit(id);
    }

    /** The first unit that is not before this one, which is itself where it is a unit. */
    public UnitId notBefore(UnitId id) {
        if (isUnit(id)) {
            return id;
        }
        // The first cut of a day may be at midnight.
        return isWithinDay() && id.isDate() && sinceCut(id) == 0 ? new UnitId(id.date(), 0) : next(id);
    }

    /** The last unit that is not after this one, which is itself where it is a unit; of a date its last one. */
    public UnitId notAfter(UnitId id) {
        UnitId bound = isWithinDay() && id.isDate() ? new UnitId(id.date(), LAST_MINUTE) : id;
        return isUnit(bound) ? bound : previous(bound);
    }

    /** The first one after this one that has a cut. */
    public UnitId next(UnitId id) {
        if (isWithinDay()) {
            return shifted(id, step() - sinceCut(id));
        }
        return neighbour(id.date(), 1);
    }

    /** The last one before this one that has a cut. */
    public UnitId previous(UnitId id) {
        if (isWithinDay()) {
            return shifted(id, sinceCut(id) == 0 ? -step() : -sinceCut(id));
        }
        return neighbour(id.date(), -1);
    }

    private UnitId neighbour(LocalDate date, int direction) {
        LocalDate other = date.plusDays((long) direction * days);
        while (!isUnit(UnitId.of(other))) {
            other = other.plusDays(direction);
        }
        return UnitId.of(other);
    }

    private int step() {
        return hours * 60;
    }

    /** Minutes from the last cut to the instant of that name, 0 at a cut. */
    private int sinceCut(UnitId id) {
        return Math.floorMod(Math.max(id.minute(), 0) - cut.toSecondOfDay() / 60, step());
    }

    private static UnitId shifted(UnitId id, int minutes) {
        return UnitId.of(id.instant().plusSeconds(minutes * 60L));
    }

    private Instant instant(UnitId id) {
        return id.isDate() ? cutOf(id.date()) : id.instant();
    }

    private Instant cutOf(LocalDate date) {
        return date.atTime(cut).atZone(zone).toInstant();
    }

    /** Its dates in words: {@code every day}, {@code every mon and thu}, {@code on the first of each month}. */
    public String dates() {
        if (isWithinDay()) {
            UnitId first = notBefore(UnitId.of(LocalDate.EPOCH));
            return "every " + (hours == 1 ? "hour" : hours + " hours") + " from "
                    + first.toString().substring(first.toString().indexOf('T') + 1);
        }
        if (monthly) {
            return "on the first of each month";
        }
        if (weekdays.isEmpty()) {
            return days == 1 ? "every day" : "every " + days + " days";
        }
        return weekdays.stream().map(Schedule::shortName).collect(Collectors.joining(" and ", "every ", ""));
    }

    /** {@code mon} to {@code sun}. */
    public static String shortName(DayOfWeek day) {
        return day.name().substring(0, 3).toLowerCase(Locale.ROOT);
    }
}
