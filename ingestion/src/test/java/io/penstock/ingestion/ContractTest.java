package io.penstock.ingestion;

import static io.penstock.ingestion.Sources.column;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.config.PipelineConfig.ColumnSpec;
import java.time.Instant;
import java.time.LocalDate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ContractTest {
    @ParameterizedTest(name = "{0} {1} → {2}")
    @CsvSource(
            delimiter = '|',
            value = {
                "int       | 2147483648                | PEN-ROW-014",
                "int       | 99999999999999999999      | PEN-ROW-014",
                "long      | 9223372036854775808       | PEN-ROW-014",
                "int       | 1,234                     | PEN-ROW-015",
                "int       | 0x10                      | PEN-ROW-015",
                "int       | 12.5                      | PEN-ROW-015",
                "double    | 1,234.5                   | PEN-ROW-015",
                "double    | 1_000                     | PEN-ROW-015",
                "double    | 1d                        | PEN-ROW-015",
                "double    | NaN                       | PEN-ROW-016",
                "double    | -Inf                      | PEN-ROW-016",
                "double    | 1e400                     | PEN-ROW-016",
                "boolean   | maybe                     | PEN-ROW-015",
                "date      | 2024-02-30                | PEN-ROW-018",
                "timestamp | 2024-02-30T00:00:00Z      | PEN-ROW-018",
                "timestamp | 2024-01-01 25:00:00       | PEN-ROW-018",
                "date      | 25/12/2013                | PEN-ROW-019",
                "timestamp | 2013-12-25                | PEN-ROW-019",
                "timestamp | 1387951200                | PEN-ROW-020",
                "timestamp | 2013-03-10T02:30:00       | PEN-ROW-021",
                "date      | 9999-12-31                | PEN-ROW-022",
                "timestamp | 0001-01-01 00:00:00       | PEN-ROW-022",
                "timestamp | 1899-12-30T00:00:00Z      | PEN-ROW-022"
            })
    void r14ToR22ValuesThatAreNotPlainlyOfTheirTypeAreRejected(String type, String text, String code) {
        Contract.Checked checked = check(column("x", type).spec(), text);

        assertThat(checked.reject().code()).isEqualTo(code);
        assertThat(checked.reject().reason()).startsWith("x is '" + text + "', ");
    }

    @Test
    void valuesOfEveryType() {
        assertThat(value("int", " -17 ")).isEqualTo(-17);
        assertThat(value("int", "517.0")).isEqualTo(517);
        assertThat(value("long", "9223372036854775807")).isEqualTo(Long.MAX_VALUE);
        assertThat(value("double", "-1.5e-3")).isEqualTo(-0.0015);
        assertThat(value("boolean", "TRUE")).isEqualTo(true);
        assertThat(value("date", "2013-12-25"))
                .isEqualTo((int) LocalDate.of(2013, 12, 25).toEpochDay());
        assertThat(value("string", " as it is ")).isEqualTo(" as it is ");
    }

    @ParameterizedTest
    @CsvSource({
        "2013-12-25T06:00:00Z, 2013-12-25T06:00:00Z",
        "2013-12-25 06:00:00, 2013-12-25T06:00:00Z",
        "2013-12-25T01:00:00-05:00, 2013-12-25T06:00:00Z",
        "2013-12-25T06:00:00.1234567Z, 2013-12-25T06:00:00.123456Z"
    })
    void timestampsAreInstants(String text, Instant instant) {
        long micros = (Long) value("timestamp", text);

        assertThat(Instant.EPOCH.plus(micros, java.time.temporal.ChronoUnit.MICROS))
                .isEqualTo(instant);
    }

    @Test
    void r17NullsAreWhatTheSourceSpellsAsNull() {
        assertThat(value("string", "NA")).isNull();
        assertThat(value("string", "")).isNull();
        assertThat(value("string", "NULL")).isEqualTo("NULL");
        assertThat(value("double", "  ")).isNull();
        assertThat(check(column("x", "double").required(), "NA").reject())
                .isEqualTo(new Reject("PEN-ROW-032", "required(x)", "x is missing, it is required"));
    }

    @Test
    void rejectSaysWhatIsAllowed() {
        assertThat(check(column("price", "double").between(0, 100), "100.5").reject())
                .isEqualTo(new Reject("PEN-ROW-040", "between(price)", "price is '100.5', must be in [0, 100]"));
        assertThat(check(column("origin", "string").allowed("EWR", "JFK"), "LAX")
                        .reject())
                .isEqualTo(new Reject("PEN-ROW-041", "allowed(origin)", "origin is 'LAX', must be one of EWR, JFK"));
        assertThat(check(column("tail", "string").pattern("N[0-9A-Z]+"), "n1").reject())
                .isEqualTo(new Reject("PEN-ROW-042", "pattern(tail)", "tail is 'n1', must match N[0-9A-Z]+"));
    }

    @Test
    void r29LongValueIsCutInTheReason() {
        Reject reject =
                check(column("x", "string").maxLength(8), "y".repeat(200)).reject();

        assertThat(reject.code()).isEqualTo("PEN-ROW-029");
        assertThat(reject.reason()).isEqualTo("x is '" + "y".repeat(99) + "…', 200 characters long (at most 8)");
        assertThat(check(column("x", "string").spec(), "y".repeat(3_000_000))
                        .reject()
                        .code())
                .isEqualTo("PEN-ROW-029");
    }

    private static Object value(String type, String text) {
        Contract.Checked checked = check(column("x", type).spec(), text);
        assertThat(checked.reject()).isNull();
        return checked.values()[0];
    }

    private static Contract.Checked check(ColumnSpec column, String text) {
        return Contract.of(Sources.of(column)).check(new String[] {text});
    }
}
