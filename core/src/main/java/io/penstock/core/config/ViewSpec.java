package io.penstock.core.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One feature view: windowed aggregates, or the latest values of an entity, or both.
 *
 * @param from source it is computed of
 * @param where optional row filter
 * @param latest columns whose latest usable value is taken
 * @param maxAge latest values older than this at the as-of are NULL
 */
public record ViewSpec(
        String name,
        int version,
        String from,
        List<String> entity,
        Optional<String> where,
        Map<String, AggregateSpec> aggregates,
        List<String> latest,
        Optional<Duration> maxAge,
        String comment) {
    /** Table name in layer {@code features}. */
    public String table() {
        return name + "_v" + version;
    }

    /** Names of its features: one per aggregate and window, then the latest values. */
    public List<String> features() {
        List<String> names = new ArrayList<>();
        aggregates
                .values()
                .forEach(aggregate -> aggregate.over().forEach(window -> names.add(aggregate.column(window))));
        names.addAll(latest);
        return names;
    }
}
