package io.penstock.core.history;

import io.penstock.core.Manifest;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;

/** Numbers in the facts of a manifest, each under a name: those that {@code ops/metrics} and MLflow show by unit. */
public final class MetricFacts {
    private static final String PREFIX = "metric.";

    private MetricFacts() {}

    public static void put(Map<String, String> facts, String name, long value) {
        facts.put(PREFIX + name, String.valueOf(value));
    }

    public static void put(Map<String, String> facts, String name, double value) {
        facts.put(PREFIX + name, String.valueOf(value));
    }

    public static OptionalDouble of(Manifest manifest, String name) {
        return of(manifest.facts(), name);
    }

    /** Of the facts of a manifest that is not written yet. */
    public static OptionalDouble of(Map<String, String> facts, String name) {
        String value = facts.get(PREFIX + name);
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(Double.parseDouble(value));
    }

    /** All of them, by name. */
    public static Map<String, Double> of(Manifest manifest) {
        Map<String, Double> all = new TreeMap<>();
        manifest.facts().forEach((key, value) -> {
            if (key.startsWith(PREFIX)) {
                all.put(key.substring(PREFIX.length()), Double.parseDouble(value));
            }
        });
        return all;
    }
}
