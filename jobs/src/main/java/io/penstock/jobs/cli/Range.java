package io.penstock.jobs.cli;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.core.Schedule;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.List;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Which units: one, a range, or the one that is due at an instant. */
final class Range {
    @ArgGroup(multiplicity = "1")
    Choice choice;

    static final class Choice {
        @Option(
                names = "--unit",
                description = "One unit: its date, or its instant where units are shorter than a day.")
        String unit;

        @Option(
                names = "--due-at",
                description = "The unit whose cut is due at this instant (ISO-8601), as a scheduler knows it.")
        String dueAt;

        @ArgGroup(exclusive = false)
        FromTo range;
    }

    static final class FromTo {
        @Option(names = "--from", required = true, description = "First unit of a range.")
        String from;

        @Option(names = "--to", required = true, description = "Last unit of the range.")
        String to;
    }

    List<Unit> units(Schedule schedule) {
        return units(choice, schedule);
    }

    static List<Unit> units(Choice choice, Schedule schedule) {
        if (choice.unit != null) {
            UnitId unit = unit(choice.unit, "--unit");
            if (!schedule.isUnit(unit)) {
                throw noUnit(unit + " is no unit", "--unit", schedule, unit, unit);
            }
            return List.of(schedule.unit(unit));
        }
        if (choice.dueAt != null) {
            return List.of(schedule.dueAt(instant(choice.dueAt)));
        }
        UnitId from = unit(choice.range.from, "--from");
        UnitId to = unit(choice.range.to, "--to");
        for (UnitId bound : List.of(from, to)) {
            if (!schedule.isWithinDay() && !bound.isDate()) {
                throw noUnit(bound + " is no unit", "--from, --to", schedule, bound, bound);
            }
        }
        if (to.isDate() ? to.date().isBefore(from.date()) : to.isBefore(from)) {
            throw new PenstockException(
                    ErrorCode.REVERSED_RANGE,
                    "Invalid range: " + from + " … " + to,
                    "--from, --to",
                    "Give the earlier date first");
        }
        List<Unit> units = schedule.units(from, to);
        if (units.isEmpty()) {
            throw noUnit("There is no unit from " + from + " to " + to, "--from, --to", schedule, from, to);
        }
        return units;
    }

    private static PenstockException noUnit(String what, String option, Schedule schedule, UnitId from, UnitId to) {
        return new PenstockException(
                ErrorCode.NO_UNIT_OF_SCHEDULE,
                what + ": the pipeline's units are " + schedule.dates(),
                option,
                "The nearest are " + schedule.previous(from) + " and " + schedule.next(to));
    }

    private static UnitId unit(String text, String option) {
        try {
            return UnitId.parse(text);
        } catch (DateTimeParseException e) {
            throw new PenstockException(
                    ErrorCode.INVALID_UNIT,
                    "Invalid unit: " + text,
                    option,
                    "Write it as 2013-12-25, or as 2013-12-25T08:00Z where units are shorter than a day");
        }
    }

    private static Instant instant(String text) {
        try {
            return OffsetDateTime.parse(text.replace(' ', 'T')).toInstant();
        } catch (DateTimeParseException e) {
            throw new PenstockException(
                    ErrorCode.INVALID_UNIT, "Invalid instant: " + text, "--due-at", "Write it as 2013-12-25T08:00:00Z");
        }
    }
}
