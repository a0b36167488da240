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
                "https://|hunter2hunter2hunter2@host/x",
                "password: |hunter2",
                "\"password\": \"|hunter2\"",
                "{'clientSecret': '|hunter2'}",
                "spring.datasource.password=|hunter2",
                "db.password: |hunter2",
                "password = |hunter2",
                "PGPASSWORD=|hunter2",
                "--password |hunter2",
                "--db-password=|hunter2",
                "--secret-access-key |hunter2",
                "mysql -u root -p|hunter2",
                "-p|hunter2",
                "curl -u bob:|hunter2",
                "Authorization: Bearer |hunter2",
                "'Authorization': 'Basic |hunter2'",
                "X-Api-Key: |hunter2",
                "x-auth-token: |hunter2",
                "aws_secret_access_key = |hunter2",
                "DB_PASS=|hunter2",
                "token: |hunter2",
                "auth = |hunter2",
                "token: |Hunter2secretHunter2",
                "token:|hunter2secret",
                "token=|Hunter2tokenX",
                "'Bearer |Hunter2x'",
                "https://h/x#access_token=|hunter2",
                "https://h/x?a=b&x-amz-signature=|hunter2"
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

    /** Where a name says what it is, the value may be letters only. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "password: |swordfish",
                "--password |swordfish",
                "-p|SWORDFISH",
                "Authorization: Bearer |swordfish",
                "aws_secret_access_key = |swordfish",
                "X-Api-Key: |swordfish",
                "refreshToken: |swordfish",
                "https://h/x#access_token=|swordfish"
            })
    void aNameShowsThatAWordIsASecretAndStandsInTheMaskedText(String pieces) {
        String text = pieces.replace("|", "");

        assertThat(SecretText.isIn(text)).isTrue();
        assertThat(SecretText.masked(text)).isEqualTo(pieces.replaceFirst("(?i)\\|swordfish", "***"));
        assertThat(SecretText.isIn(SecretText.masked(text))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "s3a://lake/a@b:c",
                "author: Bob Smith",
                "author=bob12345",
                "pass_rate = 0.95",
                "pass_rate: rate12345",
                "token_count=1234567a",
                "key: value1234",
                "key = order_id12",
                "passenger: john1234",
                "compass=north1234",
                "monkey: banana1234",
                "bypass=route66x",
                "tokens: 123456a",
                "first pass: 2013-12-25T08:00:00Z",
                "api_key = other_key",
                "api_key = t.other_key_2",
                "token = o.access_token2",
                "TOKEN = OTHER_TOKEN_2 AND x = 1",
                "token expired",
                "token: expired 2 days ago",
                "columns token and secret, token_count = 12345a",
                "sources.orders.columns.password: declared twice, in lines 4 and 5",
                "PEN-CFG-003 conf/shop.conf:5 password: unknown key",
                "password: must be text",
                "--password-file /run/secrets/db",
                "use --password or --token",
                "java -parallel4 -python3x",
                "timestampadd(SECOND, -pmod(hash(id, 5), 129600), x) -price2013 -POWER(x1, 2)",
                "docker run -p 8080:80 -u 1000:1000",
                "https://h/x?token_count=5",
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
                "bearer 2024-report-of-bonds",
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
                new PenstockException(ErrorCode.INVALID_VALUE, "is " + token, "at " + token, "not " + token);

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
