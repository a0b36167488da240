package io.penstock.tests.laws;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.LedgerEntry;
import io.penstock.core.Manifest;
import io.penstock.core.Pin;
import io.penstock.core.Stage;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.history.History;
import io.penstock.features.FeatureVectors;
import io.penstock.features.UsedRows;
import io.penstock.jobs.run.Executor;
import io.penstock.jobs.run.Planner;
import io.penstock.jobs.run.Session;
import io.penstock.jobs.stage.Tables;
import io.penstock.lineage.LineageGraph;
import io.penstock.tests.e2e.PlainDisk;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What must hold for every history, on generated ones, through the real stages into real tables. A law's histories bear
 * their seed in the test's name.
 */
@PlainDisk
class LawsTest {
    private static final List<Unit> UNITS = Feed.UNITS;

    /** Of the one history that every run looks at; another one, with late files, is judged by the oracle too. */
    private static final long SEED = 2;

    @TempDir
    private static Path folder;

    private static final Map<Long, Backfill> BACKFILLS = new HashMap<>();

    /** A history whose units ran as one range; made once per seed, never changed. */
    private record Backfill(Path landing, Warehouse warehouse, Map<String, String> contents) {}

    @AfterAll
    static void stop() {
        Warehouse.stopSpark();
    }

    private static Backfill backfill(long seed) {
        return BACKFILLS.computeIfAbsent(seed, key -> {
            Path landing = folder.resolve("landing" + key);
            Feed.land(landing, key);
            Warehouse warehouse = new Warehouse(folder.resolve("backfill" + key), landing);
            warehouse.run(UNITS);
            return new Backfill(landing, warehouse, warehouse.contents());
        });
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {SEED})
    void featuresAreWhatANaiveOracleSays(long seed) {
        asTheOracleSays(seed);
    }

    @Tag("full")
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1})
    void featuresAreWhatANaiveOracleSaysInAnotherHistory(long seed) {
        asTheOracleSays(seed);
    }

    private static void asTheOracleSays(long seed) {
        Backfill backfill = backfill(seed);

        assertThat(backfill.warehouse().views()).isEqualTo(new Oracle(backfill.landing(), UNITS, Map.of()).views());
    }

    /** The same landed files by units of some days of the week, over the change to summer time. */
    @Tag("full")
    @Test
    void featuresOfAWeeklyPipelineAreWhatANaiveOracleSays() {
        Path landing = backfill(SEED).landing();
        Warehouse weekly = new Warehouse(
                folder.resolve("weekly"), landing, Feed.CONFIG.replace("every = 1d", "every = 1w, days = [thu, mon]"));
        List<Unit> units =
                weekly.config().schedule().units(LocalDate.parse("2024-03-26"), LocalDate.parse("2024-04-03"));

        weekly.run(units);

        assertThat(units).extracting(Unit::toString).containsExactly("2024-03-28", "2024-04-01");
        assertThat(weekly.views()).isEqualTo(new Oracle(landing, units, Map.of()).views());
    }

    @Test
    void featuresOfUnitsOfHoursAreWhatANaiveOracleSays() {
        Path landing = backfill(SEED).landing();
        Warehouse hourly = new Warehouse(
                folder.resolve("hourly"),
                landing,
                Feed.CONFIG.replace("every = 1d", "every = 6h").replace("Europe/Berlin", "UTC"));
        List<Unit> units =
                hourly.config().schedule().units(UnitId.parse("2024-03-31T02:00Z"), UnitId.parse("2024-03-31T14:00Z"));
        assertThat(units).hasSize(3);

        hourly.run(units);

        assertThat(hourly.views()).isEqualTo(new Oracle(landing, units, Map.of()).views());
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {SEED})
    void aRunOfWhatIsDoneTouchesNoFile(long seed) {
        Backfill backfill = backfill(seed);
        Map<String, String> before = backfill.warehouse().files();

        Executor.Result again = backfill.warehouse().run(UNITS);

        assertThat(again.nothingToDo()).isTrue();
        assertThat(again.steps()).hasSize((1 + Warehouse.featureTables().size()) * UNITS.size());
        assertThat(backfill.warehouse().files()).isEqualTo(before);
    }

    /** Those beside the change to summer time, between ranges; ten of them in {@code full}. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {SEED})
    void unitsOneByOneEqualTheBackfill(long seed) {
        runsEqualTheBackfill(seed, List.of(8, 1, 1, 3, 3), 1);
    }

    @Tag("full")
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1})
    void tenUnitsOneByOneEqualTheBackfillOfAnotherHistory(long seed) {
        List<Integer> sizes = new ArrayList<>(Collections.nCopies(10, 1));
        sizes.addAll(List.of(3, 3));
        Collections.shuffle(sizes, new Random(seed));
        runsEqualTheBackfill(seed, sizes, 3);
    }

    /**
     * @param sizes of the runs
     * @param again units that are run again then, each alone
     */
    private static void runsEqualTheBackfill(long seed, List<Integer> sizes, int again) {
        Backfill backfill = backfill(seed);
        Warehouse lived = new Warehouse(folder.resolve("lived" + seed), backfill.landing());

        runs(sizes).forEach(lived::run);

        assertSameBytes(lived.contents(), backfill.contents());
        for (String table : Warehouse.featureTables()) {
            Frames.assertSame(backfill.warehouse().table(table), lived.table(table));
        }

        List<Unit> historical = new ArrayList<>(UNITS);
        Collections.shuffle(historical, new Random(seed));
        for (Unit unit : historical.subList(0, again)) {
            assertThat(lived.run(List.of(unit), List.of(), true).manifests())
                    .hasSize(1 + Warehouse.featureTables().size());
        }

        assertSameBytes(lived.contents(), backfill.contents());
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {3})
    void whatLandsAfterACutChangesNoByteOfTheUnit(long seed) {
        Path landing = folder.resolve("late-landing" + seed);
        Feed feed = Feed.land(landing, seed);
        Unit last = UNITS.get(9);
        Unit next = UNITS.get(10);
        Warehouse warehouse = new Warehouse(folder.resolve("late" + seed), landing);
        warehouse.run(UNITS.subList(0, 10));
        Map<String, String> before = warehouse.contents();
        Map<String, String> files = warehouse.files();
        Path late = feed.late(last, last.cut().minus(Duration.ofHours(1)));
        feed.late(last, last.cut().plusSeconds(1));

        Executor.Result again = warehouse.run(UNITS.subList(0, 10));

        assertThat(again.steps()).allMatch(step -> step.decision() == Planner.Decision.UNCHANGED);
        assertThat(warehouse.files()).isEqualTo(files);

        warehouse.run(UNITS.subList(0, 11));

        assertSameBytes(Warehouse.upTo(last, warehouse.contents()), before);
        assertThat(warehouse.session().history().ledger())
                .filteredOn(
                        entry -> entry.path().equals(landing.relativize(late).toString()))
                .extracting(LedgerEntry::unit)
                .containsExactly(next.id());
        assertThat(warehouse.views()).isEqualTo(new Oracle(landing, UNITS.subList(0, 11), Map.of(late, next)).views());

        warehouse.run(UNITS.subList(5, 10), List.of("features"), true);

        assertSameBytes(Warehouse.upTo(last, warehouse.contents()), before);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {SEED})
    void onlyFilesThatTraceListsReachARow(long seed) {
        Backfill backfill = backfill(seed);
        Target target = target(backfill);
        List<Unit> asked = UNITS.subList(0, UNITS.indexOf(target.unit()) + 1);
        Set<String> listed = trace(backfill.warehouse(), target);
        List<String> others = poisonable(backfill).stream()
                .filter(path -> !listed.contains(path))
                .toList();
        String before = row(backfill.warehouse(), target);
        List<Object> expected = features(backfill.landing(), asked, target);
        assertThat(others).hasSizeGreaterThan(listed.size() / 2);

        Path unlisted = Poison.copy(backfill.landing(), folder.resolve("unlisted" + seed), others);
        Warehouse untouched = new Warehouse(folder.resolve("untouched" + seed), unlisted);
        untouched.run(asked);

        assertThat(features(unlisted, asked, target)).isEqualTo(expected);
        assertThat(row(untouched, target)).isEqualTo(before);

        String decisive = poisonable(backfill).stream()
                .filter(listed::contains)
                .filter(path -> !features(
                                Poison.copy(backfill.landing(), folder.resolve("try" + seed + path), List.of(path)),
                                asked,
                                target)
                        .equals(expected))
                .findFirst()
                .orElseThrow();
        Path poisoned = Poison.copy(backfill.landing(), folder.resolve("listed" + seed), List.of(decisive));
        Warehouse touched = new Warehouse(folder.resolve("touched" + seed), poisoned);
        touched.run(asked);

        assertThat(row(touched, target)).isNotEqualTo(before);
    }

    /** Names the tables and units that differ, and shows the first of them only. */
    private static void assertSameBytes(Map<String, String> actual, Map<String, String> expected) {
        List<String> differing = Stream.concat(actual.keySet().stream(), expected.keySet().stream())
                .distinct()
                .filter(part -> !Objects.equals(actual.get(part), expected.get(part)))
                .sorted()
                .toList();
        if (!differing.isEmpty()) {
            String first = differing.get(0);
            assertThat(actual.get(first)).as("of %s: %s", differing, first).isEqualTo(expected.get(first));
        }
    }

    // What is asked for.

    /** One row of the spine. */
    private record Target(String order, String shop, String product, Unit unit) {}

    /** The row, not of the first units nor of the last, of which most features are known, and whose key came once. */
    private static Target target(Backfill backfill) {
        Oracle oracle = new Oracle(backfill.landing(), UNITS, Map.of());
        Map<String, List<Row>> byOrder = backfill.warehouse().table("bronze/orders").collectAsList().stream()
                .collect(Collectors.groupingBy(row -> row.getAs("order_id"), TreeMap::new, Collectors.toList()));
        return byOrder.values().stream()
                .filter(rows -> rows.size() == 1)
                .map(rows -> rows.get(0))
                .filter(row -> row.getAs("shop") != null && row.getAs("product") != null)
                .map(row -> new Target(
                        row.getAs("order_id"),
                        row.getAs("shop"),
                        row.getAs("product"),
                        Feed.SCHEDULE.unit(LocalDate.parse(row.getAs("unit").toString()))))
                .filter(row -> UNITS.subList(4, UNITS.size() - 1).contains(row.unit()))
                .min(Comparator.comparing(row -> oracle.features(row.shop(), row.product(), row.unit()).stream()
                        .filter(Objects::isNull)
                        .count()))
                .orElseThrow();
    }

    private static List<Object> features(Path landing, List<Unit> units, Target target) {
        return new Oracle(landing, units, Map.of()).features(target.shop(), target.product(), target.unit());
    }

    /** The inputs of the row as a model gets them. */
    private static String row(Warehouse warehouse, Target target) {
        PipelineConfig config = warehouse.config();
        return FeatureVectors.join(
                        config,
                        config.models().get("demand"),
                        List.of(target.unit()),
                        warehouse.table("bronze/orders"),
                        view -> warehouse.table(
                                Tables.features(config.features().get(view))))
                .filter(functions.col("order_id").equalTo(target.order()))
                .collectAsList()
                .stream()
                .map(Warehouse::exact)
                .collect(Collectors.joining("\n"));
    }

    /** Paths of the landed files that hold a row which decided the target's inputs, as the trace command finds them. */
    private static Set<String> trace(Warehouse warehouse, Target target) {
        PipelineConfig config = warehouse.config();
        Session session = warehouse.session();
        History history = session.history();
        List<Manifest> features = config.features().values().stream()
                .map(view -> history.done(
                                Stage.FEATURES, view.table(), target.unit().id())
                        .orElseThrow())
                .toList();
        Map<String, Long> versions = features.stream()
                .flatMap(view -> view.inputs().stream())
                .map(Pin.TablePin.class::cast)
                .collect(Collectors.toMap(Pin.TablePin::table, Pin.TablePin::version, (one, same) -> one));
        Set<String> ids = UsedRows.of(
                        config,
                        config.models().get("demand"),
                        target.unit(),
                        Map.of("order_id", target.order()),
                        source -> session.tables().read(Tables.bronze(source), versions.get(Tables.bronze(source))))
                .collectAsList()
                .stream()
                .map(row -> row.<String>getAs("_file_id"))
                .collect(Collectors.toSet());
        Set<String> listed = history.ledger().stream()
                .filter(entry -> ids.contains(entry.fileId()))
                .map(LedgerEntry::path)
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(listed).hasSameSizeAs(ids);
        LineageGraph graph = new LineageGraph(history.manifests());
        assertThat(features.stream()
                        .flatMap(view -> graph.upstream(view).stream())
                        .flatMap(manifest -> manifest.inputs().stream())
                        .filter(Pin.FilePin.class::isInstance)
                        .map(pin -> ((Pin.FilePin) pin).path()))
                .containsAll(listed);
        return listed;
    }

    /** Taken files whose content came once: with a twin, other data in one makes the other one count. */
    private static List<String> poisonable(Backfill backfill) {
        List<LedgerEntry> ledger = backfill.warehouse().session().history().ledger();
        return ledger.stream()
                .filter(entry -> ledger.stream()
                                .filter(other -> other.sha256().equals(entry.sha256()))
                                .count()
                        == 1)
                .map(LedgerEntry::path)
                .sorted()
                .toList();
    }

    /** The units in order, as runs of these sizes. */
    private static List<List<Unit>> runs(List<Integer> sizes) {
        List<List<Unit>> runs = new ArrayList<>();
        int from = 0;
        for (int size : sizes) {
            runs.add(UNITS.subList(from, from + size));
            from += size;
        }
        assertThat(from).isEqualTo(UNITS.size());
        return runs;
    }
}
