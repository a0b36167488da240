package io.penstock.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.tests.e2e.Folders;
import io.penstock.tests.e2e.Waiting;
import io.penstock.tests.faults.FaultDriver.End;
import io.penstock.tests.faults.FaultDriver.State;
import io.penstock.tests.faults.FaultDriver.Task;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A driver is killed (SIGKILL) at any time of an ingestion, and so may be the next one, that clears away what the first has
 * left, and the one after it; the first that lives ends with what an undisturbed one makes.
 */
class KillsTest {
    private static final int DOSE = 2;
    private static final int LONG_DOSE = 10;
    private static final int IN_A_ROW = 4;

    private static final long FIRST_LONG_SEED = 2;
    private static final long LONG_SEEDS = 20;

    @TempDir
    private static Path folder;

    private static Ingestion ingestion;
    private static State expected;
    private static long length;
    private static FaultDriver healing;

    private static final Map<String, Long> FIGURES = new TreeMap<>();

    @BeforeAll
    static void anUndisturbedIngestion() throws IOException {
        FaultDriver.useFaultsHere();
        healing = FaultDriver.start();
        ingestion = Ingestion.before(folder.resolve("before"));
        Task task = ingestion.in(folder.resolve("calm")).onDisk();
        End end = healing.up().run(task); // its first run, as that of one that is to be killed
        assertThat(end.exit()).as(end::toString).isEqualTo(10);
        length = end.millis();
        expected = FaultDriver.stateOf(task);
        assertThat(expected.isSound()).as(expected::toString).isTrue();
    }

    @AfterAll
    static void figures() {
        System.out.println("kills: " + FIGURES + ", an undisturbed run took " + length + " ms");
        healing.close();
        FaultDriver.forgetFaultsHere();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1})
    void t13_killedAtAnyTimeAndRunAgain(long seed) throws IOException {
        kill(seed, DOSE);
    }

    @Tag("full")
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("longSeeds")
    void t13_killedAtAnyTimeAndRunAgainOverAndOver(long seed) throws IOException {
        kill(seed, LONG_DOSE);
    }

    static long[] longSeeds() {
        return LongStream.range(FIRST_LONG_SEED, FIRST_LONG_SEED + LONG_SEEDS).toArray();
    }

    private static void kill(long seed, int times) throws IOException {
        Random random = new Random(seed);
        long start = System.nanoTime();
        int kills = 0;
        for (int i = 0; kills < times; i++) {
            Path work = folder.resolve("seed" + seed + "-" + i);
            Task task = ingestion.in(work).onDisk();
            int inARow = Math.min(1 + random.nextInt(IN_A_ROW), times - kills);
            StringBuilder told = new StringBuilder("seed " + seed + ", kill " + kills);
            boolean isOpen = false;
            for (int k = 0; k < inARow; k++) {
                count("of one that healed", isOpen ? 1 : 0);
                long after = (long) (random.nextDouble() * length);
                told.append(", after ").append(after).append(" ms");
                isOpen = kill(task, after);
            }
            kills += inARow;
            healed(task, told.toString());
            Folders.delete(work);
        }
        count("seconds", (System.nanoTime() - start) / 1_000_000_000L);
        System.out.println("kills up to seed " + seed + ": " + FIGURES);
    }

    /** {@return whether it has left work open} */
    private static boolean kill(Task task, long after) {
        try (FaultDriver victim = FaultDriver.start().up()) {
            victim.begin(task);
            Waiting.forTheMomentOfTheRace(after);
            victim.kill();
        }
        boolean isOpen = FaultDriver.isOpen(task);
        count("kills", 1);
        count("with work left open", isOpen ? 1 : 0);
        return isOpen;
    }

    private static void healed(Task task, String told) {
        End end = healing.run(task);
        RowAccount account = FaultDriver.accountOf(task, "parcels");
        count("rows lost", account.lost().size());
        count("rows doubled", account.doubled().size());
        assertThat(end.exit()).as(told + ": " + end).isEqualTo(10);
        assertThat(account.balances()).as(told + ": " + account).isTrue();
        assertThat(FaultDriver.stateOf(task)).as(told).isEqualTo(expected);
    }

    private static void count(String what, long more) {
        FIGURES.merge(what, more, Long::sum);
    }
}
