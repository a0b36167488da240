package io.penstock.ingestion;

import static org.assertj.core.api.Assertions.assertThat;

import com.univocity.parsers.csv.CsvParser;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CsvRecordsTest {
    private record Seen(long line, String raw, boolean isUnclosed, List<String> fields) {}

    /** 15,000 texts each, of the few characters that mean something and some that do not. */
    @ParameterizedTest(name = "delimiter {0}, seed {1}")
    @CsvSource({"',', 1", "',', 2", "';', 3", "'\t', 4"})
    void onePassGivesWhatCuttingAndThenUnivocityGive(char delimiter, long seed) {
        Random random = new Random(seed);
        String alphabet = "\"\"\n\r ab\u00e9" + delimiter + delimiter;
        CsvParser univocity = CsvRecords.univocity(delimiter);
        for (int i = 0; i < 15_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int left = random.nextInt(24); left > 0; left--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            List<Seen> seen = onePass(text.toString(), delimiter);
            List<Seen> expected = twoPasses(text.toString(), delimiter, univocity);
            if (!seen.equals(expected)) {
                assertThat(seen).as("%s", text).isEqualTo(expected);
            }
        }
    }

    private static List<Seen> onePass(String text, char delimiter) {
        CsvRecords records = new CsvRecords(text, delimiter);
        List<Seen> seen = new ArrayList<>();
        while (records.next()) {
            List<String> fields = records.isUnclosed() ? List.of() : Arrays.asList(records.fields());
            seen.add(new Seen(records.line(), records.raw(), records.isUnclosed(), fields));
        }
        return seen;
    }

    private static List<Seen> twoPasses(String text, char delimiter, CsvParser univocity) {
        TwoPasses records = new TwoPasses(text, delimiter);
        List<Seen> seen = new ArrayList<>();
        for (String raw = records.next(); raw != null; raw = records.next()) {
            List<String> fields = records.isUnclosed() ? List.of() : Arrays.asList(univocity.parseLine(raw));
            seen.add(new Seen(records.line(), raw, records.isUnclosed(), fields));
        }
        return seen;
    }

    /** Cuts records only. */
    private static final class TwoPasses {
        private final String text;
        private final char delimiter;
        private int at;
        private long line = 1;
        private long startLine;
        private boolean isUnclosed;

        TwoPasses(String text, char delimiter) {
            this.text = text;
            this.delimiter = delimiter;
        }

        /** The next record that is not blank, without its line end, or null at the end. */
        String next() {
            while (at < text.length()) {
                String record = cut();
                if (!record.isBlank()) {
                    return record;
                }
            }
            return null;
        }

        /** Line on which the last record starts, from 1. */
        long line() {
            return startLine;
        }

        /** Whether the last record has a quote that never closes: it swallowed the rest of the text. */
        boolean isUnclosed() {
            return isUnclosed;
        }

        private String cut() {
            int start = at;
            startLine = line;
            boolean isQuoted = false;
            boolean isFieldStart = true;
            while (at < text.length()) {
                char c = text.charAt(at);
                if (isQuoted) {
                    if (c == '"') {
                        if (at + 1 < text.length() && text.charAt(at + 1) == '"') {
                            at++;
                        } else {
                            isQuoted = false;
                        }
                    } else if (c == '\n') {
                        line++;
                    }
                } else if (c == '\n' || c == '\r') {
                    int end = at;
                    at += c == '\r' && at + 1 < text.length() && text.charAt(at + 1) == '\n' ? 2 : 1;
                    line++;
                    return text.substring(start, end);
                } else if (c == '"' && isFieldStart) {
                    isQuoted = true;
                    isFieldStart = false;
                } else {
                    isFieldStart = c == delimiter;
                }
                at++;
            }
            isUnclosed = isQuoted;
            return text.substring(start);
        }
    }
}
