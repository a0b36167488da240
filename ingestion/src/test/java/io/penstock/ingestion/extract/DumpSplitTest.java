package io.penstock.ingestion.extract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.PenstockException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DumpSplitTest {
    @TempDir
    private Path folder;

    @Test
    void aRowLandsAtTheEndOfItsDayPlusTheDelayWithItsBytes() throws IOException {
        Path file = write(
                "orders.csv",
                "id,at,note\r\n1,2026-03-01T23:59:59Z,\"two\nlines\"\r\n2,2026-03-02T00:00:00Z,ä\r\n3,2026-03-01,x");

        DumpSplit.Result done = split(file, "at", Duration.ofHours(5));

        assertThat(done.rows()).isEqualTo(Map.of("landed=20260302T050000Z", 2L, "landed=20260303T050000Z", 1L));
        assertThat(landed())
                .isEqualTo(Map.of(
                        "landed=20260302T050000Z/orders.csv",
                        "id,at,note\r\n1,2026-03-01T23:59:59Z,\"two\nlines\"\r\n3,2026-03-01,x\n",
                        "landed=20260303T050000Z/orders.csv",
                        "id,at,note\r\n2,2026-03-02T00:00:00Z,ä\r\n"));
    }

    @Test
    void theSameAgainWritesNothingAndAnotherContentIsRefused() throws IOException {
        Path file = write("orders.csv", "id,at\n1,2026-03-01\n");
        assertThat(split(file, "at", Duration.ZERO).written()).isEqualTo(1);
        assertThat(split(file, "at", Duration.ZERO).written()).isZero();
        Map<String, String> before = landed();

        write("orders.csv", "id,at\n0,2026-02-01\n2,2026-03-01\n");
        assertThatThrownBy(() -> split(file, "at", Duration.ZERO))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-CLI-016")
                .hasMessageContaining("differs");
        assertThat(landed()).isEqualTo(before);
    }

    @Test
    void rowsWithoutATimeLandWithTheLastDay() throws IOException {
        Path file = write("events.json", "{\"at\":\"2026-03-02\"}\n{\"at\":null}\nnonsense\n{\"at\":\"2026-03-01\"}\n");

        DumpSplit.Result done = split(file, "at", Duration.ZERO);

        assertThat(done.undatedRows()).isEqualTo(2);
        assertThat(done.undated()).containsExactly(2L, 3L);
        assertThat(landed().get("landed=20260303T000000Z/events.json"))
                .isEqualTo("{\"at\":\"2026-03-02\"}\n{\"at\":null}\nnonsense\n");
    }

    /** As ingestion reads them: a record over two lines with a field too many is two flawed lines, an open quote is one. */
    @Test
    void aFlawedRecordTakesNoOtherRowWithIt() throws IOException {
        String flawed = "1,2026-03-01,\"a\n2,2026-03-01,x\",more\n";
        String open = "4,2026-03-01,\"open\n5,2026-03-04,x\n";
        Path file = write("orders.csv", "id,at,note\n" + flawed + "3,2026-03-03,x\n" + open);

        DumpSplit.Result done = split(file, "at", Duration.ZERO);

        assertThat(done.undated()).containsExactly(2L, 3L, 5L);
        assertThat(landed())
                .isEqualTo(Map.of(
                        "landed=20260304T000000Z/orders.csv",
                        "id,at,note\n3,2026-03-03,x\n",
                        "landed=20260305T000000Z/orders.csv",
                        "id,at,note\n5,2026-03-04,x\n" + flawed + "4,2026-03-01,\"open\n"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            id,at^1,2026-03-01^ | when | Name one of id, at
            id,at^1,x^          | at   | No row has a date
            id,at^              | at   | the file has no rows
            """)
    void aFileThatCannotBeSplitIsRefused(String content, String column, String message) throws IOException {
        Path file = write("orders.csv", content.replace('^', '\n'));

        assertThatThrownBy(() -> split(file, column, Duration.ZERO))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining(message);
        assertThat(landed()).isEmpty();
    }

    /** More days than files stay open, in any order, packed: each row is there once, on its day, in the order of the file. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2})
    void everyRowIsThereOnce(long seed) throws IOException {
        Random random = new Random(seed);
        Map<String, List<String>> expected = new TreeMap<>();
        StringBuilder content = new StringBuilder("id,at\n");
        for (int i = 0; i < 3_000; i++) {
            Instant at = Instant.parse("2025-01-01T00:00:00Z").plusSeconds(random.nextInt(400 * 86_400));
            String row = i + "," + at;
            content.append(row).append('\n');
            expected.computeIfAbsent(
                            at.truncatedTo(ChronoUnit.DAYS)
                                    .plus(1, ChronoUnit.DAYS)
                                    .toString(),
                            day -> new ArrayList<>(List.of("id,at")))
                    .add(row);
        }
        Path file = folder.resolve("dump.csv.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write(content.toString().getBytes(StandardCharsets.UTF_8));
        }

        split(file, "at", Duration.ZERO);

        Map<String, List<String>> found = new TreeMap<>();
        landed().forEach((path, text) -> found.put(
                path.replaceAll("landed=(\\d{4})(\\d\\d)(\\d\\d)T000000Z/dump.csv", "$1-$2-$3T00:00:00Z"),
                text.lines().toList()));
        assertThat(found).isEqualTo(expected);
    }

    private DumpSplit.Result split(Path file, String column, Duration delay) throws IOException {
        return new DumpSplit(folder.resolve("landing"), delay).split(file, column);
    }

    private Path write(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content);
    }

    private Map<String, String> landed() throws IOException {
        Map<String, String> all = new TreeMap<>();
        Path landing = Files.createDirectories(folder.resolve("landing"));
        try (Stream<Path> files = Files.walk(landing)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                all.put(landing.relativize(file).toString(), Files.readString(file));
            }
        }
        return all;
    }
}
