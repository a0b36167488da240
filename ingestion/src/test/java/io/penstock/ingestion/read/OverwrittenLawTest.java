package io.penstock.ingestion.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.LedgerEntry;
import io.penstock.core.Schedule;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.config.SourceSpec.Format;
import io.penstock.core.config.SourceSpec.Mode;
import io.penstock.ingestion.landing.LandedFile;
import io.penstock.ingestion.landing.Landing;
import io.penstock.ingestion.landing.LedgerLookup;
import io.penstock.ingestion.take.FileAssignment;
import io.penstock.ingestion.testing.LocalSpark;
import io.penstock.ingestion.testing.Sources;
import io.penstock.ingestion.versions.Overwritten;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Files that are overwritten, rotated, split, swapped, restored and copied between units: after each run, the last rows of
 * bronze say what a naive reader makes of the files as they lie there.
 */
class OverwrittenLawTest extends LocalSpark {
    private static final Schedule DAILY = new Schedule(1, LocalTime.of(8, 0), ZoneOffset.UTC);
    private static final Schedule HALF_DAYS = Schedule.hourly(12, LocalTime.of(8, 0));
    private static final LocalDate FIRST = LocalDate.of(2024, 1, 1);
    private static final int DAYS = 7;
    private static final int IDS = 6;
    private static final int SEQUENCES = 900;
    private static final String HEADER = "id,seq,at,city,price,status\n";

    /** What orders the versions of a key. */
    private enum Order {
        VALUE(Sources.withdrawing(Format.CSV, Mode.UPSERT, Optional.of("lpad(seq, 3, '0')"), Optional.of("gone"))),
        LANDING(Sources.withdrawing(Format.CSV, Mode.UPSERT, Optional.empty(), Optional.of("gone"))),
        SNAPSHOT(Sources.withdrawing(Format.CSV, Mode.SNAPSHOT, Optional.empty(), Optional.empty()));

        private final SourceSpec source;

        Order(SourceSpec source) {
            this.source = source;
        }
    }

    /** A record: its sequence says its value, and whether it withdraws its key. */
    private record Rec(int id, int seq) {
        boolean isGone(Order order) {
            return order != Order.SNAPSHOT && seq % 7 == 0;
        }

        String line(Order order) {
            return id + "," + seq + ",2024-01-01T00:00:00Z,Rome," + seq % 100 + "," + (isGone(order) ? "gone" : "here");
        }
    }

    @TempDir
    Path root;

    private final TreeMap<String, List<Rec>> files = new TreeMap<>();
    private final Map<String, List<List<Rec>>> earlier = new HashMap<>();
    private final List<LedgerEntry> ledger = new ArrayList<>();
    private final List<Row> bronze = new ArrayList<>();
    private final Set<Integer> used = new HashSet<>();
    private Random random;
    private Order order;
    private int clock;
    private int names;

    @ParameterizedTest(name = "{0}, seed {1}")
    @CsvSource({"VALUE, 2", "LANDING, 4", "SNAPSHOT, 41"})
    void theLastRowsSayWhatTheFilesSay(Order of, long seed) throws IOException {
        rowsSayWhatFilesSay(of, seed);
    }

    @Tag("full")
    @ParameterizedTest(name = "{0}, seed {1}")
    @CsvSource({"VALUE, 1", "VALUE, 4", "LANDING, 1", "LANDING, 5", "SNAPSHOT, 1", "SNAPSHOT, 4"})
    void theLastRowsSayWhatTheFilesSayInMoreHistories(Order of, long seed) throws IOException {
        rowsSayWhatFilesSay(of, seed);
    }

    private void rowsSayWhatFilesSay(Order of, long seed) throws IOException {
        order = of;
        random = new Random(seed);
        // Units are named by text in every fourth history.
        Schedule schedule = seed % 4 == 0 ? HALF_DAYS : DAILY;
        List<String> story = new ArrayList<>();
        for (int day = 0; day < DAYS; ) {
            int until = Math.min(DAYS, day + 1 + random.nextInt(4) / 3);
            for (int landing = day; landing < until; landing++) {
                story.add(land(landing));
            }
            if (day > 0) {
                for (int i = random.nextInt(4); i > 0; i--) {
                    story.add(change(until - 1));
                }
            }
            run(schedule.units(FIRST.plusDays(day), FIRST.plusDays(until - 1)));
            story.add("run of days " + day + " to " + (until - 1));
            assertThat(current()).as(String.join("\n", story)).isEqualTo(naive());
            day = until;
        }
    }

    private String land(int day) throws IOException {
        StringBuilder told = new StringBuilder();
        for (int part = random.nextInt(2); part >= 0; part--) {
            List<List<Rec>> old =
                    earlier.values().stream().flatMap(List::stream).toList();
            List<Rec> content = !old.isEmpty() && random.nextInt(3) == 0
                    ? old.get(random.nextInt(old.size()))
                    : records(1 + random.nextInt(4));
            told.append(write(stamp(day) + "/" + names++ + ".csv", content)).append("; ");
        }
        return told.toString();
    }

    private String change(int day) throws IOException {
        String path = any();
        List<Rec> content = files.get(path);
        String unmatchedPaths = path.substring(0, path.lastIndexOf('/')) + "/" + names++ + ".csv";
        switch (random.nextInt(7)) {
            case 0:
                return "cut " + write(path, content.subList(0, (content.size() + 1) / 2));
            case 1:
                List<Rec> other = new ArrayList<>(content);
                other.set(random.nextInt(other.size()), records(1).get(0));
                return "changed " + write(path, other);
            case 2:
                return "rotated " + write(unmatchedPaths, content) + write(path, records(1 + random.nextInt(4)));
            case 3:
                int half = (content.size() + 1) / 2;
                List<Rec> rest = content.subList(half, content.size());
                return "split " + write(path, content.subList(0, half))
                        + (rest.isEmpty() ? "" : write(unmatchedPaths, rest));
            case 4:
                List<List<Rec>> before = earlier.get(path);
                return "restored " + write(path, before.get(random.nextInt(before.size())));
            case 5:
                String with = any();
                List<Rec> its = files.get(with);
                return "swapped " + write(with, content) + write(path, its);
            default:
                String stamp = stamp(random.nextInt(day + 1)).replace("T06", random.nextBoolean() ? "T06" : "T07");
                return "late " + write(stamp + "/" + names++ + ".csv", random.nextBoolean() ? records(2) : content);
        }
    }

    private String any() {
        List<String> paths = List.copyOf(files.keySet());
        return paths.get(random.nextInt(paths.size()));
    }

    private List<Rec> records(int count) {
        List<Rec> records = new ArrayList<>();
        Set<Integer> ids = new HashSet<>();
        while (records.size() < count) {
            int seq = random.nextInt(SEQUENCES);
            int id = random.nextInt(IDS);
            if (ids.add(id) && used.add(seq)) {
                records.add(new Rec(id, seq));
            }
        }
        return records;
    }

    /** Where landing orders, files that landed together must not contradict each other, or nobody knows which is right. */
    private String write(String path, List<Rec> wanted) throws IOException {
        Map<Integer, Rec> together = new HashMap<>();
        if (order != Order.VALUE) {
            String folder = path.substring(0, path.lastIndexOf('/') + 1);
            files.forEach((other, records) -> {
                if (other.startsWith(folder) && !other.equals(path)) {
                    records.forEach(record -> together.put(record.id(), record));
                }
            });
        }
        List<Rec> content = wanted.stream()
                .map(record -> together.getOrDefault(record.id(), record))
                .toList();
        Path file = root.resolve("orders").resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(
                file,
                HEADER
                        + content.stream()
                                .map(record -> record.line(order) + "\n")
                                .collect(Collectors.joining()));
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_700_000_000_000L + 1000L * clock++));
        files.put(path, content);
        earlier.computeIfAbsent(path, any -> new ArrayList<>()).add(content);
        return path + "=" + content + " ";
    }

    private static String stamp(int day) {
        return "landed=" + FIRST.plusDays(day).toString().replace("-", "") + "T060000Z";
    }

    private void run(List<Unit> units) {
        List<LandedFile> landed = Landing.discover(new Configuration(), root.toString(), order.source)
                .files();
        Set<UnitId> dates = units.stream().map(Unit::id).collect(Collectors.toSet());
        LedgerLookup known = LedgerLookup.of("orders", ledger, dates);
        Overwritten overwritten = Overwritten.of(
                order.source,
                landed,
                known.ofOtherUnits(),
                file -> Landing.sha256(new Configuration(), root.toString(), file.pin()));
        Map<Unit, List<LandedFile>> take = FileAssignment.of(units, landed, known.ofOtherUnits(), overwritten)
                .assigns();
        Optional<Dataset<Row>> before = bronze.isEmpty()
                ? Optional.empty()
                : Optional.of(spark.createDataFrame(bronze, bronze.get(0).schema()));
        List<Row> rows;
        try (SourceBatch parsed =
                Reading.read(spark, order.source, take, root.toString(), List.copyOf(ledger), () -> before)) {
            rows = parsed.bronze().collectAsList();
            bronze.addAll(rows);
            ledger.addAll(parsed.ledger("run"));
        }
        if (random.nextInt(3) == 0 && !bronze.isEmpty()) {
            Dataset<Row> after = spark.createDataFrame(bronze, bronze.get(0).schema());
            try (SourceBatch again = Reading.read(
                    spark, order.source, take, root.toString(), List.copyOf(ledger), () -> Optional.of(after))) {
                assertThat(again.bronze().collectAsList())
                        .as("run once more")
                        .containsExactlyInAnyOrderElementsOf(rows);
            }
        }
    }

    private Map<Integer, Integer> current() {
        Map<Integer, Row> last = new TreeMap<>();
        for (Row row : bronze) {
            last.merge(row.getAs("id"), row, (one, other) -> VERSIONS.compare(one, other) >= 0 ? one : other);
        }
        Map<Integer, Integer> current = new TreeMap<>();
        last.forEach((id, row) -> {
            if (row.getAs("_op").equals("+")) {
                current.put(id, row.getAs("seq"));
            }
        });
        return current;
    }

    private static final Comparator<Row> VERSIONS = Comparator.comparing((Row row) -> row.<String>getAs("_sequence"))
            .thenComparing(row -> row.<java.sql.Timestamp>getAs("_known_at"))
            .thenComparing(row -> row.<Long>getAs("_position"))
            .thenComparing(row -> row.<String>getAs("_row_id"));

    private Map<Integer, Integer> naive() {
        Map<Integer, Rec> last = new TreeMap<>();
        Map<Integer, String> from = new HashMap<>();
        String newest = files.lastKey().substring(0, files.lastKey().indexOf('/'));
        files.forEach((path, records) -> records.forEach(record -> {
            boolean isLater = switch (order) {
                case VALUE ->
                    !last.containsKey(record.id()) || last.get(record.id()).seq() < record.seq();
                case LANDING -> true; // paths come in the order of landing
                case SNAPSHOT -> path.startsWith(newest);
            };
            if (isLater) {
                last.put(record.id(), record);
                from.put(record.id(), path);
            }
        }));
        Map<Integer, Integer> current = new TreeMap<>();
        last.forEach((id, record) -> {
            if (!record.isGone(order)) {
                current.put(id, record.seq());
            }
        });
        return current;
    }
}
