package io.penstock.jobs.run;

import io.penstock.core.Manifest;
import io.penstock.core.Stage;
import io.penstock.core.Unit;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Decides, from manifests alone, what a run would do and why. Pure: {@code plan} prints it and {@code run} does it. */
public final class Planner {
    private Planner() {}

    public enum Decision {
        RUN,
        UNCHANGED,
        BLOCKED
    }

    /** One stage of one unit. */
    public record Step(Stage stage, String subject, LocalDate unit, Decision decision, String reason) {}

    /** One stage's steps for the units, against the present history. */
    public static List<Step> stage(StageJob job, List<Unit> units, History history, boolean again) {
        return plan(List.of(job), units, history, again);
    }

    /**
     * All stages' steps in order; a stage whose input would run in this plan is planned to run when its input changes with
     * it.
     */
    public static List<Step> plan(List<StageJob> jobs, List<Unit> units, History history, boolean again) {
        List<Step> steps = new ArrayList<>();
        Set<StageJob.Need> planned = new HashSet<>();
        for (StageJob job : jobs) {
            boolean any = false;
            for (Unit unit : units) {
                if (job.takes(unit)) {
                    Step step = step(job, unit, history, again, planned, steps);
                    steps.add(step);
                    any |= step.decision() == Decision.RUN;
                }
            }
            if (any) {
                planned.add(new StageJob.Need(job.stage(), job.subject()));
            }
        }
        return steps;
    }

    private static Step step(
            StageJob job, Unit unit, History history, boolean again, Set<StageJob.Need> planned, List<Step> before) {
        for (StageJob.Need need : job.needs()) {
            boolean coming = planned.contains(need)
                    && before.stream()
                            .anyMatch(step -> step.stage() == need.stage()
                                    && step.subject().equals(need.subject())
                                    && step.unit().equals(unit.date())
                                    && step.decision() == Decision.RUN);
            Optional<Manifest> input = history.latest(need.stage(), need.subject(), unit.date());
            if (coming && history.done(job.stage(), job.subject(), unit.date()).isEmpty()) {
                return decide(job, unit, Decision.RUN, "not done yet");
            }
            if (coming) {
                return decide(job, unit, Decision.RUN, need.stage().id() + " runs again");
            }
            if (input.isEmpty()) {
                return decide(job, unit, Decision.BLOCKED, need.stage().id() + " is not done for this unit");
            }
            if (input.get().status() == Manifest.Status.REFUSED) {
                return decide(job, unit, Decision.BLOCKED, need.stage().id() + " was refused for this unit");
            }
        }
        Optional<Manifest> last = history.latest(job.stage(), job.subject(), unit.date());
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
