package io.penstock.scoring;

import io.penstock.core.model.BinaryMetrics;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How published scores did, once their labels arrived.
 *
 * @param auc NaN while only one class has arrived
 * @param logloss NaN without labels
 */
public record RealizedPerformance(double auc, double logloss, long positives, long count) {
    /** A published score whose label has matured. */
    public record Outcome(LocalDate unit, double score, boolean label) {}

    public static SortedMap<LocalDate, RealizedPerformance> byUnit(Collection<Outcome> outcomes) {
        SortedMap<LocalDate, List<Outcome>> units = new TreeMap<>();
        outcomes.forEach(outcome ->
                units.computeIfAbsent(outcome.unit(), unit -> new ArrayList<>()).add(outcome));
        SortedMap<LocalDate, RealizedPerformance> result = new TreeMap<>();
        units.forEach((unit, ofUnit) -> result.put(unit, of(ofUnit)));
        return result;
    }

    public static RealizedPerformance of(Collection<Outcome> outcomes) {
        double[] scores = outcomes.stream().mapToDouble(Outcome::score).toArray();
        boolean[] labels = new boolean[scores.length];
        int i = 0;
        long positives = 0;
        for (Outcome outcome : outcomes) {
            labels[i++] = outcome.label();
            positives += outcome.label() ? 1 : 0;
        }
        return new RealizedPerformance(
                BinaryMetrics.auc(scores, labels), BinaryMetrics.logloss(scores, labels), positives, scores.length);
    }
}
