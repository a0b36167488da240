package io.penstock.jobs.run;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.core.sql.CheckedValues;
import java.time.DateTimeException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.PatternSyntaxException;
import org.apache.spark.QueryContext;
import org.apache.spark.SparkThrowable;

/** Values in data of which a declared expression cannot be computed: Spark fails as it evaluates a row. */
public final class RowFailures {
    private static final Set<String> OVERFLOWS =
            Set.of("ARITHMETIC_OVERFLOW", "CAST_OVERFLOW", "NUMERIC_VALUE_OUT_OF_RANGE");

    /** Where expressions are evaluated; Spark compiles queries into classes of this package. */
    private static final String EVALUATION = "org.apache.spark.sql.catalyst.expressions.";

    private static final List<String> EVALUATES = List.of(EVALUATION, "org.apache.spark.sql.catalyst.util.");

    /** What an evaluation calls, or what makes its exception. */
    private static final List<String> CALLED = List.of(
            "java.",
            "jdk.",
            "scala.",
            "org.apache.spark.sql.errors.",
            "org.apache.spark.sql.types.",
            "org.apache.spark.unsafe.");

    private RowFailures() {}

    /**
     * Empty where something else failed, or where what failed has a code already.
     *
     * @param at what was at work, told where Spark does not know which key declares the expression
     */
    public static Optional<PenstockException> of(Throwable thrown, String at) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof PenstockException) {
                return Optional.empty();
            }
            if (cause instanceof SparkThrowable told && OVERFLOWS.contains(String.valueOf(told.getErrorClass()))) {
                return Optional.of(CheckedValues.beyondItsType(
                        part(told), "the result is beyond its type", key(told).orElse(at), thrown));
            }
            if (isOfValues(cause) && isEvaluation(cause)) {
                return Optional.of(fails(cause, at, thrown));
            }
        }
        return Optional.empty();
    }

    /** The same of work that is a part of a stage. */
    public static <T> T telling(String at, Supplier<T> work) {
        try {
            return work.get();
        } catch (Exception e) { // also those that Spark throws without declaring them
            Optional<PenstockException> ofRow = of(e, at);
            if (ofRow.isPresent()) {
                throw ofRow.get();
            }
            throw e;
        }
    }

    private static PenstockException fails(Throwable cause, String at, Throwable thrown) {
        return new PenstockException(
                ErrorCode.EXPRESSION_FAILED,
                "A declared expression fails on a value in the data: " + said(cause),
                (cause instanceof SparkThrowable told ? key(told) : Optional.<String>empty()).orElse(at),
                "Look for that value in the columns that expressions of this source, view or model take (derive, rules,"
                        + " where, aggregate, rows). Keep such rows out with a condition (where, CASE WHEN), or let it be"
                        + " NULL (try_cast, try_to_timestamp, …)",
                thrown);
    }

    /** An exception that says of a value that it will not do; others are defects, also where rows are evaluated. */
    private static boolean isOfValues(Throwable cause) {
        return cause instanceof ArithmeticException
                || cause instanceof DateTimeException
                || cause instanceof IllegalArgumentException // as of a pattern that is none
                || cause instanceof RuntimeException && cause instanceof SparkThrowable told && !told.isInternalError();
    }

    private static boolean isEvaluation(Throwable cause) {
        List<String> classes = Arrays.stream(cause.getStackTrace())
                .map(StackTraceElement::getClassName)
                .toList();
        return classes.stream()
                        .filter(name -> CALLED.stream().noneMatch(name::startsWith))
                        .findFirst()
                        .filter(name -> EVALUATES.stream().anyMatch(name::startsWith))
                        .isPresent()
                && classes.stream().anyMatch(name -> name.startsWith(EVALUATION));
    }

    private static String said(Throwable cause) {
        if (cause instanceof PatternSyntaxException pattern) {
            return pattern.getDescription() + " in the pattern '" + pattern.getPattern() + "'";
        }
        String line = String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
        return line.replaceFirst("^\\[[A-Z0-9_.]+] ", "");
    }

    private static Optional<String> key(SparkThrowable told) {
        return context(told).map(QueryContext::objectName).filter(name -> !name.isEmpty());
    }

    private static Optional<QueryContext> context(SparkThrowable told) {
        return Arrays.stream(told.getQueryContext()).findFirst();
    }

    /** Spark tells of arithmetic which part it is, and of a cast its value and types. */
    private static String part(SparkThrowable told) {
        Map<String, String> values = told.getMessageParameters();
        return context(told)
                .map(QueryContext::fragment)
                .filter(fragment -> !fragment.isEmpty())
                .orElseGet(() -> values.containsKey("targetType")
                        ? "CAST(" + values.get("value") + " AS " + values.get("targetType") + ")"
                        : values.getOrDefault("value", "a value of an expression"))
                .replace("\"", "");
    }
}
