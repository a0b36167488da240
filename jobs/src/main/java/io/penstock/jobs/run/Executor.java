package io.penstock.jobs.run;

import io.penstock.core.Clock;
import io.penstock.core.ErrorCode;
import io.penstock.core.ExitCode;
import io.penstock.core.FaultPoint;
import io.penstock.core.Intent;
import io.penstock.core.Manifest;
import io.penstock.core.PenstockException;
import io.penstock.core.Pin;
import io.penstock.core.Stage;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.Verdict;
import io.penstock.core.delta.Publication;
import io.penstock.core.history.History;
import io.penstock.core.history.Recipes;
import io.penstock.core.storage.Storage;
import io.penstock.core.storage.TableLog;
import io.penstock.core.storage.WriteProbe;
import io.penstock.ingestion.take.UnitInputs;
import io.penstock.jobs.report.RunListener;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;

/**
 * Runs stages over units. Around every stage: plan → intent → claim → the stage's own work and commits → manifests. A run
 * that finds the intent of a dead one resumes it with the same files, or takes its units over when they changed; a table
 * that another run moved makes it start again on the present versions.
 */
public final class Executor {
    /** Code of a scoring for which the registry has no model. */
    public static final String NO_CHAMPION = ErrorCode.NO_CHAMPION.code();

    private static final int STARTS = 5;

    private final Session session;
    private final Clock clock;
    private final List<RunListener> listeners;
    private boolean mayWrite;

    public Executor(Session session, Clock clock) {
        this(session, clock, List.of());
    }

    public Executor(Session session, Clock clock, List<RunListener> listeners) {
        this.session = session;
        this.clock = clock;
        this.listeners = List.copyOf(listeners);
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
            return steps.stream().noneMatch(Planner.Step::runs);
        }
    }

    public Result run(List<StageJob> jobs, List<Unit> units, boolean again) {
        return run(jobs, units, Agreed.anything(again));
    }

    /**
     * Does what the plan says, or less where somebody else did it meanwhile.
     *
     * @param jobs those of the plan's stages
     * @throws PenstockException {@code PEN-RUN-062} before anything is changed when the present state asks for more or for
     *     something else, and before the stage in question when that shows on the way
     */
    public Result run(List<StageJob> jobs, Plan plan) {
        plan.requireOf(session.config());
        List<Unit> units =
                plan.units().stream().map(session.config().schedule()::unit).toList();
        Agreed agreed = Agreed.on(plan);
        agreed.require(planner(agreed).planPinned(jobs, units));
        return run(jobs, units, agreed);
    }

    private Result run(List<StageJob> jobs, List<Unit> units, Agreed agreed) {
        Result result;
        try {
            result = stages(jobs, units, agreed);
        } catch (Exception | Error e) { // also those that Spark throws without declaring them
            try {
                listeners.forEach(listener -> listener.finished(session.runId()));
            } catch (RuntimeException unheard) {
                e.addSuppressed(unheard); // what ended the run comes first
            }
            throw e;
        }
        listeners.forEach(listener -> listener.finished(session.runId()));
        return result;
    }

    private Result stages(List<StageJob> jobs, List<Unit> units, Agreed agreed) {
        session.agree(agreed);
        Storage.requireAtomicCommits(session.config());
        long start = System.nanoTime();
        session.willNeed(() -> tasksAtOnce(jobs, units, agreed));
        List<Planner.Step> steps = new ArrayList<>();
        List<Manifest> written = new ArrayList<>();
        List<String> messages = new ArrayList<>();
        int turning = firstTurning(jobs, units);
        for (List<StageJob> group : Planner.groups(jobs.subList(0, turning))) {
            runStage(group, units, agreed, steps, written, messages);
        }
        List<StageJob> rest = jobs.subList(turning, jobs.size());
        for (List<Unit> part : rest.isEmpty() ? List.<List<Unit>>of() : parts(rest, units)) {
            for (List<StageJob> group : Planner.groups(rest)) {
                runStage(group, part, agreed, steps, written, messages);
            }
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

    private Planner planner(Agreed agreed) {
        return new Planner(
                session.config().schedule(), session.history(), agreed.again(), Recipes.of(session.config())::find);
    }

    /** Of the stages that have anything to do. */
    private int tasksAtOnce(List<StageJob> jobs, List<Unit> units, Agreed agreed) {
        List<Planner.Step> plan = planner(agreed).plan(jobs, units);
        return jobs.stream()
                .filter(job -> plan.stream()
                        .anyMatch(step -> step.runs()
                                && step.stage().equals(job.stage())
                                && step.subject().equals(job.subject())))
                .mapToInt(StageJob::tasksAtOnce)
                .max()
                .orElse(0);
    }

    /** Position of the first stage that turns what later ones do within the range; all stages when there is none. */
    private int firstTurning(List<StageJob> jobs, List<Unit> units) {
        for (int i = 0; i < jobs.size(); i++) {
            if (!jobs.get(i).turningPoints(units, session.history()).isEmpty()) {
                return i;
            }
        }
        return jobs.size();
    }

    private List<List<Unit>> parts(List<StageJob> jobs, List<Unit> units) {
        Set<Unit> cuts = new TreeSet<>();
        jobs.forEach(job -> cuts.addAll(job.turningPoints(units, session.history())));
        List<List<Unit>> parts = new ArrayList<>();
        List<Unit> part = new ArrayList<>();
        for (Unit unit : units) {
            if (cuts.contains(unit) && !part.isEmpty()) {
                parts.add(List.copyOf(part));
                part.clear();
            }
            part.add(unit);
        }
        parts.add(part);
        return parts;
    }

    private void runStage(
            List<StageJob> group,
            List<Unit> units,
            Agreed agreed,
            List<Planner.Step> steps,
            List<Manifest> written,
            List<String> messages) {
        List<StageJob> taking = group.stream()
                .filter(job -> units.stream().anyMatch(job::takes))
                .toList();
        if (!taking.isEmpty()) {
            List<Planner.Step> plan = planner(agreed).plan(taking, units);
            agreed.require(plan);
            steps.addAll(plan);
            tellBlocked(plan, messages);
            List<Execution> executions = executions(taking, plan);
            if (executions.isEmpty()) {
                tellUnchanged(taking, plan);
            }
            for (Execution execution : executions) {
                try {
                    runStage(execution.job(), execution.units(), written, messages);
                } catch (PenstockException e) {
                    tellConsequence(execution.job(), e, steps, written, messages);
                } finally {
                    session.rests();
                }
            }
        }
    }

    /**
     * A model without a champion because its own first training was refused in this run: the refusal is what somebody must
     * mend, and it stands first.
     */
    private void tellConsequence(
            StageJob job,
            PenstockException failed,
            List<Planner.Step> steps,
            List<Manifest> written,
            List<String> messages) {
        boolean isRefused = written.stream()
                        .anyMatch(manifest -> manifest.status() == Manifest.Status.REFUSED
                                && manifest.subject().equals(job.subject()))
                || steps.stream()
                        .anyMatch(step -> step.decision() == Planner.Decision.BLOCKED
                                && step.subject().equals(job.subject())
                                && !step.stage().equals(job.stage()));
        if (!failed.code().equals(NO_CHAMPION) || !isRefused) {
            throw failed;
        }
        String message = failed.code() + " " + job.stage().of(job.subject()) + " did not run: " + failed.what()
                + ", since its training was refused";
        messages.add(message);
        session.progress().refused(job.stage().of(job.subject()), message);
    }

    /** A job and the units that it is to do. */
    private record Execution(StageJob job, List<Unit> units) {}

    /**
     * Jobs that run together do so where they need the same units. What a dead run was at comes first, alone: its intent is
     * of these tables and units.
     */
    private List<Execution> executions(List<StageJob> jobs, List<Planner.Step> plan) {
        Map<StageJob, TreeSet<Unit>> needed = new LinkedHashMap<>();
        for (StageJob job : jobs) {
            TreeSet<Unit> units = plan.stream()
                    .filter(step -> step.runs()
                            && step.stage().equals(job.stage())
                            && step.subject().equals(job.subject()))
                    .map(step -> session.config().schedule().unit(step.unit()))
                    .collect(Collectors.toCollection(TreeSet::new));
            if (!units.isEmpty()) {
                needed.put(job, units);
            }
        }
        if (needed.isEmpty() || jobs.get(0).together(jobs).isEmpty()) {
            return needed.entrySet().stream()
                    .map(one -> new Execution(one.getKey(), List.copyOf(one.getValue())))
                    .toList();
        }
        List<Execution> executions = new ArrayList<>();
        List<StageJob> unfinished = needed.keySet().stream()
                .filter(job ->
                        session.history().unfinished(job.stage(), job.subject()).isPresent())
                .toList();
        if (!unfinished.isEmpty()) {
            TreeSet<Unit> units = session.history()
                    .unfinished(jobs.get(0).stage(), unfinished.get(0).subject())
                    .map(intent -> new TreeSet<>(units(intent)))
                    .orElseThrow();
            executions.add(new Execution(together(unfinished), List.copyOf(units)));
            unfinished.forEach(job -> needed.get(job).removeAll(units));
        }
        Map<TreeSet<Unit>, List<StageJob>> alike = new LinkedHashMap<>();
        needed.forEach((job, units) -> {
            if (!units.isEmpty()) {
                alike.computeIfAbsent(units, same -> new ArrayList<>()).add(job);
            }
        });
        alike.forEach((units, same) -> executions.add(new Execution(together(same), List.copyOf(units))));
        return executions;
    }

    private static StageJob together(List<StageJob> jobs) {
        return jobs.get(0).together(jobs).orElseThrow();
    }

    private void tellBlocked(List<Planner.Step> plan, List<String> messages) {
        plan.stream()
                .filter(step -> step.decision() == Planner.Decision.BLOCKED)
                .forEach(step -> {
                    boolean hasCode = step.reason().startsWith(Planner.OTHER_DEFINITION);
                    String message = (hasCode ? Planner.OTHER_DEFINITION : ErrorCode.STAGE_NOT_RUN.code()) + " "
                            + step.name() + " "
                            + step.unit() + " did not run: "
                            + (hasCode
                                    ? step.reason().substring(Planner.OTHER_DEFINITION.length() + 1)
                                    : step.reason());
                    messages.add(message);
                    session.progress().refused(step.name() + " " + step.unit(), message);
                });
    }

    private void tellUnchanged(List<StageJob> jobs, List<Planner.Step> plan) {
        List<Unit> unchanged = plan.stream()
                .filter(step -> step.decision() == Planner.Decision.UNCHANGED)
                .map(step -> session.config().schedule().unit(step.unit()))
                .distinct()
                .sorted()
                .toList();
        if (!unchanged.isEmpty()) {
            StageJob first = jobs.get(0);
            String how = session.history()
                    .borrowedFrom(first.stage(), first.subject())
                    .map(lender -> "borrowed from " + lender)
                    .orElse("unchanged");
            StageJob all = first.together(jobs).orElse(first);
            session.progress().unchanged(all.stage().of(all.subject()), how + " (" + range(unchanged) + ")");
        }
    }

    private void runStage(StageJob job, List<Unit> needed, List<Manifest> written, List<String> messages) {
        String name = job.stage().of(job.subject());
        if (!mayWrite) {
            WriteProbe.require(
                    Storage.configuration(session.config()), session.config().root());
            mayWrite = true;
        }
        session.progress().working(name + " " + range(needed));
        Instant started = clock.now();
        long start = System.nanoTime();
        List<Manifest> manifests = withIntent(job, needed, started);
        written.addAll(manifests);
        double seconds = (System.nanoTime() - start) / 1e9;
        boolean isOfOneUnit = manifests.stream().map(Manifest::unit).distinct().count() == 1;
        for (Manifest manifest : manifests) {
            // those that ran together tell alike why their unit was refused
            List<Verdict> told =
                    manifest.verdicts().stream().filter(Verdict::isTold).toList();
            for (Verdict verdict : told) {
                String message = name + " " + manifest.unit() + ": " + verdict.table() + ": " + verdict.message();
                if (messages.contains(message)) {
                    continue;
                }
                messages.add(message);
                if (verdict.refuses()) {
                    session.progress()
                            .refused(name + " " + manifest.unit(), verdict.table() + ": " + verdict.message());
                } else if (isOfOneUnit) {
                    session.progress().warning(verdict.table() + ": " + verdict.message());
                }
            }
        }
        if (!isOfOneUnit) {
            Warnings.ofRange(manifests).forEach(session.progress()::warning);
        }
        if (manifests.stream().allMatch(manifest -> manifest.status() == Manifest.Status.REFUSED)) {
            return;
        }
        Summary summary = Summary.of(manifests);
        session.progress().done(name + summary.times(), summary.rows(), seconds);
    }

    /** An intent that is open for this process, and what its units take in. */
    private record Opened(Intent intent, UnitInputs inputs) {}

    private List<Manifest> withIntent(StageJob job, List<Unit> needed, Instant started) {
        Optional<Intent> lost = Optional.empty();
        boolean isAfterADeadRun =
                session.history().unfinished(job.stage(), job.subject()).isPresent();
        for (int attempt = 1; ; attempt++) {
            Opened opened = openOrResume(job, needed, lost);
            Intent intent = opened.intent();
            session.claim(intent);
            FaultPoint.reached(intent, "intent claimed");
            session.works(intent);
            listeners.forEach(listener -> listener.started(intent));
            try {
                requirePlanned(job, intent);
                refuseIfBehind(job, intent);
                StageJob.Outcome outcome = job.execute(units(intent), intent, opened.inputs(), session);
                List<Manifest> manifests = manifests(job, intent, outcome, started);
                session.requireStillMine(intent);
                if (isAfterADeadRun || attempt > 1) {
                    sweep(job, intent);
                }
                session.store().finish(intent, manifests, outcome.ledger());
                session.refreshHistory();
                manifests.forEach(this::publish);
                Set<UnitId> done = manifests.stream().map(Manifest::unit).collect(Collectors.toSet());
                // also of what a dead run was at: until it is made again, what that run left in tables stands there
                List<Unit> missed = Stream.concat(needed.stream(), units(intent).stream())
                        .distinct()
                        .filter(unit -> !done.contains(unit.id()))
                        .sorted()
                        .toList();
                if (missed.isEmpty()) {
                    return manifests;
                }
                List<Manifest> all = new ArrayList<>(manifests);
                all.addAll(withIntent(job, missed, clock.now()));
                return all;
            } catch (Publication.Lost e) {
                session.requireStillMine(intent); // whoever resumed this very run is who was faster
                session.refreshHistory();
                if (attempt == STARTS) {
                    throw PenstockException.busy(
                            e.getMessage() + lastAtWork(job), job.stage().id());
                }
                session.progress().warning(e.getMessage() + ": starting again on the present version");
                lost = Optional.of(intent);
            } catch (Exception e) {
                requireStillMine(intent, e);
                Optional<PenstockException> ofRow =
                        RowFailures.of(e, "stage " + job.stage().of(job.subject()));
                listeners.forEach(listener ->
                        listener.failed(intent, ofRow.<Exception>map(of -> of).orElse(e)));
                if (ofRow.isPresent()) {
                    throw ofRow.get();
                }
                throw e;
            }
        }
    }

    private void publish(Manifest manifest) {
        if (manifest.status() == Manifest.Status.REFUSED) {
            listeners.forEach(listener -> listener.refused(manifest));
        } else {
            listeners.forEach(listener -> listener.published(manifest));
        }
    }

    /** Of a run that another process took over meanwhile: that one deleted what it found uncommitted, this one misses it. */
    private void requireStillMine(Intent intent, Exception failed) {
        try {
            session.requireStillMine(intent);
        } catch (PenstockException e) {
            boolean isNews = e.exit() == ExitCode.BUSY
                    && !(failed instanceof PenstockException told && told.exit() == ExitCode.BUSY);
            if (isNews) {
                e.addSuppressed(failed);
                throw e;
            }
        }
    }

    private void sweep(StageJob job, Intent intent) {
        int deleted = job.outputs().stream()
                .mapToInt(table -> session.tables().sweep(table, intent))
                .sum();
        if (deleted > 0) {
            session.progress().note("deleted " + deleted + " files that dead attempts had left uncommitted");
        }
    }

    /** Who wrote the stage's tables last, as far as the manifests tell. */
    private String lastAtWork(StageJob job) {
        return session.history()
                .newest(job.stage(), job.subject())
                .findFirst()
                .map(head -> head.manifest().get())
                .map(last -> "; the last to finish was run " + last.runId() + " of " + last.unit() + ", by "
                        + last.actor() + " on " + last.provenance().get("host") + ", at " + last.finished())
                .orElse("");
    }

    /**
     * The open intent of a dead run, when its definition and everything it was to take are still the same. Otherwise a new
     * one in its place that covers its units too, so that whatever the dead run has put into tables is replaced; what is needed
     * besides gets a run of its own where a run is of one unit.
     */
    private Opened openOrResume(StageJob job, List<Unit> needed, Optional<Intent> lost) {
        History history = session.history();
        Optional<Intent> open = lost.isPresent() ? lost : history.unfinished(job.stage(), job.subject());
        if (open.isPresent() && lost.isEmpty()) {
            UnitInputs inputs = job.inputs(units(open.get()), history);
            if (isAsPlanned(job, open.get(), inputs, history)) {
                session.progress().note("resuming run " + open.get().runId() + " that did not finish");
                return new Opened(open.get(), inputs);
            }
            session.progress()
                    .note("run " + open.get().runId()
                            + " did not finish, and its definition or input changed since: starting its units again");
            tellWhatIsGone(open.get(), inputs);
        }
        TreeSet<Unit> units = new TreeSet<>();
        open.ifPresent(intent -> units.addAll(units(intent)));
        if (!job.oneUnitARun()) {
            units.addAll(needed);
        } else if (units.isEmpty()) {
            units.add(needed.get(0));
        }
        UnitInputs inputs = job.inputs(List.copyOf(units), history);
        Intent intent = intent(job, List.copyOf(units), inputs, history);
        requireOurTables(job, intent, history, open.isPresent());
        job.parts().forEach(part -> Recipes.of(session.config()).keep(part.recipe()));
        if (open.isPresent()) {
            session.store().claim(open.get().runId()); // whoever is still at work on it stops before the next commit
            session.store().openInstead(intent, open.get());
        } else {
            session.store().open(intent);
        }
        return new Opened(intent, inputs);
    }

    private void tellWhatIsGone(Intent intent, UnitInputs now) {
        Set<List<String>> there = now.files().values().stream()
                .flatMap(List::stream)
                .map(file -> List.of(file.source(), file.path()))
                .collect(Collectors.toSet());
        List<String> gone = intent.files().values().stream()
                .flatMap(List::stream)
                .filter(file -> !there.contains(List.of(file.source(), file.path())))
                .map(Pin.FilePin::path)
                .toList();
        if (!gone.isEmpty()) {
            session.progress()
                    .warning(ErrorCode.FILE_GONE + " " + gone.get(0)
                            + (gone.size() > 1 ? " and " + (gone.size() - 1) + " other files" : "")
                            + ", which that run was taking, is gone: what it had published of it goes, too");
        }
    }

    /** The intent may be of more units than were planned when a table moved meanwhile, and says what their input is. */
    private void requirePlanned(StageJob job, Intent intent) {
        if (!job.stage().equals(Stage.INGEST)) {
            job.parts()
                    .forEach(part -> intent.inputContents()
                            .forEach((unit, content) ->
                                    session.requirePlanned(part.stage(), part.subject(), unit, content)));
        }
    }

    private boolean isAsPlanned(StageJob job, Intent intent, UnitInputs inputs, History history) {
        List<Unit> units = units(intent);
        return intent.recipe().equals(job.recipe().sha256())
                && behind(job, intent).isEmpty()
                && intent.inputContents().equals(contents(job, units, history))
                && intent.files().equals(inputs.files());
    }

    private Intent intent(StageJob job, List<Unit> units, UnitInputs inputs, History history) {
        Map<String, Long> bases = new LinkedHashMap<>();
        job.outputs().forEach(table -> bases.put(table, session.tables().version(table)));
        return new Intent(
                session.config().pipeline(),
                job.stage(),
                job.subject(),
                session.newRunId(),
                units.stream().map(Unit::id).toList(),
                job.recipe().sha256(),
                contents(job, units, history),
                inputs.files(),
                bases,
                clock.now(),
                "open");
    }

    private static Map<UnitId, String> contents(StageJob job, List<Unit> units, History history) {
        Map<UnitId, String> contents = new TreeMap<>();
        units.forEach(
                unit -> contents.put(unit.id(), job.inputContent(unit, history).orElse("")));
        return contents;
    }

    private List<Unit> units(Intent intent) {
        return intent.units().stream().map(session.config().schedule()::unit).toList();
    }

    /**
     * What is to be written is a table of ours that no one else wrote, or is not there at all. What a dead run left may have
     * no log yet; a table that is made again as a whole may be anything that Delta reads.
     */
    private void requireOurTables(StageJob job, Intent intent, History history, boolean isAfterADeadRun) {
        Configuration hadoop = Storage.configuration(session.config());
        intent.bases().forEach((table, base) -> {
            long known = history.lastVersion(job.stage(), job.subject(), table, Set.of());
            boolean isMadeAnew = known >= 0
                    && history.lastVersion(job.stage(), job.subject(), table, Set.copyOf(intent.units())) < 0;
            if (base >= 0 && TableLog.hasGarbledHint(hadoop, session.tables().path(table))) {
                session.progress()
                        .warning(ErrorCode.CHECKPOINT_HINT_UNREADABLE + " " + table
                                + ": _delta_log/_last_checkpoint cannot be understood; the whole log is"
                                + " read instead. The next checkpoint writes it again");
            }
            if (base >= 0 && !isMadeAnew) {
                session.tables().requireOnlyOurs(table, known, base);
            } else if (base < 0 && known < 0 && !isAfterADeadRun) {
                session.tables().requireFree(table);
            }
        });
    }

    /** A table that lost what manifests say it holds is not written on, as if it had never held it. */
    private void refuseIfBehind(StageJob job, Intent intent) {
        behind(job, intent).ifPresent(table -> {
            long present = intent.bases().getOrDefault(table, -1L);
            throw new PenstockException(
                    ErrorCode.TABLE_OLDER_THAN_MANIFESTS,
                    "Table " + table + " is " + (present < 0 ? "gone" : "at version " + present)
                            + ", and manifests say that more was in it",
                    session.tables().path(table),
                    "Restore it from a backup, or build all its units again: penstock run "
                            + session.config().pipeline() + " --stage "
                            + job.stage().id()
                            + " --again --from FIRST --to LAST");
        });
    }

    /** The first output table that is older than units say which the intent does not make again. */
    private Optional<String> behind(StageJob job, Intent intent) {
        Set<UnitId> again = Set.copyOf(intent.units());
        return job.outputs().stream()
                .filter(table -> intent.bases().getOrDefault(table, -1L)
                        < session.history().lastVersion(job.stage(), job.subject(), table, again))
                .findFirst();
    }

    private List<Manifest> manifests(StageJob job, Intent intent, StageJob.Outcome outcome, Instant started) {
        Instant finished = clock.now();
        List<Manifest> manifests = new ArrayList<>();
        for (StageJob.UnitResult result : outcome.results()) {
            StageJob part = result.part().orElse(job);
            manifests.add(new Manifest(
                    intent.pipeline(),
                    part.stage(),
                    part.subject(),
                    result.unit().id(),
                    intent.runId(),
                    result.status(),
                    result.part().isPresent() ? part.recipe().sha256() : intent.recipe(),
                    result.inputContent(),
                    session.placed(result.inputs()),
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
}
