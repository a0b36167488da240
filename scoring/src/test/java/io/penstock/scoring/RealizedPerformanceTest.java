package io.penstock.scoring;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.UnitId;
import io.penstock.core.model.Measured;
import io.penstock.core.model.Task;
import io.penstock.scoring.RealizedPerformance.Outcome;
import java.util.List;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;

class RealizedPerformanceTest {
    private static final UnitId CHRISTMAS = UnitId.parse("2013-12-25");
    private static final UnitId BOXING_DAY = UnitId.parse("2013-12-26");

    @Test
    void eachUnitIsMeasuredByItself() {
        SortedMap<UnitId, Measured> units = RealizedPerformance.byUnit(
                Task.binary(),
                List.of(
                        new Outcome(BOXING_DAY, 0.5, 1),
                        new Outcome(CHRISTMAS, 0.9, 1),
                        new Outcome(CHRISTMAS, 0.2, 0),
                        new Outcome(CHRISTMAS, 0.95, 0)));
        assertThat(units.keySet()).containsExactly(CHRISTMAS, BOXING_DAY);
        assertThat(units.get(CHRISTMAS).metrics()).containsEntry("auc", 0.5);
        assertThat(units.get(CHRISTMAS).counts()).containsEntry("positives", 1L);
        assertThat(units.get(CHRISTMAS).rows()).isEqualTo(3);
        assertThat(units.get(BOXING_DAY).metrics().get("auc")).isNaN();
        assertThat(units.get(BOXING_DAY).metrics()).containsEntry("logloss", Math.log(2));
    }

    @Test
    void withoutLabelsThereIsNothingToMeasure() {
        assertThat(RealizedPerformance.byUnit(Task.binary(), List.of())).isEmpty();
        assertThat(RealizedPerformance.of(Task.binary(), List.of()).rows()).isZero();
    }
}
