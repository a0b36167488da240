package io.penstock.jobs.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.InMemoryManifestStore;
import io.penstock.core.Intent;
import io.penstock.core.LedgerEntry;
import io.penstock.core.Manifest;
import io.penstock.core.ManifestHead;
import io.penstock.core.ManifestStore;
import io.penstock.core.Pin;
import io.penstock.core.Recipe;
import io.penstock.core.Schedule;
import io.penstock.core.Stage;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.history.BaseHistory;
import io.penstock.core.history.History;
import io.penstock.ingestion.take.UnitInputs;
import io.penstock.jobs.run.Planner.Decision;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PlannerTest {
    private static final Schedule SCHEDULE = new Schedule(1, LocalTime.of(8, 0), ZoneOffset.UTC);
    private static final List<Unit> UNITS =
            SCHEDULE.units(UnitId.of(LocalDate.of(2024, 3, 1)), UnitId.of(LocalDate.of(2024, 3, 4)));

    private final InMemoryManifestStore store = new InMemoryManifestStore();
    private final Job ingest = new Job(Stage.INGEST, List.of(), "1");
    private final Job features = new Job(Stage.FEATURES, List.of(new StageJob.Need(Stage.INGEST, "")), "1");

    @Test
    void nothingDoneMeansEverythingRuns() {
        assertThat(plan(false, 1, 2))
                .containsExactly(
                        "ingest 1 RUN not done yet",
                        "ingest 2 RUN not done yet",
                        "features 1 RUN not done yet",
                        "features 2 RUN not done yet");
    }

    @Test
    void whatIsDoneIsNotDoneAgainUnlessAsked() {
        done(ingest, 1);
        done(features, 1);

        assertThat(plan(false, 1))
                .containsExactly(
                        "ingest 1 UNCHANGED same recipe and input", "features 1 UNCHANGED same recipe and input");
        assertThat(plan(true, 1))
                .containsExactly("ingest 1 RUN asked to run again", "features 1 RUN asked to run again");
    }

    @Test
    void aStageWaitsForTheOneBefore() {
        refused(ingest, 1);

        assertThat(new Planner(SCHEDULE, History.of(store), false).stage(features, UNITS.subList(0, 2)))
                .extracting(Planner.Step::decision)
                .containsExactly(Decision.BLOCKED, Decision.BLOCKED);
        assertThat(plan(false, 1)).containsExactly("ingest 1 RUN was refused before", "features 1 RUN not done yet");
    }

    @Test
    void aChangedDefinitionOrInputRuns() {
        done(ingest, 1);
        done(features, 1);
        Job edited = new Job(Stage.FEATURES, features.needs(), "2");
        Job fed = new Job(Stage.FEATURES, features.needs(), "1", "other content");

        assertThat(steps(new Planner(SCHEDULE, History.of(store), false).stage(edited, UNITS.subList(0, 1))))
                .containsExactly("features 1 RUN its definition changed");
        assertThat(steps(new Planner(SCHEDULE, History.of(store), false).stage(fed, UNITS.subList(0, 1))))
                .containsExactly("features 1 RUN its input changed");
    }

    @Test
    void aUnitThatComesInLateRunsTheDoneUnitsAfterIt() {
        done(ingest, 1);
        done(features, 1);
        done(ingest, 3);
        done(features, 3);

        assertThat(plan(false, 1, 2, 3))
                .contains("ingest 3 UNCHANGED same recipe and input")
                .contains("features 1 UNCHANGED same recipe and input")
                .contains("features 3 RUN its input changes: ingest of 2024-03-02 runs first");
    }

    @Test
    void aStageThatIsMadeAgainOfTheSameInputRunsNoneAfterIt() {
        done(ingest, 1);
        done(features, 1);
        Job edited = new Job(Stage.INGEST, List.of(), "2");

        assertThat(steps(new Planner(SCHEDULE, History.of(store), false)
                        .plan(List.of(edited, features), UNITS.subList(0, 1))))
                .containsExactly("ingest 1 RUN its definition changed", "features 1 UNCHANGED same recipe and input");
    }

    @Test
    void aUnitThatARunDidNotFinishRunsThoughItsManifestIsThere() {
        done(ingest, 1);
        open(ingest, 1);

        assertThat(plan(false, 1))
                .containsExactly("ingest 1 RUN an earlier run did not finish", "features 1 RUN not done yet");
    }

    @Test
    void aStageThatRunsAlsoFinishesUnitsLeftUnfinished() {
        done(ingest, 1);
        open(ingest, 2, 3);

        assertThat(plan(false, 1))
                .as("nothing to do for what is asked, so a run that may be at work is left alone")
                .containsExactly("ingest 1 UNCHANGED same recipe and input", "features 1 RUN not done yet");
        assertThat(plan(false, 4))
                .containsExactly(
                        "ingest 2 RUN an earlier run did not finish",
                        "ingest 3 RUN an earlier run did not finish",
                        "ingest 4 RUN not done yet",
                        "features 4 RUN not done yet");
    }

    @Test
    void aLedgerThatMissesATakenFileIsAContradiction() {
        Intent intent = open(ingest, 1);
        store.finish(intent, List.of(manifest(intent, 1, Manifest.Status.DONE)), List.of());

        assertThat(History.of(store).contradiction())
                .hasValueSatisfying(what -> assertThat(what).contains("2024-03-01 took orders/1.csv"));
    }

    @Test
    void aLedgerOfARunWithoutManifestIsAContradiction() {
        Intent intent = open(ingest, 1);
        store.finish(intent, List.of(), List.of(entry(intent, 1)));

        assertThat(History.of(store).contradiction())
                .hasValueSatisfying(what -> assertThat(what).contains("no manifest"));
    }

    @Test
    void whatAnUnfinishedRunLeftOutIsNoContradiction() {
        done(ingest, 1);
        Intent dead = open(ingest, 2);
        History killedBeforeItsLedger = new History(
                List.of(ManifestHead.of(manifest(dead, 2, Manifest.Status.DONE))), List.of(), List.of(dead));

        assertThat(killedBeforeItsLedger.contradiction()).isEmpty();
        assertThat(History.of(store).contradiction()).isEmpty();
    }

    /** As a driver sees it that is stopped between two tables while another one finishes. */
    @Test
    void aRunThatFinishesWhileTheBooksAreReadIsNoContradiction() {
        done(ingest, 1);
        for (String table : List.of("ledgerNow", "openIntents")) {
            int day = table.equals("ledgerNow") ? 2 : 3;
            Intent intent = open(ingest, day);
            boolean[] finished = new boolean[1];
            ManifestStore paused = (ManifestStore) Proxy.newProxyInstance(
                    getClass().getClassLoader(), new Class<?>[] {ManifestStore.class}, (proxy, method, arguments) -> {
                        if (method.getName().equals(table) && !finished[0]) {
                            finished[0] = true;
                            store.finish(
                                    intent,
                                    List.of(manifest(intent, day, Manifest.Status.DONE)),
                                    List.of(entry(intent, day)));
                        }
                        return method.invoke(store, arguments);
                    });

            assertThat(History.of(paused).contradiction()).as(table).isEmpty();
        }
    }

    @Test
    void theLedgerIsReadWhenSomebodyAsksForIt() {
        done(ingest, 1);
        boolean[] isRead = new boolean[1];
        ManifestStore watched = (ManifestStore) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {ManifestStore.class}, (proxy, method, arguments) -> {
                    ManifestStore.Ledger now = store.ledgerNow();
                    return method.getName().equals("ledgerNow")
                            ? new ManifestStore.Ledger(now.version(), () -> {
                                isRead[0] = true;
                                return now.entries().get();
                            })
                            : method.invoke(store, arguments);
                });

        History history = History.of(watched);
        List<String> planned = steps(new Planner(SCHEDULE, history, false).plan(List.of(features), List.of(unit(1))));

        assertThat(planned).isNotEmpty();
        assertThat(isRead[0]).isFalse();
        assertThat(history.ledger()).hasSize(1);
        assertThat(isRead[0]).isTrue();
    }

    private List<String> plan(boolean again, int... days) {
        List<Unit> units = Arrays.stream(days).mapToObj(PlannerTest::unit).toList();
        return steps(new Planner(SCHEDULE, History.of(store), again).plan(List.of(ingest, features), units));
    }

    @Test
    void whatAnotherEnvironmentHasDoneByTheSameDefinitionIsBorrowed() {
        done(ingest, 1);
        done(features, 1);
        History base = History.of(store);
        Job changed = new Job(Stage.FEATURES, features.needs(), "another definition");
        History own = new History(List.of(), List.of(), List.of());

        History same = new BaseHistory("prod", "root", List.of(ingest, features), base).with(own);
        assertThat(steps(new Planner(SCHEDULE, same, true).plan(List.of(ingest, features), UNITS.subList(0, 2))))
                .containsExactly(
                        "ingest 1 UNCHANGED borrowed from prod",
                        "ingest 2 BLOCKED prod has not done it: run it there first",
                        "features 1 UNCHANGED borrowed from prod",
                        "features 2 BLOCKED prod has not done it: run it there first");
        History other = new BaseHistory("prod", "root", List.of(ingest, changed), base).with(own);
        assertThat(steps(new Planner(SCHEDULE, other, false).plan(List.of(ingest, changed), UNITS.subList(0, 1))))
                .containsExactly("ingest 1 UNCHANGED borrowed from prod", "features 1 RUN not done yet");
    }

    /** What stands on other input is another thing, whatever its own definition says. */
    @Test
    void nothingIsBorrowedBehindAStageThatIsNot() {
        done(ingest, 1);
        done(features, 1);
        Job changed = new Job(Stage.INGEST, List.of(), "another definition");
        History own = new History(List.of(), List.of(), List.of());
        History history = new BaseHistory("prod", "root", List.of(changed, features), History.of(store)).with(own);

        assertThat(steps(new Planner(SCHEDULE, history, false).plan(List.of(changed, features), UNITS.subList(0, 1))))
                .containsExactly("ingest 1 RUN not done yet", "features 1 RUN not done yet");
    }

    private static List<String> steps(List<Planner.Step> steps) {
        return steps.stream()
                .map(step -> step.stage().id() + " " + step.unit().date().getDayOfMonth() + " " + step.decision() + " "
                        + step.reason())
                .toList();
    }

    private static Unit unit(int day) {
        return UNITS.get(day - 1);
    }

    private Intent open(Job job, Integer... days) {
        Intent intent = new Intent(
                "shop",
                job.stage(),
                "",
                "r" + store.manifests().size() + job.stage() + days[0],
                Arrays.stream(days).map(day -> unit(day).id()).toList(),
                job.recipe().sha256(),
                Map.of(),
                Map.of(),
                Map.of(),
                Instant.EPOCH,
                "open");
        store.open(intent);
        return intent;
    }

    private void done(Job job, int day) {
        Intent intent = open(job, day);
        Manifest manifest = manifest(
                intent,
                day,
                Manifest.Status.DONE,
                job.inputContent(unit(day), History.of(store)).orElseThrow());
        store.finish(intent, List.of(manifest), List.of(entry(intent, day)));
    }

    private void refused(Job job, int day) {
        Intent intent = open(job, day);
        store.finish(intent, List.of(manifest(intent, day, Manifest.Status.REFUSED)), List.of());
    }

    private static Manifest manifest(Intent intent, int day, Manifest.Status status) {
        return manifest(intent, day, status, "content");
    }

    private static Manifest manifest(Intent intent, int day, Manifest.Status status, String content) {
        return new Manifest(
                "shop",
                intent.stage(),
                "",
                unit(day).id(),
                intent.runId(),
                status,
                intent.recipe(),
                content,
                List.of(new Pin.FilePin("orders", "orders/" + day + ".csv", 1, "ab")),
                List.of(),
                List.of(),
                Map.of(),
                Map.of(),
                Map.of(),
                Instant.EPOCH,
                Instant.EPOCH,
                "tests",
                "");
    }

    private static LedgerEntry entry(Intent intent, int day) {
        String path = "orders/" + day + ".csv";
        return new LedgerEntry(
                "orders", path, "f" + day, 1, 0, "ab", "taken", unit(day).id(), intent.runId(), 1, 1, null);
    }

    /** A stage that only has a definition; without a content of its own its input is what units up to it took. */
    private record Job(Stage stage, List<StageJob.Need> needs, String definition, String content) implements StageJob {
        Job(Stage stage, List<StageJob.Need> needs, String definition) {
            this(stage, needs, definition, stage.equals(Stage.INGEST) ? "content" : "");
        }

        @Override
        public String subject() {
            return "";
        }

        @Override
        public Recipe recipe() {
            return Recipe.of(stage, 1, Map.of("definition", definition));
        }

        @Override
        public boolean takes(Unit unit) {
            return true;
        }

        @Override
        public Optional<String> inputContent(Unit unit, History history) {
            return Optional.of(content.isEmpty() ? history.takenUpTo(unit.id()) : content);
        }

        @Override
        public List<String> outputs() {
            return List.of();
        }

        @Override
        public Outcome execute(List<Unit> units, Intent intent, UnitInputs taken, StageContext work) {
            throw new UnsupportedOperationException("A planner must not execute");
        }
    }
}
