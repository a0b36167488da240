package io.penstock.core.model;

import java.util.Map;
import java.util.TreeMap;

/**
 * What a {@link Task} measured of scored rows.
 *
 * @param counts whole numbers beside the number of rows, such as {@code positives}
 * @param metrics by name; NaN where the rows tell nothing
 */
public record Measured(long rows, Map<String, Long> counts, Map<String, Double> metrics) {
    private static final String ROWS = "rows";

    public Measured {
        counts = Map.copyOf(counts);
        metrics = Map.copyOf(metrics);
    }

    /** NaN if it was not measured. */
    public double value(Metric metric) {
        return metrics.getOrDefault(metric.name(), Double.NaN);
    }

    public long count(String name) {
        return counts.getOrDefault(name, 0L);
    }

    /** One flat object, as manifests and MLflow keep it: {@code {"auc": 0.7, "positives": 20, "rows": 100}}. */
    public Map<String, Object> flat() {
        Map<String, Object> flat = new TreeMap<>();
        flat.put(ROWS, rows);
        flat.putAll(counts);
        flat.putAll(metrics);
        return flat;
    }

    /** Reads {@link #flat}: what has a point, or is no number, is a metric; whole numbers are counts. */
    public static Measured of(Map<String, Object> flat) {
        Map<String, Long> counts = new TreeMap<>();
        Map<String, Double> metrics = new TreeMap<>();
        flat.forEach((name, value) -> {
            if (value instanceof Integer || value instanceof Long) {
                counts.put(name, ((Number) value).longValue());
            } else if (value instanceof Number || value instanceof String) {
                // JSON has no word for NaN: it is kept as text
                metrics.put(name, Double.parseDouble(value.toString()));
            }
        });
        Long rows = counts.remove(ROWS);
        if (rows == null) {
            throw new IllegalArgumentException("Cannot read what was measured: it has no field " + ROWS);
        }
        return new Measured(rows, counts, metrics);
    }
}
