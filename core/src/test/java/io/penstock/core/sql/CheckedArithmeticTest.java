package io.penstock.core.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.PenstockException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.spark.SparkArithmeticException;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.catalyst.InternalRow$;
import org.apache.spark.sql.catalyst.expressions.AddMonths;
import org.apache.spark.sql.catalyst.expressions.BRound;
import org.apache.spark.sql.catalyst.expressions.Ceil;
import org.apache.spark.sql.catalyst.expressions.DateAdd;
import org.apache.spark.sql.catalyst.expressions.DateSub;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Floor;
import org.apache.spark.sql.catalyst.expressions.Round;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection$;
import org.apache.spark.sql.catalyst.parser.CatalystSqlParser$;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import scala.collection.JavaConverters;

class CheckedArithmeticTest {
    private static final Map<String, Integer> BITS = Map.of("tinyint", 8, "smallint", 16, "int", 32, "bigint", 64);

    private static Expression parsed(String sql) {
        return CatalystSqlParser$.MODULE$.parseExpression(sql);
    }

    private static Object value(String sql) {
        return CheckedArithmetic.of(parsed(sql), "sources.orders.derive.total").eval(null);
    }

    /** A result is what BigInteger says, or else the evaluation fails. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = 7)
    void aWholeNumberIsExactOrNone(long seed) {
        Random random = new Random(seed);
        int beyond = 0;
        for (int i = 0; i < 2_000; i++) {
            String type = List.copyOf(BITS.keySet()).get(random.nextInt(BITS.size()));
            BigInteger a = number(random, BITS.get(type));
            BigInteger b = number(random, BITS.get(type));
            String operator = List.of("+", "-", "*").get(random.nextInt(3));
            BigInteger exact = operator.equals("+") ? a.add(b) : operator.equals("-") ? a.subtract(b) : a.multiply(b);
            String sql = literal(a, type) + " " + operator + " " + literal(b, type);
            if (exact.bitLength() < BITS.get(type)) {
                assertThat(new BigDecimal(value(sql).toString())).as(sql).isEqualTo(new BigDecimal(exact));
            } else {
                beyond++;
                assertThatThrownBy(() -> value(sql)).as(sql).isInstanceOf(SparkArithmeticException.class);
            }
        }
        assertThat(beyond).isBetween(200, 1_800);
    }

    private static BigInteger number(Random random, int bits) {
        return new BigInteger(1 + random.nextInt(bits - 1), random)
                .multiply(BigInteger.valueOf(random.nextBoolean() ? 1 : -1));
    }

    private static String literal(BigInteger number, String type) {
        return "cast('" + number + "' as " + type + ")";
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cast(3000000000 as int)",
                "cast(1e20D as bigint)",
                "cast(9223372036854775808D as bigint)",
                "cast(9223372036854775808F as bigint)",
                "cast(2147483648F as int)",
                "cast(300.0 as tinyint)",
                "cast(double('NaN') as int)",
                "- cast('-2147483648' as int)",
                "1.5D + cast(2147483647 + 1 as double)",
                "cast(100 as decimal(4, 2))",
                "cast(99.995BD as decimal(4, 2))",
                "cast(1e40D as decimal(38, 0))",
                "cast(double('NaN') as decimal(38, 0))",
                "99999999999999999999999999999999999999BD + 1BD",
                "- 99999999999999999999999999999999999999BD - 1BD",
                "99999999999999999999BD * 99999999999999999999BD",
                "cast(timestamp'2040-01-01' as int)"
            })
    void aCastOrASignBeyondItsTypeFails(String sql) {
        assertThatThrownBy(() -> value(sql.replace("double('NaN')", "cast('NaN' as double)")))
                .isInstanceOfAny(SparkArithmeticException.class, PenstockException.class);
    }

    /** What gave a value or NULL before gives the same. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "null", textBlock = """
            1 / 0.0D                                     | null
            cast('abc' as int)                           | null
            cast('99999999999' as int)                   | null
            7.9D * 2.0D                                  | 15.8
            cast(-7.9D as int)                           | -7
            cast(-2147483648.9D as int)                  | -2147483648
            cast(-9223372036854775808D as bigint)        | -9223372036854775808
            cast(12.99 as bigint)                        | 12
            cast(2147483647 as bigint)                   | 2147483647
            cast('100' as decimal(4, 2))                 | null
            cast(99.994BD as decimal(4, 2))              | 99.99
            cast(1.005D as decimal(4, 2))                | 1.01
            99999999999999999999999999999999999998BD + 1BD | 99999999999999999999999999999999999999
            99999999999999999999999999999999999999BD / 0.00001BD | null
            """)
    void whatIsNoWholeNumberBeyondItsTypeIsAsBefore(String sql, String value) {
        Object found = value(sql);

        assertThat(found == null ? null : found.toString()).isEqualTo(value);
    }

    @Test
    void aFailureNamesItsKeyAndItsPart() {
        assertThatThrownBy(() -> value("1 + 2147483647 * 2")).isInstanceOfSatisfying(SparkThrowable.class, told -> {
            assertThat(told.getErrorClass()).isEqualTo("ARITHMETIC_OVERFLOW");
            assertThat(told.getQueryContext()[0].objectName()).isEqualTo("sources.orders.derive.total");
            assertThat(told.getQueryContext()[0].fragment()).isEqualTo("2147483647 * 2");
        });
    }

    /** Nodes as the analyzer makes them of calls. */
    @Test
    void functionsBeyondTheirTypeFailWithKeyAndPart() {
        for (Expression call : List.of(
                new Floor(parsed("1e30D")),
                new Ceil(parsed("9223372036854775808D")),
                new Floor(parsed("cast('NaN' as double)")),
                new DateAdd(parsed("date'2024-01-01'"), parsed("2147483647")),
                new DateAdd(parsed("date'9999-12-31'"), parsed("1S")),
                new DateSub(parsed("date'0001-01-01'"), parsed("1")),
                new AddMonths(parsed("date'2024-01-01'"), parsed("120000")))) {
            assertThatThrownBy(() ->
                            CheckedArithmetic.of(call, "features.wide.where").eval(null))
                    .as(call.toString())
                    .isInstanceOfSatisfying(PenstockException.class, refused -> {
                        assertThat(refused.code()).isEqualTo("PEN-RUN-047");
                        assertThat(refused.where()).isEqualTo("features.wide.where");
                        assertThat(refused.what()).startsWith("Cannot compute " + call.sql() + ": ");
                    });
        }
        for (Expression call : List.of(
                new Round(parsed("2147483647"), parsed("-1")),
                new BRound(parsed("9223372036854775807"), parsed("-1")))) {
            assertThatThrownBy(() -> CheckedArithmetic.of(call, "").eval(null))
                    .as(call.toString())
                    .isInstanceOf(SparkArithmeticException.class);
        }
    }

    @Test
    void functionsGiveWhatTheyGaveWhereTheirTypeHoldsIt() {
        for (Expression call : List.of(
                new Floor(parsed("-7.5D")),
                new Ceil(parsed("-7.5D")),
                new Floor(parsed("-9223372036854775808D")),
                new Floor(parsed("cast(null as double)")),
                new Round(parsed("2147483644"), parsed("-1")),
                new DateAdd(parsed("date'9999-12-30'"), parsed("1Y")),
                new DateSub(parsed("date'2024-03-01'"), parsed("1")),
                new DateSub(parsed("date'2024-03-01'"), parsed("cast(null as int)")))) {
            Expression checked = CheckedArithmetic.of(call, "");

            assertThat(checked).isNotSameAs(call);
            assertThat(checked.dataType()).isEqualTo(call.dataType());
            assertThat(checked.eval(null)).as(call.toString()).isEqualTo(call.eval(null));
            assertThat(compiled(checked)).as(call.toString()).isEqualTo(call.eval(null));
        }
    }

    /** Its value by the class that Spark makes of a query. */
    private static Object compiled(Expression expression) {
        return UnsafeProjection$.MODULE$
                .create(JavaConverters.asScalaBuffer(List.of(expression)).toSeq())
                .apply(InternalRow$.MODULE$.empty())
                .get(0, expression.dataType());
    }

    @Test
    void whatCannotWrapIsLeftAsItIs() {
        for (String sql : new String[] {"1.0D + 2.0D", "'a'", "1 = 2", "cast(1 as bigint)", "1.5 * 2.5"}) {
            Expression parsed = parsed(sql);
            assertThat(CheckedArithmetic.of(parsed, "")).as(sql).isSameAs(parsed);
        }
    }
}
