package io.penstock.core.config;

import com.fasterxml.jackson.annotation.JsonValue;
import io.penstock.core.model.Metric;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * @param metric that is judged
 * @param bound that it must meet
 * @param rival candidate that must be beaten by {@code by} in the metric
 * @param slices inputs by whose values the metric is judged as well
 */
public record GateSpec(Metric metric, double bound, Optional<String> rival, double by, List<String> slices) {
    /** Key of the bound. */
    static String boundKey(Metric metric) {
        return metric.better() == Metric.Better.HIGHER ? "at-least" : "at-most";
    }

    /** Key of the rival. */
    static String rivalKey(Metric metric) {
        return metric.better() == Metric.Better.HIGHER ? "above" : "below";
    }

    /** Where a value lies that beats another one. */
    public String side() {
        return rivalKey(metric);
    }

    /** As it is written: {@code {"aucAtLeast": 0.6, "above": "plain", "by": 0.02, "slices": []}}. It stands in recipes. */
    @JsonValue
    Map<String, Object> declared() {
        Map<String, Object> declared = new TreeMap<>();
        declared.put(metric.name() + capitalised(boundKey(metric)), bound);
        declared.put(rivalKey(metric), rival);
        declared.put("by", by);
        declared.put("slices", slices);
        return declared;
    }

    /** {@code at-least} → {@code AtLeast}. */
    private static String capitalised(String key) {
        StringBuilder all = new StringBuilder();
        for (String word : key.split("-")) {
            all.append(Character.toUpperCase(word.charAt(0))).append(word.substring(1));
        }
        return all.toString();
    }
}
