package io.penstock.core.config;

import io.penstock.core.ErrorCode;
import io.penstock.core.Schedule;
import io.penstock.core.UnitId;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads {@code schedule}. A wrong one is replaced by a daily one, so that one mistake is reported once. */
final class ScheduleBinder {
    private static final Pattern WEEKLY = Pattern.compile("0*1 *w(eeks?)?");
    private static final Pattern MONTHLY = Pattern.compile("0*1 *mo(nths?)?");

    private final Section section;
    private final String every;
    private final LocalTime cut;
    private final ZoneId zone;

    private ScheduleBinder(Section section) {
        this.section = section;
        this.every = section.text("every", "1d").trim();
        this.cut = section.time("cut", LocalTime.MIDNIGHT);
        this.zone = section.zone("zone");
    }

    static Schedule bind(Section section) {
        ScheduleBinder binder = new ScheduleBinder(section);
        Schedule schedule = binder.schedule().orElseGet(() -> new Schedule(1, binder.cut, binder.zone));
        section.finish();
        return schedule;
    }

    private Optional<Schedule> schedule() {
        if (WEEKLY.matcher(every).matches()) {
            return Optional.of(weekdays())
                    .filter(days -> !days.isEmpty())
                    .map(days -> Schedule.weekly(days, cut, zone));
        }
        if (section.has("days")) {
            section.texts("days", List.of());
            section.report(ErrorCode.INVALID_VALUE, "days", "", "is set with every = " + every + ", must be with 1w");
            return Optional.empty();
        }
        if (MONTHLY.matcher(every).matches()) {
            return Optional.of(Schedule.monthly(cut, zone));
        }
        Optional<Integer> hours = Schedule.HOURS.stream()
                .filter(step -> Section.isDuration(every, Duration.ofHours(step)))
                .findFirst();
        if (hours.isPresent()) {
            return hours(hours.get());
        }
        if (section.has("every") && !Section.isDuration(every, Duration.ofDays(1))) {
            section.report(
                    ErrorCode.INVALID_VALUE,
                    "every",
                    "",
                    "is " + every
                            + ", must be 1h, 2h, 3h, 4h, 6h, 8h, 12h, 1d, 1w (on Mondays, or on the `days` that are"
                            + " named) or 1mo (on the first)");
        }
        return Optional.empty();
    }

    /** Fixed steps: a zone whose clocks change would make one longer and another shorter. */
    private Optional<Schedule> hours(int step) {
        if (!zone.normalized().equals(ZoneOffset.UTC)) {
            section.report(
                    ErrorCode.INVALID_VALUE, "zone", "", "is " + zone + " with every = " + every + ", must be UTC");
            return Optional.empty();
        }
        if (cut.toSecondOfDay() % 60 != 0) {
            section.report(
                    ErrorCode.INVALID_VALUE,
                    "cut",
                    "",
                    "is " + cut + " with every = " + every + ", must be whole minutes, as in the names of its units");
            return Optional.empty();
        }
        return Optional.of(Schedule.hourly(step, cut));
    }

    /** Empty when one of them is wrong. */
    private List<DayOfWeek> weekdays() {
        List<String> names = section.texts("days", List.of("mon"));
        List<String> known =
                Arrays.stream(DayOfWeek.values()).map(Schedule::shortName).toList();
        List<String> unknown =
                names.stream().filter(name -> !known.contains(name)).toList();
        unknown.forEach(name -> section.report(
                ErrorCode.INVALID_VALUE, "days", "", "holds " + name + ", must be of " + String.join(", ", known)));
        if (names.isEmpty()) {
            section.report(ErrorCode.NOTHING_DECLARED, "days", "", "names no day, such as days = [mon, thu]");
        }
        return Arrays.stream(DayOfWeek.values())
                .filter(day -> unknown.isEmpty() && names.contains(Schedule.shortName(day)))
                .toList();
    }

    /** A training at a date without a cut would never run. */
    static void requireUnits(Schedule schedule, ModelSpec model, Section section) {
        model.training().at().stream()
                .filter(unit -> !schedule.isUnit(unit))
                .forEach(unit -> section.section("training")
                        .report(ErrorCode.NO_UNIT_OF_SCHEDULE, "at", "", noUnit(schedule, unit)));
        UnitId from = model.scoring().from();
        if (!from.isDate() && !schedule.isUnit(from)) {
            section.section("scoring").report(ErrorCode.NO_UNIT_OF_SCHEDULE, "from", "", noUnit(schedule, from));
        }
    }

    private static String noUnit(Schedule schedule, UnitId unit) {
        return "holds " + unit + ", which is no unit: units are " + schedule.dates() + ", the nearest "
                + schedule.previous(unit) + " and " + schedule.next(unit);
    }
}
