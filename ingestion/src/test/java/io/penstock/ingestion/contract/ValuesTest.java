package io.penstock.ingestion.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.ingestion.contract.Values.Kind;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ValuesTest {
    private static final List<String> SEEDS = List.of(
            "0",
            "-0",
            "+7",
            "517.0",
            "517.",
            "12.50",
            ".5",
            "-.5e3",
            "1e400",
            "1e-400",
            "1e22",
            "123456789012345678",
            "9007199254740993",
            "0.1",
            "0.30000000000000004",
            "4.35",
            "99999999999999.99",
            "9223372036854775807",
            "-9223372036854775808",
            "9223372036854775808",
            "2147483647",
            "-2147483648",
            "00000000000000000000012",
            "1.7976931348623157e308",
            "1.7976931348623159e308",
            "4.9e-324",
            "NaN",
            "-Infinity",
            "inf",
            "1_000",
            "1,5",
            "0x10",
            "1d",
            "2013-12-25",
            "2024-02-30",
            "2024-02-29",
            "2013-12-25T06:00:00Z",
            "2013-12-25 06:00",
            "2013-12-25T06:00",
            "2013-12-25T06:00:00.1234567Z",
            "2013-12-25 06:00:00 UTC",
            "2013-12-25T06:00:00-05:00",
            "2013-12-25T06:00:00+0530",
            "2013-12-25T06:00:00+19",
            "2013-12-25T06:00:61Z",
            "2013-13-25T06:00:00Z",
            "1899-12-31T23:59:59Z",
            "2200-12-31T23:59:59.999999999Z",
            "1387951200",
            "true",
            "FALSE",
            "1",
            "yes",
            "");
    private static final String ALPHABET = "0123456789+-.eET:Z UTC_x,";

    /** 100,000 texts each: digits, near misses of numbers and times, and whatever a few edits make of them. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void scannersAnswerAsRegularExpressionsDo(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 100_000; i++) {
            String text = i < SEEDS.size() ? SEEDS.get(i) : text(random);
            for (Kind kind : Kind.values()) {
                assertThat(answer(Values.read(kind, text)))
                        .as("%s '%s'", kind, text)
                        .isEqualTo(expected(kind, text));
            }
        }
    }

    private static String text(Random random) {
        return switch (random.nextInt(8)) {
            case 0 -> String.valueOf(random.nextLong());
            case 1 -> String.valueOf(Double.longBitsToDouble(random.nextLong()));
            case 2 -> random.nextInt(100_000_000) + "." + random.nextInt(1_000_000);
            case 3 ->
                String.format(
                        java.util.Locale.ROOT,
                        "%04d-%02d-%02d%s%02d:%02d:%02d%s",
                        1890 + random.nextInt(320),
                        random.nextInt(14),
                        random.nextInt(33),
                        random.nextBoolean() ? "T" : " ",
                        random.nextInt(26),
                        random.nextInt(62),
                        random.nextInt(62),
                        List.of("", "Z", " Z", "UTC", ".5Z", ".123456789", "+01", "-0530", "+05:30", "+20:00")
                                .get(random.nextInt(10)));
            default -> edited(SEEDS.get(random.nextInt(SEEDS.size())), random);
        };
    }

    private static String edited(String seed, Random random) {
        StringBuilder text = new StringBuilder(seed);
        for (int edits = 1 + random.nextInt(3); edits > 0; edits--) {
            int at = random.nextInt(text.length() + 1);
            char c = ALPHABET.charAt(random.nextInt(ALPHABET.length()));
            if (at == text.length() || random.nextInt(3) == 0) {
                text.insert(at, c);
            } else if (random.nextBoolean()) {
                text.setCharAt(at, c);
            } else {
                text.deleteCharAt(at);
            }
        }
        return text.toString();
    }

    private static Object answer(Object read) {
        return read instanceof Double number ? (Object) Double.doubleToRawLongBits(number) : read;
    }

    private static Object expected(Kind kind, String text) {
        RegexValues.Read read = RegexValues.read(kind, text);
        return read.value() == null ? new Values.Bad(read.code(), read.expected()) : answer(read.value());
    }
}
