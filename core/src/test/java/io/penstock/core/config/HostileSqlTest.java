package io.penstock.core.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.analysis.FunctionRegistry$;
import org.apache.spark.sql.catalyst.expressions.CallMethodViaReflection;
import org.apache.spark.sql.catalyst.expressions.Generator;
import org.apache.spark.sql.catalyst.expressions.Nondeterministic;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import scala.collection.JavaConverters;

/** C12 at full width: every function Spark knows, and expressions with something hostile hidden at any depth. */
class HostileSqlTest {
    private static final Set<String> COLUMNS = Set.of("city", "back", "returned");
    private static final List<Class<?>> NOT_OF_ONE_ROW =
            List.of(Nondeterministic.class, AggregateFunction.class, Generator.class, CallMethodViaReflection.class);

    private static final List<String> HOSTILE_NUMBERS = List.of(
            "(select 1)",
            "(select max(back) from text.`/etc/passwd`)",
            "rand()",
            "monotonically_increasing_id()",
            "spark_partition_id()",
            "count(back)",
            "sum(back) over (partition by city)",
            "row_number() over (order by back)",
            "java_method('java.lang.Math', 'abs', 1)",
            "system.builtin.java_method('java.lang.Math', 'abs', 1)",
            "`reflect`('java.lang.Math', 'abs', 1)",
            "unix_timestamp()",
            "aggregate(array(1), 0, (a, b) -> a + b)",
            "explode(array(1, 2))",
            "input_file_block_start()");
    private static final List<String> HOSTILE_TEXTS = List.of(
            "reflect('java.lang.System', 'getenv', 'HOME')",
            "java_method('java.lang.System', 'getProperty', 'user.name')",
            "input_file_name()",
            "uuid()",
            "current_user()",
            "current_database()",
            "version()",
            "(select value from text.`/etc/passwd` limit 1)");
    private static final List<String> HOSTILE_TRUTHS = List.of(
            "exists (select 1)",
            "back in (select 1)",
            "current_timestamp() > returned",
            "current_date > returned",
            "TIMESTAMP 'now' > returned",
            "timestamp_ltz\"yesterday\" > returned",
            "`timestamp`'today' > returned",
            "DATE 'today' = cast(returned as date)",
            "assert_true(back > 0) is null",
            "raise_error('x') is null",
            "bool_or(back > 0)");

    static TreeSet<String> sparkFunctions() {
        TreeSet<String> names = new TreeSet<>();
        JavaConverters.seqAsJavaList(FunctionRegistry$.MODULE$.builtin().listFunction())
                .forEach(name -> names.add(name.funcName().toLowerCase(Locale.ROOT)));
        return names;
    }

    @Test
    void c12_everyFunctionOfSparkThatIsNotListedIsRefused() {
        TreeSet<String> unlisted = sparkFunctions();
        unlisted.removeAll(SqlFunctions.names());
        unlisted.removeIf(name -> !name.matches("[a-z][a-z0-9_]*"));

        assertThat(unlisted).hasSizeGreaterThan(200).contains("reflect", "java_method", "rand", "input_file_name");
        for (String name : unlisted) {
            assertThat(SqlTree.check("`" + name + "`(city) = 'x'", COLUMNS))
                    .as(name)
                    .extracting(SqlTree.Finding::code)
                    .contains("PEN-CFG-012");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "city = 'nowhere'",
                "city = 'today'",
                "returned > TIMESTAMP '2013-12-25 08:00:00'",
                "city like 'now%'"
            })
    void c12_textThatOnlyLooksLikeThePresentIsText(String sql) {
        assertThat(SqlTree.check(sql, COLUMNS)).isEmpty();
    }

    @Test
    void c12_noListedFunctionCallsCodeOrSeesMoreThanItsRow() {
        TreeSet<String> listed = sparkFunctions();
        listed.retainAll(SqlFunctions.names());

        assertThat(listed).hasSizeGreaterThan(100);
        for (String name : listed) {
            String type = FunctionRegistry$.MODULE$
                    .builtin()
                    .lookupFunction(new FunctionIdentifier(name))
                    .get()
                    .getClassName();
            assertThat(NOT_OF_ONE_ROW).as(name + " is a " + type).noneMatch(kind -> kind.isAssignableFrom(load(type)));
        }
    }

    /** One test per hundred seeds keeps the report readable; the seed is in the failure's text. */
    @ParameterizedTest(name = "seeds {0}00 to {0}99")
    @ValueSource(longs = {1, 2, 3, 4})
    void c12_whateverItHidesInIsRefusedAndTheRestIsAccepted(long hundred) {
        for (long seed = hundred * 100; seed < hundred * 100 + 100; seed++) {
            Expressions expressions = new Expressions(seed, 0);
            String ordinary = expressions.truth(4);
            assertThat(SqlTree.check(ordinary, COLUMNS))
                    .as("seed %d: %s", seed, ordinary)
                    .isEmpty();

            String hostile = new Expressions(seed, 1 + (int) (seed % expressions.leaves)).truth(4);
            assertThat(SqlTree.check(hostile, COLUMNS))
                    .as("seed %d: %s", seed, hostile)
                    .extracting(SqlTree.Finding::code)
                    .contains("PEN-CFG-012");
        }
    }

    private static final Map<String, String> TYPES = Map.of("city", "string", "back", "int", "returned", "timestamp");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "unix_timestamp(cast(concat('no','w') as timestamp)) > back",
                "returned > concat('no', 'w')",
                "returned BETWEEN upper('no') || 'W' AND returned",
                "returned IN (date_trunc('day', replace('tod_y', '_', 'a')))",
                "timestamp'n\\u006fw' > returned",
                "timestamp/* x */'now' > returned",
                "date -- x\n 'today' = date(returned)",
                "returned > '\\u0001now'",
                "returned > timestampadd(HOUR, 1, concat('n', 'ow'))",
                "to_date(char(116) || 'oday') = date(returned)",
                "returned > 'today'",
                "returned > ' Tomorrow UTC'",
                "cast('now' as timestamp) > returned",
                "try_cast('yesterday' as date) = date(returned)",
                "cast(CASE WHEN back > 0 THEN 'now' ELSE city END as timestamp) > returned",
                "datediff(returned, coalesce(city, if(back > 0, city, 'today'))) > 1",
                "hour('now') > back",
            })
    void noTextThatFoldsToThePresentReachesADateOrATimestamp(String sql) {
        assertThat(SqlTree.check(sql, TYPES).findings())
                .as(sql)
                .extracting(SqlTree.Finding::code)
                .containsOnly("PEN-CFG-012");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "city = 'today'",
                "city IN ('now', 'later')",
                "CASE WHEN city = 'tomorrow' THEN city ELSE 'yesterday' END",
                "coalesce(city, 'now')",
                "concat('to', 'day')",
                "greatest(cast(returned as string), city) = substring('xtomorrow UTC', 2)",
                "cast(CASE WHEN city = 'now' THEN '2013-12-25' ELSE city END as timestamp)",
                "cast(replace(city, 'today', '2013-12-25') as date)",
                "returned > 'epoch'",
            })
    void textThatStaysTextOrIsNoPresentMaySayWhatItWill(String sql) {
        assertThat(SqlTree.check(sql, TYPES).findings()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"'today'", "coalesce(city, 'now')", "if(back > 0, city, concat('n', 'ow'))"})
    void textThatItsUserReadsAsATimeMayNotBeThePresent(String sql) {
        assertThat(SqlTree.check(sql, TYPES, Map.of(), true).findings())
                .extracting(SqlTree.Finding::code)
                .containsExactly("PEN-CFG-012");
    }

    /** The word is put together by functions in each of the ways that give it, and becomes a time in each of the ways. */
    @ParameterizedTest(name = "seeds {0}00 to {0}49")
    @ValueSource(longs = {1, 2})
    void howeverThePresentIsSpelledItIsRefusedAndAnotherWordIsNot(long hundred) {
        for (long seed = hundred * 100; seed < hundred * 100 + 50; seed++) {
            Random random = new Random(seed * 6_364_136_223_846_793_005L);
            List<String> words = List.of("now", "today", "tomorrow", "yesterday");
            String word = words.get(random.nextInt(words.size()));
            String present = time(random, spelled(random, word, 3));
            assertThat(SqlTree.check(present, TYPES).findings())
                    .as("seed %d: %s", seed, present)
                    .extracting(SqlTree.Finding::code)
                    .contains("PEN-CFG-012");

            String past = time(random, spelled(random, "2013-12-25", 3));
            assertThat(SqlTree.check(past, TYPES).findings())
                    .as("seed %d: %s", seed, past)
                    .isEmpty();
        }
    }

    private static String spelled(Random random, String word, int depth) {
        if (depth == 0) {
            return "'" + word + "'";
        }
        int at = 1 + random.nextInt(word.length() - 1);
        String first = word.substring(0, at);
        String rest = word.substring(at);
        return switch (random.nextInt(9)) {
            case 0 -> "concat('" + first + "', '" + rest + "')";
            case 1 -> "(trim('" + first + "') || '" + rest + "')";
            case 2 -> "reverse('" + new StringBuilder(word).reverse() + "')";
            case 3 -> "substring(concat('xx', " + spelled(random, word, depth - 1) + "), 3)";
            case 4 -> "trim(concat(' ', " + spelled(random, word, depth - 1) + ", ' '))";
            case 5 -> "lower(upper(" + spelled(random, word, depth - 1) + "))";
            case 6 -> "coalesce(cast(null as string), " + spelled(random, word, depth - 1) + ")";
            case 7 -> "(CASE WHEN 1 = 1 THEN " + spelled(random, word, depth - 1) + " ELSE 'x' END)";
            default -> "replace('" + first + "_" + rest + "', '_', '')";
        };
    }

    private static String time(Random random, String text) {
        return switch (random.nextInt(7)) {
            case 0 -> "returned > " + text;
            case 1 -> "returned BETWEEN TIMESTAMP '2013-01-01' AND " + text;
            case 2 -> "cast(" + text + " as date) = date(returned)";
            case 3 -> "to_timestamp(" + text + ") > returned";
            case 4 -> "hour(" + text + ") = back";
            case 5 -> "datediff(returned, " + text + ") > back";
            default -> "NOT (returned <= " + text + ")";
        };
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(name);
        } catch (ClassNotFoundException e) {
            throw new AssertionError("Spark names a class it does not have: " + name, e);
        }
    }

    /** Ordinary expressions over three columns; at most one leaf of the tree is hostile. */
    private static final class Expressions {
        private final Random random;
        private final int poisonAt;
        private int leaves;

        /** @param poisonAt which leaf, counted from 1, is hostile; 0 for none */
        Expressions(long seed, int poisonAt) {
            this.random = new Random(seed * 6_364_136_223_846_793_005L);
            this.poisonAt = poisonAt;
        }

        String truth(int depth) {
            if (depth == 0) {
                return leaf(HOSTILE_TRUTHS, List.of("back is null", "city like 'P%'", "returned is not null", "true"));
            }
            return switch (random.nextInt(8)) {
                case 0 -> "(" + number(depth - 1) + " >= " + number(depth - 1) + ")";
                case 1 -> "(" + truth(depth - 1) + " AND " + truth(depth - 1) + ")";
                case 2 -> "NOT (" + truth(depth - 1) + ")";
                case 3 -> "(" + text(depth - 1) + " IN ('a', " + text(depth - 1) + "))";
                case 4 -> "(" + number(depth - 1) + " BETWEEN 1 AND " + number(depth - 1) + ")";
                case 5 -> "coalesce(" + truth(depth - 1) + ", false)";
                case 6 -> "(" + text(depth - 1) + " RLIKE 'x.*')";
                default -> "(CASE WHEN " + truth(depth - 1) + " THEN " + truth(depth - 1) + " ELSE false END)";
            };
        }

        private String number(int depth) {
            if (depth == 0) {
                return leaf(HOSTILE_NUMBERS, List.of("back", "7", "BACK", "-1.5", "`back`"));
            }
            return switch (random.nextInt(6)) {
                case 0 -> "(" + number(depth - 1) + " + " + number(depth - 1) + ")";
                case 1 -> "abs(" + number(depth - 1) + ")";
                case 2 -> "length(" + text(depth - 1) + ")";
                case 3 -> "CAST(" + text(depth - 1) + " AS int)";
                case 4 -> "if(" + truth(depth - 1) + ", " + number(depth - 1) + ", 0)";
                default -> "greatest(" + number(depth - 1) + ", 2, " + number(depth - 1) + ")";
            };
        }

        private String text(int depth) {
            if (depth == 0) {
                return leaf(HOSTILE_TEXTS, List.of("city", "'it''s'", "\"x\"", "City"));
            }
            return switch (random.nextInt(5)) {
                case 0 -> "upper(" + text(depth - 1) + ")";
                case 1 -> "(" + text(depth - 1) + " || " + text(depth - 1) + ")";
                case 2 -> "substring(" + text(depth - 1) + ", 1, 3)";
                case 3 -> "string(" + number(depth - 1) + ")";
                default -> "trim(BOTH ' ' FROM " + text(depth - 1) + ")";
            };
        }

        private String leaf(List<String> hostile, List<String> ordinary) {
            leaves++;
            String choice = ordinary.get(random.nextInt(ordinary.size()));
            String poison = hostile.get(random.nextInt(hostile.size()));
            return leaves == poisonAt ? poison : choice;
        }
    }
}
