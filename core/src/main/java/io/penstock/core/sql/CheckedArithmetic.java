package io.penstock.core.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.spark.sql.catalyst.analysis.FunctionRegistry$;
import org.apache.spark.sql.catalyst.expressions.Abs;
import org.apache.spark.sql.catalyst.expressions.Add;
import org.apache.spark.sql.catalyst.expressions.AddMonthsBase;
import org.apache.spark.sql.catalyst.expressions.BRound;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.Ceil;
import org.apache.spark.sql.catalyst.expressions.DateAdd;
import org.apache.spark.sql.catalyst.expressions.DateSub;
import org.apache.spark.sql.catalyst.expressions.EvalMode$;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Floor;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.Multiply;
import org.apache.spark.sql.catalyst.expressions.Round;
import org.apache.spark.sql.catalyst.expressions.Subtract;
import org.apache.spark.sql.catalyst.expressions.UnaryMinus;
import org.apache.spark.sql.catalyst.expressions.objects.StaticInvoke;
import org.apache.spark.sql.catalyst.trees.CurrentOrigin$;
import org.apache.spark.sql.catalyst.trees.Origin;
import org.apache.spark.sql.types.AbstractDataType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.IntegralType;
import org.apache.spark.sql.types.NumericType;
import scala.Enumeration;
import scala.Option;
import scala.collection.JavaConverters;

/**
 * Numbers and dates that do not wrap, saturate or get lost. With Spark's ANSI mode off, which Penstock pins, a sum, a product
 * or a cast of whole numbers that its type does not hold is another number, without a word; of decimals it is NULL, which an
 * aggregate leaves out. Here the resolved nodes that can do so are put into the mode that fails, one by one: ANSI mode as a
 * whole would also change what divisions and casts of text give. {@link CheckedValues} does it for those that have no such
 * mode. Results that a type holds are the same. What is made of a hash is left as it is: there wrapping is meant.
 */
public final class CheckedArithmetic {
    private static final Set<String> HASHES = Set.of("Murmur3Hash", "XxHash64", "Crc32");
    /** What Spark's messages call the thing that an expression is declared in. */
    private static final String KIND = "KEY";

    private CheckedArithmetic() {}

    /**
     * The expression itself where nothing in it can wrap.
     *
     * @param resolved by Spark's analyzer
     * @param key that declares it; the query context of a failure names it
     */
    public static Expression of(Expression resolved, String key) {
        return node(resolved, key).checked();
    }

    private record Node(Expression checked, boolean isOfHash) {}

    private static Node node(Expression node, String key) {
        List<Expression> given = JavaConverters.seqAsJavaList(node.children());
        List<Node> children = given.stream().map(child -> node(child, key)).toList();
        boolean isOfHash = HASHES.contains(node.getClass().getSimpleName())
                || children.stream().anyMatch(Node::isOfHash);
        List<Expression> checked = children.stream().map(Node::checked).toList();
        boolean isSame = IntStream.range(0, given.size()).allMatch(i -> checked.get(i) == given.get(i));
        Expression kept = isSame
                ? node
                : node.withNewChildren(JavaConverters.asScalaBuffer(checked).toSeq());
        return new Node(isOfHash ? kept : failing(kept, key), isOfHash);
    }

    private static Expression failing(Expression node, String key) {
        Enumeration.Value ansi = EvalMode$.MODULE$.ANSI();
        if (node instanceof Cast cast && isLegacy(cast.evalMode()) && narrows(cast)) {
            Expression child = guardOf(cast)
                    .map(guard -> guarded(node, guard, cast.child().dataType(), key, cast.child()))
                    .orElse(cast.child());
            return told(node, key, () -> cast.copy(child, cast.dataType(), cast.timeZoneId(), ansi));
        }
        if (node.dataType().equals(DataTypes.DateType)) {
            return checkedDate(node, key);
        }
        if (node instanceof Floor floor && isFloating(floor.child())) {
            return guarded(node, "floor", DataTypes.LongType, key, floor.child());
        }
        if (node instanceof Ceil ceil && isFloating(ceil.child())) {
            return guarded(node, "ceil", DataTypes.LongType, key, ceil.child());
        }
        return node.dataType() instanceof IntegralType || isLongestDecimal(node) ? failingSum(node, key, ansi) : node;
    }

    /** What looks at the number before a cast whose mode that fails lets it pass. */
    private static Optional<String> guardOf(Cast cast) {
        DataType from = cast.child().dataType();
        if (isFloating(cast.child()) && cast.dataType() instanceof DecimalType) {
            return Optional.of("finite");
        }
        if (isFloating(cast.child()) && cast.dataType().equals(DataTypes.LongType)) {
            return Optional.of("inLong");
        }
        return from.equals(DataTypes.FloatType) && cast.dataType().equals(DataTypes.IntegerType)
                ? Optional.of("inInt")
                : Optional.empty();
    }

    private static Expression failingSum(Expression node, String key, Enumeration.Value ansi) {
        if (node instanceof Add sum && isLegacy(sum.evalMode())) {
            return told(node, key, () -> sum.copy(sum.left(), sum.right(), ansi));
        }
        if (node instanceof Subtract difference && isLegacy(difference.evalMode())) {
            return told(node, key, () -> difference.copy(difference.left(), difference.right(), ansi));
        }
        if (node instanceof Multiply product && isLegacy(product.evalMode())) {
            return told(node, key, () -> product.copy(product.left(), product.right(), ansi));
        }
        if (isDecimal(node)) {
            return node; // its sign and its absolute value are of its type
        }
        if (node instanceof UnaryMinus minus) {
            return told(node, key, () -> minus.copy(minus.child(), true));
        }
        if (node instanceof Abs abs) {
            return told(node, key, () -> abs.copy(abs.child(), true));
        }
        if (node instanceof Round round) {
            return told(node, key, () -> round.copy(round.child(), round.scale(), true));
        }
        if (node instanceof BRound round) {
            return told(node, key, () -> round.copy(round.child(), round.scale(), true));
        }
        return node;
    }

    private static Expression checkedDate(Expression node, String key) {
        if (node instanceof DateAdd sum) {
            return guarded(node, "dateAdd", DataTypes.DateType, key, sum.startDate(), asInt(sum.days()));
        }
        if (node instanceof DateSub difference) {
            return guarded(node, "dateSub", DataTypes.DateType, key, difference.startDate(), asInt(difference.days()));
        }
        return node instanceof AddMonthsBase ? guarded(node, "date", DataTypes.DateType, key, node) : node;
    }

    private static Expression asInt(Expression days) {
        return days.dataType().equals(DataTypes.IntegerType)
                ? days
                : new Cast(days, DataTypes.IntegerType, Option.empty(), EvalMode$.MODULE$.LEGACY());
    }

    /** A call of {@link CheckedValues} in place of the node, whose name it bears: NULL where a value is. */
    private static Expression guarded(
            Expression node, String function, DataType type, String key, Expression... values) {
        String fragment = node.origin().context().fragment();
        String part = fragment.isEmpty() ? node.sql() : fragment;
        List<Expression> arguments = new ArrayList<>(List.of(values));
        arguments.add(Literal.create(key, DataTypes.StringType));
        arguments.add(Literal.create(part, DataTypes.StringType));
        return told(node, key, () -> {
            Expression call = new StaticInvoke(
                    CheckedValues.class,
                    type,
                    function,
                    JavaConverters.asScalaBuffer(arguments).toSeq(),
                    JavaConverters.asScalaBuffer(List.<AbstractDataType>of()).toSeq(),
                    true,
                    false,
                    true);
            call.setTagValue(FunctionRegistry$.MODULE$.FUNC_ALIAS(), node.prettyName());
            return call;
        });
    }

    private static boolean isLegacy(Enumeration.Value mode) {
        return mode.equals(EvalMode$.MODULE$.LEGACY());
    }

    private static boolean isDecimal(Expression node) {
        return node.dataType() instanceof DecimalType;
    }

    /** Of a shorter type Spark makes the result's so long that it holds any. */
    private static boolean isLongestDecimal(Expression node) {
        return node.dataType() instanceof DecimalType type && type.precision() == DecimalType.MAX_PRECISION();
    }

    private static boolean isFloating(Expression node) {
        return node.dataType().equals(DataTypes.DoubleType) || node.dataType().equals(DataTypes.FloatType);
    }

    private static boolean narrows(Cast cast) {
        DataType from = cast.child().dataType();
        DataType to = cast.dataType();
        boolean isOfNumber = from instanceof NumericType && (to instanceof IntegralType || to instanceof DecimalType);
        // seconds of a time after 2038 are beyond int
        boolean isOfTime = from.equals(DataTypes.TimestampType) && to instanceof IntegralType;
        return (isOfNumber || isOfTime) && !Cast.canUpCast(from, to) && Cast.canAnsiCast(from, to);
    }

    private static Expression told(Expression node, String key, Supplier<Expression> copy) {
        Origin origin = node.origin();
        Origin named = new Origin(
                origin.line(),
                origin.startPosition(),
                origin.startIndex(),
                origin.stopIndex(),
                origin.sqlText(),
                Option.apply(KIND),
                Option.apply(key));
        return CurrentOrigin$.MODULE$.withOrigin(named, copy::get);
    }
}
