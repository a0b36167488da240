package io.penstock.ingestion.contract;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What {@link Values} must answer, spelled by regular expressions. */
final class RegexValues {
    private static final Pattern WHOLE = Pattern.compile("[+-]?\\d+(\\.0*)?");
    private static final Pattern DECIMAL = Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d{1,5})?");
    private static final Pattern NOT_FINITE = Pattern.compile("(?i)[+-]?(nan|inf|infinity)");
    private static final Pattern EPOCH = Pattern.compile("-?\\d{9,19}");
    private static final Pattern DATE = Pattern.compile("(\\d{4})-(\\d\\d)-(\\d\\d)");
    private static final Pattern TIMESTAMP = Pattern.compile("(\\d{4})-(\\d\\d)-(\\d\\d)([T ])(\\d\\d):(\\d\\d)"
            + "(?::(\\d\\d)(?:\\.(\\d{1,9}))?)? ?(Z|UTC|[+-]\\d\\d(?::?\\d\\d)?)?");
    private static final int FIRST_YEAR = 1900;
    private static final int LAST_YEAR = 2200;

    private RegexValues() {}

    /** The value; or, when it is null, the number of the code and what was expected. */
    record Read(Object value, String code, String expected) {}

    static Read read(Values.Kind kind, String text) {
        if (kind == Values.Kind.STRING) {
            return new Read(text, null, null);
        }
        String bare = text.strip();
        return switch (kind) {
            case INT -> whole(bare, Integer.MIN_VALUE, Integer.MAX_VALUE, "int");
            case LONG -> whole(bare, Long.MIN_VALUE, Long.MAX_VALUE, "long");
            case DOUBLE -> decimal(bare);
            case TIMESTAMP -> timestamp(bare);
            case DATE -> date(bare);
            default -> bool(bare);
        };
    }

    private static Read value(Object value) {
        return new Read(value, null, null);
    }

    private static Read none(String code, String expected) {
        return new Read(null, code, expected);
    }

    /** {@code 517.0}, as some tools write a column of whole numbers with gaps, is the whole number 517. */
    private static Read whole(String text, long least, long most, String type) {
        if (!WHOLE.matcher(text).matches()) {
            return NOT_FINITE.matcher(text).matches()
                    ? none("016", "must be a finite " + type)
                    : none("015", "must be a plain " + type + " such as 1234");
        }
        int dot = text.indexOf('.');
        try {
            long value = Long.parseLong(dot < 0 ? text : text.substring(0, dot));
            if (value >= least && value <= most) {
                return type.equals("int") ? value((int) value) : value(value);
            }
        } catch (NumberFormatException e) {
            // Out of the range of a long: the same answer as out of the type's range.
        }
        return none("014", "does not fit " + type + " (" + least + " to " + most + ")");
    }

    private static Read decimal(String text) {
        if (!DECIMAL.matcher(text).matches()) {
            return NOT_FINITE.matcher(text).matches()
                    ? none("016", "must be a finite number")
                    : none("015", "must be a plain number such as 1234.5");
        }
        double value = Double.parseDouble(text);
        return Double.isInfinite(value) ? none("016", "must be a finite number") : value(value);
    }

    private static Read timestamp(String text) {
        Matcher matcher = TIMESTAMP.matcher(text);
        if (!matcher.matches()) {
            return EPOCH.matcher(text).matches()
                    ? none("020", "a count since 1970; must be like 2013-12-25T06:00:00Z")
                    : none("019", "must be like 2013-12-25T06:00:00Z or 2013-12-25 06:00:00");
        }
        String zone = matcher.group(9);
        if (zone == null && matcher.group(4).equals("T")) {
            return none("021", "must name its zone: Z or an offset such as -05:00");
        }
        LocalDateTime local;
        ZoneOffset offset;
        try {
            String seconds = matcher.group(7);
            local = LocalDateTime.of(
                    number(matcher, 1),
                    number(matcher, 2),
                    number(matcher, 3),
                    number(matcher, 5),
                    number(matcher, 6),
                    seconds == null ? 0 : Integer.parseInt(seconds));
            offset = zone == null || zone.equals("Z") || zone.equals("UTC") ? ZoneOffset.UTC : ZoneOffset.of(zone);
        } catch (DateTimeException e) {
            return none("018", "not a moment of the calendar: " + e.getMessage());
        }
        if (isOutOfRange(local.getYear())) {
            return none("022", years());
        }
        String fraction = matcher.group(8);
        long micros = fraction == null ? 0 : Long.parseLong((fraction + "00000").substring(0, 6));
        return value(local.toEpochSecond(offset) * 1_000_000L + micros);
    }

    private static Read date(String text) {
        Matcher matcher = DATE.matcher(text);
        if (!matcher.matches()) {
            return none("019", "must be like 2013-12-25");
        }
        try {
            LocalDate date = LocalDate.of(number(matcher, 1), number(matcher, 2), number(matcher, 3));
            return isOutOfRange(date.getYear()) ? none("022", years()) : value((int) date.toEpochDay());
        } catch (DateTimeException e) {
            return none("018", "not a day of the calendar: " + e.getMessage());
        }
    }

    private static Read bool(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true", "1" -> value(true);
            case "false", "0" -> value(false);
            default -> none("015", "must be true or false");
        };
    }

    private static int number(Matcher matcher, int group) {
        return Integer.parseInt(matcher.group(group));
    }

    private static boolean isOutOfRange(int year) {
        return year < FIRST_YEAR || year > LAST_YEAR;
    }

    private static String years() {
        return "the year must be " + FIRST_YEAR + " to " + LAST_YEAR;
    }
}
