package io.penstock.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.PenstockException;
import io.penstock.core.Schedule;
import io.penstock.core.Unit;
import java.time.LocalTime;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class RangeTest {
    private static final Schedule MONTHLY = Schedule.monthly(LocalTime.of(8, 0), ZoneOffset.UTC);

    @Test
    void aRangeTakesTheUnitsInIt() {
        assertThat(Range.units(range("2013-11-15", "2014-01-31"), MONTHLY))
                .extracting(Unit::toString)
                .containsExactly("2013-12-01", "2014-01-01");
    }

    @Test
    void aDateWithoutACutIsRefusedWithTheUnitsNextToIt() {
        Range.Choice choice = new Range.Choice();
        choice.unit = "2013-12-24";

        assertThatThrownBy(() -> Range.units(choice, MONTHLY))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-CFG-070")
                .hasMessageContaining("2013-12-24 is no unit: the pipeline's units are on the first of each month")
                .hasMessageContaining("The nearest are 2013-12-01 and 2014-01-01");
    }

    @Test
    void aRangeWithoutAnyUnitIsRefused() {
        assertThatThrownBy(() -> Range.units(range("2013-12-02", "2013-12-31"), MONTHLY))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("There is no unit from 2013-12-02 to 2013-12-31")
                .hasMessageContaining("The nearest are 2013-12-01 and 2014-01-01");
    }

    @Test
    void datesStandForAllUnitsOfTheirDays() {
        Schedule schedule = Schedule.hourly(8, LocalTime.MIDNIGHT);

        assertThat(Range.units(range("2013-12-25T08:00Z", "2013-12-26"), schedule))
                .extracting(Unit::toString)
                .containsExactly(
                        "2013-12-25T08:00Z",
                        "2013-12-25T16:00Z",
                        "2013-12-26T00:00Z",
                        "2013-12-26T08:00Z",
                        "2013-12-26T16:00Z");
        assertThatThrownBy(() -> Range.units(range("2013-12-25T08:00Z", "2013-12-26"), MONTHLY))
                .hasMessageContaining("PEN-CFG-070")
                .hasMessageContaining("2013-12-25T08:00Z is no unit");
    }

    private static Range.Choice range(String from, String to) {
        Range.Choice choice = new Range.Choice();
        choice.range = new Range.FromTo();
        choice.range.from = from;
        choice.range.to = to;
        return choice;
    }
}
