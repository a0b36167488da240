package io.penstock.scoring;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.scoring.RealizedPerformance.Outcome;
import java.time.LocalDate;
import java.util.List;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;

class RealizedPerformanceTest {
    private static final LocalDate CHRISTMAS = LocalDate.parse("2013-12-25");
    private static final LocalDate BOXING_DAY = LocalDate.parse("2013-12-26");

    @Test
    void eachUnitIsMeasuredByItself() {
        SortedMap<LocalDate, RealizedPerformance> units = RealizedPerformance.byUnit(List.of(
                new Outcome(BOXING_DAY, 0.5, true),
                new Outcome(CHRISTMAS, 0.9, true),
                new Outcome(CHRISTMAS, 0.2, false),
                new Outcome(CHRISTMAS, 0.95, false)));
        assertThat(units.keySet()).containsExactly(CHRISTMAS, BOXING_DAY);
        assertThat(units.get(CHRISTMAS))
                .matches(performance -> performance.auc() == 0.5)
                .matches(performance -> performance.positives() == 1 && performance.count() == 3);
        assertThat(units.get(BOXING_DAY).auc()).isNaN();
        assertThat(units.get(BOXING_DAY).logloss()).isEqualTo(Math.log(2));
    }

    @Test
    void withoutLabelsThereIsNothingToMeasure() {
        assertThat(RealizedPerformance.byUnit(List.of())).isEmpty();
        assertThat(RealizedPerformance.of(List.of()).count()).isZero();
    }
}
