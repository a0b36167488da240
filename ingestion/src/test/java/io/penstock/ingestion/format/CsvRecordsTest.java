package io.penstock.ingestion.format;

import static org.assertj.core.api.Assertions.assertThat;

import com.univocity.parsers.csv.CsvFormat;
import com.univocity.parsers.csv.CsvParser;
import com.univocity.parsers.csv.CsvParserSettings;
import com.univocity.parsers.csv.CsvWriter;
import com.univocity.parsers.csv.CsvWriterSettings;
import io.penstock.ingestion.format.CsvRecords.Flaw;
import io.penstock.ingestion.format.CsvStyle.Escape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class CsvRecordsTest {
    private static final int TEXTS = 8_000;

    /** @param fields empty of a flawed record */
    private record Seen(long line, String raw, List<String> fields) {}

    /** Texts of the few characters that mean something and some that do not. */
    @ParameterizedTest(name = "{0}, delimiter {1}, seed {2}")
    @CsvSource({
        "UNDECLARED, ',', 1",
        "UNDECLARED, '\t', 2",
        "DOUBLED, ',', 3",
        "DOUBLED, ';', 4",
        "BACKSLASH, ',', 5",
        "BACKSLASH, ';', 6"
    })
    void onePassGivesWhatTheGrammarGives(Escape escape, char delimiter, long seed) {
        Random random = new Random(seed);
        String alphabet = "\"\"\"\n\r \\\\ab\u00e9" + delimiter + delimiter;
        for (int i = 0; i < TEXTS; i++) {
            CsvStyle style = new CsvStyle(delimiter, escape, random.nextBoolean() ? 8 : 100);
            int columns = random.nextInt(4);
            StringBuilder text = new StringBuilder();
            for (int left = random.nextInt(24); left > 0; left--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            List<Seen> seen = onePass(text.toString(), style, columns);
            List<Seen> expected = byGrammar(text.toString(), style, columns);
            if (!seen.equals(expected)) {
                assertThat(seen).as("%s %s %s", text, style, columns).isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(value = Escape.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void whatSparkWritesIsReadAsItWas(Escape escape) {
        Random random = new Random(7);
        char by = escape == Escape.BACKSLASH ? '\\' : '"';
        CsvWriter writer = new CsvWriter(written(by));
        CsvParser univocity = new CsvParser(read(by));
        String alphabet = "\"\n \\ab\u00e9,,";
        for (int i = 0; i < TEXTS; i++) {
            String[] values = new String[1 + random.nextInt(3)];
            for (int v = 0; v < values.length; v++) {
                StringBuilder value = new StringBuilder("x");
                for (int left = random.nextInt(6); left > 0; left--) {
                    value.append(alphabet.charAt(random.nextInt(alphabet.length())));
                }
                values[v] = value.toString();
            }
            String text = writer.writeRowToString(values);
            CsvRecords records = new CsvRecords(text, new CsvStyle(',', escape, 1000));
            records.expect(values.length);
            assertThat(records.next()).isTrue();
            // What says by a backslash that it may be written otherwise is left to who declares it
            if (escape != Escape.UNDECLARED || !text.contains("\\\"")) {
                assertThat(records.flaw()).as(text).isEqualTo(Flaw.NONE);
                assertThat(records.fields()).as(text).isEqualTo(values).isEqualTo(univocity.parseLine(text));
                assertThat(records.next()).isFalse();
            }
        }
    }

    /** Each with a value of its own on every line, so that a line which is nowhere is missed. */
    @ParameterizedTest
    @CsvSource({"1", "2"})
    void whatSparkWritesByBackslashesIsNeverOtherTextUnderTheDefault(long seed) {
        Random random = new Random(seed);
        CsvWriter writer = new CsvWriter(written('\\'));
        List<String> kinds = List.of("monitor 24\"", "pipe 5\" steel", "plain", "a, b", "\"", "x\",", "two\nlines", "");
        for (int i = 0; i < 1_000; i++) {
            StringBuilder text = new StringBuilder();
            List<String> told = new ArrayList<>();
            for (int n = 0; n < 8; n++) {
                String[] values = {String.valueOf(n), pick(random, kinds), pick(random, kinds)};
                String row = writer.writeRowToString(values);
                text.append(row).append('\n');
                told.add(String.join("|", values));
            }
            CsvRecords records = new CsvRecords(text.toString(), new CsvStyle(',', Escape.UNDECLARED, 1000));
            records.expect(3);
            StringBuilder all = new StringBuilder();
            while (records.next()) {
                all.append(records.raw()).append('\n');
                if (records.flaw() == Flaw.NONE && records.fields().length == 3) {
                    String[] fields = records.fields();
                    assertThat(told).as("%s", text).contains(fields[0] + "|" + or(fields[1]) + "|" + or(fields[2]));
                }
            }
            assertThat(all.toString()).isEqualTo(text.toString());
        }
    }

    @Test
    void aQuoteThatNeverClosesCostsNoSecondLookAtTheSameLines() {
        String text = "1,\"\"\"a\n2,b\n".repeat(200_000);
        CsvRecords records = new CsvRecords(text, new CsvStyle(',', Escape.UNDECLARED, 64 << 20));
        int flawed = 0;
        int all = 0;
        while (records.next()) {
            all++;
            flawed += records.flaw() == Flaw.NONE ? 0 : 1;
        }
        assertThat(all).isEqualTo(400_000);
        assertThat(flawed).isEqualTo(200_000);
    }

    private static String or(String field) {
        return field == null ? "" : field;
    }

    private static String pick(Random random, List<String> list) {
        return list.get(random.nextInt(list.size()));
    }

    private static List<Seen> onePass(String text, CsvStyle style, int columns) {
        CsvRecords records = new CsvRecords(text, style);
        records.expect(columns);
        List<Seen> seen = new ArrayList<>();
        while (records.next()) {
            List<String> fields = records.flaw() == Flaw.NONE ? Arrays.asList(records.fields()) : List.of();
            seen.add(new Seen(records.line(), records.raw(), fields));
        }
        return seen;
    }

    /** By regular expressions, record after record; one that none matches is its first line, and flawed. */
    private static List<Seen> byGrammar(String text, CsvStyle style, int columns) {
        String stop = "[" + style.delimiter() + "\\r\\n]";
        String quoted = switch (style.escape()) {
            case UNDECLARED -> "\"(?:[^\"\\\\]|\\\\(?!\"\"(?:" + stop + "|\\z))|\"\")*+\"";
            case DOUBLED -> "\"(?:[^\"]|\"\")*+\"";
            case NONE -> throw new IllegalArgumentException();
            case BACKSLASH -> "\"(?:[^\"\\\\]|\\\\[\"\\\\]|\\\\(?![\"\\\\]))*+\"";
        };
        String field = "(?:" + quoted + "|[^\"" + style.delimiter() + "\\r\\n]*+)";
        Pattern record =
                Pattern.compile("(" + field + "(?:" + style.delimiter() + field + ")*+)(?:\\r\\n|\\r|\\n|\\z)");
        Pattern first = Pattern.compile("([^\\r\\n]*+)(?:\\r\\n|\\r|\\n|\\z)");
        List<Seen> seen = new ArrayList<>();
        long line = 1;
        for (int at = 0; at < text.length(); ) {
            Matcher matcher = record.matcher(text).region(at, text.length());
            List<String> fields =
                    matcher.lookingAt() ? fields(matcher.group(1), Pattern.compile(field), style) : List.of();
            boolean isRight = !fields.isEmpty() && isRight(matcher.group(1), fields.size(), style, columns);
            if (!isRight) {
                matcher = first.matcher(text).region(at, text.length());
                assertThat(matcher.lookingAt()).isTrue();
            }
            String raw = matcher.group(1);
            if (!raw.isBlank()) {
                seen.add(new Seen(line, raw, isRight ? fields : List.of()));
            }
            line += 1 + raw.chars().filter(c -> c == '\n').count();
            at = matcher.end();
        }
        return seen;
    }

    private static boolean isRight(String raw, int fields, CsvStyle style, int columns) {
        boolean isOneLine = raw.indexOf('\n') < 0 && raw.indexOf('\r') < 0;
        boolean isSuspect = style.escape() == Escape.UNDECLARED && raw.contains("\\\"");
        return isOneLine || !isSuspect && raw.length() <= style.longest() && (columns == 0 || fields == columns);
    }

    private static List<String> fields(String raw, Pattern field, CsvStyle style) {
        List<String> fields = new ArrayList<>();
        Matcher matcher = field.matcher(raw);
        for (int at = 0; at <= raw.length(); at = matcher.end() + 1) {
            assertThat(matcher.region(at, raw.length()).lookingAt()).isTrue();
            String own = matcher.group();
            String inside = own.startsWith("\"") ? own.substring(1, own.length() - 1) : own;
            String plain = style.escape() == Escape.BACKSLASH && own.startsWith("\"")
                    ? inside.replaceAll("\\\\([\"\\\\])", "$1")
                    : inside.replace("\"\"", "\"");
            fields.add(own.isEmpty() ? null : plain);
        }
        return fields;
    }

    private static CsvWriterSettings written(char escape) {
        CsvWriterSettings settings = new CsvWriterSettings();
        format(settings.getFormat(), escape);
        settings.setQuoteEscapingEnabled(true);
        settings.setIgnoreLeadingWhitespaces(false);
        settings.setIgnoreTrailingWhitespaces(false);
        settings.setEmptyValue("\"\"");
        return settings;
    }

    private static CsvParserSettings read(char escape) {
        CsvParserSettings settings = new CsvParserSettings();
        format(settings.getFormat(), escape);
        settings.setCommentProcessingEnabled(false);
        settings.setIgnoreLeadingWhitespaces(false);
        settings.setIgnoreTrailingWhitespaces(false);
        settings.setIgnoreLeadingWhitespacesInQuotes(false);
        settings.setIgnoreTrailingWhitespacesInQuotes(false);
        settings.setEmptyValue("");
        return settings;
    }

    private static void format(CsvFormat format, char escape) {
        format.setLineSeparator("\n");
        format.setNormalizedNewline('\n');
        format.setQuote('"');
        format.setQuoteEscape(escape);
    }
}
