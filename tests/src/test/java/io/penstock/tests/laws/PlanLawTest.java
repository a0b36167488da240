package io.penstock.tests.laws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.Clock;
import io.penstock.core.Manifest;
import io.penstock.core.PenstockException;
import io.penstock.core.config.PipelineConfig;
import io.penstock.jobs.report.Progress;
import io.penstock.jobs.run.Estimates;
import io.penstock.jobs.run.Executor;
import io.penstock.jobs.run.Plan;
import io.penstock.jobs.run.Planner;
import io.penstock.jobs.run.Session;
import io.penstock.jobs.run.StageJob;
import io.penstock.jobs.stage.Stages;
import io.penstock.tests.e2e.PlainDisk;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A run does what its plan said, no more and no less: after each of many random changes the steps planned are the manifests
 * written, with the recipes and input contents planned. What a refusal brings is not foreseen, so a stage's steps are
 * compared up to the first stage that refused something.
 */
@PlainDisk
class PlanLawTest {
    private static final int CHANGES = 6;
    private static final int MORE_CHANGES = 10;

    @TempDir
    private static Path folder;

    private static final Map<String, int[]> FIGURES = new TreeMap<>();

    @AfterAll
    static void mostChangesLeftSomethingToDo() {
        Warehouse.stopSpark();
        int[] all = new int[3];
        FIGURES.forEach((what, counts) -> {
            System.out.printf("%-32s %3d changes %3d to do %4d steps%n", what, counts[0], counts[1], counts[2]);
            for (int i = 0; i < all.length; i++) {
                all[i] += counts[i];
            }
        });
        System.out.printf("%-32s %3d changes %3d to do %4d steps%n", "all", all[0], all[1], all[2]);
        assertThat(all[1] * 4).as("at least three of four left something to do").isGreaterThanOrEqualTo(all[0] * 3);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(
            longs = {346}) // six kinds of changes: a replaced file, a bad one, a late one and a dead run among them
    void whatIsPlannedIsWhatIsDone(long seed) {
        planned(seed, CHANGES);
    }

    @Tag("full")
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 47})
    void whatIsPlannedIsWhatIsDoneInMoreHistories(long seed) {
        planned(seed, MORE_CHANGES);
    }

    private static void planned(long seed, int changes) {
        Changing changing = new Changing(folder.resolve("seed" + seed), seed);
        List<Changing.Change> story = new ArrayList<>();
        for (int i = 0; i < changes; i++) {
            Changing.Change change = i == 0 ? changing.begin() : changing.next();
            story.add(change);
            PipelineConfig config = changing.config();
            change.dies().ifPresent(at -> dies(config, change, at));
            int steps = plannedIsDone(config, change, i % 2 == 0, story);
            int[] counts = FIGURES.computeIfAbsent(change.what(), what -> new int[3]);
            counts[0]++;
            counts[1] += steps > 0 ? 1 : 0;
            counts[2] += steps;
        }
    }

    /** @return the number of steps that were planned to run */
    private static int plannedIsDone(
            PipelineConfig config, Changing.Change change, boolean byFile, List<Changing.Change> story) {
        List<StageJob> jobs = Stages.jobs(config, change.stages());
        Session session = session(config);
        Planner planner = new Planner(config.schedule(), session.history(), change.again());
        List<Planner.Step> steps = planner.planPinned(jobs, change.units());
        assertThat(running(planner.plan(jobs, change.units())).keySet())
                .as("planned without reading files, after %s", story)
                .isEqualTo(running(steps).keySet());
        int before = session.store().manifests().size();

        boolean stopped = false;
        if (byFile) {
            Plan plan = plan(config, change, jobs, steps, session);
            stopped = isStopped(() -> executor(config).run(jobs, plan));
        } else {
            executor(config).run(jobs, change.units(), change.again());
        }

        List<Manifest> all = session.store().manifests();
        List<Manifest> written = all.subList(before, all.size());
        TreeSet<String> unforeseen = afterTheFirstRefusal(jobs, written);
        if (stopped) {
            assertThat(unforeseen)
                    .as("only a refusal brings what was not planned, after %s", story)
                    .isNotEmpty();
        }
        assertThat(done(written, unforeseen))
                .as("done, after %s", story)
                .isEqualTo(running(steps.stream()
                        .filter(step -> !unforeseen.contains(step.name()))
                        .toList()));
        if (written.stream().noneMatch(manifest -> manifest.status() == Manifest.Status.REFUSED)) {
            assertThat(new Planner(config.schedule(), session(config).history(), false).plan(jobs, change.units()))
                    .as("left to do, after %s", story)
                    .noneMatch(Planner.Step::runs);
        }
        return running(steps).size();
    }

    /** Whether a run by plan stopped on its way rather than do what was not planned. */
    private static boolean isStopped(Runnable run) {
        try {
            run.run();
            return false;
        } catch (PenstockException e) {
            assertThat(e.code()).isEqualTo("PEN-RUN-062");
            return true;
        }
    }

    private static Plan plan(
            PipelineConfig config,
            Changing.Change change,
            List<StageJob> jobs,
            List<Planner.Step> steps,
            Session session) {
        Path file = folder.resolve("plan.json");
        List<Estimates.Estimate> estimates = Estimates.of(jobs, steps, session.history());
        Plan.of(config, change.stages(), change.units(), change.again(), steps, estimates)
                .write(file);
        return Plan.read(file);
    }

    /** Names of the stages after the first one that refused something. */
    private static TreeSet<String> afterTheFirstRefusal(List<StageJob> jobs, List<Manifest> written) {
        TreeSet<String> after = new TreeSet<>();
        boolean isAfter = false;
        for (StageJob job : jobs) {
            String name = (job.stage().id() + " " + job.subject()).trim();
            if (isAfter) {
                after.add(name);
            }
            isAfter |= written.stream()
                    .anyMatch(manifest -> manifest.status() == Manifest.Status.REFUSED
                            && manifest.stage().equals(job.stage()));
        }
        return after;
    }

    /** Step → recipe and input content. */
    private static Map<String, String> running(List<Planner.Step> steps) {
        return steps.stream()
                .filter(Planner.Step::runs)
                .collect(Collectors.toMap(
                        step -> step.name() + " " + step.unit(),
                        step -> step.recipe() + " " + step.content(),
                        (one, other) -> one,
                        TreeMap::new));
    }

    private static Map<String, String> done(List<Manifest> written, TreeSet<String> unforeseen) {
        Map<String, String> done = new TreeMap<>();
        for (Manifest manifest : written) {
            String name = (manifest.stage().id() + " " + manifest.subject()).trim();
            if (!unforeseen.contains(name)) {
                String step = name + " " + manifest.unit();
                assertThat(done.put(step, manifest.recipe() + " " + manifest.inputContent()))
                        .as(step + " is done once")
                        .isNull();
            }
        }
        return done;
    }

    private static void dies(PipelineConfig config, Changing.Change change, int at) {
        int[] looks = new int[1];
        Clock clock = () -> {
            if (++looks[0] == at) {
                throw new PowerCut();
            }
            return Clock.system().now();
        };
        try {
            new Executor(session(config), clock).run(Stages.jobs(config, change.stages()), change.units(), false);
        } catch (PowerCut e) {
            return; // or it was through before
        }
    }

    private static final class PowerCut extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    // --- a plan that does not hold any more

    @Test
    void aFileThatLandsAfterThePlanIsNotTaken() {
        Changing changing = new Changing(folder.resolve("landed"), 1);
        Changing.Change change = changing.begin();
        PipelineConfig config = changing.config();
        Plan plan = plan(config, change);
        changing.write("arrivals", Changing.FIRST, "more", "id,depot,arrived,delay\n");

        refused(config, change, plan, "its input changed since");
    }

    @Test
    void aChangedDefinitionIsNotRun() {
        Changing changing = new Changing(folder.resolve("defined"), 1);
        Changing.Change change = changing.begin();
        Plan plan = plan(changing.config(), change);
        changing.redefine();

        refused(changing.config(), change, plan, "its definition changed since");
    }

    @Test
    void unitsThatADeadRunLeftSinceAreNotFinished() {
        Changing changing = new Changing(folder.resolve("dead"), 1);
        Changing.Change first = changing.begin();
        PipelineConfig config = changing.config();
        Changing.Change two = new Changing.Change(
                "two", first.units().subList(0, 2), List.of("ingest"), false, java.util.OptionalInt.empty());
        Changing.Change other = new Changing.Change(
                "others", first.units().subList(2, 4), List.of("ingest"), false, java.util.OptionalInt.empty());
        Plan plan = plan(config, two);
        dies(config, other, 3);

        refused(config, two, plan, "not planned: an earlier run did not finish");
    }

    @Test
    void whatSomebodyDidMeanwhileIsLeftOut() {
        Changing changing = new Changing(folder.resolve("meanwhile"), 1);
        Changing.Change change = changing.begin().of(List.of("ingest", "features"));
        PipelineConfig config = changing.config();
        Plan plan = plan(config, change);
        List<StageJob> ingest = Stages.jobs(config, List.of("ingest"));
        executor(config).run(ingest, change.units().subList(0, 2), false);

        Executor.Result result = executor(config).run(Stages.jobs(config, change.stages()), plan);

        assertThat(result.steps().stream().filter(step -> step.stage().id().equals("ingest")))
                .extracting(step -> step.decision().name())
                .containsExactly("UNCHANGED", "UNCHANGED", "RUN", "RUN");
        assertThat(executor(config)
                        .run(Stages.jobs(config, change.stages()), plan)
                        .nothingToDo())
                .as("the plan is done")
                .isTrue();
    }

    @Test
    void whatWasPlannedToRunAgainDoesSoOnce() {
        Changing changing = new Changing(folder.resolve("again"), 1);
        Changing.Change change = changing.begin().of(List.of("ingest"));
        PipelineConfig config = changing.config();
        List<StageJob> jobs = Stages.jobs(config, change.stages());
        executor(config).run(jobs, change.units(), false);
        Plan plan = plan(config, change.again(change.stages()));

        assertThat(executor(config).run(jobs, plan).manifests()).hasSize(4);
        assertThat(executor(config).run(jobs, plan).nothingToDo()).isTrue();
    }

    @Test
    void aPlanOfAnotherWarehouseIsRefused() {
        Changing one = new Changing(folder.resolve("one"), 1);
        Changing other = new Changing(folder.resolve("other"), 1);
        Changing.Change change = one.begin();
        Plan plan = plan(one.config(), change);
        PipelineConfig config = other.config();

        assertThatThrownBy(() -> executor(config).run(Stages.jobs(config, change.stages()), plan))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-RUN-061")
                .hasMessageContaining("another warehouse");
    }

    private static Plan plan(PipelineConfig config, Changing.Change change) {
        List<StageJob> jobs = Stages.jobs(config, change.stages());
        Session session = session(config);
        return plan(
                config,
                change,
                jobs,
                new Planner(config.schedule(), session.history(), change.again()).planPinned(jobs, change.units()),
                session);
    }

    private static void refused(PipelineConfig config, Changing.Change change, Plan plan, String why) {
        Session session = session(config);
        int manifests = session.store().manifests().size();
        int open = session.store().openIntents().size();

        assertThatThrownBy(() -> executor(config).run(Stages.jobs(config, change.stages()), plan))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-RUN-062")
                .hasMessageContaining(why);
        assertThat(session.store().manifests()).hasSize(manifests);
        assertThat(session.store().openIntents()).hasSize(open);
    }

    private static Executor executor(PipelineConfig config) {
        return new Executor(session(config), Clock.system());
    }

    /** A process's view of the warehouse; its Spark is shared by all of them, so it is never closed. */
    private static Session session(PipelineConfig config) {
        return new Session(config, Progress.silent());
    }
}
