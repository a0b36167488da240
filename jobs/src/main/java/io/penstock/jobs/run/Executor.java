package io.penstock.jobs.run;

import io.penstock.core.Clock;
import io.penstock.core.ExitCode;
import io.penstock.core.Intent;
import io.penstock.core.Manifest;
import io.penstock.core.PenstockException;
import io.penstock.core.Pin;
import io.penstock.core.Unit;
import io.penstock.core.Verdict;
import io.penstock.core.delta.Publication;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Runs stages over units. Around every stage: plan → intent → claim → the stage's own work and commits → manifests. A run
 * that finds the intent of a dead one resumes it with the same files; a table that another run moved makes it start again
 * on the present versions.
 */
public final class Executor {
    private static final int STARTS = 5;

    private final Session session;
    private final Clock clock;

    public Executor(Session session, Clock clock) {
        this.session = session;
        this.clock = clock;
    }

    /** What a run did. */
    public record Result(
            String runId,
            ExitCode exit,
            List<Planner.Step> steps,
            List<Manifest> manifests,
            List<String> messages,
            double seconds) {
        public boolean nothingToDo() {
            return steps.stream().noneMatch(step -> step.decision() == Planner.Decision.RUN);
        }
    }

    public Result run(List<StageJob> jobs, List<Unit> units, boolean again) {
        long start = System.nanoTime();
        List<Planner.Step> steps = new ArrayList<>();
        List<Manifest> written = new ArrayList<>();
        List<String> messages = new ArrayList<>();
        for (StageJob job : jobs) {
            List<Unit> taken = units.stream().filter(job::takes).toList();
            if (taken.isEmpty()) {
                continue;
            }
            List<Planner.Step> plan = Planner.stage(job, taken, session.history(), again);
            steps.addAll(plan);
            runStage(job, taken, plan, written, messages);
        }
        boolean refused = written.stream().anyMatch(manifest -> manifest.status() == Manifest.Status.REFUSED)
                || steps.stream().anyMatch(step -> step.decision() == Planner.Decision.BLOCKED);
        return new Result(
                session.runId(),
                refused ? ExitCode.REFUSED : ExitCode.OK,
                steps,
                written,
                messages,
                (System.nanoTime() - start) / 1e9);
    }

    private void runStage(
            StageJob job, List<Unit> taken, List<Planner.Step> plan, List<Manifest> written, List<String> messages) {
        String name = job.stage().id() + (job.subject().isEmpty() ? "" : " " + job.subject());
        Map<LocalDate, Planner.Step> byUnit = new TreeMap<>();
        plan.forEach(step -> byUnit.put(step.unit(), step));
        List<Unit> needed = taken.stream()
                .filter(unit -> byUnit.get(unit.date()).decision() == Planner.Decision.RUN)
                .toList();
        plan.stream()
                .filter(step -> step.decision() == Planner.Decision.BLOCKED)
                .forEach(step -> {
                    String message = "PEN-RUN-010 " + name + " " + step.unit() + " did not run: " + step.reason();
                    messages.add(message);
                    session.progress().refused(name + " " + step.unit(), message);
                });
        if (needed.isEmpty()) {
            long unchanged = plan.stream()
                    .filter(step -> step.decision() == Planner.Decision.UNCHANGED)
                    .count();
            if (unchanged > 0) {
                session.progress().unchanged(name, "unchanged (" + range(taken) + ")");
            }
            return;
        }
        session.progress().working(name + " " + range(needed));
        Instant started = clock.now();
        long start = System.nanoTime();
        List<Manifest> manifests = withIntent(job, needed, started);
        written.addAll(manifests);
        double seconds = (System.nanoTime() - start) / 1e9;
        for (Manifest manifest : manifests) {
            List<Verdict> bad = manifest.verdicts().stream()
                    .filter(verdict -> verdict.outcome() != Verdict.Outcome.PASSED)
                    .toList();
            for (Verdict verdict : bad) {
                String message = name + " " + manifest.unit() + ": " + verdict.table() + ": " + verdict.message();
                messages.add(message);
                if (verdict.refuses()) {
                    session.progress()
                            .refused(name + " " + manifest.unit(), verdict.table() + ": " + verdict.message());
                } else if (manifests.size() == 1) {
                    session.progress().warning(verdict.table() + ": " + verdict.message());
                }
            }
        }
        if (manifests.stream().allMatch(manifest -> manifest.status() == Manifest.Status.REFUSED)) {
            return;
        }
        session.progress().done(name + (needed.size() > 1 ? " × " + needed.size() : ""), summary(manifests), seconds);
    }

    private List<Manifest> withIntent(StageJob job, List<Unit> needed, Instant started) {
        for (int attempt = 1; ; attempt++) {
            Intent intent = openOrResume(job, needed);
            session.claim(intent);
            try {
                List<Unit> units = intent.units().stream()
                        .map(session.config().schedule()::unit)
                        .toList();
                StageJob.Outcome outcome = job.execute(units, intent, session);
                List<Manifest> manifests = manifests(job, intent, outcome, started);
                session.store().finish(intent, manifests, outcome.ledger());
                session.refreshHistory();
                List<LocalDate> missed = needed.stream()
                        .map(Unit::date)
                        .filter(date -> !intent.units().contains(date))
                        .toList();
                if (missed.isEmpty()) {
                    return manifests;
                }
                List<Manifest> all = new ArrayList<>(manifests);
                all.addAll(withIntent(
                        job,
                        needed.stream()
                                .filter(unit -> missed.contains(unit.date()))
                                .toList(),
                        clock.now()));
                return all;
            } catch (Publication.Lost e) {
                session.store().close(intent, "lost");
                session.refreshHistory();
                if (attempt == STARTS) {
                    throw PenstockException.busy(e.getMessage(), job.stage().id());
                }
                session.progress().warning(e.getMessage() + ": starting again on the present version");
            }
        }
    }

    private Intent openOrResume(StageJob job, List<Unit> needed) {
        String recipe = job.recipe().sha256();
        Optional<Intent> open = session.store().openIntents().stream()
                .filter(intent ->
                        intent.stage() == job.stage() && intent.subject().equals(job.subject()))
                .findFirst();
        if (open.isPresent()) {
            if (open.get().recipe().equals(recipe)) {
                session.progress().note("resuming run " + open.get().runId() + " that did not finish");
                return open.get();
            }
            session.store().close(open.get(), "lost");
        }
        Map<String, Long> bases = new LinkedHashMap<>();
        job.outputs().forEach(table -> bases.put(table, session.tables().version(table)));
        Map<LocalDate, String> contents = new TreeMap<>();
        needed.forEach(unit -> contents.put(
                unit.date(), job.inputContent(unit, session.history()).orElse("")));
        Intent intent = new Intent(
                session.config().pipeline(),
                job.stage(),
                job.subject(),
                session.newRunId(),
                needed.stream().map(Unit::date).toList(),
                recipe,
                contents,
                job.files(needed, session.history()),
                bases,
                clock.now(),
                "open");
        session.store().open(intent);
        return intent;
    }

    private List<Manifest> manifests(StageJob job, Intent intent, StageJob.Outcome outcome, Instant started) {
        Instant finished = clock.now();
        List<Manifest> manifests = new ArrayList<>();
        for (StageJob.UnitResult result : outcome.results()) {
            manifests.add(new Manifest(
                    intent.pipeline(),
                    job.stage(),
                    job.subject(),
                    result.unit().date(),
                    intent.runId(),
                    result.status(),
                    intent.recipe(),
                    result.inputContent(),
                    result.inputs(),
                    result.outputs(),
                    result.verdicts(),
                    result.counts(),
                    result.facts(),
                    session.provenance(),
                    started,
                    finished,
                    session.actor(),
                    ""));
        }
        return manifests;
    }

    private static String range(List<Unit> units) {
        return units.size() == 1
                ? units.get(0).toString()
                : units.get(0) + " … " + units.get(units.size() - 1) + ", " + units.size() + " units";
    }

    private static String summary(List<Manifest> manifests) {
        Map<String, Long> total = new LinkedHashMap<>();
        manifests.forEach(manifest -> manifest.counts().forEach((name, rows) -> total.merge(name, rows, Long::sum)));
        String text = total.entrySet().stream()
                .filter(entry -> entry.getValue() > 0)
                .map(entry -> entry.getKey().replaceFirst("^(bronze|features|scores|training|scoring)/", "") + " "
                        + String.format(java.util.Locale.ROOT, "%,d", entry.getValue()))
                .collect(Collectors.joining(", "));
        return text.length() > 100 ? text.substring(0, 97) + "…" : text;
    }

    /** Pins of everything a list of tables holds at given versions. */
    public static List<Pin> pins(Map<String, Long> versions, Map<String, Long> rows) {
        return versions.entrySet().stream()
                .filter(entry -> entry.getValue() >= 0)
                .map(entry ->
                        (Pin) new Pin.TablePin(entry.getKey(), entry.getValue(), rows.getOrDefault(entry.getKey(), 0L)))
                .toList();
    }
}
