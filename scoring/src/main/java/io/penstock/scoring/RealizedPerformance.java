package io.penstock.scoring;

import io.penstock.core.UnitId;
import io.penstock.core.model.Measured;
import io.penstock.core.model.Task;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** How published scores did, once their labels arrived. What is measured the model's task says. */
public final class RealizedPerformance {
    /** A published score whose label has matured. */
    public record Outcome(UnitId unit, double score, double label) {}

    private RealizedPerformance() {}

    public static SortedMap<UnitId, Measured> byUnit(Task task, Collection<Outcome> outcomes) {
        SortedMap<UnitId, List<Outcome>> units = new TreeMap<>();
        outcomes.forEach(outcome ->
                units.computeIfAbsent(outcome.unit(), unit -> new ArrayList<>()).add(outcome));
        SortedMap<UnitId, Measured> result = new TreeMap<>();
        units.forEach((unit, ofUnit) -> result.put(unit, of(task, ofUnit)));
        return result;
    }

    /** Of all together. */
    public static Measured of(Task task, Collection<Outcome> outcomes) {
        return task.measure(
                outcomes.stream().mapToDouble(Outcome::score).toArray(),
                outcomes.stream().mapToDouble(Outcome::label).toArray());
    }
}
