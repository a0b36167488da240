package io.penstock.core.config;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.unsafe.types.UTF8String;
import scala.collection.JavaConverters;

/**
 * How large the value of a part would be, told before it is computed: {@code repeat('x', 2000000000)} is 23 characters that
 * fill the heap, of the driver as it folds constants, or of an executor.
 */
final class SqlSizes {
    private static final int LARGEST = 1_000_000;
    /** More than the digits that any number has, before or after its point. */
    private static final int MOST_DIGITS = 1_000;

    private static final Set<String> REPEATING = Set.of("StringRepeat");
    private static final Set<String> PADDING = Set.of("StringLPad", "StringRPad", "StringSpace");
    /** May put one text in the place of each character of another, or compare each with each. */
    private static final Set<String> MULTIPLYING = Set.of("StringReplace", "RegExpReplace", "Levenshtein");

    private static final Set<String> ROUNDING = Set.of("Round", "BRound", "RoundCeil", "RoundFloor", "FormatNumber");

    private SqlSizes() {}

    /** What is wrong with a part whose children are known to be small enough. */
    static Optional<String> exceeded(Expression node, InternalRow row) {
        String name = node.getClass().getSimpleName();
        List<Expression> children = JavaConverters.seqAsJavaList(node.children());
        if (ROUNDING.contains(name)) {
            double digits = Math.abs(number(children.get(1), row));
            return digits > MOST_DIGITS
                    ? Optional.of(String.format(Locale.ROOT, "%,.0f digits (at most %,d)", digits, MOST_DIGITS))
                    : Optional.empty();
        }
        double size = size(name, children, row);
        return size > LARGEST
                ? Optional.of(String.format(Locale.ROOT, "a text of %,.0f characters (at most %,d)", size, LARGEST))
                : Optional.empty();
    }

    private static double size(String name, List<Expression> children, InternalRow row) {
        if (REPEATING.contains(name)) {
            return length(children.get(0), row) * number(children.get(1), row);
        }
        if (PADDING.contains(name)) {
            return number(children.get(name.equals("StringSpace") ? 0 : 1), row);
        }
        double all = 0;
        double product = 1;
        for (Expression child : children) {
            double length = length(child, row);
            all += length;
            product *= Math.max(1, length);
        }
        return MULTIPLYING.contains(name) ? Math.max(all, product) : all;
    }

    private static double length(Expression text, InternalRow row) {
        return text.eval(row) instanceof UTF8String value ? value.numBytes() : 0;
    }

    private static double number(Expression count, InternalRow row) {
        return count.eval(row) instanceof Number value ? value.doubleValue() : 0;
    }
}
