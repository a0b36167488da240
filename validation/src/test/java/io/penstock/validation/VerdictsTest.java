package io.penstock.validation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.penstock.core.Check;
import io.penstock.core.Measure;
import io.penstock.core.Verdict;
import io.penstock.core.Verdict.Outcome;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class VerdictsTest {
    private static final Measure FILLED = new Measure(Measure.Kind.COMPLETENESS, "tailnum");
    private static final Measure LOWEST = new Measure(Measure.Kind.MINIMUM, "score");
    private static final Measure SCORED = new Measure(Measure.Kind.COMPLETENESS, "score");

    @Test
    void failedAndCouldNotBeEvaluatedAreTold() {
        List<Check> checks = List.of(Check.atLeast(FILLED, 0.7), Check.atLeast(LOWEST, 0));
        List<Verdict> verdicts = Verdicts.judge("bronze/schedules", checks, Map.of(FILLED, 0.5));
        assertThat(verdicts).extracting(Verdict::outcome).containsExactly(Outcome.FAILED, Outcome.UNKNOWN);
        assertThat(verdicts).allMatch(Verdict::refuses);
        assertThat(verdicts.get(0).message()).contains("completeness(tailnum)", "0.5", ">= 0.7");
    }

    @Test
    void boundsAreIncluded() {
        Check check = new Check(FILLED, 0.5, 0.5, false);
        assertThat(only(check, Map.of(FILLED, 0.5)).outcome()).isEqualTo(Outcome.PASSED);
        assertThat(only(check, Map.of(FILLED, 0.51)).outcome()).isEqualTo(Outcome.FAILED);
    }

    @Test
    void noChecksAtAllIsNotAPass() {
        assertThat(Verdicts.judge("bronze/a", List.of(), Map.of()))
                .singleElement()
                .matches(verdict -> verdict.outcome() == Outcome.UNKNOWN);
    }

    @Test
    void aBoundOnAColumnWithoutValuesIsMet() {
        assertThat(only(Check.atLeast(LOWEST, 0), Map.of(SCORED, 0.0)).outcome())
                .isEqualTo(Outcome.PASSED);
        assertThat(only(Check.atLeast(LOWEST, 0), Map.of(SCORED, 0.9)).outcome())
                .isEqualTo(Outcome.UNKNOWN);
    }

    @Test
    void ofNoRowsOnlyTheSizeIsJudged() {
        Map<Measure, Double> empty = Map.of(Measure.size(), 0.0);
        assertThat(only(Check.atLeast(FILLED, 1), empty).outcome()).isEqualTo(Outcome.NO_ROWS);
        assertThat(only(Check.atLeast(FILLED, 1), Map.of(Measure.size(), 0.0, FILLED, 1.0)))
                .matches(verdict -> verdict.outcome() == Outcome.NO_ROWS && !verdict.isTold());
        assertThat(only(Check.atLeast(Measure.size(), 1), empty).outcome()).isEqualTo(Outcome.FAILED);
        assertThat(only(Check.atLeast(Measure.size().where("_op = '+'"), 1), empty)
                        .outcome())
                .isEqualTo(Outcome.FAILED);
    }

    @Test
    void whatNeedHaveNoRowsIsNotJudgedByItsSizeEither() {
        assertThat(Verdicts.noRows("scores/late", List.of(Check.atLeast(Measure.size(), 1), Check.atLeast(FILLED, 1))))
                .extracting(Verdict::rule, Verdict::outcome)
                .containsExactly(
                        tuple("size >= 1.0", Outcome.NO_ROWS), tuple("completeness(tailnum) >= 1.0", Outcome.NO_ROWS));
    }

    @Test
    void aRuleOnSomeOfTheRowsHasNoneToSpeakOfWhereThereAreNone() {
        Measure some = FILLED.where("_op = '+'");
        Measure size = Measure.size().where("_op = '+'");

        assertThat(only(Check.atLeast(some, 1), Map.of(Measure.size(), 2.0, size, 0.0))
                        .outcome())
                .isEqualTo(Outcome.NO_ROWS);
        assertThat(only(Check.atLeast(some, 1), Map.of(Measure.size(), 2.0, size, 1.0))
                        .outcome())
                .isEqualTo(Outcome.UNKNOWN);
        assertThat(only(Check.atLeast(some, 1), Map.of(Measure.size(), 2.0, size, 2.0, some, 0.5))
                        .message())
                .isEqualTo("completeness(tailnum) where _op = '+' is 0.5, must be >= 1.0");
    }

    @Test
    void aWarningNeverRefuses() {
        Check check = new Check(FILLED, 0.7, 1, true);
        assertThat(only(check, Map.of(FILLED, 0.1)).outcome()).isEqualTo(Outcome.WARNED);
        assertThat(only(check, Map.of()).refuses()).isFalse();
    }

    private static Verdict only(Check check, Map<Measure, Double> measured) {
        return Verdicts.judge("bronze/schedules", List.of(check), measured).get(0);
    }
}
