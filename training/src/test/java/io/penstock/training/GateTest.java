package io.penstock.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.PenstockException;
import io.penstock.core.Verdict.Outcome;
import io.penstock.core.config.CandidateSpec;
import io.penstock.core.config.GateSpec;
import io.penstock.core.config.ModelSpec;
import io.penstock.core.config.Split;
import io.penstock.core.config.TrainingSpec;
import io.penstock.core.model.Measured;
import io.penstock.core.model.Metric;
import io.penstock.core.model.Task;
import java.time.Duration;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GateTest {
    private static final Task TASK = Task.binary();
    private static final GateSpec GATE =
            new GateSpec(TASK.gateMetric(), 0.63, Optional.of("schedule_only"), 0.02, List.of("carrier"));

    @Test
    void aCandidateThatBeatsEveryBarPasses() {
        GateResult result = judge(0.66, 0.62, Optional.of(0.66));

        assertThat(result.passed()).isTrue();
        assertThat(result.verdicts())
                .extracting(verdict -> verdict.rule())
                .containsExactly(
                        "auc >= 0.6300", "auc above schedule_only >= 0.0200", "auc against champion >= 0.6550");
    }

    @Test
    void eachBarCanRefuse() {
        assertThat(judge(0.625, 0.60, Optional.empty()).passed()).isFalse();
        assertThat(judge(0.66, 0.65, Optional.empty()).passed()).isFalse();
        assertThat(judge(0.66, 0.62, Optional.of(0.67)).passed()).isFalse();
        assertThat(judge(Double.NaN, 0.62, Optional.empty()).verdicts().get(0).outcome())
                .isEqualTo(Outcome.UNKNOWN);
    }

    @Test
    void aCandidateThatWasNotEvaluatedIsUnknownNotFailed() {
        GateResult missing = Gate.judge(TASK, GATE, Map.of(), "full", Optional.empty());
        GateResult noRival =
                Gate.judge(TASK, GATE, Map.of("full", evaluation(0.7, Map.of())), "full", Optional.empty());

        assertThat(missing.passed()).isFalse();
        assertThat(missing.verdicts()).extracting(verdict -> verdict.outcome()).containsExactly(Outcome.UNKNOWN);
        assertThat(noRival.passed()).isFalse();
    }

    @Test
    void aSliceWorseThanChanceRefusesOnlyBeyondItsNoise() {
        Map<String, Measured> slices = new LinkedHashMap<>();
        slices.put("carrier=AA", measured(0.66, 5_000, 1_000));
        slices.put("carrier=B6", measured(0.40, 5_000, 1_000));
        slices.put("carrier=FL", measured(0.49, 600, 100));
        slices.put("carrier=HA", measured(0.10, 60, 10));
        slices.put("origin=JFK", measured(0.10, 5_000, 1_000));

        GateResult result = Gate.judge(
                TASK,
                GATE,
                Map.of("full", evaluation(0.66, slices), "schedule_only", evaluation(0.62, Map.of())),
                "full",
                Optional.empty());

        assertThat(result.passed()).isFalse();
        assertThat(result.verdicts().subList(2, result.verdicts().size()))
                .extracting(verdict -> verdict.outcome())
                .containsExactly(Outcome.PASSED, Outcome.FAILED, Outcome.WARNED);
    }

    /** Of a loss the smaller value is the better one, in every rule. */
    @Test
    void aMetricOfWhichLessIsBetterTurnsEveryRuleRound() {
        Metric loss = new Metric("rmse", "RMSE", Metric.Better.LOWER, 0, 100, 10, 0.5);
        GateSpec gate = new GateSpec(loss, 6, Optional.of("plain"), 1, List.of("carrier"));
        Map<String, Measured> slices = new LinkedHashMap<>();
        slices.put("carrier=AA", rmse(9.9));
        slices.put("carrier=B6", rmse(12));
        Map<String, Evaluation> evaluations =
                Map.of("full", new Evaluation(rmse(5), slices), "plain", new Evaluation(rmse(5.5), Map.of()));

        GateResult result = Gate.judge(TASK, gate, evaluations, "full", Optional.of(new Evaluation(rmse(4), Map.of())));

        assertThat(result.verdicts())
                .extracting(verdict -> verdict.rule() + " " + verdict.outcome())
                .containsExactly(
                        "rmse <= 6.0000 PASSED",
                        "rmse below plain >= 1.0000 FAILED",
                        "rmse against champion <= 4.5000 FAILED",
                        "rmse(carrier=AA) <= 10.0 PASSED",
                        "rmse(carrier=B6) <= 10.0 FAILED");
    }

    private static Measured rmse(double value) {
        return new Measured(5_000, Map.of("positives", 1_000L), Map.of("rmse", value, "auc", 0.5));
    }

    @Test
    void theValidationSliceEndsWhereTheTestBegins() {
        assertThat(Split.of(training()))
                .isEqualTo(new Split(LocalDate.parse("2013-10-17"), LocalDate.parse("2013-11-01")));
    }

    @Test
    void candidatesSeeRowFeaturesAndTheirOwnViewsOnly() {
        ModelSpec model = new ModelSpec(
                "late", false, null, null, List.of("carrier_delays"), Map.of(), training(), GATE, null, "");

        List<Candidates.Candidate> candidates = Candidates.of(
                model, List.of("dep_minute"), Map.of("carrier_delays", List.of("flights_1d", "flights_7d")));

        assertThat(candidates)
                .containsExactly(
                        new Candidates.Candidate(
                                "schedule_only",
                                "xgboost",
                                List.of("dep_minute"),
                                Map.of("eta", "0.1", "max_depth", "6")),
                        new Candidates.Candidate(
                                "full",
                                "xgboost",
                                List.of("dep_minute", "flights_1d", "flights_7d"),
                                Map.of("eta", "0.1", "max_depth", "4")));
        assertThatThrownBy(() -> Candidates.of(model, List.of("dep_minute"), Map.of()))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-ML-009 Cannot build candidate full");
    }

    private static GateResult judge(double full, double scheduleOnly, Optional<Double> champion) {
        return Gate.judge(
                TASK,
                GATE,
                Map.of("full", evaluation(full, Map.of()), "schedule_only", evaluation(scheduleOnly, Map.of())),
                "full",
                champion.map(auc -> evaluation(auc, Map.of())));
    }

    private static Evaluation evaluation(double auc, Map<String, Measured> slices) {
        return new Evaluation(measured(auc, 10_000, 2_000), slices);
    }

    private static Measured measured(double auc, long rows, long positives) {
        return new Measured(rows, Map.of("positives", positives), Map.of("auc", auc, "logloss", 0.5));
    }

    private static TrainingSpec training() {
        Map<String, CandidateSpec> candidates = new LinkedHashMap<>();
        candidates.put("schedule_only", new CandidateSpec("schedule_only", List.of(), Map.of()));
        candidates.put("full", new CandidateSpec("full", List.of("carrier_delays"), Map.of("max_depth", "4")));
        return new TrainingSpec(
                List.of(io.penstock.core.UnitId.parse("2013-12-25")),
                LocalDate.parse("2013-11-01"),
                Duration.ofDays(15),
                2,
                300,
                15,
                Map.of("eta", "0.1", "max_depth", "6"),
                candidates,
                "full");
    }
}
