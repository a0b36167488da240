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
import java.time.Duration;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GateTest {
    private static final GateSpec GATE = new GateSpec(0.63, Optional.of("schedule_only"), 0.02, List.of("carrier"));

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
        GateResult missing = Gate.judge(GATE, Map.of(), "full", Optional.empty());
        GateResult noRival = Gate.judge(GATE, Map.of("full", evaluation(0.7, Map.of())), "full", Optional.empty());

        assertThat(missing.passed()).isFalse();
        assertThat(missing.verdicts()).extracting(verdict -> verdict.outcome()).containsExactly(Outcome.UNKNOWN);
        assertThat(noRival.passed()).isFalse();
    }

    @Test
    void aSliceWorseThanChanceRefusesOnlyBeyondItsNoise() {
        Map<String, Evaluation.Slice> slices = new LinkedHashMap<>();
        slices.put("carrier=AA", new Evaluation.Slice(0.66, 0.5, 5_000, 1_000));
        slices.put("carrier=B6", new Evaluation.Slice(0.40, 0.5, 5_000, 1_000));
        slices.put("carrier=FL", new Evaluation.Slice(0.49, 0.5, 600, 100));
        slices.put("carrier=HA", new Evaluation.Slice(0.10, 0.5, 60, 10));
        slices.put("origin=JFK", new Evaluation.Slice(0.10, 0.5, 5_000, 1_000));

        GateResult result = Gate.judge(
                GATE,
                Map.of("full", evaluation(0.66, slices), "schedule_only", evaluation(0.62, Map.of())),
                "full",
                Optional.empty());

        assertThat(result.passed()).isFalse();
        assertThat(result.verdicts().subList(2, result.verdicts().size()))
                .extracting(verdict -> verdict.outcome())
                .containsExactly(Outcome.PASSED, Outcome.FAILED, Outcome.WARNED);
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
                                "schedule_only", List.of("dep_minute"), Map.of("eta", "0.1", "max_depth", "6")),
                        new Candidates.Candidate(
                                "full",
                                List.of("dep_minute", "flights_1d", "flights_7d"),
                                Map.of("eta", "0.1", "max_depth", "4")));
        assertThatThrownBy(() -> Candidates.of(model, List.of("dep_minute"), Map.of()))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-ML-009 Cannot build candidate full");
    }

    private static GateResult judge(double full, double scheduleOnly, Optional<Double> champion) {
        return Gate.judge(
                GATE,
                Map.of("full", evaluation(full, Map.of()), "schedule_only", evaluation(scheduleOnly, Map.of())),
                "full",
                champion.map(auc -> evaluation(auc, Map.of())));
    }

    private static Evaluation evaluation(double auc, Map<String, Evaluation.Slice> slices) {
        return new Evaluation(auc, 0.5, 10_000, 2_000, slices);
    }

    private static TrainingSpec training() {
        Map<String, CandidateSpec> candidates = new LinkedHashMap<>();
        candidates.put("schedule_only", new CandidateSpec("schedule_only", List.of(), Map.of()));
        candidates.put("full", new CandidateSpec("full", List.of("carrier_delays"), Map.of("max_depth", "4")));
        return new TrainingSpec(
                List.of(LocalDate.parse("2013-12-25")),
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
