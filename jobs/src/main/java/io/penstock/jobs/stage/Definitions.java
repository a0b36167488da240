package io.penstock.jobs.stage;

import io.penstock.core.Json;
import io.penstock.core.Recipe;
import io.penstock.core.config.ModelSpec;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.config.ViewSpec;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What of a pipeline's declarations stands in recipes: its keys by name, without those at the value that is usual. So a key
 * that is new changes no recipe of whoever does not use it. The usual values here are no defaults of the configuration,
 * though they were once: they stay as they are for ever, since another value here would make every recipe another. A key
 * without a usual value is left out while it is empty or false.
 */
final class Definitions {
    private static final Map<String, Object> SOURCE = Map.of(
            "format", "CSV",
            "mode", "APPEND",
            "known_at", "landed",
            "on_new_column", "EVOLVE",
            "max_reject_rate", SourceSpec.MAX_REJECT_RATE,
            "null_values", List.of("", "NA"));
    private static final Map<String, Object> EXPECTATION = Map.of("at_least", "-Infinity", "at_most", "Infinity");
    private static final Map<String, Object> AGGREGATE = Map.of("scale", 4);
    private static final Map<String, Object> LABEL = Map.of("matures_after", "PT0S");

    private Definitions() {}

    /** What decides a source's rows, and how versions of its keys supersede each other. */
    static Map<String, Object> source(SourceSpec source) {
        Map<String, Object> parts = unusual(source.meaning(), SOURCE);
        parts.remove("name");
        if (!source.columns().isEmpty()) {
            parts.put("columns", byName(source.meaning().columns(), Map.of()));
        }
        if (!source.expectations().isEmpty()) {
            parts.put(
                    "expectations",
                    source.expectations().stream()
                            .map(expectation -> unusual(expectation, EXPECTATION))
                            .toList());
        }
        if (source.mode() == SourceSpec.Mode.SNAPSHOT) {
            parts.put("withdrawals", "keys that the next snapshot lacks");
        }
        if (!source.isOrderedByLanding()) {
            parts.put("order", "by value");
        }
        return parts;
    }

    static Map<String, Object> schedule(PipelineConfig config) {
        return unusual(config.schedule(), Map.of());
    }

    static Map<String, Object> view(ViewSpec view) {
        Map<String, Object> parts = unusual(view, Map.of());
        List.of("name", "version", "comment").forEach(parts::remove);
        if (!view.aggregates().isEmpty()) {
            Map<String, Object> aggregates = byName(view.aggregates(), AGGREGATE);
            view.aggregates().values().stream()
                    .filter(aggregate -> aggregate.scale().isEmpty())
                    .forEach(aggregate -> aggregates.put(aggregate.name(), exact(aggregates.get(aggregate.name()))));
            parts.put("aggregates", aggregates);
        }
        return parts;
    }

    /** Without a scale it is summed with all its bits, which is not what was usual. */
    @SuppressWarnings("unchecked")
    private static Map<String, Object> exact(Object aggregate) {
        Map<String, Object> parts = new TreeMap<>((Map<String, Object>) aggregate);
        parts.put("scale", "exact");
        return parts;
    }

    static Map<String, Object> label(ModelSpec model) {
        return unusual(model.label(), LABEL);
    }

    static Map<String, Object> gate(ModelSpec model) {
        return unusual(model.gate(), Map.of());
    }

    /** The model's task, unless it is the usual one. */
    static Optional<String> task(ModelSpec model) {
        return Optional.of(model.task().id()).filter(task -> !task.equals("binary"));
    }

    static Map<String, Object> candidates(ModelSpec model) {
        return byName(model.training().candidates(), Map.of());
    }

    /** The stage's recipe as a part of the recipe of one that stands on it. */
    static Map<String, Object> part(Recipe recipe) {
        Map<String, Object> part = new TreeMap<>(Json.readMap(recipe.json()));
        part.remove("stage");
        return part;
    }

    private static Map<String, Object> byName(Map<String, ?> declared, Map<String, Object> usual) {
        Map<String, Object> parts = new TreeMap<>();
        declared.forEach((name, one) -> {
            Map<String, Object> part = unusual(one, usual);
            part.remove("name");
            parts.put(name, part);
        });
        return parts;
    }

    private static Map<String, Object> unusual(Object declared, Map<String, Object> usual) {
        Map<String, Object> parts = new TreeMap<>();
        Json.readMap(Json.canonical(declared)).forEach((key, value) -> {
            String name = key.replaceAll("([A-Z])", "_$1").toLowerCase(java.util.Locale.ROOT);
            boolean isUsual = usual.containsKey(name) ? Objects.equals(value, usual.get(name)) : isEmpty(value);
            if (!isUsual) {
                parts.put(name, value);
            }
        });
        return parts;
    }

    private static boolean isEmpty(Object value) {
        return value == null
                || value.equals(false)
                || value.equals("")
                || value instanceof Collection<?> several && several.isEmpty()
                || value instanceof Map<?, ?> more && more.isEmpty();
    }
}
