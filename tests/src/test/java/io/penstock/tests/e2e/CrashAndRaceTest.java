package io.penstock.tests.e2e;

import static io.penstock.tests.e2e.CommandLine.mlflow;
import static io.penstock.tests.e2e.CommandLine.penstock;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.tests.e2e.CommandLine.Said;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Kill anywhere, run again, equal: a process of its own is killed with SIGKILL at a named moment of a stage; {@code plan}
 * then says what is left, and the next run ends with the tables of a run that nobody disturbed. Races, too, are processes:
 * one sleeps at a named moment, or both start at once; whoever loses ends with 50, nothing is doubled, nothing is stuck.
 */
class CrashAndRaceTest {
    private static final LocalDate DAY = Parcels.TRAINING;

    /** The first day on which scores can be judged. */
    private static final LocalDate NEXT = DAY.plusDays(1);

    private static final String EVALUATE = TrainedParcels.EVALUATE;

    @TempDir
    private static Path folder;

    private static Path conf;

    /** Stage → a working folder in which everything before it is done for its unit. */
    private static final Map<String, Path> BEFORE = new HashMap<>();

    private static Map<String, String> undisturbed;
    private static Map<String, String> judged;

    @BeforeAll
    static void anUndisturbedRun() throws IOException {
        conf = Parcels.configuration(folder.resolve("conf"));
        TrainedParcels.startMlflow(folder);
        for (String stage : TrainedParcels.STAGES) {
            BEFORE.put(stage, TrainedParcels.copy("before-" + stage, folder.resolve("before-" + stage)));
        }
        BEFORE.put(EVALUATE, TrainedParcels.copy("before-" + EVALUATE, folder.resolve("before-" + EVALUATE)));
        undisturbed = contents(TrainedParcels.copy("done", folder.resolve("done")));
        assertThat(undisturbed)
                .containsKeys("bronze/arrivals " + DAY, "features/depot_delays_v1 " + DAY, "scores/slow " + DAY);
        judged = contents(TrainedParcels.copy("judged", folder.resolve("judged")));
        assertThat(judged).containsKeys("scores/slow_performance " + NEXT);
    }

    @AfterAll
    static void theServerStops() {
        penstock("mlflow", "stop", "--work", folder.toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "train: logged full",
                "promote: alias moved", // for scores see aScoringThatWasKilledGoesOnWithItsModel
            })
    void killedThereAndRunAgain(String moment) throws IOException {
        killedAndRunAgain(moment);
    }

    @Tag("full")
    @ParameterizedTest
    @ValueSource(
            strings = {
                "ingest: intent claimed",
                "ingest: files written",
                "ingest: committed bronze/parcels",
                "ingest: committed bronze/arrivals",
                "ingest: manifests written",
                "ingest: ledger written",
                "features: intent claimed",
                "features: files written",
                "features: committed features/depot_delays_v1",
                "features: manifests written",
                "training-set: files written",
                "training-set: committed training/slow_set",
                "training-set: manifests written",
                "train: run started",
                "train: manifests written",
                "promote: registered",
                "promote: manifests written",
                "score: files written",
                "score: committed scoring/slow",
                "score: committed scores/slow_log",
                "score: committed scores/slow",
                "score: manifests written",
                "evaluate: files written",
                "evaluate: committed scores/slow_performance",
                "evaluate: manifests written",
            })
    void killedAnywhereAndRunAgain(String moment) throws IOException {
        killedAndRunAgain(moment);
    }

    /** Only the stage: later ones are given what they are given without a kill. A training is followed to its scores. */
    private static void killedAndRunAgain(String moment) throws IOException {
        Path work = killedAt(moment);
        boolean toTheEnd = stageOf(moment).equals("train");

        assertThat(verb("plan", work, "--unit", unitOf(moment).toString())
                        .fine()
                        .out())
                .as("plan after the kill")
                .contains("run        " + stageOf(moment))
                .contains("an earlier run did not finish");
        Said again = toTheEnd
                ? run(work, "--unit", unitOf(moment).toString()).fine().tidy()
                : onlyItsStage(work, moment).tidy();
        assertThat(again.err()).contains("resuming run");

        assertThat(contents(work)).isEqualTo(toTheEnd ? undisturbed : after(moment));
        nothingIsLeft(work);
    }

    /** Dead between tables, then the source is edited and the next unit runs: the dead run's files are not taken twice. */
    @ParameterizedTest
    @ValueSource(strings = {"ingest: committed bronze/arrivals"})
    void anEditedSourceAfterAKill(String moment) throws IOException {
        theNextUnitTakesOver(moment);
    }

    @Tag("full")
    @ParameterizedTest
    @ValueSource(strings = {"ingest: committed bronze/parcels", "ingest: manifests written", "ingest: ledger written"})
    void anEditedSourceAfterAKillElsewhere(String moment) throws IOException {
        theNextUnitTakesOver(moment);
    }

    private static void theNextUnitTakesOver(String moment) throws IOException {
        Path work = killedAt(moment);
        Said said = verb(
                        "run",
                        work,
                        "--stage",
                        "ingest",
                        "--unit",
                        NEXT.toString(),
                        "--set",
                        "sources.parcels.null-values=[\"\", NA, nobody]")
                .fine()
                .tidy();

        assertThat(said.err()).contains("starting its units again").doesNotContain("PEN-ING-013");
        Map<String, String> contents = contents(work);
        for (String source : List.of("parcels", "arrivals")) {
            String key = "bronze/" + source + " " + DAY;
            assertThat(contents.get(key)).as(key).isEqualTo(undisturbed.get(key));
        }
        assertThat(contents.get("bronze/parcels " + NEXT)).startsWith(Parcels.A_DAY + " rows");
        nothingIsLeft(work);
    }

    /** Dead between two tables of scores, then another model becomes champion: one run scores with one model. */
    @Test
    void aScoringThatWasKilledGoesOnWithItsModel() throws IOException {
        Path work = killedAt("score: committed scoring/slow");
        run(work, "--unit", DAY.toString(), "--stage", "train,promote", "--set", "models.slow.training.rounds=2")
                .fine();
        List<String> history = new ArrayList<>(List.of("model", "history", "parcels"));
        history.addAll(where(work));
        String promoted = penstock(history.toArray(String[]::new)).fine().out();
        run(work, "--unit", DAY.toString(), "--stage", "score").fine();

        Map<String, String> contents = contents(work);
        for (String table : List.of("scoring/slow", "scores/slow_log", "scores/slow")) {
            assertThat(contents.get(table + " " + DAY)).as(table).isEqualTo(undisturbed.get(table + " " + DAY));
        }
        nothingIsLeft(work);
        assertThat(promoted.lines().filter(line -> line.contains("is champion")))
                .hasSize(2);
        run(work, "--unit", DAY.toString(), "--stage", "score", "--again").fine();
        assertThat(contents(work).get("scores/slow " + DAY))
                .as("scored again, it is the present champion's")
                .isNotEqualTo(undisturbed.get("scores/slow " + DAY));
    }

    /** A file that the dead run was to take, and had taken, is gone: the next run takes what is there. */
    @Test
    void aFileThatVanishesAfterAKill() throws IOException {
        Path work = killedAt("ingest: committed bronze/arrivals");
        Files.delete(Parcels.folder(work.resolve("landing"), "arrivals", DAY).resolve("arrivals.csv"));

        assertThat(run(work, "--unit", DAY.toString(), "--stage", "ingest")
                        .fine()
                        .err())
                .contains("PEN-ING-017 arrivals/landed=", "is gone: what it had published of it goes, too");

        Map<String, String> contents = contents(work);
        assertThat(contents).doesNotContainKey("bronze/arrivals " + DAY);
        assertThat(contents.get("bronze/parcels " + DAY)).isEqualTo(undisturbed.get("bronze/parcels " + DAY));
        nothingIsLeft(work);
    }

    // --- races
    // -----------------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(strings = {"score: committed scores/slow_log"})
    void aRunThatWakesUpAfterItsSuccessorFinished(String moment) throws IOException {
        wakesUpLate(moment);
    }

    @Tag("full")
    @ParameterizedTest
    @ValueSource(
            strings = {
                "ingest: files written",
                "ingest: wrote bronze/arrivals",
                "ingest: committed bronze/parcels",
                "features: committed features/depot_delays_v1",
                "train: logged full",
                "promote: registered",
                "score: files written",
            })
    void aRunThatWakesUpAnywhereAfterItsSuccessorFinished(String moment) throws IOException {
        wakesUpLate(moment);
    }

    private static void wakesUpLate(String moment) throws IOException {
        Path work = before(moment);
        String unit = unitOf(moment).toString();
        try (Child sleeper = child("STOP " + moment, work, unitOf(moment), stageOf(moment))) {
            sleeper.sleeps();
            run(work, "--unit", unit).fine();
            assertThat(contents(work)).isEqualTo(undisturbed);

            sleeper.wakesUp();

            assertThat(sleeper.ends()).as(sleeper::said).isEqualTo(50);
            assertThat(sleeper.said())
                    .contains("PEN-RUN-050")
                    .doesNotContain("process " + sleeper.pid() + ",")
                    .doesNotContain("PEN-TAB-005")
                    .doesNotContain("\tat org.apache.spark");
        }
        assertThat(contents(work)).isEqualTo(undisturbed);
        nothingIsLeft(work);
        assertThat(run(work, "--unit", unit).fine().err()).contains("nothing to do");
    }

    /** The process ends before what it does can fail; whoever stopped it reads what to do all the same. */
    @Test
    void aRunThatIsStoppedWhileItCommitsSaysWhatToDo() throws IOException {
        String moment = "ingest: committed bronze/arrivals";
        Path work = before(moment);
        try (Child child = child("STOP " + moment, work, DAY, "ingest")) {
            child.sleeps();
            child.isAskedToEnd();
            child.wakesUp();

            assertThat(child.ends()).as(child::said).isEqualTo(128 + 15);
            assertThat(child.said()).containsOnlyOnce("PEN-RUN-046").contains("Run again: what was committed stays");
        }
        onlyItsStage(work, moment);
        assertThat(contents(work)).isEqualTo(after(moment));
        nothingIsLeft(work);
    }

    @Tag("full") // RacesTest has two schedulers at one unit
    @Test
    void twoRunsOfOneUnitAtOnce() throws IOException {
        Path work = before("ingest: start");
        try (Child one = child("", work, DAY, "ingest,features");
                Child other = child("", work, DAY, "ingest,features")) {
            oneIsEnough(one, other);
        }
        run(work, "--unit", DAY.toString()).fine();
        assertThat(contents(work)).isEqualTo(undisturbed);
        nothingIsLeft(work);
    }

    @Test
    void twoProcessesThatResumeTheSameDeadRun() throws IOException {
        String moment = "ingest: committed bronze/arrivals";
        Path work = killedAt(moment);
        try (Child one = child("", work, DAY, "ingest");
                Child other = child("", work, DAY, "ingest")) {
            oneIsEnough(one, other);
        }
        onlyItsStage(work, moment);
        assertThat(contents(work)).isEqualTo(after(moment));
        nothingIsLeft(work);
    }

    @Tag("full") // RacesTest has a backfill beside the daily unit
    @Test
    void twoUnitsAtOnce() throws IOException {
        Path work = before("ingest: start");
        try (Child one = child("", work, DAY, "ingest");
                Child other = child("", work, NEXT, "ingest")) {
            oneIsEnough(one, other);
        }
        run(work, "--from", DAY.toString(), "--to", NEXT.toString()).fine();
        Map<String, String> contents = contents(work);
        for (String source : List.of("parcels", "arrivals")) {
            assertThat(rowsOf(contents, "bronze/" + source))
                    .as("each file of %s is taken once, whichever of the two units came first", source)
                    .isEqualTo(rowsOf(judged, "bronze/" + source));
        }
        nothingIsLeft(work);
    }

    /** Both end with 0 or 50, and not both with 50. */
    private static void oneIsEnough(Child one, Child other) {
        List<Integer> exits = List.of(one.ends(), other.ends());
        assertThat(exits).as(one.said() + other.said()).contains(0).isSubsetOf(0, 50);
    }

    private static long rowsOf(Map<String, String> contents, String table) {
        return contents.entrySet().stream()
                .filter(entry -> entry.getKey().startsWith(table + " "))
                .mapToLong(entry -> Long.parseLong(entry.getValue().split(" ")[0]))
                .sum();
    }

    // --- help
    // ------------------------------------------------------------------------------------------------------------

    private static Path killedAt(String moment) throws IOException {
        Path work = before(moment);
        try (Child child = child("KILL " + moment, work, unitOf(moment), stageOf(moment))) {
            child.diesOfIt();
        }
        return work;
    }

    private static Path before(String moment) throws IOException {
        return Folders.copy(BEFORE.get(stageOf(moment)), Files.createTempDirectory(folder, "disturbed"));
    }

    private static Child child(String fault, Path work, LocalDate unit, String stages) {
        List<String> arguments = new ArrayList<>(List.of("run", "parcels", "--unit", unit.toString()));
        arguments.addAll(List.of("--stage", stages));
        arguments.addAll(where(work));
        return Child.start(fault, arguments);
    }

    private static Said onlyItsStage(Path work, String moment) {
        return run(work, "--unit", unitOf(moment).toString(), "--stage", stageOf(moment))
                .fine();
    }

    /** What an undisturbed run has when the stage of a moment is done. */
    private static Map<String, String> after(String moment) {
        int next = TrainedParcels.STAGES.indexOf(stageOf(moment)) + 1;
        if (next == 0) {
            return judged;
        }
        return next == TrainedParcels.STAGES.size()
                ? undisturbed
                : contents(BEFORE.get(TrainedParcels.STAGES.get(next)));
    }

    private static Map<String, String> contents(Path work) {
        return Contents.of(work.resolve("warehouse/parcels"));
    }

    private static void nothingIsLeft(Path work) {
        assertThat(verb("status", work).fine().out())
                .contains("audit chain holds")
                .doesNotContain("open:");
    }

    private static String stageOf(String moment) {
        return moment.substring(0, moment.indexOf(':'));
    }

    private static LocalDate unitOf(String moment) {
        return stageOf(moment).equals(EVALUATE) ? NEXT : DAY;
    }

    private static Said run(Path work, String... arguments) {
        return verb("run", work, arguments);
    }

    private static Said verb(String verb, Path work, String... arguments) {
        List<String> all = new ArrayList<>(List.of(verb, "parcels"));
        all.addAll(List.of(arguments));
        all.addAll(where(work));
        return penstock(all.toArray(String[]::new));
    }

    private static List<String> where(Path work) {
        return List.of(
                "--work", work.toString(), "--conf-dir", conf.toString(), "--set", "penstock.mlflow=" + mlflow(folder));
    }
}
