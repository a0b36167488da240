package io.penstock.jobs.stage;

import io.penstock.core.Check;
import io.penstock.core.Measure;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.delta.Staged;
import io.penstock.validation.Checks;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The checks on what sources publish to bronze; those on keys of an append source are answered by the reading itself. */
final class BronzeChecks {
    private final PipelineConfig config;

    BronzeChecks(PipelineConfig config) {
        this.config = config;
    }

    /** Those on a table; none but on bronze. */
    List<Check> of(String table) {
        return sourceOf(table).map(Checks::of).orElse(List.of());
    }

    private Optional<PipelineConfig.Source> sourceOf(String table) {
        return config.sources().values().stream()
                .filter(source -> Tables.bronze(source.name()).equals(table))
                .findFirst();
    }

    /** Checks whose measure is not known before the rows are counted. */
    static List<Check> counted(PipelineConfig.Source source) {
        return Checks.of(source).stream()
                .filter(check -> !isUniqueByReading(source, check.measure()))
                .toList();
    }

    /** Of the rows of a unit of an append source no two have one key: the others are duplicates or in conflict. */
    private static boolean isUniqueByReading(PipelineConfig.Source source, Measure measure) {
        return source.mode() == PipelineConfig.Mode.APPEND
                && !source.key().isEmpty()
                && measure.kind() == Measure.Kind.UNIQUENESS
                && measure.where().isEmpty()
                && List.of(measure.column().split(",")).containsAll(source.key());
    }

    /** With the measures that are known by the reading. */
    Staged withKeys(Staged staged) {
        Map<LocalDate, Map<Measure, Double>> measured = new TreeMap<>();
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
