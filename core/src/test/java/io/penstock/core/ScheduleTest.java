package io.penstock.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ScheduleTest {
    private static final LocalDate FROM = LocalDate.of(2011, 12, 20);
    private static final LocalDate TO = LocalDate.of(2013, 4, 10);

    /** Zones with a gap and a double hour at night, at midnight, of half an hour, and one that skipped 30 December 2011. */
    static Stream<Schedule> schedules() {
        return Stream.concat(hours(), days());
    }

    private static Stream<Schedule> hours() {
        return Schedule.HOURS.stream()
                .flatMap(hours ->
                        Stream.of("00:00", "02:30", "23:45").map(cut -> Schedule.hourly(hours, LocalTime.parse(cut))));
    }

    private static Stream<Schedule> days() {
        return Stream.of("UTC", "Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "Pacific/Apia")
                .map(ZoneId::of)
                .flatMap(zone -> Stream.of("00:00", "02:30", "23:45")
                        .map(LocalTime::parse)
                        .flatMap(cut -> Stream.of(
                                new Schedule(1, cut, zone),
                                Schedule.weekly(List.of(DayOfWeek.MONDAY), cut, zone),
                                Schedule.weekly(List.of(DayOfWeek.THURSDAY, DayOfWeek.FRIDAY), cut, zone),
                                Schedule.monthly(cut, zone))));
    }

    @ParameterizedTest
    @MethodSource("schedules")
    void unitsFollowEachOtherWithoutGapOrOverlap(Schedule schedule) {
        List<Unit> units = schedule.units(FROM, TO);

        for (int i = 1; i < units.size(); i++) {
            assertThat(units.get(i).previousCut()).isEqualTo(units.get(i - 1).cut());
            assertThat(units.get(i).cut()).isAfter(units.get(i).previousCut());
            assertThat(units.get(i).id())
                    .isEqualTo(schedule.next(units.get(i - 1).id()));
            assertThat(schedule.previous(units.get(i).id()))
                    .isEqualTo(units.get(i - 1).id());
        }
    }

    @ParameterizedTest
    @MethodSource("schedules")
    void aUnitIsDueFromItsCutUntilTheNextOne(Schedule schedule) {
        for (Unit unit : schedule.units(FROM, TO)) {
            Instant next = schedule.unit(schedule.next(unit.id())).cut();

            assertThat(schedule.dueAt(unit.cut())).isEqualTo(unit);
            assertThat(schedule.dueAt(next.minusNanos(1))).isEqualTo(unit);
            assertThat(schedule.dueAt(unit.cut().minusNanos(1)).cut()).isEqualTo(unit.previousCut());
        }
    }

    @ParameterizedTest
    @MethodSource("schedules")
    void textSortsAsTime(Schedule schedule) {
        List<Unit> units = schedule.units(FROM, TO);

        assertThat(units.stream().map(Unit::toString).sorted())
                .isEqualTo(units.stream().sorted().map(Unit::toString).toList());
    }

    @ParameterizedTest
    @MethodSource("schedules")
    void aRangeInPartsIsTheWholeRange(Schedule schedule) {
        LocalDate middle = LocalDate.of(2012, 6, 13);

        assertThat(Stream.concat(schedule.units(FROM, middle).stream(), schedule.units(middle.plusDays(1), TO).stream())
                        .toList())
                .isEqualTo(schedule.units(FROM, TO));
    }

    @Test
    void aMonthlyUnitIsAsLongAsItsMonth() {
        Schedule schedule = Schedule.monthly(LocalTime.of(8, 0), ZoneId.of("UTC"));

        assertThat(schedule.units(LocalDate.of(2012, 1, 2), LocalDate.of(2012, 5, 1)))
                .extracting(
                        unit -> Duration.between(unit.previousCut(), unit.cut()).toDays())
                .containsExactly(31L, 29L, 31L, 30L);
        assertThat(schedule.dueAt(Instant.parse("2012-03-01T07:59:59Z")).toString())
                .isEqualTo("2012-02-01");
    }

    @Test
    void aWeeklyUnitTakesTheDaysSinceTheCutBefore() {
        Schedule schedule =
                Schedule.weekly(List.of(DayOfWeek.THURSDAY, DayOfWeek.MONDAY), LocalTime.of(8, 0), ZoneId.of("UTC"));

        assertThat(schedule.units(LocalDate.of(2013, 12, 24), LocalDate.of(2014, 1, 2)))
                .extracting(Unit::toString)
                .containsExactly("2013-12-26", "2013-12-30", "2014-01-02");
        assertThat(schedule.unit(LocalDate.of(2013, 12, 30)).previousCut())
                .isEqualTo(Instant.parse("2013-12-26T08:00:00Z"));
        assertThat(schedule.dates()).isEqualTo("every mon and thu");
    }

    /** Clocks go from 02:00 to 03:00 on 31 March 2013, and from 03:00 back to 02:00 on 27 October. */
    @Test
    void aCutInTheGapIsAnHourLaterAndOneInTheDoubleHourIsTheFirst() {
        Schedule schedule = new Schedule(1, LocalTime.of(2, 30), ZoneId.of("Europe/Berlin"));

        assertThat(schedule.unit(LocalDate.of(2013, 3, 31)).cut()).isEqualTo(Instant.parse("2013-03-31T01:30:00Z"));
        assertThat(schedule.unit(LocalDate.of(2013, 10, 27)).cut()).isEqualTo(Instant.parse("2013-10-27T00:30:00Z"));
    }

    @Test
    void aDateThatAZoneSkippedIsNoUnit() {
        Schedule schedule = new Schedule(1, LocalTime.of(8, 0), ZoneId.of("Pacific/Apia"));

        assertThat(schedule.units(LocalDate.of(2011, 12, 29), LocalDate.of(2011, 12, 31)))
                .extracting(Unit::toString)
                .containsExactly("2011-12-29", "2011-12-31");
    }

    @Test
    void aUnitOfHoursIsNamedByTheInstantOfItsCut() {
        Schedule schedule = Schedule.hourly(6, LocalTime.of(8, 0));

        assertThat(schedule.units(LocalDate.of(2013, 12, 25), LocalDate.of(2013, 12, 25)))
                .extracting(Unit::toString)
                .containsExactly("2013-12-25T02:00Z", "2013-12-25T08:00Z", "2013-12-25T14:00Z", "2013-12-25T20:00Z");
        assertThat(schedule.units(UnitId.parse("2013-12-25T14:00Z"), UnitId.parse("2013-12-26T07:59Z")))
                .extracting(Unit::toString)
                .containsExactly("2013-12-25T14:00Z", "2013-12-25T20:00Z", "2013-12-26T02:00Z");
        assertThat(schedule.unit(UnitId.parse("2013-12-25T02:00Z")).previousCut())
                .isEqualTo(Instant.parse("2013-12-24T20:00:00Z"));
        assertThat(schedule.notAfter(UnitId.parse("2013-12-25"))).hasToString("2013-12-25T20:00Z");
        assertThat(schedule.notBefore(UnitId.parse("2013-12-25"))).hasToString("2013-12-25T02:00Z");
        assertThat(schedule.isUnit(UnitId.parse("2013-12-25"))).isFalse();
        assertThat(schedule.dates()).isEqualTo("every 6 hours from 02:00Z");
    }

    @Test
    void theJsonOfADailyScheduleIsAsItAlwaysWas() {
        assertThat(Json.canonical(new Schedule(1, LocalTime.of(8, 0), ZoneId.of("UTC"))))
                .isEqualTo("{\"cut\":\"08:00\",\"days\":1,\"zone\":\"UTC\"}");
        assertThat(Json.canonical(Schedule.monthly(LocalTime.of(8, 0), ZoneId.of("UTC"))))
                .isEqualTo("{\"cut\":\"08:00\",\"days\":1,\"monthly\":true,\"zone\":\"UTC\"}");
        assertThat(Json.canonical(Schedule.hourly(2, LocalTime.of(8, 0))))
                .isEqualTo("{\"cut\":\"08:00\",\"days\":1,\"hours\":2,\"zone\":\"UTC\"}");
    }
}
