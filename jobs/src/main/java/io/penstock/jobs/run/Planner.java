package io.penstock.jobs.run;

import io.penstock.core.ErrorCode;
import io.penstock.core.Intent;
import io.penstock.core.Manifest;
import io.penstock.core.ManifestHead;
import io.penstock.core.Schedule;
import io.penstock.core.Stage;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.history.History;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Decides, from manifests and open intents alone, what a run would do and why. Pure: {@code plan} prints it and {@code run}
 * does it. A plan of several stages decides each one on the history that the stages before it will leave behind when
 * nothing is refused, by the same rules by which the run will decide then.
 */
public final class Planner {
    /** Code of a step that is blocked since another definition made what it would read. */
    static final String OTHER_DEFINITION = ErrorCode.STAGE_BLOCKED.code();

    private static final String UNFINISHED = "an earlier run did not finish";

    private final Schedule schedule;
    private final History history;
    private final Again again;
    private final Function<String, Optional<String>> recipes;
    private final Map<String, Optional<String>> kept = new HashMap<>();
    private final Map<String, Definition> definitions = new HashMap<>();

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
            UnitId unit,
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
        boolean isAsked(Stage stage, String subject, UnitId unit, String last);
    }

    /** @param again run units that are done too */
    public Planner(Schedule schedule, History history, boolean again) {
        this(schedule, history, (stage, subject, unit, last) -> again);
    }

    public Planner(Schedule schedule, History history, Again again) {
        this(schedule, history, again, sha256 -> Optional.empty());
    }

    /** @param recipes canonical JSON of a recipe by its sha256, where it is kept: what changed is told by it */
    public Planner(Schedule schedule, History history, Again again, Function<String, Optional<String>> recipes) {
        history.requireUnitsOf(schedule);
        this.schedule = schedule;
        this.history = history;
        this.again = again;
        this.recipes = recipes;
    }

    /** A job's recipe and those that count as it, worked out once. */
    private static final class Definition {
        private final StageJob job;
        private final String recipe;
        private final Map<String, Boolean> others = new HashMap<>();

        Definition(StageJob job) {
            this.job = job;
            this.recipe = job.recipe().sha256();
        }

        boolean isOf(ManifestHead head) {
            return recipe.equals(head.recipe()) || others.computeIfAbsent(head.recipe(), other -> job.isBy(head));
        }
    }

    private Definition definition(StageJob job) {
        return definitions.computeIfAbsent(job.stage().of(job.subject()), name -> new Definition(job));
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
        for (Iterator<List<StageJob>> all = groups(jobs).iterator(); all.hasNext(); ) {
            List<StageJob> group = all.next();
            History now = then;
            for (Map.Entry<StageJob, TreeMap<Unit, Decided>> own :
                    decided(group, units, now, steps).entrySet()) {
                then = steps(own.getKey(), own.getValue(), now, then, pinned, all.hasNext(), steps);
            }
        }
        return steps;
    }

    /** Adds the steps of one job. @return the history after it */
    private History steps(
            StageJob job,
            TreeMap<Unit, Decided> own,
            History now,
            History then,
            boolean pinned,
            boolean isFollowed,
            List<Step> steps) {
        List<Unit> running =
                own.keySet().stream().filter(unit -> own.get(unit).runs()).toList();
        Map<UnitId, String> contents = Map.of();
        if (!running.isEmpty()) {
            job.requireRunnable(history);
            if (pinned) {
                contents = job.pinnedContents(running, now);
            } else if (isFollowed) {
                contents = job.contents(running, now);
            }
        }
        for (Map.Entry<Unit, Decided> entry : own.entrySet()) {
            Unit unit = entry.getKey();
            String content = pinned
                    ? contents.getOrDefault(unit.id(), "")
                    : job.inputContent(unit, now).orElse("");
            steps.add(step(job, unit, entry.getValue(), content));
        }
        return !running.isEmpty() && isFollowed ? then.after(job, contents) : then;
    }

    /** Jobs that run together stand side by side. */
    static List<List<StageJob>> groups(List<StageJob> jobs) {
        List<List<StageJob>> groups = new ArrayList<>();
        for (StageJob job : jobs) {
            List<StageJob> last = groups.isEmpty() ? List.of() : groups.get(groups.size() - 1);
            boolean isWithThem = !last.isEmpty()
                    && last.get(0).stage().equals(job.stage())
                    && job.together(List.of(job)).isPresent();
            if (isWithThem) {
                last.add(job);
            } else {
                groups.add(new ArrayList<>(List.of(job)));
            }
        }
        return groups;
    }

    private Step step(StageJob job, Unit unit, Decided decided, String content) {
        return new Step(
                job.stage(),
                job.subject(),
                unit.id(),
                decided.decision(),
                decided.reason(),
                definition(job).recipe,
                decided.runs() ? content : "",
                history.head(job.stage(), job.subject(), unit.id())
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

    private Map<StageJob, TreeMap<Unit, Decided>> decided(
            List<StageJob> group, List<Unit> units, History then, List<Step> before) {
        Map<StageJob, TreeMap<Unit, Decided>> all = new LinkedHashMap<>();
        for (StageJob job : group) {
            TreeMap<Unit, Decided> own = new TreeMap<>();
            units.stream().filter(job::takes).forEach(unit -> own.put(unit, decide(job, unit, then, before)));
            all.put(job, own);
        }
        boolean isAny =
                all.values().stream().anyMatch(own -> own.values().stream().anyMatch(Decided::runs));
        all.forEach((job, own) -> {
            if (isAny) {
                history.unfinished(job.stage(), job.subject()).map(Intent::units).orElse(List.of()).stream()
                        .map(schedule::unit)
                        .forEach(unit -> own.computeIfAbsent(unit, more -> decide(job, more, then, before)));
            }
            if (history.borrowedFrom(job.stage(), job.subject()).isEmpty()) {
                List.copyOf(own.keySet())
                        .forEach(unit -> job.alsoNeeded(unit, history)
                                .forEach((date, reason) -> own.compute(
                                        schedule.unit(date),
                                        (more, known) -> known == null || known.decision() == Decision.UNCHANGED
                                                ? Decided.run(reason)
                                                : known)));
            }
        });
        return all;
    }

    private Decided decide(StageJob job, Unit unit, History then, List<Step> before) {
        Optional<String> lender = history.borrowedFrom(job.stage(), job.subject());
        if (lender.isPresent()) {
            return history.done(job.stage(), job.subject(), unit.id()).isPresent()
                    ? new Decided(Decision.UNCHANGED, "borrowed from " + lender.get())
                    : new Decided(Decision.BLOCKED, lender.get() + " has not done it: run it there first");
        }
        for (StageJob.Need need : job.needs()) {
            Optional<ManifestHead> input = then.head(need.stage(), need.subject(), unit.id());
            if (input.isEmpty()) {
                return new Decided(Decision.BLOCKED, need.stage().of(need.subject()) + " is not done for this unit");
            }
            if (!input.get().isDone()) {
                return new Decided(Decision.BLOCKED, need.stage().of(need.subject()) + " was refused for this unit");
            }
        }
        Decided decided = decideReady(job, unit, then, before);
        return decided.runs()
                ? otherDefinition(job, unit, then)
                        .or(() -> job.isKeptFrom(unit, then))
                        .map(reason -> new Decided(Decision.BLOCKED, OTHER_DEFINITION + " " + reason))
                        .orElse(decided)
                : decided;
    }

    /** What it needs is done; that it runs only on what the definition in force made is not looked at yet. */
    private Decided decideReady(StageJob job, Unit unit, History then, List<Step> before) {
        if (history.unfinished(job.stage(), job.subject())
                .filter(intent -> intent.units().contains(unit.id()))
                .isPresent()) {
            return Decided.run(UNFINISHED);
        }
        Optional<ManifestHead> last = history.head(job.stage(), job.subject(), unit.id());
        if (last.isEmpty()) {
            return Decided.run("not done yet");
        }
        if (last.get().status() == Manifest.Status.REFUSED) {
            return Decided.run("was refused before");
        }
        if (again.isAsked(job.stage(), job.subject(), unit.id(), last.get().runId())) {
            return Decided.run("asked to run again");
        }
        if (!definition(job).isOf(last.get())) {
            return Decided.run(
                    "its definition changed" + difference(job, last.get().recipe()));
        }
        Optional<String> lacking = job.lacks(last.get());
        if (lacking.isPresent()) {
            return Decided.run("lacks " + lacking.get());
        }
        if (isChanged(job, unit, then, last.get())) {
            return Decided.run(
                    isChanged(job, unit, history, last.get()) ? "its input changed" : willChange(job, unit, before));
        }
        return new Decided(Decision.UNCHANGED, "same recipe and input");
    }

    /** What of its input another definition made than the one in force, and how they differ. */
    private Optional<String> otherDefinition(StageJob job, Unit unit, History then) {
        for (StageJob.Need need : job.needs()) {
            Optional<ManifestHead> made = then.head(need.stage(), need.subject(), unit.id());
            boolean isBorrowed =
                    then.borrowedFrom(need.stage(), need.subject()).isPresent(); // whatever the lender builds on itself
            if (need.by().isPresent()
                    && made.isPresent()
                    && !isBorrowed
                    && !definition(need.by().get()).isOf(made.get())) {
                return Optional.of(need.stage().of(need.subject()) + " was made by another definition"
                        + difference(need.by().get(), made.get().recipe()) + ": run --stage "
                        + need.stage().id() + " for this unit first");
            }
        }
        return Optional.empty();
    }

    /** As {@code (<key> <before> → <now>)}; empty where the recipe is not kept. */
    private String difference(StageJob job, String made) {
        return kept.computeIfAbsent(made, recipes)
                .map(before -> RecipeDifference.told(before, job))
                .filter(told -> !told.isEmpty())
                .map(told -> " (" + told + ")")
                .orElse("");
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
                                && step.unit().equals(unit.id())))
                .findFirst();
        return first.map(need -> need.stage().id() + " runs first")
                .orElseGet(() -> before.stream()
                        .filter(step -> step.runs() && step.stage().equals(Stage.INGEST))
                        .findFirst()
                        .map(step -> "its input changes: ingest of " + step.unit() + " runs first")
                        .orElse("its input changes"));
    }
}
