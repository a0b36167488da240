package io.penstock.core.config;

import io.penstock.core.config.SqlTree.Sound;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** What an expression is for, and what its value must be for that. */
enum SqlUse {
    /** A column that is stored and can be read by any engine. */
    COLUMN("a number, text, a condition or a time", type -> isPlain(type)),
    /** An input of a model. */
    INPUT("a number, text, a condition or a time", type -> isPlain(type)),
    CONDITION("a condition", "boolean"::equals),
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

    private final String wanted;
    private final Predicate<String> types;

    SqlUse(String wanted, Predicate<String> types) {
        this.wanted = wanted;
        this.types = types;
    }

    boolean takes(Sound expression) {
        String type = expression.type();
        boolean isBitLabel = this == LABEL && expression.isBit();
        return type.equals(SqlAnalysis.UNKNOWN) ? takesNothing(expression) : isBitLabel || types.test(type);
    }

    /** What is made of a broken column is not judged; a plain NULL can only be counted. */
    private boolean takesNothing(Sound expression) {
        return this == COUNTED || !expression.columns().isEmpty();
    }

    String wanted() {
        return wanted;
    }

    /** Whether text is taken and read as a time. */
    boolean isReadAsTime() {
        return this == TIME;
    }

    String remedy(String sql, Sound found) {
        String shown = sql.length() > 60 ? "…" : sql;
        return switch (this) {
            case LABEL ->
                ": only binary labels can be trained on. Say when it is true, such as \"" + compared(shown, found)
                        + "\"";
            case CONDITION -> ", such as \"" + compared(shown, found) + "\"";
            case TIME, INSTANT ->
                isNumber(found.type())
                        ? ", such as \"timestamp_seconds(" + shown + ")\""
                        : ", such as a column of that type";
            case ORDER -> isNumber(found.type()) ? ", such as \"CAST(" + shown + " * 1000 AS bigint)\"" : "";
            default -> "";
        };
    }

    private static String compared(String sql, Sound found) {
        return isNumber(found.type())
                ? sql + " > 0"
                : found.type().equals("string") ? sql + " = 'yes'" : sql + " IS NOT NULL";
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
