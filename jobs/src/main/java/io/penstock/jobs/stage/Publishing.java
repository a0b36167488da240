package io.penstock.jobs.stage;

import io.penstock.core.Check;
import io.penstock.core.Manifest;
import io.penstock.core.Measure;
import io.penstock.core.Pin;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.Verdict;
import io.penstock.core.delta.Publication;
import io.penstock.core.delta.Staged;
import io.penstock.jobs.run.StageJob.UnitResult;
import io.penstock.validation.Verdicts;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Judges what a stage staged, per unit, commits what passed, and tells the units' results. */
final class Publishing {
    private final Publication publication;
    private final List<Unit> units;
    private final List<Staged> tables = new ArrayList<>();
    private final Map<UnitId, List<Verdict>> verdicts = new TreeMap<>();
    private final Map<UnitId, String> refusedBefore = new TreeMap<>();
    private Map<String, Long> versions = Map.of();

    Publishing(Publication publication, List<Unit> units) {
        this.publication = publication;
        this.units = units;
        units.forEach(unit -> verdicts.put(unit.id(), new ArrayList<>()));
    }

    /** Judges one unit of a staged table, one without rows too. */
    interface Judging {
        List<Verdict> of(Unit unit, long rows, Map<Measure, Double> measured);
    }

    /** Adds a staged table that has no rules. */
    void add(Staged staged) {
        add(staged, (unit, rows, measured) -> List.of());
    }

    /** Adds a staged table whose rules have nothing to say of a unit without rows. */
    void add(Staged staged, List<Check> checks) {
        String table = staged.target().table();
        add(
                staged,
                (unit, rows, measured) ->
                        rows == 0 ? Verdicts.noRows(table, checks) : Verdicts.judge(table, checks, measured));
    }

    /** Adds a staged table; its units are judged in their order. */
    void add(Staged staged, Judging judging) {
        tables.add(staged);
        refusedBefore.putAll(staged.refusedBefore());
        for (Unit unit : units) {
            Map<Measure, Double> measured = staged.measured().get(unit.id());
            if (measured != null) {
                verdict(unit, judging.of(unit, rows(staged, unit), measured));
            }
        }
    }

    void verdict(Unit unit, List<Verdict> more) {
        verdicts.get(unit.id()).addAll(more);
    }

    /** Commits, and tells what came of it. */
    List<UnitResult> commit(
            Function<Unit, String> inputContent,
            Function<Unit, List<Pin>> inputs,
            Function<Unit, Map<String, String>> facts) {
        return commit(units, inputContent, inputs, facts);
    }

    /**
     * Commits some of the units; the others stay as they were.
     *
     * @param some the first ones
     */
    List<UnitResult> commit(
            List<Unit> some,
            Function<Unit, String> inputContent,
            Function<Unit, List<Pin>> inputs,
            Function<Unit, Map<String, String>> facts) {
        Map<UnitId, String> refused = new TreeMap<>();
        some.stream()
                .filter(this::refused)
                .forEach(unit -> refused.put(
                        unit.id(),
                        refusedBefore.getOrDefault(
                                unit.id(),
                                verdicts.get(unit.id()).stream()
                                        .filter(Verdict::refuses)
                                        .map(verdict -> verdict.table() + ": " + verdict.message())
                                        .collect(Collectors.joining("; ")))));
        Set<UnitId> left = units.stream()
                .filter(unit -> !some.contains(unit))
                .map(Unit::id)
                .collect(Collectors.toSet());
        versions = publication.commit(refused, left);
        List<UnitResult> results = new ArrayList<>();
        for (Unit unit : some) {
            boolean isRefused = refused.containsKey(unit.id());
            results.add(new UnitResult(
                    unit,
                    isRefused ? Manifest.Status.REFUSED : Manifest.Status.DONE,
                    inputContent.apply(unit),
                    inputs.apply(unit),
                    isRefused ? List.of() : outputs(unit),
                    verdicts(unit),
                    counts(unit),
                    facts.apply(unit)));
        }
        return results;
    }

    /** Also what a dead attempt of this run refused when it committed a table: those rows cannot be judged again. */
    boolean refused(Unit unit) {
        return refusedBefore.containsKey(unit.id())
                || verdicts.get(unit.id()).stream().anyMatch(Verdict::refuses);
    }

    private List<Verdict> verdicts(Unit unit) {
        List<Verdict> told = new ArrayList<>(verdicts.get(unit.id()));
        if (told.stream().noneMatch(Verdict::refuses) && refusedBefore.containsKey(unit.id())) {
            String[] text = refusedBefore.get(unit.id()).split(": ", 2);
            told.add(new Verdict(
                    text[0], "as judged before", Verdict.Outcome.FAILED, Double.NaN, text[text.length - 1]));
        }
        return List.copyOf(told);
    }

    private List<Pin> outputs(Unit unit) {
        List<Pin> pins = new ArrayList<>();
        for (Staged table : tables) {
            String name = table.target().table();
            long version = versions.getOrDefault(name, -1L);
            if (version >= 0) {
                pins.add(new Pin.TablePin(name, version, rows(table, unit)));
            }
        }
        return pins;
    }

    private Map<String, Long> counts(Unit unit) {
        Map<String, Long> counts = new LinkedHashMap<>();
        tables.forEach(table -> counts.put(table.target().table(), rows(table, unit)));
        return counts;
    }

    private static long rows(Staged staged, Unit unit) {
        return switch (staged.target().scope()) {
            case TABLE ->
                staged.rows().values().stream().mapToLong(Long::longValue).sum();
            case UNITS, APPEND -> staged.rows().getOrDefault(unit.id(), 0L);
        };
    }
}
