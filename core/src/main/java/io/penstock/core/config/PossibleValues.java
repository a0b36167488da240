package io.penstock.core.config;

import java.math.BigDecimal;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.spark.sql.catalyst.expressions.BinaryComparison;
import org.apache.spark.sql.catalyst.expressions.BitwiseAnd;
import org.apache.spark.sql.catalyst.expressions.BoundReference;
import org.apache.spark.sql.catalyst.expressions.CaseWhen;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.Coalesce;
import org.apache.spark.sql.catalyst.expressions.Concat;
import org.apache.spark.sql.catalyst.expressions.CreateArray;
import org.apache.spark.sql.catalyst.expressions.DivModLike;
import org.apache.spark.sql.catalyst.expressions.ElementAt;
import org.apache.spark.sql.catalyst.expressions.EqualNullSafe;
import org.apache.spark.sql.catalyst.expressions.EvalMode$;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GetArrayItem;
import org.apache.spark.sql.catalyst.expressions.If;
import org.apache.spark.sql.catalyst.expressions.In;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.Pmod;
import org.apache.spark.sql.catalyst.expressions.Remainder;
import org.apache.spark.sql.catalyst.expressions.Sha2;
import org.apache.spark.sql.catalyst.expressions.objects.StaticInvoke;
import org.apache.spark.sql.catalyst.util.DateTimeUtils;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.IntegralType;
import org.apache.spark.sql.types.NumericType;
import scala.Option;
import scala.Tuple2;
import scala.collection.JavaConverters;

/**
 * Works out which values an expression can have, from its columns up. What is said of a part is never too little: where
 * values are not known or more than {@value #MOST}, nothing is said.
 *
 * <ol>
 *   <li>A literal has one value, a condition three with NULL.
 *   <li>Of {@code CASE}, {@code if} and {@code coalesce} it is what the branches have that can be reached.
 *   <li>Where all arguments have few values, Spark evaluates the part for each combination of them, so that
 *       {@code 1 - int(a > b)} or {@code nullif(…)} need no rule of their own.
 *   <li>Some parts are NULL whatever their row says: what is divided by zero, compared with NULL, a unit of time that is none.
 *       The last kind is found by evaluation over values that stand for all of their type.
 * </ol>
 */
final class PossibleValues {
    private static final int MOST = 16;
    private static final int MOST_COMBINATIONS = 512;
    private static final int MOST_DIGITS = 40;
    private static final Pattern SHORT_TEXT = Pattern.compile("[A-Za-z0-9 _.-]{0,20}");
    private static final Set<Object> TRUTHS = Collections.unmodifiableSet(set(true, false, null));
    private static final Set<Object> NOTHING = Collections.unmodifiableSet(set((Object) null));

    /** What is NULL by one of its arguments alone, if it is: the others may be anything of their type. */
    private static final Set<String> BY_AN_ARGUMENT = Set.of(
            "TruncTimestamp", "TruncDate", "NextDay", "Sha2", "WidthBucket", "Logarithm", "MakeDate", "MakeTimestamp");

    /** Spark marks what is NULL as soon as an argument is; the mark is not to be named in Java. */
    private static final Class<?> NULL_INTOLERANT = nullIntolerant();

    private static final Set<String> TIMES = Set.of("date", "timestamp", "timestamp_ntz");

    private final List<Values> columns;
    private final BiConsumer<Expression, String> problems;
    private boolean isNotZero;

    /**
     * @param columns by position, what is known of them
     * @param problems takes parts that are NULL though none of their arguments is, and why
     */
    PossibleValues(List<Values> columns, BiConsumer<Expression, String> problems) {
        this.columns = columns;
        this.problems = problems;
    }

    /** Whether a number, or a time, is taken for a condition: true of all but 0. Known after {@link #of}. */
    boolean isNotZero() {
        return isNotZero;
    }

    Values of(Expression root) {
        return values(root).map(few -> named(root.dataType(), few)).orElse(Values.ANY);
    }

    private static Values named(DataType type, Set<Object> few) {
        Set<String> named = new TreeSet<>();
        for (Object value : few) {
            Optional<String> name = named(type, value);
            if (name.isEmpty()) {
                return Values.ANY;
            }
            named.add(name.get());
        }
        return new Values(named);
    }

    private static Optional<String> named(DataType type, Object value) {
        if (value == null) {
            return Optional.of(Values.NULL);
        }
        if (type.equals(DataTypes.BooleanType)) {
            return Optional.of(value.toString());
        }
        if (type.equals(DataTypes.StringType)) {
            return Optional.of(value.toString())
                    .filter(text -> SHORT_TEXT.matcher(text).matches())
                    .map(text -> "'" + text + "'");
        }
        if (type instanceof NumericType) {
            try {
                BigDecimal number = new BigDecimal(value.toString());
                return Optional.of(
                                number.signum() == 0
                                        ? "0"
                                        : number.stripTrailingZeros().toPlainString())
                        .filter(digits -> digits.length() <= MOST_DIGITS);
            } catch (NumberFormatException infinite) {
                return Optional.empty();
            }
        }
        return Optional.empty();
    }

    private Optional<Set<Object>> values(Expression node) {
        if (node instanceof Literal literal) {
            return Optional.of(set(literal.value()));
        }
        if (node instanceof BoundReference column) {
            return column(column);
        }
        List<Expression> arguments = JavaConverters.seqAsJavaList(node.children());
        List<Optional<Set<Object>>> given = arguments.stream().map(this::values).toList();
        if (node instanceof Cast cast && isTakenForCondition(cast, given.get(0))) {
            isNotZero = true;
        }
        Optional<Set<Object>> found = found(node, arguments, given);
        if (found.isEmpty() && node.dataType().equals(DataTypes.BooleanType)) {
            return Optional.of(node.nullable() ? TRUTHS : set(true, false));
        }
        boolean isNull = found.filter(NOTHING::equals).isPresent();
        if (isNull
                && given.stream()
                        .noneMatch(argument -> argument.filter(NOTHING::equals).isPresent())) {
            problems.accept(node, "is NULL whatever its row says" + (isDivided(node) ? ": it divides by zero" : ""));
        } else if (isNull && node instanceof BinaryComparison) {
            problems.accept(node, "is NULL whatever its row says: compare with IS NULL or IS NOT NULL");
        }
        return found.filter(few -> few.size() <= MOST);
    }

    private Optional<Set<Object>> column(BoundReference column) {
        Values known = columns.get(column.ordinal());
        if (!known.isKnown()) {
            return column.dataType().equals(DataTypes.BooleanType) ? Optional.of(TRUTHS) : Optional.empty();
        }
        Set<Object> values = new HashSet<>();
        for (String name : known.few()) {
            values.add(
                    name.equals(Values.NULL)
                            ? null
                            : cast(Literal.create(name.replace("'", ""), DataTypes.StringType), column.dataType()));
        }
        return Optional.of(values);
    }

    private static Object cast(Expression value, DataType type) {
        return new Cast(value, type, Option.apply("UTC"), EvalMode$.MODULE$.LEGACY()).eval(null);
    }

    private static boolean isTakenForCondition(Cast cast, Optional<Set<Object>> child) {
        DataType from = cast.child().dataType();
        boolean isMeasure = from instanceof NumericType || from.equals(DataTypes.TimestampType);
        return cast.dataType().equals(DataTypes.BooleanType)
                && isMeasure
                && child.filter(few -> named(from, few).isBit()).isEmpty();
    }

    private Optional<Set<Object>> found(
            Expression node, List<Expression> arguments, List<Optional<Set<Object>>> given) {
        if (node instanceof Cast cast && isSpecial(cast, given.get(0))) {
            return Optional.empty();
        }
        if (isNull(node, arguments, given)) {
            return Optional.of(NOTHING);
        }
        if (node instanceof If) {
            return chosen(List.of(new Tuple2<>(given.get(0), given.get(1))), given.get(2));
        }
        if (node instanceof CaseWhen choice) {
            return chosen(choice, given);
        }
        if (node instanceof Coalesce) {
            return first(given);
        }
        if (node instanceof In) {
            return in(given);
        }
        Optional<Set<Object>> residues = residues(node, given);
        return residues.isPresent() ? residues : evaluated(node, given);
    }

    /** Of text such as 'epoch' Spark's optimizer makes a time, where its evaluation alone gives NULL. */
    private static boolean isSpecial(Cast cast, Optional<Set<Object>> texts) {
        return cast.child().dataType().equals(DataTypes.StringType)
                && TIMES.contains(cast.dataType().typeName())
                && texts.stream()
                        .flatMap(Set::stream)
                        .anyMatch(text -> text != null
                                && DateTimeUtils.convertSpecialTimestamp(text.toString(), ZoneOffset.UTC)
                                        .isDefined());
    }

    private Optional<Set<Object>> chosen(CaseWhen choice, List<Optional<Set<Object>>> given) {
        List<Tuple2<Optional<Set<Object>>, Optional<Set<Object>>>> branches = new ArrayList<>();
        int count = choice.branches().size();
        for (int i = 0; i < count; i++) {
            branches.add(new Tuple2<>(given.get(2 * i), given.get(2 * i + 1)));
        }
        return chosen(branches, choice.elseValue().isEmpty() ? Optional.of(NOTHING) : given.get(2 * count));
    }

    private static Optional<Set<Object>> chosen(
            List<Tuple2<Optional<Set<Object>>, Optional<Set<Object>>>> branches, Optional<Set<Object>> otherwise) {
        Set<Object> chosen = new HashSet<>();
        for (Tuple2<Optional<Set<Object>>, Optional<Set<Object>>> branch : branches) {
            Set<Object> condition = branch._1().orElse(TRUTHS);
            if (condition.contains(true)) {
                if (branch._2().isEmpty()) {
                    return Optional.empty();
                }
                chosen.addAll(branch._2().get());
            }
            if (condition.equals(Set.of(true))) {
                return Optional.of(chosen);
            }
        }
        return otherwise.map(rest -> union(chosen, rest));
    }

    private static Optional<Set<Object>> first(List<Optional<Set<Object>>> given) {
        Set<Object> values = new HashSet<>();
        for (Optional<Set<Object>> argument : given) {
            if (argument.isEmpty()) {
                return Optional.empty();
            }
            values.remove(null);
            values.addAll(argument.get());
            if (!argument.get().contains(null)) {
                return Optional.of(values);
            }
        }
        return Optional.of(values);
    }

    /** A value that is on no list is not known to be on none as soon as NULL is on it. */
    private static Optional<Set<Object>> in(List<Optional<Set<Object>>> given) {
        boolean hasNull = given.subList(1, given.size()).stream()
                .anyMatch(argument -> argument.filter(NOTHING::equals).isPresent());
        return hasNull ? Optional.of(set(true, null)) : Optional.empty();
    }

    /** Whole numbers modulo a small one, and single bits. */
    private static Optional<Set<Object>> residues(Expression node, List<Optional<Set<Object>>> given) {
        boolean isResidue = node instanceof Pmod || node instanceof Remainder || node instanceof BitwiseAnd;
        if (!isResidue
                || !(node.dataType() instanceof IntegralType)
                || given.get(0).isPresent()) {
            return Optional.empty();
        }
        return given.get(1)
                .filter(few -> few.size() == 1 && !few.contains(null))
                .map(few -> ((Number) few.iterator().next()).longValue())
                .filter(by -> by > 0 && by < MOST / 2)
                .map(by -> {
                    Set<Object> values = set((Object) null);
                    long least = node instanceof Remainder ? 1 - by : 0;
                    long most = node instanceof BitwiseAnd ? by : by - 1;
                    for (long value = least; value <= most; value++) {
                        if (!(node instanceof BitwiseAnd) || (value & by) == value) {
                            values.add(cast(Literal.create(value, DataTypes.LongType), node.dataType()));
                        }
                    }
                    return values;
                });
    }

    private boolean isNull(Expression node, List<Expression> arguments, List<Optional<Set<Object>>> given) {
        if (isDivided(node)) {
            Optional<Set<Object>> by = given.get(1);
            return isNothing(given.get(0))
                    || by.filter(few -> named(arguments.get(1).dataType(), few)
                                            .present()
                                            .equals(Set.of("0"))
                                    || NOTHING.equals(few))
                            .isPresent();
        }
        if (NULL_INTOLERANT.isInstance(node)
                || node instanceof StaticInvoke call && call.propagateNull()
                || node instanceof Concat
                || node instanceof BinaryComparison) {
            boolean hasNull = !(node instanceof EqualNullSafe) && given.stream().anyMatch(PossibleValues::isNothing);
            if (hasNull || node instanceof Concat) {
                return hasNull;
            }
        }
        if (node instanceof In) {
            return isNothing(given.get(0))
                    || given.subList(1, given.size()).stream().allMatch(PossibleValues::isNothing);
        }
        if (node instanceof Cast cast) {
            boolean isNumber =
                    cast.dataType() instanceof NumericType || cast.dataType().equals(DataTypes.BooleanType);
            return isNumber && cast.child().dataType().equals(DataTypes.DateType);
        }
        if (node instanceof ElementAt || node instanceof GetArrayItem) {
            return isOutside(node, arguments.get(0), given.get(1));
        }
        return BY_AN_ARGUMENT.contains(node.getClass().getSimpleName()) && isNullByAnArgument(node, arguments, given);
    }

    private static boolean isNothing(Optional<Set<Object>> values) {
        return values.filter(NOTHING::equals).isPresent();
    }

    private static boolean isDivided(Expression node) {
        return node instanceof DivModLike || node instanceof Pmod;
    }

    private static boolean isOutside(Expression node, Expression list, Optional<Set<Object>> places) {
        if (!(list instanceof CreateArray) || places.isEmpty()) {
            return false;
        }
        long size = list.children().size();
        return places.get().stream()
                .allMatch(place -> place instanceof Number at
                        && (node instanceof ElementAt
                                ? Math.abs(at.longValue()) > size
                                : at.longValue() < 0 || at.longValue() >= size));
    }

    private static boolean isNullByAnArgument(
            Expression node, List<Expression> arguments, List<Optional<Set<Object>>> given) {
        boolean isOpen = given.stream().allMatch(Optional::isEmpty)
                || node instanceof Sha2 && given.get(1).isEmpty();
        if (isOpen) {
            return false;
        }
        List<Optional<Set<Object>>> stood = IntStream.range(0, given.size())
                .mapToObj(i -> given.get(i).isPresent()
                        ? given.get(i)
                        : Optional.of(typical(arguments.get(i).dataType())).filter(values -> !values.isEmpty()))
                .toList();
        return evaluated(node, stood).filter(NOTHING::equals).isPresent();
    }

    /** Values of which one gives no NULL, if any of the type gives none: a day of any month, a year with 29 February. */
    private static Set<Object> typical(DataType type) {
        if (type.equals(DataTypes.TimestampType)) {
            return set(0L);
        }
        if (type.equals(DataTypes.DateType)) {
            return set(0);
        }
        if (type.equals(DataTypes.BinaryType)) {
            return set((Object) new byte[] {1});
        }
        if (type instanceof DecimalType || type instanceof NumericType) {
            return set(
                    cast(Literal.create(1, DataTypes.IntegerType), type),
                    cast(Literal.create(4, DataTypes.IntegerType), type));
        }
        return Set.of();
    }

    private static Optional<Set<Object>> evaluated(Expression node, List<Optional<Set<Object>>> given) {
        long combinations = 1;
        for (Optional<Set<Object>> argument : given) {
            combinations *= argument.map(Set::size).orElse(MOST_COMBINATIONS + 1);
            if (combinations > MOST_COMBINATIONS) {
                return Optional.empty();
            }
        }
        List<DataType> types = JavaConverters.seqAsJavaList(node.children()).stream()
                .map(Expression::dataType)
                .toList();
        if (types.isEmpty() || !node.deterministic()) {
            return Optional.empty();
        }
        Set<Object> values = new HashSet<>();
        for (List<Expression> literals : combinations(types, given)) {
            Expression constant =
                    node.withNewChildren(JavaConverters.asScalaBuffer(literals).toSeq());
            if (SqlSizes.exceeded(constant, null).isPresent()) {
                return Optional.empty();
            }
            try {
                values.add(constant.eval(null));
            } catch (Exception fails) {
                // What fails is no value; whether it fails on all rows is asked elsewhere
                return Optional.empty();
            }
        }
        return Optional.of(values);
    }

    private static List<List<Expression>> combinations(List<DataType> types, List<Optional<Set<Object>>> given) {
        List<List<Expression>> combinations = List.of(List.of());
        for (int i = 0; i < types.size(); i++) {
            List<List<Expression>> longer = new ArrayList<>();
            for (List<Expression> begun : combinations) {
                for (Object value : given.get(i).orElseThrow()) {
                    List<Expression> more = new ArrayList<>(begun);
                    more.add(new Literal(value, types.get(i)));
                    longer.add(more);
                }
            }
            combinations = longer;
        }
        return combinations;
    }

    private static Set<Object> union(Set<Object> one, Set<Object> two) {
        Set<Object> union = new HashSet<>(one);
        union.addAll(two);
        return union;
    }

    private static Set<Object> set(Object... values) {
        Set<Object> set = new HashSet<>();
        Collections.addAll(set, values);
        return set;
    }

    private static Class<?> nullIntolerant() {
        try {
            return Class.forName("org.apache.spark.sql.catalyst.expressions.package$NullIntolerant");
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException("Spark has no NullIntolerant", e);
        }
    }
}
