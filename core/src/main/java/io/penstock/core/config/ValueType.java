package io.penstock.core.config;

import java.util.List;

/** What a key of a configuration takes. */
public record ValueType(Kind kind, List<String> allowed, double min, double max) {
    /** The shapes of a value. */
    public enum Kind {
        TEXT("text"),
        EXPRESSION("SQL expression"),
        FLAG("`true` or `false`"),
        WHOLE("whole number"),
        NUMBER("number"),
        DURATION("duration, such as `7d`"),
        DATE("date, such as `\"2013-12-25\"`"),
        UNIT("date of a unit, or its instant, such as `\"2013-12-25T08:00Z\"`"),
        TIME("time of day, such as `\"08:00\"`"),
        ZONE("time zone, such as `Europe/Paris`"),
        CHOICE("one of"),
        TEXTS("list"),
        DURATIONS("list of durations, such as `[1d, 7d]`"),
        EXPRESSIONS("SQL expressions by name"),
        MAP("settings by name"),
        ANYTHING("anything");

        private final String words;

        Kind(String words) {
            this.words = words;
        }
    }

    static ValueType text() {
        return of(Kind.TEXT);
    }

    static ValueType expression() {
        return of(Kind.EXPRESSION);
    }

    static ValueType expressions() {
        return of(Kind.EXPRESSIONS);
    }

    static ValueType flag() {
        return of(Kind.FLAG);
    }

    static ValueType whole(int min, int max) {
        return new ValueType(Kind.WHOLE, List.of(), min, max);
    }

    static ValueType number(double min, double max) {
        return new ValueType(Kind.NUMBER, List.of(), min, max);
    }

    static ValueType number() {
        return of(Kind.NUMBER);
    }

    static ValueType duration() {
        return of(Kind.DURATION);
    }

    static ValueType durations() {
        return of(Kind.DURATIONS);
    }

    static ValueType date() {
        return of(Kind.DATE);
    }

    static ValueType unit() {
        return of(Kind.UNIT);
    }

    static ValueType time() {
        return of(Kind.TIME);
    }

    static ValueType zone() {
        return of(Kind.ZONE);
    }

    static ValueType choice(String... allowed) {
        return new ValueType(Kind.CHOICE, List.of(allowed), Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
    }

    static ValueType texts() {
        return of(Kind.TEXTS);
    }

    static ValueType map() {
        return of(Kind.MAP);
    }

    static ValueType anything() {
        return of(Kind.ANYTHING);
    }

    private static ValueType of(Kind kind) {
        return new ValueType(kind, List.of(), Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
    }

    boolean isUnbounded() {
        return Double.isInfinite(min) && Double.isInfinite(max);
    }

    /** Its keys are the user's own. */
    public boolean isOpen() {
        return kind == Kind.MAP || kind == Kind.EXPRESSIONS || kind == Kind.ANYTHING;
    }

    /** The rule in words, in Markdown. */
    public String rule() {
        if (kind == Kind.CHOICE) {
            return "`" + String.join("`, `", allowed) + "`";
        }
        if (isUnbounded()) {
            return kind.words;
        }
        boolean isOpenAbove = max >= Integer.MAX_VALUE;
        return kind.words + ", " + (isOpenAbove ? "at least " + shown(min) : shown(min) + " to " + shown(max));
    }

    private static String shown(double bound) {
        return bound == Math.rint(bound) ? String.valueOf((long) bound) : String.valueOf(bound);
    }
}
