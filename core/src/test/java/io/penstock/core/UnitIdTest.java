package io.penstock.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Date;
import java.time.DateTimeException;
import java.time.LocalDate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnitIdTest {
    @ParameterizedTest
    @ValueSource(strings = {"2013-12-25", "2013-12-25T00:00Z", "2013-12-25T08:30Z", "1969-12-31T23:59Z"})
    void itsTextIsReadBack(String text) {
        assertThat(UnitId.parse(text)).hasToString(text);
        assertThat(Json.read(Json.canonical(UnitId.parse(text)), UnitId.class)).hasToString(text);
        assertThat(UnitId.ofCell(UnitId.parse(text).cell())).hasToString(text);
    }

    @ParameterizedTest
    @CsvSource({
        "2013-12-25T08:30:00Z,      2013-12-25T08:30Z",
        "2013-12-25T08:30:59.5Z,    2013-12-25T08:30Z",
        "2013-12-25T00:30+01:00,    2013-12-24T23:30Z"
    })
    void anInstantIsWrittenInUtcToTheMinute(String text, String unit) {
        assertThat(UnitId.parse(text)).hasToString(unit);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Christmas", "2013-12-25T08:30", "2013-12-32", "2013-12-25 08:30Z"})
    void whatIsNeitherADateNorAnInstantIsRefused(String text) {
        assertThatThrownBy(() -> UnitId.parse(text)).isInstanceOf(DateTimeException.class);
    }

    @Test
    void inTablesItIsADateOrText() {
        assertThat(UnitId.parse("2013-12-25").cell()).isEqualTo(LocalDate.of(2013, 12, 25));
        assertThat(UnitId.parse("2013-12-25T08:00Z").cell()).isEqualTo("2013-12-25T08:00Z");
        assertThat(UnitId.ofCell(Date.valueOf("2013-12-25"))).hasToString("2013-12-25");
    }

    @Test
    void ordinalsAscendAndLeadBack() {
        UnitId unit = UnitId.parse("1969-12-31T23:00Z");
        for (int i = 0; i < 50; i++) {
            UnitId next = UnitId.ofMinutes(unit.ordinal() + 60);
            assertThat(next.isAfter(unit)).isTrue();
            assertThat(next.toString()).isGreaterThan(unit.toString());
            assertThat(UnitId.ofMinutes(next.ordinal())).isEqualTo(next);
            unit = next;
        }
        assertThat(unit).hasToString("1970-01-03T01:00Z");
        assertThat(UnitId.parse("1970-01-03").ordinal()).isEqualTo(2);
    }
}
