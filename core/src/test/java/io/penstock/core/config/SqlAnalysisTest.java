package io.penstock.core.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is known of an expression before there is data: its types, its arity, what fails on any row, how deep it goes. */
class SqlAnalysisTest {
    private static final Map<String, String> TYPES = Map.of(
            "city",
            "string",
            "back",
            "int",
            "n",
            "bigint",
            "amount",
            "double",
            "returned",
            "timestamp",
            "ok",
            "boolean");

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            to_unix_timestamp()                              | PEN-CFG-051 | requires [1, 2] parameters
            substring(city)                                  | PEN-CFG-051 | requires [2, 3] parameters
            upper(city, 1)                                   | PEN-CFG-051 | requires 1 parameters
            upper(1) + true                                  | PEN-CFG-051 | incompatible types
            amount AND ok                                    | PEN-CFG-051 | incompatible types
            CASE WHEN amount THEN 1 END                      | PEN-CFG-051 | BOOLEAN
            extract(fortnight from returned)                 | PEN-CFG-051 | Cannot extract
            city[0]                                          | PEN-CFG-051 | Need a complex type
            element_at(array(amount), 0)                     | PEN-CFG-052 | The index 0 is invalid
            CASE WHEN ok THEN element_at(array(n), 0) ELSE 0 END | PEN-CFG-052 | The index 0 is invalid
            split_part(city, '/', 0)                         | PEN-CFG-052 | The index 0 is invalid
            city rlike '('                                   | PEN-CFG-052 | regexp
            cast(1e20 as bigint)                             | PEN-CFG-052 | 1.0E20 is beyond bigint
            floor(-1e30D)                                    | PEN-CFG-052 | FLOOR fails whatever its row says: Cannot compute floor(-1e30D): -1.0E30 is beyond bigint
            ceil(double('NaN'))                              | PEN-CFG-052 | NaN is beyond bigint
            date_add(date'9999-12-31', 1)                    | PEN-CFG-052 | +10000-01-01 is outside of the years 1 to 9999
            date'2024-01-01' - 2147483647                    | PEN-CFG-052 | is outside of the years 1 to 9999
            date_format(returned, 'bogus')                   | PEN-CFG-052 | pattern
            date_format(returned, 'YYYY')                    | PEN-CFG-052 | detected: Y
            date_format(cast(city as date), 'YYYY')          | PEN-CFG-052 | detected: Y
            repeat('x', 2000000000)                          | PEN-CFG-052 | a text of 2,000,000,000 characters (at most 1,000,000)
            repeat(city, 2000000000)                         | PEN-CFG-052 | characters (at most 1,000,000)
            lpad(city, 2000000000, 'x')                      | PEN-CFG-052 | a text of 2,000,000,000 characters
            repeat(repeat(repeat('x', 1000), 1000), 1000)    | PEN-CFG-052 | a text of 1,000,000,000 characters
            replace(repeat('x', 9999), 'x', repeat('y', 9999)) | PEN-CFG-052 | characters (at most 1,000,000)
            levenshtein(repeat('x', 9999), repeat('y', 9999)) | PEN-CFG-052 | characters (at most 1,000,000)
            format_number(amount, 2000000000)                | PEN-CFG-052 | 2,000,000,000 digits (at most 1,000)
            round(amount, 300000000)                         | PEN-CFG-052 | 300,000,000 digits (at most 1,000)
            cast(amount as decimal(39,2))                    | PEN-CFG-011 | column 24: Decimal precision 39 exceeds max precision 38
            amount + cast(n as decimal(10,12))               | PEN-CFG-011 | Decimal scale (12) cannot be greater than precision (10)
            cast(amount as varint)                           | PEN-CFG-011 | column 16: Unsupported data type "VARINT"
            amount > 'open                                   | PEN-CFG-011 | column 10: a quote that does not close
            from_utc_timestamp(returned, 'Nowhere/None')     | PEN-CFG-052 | Unknown time-zone ID
            /* amount                                        | PEN-CFG-011 | SQL syntax error at column
            """)
    void whatCannotBeComputedIsToldWithItsPlace(String sql, String code, String says) {
        assertThat(SqlTree.check(sql, TYPES).findings()).singleElement().satisfies(finding -> {
            assertThat(finding.code()).isEqualTo(code);
            assertThat(finding.message().lines().findFirst().orElseThrow()).contains(says);
            assertThat(finding.message()).contains("\n    " + sql + "\n    ").endsWith("^");
        });
    }

    @Test
    void theCaretStandsBelowThePartThatIsWrong() {
        assertThat(SqlTree.check("amount +\n  upper(city, 1)", TYPES).findings())
                .singleElement()
                .satisfies(finding -> assertThat(finding.message()).endsWith("\n      upper(city, 1)\n      ^"));
    }

    /** Spark's lexer takes seconds for 300 comments within comments, and minutes for 3,000. */
    @Test
    void aTextThatSparkWouldTakeLongToReadIsToldAtOnceWithItsLength() {
        SqlTree.check("amount", TYPES);
        long begun = System.nanoTime();
        for (String sql : new String[] {
            "/* ".repeat(3_000) + "amount",
            "/* ".repeat(3_000) + "x" + " */".repeat(3_000) + " amount",
            "/*".repeat(3_000),
            "amount > length('" + "x".repeat(150_000) + "')",
            "city = '" + "\\\\".repeat(40_000) + "'"
        }) {
            assertThat(SqlTree.check(sql, TYPES).findings()).singleElement().satisfies(finding -> {
                assertThat(finding.code()).isEqualTo("PEN-CFG-050");
                assertThat(finding.message())
                        .contains(String.format(java.util.Locale.ROOT, "%,d characters", sql.length()))
                        .endsWith("^")
                        .hasSizeLessThan(400);
            });
        }
        assertThat(System.nanoTime() - begun).isLessThan(5_000_000_000L);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/* /* /* a comment in one in one */ */ */ amount",
                "-- /* /* no comment\n amount",
                "'/* /* /*' = city",
                "length(r'\\') + back",
                "city = 'it''s' OR city = \"\\\"\" OR city = 'it\\'s'",
                "repeat(city, 3)",
                "round(amount, 2)"
            })
    void commentsAndQuotesAreCutAsSparkCutsThem(String sql) {
        assertThat(SqlTree.check(sql, TYPES).findings()).isEmpty();
    }

    /** Arguments that are columns may be right in some rows: nothing is said of those. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "from_utc_timestamp(returned, city)",
                "date_format(returned, city)",
                "element_at(split(city, '/'), back)",
                "regexp_extract(city, city, 1)",
                "split_part(city, '/', back)",
                "cast(element_at(split(city, '/'), back) as int)",
                "concat(cast(null as string), element_at(split(city, '/'), back))",
                "date_format(cast(city as date), city)",
                "to_timestamp(city, city)",
                "coalesce(to_date(city, city), cast(returned as date))",
                "convert_timezone('UTC', city)",
                "amount / back",
                "amount / nullif(back, 0)",
                "date_trunc(city, returned)",
                "make_date(back, 2, 29)",
                "next_day(returned, city)",
                "coalesce(null, amount)",
                "returned > 'epoch'",
                "CASE WHEN ok THEN NULL ELSE amount END",
                "cast(city as int)"
            })
    void whatFailsOnSomeRowsOnlyIsAccepted(String sql) {
        assertThat(SqlTree.check(sql, TYPES).findings()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            amount >= 15                                     | boolean
            n + back                                         | bigint
            back / 2                                         | double
            returned - INTERVAL 2 HOURS                      | timestamp
            returned - returned                              | interval day to second
            array(city)                                      | array<string>
            null                                             | void
            """)
    void theTypeOfTheValueIsKnown(String sql, String type) {
        assertThat(SqlTree.check(sql, TYPES).sound().orElseThrow().type()).isEqualTo(type);
    }

    /** Spark gives NULL for these without ANSI mode, and says nothing. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            amount / 0                                       | divides by zero
            back % (1 - 1)                                   | divides by zero
            mod(n, 0) + 1                                    | divides by zero
            pmod(n, 0)                                       | divides by zero
            n div 0                                          | divides by zero
            coalesce(try_divide(amount, 0.0), 1)             | divides by zero
            CASE WHEN ok THEN amount / 0 ELSE 1 END          | divides by zero
            date_trunc('nonsense', returned)                 | whatever its row says
            trunc(returned, 'nonsense')                      | whatever its row says
            next_day(returned, 'nonsense')                   | whatever its row says
            sha2(city, 5)                                    | whatever its row says
            make_date(back, 13, 1)                           | whatever its row says
            width_bucket(amount, 5, 5, 3)                    | whatever its row says
            array(back, n)[2]                                | whatever its row says
            element_at(array(back, n), -3)                   | whatever its row says
            cast(to_date(city) as int)                       | whatever its row says
            cast('abc' as int)                               | whatever its row says
            amount = null                                    | IS NULL
            CASE WHEN back <> null THEN 1 ELSE 0 END         | IS NULL
            """)
    void aPartThatIsAlwaysNullIsToldWithItsPlace(String sql, String says) {
        assertThat(SqlTree.check(sql, TYPES).findings()).singleElement().satisfies(finding -> {
            assertThat(finding.code()).isEqualTo("PEN-CFG-052");
            assertThat(finding.message())
                    .contains("NULL whatever its row says", says)
                    .endsWith("^");
        });
    }

    /** Numbers of one type that its type does not hold: Spark would go on from its other end. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "back * (24 * 60 * 60 * 1000 * 1000)",
                "2147483647 + 1",
                "n > -2147483648 - 1",
                "9223372036854775807 * 2",
                "int(3000000000)",
                "cast(100 as decimal(4, 2))",
                "round(2147483647, -1)",
                "99999999999999999999 * 99999999999999999999",
                "abs(int(-2147483648))"
            })
    void aConstantBeyondItsTypeIsTold(String sql) {
        assertThat(SqlTree.check(sql, TYPES).findings()).singleElement().satisfies(finding -> {
            assertThat(finding.code()).isEqualTo("PEN-CFG-052");
            assertThat(finding.message())
                    .contains("beyond its type", "bigint or decimal")
                    .endsWith("^");
        });
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "any", textBlock = """
            CASE WHEN back > 3 THEN 1 ELSE 0 END             | 0,1
            CASE WHEN back > 3 THEN 1 WHEN ok THEN 0 END     | 0,1,NULL
            CASE WHEN back > 3 THEN 2 ELSE 0 END             | 0,2
            CASE WHEN back > 3 THEN '1' ELSE '0' END         | '0','1'
            CASE WHEN 1 = 1 THEN 1 ELSE back END             | 1
            CASE back WHEN 1 THEN 1 WHEN 2 THEN 1 ELSE 0 END | 0,1
            if(ok, 1.0, 0)                                   | 0,1
            cast(ok as int)                                  | 0,1,NULL
            coalesce(cast(ok as double), 0)                  | 0,1
            nvl(int(back > n), 0)                            | 0,1
            nvl2(city, 1, 0)                                 | 0,1
            1 - int(back > n)                                | 0,1,NULL
            abs(int(back > n) - 1)                           | 0,1,NULL
            nullif(int(back > n), 0)                         | 0,1,NULL
            greatest(int(ok), int(back > n), 0)              | 0,1
            int(ok) * int(back > n)                          | 0,1,NULL
            int(ok) + int(back > n)                          | 0,1,2,NULL
            least(int(ok) + int(back > n), 1)                | 0,1
            cast(int(ok) as string)                          | '0','1',NULL
            pmod(n, 2)                                       | 0,1,NULL
            back & 1                                         | 0,1,NULL
            ok AND false                                     | false
            ok OR NULL                                       | NULL,true
            isnull(city)                                     | false,true
            city not in ('a', null)                          | NULL,false
            city in (null)                                   | NULL
            null                                             | NULL
            concat(city, null)                               | NULL
            amount + null                                    | NULL
            2.50                                             | 2.5
            back                                             | any
            ok                                               | NULL,false,true
            cast(back as boolean)                            | NULL,false,true
            coalesce(back, 0)                                | any
            rlike(city, 'a')                                 | NULL,false,true
            n % 100                                          | any
            """)
    void theValuesThatAnExpressionCanHaveAreKnownWhereTheyAreFew(String sql, String values) {
        String known = SqlTree.check(sql, TYPES).sound().orElseThrow().values().toString();

        assertThat(known.isEmpty() ? null : known).isEqualTo(values);
    }

    @Test
    void valuesOfDerivedColumnsAreFollowed() {
        Map<String, Values> known = Map.of("back", Values.read("0,1,NULL"));

        assertThat(SqlTree.check("1 - back", TYPES, known, false)
                        .sound()
                        .orElseThrow()
                        .values())
                .isEqualTo(Values.read("0,1,NULL"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            cast(back as boolean)                            | true
            try_cast(amount as boolean)                      | true
            boolean(n) AND ok                                | true
            CASE WHEN boolean(returned) THEN 1 ELSE 0 END    | true
            nvl(cast(amount as boolean), false)              | true
            boolean(int(back > 3))                           | false
            boolean(city)                                    | false
            boolean(ok)                                      | false
            back <> 0                                        | false
            """)
    void aNumberThatIsTakenForAConditionIsKnown(String sql, boolean isNotZero) {
        assertThat(SqlTree.check(sql, TYPES).sound().orElseThrow().isNotZero()).isEqualTo(isNotZero);
    }

    @Test
    void whatIsNestedTooDeeplyIsToldWithItsPlaceWhateverNestsIt() {
        String sum = "amount" + " + amount".repeat(5_000);
        for (String sql : new String[] {
            "(".repeat(3_000) + "1" + ")".repeat(3_000),
            sum,
            "NOT ".repeat(5_000) + "ok",
            "- ".repeat(5_000) + "back",
            "city" + " || city".repeat(5_000),
            "amount" + "[0]".repeat(5_000),
            "CASE WHEN ok THEN ".repeat(2_000) + "1" + " END".repeat(2_000),
            "abs(".repeat(150) + "n" + ")".repeat(150),
            "amount" + " + amount".repeat(30_000),
            "cast(null as " + "array<".repeat(3_000) + "int" + ">".repeat(3_000) + ")",
            "x -> ".repeat(3_000) + "1"
        }) {
            assertThat(SqlTree.check(sql, TYPES).findings())
                    .as(sql.substring(0, 20))
                    .singleElement()
                    .satisfies(finding -> {
                        assertThat(finding.code()).isEqualTo("PEN-CFG-050");
                        assertThat(finding.message()).endsWith("^").hasSizeLessThan(400);
                    });
        }
        assertThat(SqlTree.check("amount" + " + amount".repeat(190), TYPES).findings())
                .isEmpty();
        assertThat(SqlTree.check("ok" + " AND ok".repeat(1_000), TYPES).findings())
                .isEmpty();
    }
}
