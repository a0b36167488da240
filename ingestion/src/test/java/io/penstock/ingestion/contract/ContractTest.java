package io.penstock.ingestion.contract;

import static io.penstock.ingestion.testing.Sources.column;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.config.ColumnSpec;
import io.penstock.ingestion.testing.Sources;
import java.time.Instant;
import java.time.LocalDate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ContractTest {
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
    void rejectSaysWhatIsAllowed() {
        assertThat(check(column("price", "double").between(0, 100), "100.5").reject())
                .isEqualTo(new Reject("PEN-ROW-040", "between(price)", "price is '100.5', must be in [0, 100]"));
        assertThat(check(column("origin", "string").allowed("EWR", "JFK"), "LAX")
                        .reject())
                .isEqualTo(new Reject("PEN-ROW-041", "allowed(origin)", "origin is 'LAX', must be one of EWR, JFK"));
        assertThat(check(column("tail", "string").pattern("N[0-9A-Z]+"), "n1").reject())
                .isEqualTo(new Reject("PEN-ROW-042", "pattern(tail)", "tail is 'n1', must match N[0-9A-Z]+"));
    }

    private static Object value(String type, String text) {
        Contract.Checked checked = check(column("x", type).spec(), text);
        assertThat(checked.reject()).isNull();
        return checked.values()[0];
    }

    private static Contract.Checked check(ColumnSpec column, String text) {
        return Contract.of(Sources.of(column)).check(new String[] {text}, null);
    }
}
