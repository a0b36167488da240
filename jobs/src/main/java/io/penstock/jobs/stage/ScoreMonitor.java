package io.penstock.jobs.stage;

import io.penstock.core.ErrorCode;
import io.penstock.core.Stage;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.Verdict;
import io.penstock.core.config.ModelSpec;
import io.penstock.core.config.MonitoringSpec;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.config.Reaction;
import io.penstock.core.config.ViewSpec;
import io.penstock.core.history.History;
import io.penstock.core.history.MetricFacts;
import io.penstock.core.model.ModelDescriptor;
import io.penstock.features.FeatureViews;
import io.penstock.scoring.ScoreCounts;
import io.penstock.validation.drift.ScoreShift;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.functions;

/**
 * Tells what is unusual about the scores of a unit: views that are missing, a mean that leaves the units before, nothing
 * scored. All of it comes from manifests and from numbers that the stage has counted anyway.
 */
final class ScoreMonitor {
    private static final String NOTHING = ErrorCode.NOTHING_TO_SCORE.code();
    private static final String WITHOUT_VIEW = ErrorCode.VIEW_MISSING.code();
    private static final String HELD = ErrorCode.ALL_HELD.code();

    private final PipelineConfig config;
    private final ModelSpec model;
    private final NavigableMap<UnitId, ScoreShift.Before> before = new TreeMap<>();
    private final Map<UnitId, Map<ViewSpec, Double>> missing = new TreeMap<>();

    /**
     * @param units ascending, to be judged in this order
     * @param champion what the units are scored with, if there is any
     */
    ScoreMonitor(
            PipelineConfig config,
            ModelSpec model,
            List<Unit> units,
            History history,
            Optional<ModelDescriptor> champion) {
        this.config = config;
        this.model = model;
        List<ViewSpec> used = model.views().stream()
                .map(config.features()::get)
                .filter(view -> champion.isPresent() && uses(champion.get(), view))
                .toList();
        for (Unit unit : units) {
            Map<ViewSpec, Double> shares = new LinkedHashMap<>();
            used.forEach(view -> history.done(Stage.FEATURES, view.table(), unit.id())
                    .ifPresent(features ->
                            FeatureMonitor.share(features, view).ifPresent(share -> shares.put(view, share))));
            missing.put(unit.id(), shares);
        }
        scoredBefore(units, history);
    }

    private static boolean uses(ModelDescriptor champion, ViewSpec view) {
        return FeatureViews.valued(view).stream()
                .anyMatch(feature -> champion.features().contains(view.name() + "_" + feature));
    }

    private void scoredBefore(List<Unit> units, History history) {
        Set<UnitId> known = new HashSet<>();
        units.forEach(unit -> known.add(unit.id()));
        UnitId last = units.get(units.size() - 1).id();
        history.newestDone(Stage.SCORE, model.name())
                .filter(manifest -> manifest.unit().isBefore(last) && known.add(manifest.unit()))
                .filter(manifest -> MetricFacts.of(manifest, ScoreCounts.MEAN).isPresent())
                .limit(ScoreShift.BEFORE)
                .forEach(manifest -> before.put(
                        manifest.unit(),
                        new ScoreShift.Before(
                                MetricFacts.of(manifest, ScoreCounts.MEAN).orElseThrow(),
                                isUnusual(manifest.verdicts()))));
    }

    private static boolean isUnusual(List<Verdict> verdicts) {
        return verdicts.stream()
                .anyMatch(verdict -> verdict.isTold()
                        && (verdict.message().startsWith(ScoreShift.CODE)
                                || verdict.message().startsWith(WITHOUT_VIEW)));
    }

    /** The code of rows that are scored although one of the model's views has no value at all for their unit. */
    Column flag() {
        Object[] without = missing.entrySet().stream()
                .filter(unit -> unit.getValue().values().stream().anyMatch(share -> share >= 1))
                .map(unit -> unit.getKey().cell())
                .toArray();
        return without.length == 0
                ? functions.lit(null).cast("string")
                : functions.when(functions.col("unit").isin(without), WITHOUT_VIEW);
    }

    /** @param facts of the unit's manifest, added to */
    List<Verdict> judge(Unit unit, Map<String, String> facts) {
        long scored = (long) MetricFacts.of(facts, ScoreCounts.SCORED).orElse(0);
        long held = (long) MetricFacts.of(facts, ScoreCounts.HELD).orElse(0);
        List<Verdict> verdicts = new ArrayList<>();
        if (scored + held == 0) {
            nothing().ifPresent(verdicts::add);
            return verdicts;
        }
        allHeld(scored, held).ifPresent(verdicts::add);
        missing.get(unit.id())
                .forEach((view, share) -> without(view, share, scored).ifPresent(verdicts::add));
        MetricFacts.of(facts, ScoreCounts.MEAN).ifPresent(mean -> {
            shift(unit, mean, scored).ifPresent(shift -> {
                MetricFacts.put(facts, "score_shift", shift.distance());
                if (model.monitoring().onShift() != Reaction.PASS) {
                    verdicts.add(shift.verdict(
                            Tables.scores(model),
                            model.monitoring().shiftBeyond(),
                            model.monitoring().onShift() == Reaction.REFUSE));
                }
            });
            before.put(unit.id(), new ScoreShift.Before(mean, isUnusual(verdicts)));
        });
        return verdicts;
    }

    private Optional<Verdict> nothing() {
        return config.source(model.spine().from()).allowEmpty()
                ? Optional.empty()
                : Optional.of(new Verdict(
                        Tables.scores(model),
                        "rows to score",
                        Verdict.Outcome.WARNED,
                        0,
                        NOTHING + " " + model.spine().from() + " has no row for this unit: nothing is scored"));
    }

    private Optional<Verdict> without(ViewSpec view, double share, long scored) {
        MonitoringSpec wanted = model.monitoring();
        if (scored == 0 || share < wanted.missingShare()) {
            return Optional.empty();
        }
        String how = share >= 1
                ? "no feature of " + view.table() + " has a value"
                : String.format(Locale.ROOT, "%.1f %% of the values of %s are missing", share * 100, view.table());
        return wanted.onMissing()
                .verdict(
                        Tables.scores(model),
                        "missing(" + view.table() + ") < " + wanted.missingShare(),
                        share,
                        String.format(Locale.ROOT, "%s %,d rows are scored although %s", WITHOUT_VIEW, scored, how));
    }

    private Optional<Verdict> allHeld(long scored, long held) {
        return scored > 0
                ? Optional.empty()
                : model.monitoring()
                        .onAllHeld()
                        .verdict(
                                Tables.scores(model),
                                "rows scored >= 1",
                                0,
                                String.format(Locale.ROOT, "%s all %,d rows are held: none has a score", HELD, held));
    }

    private Optional<ScoreShift.Shift> shift(Unit unit, double mean, long scored) {
        return ScoreShift.of(
                mean,
                scored,
                List.copyOf(before.headMap(unit.id(), false).descendingMap().values()));
    }
}
