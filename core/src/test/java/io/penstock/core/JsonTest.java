package io.penstock.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class JsonTest {
    record Amount(String currency, long cents) {
        public boolean isOwed() {
            return cents < 0;
        }
    }

    @Test
    void aRecordIsItsComponentsWhateverElseItAnswers() {
        assertThat(Json.canonical(new Amount("EUR", -5))).isEqualTo("{\"cents\":-5,\"currency\":\"EUR\"}");
    }
}
