package io.penstock.jobs.run;

import io.penstock.core.Intent;
import io.penstock.core.Manifest;
import io.penstock.core.ManifestHead;
import io.penstock.core.Schedule;
import io.penstock.core.Stage;
import io.penstock.core.Unit;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Decides, from manifests and open intents alone, what a run would do and why. Pure: {@code plan} prints it and {@code run}
 * does it. A plan of several stages decides each one on the history that the stages before it will leave behind when
 * nothing is refused, by the same rules by which the run will decide then.
 */
public final class Planner {
    private static final String UNFINISHED = "an earlier run did not finish";

    private final Schedule schedule;
    private final History history;
    private final Again again;

    public enum Decision {
        RUN,
        UNCHANGED,
        BLOCKED
    }

    /**
     * One stage of one unit.
     *
     * @param content the input content that it will have, if it runs: exact where the plan pins inputs, otherwise as far as it
     *     can be told from what is done already
     * @param replaces the run whose manifest stands for the unit now; empty when there is none
     */
    public record Step(
            Stage stage,
            String subject,
            LocalDate unit,
            Decision decision,
            String reason,
            String recipe,
            String content,
            String replaces) {
        public boolean runs() {
            return decision == Decision.RUN;
        }

        /** Stage and subject as people read them. */
        public String name() {
            return stage.of(subject);
        }
    }

    /** Which units that are done shall run again. */
    @FunctionalInterface
    public interface Again {
        /** @param last the run whose manifest stands for the unit */
        boolean isAsked(Stage stage, String subject, LocalDate unit, String last);
    }

    /** @param again run units that are done too */
    public Planner(Schedule schedule, History history, boolean again) {
        this(schedule, history, (stage, subject, unit, last) -> again);
    }

    public Planner(Schedule schedule, History history, Again again) {
        this.schedule = schedule;
        this.history = history;
        this.again = again;
    }

    /** One stage's steps for the units, against the present history. */
    public List<Step> stage(StageJob job, List<Unit> units) {
        return plan(List.of(job), units, false);
    }

    /**
     * All stages' steps in order: a stage is planned to run when one before it will bring it new input, and not when that
     * one is only made again of the same input. A stage that runs at all also finishes the units that an earlier run of it
     * left unfinished: their rows may stand in its tables already, and nothing but this stage can tell whether they do.
     *
     * @throws io.penstock.core.PenstockException when a stage that would run refuses to
     */
    public List<Step> plan(List<StageJob> jobs, List<Unit> units) {
        return plan(jobs, units, false);
    }

    /** The same, with the input content that each step will have: reads every landed file that is to be taken. */
    public List<Step> planPinned(List<StageJob> jobs, List<Unit> units) {
        return plan(jobs, units, true);
    }

    private List<Step> plan(List<StageJob> jobs, List<Unit> units, boolean pinned) {
        List<Step> steps = new ArrayList<>();
        History then = history;
        for (Iterator<StageJob> all = jobs.iterator(); all.hasNext(); ) {
            StageJob job = all.next();
            TreeMap<Unit, Decided> own = decided(job, units, then, steps);
            List<Unit> running =
                    own.keySet().stream().filter(unit -> own.get(unit).runs()).toList();
            Map<LocalDate, String> contents = Map.of();
            if (!running.isEmpty()) {
                job.requireRunnable(history);
                if (pinned) {
                    contents = job.pinnedContents(running, then);
                } else if (all.hasNext()) {
                    contents = job.contents(running, then);
                }
            }
            for (Map.Entry<Unit, Decided> entry : own.entrySet()) {
                Unit unit = entry.getKey();
                String content = pinned
                        ? contents.getOrDefault(unit.date(), "")
                        : job.inputContent(unit, then).orElse("");
                steps.add(step(job, unit, entry.getValue(), content));
            }
            if (!running.isEmpty() && all.hasNext()) {
                then = then.after(job, contents);
            }
        }
        return steps;
    }

    private Step step(StageJob job, Unit unit, Decided decided, String content) {
        return new Step(
                job.stage(),
                job.subject(),
                unit.date(),
                decided.decision(),
                decided.reason(),
                job.recipe().sha256(),
                decided.runs() ? content : "",
                history.head(job.stage(), job.subject(), unit.date())
                        .map(ManifestHead::runId)
                        .orElse(""));
    }

    private record Decided(Decision decision, String reason) {
        static Decided run(String reason) {
            return new Decided(Decision.RUN, reason);
        }

        boolean runs() {
            return decision == Decision.RUN;
        }
    }

    private TreeMap<Unit, Decided> decided(StageJob job, List<Unit> units, History then, List<Step> before) {
        TreeMap<Unit, Decided> own = new TreeMap<>();
        units.stream().filter(job::takes).forEach(unit -> own.put(unit, decide(job, unit, then, before)));
        if (own.values().stream().anyMatch(Decided::runs)) {
            history.unfinished(job.stage(), job.subject()).map(Intent::units).orElse(List.of()).stream()
                    .map(schedule::unit)
                    .forEach(unit -> own.computeIfAbsent(unit, more -> decide(job, more, then, before)));
        }
        if (history.borrowedFrom(job.stage(), job.subject()).isPresent()) {
            return own;
        }
        List.copyOf(own.keySet())
                .forEach(unit -> job.alsoNeeded(unit, history)
                        .forEach((date, reason) -> own.compute(
                                schedule.unit(date),
                                (more, known) -> known != null && known.runs() ? known : Decided.run(reason))));
        return own;
    }

    private Decided decide(StageJob job, Unit unit, History then, List<Step> before) {
        Optional<String> lender = history.borrowedFrom(job.stage(), job.subject());
        if (lender.isPresent()) {
            return history.done(job.stage(), job.subject(), unit.date()).isPresent()
                    ? new Decided(Decision.UNCHANGED, "borrowed from " + lender.get())
                    : new Decided(Decision.BLOCKED, lender.get() + " has not done it: run it there first");
        }
        for (StageJob.Need need : job.needs()) {
            Optional<ManifestHead> input = then.head(need.stage(), need.subject(), unit.date());
            if (input.isEmpty()) {
                return new Decided(Decision.BLOCKED, need.stage().id() + " is not done for this unit");
            }
            if (!input.get().isDone()) {
                return new Decided(Decision.BLOCKED, need.stage().id() + " was refused for this unit");
            }
        }
        if (history.unfinished(job.stage(), job.subject())
                .filter(intent -> intent.units().contains(unit.date()))
                .isPresent()) {
            return Decided.run(UNFINISHED);
        }
        Optional<ManifestHead> last = history.head(job.stage(), job.subject(), unit.date());
        if (last.isEmpty()) {
            return Decided.run("not done yet");
        }
        if (last.get().status() == Manifest.Status.REFUSED) {
            return Decided.run("was refused before");
        }
        if (again.isAsked(job.stage(), job.subject(), unit.date(), last.get().runId())) {
            return Decided.run("asked to run again");
        }
        if (!last.get().recipe().equals(job.recipe().sha256())) {
            return Decided.run("its definition changed");
        }
        if (isChanged(job, unit, then, last.get())) {
            return Decided.run(
                    isChanged(job, unit, history, last.get()) ? "its input changed" : willChange(job, unit, before));
        }
        return new Decided(Decision.UNCHANGED, "same recipe and input");
    }

    private static boolean isChanged(StageJob job, Unit unit, History at, ManifestHead last) {
        return job.inputContent(unit, at)
                .filter(content -> !content.equals(last.inputContent()))
                .isPresent();
    }

    /** What before it in the plan changes its input. */
    private static String willChange(StageJob job, Unit unit, List<Step> before) {
        Optional<StageJob.Need> first = job.needs().stream()
                .filter(need -> before.stream()
                        .anyMatch(step -> step.runs()
                                && step.stage().equals(need.stage())
                                && step.subject().equals(need.subject())
                                && step.unit().equals(unit.date())))
                .findFirst();
        return first.map(need -> need.stage().id() + " runs first")
                .orElseGet(() -> before.stream()
                        .filter(step -> step.runs() && step.stage().equals(Stage.INGEST))
                        .findFirst()
                        .map(step -> "its input changes: ingest of " + step.unit() + " runs first")
                        .orElse("its input changes"));
    }
}
