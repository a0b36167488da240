package io.penstock.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretTextTest {
    /** The pieces are put together here, so that no file of the project holds what a scanner would take for a real one. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "AKIA|HUNTER2ABCDEFGH2",
                "ASIA|HUNTER2ABCDEFGH2",
                "ghp_|hunter2hunter2hunter2hunter2hunter2",
                "github_pat_|11HUNTER2_hunter2hunter2hunter2",
                "glpat-|hunter2hunter2hunter2",
                "xoxb-|1234567890-hunter2hunter2",
                "https://hooks.slack|.com/services/T0HUNTER2/B0HUNTER2/hunter2hunter2",
                "AIza|hunter2hunter2hunter2hunter2hunter2",
                "ya29.|hunter2hunter2hunter2hunter2",
                "dapi|0123456789abcdef0123456789abcdef",
                "sk-|hunter2hunter2hunter2hunter2",
                "sk_live_|hunter2hunter2hunter2",
                "hf_|hunter2hunter2hunter2hunter2hunter2",
                "npm_|hunter2hunter2hunter2hunter2hunter2",
                "hvs.|hunter2hunter2hunter2hunter2",
                "eyJ|hbGciOiJIUzI1NiJ9.eyJzdWIiOiJodW50ZXIyIn0.hunter2hunter2",
                "-----BEGIN RSA |PRIVATE KEY-----\nhunter2\nhunter2\n-----END RSA PRIVATE KEY-----",
                "-----BEGIN |PRIVATE KEY-----\nhunter2 and no end",
                "Bearer |hunter2hunter2hunter2",
                "DefaultEndpointsProtocol=https;AccountKey=|hunter2hunter2hunter2==",
                "jdbc:postgresql://db/x?user=bob&password=|hunter2",
                "jdbc:sqlserver://db;user=bob;password=|hunter2",
                "http://bob:|hunter2@host",
                "http://bob:|hunter2@x@host",
                "https://|hunter2hunter2hunter2@host/x"
            })
    void whatLooksLikeASecretIsFoundAndMaskedInItsSentence(String pieces) {
        String secret = pieces.replace("|", "");
        String sentence = "the value is " + secret + (secret.contains("no end") ? "" : " which is not allowed");

        assertThat(SecretText.isIn(sentence)).isTrue();
        assertThat(SecretText.masked(sentence))
                .startsWith("the value is ")
                .contains("***")
                .doesNotContainIgnoringCase("hunter2")
                .doesNotContain("0123456789abcdef0123456789abcdef");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "s3a://lake/a@b:c",
                "abfss://container@account.dfs.core.windows.net/path",
                "http://host:8080/a@b",
                "flights of the token ring, by task-number-of-the-password",
                "password = other_password AND token = 'x'",
                "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                "models:/m-0123456789abcdef0123456789abcdef",
                "concat_ws('-', time_hour, carrier, flight)",
                "schedules/landed={landed}/*.csv",
                "2013-12-25T08:00:00Z",
                "sk-2024-orders-of-bratislava-and-more",
                "bearer representative-of-the-group",
                "PEN-CFG-021 bearer of news"
            })
    void whatIsNoSecretStaysAsItIs(String text) {
        assertThat(SecretText.isIn(text)).isFalse();
        assertThat(SecretText.masked(text)).isEqualTo(text);
    }

    @Test
    void anErrorMasksWhateverItQuotes() {
        String token = "ghp_" + "hunter2hunter2hunter2hunter2";
        PenstockException thrown =
                PenstockException.configuration("PEN-CFG-007", "is " + token, "at " + token, "not " + token);

        assertThat(thrown.what() + thrown.where() + thrown.remedy() + thrown.getMessage())
                .doesNotContain("hunter2");
    }

    @Test
    void anAddressIsMaskedHoweverBrokenItIs() {
        assertThat(UserInfo.maskedAddress("http://bob:hunter2/x?@y@host:1/p")).isEqualTo("http://***@host:1/p");
        assertThat(UserInfo.maskedAddress("bob:hunter2@host")).isEqualTo("***@host");
        assertThat(UserInfo.maskedAddress("http://host:5000")).isEqualTo("http://host:5000");
    }
}
