package io.penstock.tests.e2e;

import static io.penstock.tests.e2e.CommandLine.penstock;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.penstock.core.Manifest;
import io.penstock.core.Pin;
import io.penstock.core.Stage;
import io.penstock.core.UnitId;
import io.penstock.core.config.ConfigLoader;
import io.penstock.core.history.History;
import io.penstock.jobs.report.Progress;
import io.penstock.jobs.run.Session;
import io.penstock.tests.e2e.CommandLine.Said;
import io.penstock.tests.e2e.Deliveries.Arrival;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Date;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Time, through every stage: what lands after a unit's cut reaches nothing of that unit, whatever it says; and of outcomes
 * that come late, are corrected or withdrawn, what was known then and what is known now both answer.
 */
@PlainDisk
class TimeTest {
    private static final LocalDate UNIT = Deliveries.UNIT;
    private static final LocalDate NEXT = UNIT.plusDays(1);
    private static final LocalDate LAST = Deliveries.LAST;

    @TempDir
    private static Path folder;

    private static Path conf;
    private static final Map<String, World> WORLDS = new HashMap<>();

    /** A working folder in which all units are done: table and unit → content, training unit → its set and its model. */
    private record World(
            Path work, Map<String, String> contents, Map<LocalDate, Long> sets, Map<LocalDate, String> models) {
        Path landing() {
            return work.resolve("landing");
        }

        Path table(String name) {
            return work.resolve("warehouse/parcels").resolve(name);
        }
    }

    @BeforeAll
    static void aServer() throws IOException {
        conf = Parcels.configuration(folder.resolve("conf"));
        Files.writeString(conf.resolve("env/moving.conf"), Deliveries.SETTINGS);
        penstock("mlflow", "start", "--work", folder.toString()).fine();
    }

    @AfterAll
    static void theServerStops() {
        penstock("mlflow", "stop", "--work", folder.toString());
    }

    /** All units in one run, while everything that ever lands is there. */
    private static World world(long past, long future) {
        return WORLDS.computeIfAbsent(past + " " + future, name -> {
            Path work = folder.resolve("world " + name);
            Deliveries.land(work.resolve("landing"), past, future);
            run(work, "--from", Parcels.FIRST.toString(), "--to", LAST.toString());
            return seen(work);
        });
    }

    private static World seen(Path work) {
        History history = new Session(config(work), Progress.silent()).history();
        Map<LocalDate, Long> sets = new TreeMap<>();
        Map<LocalDate, String> models = new TreeMap<>();
        for (LocalDate training : List.of(UNIT, LAST)) {
            sets.put(
                    training,
                    pin(history, Stage.TRAINING_SET, training, Pin.TablePin.class)
                            .version());
            models.put(
                    training,
                    pin(history, Stage.PROMOTE, training, Pin.ModelPin.class).sha256());
        }
        Map<String, String> contents = Contents.of(work.resolve("warehouse/parcels"), Set.of("feature_pins"));
        sets.forEach((training, version) -> contents.put(
                "training/slow_set of " + training,
                Contents.ofVersion(work.resolve("warehouse/parcels/training/slow_set"), version)));
        return new World(work, contents, sets, models);
    }

    private static <T extends Pin> T pin(History history, Stage stage, LocalDate unit, Class<T> kind) {
        Manifest manifest = history.done(stage, "slow", UnitId.of(unit)).orElseThrow();
        return manifest.outputs().stream()
                .filter(kind::isInstance)
                .map(kind::cast)
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1})
    void anotherFutureChangesNoByteOfTheUnitsBefore(long seed) {
        noByteChanges(seed);
    }

    @Tag("full")
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {2, 3, 4})
    void anotherFutureChangesNoByteOfTheUnitsBeforeInMoreHistories(long seed) {
        noByteChanges(seed);
    }

    private static void noByteChanges(long seed) {
        World one = world(seed, seed);
        World other = world(seed, seed + 1000);
        Map<String, String> future = Deliveries.afterCut(one.landing());
        assertThat(future).hasSize(5);
        assertThat(Deliveries.afterCut(other.landing()).keySet()).isEqualTo(future.keySet());
        Deliveries.afterCut(other.landing())
                .forEach((file, text) -> assertThat(text).as(file).isNotEqualTo(future.get(file)));

        Map<String, String> before = part(one, true);
        assertThat(before)
                .containsKeys(
                        "bronze/arrivals " + UNIT,
                        "features/depot_delays_v1 " + UNIT,
                        "training/slow_set of " + UNIT,
                        "scoring/slow " + UNIT,
                        "scores/slow " + UNIT,
                        "scores/slow_log " + UNIT)
                .hasSizeGreaterThan(30);
        assertThat(part(other, true)).isEqualTo(before);
        assertThat(other.models().get(UNIT)).isEqualTo(one.models().get(UNIT));

        // Every part of the units after does change: had anything of it been read, it would have told.
        Map<String, String> after = part(one, false);
        after.keySet().removeIf(key -> key.startsWith("quarantine/"));
        assertThat(after)
                .containsKeys(
                        "features/depot_delays_v1 " + NEXT,
                        "scores/slow " + NEXT,
                        "training/slow_set of " + LAST,
                        "scores/slow_performance " + NEXT);
        Map<String, String> changed = part(other, false);
        after.forEach((key, content) -> assertThat(changed.get(key)).as(key).isNotEqualTo(content));
        assertThat(other.models().get(LAST)).isNotEqualTo(one.models().get(LAST));
    }

    /** The contents of units up to the cut, or after it; empty tables and the state of the set's table are neither. */
    private static Map<String, String> part(World world, boolean upToUnit) {
        Map<String, String> part = new TreeMap<>(world.contents());
        part.keySet()
                .removeIf(key -> !key.matches(".* \\d{4}-\\d\\d-\\d\\d")
                        || key.startsWith("training/slow_set 2")
                        || LocalDate.parse(key.substring(key.length() - 10)).isAfter(UNIT) == upToUnit);
        return part;
    }

    /** Also which model scores which unit: a range does not score a unit by a model that a later one trained. */
    @Test
    void unitByUnitIsWhatTheRangeWas() {
        livedIsWhatTheRangeWas(List.of(NEXT, LAST));
    }

    @Tag("full")
    @Test
    void eachUnitAloneIsWhatTheRangeWas() {
        livedIsWhatTheRangeWas(List.of(UNIT.minusDays(1), UNIT, NEXT, LAST));
    }

    /** @param ends last units of the runs, one after the other */
    private static void livedIsWhatTheRangeWas(List<LocalDate> ends) {
        World range = world(1, 1);
        Path work = folder.resolve("lived in " + ends.size());
        Deliveries.land(work.resolve("landing"), 1, 1);

        LocalDate from = Parcels.FIRST;
        for (LocalDate to : ends) {
            run(work, "--from", from.toString(), "--to", to.toString());
            from = to.plusDays(1);
        }

        World lived = seen(work);
        assertThat(lived.contents()).isEqualTo(range.contents());
        assertThat(lived.models()).isEqualTo(range.models());
        assertThat(range.models().get(UNIT)).isNotEqualTo(range.models().get(LAST));
        assertThat(scoredBy(range, NEXT)).isEqualTo(range.models().get(UNIT));
        assertThat(scoredBy(range, LAST)).isEqualTo(range.models().get(LAST));
    }

    @Test
    void whatIsDoneAgainLaterSaysWhatItSaidThen() {
        World world = world(1, 1);

        run(
                world.work(),
                "--from",
                UNIT.toString(),
                "--to",
                LAST.toString(),
                "--stage",
                "features,training-set,evaluate",
                "--again");

        World again = seen(world.work());
        assertThat(again.sets()).isNotEqualTo(world.sets());
        assertThat(again.contents()).isEqualTo(world.contents());
    }

    @Test
    void labelsAreThoseKnownAtTheTraining() {
        World world = world(1, 1);
        Map<String, Boolean> then = labels(world, UNIT, UNIT.minusDays(1), Deliveries.CUT);
        Map<String, Boolean> now = labels(world, LAST, LAST.minusDays(1), Deliveries.cut(LAST));

        assertThat(set(world, UNIT)).isEqualTo(then);
        assertThat(set(world, LAST)).isEqualTo(now);
        assertMoved(then, now);
    }

    @Test
    void featuresAreThoseKnownAtTheirCut() {
        World world = world(1, 1);
        for (LocalDate day : List.of(UNIT, NEXT, LAST)) {
            assertThat(features(world, day))
                    .as(day.toString())
                    .isEqualTo(rates(world.landing(), day, Deliveries.cut(day)));
        }
        assertThat(rates(world.landing(), UNIT, Deliveries.cut(LAST)))
                .as("what is known now of the windows of then")
                .isNotEqualTo(features(world, UNIT));
    }

    @Test
    void howScoresDidIsWhatWasKnownWhenTheyWereJudged() {
        World world = world(1, 1);
        Map<String, Boolean> then = labels(world, UNIT, UNIT, Deliveries.cut(NEXT));
        Map<String, Boolean> now = labels(world, UNIT, UNIT, Deliveries.cut(LAST));
        assertMoved(of(UNIT, then), of(UNIT, now));

        List<Row> judged = rows(
                world.table("scores/slow_performance"),
                "unit",
                "scored_unit",
                "labelled",
                "positives",
                "auc",
                "window_labelled",
                "window_auc");
        assertThat(judged).hasSize(2);
        Map<String, Double> scores = scores(world);
        for (Row row : judged) {
            LocalDate unit = LocalDate.parse(row.getString(0));
            LocalDate scored = LocalDate.parse(row.getString(1));
            assertThat(scored).isEqualTo(unit.minusDays(1));
            Map<String, Boolean> known = labels(world, scored, scored, Deliveries.cut(unit));
            Map<String, Boolean> own = of(scored, known);
            Map<String, Boolean> window = new TreeMap<>(own);
            for (LocalDate day = UNIT; day.isBefore(scored); day = day.plusDays(1)) {
                window.putAll(of(day, labels(world, day, day, Deliveries.cut(unit))));
            }
            assertThat(row.getLong(2)).isEqualTo(own.size());
            assertThat(row.getLong(3))
                    .isEqualTo(own.values().stream().filter(label -> label).count());
            assertThat(row.getDouble(4)).isCloseTo(auc(own, scores), within(1e-12));
            assertThat(row.getLong(5)).isEqualTo(window.size());
            assertThat(row.getDouble(6)).isCloseTo(auc(window, scores), within(1e-12));
        }
    }

    /** The query that the page on operations gives, word for word. */
    @Test
    void bronzeAnswersThenAndNow() throws IOException {
        World world = world(1, 1);
        String then = documented();
        String now = then.replaceFirst("(?m)^ *WHERE unit <= .*(?=\\)$)", "");
        assertThat(now).isNotEqualTo(then).doesNotContain("_known_at <=");

        assertThat(delays(world, then)).isEqualTo(expected(world, Deliveries.CUT));
        assertThat(delays(world, now)).isEqualTo(expected(world, Deliveries.cut(LAST)));
    }

    private static String documented() throws IOException {
        String page = Files.readString(
                Path.of(System.getProperty("penstock.home", "..")).resolve("docs/operations.md"));
        Matcher query =
                Pattern.compile("(?s)## What was known when.*?```sql\n(.*?)```").matcher(page);
        assertThat(query.find()).isTrue();
        return query.group(1);
    }

    private static Map<String, Double> delays(World world, String query) {
        Map<String, Double> delays = new TreeMap<>();
        penstock("sql", query, "--json", "--work", world.work().toString(), "--limit", "100000")
                .fine()
                .json()
                .path("rows")
                .forEach(row -> assertThat(
                                delays.put(row.get(0).asText(), row.get(1).asDouble()))
                        .isNull());
        return delays;
    }

    private static Map<String, Double> expected(World world, Instant at) {
        return Deliveries.known(world.landing(), at).entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> entry.getValue().delay(), (a, b) -> a, TreeMap::new));
    }

    // What must be, of the files alone.

    /** Parcel → whether it was slow, of the units from the first to {@code to}, as known at an instant. */
    private static Map<String, Boolean> labels(World world, LocalDate unit, LocalDate to, Instant at) {
        assertThat(to).isBeforeOrEqualTo(unit);
        Map<String, Arrival> known = Deliveries.known(world.landing(), at);
        Map<String, Boolean> labels = new TreeMap<>();
        for (String id : Deliveries.parcels(world.landing(), Parcels.FIRST, to)) {
            if (known.containsKey(id)) {
                labels.put(id, known.get(id).isSlow());
            }
        }
        return labels;
    }

    private static Map<String, Boolean> of(LocalDate day, Map<String, Boolean> labels) {
        Map<String, Boolean> own = new TreeMap<>(labels);
        own.keySet().removeIf(id -> !id.startsWith(day + "-"));
        return own;
    }

    /** Between two moments something came late, something was corrected and something withdrawn. */
    private static void assertMoved(Map<String, Boolean> then, Map<String, Boolean> now) {
        Set<String> both = new TreeSet<>(then.keySet());
        both.retainAll(now.keySet());
        assertThat(now.keySet()).as("late").anyMatch(id -> !then.containsKey(id));
        assertThat(then.keySet()).as("withdrawn").anyMatch(id -> !now.containsKey(id));
        assertThat(both).as("corrected").anyMatch(id -> !then.get(id).equals(now.get(id)));
    }

    /** Depot → share of the slow among what arrived within three days of a day's cut. */
    private static Map<String, Double> rates(Path landing, LocalDate day, Instant known) {
        Instant cut = Deliveries.cut(day);
        Map<String, List<Arrival>> byDepot = Deliveries.known(landing, known).values().stream()
                .filter(arrival ->
                        !arrival.arrived().isAfter(cut) && arrival.arrived().isAfter(cut.minus(Duration.ofDays(3))))
                .collect(Collectors.groupingBy(Arrival::depot));
        Map<String, Double> rates = new TreeMap<>();
        byDepot.forEach((depot, arrivals) -> rates.put(
                depot, (double) arrivals.stream().filter(Arrival::isSlow).count() / arrivals.size()));
        return rates;
    }

    private static double auc(Map<String, Boolean> labels, Map<String, Double> scores) {
        double wins = 0;
        long pairs = 0;
        for (String slow : labels.keySet()) {
            for (String fast : labels.keySet()) {
                if (labels.get(slow) && !labels.get(fast)) {
                    int order = Double.compare(scores.get(slow), scores.get(fast));
                    wins += order > 0 ? 1 : order == 0 ? 0.5 : 0;
                    pairs++;
                }
            }
        }
        return wins / pairs;
    }

    // What is.

    private static Map<String, Boolean> set(World world, LocalDate training) {
        return pairs(
                rows(world.table("training/slow_set"), world.sets().get(training), "id", "label"),
                row -> row.getDouble(1) == 1);
    }

    private static Map<String, Double> features(World world, LocalDate day) {
        return pairs(
                rows(world.table("features/depot_delays_v1"), "depot", "slow_rate_3d", "unit").stream()
                        .filter(row -> row.getString(2).equals(day.toString()))
                        .toList(),
                row -> row.getDouble(1));
    }

    private static Map<String, Double> scores(World world) {
        return pairs(rows(world.table("scores/slow"), "id", "score"), row -> row.getDouble(1));
    }

    private static String scoredBy(World world, LocalDate day) {
        List<String> models = rows(world.table("scores/slow"), "model_sha256", "unit").stream()
                .filter(row -> row.getString(1).equals(day.toString()))
                .map(row -> row.getString(0))
                .distinct()
                .toList();
        assertThat(models).hasSize(1);
        return models.get(0);
    }

    private static <T> Map<String, T> pairs(List<Row> rows, java.util.function.Function<Row, T> value) {
        Map<String, T> pairs = new TreeMap<>();
        rows.forEach(row -> assertThat(pairs.put(row.getString(0), value.apply(row)))
                .as("a key once: %s", row)
                .isNull());
        return pairs;
    }

    private static List<Row> rows(Path table, String... columns) {
        return rows(table, null, columns);
    }

    private static List<Row> rows(Path table, Long version, String... columns) {
        List<Row> rows = Objects.isNull(version) ? TableRows.of(table) : TableRows.of(table, version);
        return rows.stream()
                .map(row -> RowFactory.create(Arrays.stream(columns)
                        .map(row::getAs)
                        .map(cell -> cell instanceof Date day ? day.toString() : cell)
                        .toArray()))
                .toList();
    }

    private static io.penstock.core.config.PipelineConfig config(Path work) {
        return ConfigLoader.load(
                conf,
                "parcels",
                "moving",
                Map.of(
                        "penstock.landing", work.resolve("landing").toString(),
                        "penstock.warehouse", work.resolve("warehouse").toString()),
                Map.of());
    }

    private static Said run(Path work, String... arguments) {
        List<String> all = new ArrayList<>(List.of("run", "parcels"));
        all.addAll(List.of(arguments));
        all.addAll(List.of("--work", work.toString(), "--conf-dir", conf.toString(), "--env", "moving"));
        all.addAll(List.of("--set", "penstock.mlflow=" + CommandLine.mlflow(folder)));
        return penstock(all.toArray(String[]::new)).fine();
    }
}
