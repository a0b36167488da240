package io.penstock.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import java.util.List;
import org.junit.jupiter.api.Test;

class JsonTest {
    record Amount(String currency, long cents) {
        public boolean isOwed() {
            return cents < 0;
        }
    }

    private static final TypeReference<List<String>> WORDS = new TypeReference<>() {};

    @Test
    void oneFieldIsReadWithoutTheOthers() {
        String json = "{\"a\":[{\"words\":[\"in\"]}],\"b\":\"\\\"words\\\":[]\",\"words\":[\"of\",\"it\"],\"z\":1}";

        assertThat(Json.readField(json, "words", WORDS)).contains(List.of("of", "it"));
        assertThat(Json.readField(json, "none", WORDS)).isEmpty();
        for (String other :
                List.of(json.substring(0, json.length() - 3), "[]", "", json.replace("[\"of\"", "[3, {}"))) {
            assertThatThrownBy(() -> Json.readField(other, "words", WORDS))
                    .as(other)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("Cannot read");
        }
    }

    @Test
    void onlyATextThatIsJsonAsAWholeIsUnfolded() {
        assertThat(Json.document(Json.unfolded("{\"a\":[1]}"))).isEqualTo("{\"a\":[1]}");
        assertThat(Json.unfolded("[1] of 3 files")).isEqualTo("[1] of 3 files");
        assertThat(Json.unfolded("{open")).isEqualTo("{open");
    }

    @Test
    void aRecordIsItsComponentsWhateverElseItAnswers() {
        assertThat(Json.canonical(new Amount("EUR", -5))).isEqualTo("{\"cents\":-5,\"currency\":\"EUR\"}");
    }
}
