package io.penstock.jobs.run;

import io.penstock.core.Intent;
import io.penstock.core.LedgerEntry;
import io.penstock.core.Manifest;
import io.penstock.core.Pin;
import io.penstock.core.Stage;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.Verdict;
import io.penstock.core.history.History;
import io.penstock.core.history.StageDefinition;
import io.penstock.ingestion.take.UnitInputs;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** One stage as the executor sees it. Adding a stage is one implementation, its name and its place in the order of stages. */
public interface StageJob extends StageDefinition {
    /**
     * One job that does the work of these, all of this stage, in one execution and under one intent; empty where each runs
     * alone. The jobs are planned one by one, and each leaves manifests of its own.
     */
    default Optional<StageJob> together(List<StageJob> same) {
        return Optional.empty();
    }

    /** The jobs of which it does the work. */
    default List<StageJob> parts() {
        return List.of(this);
    }

    /** Whether its result is one thing, found again by the run's id, so that a run of it is of one unit. */
    default boolean oneUnitARun() {
        return false;
    }

    /** Spark tasks that must run at once for it; 0 where any number does. */
    default int tasksAtOnce() {
        return 0;
    }

    /**
     * The units among these from which on its result changes what later stages do, whatever unit they are at. A range is
     * run part by part, each beginning at such a unit: so a unit gets what it would have got alone.
     */
    default List<Unit> turningPoints(List<Unit> units, History history) {
        return List.of();
    }

    /** Whether the configuration wants this stage for the unit at all. */
    boolean takes(Unit unit);

    /** What must be done for the same unit, by the definition in force, before it may run. */
    List<Need> needs();

    @Override
    default List<Upstream> upstream() {
        return needs().stream()
                .map(need -> new Upstream(need.stage(), need.subject()))
                .toList();
    }

    /** Why what it reads of other units than its own is not made by the definition in force; empty when all of it is. */
    default Optional<String> isKeptFrom(Unit unit, History history) {
        return Optional.empty();
    }

    /**
     * What decides, with the recipe, whether a unit must run again. Empty where a finished unit stays finished whatever
     * happens (ingestion: a file that lands late belongs to a later unit).
     */
    Optional<String> inputContent(Unit unit, History history);

    /**
     * The input content that units will have once they ran, as exactly as what later stages do depends on it: a unit that
     * is made again of what it was made of keeps its content.
     */
    default Map<UnitId, String> contents(List<Unit> running, History history) {
        Map<UnitId, String> contents = new TreeMap<>();
        running.forEach(
                unit -> contents.put(unit.id(), inputContent(unit, history).orElse("")));
        return contents;
    }

    /** The same, exact for every unit: what its manifest will say, unless files change until then. */
    default Map<UnitId, String> pinnedContents(List<Unit> running, History history) {
        return contents(running, history);
    }

    /**
     * Refuses a definition that must not run on this history; called before a plan says that the stage runs.
     *
     * @throws io.penstock.core.PenstockException with the code of what is wrong
     */
    default void requireRunnable(History history) {}

    /** Earlier units that must be made too before this one is of use to later stages, with the reason. */
    default Map<UnitId, String> alsoNeeded(Unit unit, History history) {
        return Map.of();
    }

    /** What the units take of what landed; nothing for stages that read tables. */
    default UnitInputs inputs(List<Unit> units, History history) {
        return UnitInputs.NONE;
    }

    /**
     * Does the work for the units of the intent, up to and including the data commits.
     *
     * @param inputs by which the intent was opened or found to be as planned
     */
    Outcome execute(List<Unit> units, Intent intent, UnitInputs inputs, StageContext work);

    /**
     * A stage that must be done before, for the same unit.
     *
     * @param by the job that does it by the definition in force; empty where any definition will do
     */
    record Need(Stage stage, String subject, Optional<StageJob> by) {
        public Need(Stage stage, String subject) {
            this(stage, subject, Optional.empty());
        }

        public static Need of(StageJob job) {
            return new Need(job.stage(), job.subject(), Optional.of(job));
        }
    }

    /** What {@link #execute} did; the first of its units at least, and those that it left are given to it once more. */
    record Outcome(List<UnitResult> results, List<LedgerEntry> ledger) {}

    /**
     * What the stage did for one unit; becomes its manifest.
     *
     * @param part the job whose result it is, where several ran together
     */
    record UnitResult(
            Unit unit,
            Manifest.Status status,
            String inputContent,
            List<Pin> inputs,
            List<Pin> outputs,
            List<Verdict> verdicts,
            Map<String, Long> counts,
            Map<String, String> facts,
            Optional<StageJob> part) {
        public UnitResult(
                Unit unit,
                Manifest.Status status,
                String inputContent,
                List<Pin> inputs,
                List<Pin> outputs,
                List<Verdict> verdicts,
                Map<String, Long> counts,
                Map<String, String> facts) {
            this(unit, status, inputContent, inputs, outputs, verdicts, counts, facts, Optional.empty());
        }
    }
}
