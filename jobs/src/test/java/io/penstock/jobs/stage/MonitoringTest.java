package io.penstock.jobs.stage;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.InMemoryManifestStore;
import io.penstock.core.Intent;
import io.penstock.core.Manifest;
import io.penstock.core.Measure;
import io.penstock.core.Stage;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.Verdict;
import io.penstock.core.config.ConfigLoader;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.config.ViewSpec;
import io.penstock.core.history.History;
import io.penstock.core.model.ModelDescriptor;
import io.penstock.features.FeatureVectors;
import io.penstock.features.FeatureViews;
import io.penstock.validation.drift.MissingValues;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What the demo's last day must not pass without: views that are missing, and scores that leave the days before. */
class MonitoringTest {
    private static final UnitId LAST = UnitId.of(LocalDate.of(2013, 12, 31));
    private static final double[] MEANS = {0.204, 0.187, 0.247, 0.171, 0.192, 0.261};

    private final InMemoryManifestStore store = new InMemoryManifestStore();

    @Test
    void aViewWithoutAnyValueIsToldAndItsSharesAreMetrics() {
        PipelineConfig config = config(Map.of());
        done(
                Stage.FEATURES,
                "origin_weather_v1",
                LAST.minusDays(1),
                Map.of("metric.missing/origin_weather_v1", "0.0"),
                List.of());
        ViewSpec weather = config.features().get("origin_weather");
        FeatureMonitor watch =
                new FeatureMonitor(config, FeaturesJob.views(config), units(config, LAST), History.of(store));

        assertThat(watch.judge(weather, unit(config, LAST), 3, filled(weather, 0)))
                .filteredOn(Verdict::isTold)
                .singleElement()
                .matches(verdict -> verdict.message().startsWith("PEN-FEA-040 no feature has a value"));
        assertThat(watch.facts(weather, unit(config, LAST)))
                .containsEntry("metric.missing/origin_weather_v1", "1.0")
                .containsEntry("metric.missing/origin_weather_v1/temp", "1.0");
    }

    /** They are 0 where nothing happened, which says nothing about what is missing. */
    @Test
    void countsAreNoValuesOfAView() {
        PipelineConfig config = config(Map.of());
        ViewSpec delays = config.features().get("carrier_delays");
        Map<Measure, Double> measured = filled(delays, 1);
        List.of("1d", "7d", "30d").forEach(over -> measured.put(MissingValues.measure("late_rate_" + over), 0.0));
        FeatureMonitor watch =
                new FeatureMonitor(config, FeaturesJob.views(config), units(config, LAST), History.of(store));

        watch.judge(delays, unit(config, LAST), 15, measured);

        assertThat(watch.facts(delays, unit(config, LAST))).containsEntry("metric.missing/carrier_delays_v1", "1.0");
    }

    @Test
    void ofAUnitThatNobodyAsksForNothingIsTold() {
        PipelineConfig config = config(Map.of());
        ViewSpec weather = config.features().get("origin_weather");
        FeatureMonitor watch =
                new FeatureMonitor(config, FeaturesJob.views(config), units(config, LAST), History.of(store));

        assertThat(watch.judge(weather, unit(config, LAST), 0, Map.of(Measure.size(), 0.0)))
                .isNotEmpty()
                .allMatch(verdict -> verdict.outcome() == Verdict.Outcome.NO_ROWS);
        assertThat(watch.facts(weather, unit(config, LAST))).isEmpty();
    }

    @Test
    void aViewIsNotToldThatNoModelWantsToHearOf() {
        PipelineConfig config = config(Map.of("models.late.monitoring.missing-view.then", "pass"));
        ViewSpec weather = config.features().get("origin_weather");
        done(Stage.FEATURES, "origin_weather_v1", LAST.minusDays(1), Map.of(), List.of());

        assertThat(new FeatureMonitor(config, FeaturesJob.views(config), units(config, LAST), History.of(store))
                        .judge(weather, unit(config, LAST), 3, filled(weather, 0)))
                .noneMatch(Verdict::isTold);
    }

    @Test
    void scoresWithoutAViewBearACodeAndAreTold() {
        PipelineConfig config = config(Map.of());
        missingWeather();
        ScoreMonitor watch = watch(config, LAST);

        assertThat(watch.flag().toString()).contains("2013-12-31", "PEN-SCO-051");
        assertThat(watch.judge(unit(config, LAST), facts(0.2)))
                .singleElement()
                .matches(verdict -> verdict.outcome() == Verdict.Outcome.WARNED)
                .matches(
                        verdict -> verdict.message()
                                .equals(
                                        "PEN-SCO-051 776 rows are scored although no feature of origin_weather_v1 has a value"));
    }

    @Test
    void aChampionThatDoesNotUseTheViewMissesNothing() {
        PipelineConfig config = config(Map.of());
        missingWeather();
        ScoreMonitor watch = new ScoreMonitor(
                config,
                config.models().get("late"),
                units(config, LAST),
                History.of(store),
                Optional.of(champion(config, List.of("carrier_delays"))));

        assertThat(watch.flag().toString()).doesNotContain("PEN-SCO-051");
        assertThat(watch.judge(unit(config, LAST), facts(0.2))).isEmpty();
    }

    @Test
    void ofOneViewThatIsMissingAndAMeanThatLeavesItsHistoryBothAreToldOrRefused() {
        week();
        missingWeather();
        Map<String, String> facts = facts(0.331);

        assertThat(watch(config(Map.of()), LAST).judge(unit(config(Map.of()), LAST), facts))
                .extracting(verdict -> verdict.message().substring(0, 11) + " " + verdict.outcome())
                .containsExactly("PEN-SCO-051 WARNED", "PEN-SCO-052 WARNED");
        assertThat(Double.parseDouble(facts.get("metric.score_shift"))).isBetween(4.0, 5.0);

        PipelineConfig strict = config(Map.of(
                "models.late.monitoring.missing-view.then",
                "refuse",
                "models.late.monitoring.score-shift.then",
                "refuse"));
        assertThat(watch(strict, LAST).judge(unit(strict, LAST), facts(0.331)))
                .hasSize(2)
                .allMatch(Verdict::refuses);
        PipelineConfig loose = config(Map.of(
                "models.late.monitoring.missing-view.then", "pass", "models.late.monitoring.score-shift.beyond", "5"));
        assertThat(watch(loose, LAST).judge(unit(loose, LAST), facts(0.331))).noneMatch(Verdict::isTold);
    }

    /** A day that was scored without a view is none to compare with. */
    @Test
    void unitsOfARangeAreComparedAsOneByOne() {
        week();
        PipelineConfig config = config(Map.of());
        UnitId next = LAST.plusDays(1);
        missingWeather();
        List<Unit> both = List.of(unit(config, LAST), unit(config, next));
        ScoreMonitor range = new ScoreMonitor(
                config,
                config.models().get("late"),
                both,
                History.of(store),
                Optional.of(champion(config, List.of("origin_weather"))));
        List<Verdict> last = range.judge(both.get(0), facts(0.331));
        Map<String, String> inRange = facts(0.33);
        range.judge(both.get(1), inRange);

        done(Stage.SCORE, "late", LAST, Map.of("metric.score_mean", "0.331"), last);
        Map<String, String> alone = facts(0.33);
        assertThat(watch(config, next).judge(unit(config, next), alone))
                .anyMatch(verdict -> verdict.isTold() && verdict.message().startsWith("PEN-SCO-052"));
        assertThat(inRange).isEqualTo(alone).containsKey("metric.score_shift");
    }

    @Test
    void aUnitOfWhichNothingIsScoredIsToldUnlessItMayBeEmpty() {
        PipelineConfig config = config(Map.of());
        assertThat(watch(config, LAST).judge(unit(config, LAST), new TreeMap<>()))
                .singleElement()
                .matches(verdict -> verdict.message().startsWith("PEN-SCO-050"));
        PipelineConfig empty = config(Map.of("sources.schedules.allow-empty", "true"));
        assertThat(watch(empty, LAST).judge(unit(empty, LAST), new TreeMap<>())).isEmpty();
    }

    @Test
    void aUnitWhoseRowsAreAllHeldIsTold() {
        PipelineConfig config = config(Map.of());
        Map<String, String> held = new TreeMap<>(Map.of("metric.scored", "0", "metric.held", "776"));
        assertThat(watch(config, LAST).judge(unit(config, LAST), held))
                .singleElement()
                .matches(verdict -> verdict.message().equals("PEN-SCO-053 all 776 rows are held: none has a score"));
        PipelineConfig strict = config(Map.of("models.late.monitoring.all-held.then", "refuse"));
        assertThat(watch(strict, LAST).judge(unit(strict, LAST), held)).allMatch(Verdict::refuses);
    }

    @Test
    void aScoredUnitWithoutLabelsIsTold() {
        PipelineConfig config = config(Map.of());
        UnitId scored = LAST.minusDays(2);
        EvaluateJob evaluate = new EvaluateJob(config, config.models().get("late"));
        assertThat(evaluate.withoutLabels(unit(config, LAST), Set.of(), History.of(store)))
                .as("nothing was scored")
                .isEmpty();
        done(Stage.SCORE, "late", scored, facts(0.2), List.of());

        assertThat(evaluate.withoutLabels(unit(config, LAST), Set.of(scored), History.of(store)))
                .isEmpty();
        assertThat(evaluate.withoutLabels(unit(config, LAST), Set.of(), History.of(store)))
                .singleElement()
                .matches(verdict -> verdict.message()
                        .startsWith("PEN-SCO-054 none of the 776 rows scored for 2013-12-29 has a label"));
    }

    /** A month may be longer than the window of 30 days, and so may be the time that labels take. */
    @Test
    void aUnitOlderThanTheWindowIsEvaluatedWhenItsLabelsMature() {
        PipelineConfig monthly = config(Map.of(
                "schedule.every",
                "1mo",
                "models.late.training.at",
                "[2013-12-01]",
                "models.late.scoring.from",
                "2013-12-01"));
        assertThat(new EvaluateJob(monthly, monthly.models().get("late"))
                        .takes(unit(monthly, UnitId.parse("2013-12-01"))))
                .isFalse();
        assertThat(new EvaluateJob(monthly, monthly.models().get("late"))
                        .takes(unit(monthly, UnitId.parse("2014-01-01"))))
                .isTrue();

        PipelineConfig slow = config(Map.of("models.late.label.matures-after", "45d"));
        assertThat(new EvaluateJob(slow, slow.models().get("late")).takes(unit(slow, UnitId.parse("2014-02-07"))))
                .isFalse();
        assertThat(new EvaluateJob(slow, slow.models().get("late")).takes(unit(slow, UnitId.parse("2014-02-08"))))
                .isTrue();
    }

    private void week() {
        for (int day = 0; day < MEANS.length; day++) {
            done(
                    Stage.SCORE,
                    "late",
                    LAST.minusDays(MEANS.length - day),
                    Map.of("metric.score_mean", String.valueOf(MEANS[day])),
                    List.of());
        }
    }

    private void missingWeather() {
        done(Stage.FEATURES, "origin_weather_v1", LAST, Map.of("metric.missing/origin_weather_v1", "1.0"), List.of());
    }

    private ScoreMonitor watch(PipelineConfig config, UnitId unit) {
        return new ScoreMonitor(
                config,
                config.models().get("late"),
                units(config, unit),
                History.of(store),
                Optional.of(champion(config, List.of("origin_weather"))));
    }

    private static ModelDescriptor champion(PipelineConfig config, List<String> views) {
        return new ModelDescriptor(
                "late",
                "full",
                FeatureVectors.names(config, config.models().get("late"), views),
                Map.of(),
                List.of(),
                "",
                1,
                "2013-12-25",
                "r",
                Map.of());
    }

    private static Map<String, String> facts(double mean) {
        return new TreeMap<>(
                Map.of("metric.scored", "776", "metric.held", "0", "metric.score_mean", String.valueOf(mean)));
    }

    private static Map<Measure, Double> filled(ViewSpec view, double share) {
        Map<Measure, Double> measured = new HashMap<>();
        measured.put(Measure.size(), 3.0);
        FeatureViews.features(view).forEach(column -> measured.put(MissingValues.measure(column), share));
        view.entity().forEach(column -> measured.put(MissingValues.measure(column), 1.0));
        measured.put(new Measure(Measure.Kind.UNIQUENESS, String.join(",", view.entity()) + ",as_of"), 1.0);
        return measured;
    }

    private void done(Stage stage, String subject, UnitId unit, Map<String, String> facts, List<Verdict> verdicts) {
        String run = "r" + store.manifests().size();
        Intent intent = new Intent(
                "flight-delay",
                stage,
                subject,
                run,
                List.of(unit),
                "",
                Map.of(),
                Map.of(),
                Map.of(),
                Instant.EPOCH,
                "open");
        store.open(intent);
        store.finish(
                intent,
                List.of(new Manifest(
                        "flight-delay",
                        stage,
                        subject,
                        unit,
                        run,
                        Manifest.Status.DONE,
                        "",
                        "",
                        List.of(),
                        List.of(),
                        verdicts,
                        Map.of(),
                        facts,
                        Map.of(),
                        Instant.EPOCH,
                        Instant.EPOCH,
                        "",
                        "")),
                List.of());
    }

    private static Unit unit(PipelineConfig config, UnitId date) {
        return config.schedule().unit(date);
    }

    private static List<Unit> units(PipelineConfig config, UnitId date) {
        return List.of(unit(config, date));
    }

    private static PipelineConfig config(Map<String, String> overrides) {
        return ConfigLoader.load(
                Path.of(System.getProperty("penstock.home", ".."), "conf"),
                "flight-delay",
                "local",
                overrides,
                Map.of());
    }
}
