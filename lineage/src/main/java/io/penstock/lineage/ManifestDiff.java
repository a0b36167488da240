package io.penstock.lineage;

import io.penstock.core.Json;
import io.penstock.core.Manifest;
import io.penstock.core.Pin;
import io.penstock.core.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * What differs between two manifests of a stage, and so why its results may: definition, inputs, outputs, counts, verdicts,
 * facts, and what code ran where. A difference of the definition is told key by key where both recipes are kept.
 */
public final class ManifestDiff {
    private static final String ABSENT = "";

    private ManifestDiff() {}

    public enum Kind {
        STATUS,
        RECIPE,
        INPUT,
        OUTPUT,
        COUNT,
        VERDICT,
        FACT,
        PROVENANCE,
        SECONDS
    }

    /**
     * One thing that differs.
     *
     * @param what for example {@code models.late.rounds}, or a file's path
     * @param before what the first manifest says, empty where it says nothing of it
     */
    public record Difference(Kind kind, String what, String before, String after) {}

    /** @param recipe the canonical JSON of a recipe, by its sha256, where it is kept */
    public static List<Difference> between(Manifest before, Manifest after, Function<String, Optional<String>> recipe) {
        List<Difference> found = new ArrayList<>();
        compare(found, Kind.STATUS, Map.of("status", text(before)), Map.of("status", text(after)));
        if (!before.recipe().equals(after.recipe())) {
            recipes(found, before, after, recipe);
        }
        compare(found, Kind.INPUT, pins(before.inputs(), true), pins(after.inputs(), true));
        compare(found, Kind.OUTPUT, pins(before.outputs(), false), pins(after.outputs(), false));
        compare(found, Kind.COUNT, texts(before.counts()), texts(after.counts()));
        compare(found, Kind.VERDICT, verdicts(before.verdicts()), verdicts(after.verdicts()));
        compare(found, Kind.FACT, before.facts(), after.facts());
        compare(found, Kind.PROVENANCE, before.provenance(), after.provenance());
        compare(found, Kind.SECONDS, Map.of("seconds", seconds(before)), Map.of("seconds", seconds(after)));
        return found;
    }

    private static void recipes(
            List<Difference> found, Manifest before, Manifest after, Function<String, Optional<String>> recipe) {
        Optional<String> one = recipe.apply(before.recipe());
        Optional<String> other = recipe.apply(after.recipe());
        if (one.isPresent() && other.isPresent()) {
            found.addAll(ofRecipes(one.get(), other.get()));
        } else {
            found.add(new Difference(Kind.RECIPE, "sha256", before.recipe(), after.recipe()));
        }
    }

    /** Of two recipes, canonical JSON, what differs, key by key. */
    public static List<Difference> ofRecipes(String before, String after) {
        List<Difference> found = new ArrayList<>();
        compare(found, Kind.RECIPE, flat(Json.readMap(before)), flat(Json.readMap(after)));
        return found;
    }

    private static void compare(
            List<Difference> found, Kind kind, Map<String, String> before, Map<String, String> after) {
        TreeSet<String> names = new TreeSet<>(before.keySet());
        names.addAll(after.keySet());
        for (String name : names) {
            String one = before.getOrDefault(name, ABSENT);
            String other = after.getOrDefault(name, ABSENT);
            if (!one.equals(other)) {
                found.add(new Difference(kind, name, one, other));
            }
        }
    }

    private static String text(Manifest manifest) {
        return manifest.status().name().toLowerCase(Locale.ROOT);
    }

    private static String seconds(Manifest manifest) {
        double seconds =
                Duration.between(manifest.started(), manifest.finished()).toMillis() / 1000.0;
        return String.format(Locale.ROOT, "%.1f", seconds);
    }

    private static Map<String, String> texts(Map<String, Long> counts) {
        Map<String, String> texts = new TreeMap<>();
        counts.forEach((name, rows) -> texts.put(name, rows.toString()));
        return texts;
    }

    /** Of an input it is not counted which rows were the unit's. */
    private static Map<String, String> pins(List<Pin> pins, boolean isInput) {
        Map<String, String> texts = new TreeMap<>();
        for (Pin pin : pins) {
            if (pin instanceof Pin.FilePin file) {
                texts.put(file.path(), "sha256 " + file.sha256());
            } else if (pin instanceof Pin.TablePin table) {
                texts.put(table.table(), "version " + table.version() + (isInput ? "" : ", " + table.rows() + " rows"));
            } else if (pin instanceof Pin.ModelPin model) {
                texts.put(model.name(), "version " + model.version() + ", sha256 " + model.sha256());
            }
        }
        return texts;
    }

    private static Map<String, String> verdicts(List<Verdict> verdicts) {
        Map<String, String> texts = new TreeMap<>();
        verdicts.forEach(verdict -> texts.put(
                verdict.table() + ": " + verdict.rule(),
                verdict.outcome().name().toLowerCase(Locale.ROOT) + " " + verdict.value()));
        return texts;
    }

    /** Keys to the leaves, joined by dots; positions of a list count as keys. */
    private static Map<String, String> flat(Map<String, Object> tree) {
        Map<String, String> leaves = new TreeMap<>();
        tree.forEach((key, value) -> flatten(leaves, key, value));
        return leaves;
    }

    private static void flatten(Map<String, String> leaves, String key, Object value) {
        if (value instanceof Map<?, ?> map && !map.isEmpty()) {
            map.forEach((inner, more) -> flatten(leaves, key + "." + inner, more));
        } else if (value instanceof Collection<?> list && !list.isEmpty()) {
            int position = 0;
            for (Object more : list) {
                flatten(leaves, key + "." + position++, more);
            }
        } else {
            Optional<Map<String, Object>> inner =
                    Optional.ofNullable(value).filter(String.class::isInstance).flatMap(text -> object((String) text));
            inner.ifPresentOrElse(tree -> flatten(leaves, key, tree), () -> leaves.put(key, Objects.toString(value)));
        }
    }

    /** Parts of a recipe may be canonical JSON themselves. */
    private static Optional<Map<String, Object>> object(String text) {
        try {
            return text.startsWith("{")
                    ? Optional.of(Json.readMap(text)).filter(tree -> !tree.isEmpty())
                    : Optional.empty();
        } catch (IllegalArgumentException notJson) {
            return Optional.empty();
        }
    }
}
