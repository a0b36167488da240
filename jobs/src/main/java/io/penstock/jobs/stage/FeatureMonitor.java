package io.penstock.jobs.stage;

import io.penstock.core.Check;
import io.penstock.core.Manifest;
import io.penstock.core.Measure;
import io.penstock.core.Stage;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.Verdict;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.config.Reaction;
import io.penstock.core.config.ViewSpec;
import io.penstock.core.history.History;
import io.penstock.core.history.MetricFacts;
import io.penstock.features.FeatureViews;
import io.penstock.validation.Checks;
import io.penstock.validation.Verdicts;
import io.penstock.validation.drift.MissingValues;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;

/** Judges views as they are made: their rules, and how much of them is missing, which their manifests keep as metrics. */
final class FeatureMonitor {
    private static final String MISSING = "missing/";

    private final PipelineConfig config;
    private final Map<String, Deque<Double>> before = new HashMap<>();
    private final Map<UnitId, Map<String, Double>> shares = new TreeMap<>();

    /** @param units ascending, to be judged in this order */
    FeatureMonitor(PipelineConfig config, List<ViewSpec> views, List<Unit> units, History history) {
        this.config = config;
        views.forEach(view -> {
            Deque<Double> shares = new ArrayDeque<>();
            unitsBefore(units.get(0), view, history)
                    .forEach(manifest -> shares.addFirst(share(manifest, view).orElse(Double.NaN)));
            before.put(view.table(), shares);
        });
    }

    private static List<Manifest> unitsBefore(Unit first, ViewSpec view, History history) {
        Set<UnitId> known = new HashSet<>();
        return history.newestDone(Stage.FEATURES, view.table())
                .filter(manifest -> manifest.unit().isBefore(first.id()) && known.add(manifest.unit()))
                .limit(MissingValues.BEFORE)
                .toList();
    }

    /** Share of a view's values that the manifest of its making says are missing. */
    static OptionalDouble share(Manifest features, ViewSpec view) {
        return MetricFacts.of(features, MISSING + view.table());
    }

    List<Verdict> judge(ViewSpec view, Unit unit, long rows, Map<Measure, Double> measured) {
        String table = Tables.features(view);
        List<Check> checks = Checks.features(view);
        if (rows == 0) {
            return Verdicts.noRows(table, checks);
        }
        List<Verdict> verdicts = new ArrayList<>(Verdicts.judge(table, checks, measured));
        for (String column : FeatureViews.features(view)) {
            MissingValues.share(column, measured)
                    .ifPresent(share -> metric(unit, view.table() + "/" + column, share, share > 0));
        }
        MissingValues.share(FeatureViews.valued(view), measured).ifPresent(share -> {
            metric(unit, view.table(), share, true);
            Deque<Double> shares = before.get(view.table());
            toldFrom(view).stream()
                    .boxed()
                    .flatMap(atLeast -> MissingValues.judge(table, share, atLeast, List.copyOf(shares)).stream())
                    .forEach(verdicts::add);
            shares.addLast(share);
            if (shares.size() > MissingValues.BEFORE) {
                shares.removeFirst();
            }
        });
        return verdicts;
    }

    /** The least share that some model which uses the view wants to be told. */
    private OptionalDouble toldFrom(ViewSpec view) {
        return config.publishedModels().stream()
                .filter(model -> model.views().contains(view.name())
                        && model.monitoring().onMissing() != Reaction.PASS)
                .mapToDouble(model -> model.monitoring().missingShare())
                .min();
    }

    /** Of single columns only what is missing is kept: most of them are filled, on most days. */
    private void metric(Unit unit, String name, double share, boolean isKept) {
        if (isKept) {
            shares.computeIfAbsent(unit.id(), date -> new TreeMap<>()).put(name, Math.floor(share * 1e6) / 1e6);
        }
    }

    /** What the manifest of a view tells of a unit's missing values. */
    Map<String, String> facts(ViewSpec view, Unit unit) {
        Map<String, String> own = new TreeMap<>();
        shares.getOrDefault(unit.id(), Map.of()).forEach((name, share) -> {
            if (name.equals(view.table()) || name.startsWith(view.table() + "/")) {
                MetricFacts.put(own, MISSING + name, share);
            }
        });
        return own;
    }
}
