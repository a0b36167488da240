package io.penstock.jobs.stage;

import io.penstock.core.Check;
import io.penstock.core.ErrorCode;
import io.penstock.core.Measure;
import io.penstock.core.UnitId;
import io.penstock.core.Verdict;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.config.Reaction;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.config.VolumeSpec;
import io.penstock.core.delta.Staged;
import io.penstock.validation.Checks;
import io.penstock.validation.Verdicts;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The checks on what sources publish to bronze; those on keys of an append source are answered by the reading itself. */
final class BronzeChecks {
    private static final String NO_ROWS = ErrorCode.RULES_NOT_JUDGED.code();

    private final PipelineConfig config;

    BronzeChecks(PipelineConfig config) {
        this.config = config;
    }

    /**
     * What is said of one unit of a table; nothing but of bronze.
     *
     * @param landed whether a file of the unit landed in the source
     */
    List<Verdict> judge(String table, long rows, Map<Measure, Double> measured, boolean landed) {
        return sourceOf(table)
                .map(source -> rows == 0
                        ? ofNoRows(source, landed)
                        : withPolicy(source, judged(table, Checks.of(source), measured)))
                .orElse(List.of());
    }

    /** Where no file landed and none had to, nothing was expected; else the declared sizes are judged. */
    static List<Verdict> ofNoRows(SourceSpec source, boolean landed) {
        String table = Tables.bronze(source.name());
        List<Check> checks = Checks.ofNoRows(source);
        return source.allowEmpty() && !landed
                ? Verdicts.noRows(table, checks)
                : withPolicy(source, judged(table, checks, Map.of(Measure.size(), 0.0)));
    }

    /** A source without a key need not have a rule. */
    private static List<Verdict> judged(String table, List<Check> checks, Map<Measure, Double> measured) {
        return checks.isEmpty() ? List.of() : Verdicts.judge(table, checks, measured);
    }

    /** Adds what the source wants of a unit that has no rows, or none but withdrawals. */
    private static List<Verdict> withPolicy(SourceSpec source, List<Verdict> verdicts) {
        Reaction reaction = source.volume().flatMap(VolumeSpec::onNoRows).orElse(Reaction.PASS);
        long unjudged = verdicts.stream()
                .filter(verdict -> verdict.outcome() == Verdict.Outcome.NO_ROWS)
                .count();
        List<Verdict> all = new ArrayList<>(verdicts);
        if (unjudged > 0) {
            String message = NO_ROWS + " the unit has no rows, so " + unjudged + " rules could not be judged";
            reaction.verdict(Tables.bronze(source.name()), "rows to judge", 0, message)
                    .ifPresent(all::add);
        }
        return all;
    }

    private Optional<SourceSpec> sourceOf(String table) {
        return config.sources().values().stream()
                .filter(source -> Tables.bronze(source.name()).equals(table))
                .findFirst();
    }

    /** Checks whose measure is not known before the rows are counted. */
    static List<Check> counted(SourceSpec source) {
        return Checks.of(source).stream()
                .filter(check -> !isUniqueByReading(source, check.measure()))
                .toList();
    }

    /** Of the rows of a unit of an append source no two have one key: the others are duplicates or in conflict. */
    private static boolean isUniqueByReading(SourceSpec source, Measure measure) {
        return source.mode() == SourceSpec.Mode.APPEND
                && !source.key().isEmpty()
                && measure.kind() == Measure.Kind.UNIQUENESS
                && measure.where().isEmpty()
                && List.of(measure.column().split(",")).containsAll(source.key());
    }

    /** With the measures that are known by the reading. */
    Staged withKeys(Staged staged) {
        Map<UnitId, Map<Measure, Double>> measured = new TreeMap<>();
        staged.measured().forEach((unit, known) -> {
            Map<Measure, Double> all = new HashMap<>(known);
            sourceOf(staged.target().table())
                    .ifPresent(source -> Checks.of(source).stream()
                            .map(Check::measure)
                            .filter(measure -> isUniqueByReading(source, measure))
                            .forEach(measure -> all.put(measure, 1.0)));
            measured.put(unit, all);
        });
        return new Staged(staged.target(), staged.rows(), measured);
    }
}
