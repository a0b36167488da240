package io.penstock.jobs.demo.feed;

import static java.time.temporal.ChronoUnit.MINUTES;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Turns the archive's local clock times into instants.
 *
 * <p>{@code time_hour} is the scheduled departure's hour in UTC, so {@code + minute} is the departure. An arrival is known
 * only as a clock time in the destination's zone, without its date. Of the three candidate days the one whose instant lies
 * nearest to departure + the usual (median) time in the air of the route is taken; on the real archive the nearest lies at
 * most 2 h 16 min away and the next one most of a day, so taxi times cannot change the choice.
 */
final class FlightTimes {
    /** Caribbean airports that the archive's airports lack: UTC−4 all year, no daylight saving. */
    private static final List<String> ATLANTIC = List.of("SJU", "BQN", "STT", "PSE");

    private static final int MILES_PER_MINUTE = 8;

    private final Map<String, ZoneId> zones;
    private final Map<String, Integer> minutesInTheAir;

    private FlightTimes(Map<String, ZoneId> zones, Map<String, Integer> minutesInTheAir) {
        this.zones = zones;
        this.minutesInTheAir = minutesInTheAir;
    }

    static FlightTimes of(CsvTable airports, CsvTable flights) {
        Map<String, ZoneId> zones = new HashMap<>();
        airports.forEach(row -> {
            if (!row.missing("tzone")) {
                zones.put(row.text("faa"), ZoneId.of(row.text("tzone")));
            }
        });
        ATLANTIC.forEach(airport -> zones.putIfAbsent(airport, ZoneOffset.ofHours(-4)));
        Map<String, List<Integer>> flown = new HashMap<>();
        flights.forEach(row -> {
            if (!row.missing("air_time")) {
                flown.computeIfAbsent(route(row), r -> new ArrayList<>()).add(row.number("air_time"));
            }
        });
        Map<String, Integer> usual = new HashMap<>();
        flown.forEach((route, minutes) -> {
            minutes.sort(null);
            usual.put(route, minutes.get((minutes.size() - 1) / 2));
        });
        return new FlightTimes(zones, usual);
    }

    Instant scheduledDeparture(CsvTable.Row flight) {
        return Instant.parse(flight.text("time_hour")).plus(flight.number("minute"), MINUTES);
    }

    Instant scheduledArrival(CsvTable.Row flight) {
        // One route of the archive was never flown, so its distance has to do
        int inTheAir = minutesInTheAir.getOrDefault(route(flight), flight.number("distance") / MILES_PER_MINUTE);
        Instant expected = scheduledDeparture(flight).plus(inTheAir, MINUTES);
        ZoneId zone = zone(flight);
        int clock = flight.number("sched_arr_time");
        LocalTime time = LocalTime.of(clock / 100 % 24, clock % 100);
        LocalDate day = expected.atZone(zone).toLocalDate();
        Instant nearest = null;
        for (int shift = -1; shift <= 1; shift++) {
            Instant candidate = day.plusDays(shift).atTime(time).atZone(zone).toInstant();
            if (nearest == null || distance(candidate, expected).compareTo(distance(nearest, expected)) < 0) {
                nearest = candidate;
            }
        }
        return nearest;
    }

    /** When the flight arrived; for one that did not, when it should have. */
    Instant arrived(CsvTable.Row flight) {
        Instant scheduled = scheduledArrival(flight);
        return flight.missing("arr_delay") ? scheduled : scheduled.plus(flight.number("arr_delay"), MINUTES);
    }

    private ZoneId zone(CsvTable.Row flight) {
        ZoneId zone = zones.get(flight.text("dest"));
        if (zone == null) {
            throw new IllegalStateException("No time zone for airport " + flight.text("dest"));
        }
        return zone;
    }

    private static String route(CsvTable.Row flight) {
        return flight.text("origin") + flight.text("dest");
    }

    private static Duration distance(Instant one, Instant other) {
        return Duration.between(one, other).abs();
    }
}
