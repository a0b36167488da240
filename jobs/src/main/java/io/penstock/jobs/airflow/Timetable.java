package io.penstock.jobs.airflow;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.core.Schedule;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.config.PipelineConfig;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * When a pipeline's units are due, as Airflow says it. A schedule that goes on is a cron line. One that ends at
 * {@code airflow.until} is the list of its cuts, never an {@code end_date}: Airflow hands that on to the tasks, so a run
 * by hand of a later logical date has none and is green, and tasks that end later than their DAG keep the schedule going.
 *
 * @param sdk names imported from {@code airflow.sdk}
 * @param before what stands before the DAG
 * @param arguments of the DAG
 */
record Timetable(List<String> sdk, String before, String arguments) {
    /** The one of {@code airflow.sdk} does not survive being serialized in Airflow 3.3.2: a key is missing. */
    static final String IMPORT = "from airflow.timetables.events import EventsTimetable\n";

    static Timetable of(PipelineConfig config) {
        UnitId first = first(config);
        String cron = cron(config);
        String zone = zone(config);
        String rest = "# The first run is due at the cut of " + first + ", the first unit.\n"
                + "start_date=" + Python.time(config.schedule().unit(first).previousCut()) + ",\n"
                + "# Units are done in order and none is left out.\ncatchup=True,\nmax_active_runs=1,";
        return config.airflow()
                .until()
                .map(config.schedule()::notAfter)
                .map(last -> new Timetable(
                        List.of("DAG", "Asset", "ObjectStoragePath", "Param", "Variable"),
                        cuts(config, first, last),
                        "# It ends with " + last + ". An end_date would also end the runs that are started by hand.\n"
                                + "schedule=EventsTimetable(CUTS, description="
                                + Python.text(cron + " " + zone + ", " + first + " to " + last) + "),\n" + rest))
                .orElseGet(() -> new Timetable(
                        List.of("DAG", "Asset", "CronDataIntervalTimetable", "ObjectStoragePath", "Param", "Variable"),
                        "",
                        "schedule=CronDataIntervalTimetable(" + Python.text(cron) + ", timezone=" + Python.text(zone)
                                + "),\n" + rest));
    }

    /** Added up in local time, so that a cut stays at its hour when clocks change. */
    private static String cuts(PipelineConfig config, UnitId first, UnitId last) {
        if (last.isBefore(first)) {
            throw new PenstockException(
                    ErrorCode.UNTIL_BEFORE_FIRST,
                    "Cannot export to Airflow: the last unit, " + last + ", is before the first, " + first,
                    config.pipeline() + ": airflow.until",
                    "Set airflow.until to the first unit or a later one, or airflow.from to an earlier one");
        }
        Schedule schedule = config.schedule();
        String zone = zone(config);
        LocalDate day = first.date();
        LocalTime time = schedule.isWithinDay() ? timeOf(config, first) : schedule.cut();
        return "# The cuts of " + first + " to " + last + "\n"
                + String.format(
                        Locale.ROOT,
                        "FIRST_CUT = datetime(%d, %d, %d, %d, %d, tzinfo=%s)\n",
                        day.getYear(),
                        day.getMonthValue(),
                        day.getDayOfMonth(),
                        time.getHour(),
                        time.getMinute(),
                        zone.equals("UTC") ? "timezone.utc" : "ZoneInfo(" + Python.text(zone) + ")")
                + (schedule.isWithinDay()
                        ? "CUTS = [FIRST_CUT + timedelta(hours=hour) for hour in range(0, "
                                + schedule.units(first, last).size() * schedule.hours() + ", " + schedule.hours() + ")]"
                        : "CUTS = [(FIRST_CUT + timedelta(days=day)).astimezone(timezone.utc) for day in "
                                + daysAfter(day, schedule.units(first, last)) + "]")
                + "\n\n\n";
    }

    private static LocalTime timeOf(PipelineConfig config, UnitId unit) {
        return config.schedule().unit(unit).cut().atZone(ZoneOffset.UTC).toLocalTime();
    }

    private static String daysAfter(LocalDate first, List<Unit> units) {
        List<Long> days = units.stream()
                .map(unit -> ChronoUnit.DAYS.between(first, unit.id().date()))
                .toList();
        boolean isEach = days.get(days.size() - 1) == days.size() - 1;
        return isEach ? "range(" + days.size() + ")" : days.toString();
    }

    private static UnitId first(PipelineConfig config) {
        return config.airflow()
                .from()
                .or(() -> config.publishedModels().stream()
                        .map(model -> model.scoring().from())
                        .min(UnitId::compareTo))
                .map(config.schedule()::notBefore)
                .orElseThrow(() -> new PenstockException(
                        ErrorCode.FIRST_UNIT_UNKNOWN,
                        "Cannot export to Airflow: nothing says which unit is the first",
                        config.pipeline() + ": airflow.from",
                        "Set airflow.from to the first unit that is to be scheduled, such as airflow { from = "
                                + "\"2026-03-01\" }"));
    }

    private static String cron(PipelineConfig config) {
        Schedule schedule = config.schedule();
        if (schedule.days() != 1 || schedule.cut().getSecond() != 0) {
            throw unfit(
                    config,
                    schedule.dates() + " at " + schedule.cut(),
                    "Set schedule.every to hours that divide a day, 1d, 1w or 1mo, and schedule.cut to whole minutes, or write the DAG"
                            + " by hand");
        }
        if (schedule.isWithinDay()) {
            String hours = schedule.units(LocalDate.EPOCH, LocalDate.EPOCH).stream()
                    .map(unit -> String.valueOf(timeOf(config, unit.id()).getHour()))
                    .collect(Collectors.joining(","));
            return schedule.cut().getMinute() + " " + (schedule.hours() == 1 ? "*" : hours) + " * * *";
        }
        String weekdays = schedule.weekdays().isEmpty()
                ? "*"
                : schedule.weekdays().stream()
                        // Cron's week begins with Sunday, 0.
                        .map(day -> day.getValue() % 7)
                        .sorted()
                        .map(String::valueOf)
                        .collect(Collectors.joining(","));
        return schedule.cut().getMinute() + " " + schedule.cut().getHour() + (schedule.monthly() ? " 1" : " *") + " * "
                + weekdays;
    }

    private static String zone(PipelineConfig config) {
        ZoneId zone = config.schedule().zone();
        ZoneId plain = zone.normalized();
        if (plain.equals(ZoneOffset.UTC)) {
            return "UTC";
        }
        if (plain instanceof ZoneOffset) {
            throw unfit(config, "zone " + zone, "Set schedule.zone to a named zone, such as Europe/Paris");
        }
        return zone.getId();
    }

    private static PenstockException unfit(PipelineConfig config, String value, String remedy) {
        return new PenstockException(
                ErrorCode.SCHEDULE_NOT_CRON,
                "Cannot export the schedule to Airflow: " + value,
                config.pipeline() + ": schedule",
                remedy);
    }
}
