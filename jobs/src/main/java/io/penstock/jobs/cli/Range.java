package io.penstock.jobs.cli;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.core.Schedule;
import io.penstock.core.Unit;
import java.time.Instant;
import java.time.LocalDate;
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
        @Option(names = "--unit", description = "One unit, by its date.")
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
            LocalDate date = date(choice.unit, "--unit");
            if (!schedule.isUnit(date)) {
                throw noUnit(date + " is no unit", "--unit", schedule, date, date);
            }
            return List.of(schedule.unit(date));
        }
        if (choice.dueAt != null) {
            return List.of(schedule.dueAt(instant(choice.dueAt)));
        }
        LocalDate from = date(choice.range.from, "--from");
        LocalDate to = date(choice.range.to, "--to");
        if (to.isBefore(from)) {
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

    private static PenstockException noUnit(
            String what, String option, Schedule schedule, LocalDate from, LocalDate to) {
        return new PenstockException(
                ErrorCode.NO_UNIT_OF_SCHEDULE,
                what + ": the pipeline's units are " + schedule.dates(),
                option,
                "The nearest are " + schedule.previous(from) + " and " + schedule.next(to));
    }

    private static LocalDate date(String text, String option) {
        try {
            return LocalDate.parse(text);
        } catch (DateTimeParseException e) {
            throw new PenstockException(
                    ErrorCode.INVALID_UNIT, "Invalid date: " + text, option, "Write it as 2013-12-25");
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
