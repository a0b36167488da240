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
 * A cut at {@code cut} local time of {@code zone} on each date of the schedule. Cuts come from here, never from a clock.
 *
 * <p>Its JSON is part of recipes: what is empty or false is left out, so a daily schedule reads as it always did.
 *
 * @param days the step of a schedule that has neither weekdays nor is monthly
 * @param weekdays the days of the week with a cut; empty for other schedules
 * @param monthly on the first of each month
 */
public record Schedule(
        int days,
        LocalTime cut,
        ZoneId zone,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<DayOfWeek> weekdays,
        @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean monthly) {
    public Schedule {
        weekdays = weekdays.stream().distinct().sorted().toList();
    }

    public Schedule(int days, LocalTime cut, ZoneId zone) {
        this(days, cut, zone, List.of(), false);
    }

    public static Schedule weekly(List<DayOfWeek> weekdays, LocalTime cut, ZoneId zone) {
        return new Schedule(1, cut, zone, weekdays, false);
    }

    public static Schedule monthly(LocalTime cut, ZoneId zone) {
        return new Schedule(1, cut, zone, List.of(), true);
    }

    /**
     * The unit of a date. A date that has no cut by this schedule gets one too: a unit that was done by another schedule
     * stays readable.
     */
    public Unit unit(LocalDate date) {
        return new Unit(date, instant(previous(date)), instant(date));
    }

    /** Whether the schedule has a cut on that date. */
    public boolean isUnit(LocalDate date) {
        boolean isOn =
                weekdays.isEmpty() ? !monthly || date.getDayOfMonth() == 1 : weekdays.contains(date.getDayOfWeek());
        // A zone that crosses the date line skips a whole date, whose cut would be that of the next one.
        return isOn && instant(date).isBefore(instant(date.plusDays(1)));
    }

    /** The units from {@code from} to {@code to}, both included, in order. */
    public List<Unit> units(LocalDate from, LocalDate to) {
        return Stream.iterate(isUnit(from) ? from : next(from), date -> !date.isAfter(to), this::next)
                .map(this::unit)
                .toList();
    }

    /** The latest unit whose cut is not after {@code instant}: what a run that is due at that instant must do. */
    public Unit dueAt(Instant instant) {
        LocalDate date = instant.atZone(zone).toLocalDate();
        while (!isUnit(date) || instant.isBefore(instant(date))) {
            date = days > 1 ? date.minusDays(days) : date.minusDays(1);
        }
        return unit(date);
    }

    /** The first date after this one that has a cut. */
    public LocalDate next(LocalDate date) {
        return neighbour(date, 1);
    }

    /** The last date before this one that has a cut. */
    public LocalDate previous(LocalDate date) {
        return neighbour(date, -1);
    }

    private LocalDate neighbour(LocalDate date, int direction) {
        LocalDate other = date.plusDays((long) direction * days);
        while (!isUnit(other)) {
            other = other.plusDays(direction);
        }
        return other;
    }

    private Instant instant(LocalDate date) {
        return date.atTime(cut).atZone(zone).toInstant();
    }

    /** Its dates in words: {@code every day}, {@code every mon and thu}, {@code on the first of each month}. */
    public String dates() {
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
