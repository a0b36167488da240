package io.penstock.jobs.run;

import io.penstock.core.Intent;
import io.penstock.core.Manifest;
import io.penstock.core.Schedule;
import io.penstock.core.Stage;
import io.penstock.core.Unit;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Decides, from manifests and open intents alone, what a run would do and why. Pure: {@code plan} prints it and {@code run}
 * does it.
 */
public final class Planner {
    private static final String UNFINISHED = "an earlier run did not finish";

    private final Schedule schedule;
    private final History history;
    private final boolean again;

    public enum Decision {
        RUN,
        UNCHANGED,
        BLOCKED
    }

    /** One stage of one unit. */
    public record Step(Stage stage, String subject, LocalDate unit, Decision decision, String reason) {}

    private record Key(Stage stage, String subject, LocalDate unit) {}

    /** @param again run units that are done too */
    public Planner(Schedule schedule, History history, boolean again) {
        this.schedule = schedule;
        this.history = history;
        this.again = again;
    }

    /** One stage's steps for the units, against the present history. */
    public List<Step> stage(StageJob job, List<Unit> units) {
        return plan(List.of(job), units);
    }

    /**
     * All stages' steps in order; a stage whose input would run in this plan is planned to run when its input changes with
     * it. A stage that runs at all also finishes the units that an earlier run of it left unfinished: their rows may stand
     * in its tables already, and nothing but this stage can tell whether they do.
     */
    public List<Step> plan(List<StageJob> jobs, List<Unit> units) {
        List<Step> steps = new ArrayList<>();
        Set<Key> coming = new HashSet<>();
        for (StageJob job : jobs) {
            List<Step> own = new ArrayList<>();
            TreeSet<Unit> taken =
                    new TreeSet<>(units.stream().filter(job::takes).toList());
            taken.forEach(unit -> own.add(step(job, unit, coming)));
            if (own.stream().anyMatch(step -> step.decision() == Decision.RUN)) {
                history.unfinished(job.stage(), job.subject()).map(Intent::units).orElse(List.of()).stream()
                        .map(schedule::unit)
                        .filter(unit -> job.takes(unit) && !taken.contains(unit))
                        .forEach(unit -> own.add(step(job, unit, coming)));
                own.sort(Comparator.comparing(Step::unit));
            }
            own.stream()
                    .filter(step -> step.decision() == Decision.RUN)
                    .forEach(step -> coming.add(new Key(step.stage(), step.subject(), step.unit())));
            steps.addAll(own);
        }
        return steps;
    }

    private Step step(StageJob job, Unit unit, Set<Key> coming) {
        Optional<Manifest> last = history.latest(job.stage(), job.subject(), unit.date());
        for (StageJob.Need need : job.needs()) {
            if (coming.contains(new Key(need.stage(), need.subject(), unit.date()))) {
                boolean isDone = last.filter(manifest -> manifest.status() == Manifest.Status.DONE)
                        .isPresent();
                String reason = isDone ? need.stage().id() + " runs again" : "not done yet";
                return decide(job, unit, Decision.RUN, reason);
            }
            Optional<Manifest> input = history.latest(need.stage(), need.subject(), unit.date());
            if (input.isEmpty()) {
                return decide(job, unit, Decision.BLOCKED, need.stage().id() + " is not done for this unit");
            }
            if (input.get().status() == Manifest.Status.REFUSED) {
                return decide(job, unit, Decision.BLOCKED, need.stage().id() + " was refused for this unit");
            }
        }
        if (history.unfinished(job.stage(), job.subject())
                .filter(intent -> intent.units().contains(unit.date()))
                .isPresent()) {
            return decide(job, unit, Decision.RUN, UNFINISHED);
        }
        if (last.isEmpty()) {
            return decide(job, unit, Decision.RUN, "not done yet");
        }
        if (again) {
            return decide(job, unit, Decision.RUN, "asked to run again");
        }
        if (last.get().status() == Manifest.Status.REFUSED) {
            return decide(job, unit, Decision.RUN, "was refused before");
        }
        if (!last.get().recipe().equals(job.recipe().sha256())) {
            return decide(job, unit, Decision.RUN, "its definition changed");
        }
        Optional<String> content = job.inputContent(unit, history);
        if (content.isPresent() && !content.get().equals(last.get().inputContent())) {
            return decide(job, unit, Decision.RUN, "its input changed");
        }
        return decide(job, unit, Decision.UNCHANGED, "same recipe and input");
    }

    private static Step decide(StageJob job, Unit unit, Decision decision, String reason) {
        return new Step(job.stage(), job.subject(), unit.date(), decision, reason);
    }
}
