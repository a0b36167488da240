package io.penstock.core;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.List;

/** A cut every {@code days} days at {@code cut} local time of {@code zone}. Cuts come from here, never from a clock. */
public record Schedule(int days, LocalTime cut, ZoneId zone) {
    public Unit unit(LocalDate date) {
        return new Unit(date, instant(date.minusDays(days)), instant(date));
    }

    /** The units from {@code from} to {@code to}, both included, in order. */
    public List<Unit> units(LocalDate from, LocalDate to) {
        return from.datesUntil(to.plusDays(1), java.time.Period.ofDays(days))
                .map(this::unit)
                .toList();
    }

    /** The latest unit whose cut is not after {@code instant}: what a run that is due at that instant must do. */
    public Unit dueAt(Instant instant) {
        LocalDate date = instant.atZone(zone).toLocalDate();
        return instant.isBefore(instant(date)) ? unit(date.minusDays(days)) : unit(date);
    }

    private Instant instant(LocalDate date) {
        return date.atTime(cut).atZone(zone).toInstant();
    }
}
