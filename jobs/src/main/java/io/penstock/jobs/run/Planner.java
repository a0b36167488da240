package io.penstock.jobs.run;

import io.penstock.core.Intent;
import io.penstock.core.Manifest;
import io.penstock.core.Schedule;
import io.penstock.core.Stage;
import io.penstock.core.Unit;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

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
     * All stages' steps in order, as if the stages before had run: a stage is planned to run when one before it will bring
     * it new input, and not when that one is only made again of the same input. A stage that runs at all also finishes the
     * units that an earlier run of it left unfinished: their rows may stand in its tables already, and nothing but this
     * stage can tell whether they do.
     *
     * @throws io.penstock.core.PenstockException when a stage that would run refuses to
     */
    public List<Step> plan(List<StageJob> jobs, List<Unit> units) {
        Expected expected = new Expected();
        for (StageJob job : jobs) {
            TreeMap<Unit, Decided> own = new TreeMap<>();
            units.stream().filter(job::takes).forEach(unit -> own.put(unit, decide(job, unit, expected)));
            if (own.values().stream().anyMatch(Decided::runs)) {
                history.unfinished(job.stage(), job.subject()).map(Intent::units).orElse(List.of()).stream()
                        .map(schedule::unit)
                        .filter(job::takes)
                        .forEach(unit -> own.computeIfAbsent(unit, more -> decide(job, more, expected)));
            }
            if (history.borrowedFrom(job.stage(), job.subject()).isPresent()) {
                own.forEach((unit, decided) -> expected.add(job, unit, decided));
                continue;
            }
            List.copyOf(own.keySet())
                    .forEach(unit -> job.alsoNeeded(unit, history)
                            .forEach((date, reason) -> own.compute(
                                    schedule.unit(date),
                                    (more, known) -> known != null && known.runs()
                                            ? known
                                            : new Decided(Decision.RUN, reason, false))));
            if (own.values().stream().anyMatch(Decided::runs)) {
                job.requireRunnable(history);
            }
            own.forEach((unit, decided) -> expected.add(job, unit, decided));
        }
        return expected.steps;
    }

    /** @param brings whether what comes out differs in content, not only in definition, from what stood there */
    private record Decided(Decision decision, String reason, boolean brings) {
        boolean runs() {
            return decision == Decision.RUN;
        }
    }

    /** What the stages planned so far will have done. */
    private static final class Expected {
        private final List<Step> steps = new ArrayList<>();
        private final Map<Key, Boolean> coming = new HashMap<>();
        private Optional<LocalDate> firstTaking = Optional.empty();

        void add(StageJob job, Unit unit, Decided decided) {
            steps.add(new Step(job.stage(), job.subject(), unit.date(), decided.decision(), decided.reason()));
            if (decided.runs()) {
                coming.put(new Key(job.stage(), job.subject(), unit.date()), decided.brings());
                if (job.stage().equals(Stage.INGEST) && decided.brings() && firstTaking.isEmpty()) {
                    firstTaking = Optional.of(unit.date());
                }
            }
        }

        Optional<Boolean> brings(StageJob.Need need, Unit unit) {
            return Optional.ofNullable(coming.get(new Key(need.stage(), need.subject(), unit.date())));
        }
    }

    private Decided decide(StageJob job, Unit unit, Expected expected) {
        Optional<String> lender = history.borrowedFrom(job.stage(), job.subject());
        if (lender.isPresent()) {
            return history.done(job.stage(), job.subject(), unit.date()).isPresent()
                    ? new Decided(Decision.UNCHANGED, "borrowed from " + lender.get(), false)
                    : new Decided(Decision.BLOCKED, lender.get() + " has not done it: run it there first", false);
        }
        Optional<Manifest> last = history.latest(job.stage(), job.subject(), unit.date());
        Optional<String> newInput = Optional.empty();
        for (StageJob.Need need : job.needs()) {
            Optional<Boolean> brings = expected.brings(need, unit);
            if (brings.isPresent()) {
                if (brings.get()) {
                    newInput = Optional.of(need.stage().id() + " runs first");
                }
                continue;
            }
            Optional<Manifest> input = history.latest(need.stage(), need.subject(), unit.date());
            if (input.isEmpty()) {
                return new Decided(Decision.BLOCKED, need.stage().id() + " is not done for this unit", false);
            }
            if (input.get().status() == Manifest.Status.REFUSED) {
                return new Decided(Decision.BLOCKED, need.stage().id() + " was refused for this unit", false);
            }
        }
        if (history.unfinished(job.stage(), job.subject())
                .filter(intent -> intent.units().contains(unit.date()))
                .isPresent()) {
            return new Decided(Decision.RUN, UNFINISHED, true);
        }
        if (last.isEmpty()) {
            return new Decided(Decision.RUN, "not done yet", true);
        }
        if (last.get().status() == Manifest.Status.REFUSED) {
            return new Decided(Decision.RUN, "was refused before", true);
        }
        Optional<String> content = job.inputContent(unit, history);
        boolean isChanged =
                content.isPresent() && !content.get().equals(last.get().inputContent());
        boolean willChange = content.isPresent()
                && expected.firstTaking
                        .filter(date -> !unit.date().isBefore(date))
                        .isPresent();
        boolean brings = isChanged || willChange || newInput.isPresent();
        if (again) {
            return new Decided(Decision.RUN, "asked to run again", brings);
        }
        if (!last.get().recipe().equals(job.recipe().sha256())) {
            return new Decided(Decision.RUN, "its definition changed", brings);
        }
        if (newInput.isPresent()) {
            return new Decided(Decision.RUN, newInput.get(), true);
        }
        if (isChanged) {
            return new Decided(Decision.RUN, "its input changed", true);
        }
        return willChange
                ? new Decided(
                        Decision.RUN,
                        "its input changes: ingest of " + expected.firstTaking.get() + " runs first",
                        true)
                : new Decided(Decision.UNCHANGED, "same recipe and input", false);
    }
}
