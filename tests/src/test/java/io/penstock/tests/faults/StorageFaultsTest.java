package io.penstock.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.tests.e2e.Folders;
import io.penstock.tests.faults.FaultDriver.End;
import io.penstock.tests.faults.FaultDriver.State;
import io.penstock.tests.faults.FaultDriver.Task;
import io.penstock.tests.faults.Point.Mode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Storage fails once, at every operation on every kind of file that an ingestion comes to, in every way that the operation
 * can fail: the run ends with a coded error that says what to do, or has healed it, and the next run ends with what an
 * undisturbed one makes.
 */
class StorageFaultsTest {
    private static final Set<Integer> TOLD = Set.of(10, 30, 40);
    private static final int DOSE = 2;

    /** What once was not told, or not healed. */
    private static final List<Fault> FOUND = Stream.of(
                    "LOST 1 RENAME ops/ledger commit",
                    "LOST 1 RENAME ops/intents checkpoint",
                    "LOST 1 RENAME bronze commit")
            .map(Fault::parse)
            .toList();

    @TempDir
    private static Path folder;

    private static FaultDriver disturbed;
    private static Ingestion ingestion;
    private static End calm;
    private static State expected;

    private static final Map<String, Integer> FIGURES = new TreeMap<>();

    @BeforeAll
    static void anUndisturbedIngestion() throws IOException {
        FaultDriver.useFaultsHere();
        disturbed = FaultDriver.start();
        ingestion = Ingestion.before(folder.resolve("before"));
        Task task = ingestion.in(folder.resolve("calm"));
        calm = FaultDriver.runHere(task);
        assertThat(calm.exit()).as(calm::toString).isEqualTo(10);
        expected = FaultDriver.stateOf(task);
        assertThat(expected.isSound()).as(expected::toString).isTrue();
        RowAccount account = FaultDriver.accountOf(task, "parcels");
        assertThat(account.balances()).as(account::toString).isTrue();
        disturbed.up();
    }

    @AfterAll
    static void figures() {
        System.out.println("storage faults: " + FIGURES);
        disturbed.close();
        FaultDriver.forgetFaultsHere();
    }

    @Test
    void anIngestionComesToThesePoints() {
        calm.points().forEach((point, times) -> System.out.println("point: " + point + " × " + times));
        assertThat(calm.points())
                .containsKeys(
                        "OPEN landing file",
                        "LIST landing folder",
                        "WRITE bronze data",
                        "WRITE bronze sidecar of data",
                        "WRITE bronze temporary",
                        "RENAME bronze commit",
                        "WRITE quarantine data",
                        "WRITE refused data",
                        "RENAME refused commit",
                        "RENAME ops/intents commit",
                        "RENAME ops/attempts commit",
                        "RENAME ops/manifests commit",
                        "RENAME ops/ledger commit",
                        "WRITE ops/ledger data",
                        "RENAME ops/intents checkpoint",
                        "RENAME ops/intents last checkpoint");
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1})
    void aFaultOfStorageIsToldAndTheNextRunEndsTheSame(long seed) throws IOException {
        List<Fault> faults = new ArrayList<>(all(new Random(seed)));
        Collections.shuffle(faults, new Random(seed));
        List<Fault> dose = new ArrayList<>(faults.subList(0, DOSE));
        dose.addAll(FOUND);
        disturb(dose);
    }

    /** {@code -Dfaults.from=97} goes on with the 98th. */
    @Tag("full")
    @Test
    void everyFaultOfStorageIsToldAndTheNextRunEndsTheSame() throws IOException {
        List<Fault> faults = all(new Random(2));
        disturb(faults.subList(Integer.getInteger("faults.from", 0), faults.size()));
    }

    /** Each point in each of its modes, at any of the times that it is come to. */
    private static List<Fault> all(Random random) {
        List<Fault> faults = new ArrayList<>();
        calm.points().forEach((text, times) -> {
            Point point = Point.parse(text);
            for (Mode mode : point.operation().modes()) {
                faults.add(new Fault(point, mode, 1 + random.nextInt(times)));
            }
        });
        return faults;
    }

    private static void disturb(List<Fault> faults) throws IOException {
        long start = System.nanoTime();
        List<String> wrong = new ArrayList<>();
        for (Fault fault : faults) {
            Path work = folder.resolve("disturbed");
            int before = wrong.size();
            try {
                disturb(fault, ingestion.in(work)).forEach(what -> wrong.add(fault + ": " + what));
            } catch (AssertionError defect) { // the others are worth knowing too
                wrong.add(fault + ": " + defect.getMessage());
            } finally {
                Folders.delete(work);
            }
            wrong.subList(before, wrong.size()).forEach(what -> System.out.println("wrong: " + what));
        }
        count("points", calm.points().size());
        count("seconds", (int) ((System.nanoTime() - start) / 1_000_000_000L));
        assertThat(wrong).isEmpty();
    }

    private static List<String> disturb(Fault fault, Task task) {
        End end = disturbed.run(task, fault);
        count("faults", 1);
        count(end.fired() ? "ended with " + end.exit() + " " + end.code() : "not come to", 1);
        System.out.println(
                "fault: " + fault + " → " + end.exit() + " " + end.code() + (end.fired() ? "" : " (not come to)"));
        List<String> wrong = new ArrayList<>();
        boolean isHealed = end.exit() == calm.exit() && end.code().isEmpty();
        if (!isHealed && (!TOLD.contains(end.exit()) || !end.code().startsWith("PEN-"))) {
            wrong.add("ended with " + end);
        }
        if (end.code().equals("PEN-RUN-040") && fault.mode() != Mode.LOST) {
            wrong.add("unforeseen: " + end.message());
        }
        if (isHealed) {
            compare("though it ended well", FaultDriver.stateOf(task), wrong);
        }
        End again = FaultDriver.runHere(task);
        State after = FaultDriver.stateOf(task);
        if (again.exit() != calm.exit() || !again.code().isEmpty()) {
            // A run whose last word was lost may have finished: then there is nothing to do
            boolean isDone = again.exit() == 0 && after.equals(expected);
            if (!isDone) {
                wrong.add("the next run ended with " + again.exit() + " " + again.code() + " " + again.message());
            }
        }
        compare("after the next run", after, wrong);
        if (!after.equals(expected)) { // an equal one balances as the undisturbed one does
            RowAccount account = FaultDriver.accountOf(task, "parcels");
            count("rows lost", account.lost().size());
            count("rows doubled", account.doubled().size());
            wrong.add("rows: " + account);
        }
        return wrong;
    }

    private static void compare(String when, State state, List<String> wrong) {
        if (!state.equals(expected)) {
            Map<String, String> others = new TreeMap<>(state.contents());
            others.entrySet().removeAll(expected.contents().entrySet());
            wrong.add(when + " the warehouse differs: " + others + ", open " + state.open() + ", chain " + state.chain()
                    + (state.ledger().equals(expected.ledger()) ? "" : ", the ledger too"));
        }
    }

    private static void count(String what, int more) {
        FIGURES.merge(what, more, Integer::sum);
    }
}
