package io.penstock.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.Clock;
import io.penstock.core.LedgerEntry;
import io.penstock.core.Manifest;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.kernel.KernelManifestStore;
import io.penstock.jobs.run.SparkSessions;
import io.penstock.lineage.AuditChain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two drivers, each a process of its own, at the same warehouse: two schedulers at one unit, a backfill beside the daily
 * unit, and one that is stopped (SIGSTOP) at a random moment and wakes up (SIGCONT) after the other has finished. Whoever
 * loses ends with 50 and names the other's process; every row is there once, every unit has one manifest, and all of it is
 * what an undisturbed run makes.
 */
class RacesTest {
    private static final LocalDate FIRST = Parcels.FIRST;

    @TempDir
    private static Path folder;

    private static final Map<String, Integer> FIGURES = new java.util.TreeMap<>();

    private enum Kind {
        TWO_SCHEDULERS,
        BACKFILL_BESIDE_DAY,
        PAUSED_DRIVER
    }

    @AfterAll
    static void figures() {
        System.out.println("races: " + FIGURES);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1})
    void eachRowIsThereOnceAndTheLoserSaysWhoIsAtWork(long seed) throws IOException {
        races(seed, Kind.values().length);
    }

    @Tag("full")
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {2, 3, 4, 5, 6, 7, 8})
    void eachRowIsThereOnceInLongRaces(long seed) throws IOException {
        races(seed, 27);
    }

    private static void races(long seed, int count) throws IOException {
        Random random = new Random(seed);
        Path work = folder.resolve("seed" + seed);
        Parcels.configuration(work.resolve("conf"));
        long start = System.nanoTime();
        LocalDate day = FIRST;
        try (Racer one = Racer.start(work);
                Racer other = Racer.start(work)) {
            Parcels.land(work.resolve("landing"), day);
            for (Racer racer : List.of(one, other)) { // so that both are up before the first race
                assertThat(Racer.ended(racer.run(0, "ingest,features", day, day))
                                .exit())
                        .isZero();
            }
            for (int i = 0; i < count; i++) {
                Kind kind = Kind.values()[i % Kind.values().length];
                LocalDate from = day.plusDays(1);
                LocalDate to = kind == Kind.BACKFILL_BESIDE_DAY ? from.plusDays(1 + random.nextInt(2)) : from;
                String stages = random.nextInt(3) > 0 ? "ingest" : "ingest,features";
                Parcels.land(work.resolve("landing"), to);
                boolean swapped = random.nextBoolean();
                Race race = new Race(swapped ? other : one, swapped ? one : other, stages, from, to);
                String told = "seed " + seed + ", race " + i + ", " + kind + ", " + stages + " " + from + " … " + to;
                race.run(kind, random, told);
                count("restarts", heal(one, stages, from, to));
                requireSound(work, told);
                day = to;
            }
            heal(other, "ingest,features", FIRST, day);
            count("seconds", (int) ((System.nanoTime() - start) / 1_000_000_000L));
            everyRowIsThereOnce(work);
        }
        equalToTheUndisturbed(work, day);
    }

    private record Race(Racer first, Racer second, String stages, LocalDate from, LocalDate to) {
        void run(Kind kind, Random random, String told) {
            CompletableFuture<Racer.End> one;
            CompletableFuture<Racer.End> other;
            if (kind == Kind.PAUSED_DRIVER) {
                one = first.run(0, stages, from, to);
                Waiting.forTheMomentOfTheRace(random.nextInt(1500));
                first.sleeps();
                try {
                    other = second.run(0, stages, from, to);
                    Racer.ended(other);
                } finally {
                    first.wakesUp();
                }
            } else {
                one = first.run(random.nextInt(400), stages, from, to);
                other = second.run(random.nextInt(400), stages, from, from);
            }
            List<Racer.End> ends = List.of(Racer.ended(one), Racer.ended(other));
            count("races", 1);
            count(kind.name(), 1);
            assertThat(ends)
                    .extracting(Racer.End::exit)
                    .as(told + ": " + ends)
                    .contains(0)
                    .isSubsetOf(0, 50);
            for (int i = 0; i < 2; i++) {
                if (ends.get(i).exit() == 50) {
                    count("ended with 50", 1);
                    assertThat(ends.get(i).message())
                            .as(told)
                            .contains("PEN-RUN-050")
                            .containsPattern("run r[0-9a-f]{16} of (ingest|features) 2024-")
                            .contains("process " + (i == 0 ? second : first).pid())
                            .containsPattern(", since \\d{4}-\\d{2}-\\d{2}T");
                }
            }
        }
    }

    /** Runs again what the losers left, if anything; the next race begins on finished units. */
    private static int heal(Racer racer, String stages, LocalDate from, LocalDate to) {
        Racer.End end = Racer.ended(racer.run(0, stages, from, to));
        assertThat(end.exit()).as(end.message()).isZero();
        return 1;
    }

    /** One manifest per stage and unit, each file taken once, nothing open, the chain unbroken. */
    private static void requireSound(Path work, String told) {
        PipelineConfig config = Racer.config(work);
        KernelManifestStore store = new KernelManifestStore(config.ops(), config.pipeline(), Clock.system());
        List<Manifest> manifests = store.manifests();
        Map<String, Integer> perUnit = new HashMap<>();
        manifests.forEach(manifest -> perUnit.merge(manifest.stage().id() + " " + manifest.unit(), 1, Integer::sum));

        assertThat(perUnit.values()).as(told + ": " + perUnit).containsOnly(1);
        assertThat(store.openIntents()).as(told).isEmpty();
        assertThat(AuditChain.verify(manifests)).as(told).isEmpty();
        assertThat(store.contradicted()).as(told).isEmpty();
        // Landing a later day touches the files of earlier ones, which a run tells as seen
        assertThat(store.ledger().stream()
                        .filter(entry -> !entry.state().equals("seen"))
                        .map(LedgerEntry::path)
                        .collect(Collectors.toList()))
                .as(told)
                .doesNotHaveDuplicates()
                .hasSize(landed(work));
    }

    private static int landed(Path work) {
        try (var files = Files.walk(work.resolve("landing"))) {
            return (int) files.filter(Files::isRegularFile).count();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void everyRowIsThereOnce(Path work) {
        try (SparkSession spark = SparkSessions.start("rows")) {
            for (String source : List.of("parcels", "arrivals")) {
                var rows = spark.read()
                        .format("delta")
                        .load(work.resolve("warehouse/parcels/bronze/" + source).toString());
                long distinct = rows.select("unit", "_row_id").distinct().count();
                count("rows", (int) distinct);
                assertThat(rows.count()).as("rows of " + source).isEqualTo(distinct);
                assertThat(rows.groupBy("_row_id")
                                .count()
                                .filter(functions.col("count").gt(1))
                                .count())
                        .isZero();
            }
        }
    }

    private static void equalToTheUndisturbed(Path work, LocalDate last) throws IOException {
        Path calm = work.resolve("undisturbed");
        Folders.copy(work.resolve("conf"), calm.resolve("conf"));
        Folders.copy(work.resolve("landing"), calm.resolve("landing"));
        try (Racer racer = Racer.start(calm)) {
            assertThat(Racer.ended(racer.run(0, "ingest,features", FIRST, last)).exit())
                    .isZero();
        }
        assertThat(Contents.of(work.resolve("warehouse/parcels")))
                .isEqualTo(Contents.of(calm.resolve("warehouse/parcels")));
    }

    private static void count(String what, int more) {
        FIGURES.merge(what, more, Integer::sum);
    }
}
