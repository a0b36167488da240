package io.penstock.training;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.penstock.core.model.Measured;
import io.penstock.core.model.Metric;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * How good a model's scores are on rows that it never saw. Manifests and MLflow keep it as one flat object, with the slices
 * beside the metrics: {@code {"auc": 0.7, "logloss": 0.5, "positives": 20, "rows": 100, "slices": {"origin=JFK": {…}}}}.
 *
 * @param slices by {@code column=value}, in order of value
 */
public record Evaluation(Measured all, Map<String, Measured> slices) {
    private static final String SLICES = "slices";

    /** NaN if the rows tell nothing. */
    public double value(Metric metric) {
        return all.value(metric);
    }

    @JsonValue
    Map<String, Object> json() {
        Map<String, Object> json = new TreeMap<>(all.flat());
        Map<String, Object> flat = new LinkedHashMap<>();
        slices.forEach((name, slice) -> flat.put(name, slice.flat()));
        json.put(SLICES, flat);
        return json;
    }

    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    static Evaluation of(Map<String, Object> json) {
        Map<String, Measured> slices = new LinkedHashMap<>();
        if (json.get(SLICES) instanceof Map<?, ?> kept) {
            kept.forEach((name, slice) -> slices.put(name.toString(), Measured.of(text((Map<?, ?>) slice))));
        }
        return new Evaluation(Measured.of(json), slices);
    }

    private static Map<String, Object> text(Map<?, ?> json) {
        Map<String, Object> named = new TreeMap<>();
        json.forEach((name, value) -> named.put(name.toString(), value));
        return named;
    }
}
