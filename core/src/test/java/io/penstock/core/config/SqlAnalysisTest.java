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
            date_format(returned, 'bogus')                   | PEN-CFG-052 | pattern
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

    /** Arguments that are columns may be right in some rows: nothing is said of those. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "from_utc_timestamp(returned, city)",
                "date_format(returned, city)",
                "element_at(split(city, '/'), back)",
                "regexp_extract(city, city, 1)",
                "split_part(city, '/', back)",
                "convert_timezone('UTC', city)",
                "amount / 0",
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

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            CASE WHEN back > 3 THEN 1 ELSE 0 END             | true
            CASE WHEN back > 3 THEN 1 WHEN ok THEN 0 END     | true
            CASE WHEN back > 3 THEN 2 ELSE 0 END             | false
            if(ok, 1.0, 0)                                   | true
            cast(ok as int)                                  | true
            coalesce(cast(ok as double), 0)                  | true
            back                                             | false
            cast(back as boolean)                            | false
            """)
    void aNumberThatCanOnlyBeZeroOrOneIsKnownAsSuch(String sql, boolean isBit) {
        assertThat(SqlTree.check(sql, TYPES).sound().orElseThrow().isBit()).isEqualTo(isBit);
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
            "amount" + " + amount".repeat(30_000)
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
