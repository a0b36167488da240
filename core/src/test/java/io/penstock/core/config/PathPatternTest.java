package io.penstock.core.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PathPatternTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            a/*.csv            | a/*              | true
            a/*.csv            | a/*.json         | false
            a/*.csv            | b/*.csv          | false
            a//./x             | a/x              | true
            */x                | a/*              | true
            a*b                | *ab*b            | true
            a?c                | ab*c             | true
            a?                 | a                | false
            *                  | *.*              | true
            landed={landed}/*  | landed=2024*/a   | true
            {city}/x           | ?/x              | true
            x{city}            | x                | false
            a/*                | a/b/c            | false
            """)
    void twoPatternsMeetWhereAFileMatchesBoth(String one, String two, boolean meets) {
        assertThat(PathPattern.of(one).meets(PathPattern.of(two))).isEqualTo(meets);
        assertThat(PathPattern.of(two).meets(PathPattern.of(one))).isEqualTo(meets);
    }

    /** All names of up to four letters are tried. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void itIsWhatAllNamesSay(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 400; i++) {
            String one = pattern(random);
            String two = pattern(random);
            assertThat(PathPattern.of(one).meets(PathPattern.of(two)))
                    .as(one + " and " + two)
                    .isEqualTo(haveName(regex(one), regex(two), ""));
        }
    }

    /** Of at most two parts that are no letter, so that four letters are enough for a name of both. */
    private static String pattern(Random random) {
        StringBuilder pattern = new StringBuilder();
        int length = 1 + random.nextInt(2);
        for (int i = 0; i < length; i++) {
            pattern.append("ab?*".charAt(random.nextInt(4)));
        }
        return pattern.toString();
    }

    private static boolean haveName(Pattern one, Pattern two, String name) {
        boolean isName = !name.isEmpty()
                && one.matcher(name).matches()
                && two.matcher(name).matches();
        return isName || name.length() < 4 && (haveName(one, two, name + "a") || haveName(one, two, name + "b"));
    }

    private static Pattern regex(String pattern) {
        return Pattern.compile(pattern.replace("?", ".").replace("*", ".*"));
    }
}
