package io.penstock.jobs.stage;

import io.penstock.core.Check;
import io.penstock.core.Measure;
import io.penstock.core.config.ModelSpec;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.config.ViewSpec;
import io.penstock.core.delta.Target;
import io.penstock.features.FeatureViews;
import io.penstock.validation.drift.MissingValues;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Names and shapes of a pipeline's public tables. */
public final class Tables {
    private static final Map<String, String> BRONZE_COMMENTS = Map.of(
            "_op", "+ for a row, - for a deletion",
            "_sequence", "Orders the versions of a key",
            "_event_time", "When it happened",
            "_known_at", "When it became known",
            "_row_id", "Hash of path, file hash and position",
            "_file_id", "The landed file, see ops/ledger",
            "_position", "Record number in the file",
            "unit", "The unit that took it");

    private Tables() {}

    public static String bronze(String source) {
        return "bronze/" + source;
    }

    public static String quarantine(String source) {
        return "quarantine/" + source;
    }

    /** Which rejected records were mended since, and by which rows. */
    public static String replayed(String source) {
        return "replayed/" + source;
    }

    /** The last version of each key, where the source wants that. */
    public static String current(String source) {
        return bronze(source) + "_current";
    }

    public static String features(ViewSpec view) {
        return "features/" + view.table();
    }

    public static String trainingSet(ModelSpec model) {
        return "training/" + model.name() + "_set";
    }

    public static String inputs(ModelSpec model) {
        return "scoring/" + model.name();
    }

    public static String scores(ModelSpec model) {
        return "scores/" + model.name();
    }

    public static String scoresLog(ModelSpec model) {
        return "scores/" + model.name() + "_log";
    }

    public static String performance(ModelSpec model) {
        return "scores/" + model.name() + "_performance";
    }

    static Target bronzeTarget(SourceSpec source, List<Check> checks) {
        Map<String, String> comments = new LinkedHashMap<>(BRONZE_COMMENTS);
        source.columns().values().forEach(column -> {
            if (!column.comment().isEmpty()) {
                comments.put(column.name(), column.comment());
            }
        });
        return new Target(
                bronze(source.name()),
                source.comment(),
                comments,
                List.of("_file_id", "_position", "_row_id"),
                List.of("_event_time", "_known_at", "_sequence"),
                measures(checks),
                Target.Scope.UNITS);
    }

    static Target target(String table, String comment, List<String> sortBy, List<Check> checks, Target.Scope scope) {
        return new Target(table, comment, Map.of(), sortBy, List.of(), measures(checks), scope);
    }

    /** A view's table, of which also is measured how much of each column is missing. */
    static Target featuresTarget(ViewSpec view, List<Check> checks) {
        List<Measure> wanted = Stream.concat(
                        measures(checks).stream(),
                        FeatureViews.features(view).stream().map(MissingValues::measure))
                .distinct()
                .toList();
        return new Target(
                features(view), view.comment(), Map.of(), view.entity(), List.of(), wanted, Target.Scope.UNITS);
    }

    private static List<Measure> measures(List<Check> checks) {
        return Stream.concat(Stream.of(Measure.size()), checks.stream().map(Check::measure))
                .distinct()
                .toList();
    }
}
