package io.penstock.validation.drift;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.Measure;
import io.penstock.core.Verdict.Outcome;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MissingValuesTest {
    private static final String VIEW = "features/origin_weather_v1";

    @Test
    void theShareOfAViewIsThatOfItsColumns() {
        Map<Measure, Double> measured = Map.of(MissingValues.measure("temp"), 0.0, MissingValues.measure("visib"), 0.5);
        assertThat(MissingValues.share(List.of("temp", "visib"), measured)).hasValue(0.75);
        assertThat(MissingValues.share(List.of("temp"), Map.of())).isEmpty();
    }

    @Test
    void aViewThatIsAllMissingIsToldAndOneThatIsNotIsNot() {
        assertThat(MissingValues.judge(VIEW, 1, 1, List.of(0.1, 0.0, 0.05))).hasValueSatisfying(verdict -> {
            assertThat(verdict.outcome()).isEqualTo(Outcome.WARNED);
            assertThat(verdict.message())
                    .isEqualTo("PEN-FEA-040 no feature has a value for this unit; of the 3 before 5.0 % in the"
                            + " median");
        });
        assertThat(MissingValues.judge(VIEW, 0.99, 1, List.of(0.0))).isEmpty();
        assertThat(MissingValues.judge(VIEW, 0.33, 0.3, List.of(0.0))).isPresent();
    }

    @Test
    void aHistoryThatBeginsIsNotToldAndAViewThatNeverHadAValueIs() {
        assertThat(MissingValues.judge(VIEW, 1, 1, List.of())).isEmpty();
        assertThat(MissingValues.judge(VIEW, 1, 1, Collections.nCopies(6, 1.0))).isEmpty();
        assertThat(MissingValues.judge(VIEW, 1, 1, Collections.nCopies(7, 1.0))).isPresent();
    }

    /** Of units that were made before shares were kept it is not known that they had none. */
    @Test
    void unitsOfWhichNothingIsKnownAreAHistory() {
        assertThat(MissingValues.judge(VIEW, 1, 1, List.of(Double.NaN))).isPresent();
    }
}
