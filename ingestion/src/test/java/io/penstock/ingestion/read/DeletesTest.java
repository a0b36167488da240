package io.penstock.ingestion.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.LedgerEntry;
import io.penstock.core.Schedule;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.config.SourceSpec.Format;
import io.penstock.core.config.SourceSpec.Mode;
import io.penstock.core.config.SourceSpec.NewColumn;
import io.penstock.ingestion.landing.LandedFile;
import io.penstock.ingestion.landing.Landing;
import io.penstock.ingestion.landing.LandingStamp;
import io.penstock.ingestion.landing.Notice;
import io.penstock.ingestion.testing.LocalSpark;
import io.penstock.ingestion.testing.Sources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeletesTest extends LocalSpark {
    private static final Schedule DAILY = new Schedule(1, LocalTime.of(8, 0), ZoneOffset.UTC);
    private static final UnitId FIRST = UnitId.of(LocalDate.of(2024, 1, 1));
    private static final int DAYS = 7;
    private static final List<String> KEYS = List.of("0", "1", "2", "3", "4");
    private static final String HEADER = "id,at,city,price\n";
    private static final SourceSpec ORDERS = Sources.orders(Format.CSV, Mode.SNAPSHOT, NewColumn.EVOLVE, "landed");

    @TempDir
    Path root;

    private final Map<Path, UnitId> late = new HashMap<>();

    @Test
    void aKeyThatTheNextSnapshotLacksIsWithdrawnByIt() throws IOException {
        land(0, "a.csv", "1", "2");
        land(1, "a.csv", "2");
        land(2, "a.csv", "1", "2");

        assertThat(rows(range(3)))
                .containsExactly(
                        "1 + 20240101T060000Z 2024-01-01",
                        "1 + 20240103T060000Z 2024-01-03",
                        "1 - 20240102T060000Z 2024-01-02",
                        "2 + 20240101T060000Z 2024-01-01",
                        "2 + 20240102T060000Z 2024-01-02",
                        "2 + 20240103T060000Z 2024-01-03");
    }

    @Test
    void aWithdrawalSaysNothingButItsKeyAndWhen() throws IOException {
        land(0, "a.csv", "1", "2");
        land(1, "a.csv", "2");

        Row gone = range(2).stream()
                .filter(row -> row.getAs("_op").equals("-"))
                .reduce((one, next) -> next)
                .orElseThrow();

        assertThat(gone.<String>getAs("order_id")).isEqualTo("x-1");
        assertThat(gone.<Object>getAs("id")).isNull();
        assertThat(gone.<Object>getAs("at")).isNull();
        assertThat(gone.<Object>getAs("_event_time").toString()).isEqualTo("2024-01-02 06:00:00.0");
        assertThat(gone.<Object>getAs("_known_at")).isEqualTo(gone.<Object>getAs("_event_time"));
        assertThat(gone.<Long>getAs("_position")).isZero();
        assertThat(gone.<String>getAs("_row_id")).matches("[0-9a-f]{32}");
    }

    @Test
    void aSnapshotInSeveralFilesIsOne() throws IOException {
        land(0, "a.csv", "1", "2");
        land(1, "a.csv", "1");
        land(1, "b.csv", "2");

        assertThat(rows(range(2))).noneMatch(row -> row.contains(" - "));
    }

    @Test
    void aSnapshotWithRejectsWithdrawsNothingAndSaysSo() throws IOException {
        land(0, "a.csv", "1", "2");
        Files.writeString(folder(1).resolve("a.csv"), HEADER + "2,not a time,x,1\n");

        try (SourceBatch parsed = read(days(0, 2), List.of(), Optional.empty())) {
            assertThat(rows(parsed.bronze().collectAsList())).noneMatch(row -> row.contains(" - "));
            assertThat(parsed.notices())
                    .extracting(Notice::toString)
                    .contains("PEN-ING-040 The snapshot 20240102T060000Z withdraws no key: some of it was rejected,"
                            + " so a key that it lacks may still be there [orders/landed=20240102T060000Z/a.csv]");
        }
    }

    @Test
    void partsThatOnlyChangedPlacesAreNoRepeats() throws IOException {
        land(0, "a.csv", "1", "2");
        land(0, "b.csv", "3", "4");
        land(1, "a.csv", "3", "4");
        land(1, "b.csv", "1");

        assertThat(rows(range(2)))
                .contains("2 - 20240102T060000Z 2024-01-02")
                .filteredOn(row -> row.contains(" - "))
                .hasSize(1);
    }

    @Test
    void anEmptySnapshotWithdrawsNothing() throws IOException {
        land(0, "a.csv", "1", "2");
        land(1, "a.csv");

        assertThat(rows(range(2))).noneMatch(row -> row.contains(" - "));
    }

    /** Late ones, damaged ones, repeats, several of a day, in several files. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 4, 5})
    void aRangeItsUnitsOneByOneAndANaiveOracleAgree(long seed) throws IOException {
        Random random = new Random(seed);
        for (int day = 0; day < DAYS; day++) {
            int snapshots = random.nextInt(3);
            for (int i = 0; i < snapshots; i++) {
                snapshot(random, day, String.format("%02d", i * 3 + random.nextInt(3)));
            }
        }
        List<Row> range = range(DAYS);

        assertThat(rows(range)).isEqualTo(naive());
        assertThat(whole(oneByOne())).isEqualTo(whole(range));
    }

    @Tag("full")
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {2, 3, 6, 7, 8})
    void aRangeItsUnitsAndAnOracleAgreeInMoreHistories(long seed) throws IOException {
        aRangeItsUnitsOneByOneAndANaiveOracleAgree(seed);
    }

    /** One unit passes only when all others are done: at every whole snapshot, what is there is what it holds. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {5, 8})
    void atEachWholeSnapshotItsKeysAreThereThoughAUnitWasMendedLate(long seed) throws IOException {
        Random random = new Random(seed);
        for (int day = 0; day < DAYS; day++) {
            snapshot(random, day, "06");
        }
        late.clear();
        List<Integer> order = new ArrayList<>(List.of(0, 1, 2, 3, 4, 5, 6));
        order.add(order.remove(random.nextInt(DAYS - 1)));

        List<Row> rows = inOrder(order);

        int looked = 0;
        for (Map.Entry<String, Set<String>> snapshot : wholeSnapshots().entrySet()) {
            Set<String> there = new TreeSet<>();
            for (String key : KEYS) {
                rows(rows).stream()
                        .map(row -> row.split(" "))
                        .filter(row -> row[0].equals(key) && row[2].compareTo(snapshot.getKey()) <= 0)
                        .max(Comparator.comparing(row -> row[2] + (row[1].equals("-") ? 0 : 1)))
                        .filter(row -> row[1].equals("+"))
                        .ifPresent(row -> there.add(key));
            }
            assertThat(there)
                    .as("at " + snapshot.getKey() + ", in order " + order)
                    .isEqualTo(snapshot.getValue());
            looked++;
        }
        assertThat(looked).isGreaterThan(1);
    }

    @Tag("full")
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 6, 7})
    void atEachWholeSnapshotItsKeysAreThereInMoreHistories(long seed) throws IOException {
        atEachWholeSnapshotItsKeysAreThereThoughAUnitWasMendedLate(seed);
    }

    /** Stamp to keys, of snapshots without rejects that are not empty. */
    private Map<String, Set<String>> wholeSnapshots() {
        Map<String, Set<String>> whole = new TreeMap<>();
        Set<String> damaged = new TreeSet<>();
        takes(DAYS).values().stream().flatMap(List::stream).forEach(file -> {
            String stamp = file.getParent().getFileName().toString().substring("landed=".length());
            text(file)
                    .lines()
                    .skip(1)
                    .forEach(line ->
                            whole.computeIfAbsent(stamp, any -> new TreeSet<>()).add(line.split(",")[0]));
            if (text(file).contains("never")) {
                damaged.add(stamp);
            }
        });
        whole.keySet().removeAll(damaged);
        return whole;
    }

    private void snapshot(Random random, int day, String hour) throws IOException {
        String stamp = FIRST.plusDays(day).toString().replace("-", "") + "T" + hour + "0000Z";
        for (int part = 0; part < 1 + random.nextInt(4) / 3; part++) {
            StringBuilder text = new StringBuilder(HEADER);
            for (int id = 0; id < 5; id++) {
                if (random.nextBoolean()) {
                    text.append(id).append(random.nextInt(25) == 0 ? ",never,x,1\n" : ",2024-01-01T00:00:00Z,x,1\n");
                }
            }
            Path file = Files.createDirectories(root.resolve("orders/landed=" + stamp))
                    .resolve(part + ".csv");
            Files.writeString(file, text);
            if (random.nextInt(5) == 0 && day + 1 < DAYS) {
                late.put(file, FIRST.plusDays(day + 1 + random.nextInt(DAYS - day - 1)));
            }
        }
    }

    /** After each unit: every whole snapshot in turn withdraws what is there by then and not in it. */
    private List<String> naive() {
        List<String[]> known = new ArrayList<>(); // key, op, stamp, unit
        TreeSet<String> whole = new TreeSet<>();
        List<Set<String>> before = new ArrayList<>(List.of(Set.of()));
        TreeSet<String> newest = new TreeSet<>(Set.of(""));
        takes(DAYS).forEach((unit, files) -> {
            String newestBefore = newest.last();
            TreeMap<String, List<Path>> byStamp = files.stream()
                    .collect(Collectors.groupingBy(
                            file -> file.getParent().getFileName().toString().substring("landed=".length()),
                            TreeMap::new,
                            Collectors.toList()));
            byStamp.forEach((stamp, parts) -> {
                boolean isSound = whole.isEmpty() || whole.last().compareTo(stamp) < 0;
                int rows = 0;
                Set<String> texts = new LinkedHashSet<>();
                parts.stream()
                        .map(DeletesTest::text)
                        .filter(text -> text.lines().count() > 1)
                        .forEach(texts::add);
                boolean isRepeat = texts.equals(before.get(0)) || texts.isEmpty();
                if (!isRepeat) {
                    boolean isLate = newestBefore.compareTo(stamp) >= 0;
                    before.set(0, isLate ? Set.of("what was last is not certain") : texts);
                    newest.add(stamp);
                }
                for (String line : isRepeat
                        ? List.<String>of()
                        : texts.stream().flatMap(text -> text.lines().skip(1)).toList()) {
                    if (line.contains("never")) {
                        isSound = false;
                        continue;
                    }
                    rows++;
                    known.add(new String[] {line.split(",")[0], "+", stamp, unit.toString()});
                }
                if (isSound && rows > 0 && !isRepeat) {
                    whole.add(stamp);
                }
            });
            for (String stamp : whole) {
                for (String key : KEYS) {
                    known.stream()
                            .filter(row -> row[0].equals(key) && row[2].compareTo(stamp) <= 0)
                            .max((one, other) -> (one[2] + (one[1].equals("-") ? 0 : 1))
                                    .compareTo(other[2] + (other[1].equals("-") ? 0 : 1)))
                            .filter(row -> row[1].equals("+") && row[2].compareTo(stamp) < 0)
                            .ifPresent(row -> known.add(new String[] {key, "-", stamp, unit.toString()}));
                }
            }
        });
        return known.stream().map(row -> String.join(" ", row)).sorted().toList();
    }

    private List<Row> range(int days) throws IOException {
        try (SourceBatch parsed = read(days(0, days), List.of(), Optional.empty())) {
            return parsed.bronze().collectAsList();
        }
    }

    private List<Row> oneByOne() throws IOException {
        return inOrder(List.of(0, 1, 2, 3, 4, 5, 6));
    }

    private List<Row> inOrder(List<Integer> days) throws IOException {
        List<Row> rows = new ArrayList<>();
        List<LedgerEntry> ledger = new ArrayList<>();
        Dataset<Row> before = null;
        for (int day : days) {
            try (SourceBatch parsed = read(days(day, day + 1), ledger, Optional.ofNullable(before))) {
                rows.addAll(parsed.bronze().collectAsList());
                ledger.addAll(parsed.ledger("run" + day));
                before = spark.createDataFrame(rows, parsed.bronze().schema());
            }
        }
        return rows;
    }

    private static List<Unit> days(int from, int to) {
        return DAILY.units(FIRST.plusDays(from), FIRST.plusDays(to - 1));
    }

    private TreeMap<UnitId, List<Path>> takes(int days) {
        TreeMap<UnitId, List<Path>> takes = new TreeMap<>();
        Map<Unit, List<LandedFile>> plan = plan(days(0, days), List.of());
        plan.forEach((unit, files) -> takes.put(
                unit.id(), files.stream().map(file -> root.resolve(file.path())).toList()));
        return takes;
    }

    /** As if a late file had not been there when earlier units ran. */
    private Map<Unit, List<LandedFile>> plan(List<Unit> units, List<LedgerEntry> ledger) {
        List<LandedFile> landed =
                Landing.discover(new Configuration(), root.toString(), ORDERS).files();
        Map<Unit, List<LandedFile>> take = new TreeMap<>();
        units.forEach(unit -> take.put(unit, new ArrayList<>()));
        Map<String, LedgerEntry> taken = ledger.stream().collect(Collectors.toMap(LedgerEntry::path, entry -> entry));
        for (LandedFile file : landed) {
            UnitId from = late.getOrDefault(root.resolve(file.path()), UnitId.MIN);
            units.stream()
                    .filter(unit ->
                            !unit.cut().isBefore(file.landed()) && !unit.id().isBefore(from))
                    .findFirst()
                    .filter(unit -> !taken.containsKey(file.path()))
                    .ifPresent(unit -> take.get(unit).add(file));
        }
        return take;
    }

    private SourceBatch read(List<Unit> units, List<LedgerEntry> ledger, Optional<Dataset<Row>> before) {
        return Reading.read(spark, ORDERS, plan(units, ledger), root.toString(), ledger, () -> before);
    }

    private Path folder(int day) throws IOException {
        String stamp = LandingStamp.of(Instant.parse(FIRST.plusDays(day) + "T06:00:00Z"));
        return Files.createDirectories(root.resolve("orders/landed=" + stamp));
    }

    private void land(int day, String name, String... ids) throws IOException {
        StringBuilder text = new StringBuilder(HEADER);
        for (String id : ids) {
            text.append(id).append(",2024-01-01T00:00:00Z,x,1\n");
        }
        Files.writeString(folder(day).resolve(name), text);
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static List<String> rows(List<Row> bronze) {
        return bronze.stream()
                .map(row -> row.<String>getAs("order_id").substring("x-".length())
                        + " " + row.getAs("_op")
                        + " " + row.getAs("_sequence")
                        + " " + row.getAs("unit"))
                .sorted()
                .toList();
    }

    private static List<String> whole(List<Row> bronze) {
        return bronze.stream().map(Row::toString).sorted().toList();
    }
}
