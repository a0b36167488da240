package io.penstock.validation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.Check;
import io.penstock.core.PenstockException;
import io.penstock.core.Verdict.Outcome;
import io.penstock.core.config.ExpectationSpec;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.config.SourceSpec.Format;
import io.penstock.core.config.SourceSpec.Mode;
import io.penstock.core.config.SourceSpec.NewColumn;
import io.penstock.core.config.ViewSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ChecksTest {
    private static final double NONE = Double.NEGATIVE_INFINITY;
    private static final double ANY = Double.POSITIVE_INFINITY;

    @Test
    void aSourceIsHeldToItsKeyAndItsExpectations() {
        SourceSpec source = source(
                false,
                new ExpectationSpec("completeness", "tailnum", 0.7, ANY, false),
                new ExpectationSpec("unique", "flight_id", NONE, ANY, false),
                new ExpectationSpec("approx-distinct", "carrier", NONE, 40, true));
        assertThat(Checks.of(source))
                .extracting(Check::rule)
                .containsExactly(
                        "size >= 1.0",
                        "completeness(flight_id) >= 1.0",
                        "completeness(tailnum) >= 0.7",
                        "uniqueness(flight_id) >= 1.0",
                        "approx_distinct(carrier) <= 40.0");
    }

    @Test
    void ofAUnitWithoutRowsNoSizeIsAskedThatNobodyDeclared() {
        assertThat(Checks.ofNoRows(source(false)))
                .extracting(Check::rule)
                .containsExactly("completeness(flight_id) >= 1.0");
        assertThat(Checks.ofNoRows(source(false, new ExpectationSpec("size", "", 1, ANY, false))))
                .extracting(Check::rule)
                .contains("size >= 1.0");
    }

    @Test
    void aSourceThatMayBeEmptyHasNoRuleOnItsSize() {
        assertThat(Checks.of(source(true))).extracting(Check::rule).containsExactly("completeness(flight_id) >= 1.0");
    }

    @Test
    void expectationsSpeakOfRowsNotOfWithdrawals() {
        SourceSpec source = source(
                Mode.UPSERT,
                Optional.of("status = 'gone'"),
                true,
                new ExpectationSpec("completeness", "tailnum", 0.7, ANY, false));

        assertThat(Checks.of(source))
                .extracting(Check::rule)
                .containsExactly(
                        "completeness(flight_id) >= 1.0",
                        "size where _op = '+' >= 0.0",
                        "completeness(tailnum) where _op = '+' >= 0.7");
    }

    @Test
    void anUnknownExpectationNamesTheKnownOnes() {
        assertThatThrownBy(() -> Checks.of(source(false, new ExpectationSpec("complete", "a", 1, ANY, false))))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-CFG-003")
                .hasMessageContaining("completeness");
    }

    @Test
    void viewsScoresAndTrainingSetsAreUniqueByKeyAndAsOf() {
        ViewSpec view = new ViewSpec(
                "routes",
                1,
                "outcomes",
                List.of("origin", "dest"),
                Optional.empty(),
                Map.of(),
                List.of(),
                Optional.empty(),
                "");
        assertThat(Checks.features(view)).extracting(Check::rule).contains("uniqueness(origin,dest,as_of) >= 1.0");
        assertThat(Checks.scores(List.of("id")))
                .extracting(Check::rule)
                .contains("uniqueness(id,as_of) >= 1.0", "minimum(score) >= 0.0", "maximum(score) <= 1.0");
        assertThat(Checks.trainingSet(List.of("id")))
                .extracting(Check::rule)
                .contains("uniqueness(id,as_of) >= 1.0", "completeness(label) >= 1.0");
    }

    @Test
    void aRejectRateAtTheLimitPasses() {
        assertThat(Checks.rejectRate("bronze/a", 5, 100, 0.05, Map.of()).outcome())
                .isEqualTo(Outcome.PASSED);
        assertThat(Checks.rejectRate("bronze/a", 0, 0, 0.05, Map.of()).outcome())
                .isEqualTo(Outcome.PASSED);
        assertThat(Checks.rejectRate("bronze/a", 6, 100, 0.05, Map.of("PEN-ROW-018", 2L, "PEN-ROW-015", 4L)))
                .matches(verdict -> verdict.outcome() == Outcome.FAILED)
                .matches(verdict -> verdict.message().startsWith("PEN-ROW-035 6 of 100"))
                .matches(verdict -> verdict.message().endsWith("; most by PEN-ROW-015 4, PEN-ROW-018 2"));
        assertThat(Checks.rejectRate("bronze/a", 1, 6, 0.05, Map.of()).message())
                .contains("a share of 0.1667, must be <= 0.05");
        assertThat(Checks.rejectRate("bronze/a", 500_001, 10_000_000, 0.05, Map.of())
                        .message())
                .contains("a share of 0.0500001, must be <= 0.05");
    }

    private static SourceSpec source(boolean allowEmpty, ExpectationSpec... expectations) {
        return source(Mode.APPEND, Optional.empty(), allowEmpty, expectations);
    }

    private static SourceSpec source(
            Mode mode, Optional<String> deleteWhen, boolean allowEmpty, ExpectationSpec... expectations) {
        return new SourceSpec(
                "schedules",
                "schedules/*.csv",
                Format.CSV,
                mode,
                List.of("flight_id"),
                Optional.of("landed"),
                deleteWhen,
                "landed",
                "landed",
                NewColumn.EVOLVE,
                List.of(),
                allowEmpty,
                0.05,
                Map.of(),
                Map.of(),
                List.of(expectations),
                "");
    }
}
