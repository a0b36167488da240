package io.penstock.core.config;

import io.penstock.core.ErrorCode;
import io.penstock.core.config.TimesSpec.Epoch;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoField;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.TemporalQueries;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Binds how a timestamp or date is written and where it must lie. */
final class TimesBinder {
    static final List<String> TYPES = List.of("timestamp", "date");
    private static final ZonedDateTime SAMPLE = ZonedDateTime.of(2013, 12, 25, 18, 45, 30, 0, ZoneOffset.UTC);

    private final Section column;
    private final boolean isTimestamp;
    private final String type;

    TimesBinder(Section column, String type) {
        this.column = column;
        this.type = type;
        this.isTimestamp = type.equals("timestamp");
    }

    TimesSpec bind() {
        SourceBinder.onlyFor(column, type, "format", TYPES);
        SourceBinder.onlyFor(column, type, "zone", List.of("timestamp"));
        SourceBinder.onlyFor(column, type, "epoch", List.of("timestamp"));
        SourceBinder.onlyFor(column, type, "max-ahead", List.of("timestamp"));
        Optional<String> format = column.optionalText("format");
        Optional<String> zone =
                column.has("zone") ? Optional.of(column.zone("zone")).map(ZoneId::getId) : Optional.empty();
        Optional<Epoch> epoch = epoch();
        contradict(epoch.isPresent() && format.isPresent(), "epoch", "format: a count since 1970 has none");
        contradict(epoch.isPresent() && zone.isPresent(), "epoch", "zone: a count since 1970 has none");
        if (TYPES.contains(type)) {
            format.ifPresent(pattern -> checkFormat(pattern, zone.isPresent()));
        }
        return new TimesSpec(
                format, zone, epoch, TYPES.contains(type) ? between() : List.of(), column.duration("max-ahead"));
    }

    private Optional<Epoch> epoch() {
        return column.has("epoch")
                ? Optional.of(column.choice(
                                "epoch",
                                "seconds",
                                Arrays.stream(Epoch.values())
                                        .map(unit -> unit.name().toLowerCase(Locale.ROOT))
                                        .toList()))
                        .map(unit -> Epoch.valueOf(unit.toUpperCase(Locale.ROOT)))
                : Optional.empty();
    }

    private void contradict(boolean isSo, String key, String message) {
        if (isSo) {
            column.report(ErrorCode.CONTRADICTING_KEYS, key, "", "contradicts " + message);
        }
    }

    /** A pattern must tell the whole day, of a timestamp the time too, and a zone unless one is declared. */
    private void checkFormat(String pattern, boolean isZoned) {
        try {
            DateTimeFormatter formatter = TimesSpec.formatter(pattern);
            TemporalAccessor read = formatter.parse(formatter.format(SAMPLE));
            LocalDate date = read.query(TemporalQueries.localDate());
            LocalTime time = read.query(TemporalQueries.localTime());
            if (!SAMPLE.toLocalDate().equals(date) || isTimestamp && time == null) {
                lacking(isTimestamp ? "a day and a time" : "a day");
            } else if (isTimestamp && !read.isSupported(ChronoField.INSTANT_SECONDS) && !isZoned) {
                column.report(
                        ErrorCode.COUNTERPART_MISSING,
                        "format",
                        "",
                        "reads no offset: say by zone where its times are local, such as UTC");
            }
        } catch (DateTimeException e) {
            lacking(isTimestamp ? "a day and a time" : "a day");
        } catch (IllegalArgumentException e) {
            column.report(
                    ErrorCode.INVALID_VALUE,
                    "format",
                    "",
                    "is no pattern of java.time, such as dd/MM/yyyy: " + e.getMessage());
        } catch (StackOverflowError e) {
            column.report(ErrorCode.NESTED_TOO_DEEPLY, "format", "", "is nested too deeply");
        }
    }

    private void lacking(String needed) {
        column.report(ErrorCode.INVALID_VALUE, "format", "", "does not tell " + needed + ", as dd/MM/yyyy HH:mm does");
    }

    private List<String> between() {
        List<String> bounds = column.texts("between", List.of());
        if (!column.has("between")) {
            return bounds;
        }
        try {
            boolean isOrdered = bounds.size() == 2
                    && (isTimestamp
                            ? !Instant.parse(bounds.get(0)).isAfter(Instant.parse(bounds.get(1)))
                            : !LocalDate.parse(bounds.get(0)).isAfter(LocalDate.parse(bounds.get(1))));
            if (isOrdered) {
                return bounds;
            }
        } catch (DateTimeException e) {
            // Told below, like bounds in the wrong order.
        }
        column.report(
                ErrorCode.INVALID_VALUE,
                "between",
                "",
                "must be two " + (isTimestamp ? "instants as \"2013-12-25T06:00:00Z\"" : "dates as \"2013-12-25\"")
                        + ", the earlier first");
        return List.of();
    }
}
