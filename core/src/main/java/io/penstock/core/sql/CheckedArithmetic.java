package io.penstock.core.sql;

import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.spark.sql.catalyst.expressions.Abs;
import org.apache.spark.sql.catalyst.expressions.Add;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.EvalMode$;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Multiply;
import org.apache.spark.sql.catalyst.expressions.Subtract;
import org.apache.spark.sql.catalyst.expressions.UnaryMinus;
import org.apache.spark.sql.catalyst.trees.CurrentOrigin$;
import org.apache.spark.sql.catalyst.trees.Origin;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.IntegralType;
import org.apache.spark.sql.types.NumericType;
import scala.Enumeration;
import scala.Option;
import scala.collection.JavaConverters;

/**
 * Whole numbers that do not wrap. With Spark's ANSI mode off, which Penstock pins, a sum, a product or a cast of whole
 * numbers that its type does not hold is another number, without a word. Here the resolved nodes that can do so are put into
 * the mode that fails, one by one: ANSI mode as a whole would also change what divisions and casts of text give. Results
 * that a type holds are the same. What is made of a hash is left as it is: there wrapping is meant.
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
        Enumeration.Value legacy = EvalMode$.MODULE$.LEGACY();
        Enumeration.Value ansi = EvalMode$.MODULE$.ANSI();
        if (!(node.dataType() instanceof IntegralType)) {
            return node;
        }
        if (node instanceof Add sum && sum.evalMode().equals(legacy)) {
            return told(node, key, () -> sum.copy(sum.left(), sum.right(), ansi));
        }
        if (node instanceof Subtract difference && difference.evalMode().equals(legacy)) {
            return told(node, key, () -> difference.copy(difference.left(), difference.right(), ansi));
        }
        if (node instanceof Multiply product && product.evalMode().equals(legacy)) {
            return told(node, key, () -> product.copy(product.left(), product.right(), ansi));
        }
        if (node instanceof UnaryMinus minus) {
            return told(node, key, () -> minus.copy(minus.child(), true));
        }
        if (node instanceof Abs abs) {
            return told(node, key, () -> abs.copy(abs.child(), true));
        }
        if (node instanceof Cast cast && cast.evalMode().equals(legacy) && narrows(cast)) {
            return told(node, key, () -> cast.copy(cast.child(), cast.dataType(), cast.timeZoneId(), ansi));
        }
        return node;
    }

    private static boolean narrows(Cast cast) {
        DataType from = cast.child().dataType();
        return from instanceof NumericType
                && !Cast.canUpCast(from, cast.dataType())
                && Cast.canAnsiCast(from, cast.dataType());
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
