package io.penstock.core.config;

import io.penstock.core.config.SqlChecks.SqlTable;
import io.penstock.core.config.SqlTree.Sound;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** What an expression is for, and what its value must be for that. */
enum SqlUse {
    /** A column that is stored and can be read by any engine. */
    COLUMN("a number, text, a condition or a time", type -> isPlain(type)),
    /** An input of a model. */
    INPUT("a number, text, a condition or a time", type -> isPlain(type)),
    /** Rows of which it is true are taken. */
    FILTER("a condition", "boolean"::equals),
    /** Records of which it is true withdraw their key. */
    WITHDRAWAL("a condition", "boolean"::equals),
    /** Rows of which it is true are held. */
    HOLD("a condition", "boolean"::equals),
    LABEL("a condition", "boolean"::equals),
    INSTANT("a timestamp", "timestamp"::equals),
    /** Becomes a timestamp: text and days as they are read. */
    TIME("a timestamp", Set.of("timestamp", "date", "string")::contains),
    ORDER(
            "a whole number, a time, a day or text",
            type -> isWhole(type) || Set.of("string", "date", "timestamp").contains(type)),
    SUMMED("a number or a condition", type -> isNumber(type) || type.equals("boolean")),
    /** Only whether it is there counts. */
    COUNTED("a value", type -> true);

    private static final Map<String, String> SPARK = Map.of("long", "bigint");
    private static final Set<String> BITS_AS_TEXT = Set.of("'0'", "'1'");
    private static final int MOST_SHOWN = 60;

    private final String wanted;
    private final Predicate<String> types;

    SqlUse(String wanted, Predicate<String> types) {
        this.wanted = wanted;
        this.types = types;
    }

    /**
     * What is wrong with an expression for this, and what to write; empty where it is taken.
     *
     * @param table that it is about
     */
    Optional<String> objection(String sql, Sound found, SqlTable table) {
        if (found.values().isAlwaysNull()) {
            return Optional.of("is always NULL, must be " + wanted + suchAs(table));
        }
        if (found.type().equals(SqlAnalysis.UNKNOWN)) {
            // What is made of a broken column is not judged
            return Optional.empty();
        }
        String shown = sql.length() > MOST_SHOWN ? "…" : sql;
        boolean isBitLabel = this == LABEL && found.values().isBit();
        if (!types.test(found.type()) && !isBitLabel) {
            return Optional.of(mistyped(shown, found, table));
        }
        if (isCondition() && (found.isNotZero() || found.columns().stream().anyMatch(table::isNotZero))) {
            return Optional.of("takes a number or a time for a condition, which then is true of all but 0: compare it"
                    + " instead, such as \"" + table.example("delay > 0") + "\"");
        }
        return constant(found.values(), table);
    }

    private boolean isCondition() {
        return this == FILTER || this == WITHDRAWAL || this == HOLD || this == LABEL;
    }

    /** Whether text is taken and read as a time. */
    boolean isReadAsTime() {
        return this == TIME;
    }

    private String mistyped(String shown, Sound found, SqlTable table) {
        String type = found.type();
        Set<String> present = found.values().present();
        String is = present.size() == 1 && found.columns().isEmpty()
                ? "is always " + present.iterator().next()
                : "is " + named(type);
        String must = is + ", must be " + wanted;
        if (isCondition() && found.columns().isEmpty()) {
            return must + suchAs(table);
        }
        return switch (this) {
            case LABEL ->
                BITS_AS_TEXT.containsAll(present) && !present.isEmpty()
                        ? must + ": write the numbers 0 and 1, without quotes"
                        : must + ": only binary labels can be trained on. Say when it is true, such as \""
                                + compared(shown, found) + "\"";
            case FILTER, WITHDRAWAL, HOLD -> must + ", such as \"" + compared(shown, found) + "\"";
            case TIME, INSTANT ->
                must
                        + (isNumber(type)
                                ? ", such as \"timestamp_seconds(" + shown + ")\""
                                : ", such as a column of that type");
            case ORDER -> must + (isNumber(type) ? ", such as \"CAST(" + shown + " * 1000 AS bigint)\"" : "");
            default -> must;
        };
    }

    private String suchAs(SqlTable table) {
        String example = "\"" + table.example("delay > 15") + "\"";
        return this == LABEL
                ? ": only binary labels can be trained on. Say when it is true, such as " + example
                : isCondition() ? ", such as " + example : "";
    }

    /** What would do the same to all rows, where that can only be a mistake. */
    private Optional<String> constant(Values values, SqlTable table) {
        String always =
                values.present().isEmpty() ? "" : values.present().iterator().next();
        return switch (this) {
            case LABEL ->
                values.present().size() == 1
                        ? Optional.of(
                                values.few().contains(Values.NULL)
                                        ? "is " + always
                                                + " or NULL, and NULL is no label: there would be one class, and nothing"
                                                + " to learn. Say what it is else, such as ELSE " + other(always)
                                        : "is always " + always + ", so there is nothing to learn" + suchAs(table))
                        : Optional.empty();
            case FILTER ->
                values.isNeverTrue()
                        ? Optional.of("is never true, so no row would be taken" + suchAs(table))
                        : Optional.empty();
            case HOLD ->
                values.isNeverTrue()
                        ? Optional.of(
                                "is never true, so no row would be held: leave it out, or say when" + suchAs(table))
                        : Optional.empty();
            case WITHDRAWAL -> {
                Optional<String> said = values.isAlwaysTrue()
                        ? Optional.of("is always true, so every record would withdraw its key")
                        : values.isNeverTrue()
                                ? Optional.of("is never true, so no record would withdraw its key")
                                : Optional.empty();
                yield said.map(what -> what + ": leave it out, or say when" + suchAs(table));
            }
            case COUNTED ->
                values.isNeverTrue() ? Optional.of("is never true, so nothing would be counted") : Optional.empty();
            default -> Optional.empty();
        };
    }

    private static String other(String value) {
        return switch (value) {
            case "true" -> "false";
            case "false" -> "true";
            default -> value.equals("0") ? "1" : "0";
        };
    }

    private static String compared(String sql, Sound found) {
        String type = found.type();
        boolean isText = type.equals("string");
        String text = found.values().present().stream().findFirst().orElse("'yes'");
        return isNumber(type) ? sql + " > 0" : isText ? sql + " = " + text : sql + " IS NOT NULL";
    }

    /** The type that Spark has for one that a source declares. */
    static String spark(String declared) {
        return SPARK.getOrDefault(declared, declared);
    }

    /** A type as configurations name it. */
    static String named(String type) {
        return SPARK.entrySet().stream()
                .filter(entry -> entry.getValue().equals(type))
                .map(entry -> "of type " + entry.getKey())
                .findFirst()
                .orElse(type.equals(SqlAnalysis.UNKNOWN) ? "always NULL" : "of type " + type);
    }

    private static boolean isPlain(String type) {
        return isNumber(type)
                || Set.of("string", "boolean", "timestamp", "date").contains(type);
    }

    private static boolean isNumber(String type) {
        return isWhole(type) || Set.of("double", "float").contains(type) || type.startsWith("decimal(");
    }

    /** What has a mean and a least value; a type that is not known may. */
    static boolean isMeasurable(String type) {
        return isNumber(type) || type.equals(SqlAnalysis.UNKNOWN);
    }

    /** What sums need no digits after the point for. */
    static boolean isWholeOrCondition(String type) {
        return isWhole(type) || type.equals("boolean");
    }

    private static boolean isWhole(String type) {
        return Set.of("tinyint", "smallint", "int", "bigint").contains(type);
    }
}
