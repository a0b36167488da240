package io.penstock.validation.drift;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.Verdict;
import io.penstock.core.config.VolumeSpec;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class VolumesTest {
    private static final List<Long> WEEK = List.of(90L, 100L, 110L, 95L, 105L, 100L, 0L, 100L);

    @Test
    void r36_aJumpOrADropIsNotedAndRefusedWhereItIsDeclared() {
        for (long rows : new long[] {401, 24, 0}) {
            assertThat(Volumes.rows("bronze/t", rows, WEEK, VolumeSpec.ANY)).hasValueSatisfying(verdict -> {
                assertThat(verdict.outcome()).isEqualTo(Verdict.Outcome.WARNED);
                assertThat(verdict.message())
                        .isEqualTo("PEN-ROW-036 " + rows + " rows, the median of the 7 units before is 100");
            });
        }
        assertThat(Volumes.rows("bronze/t", 400, WEEK, VolumeSpec.ANY)).isEmpty();
        assertThat(Volumes.rows("bronze/t", 25, WEEK, VolumeSpec.ANY)).isEmpty();
        VolumeSpec declared = new VolumeSpec(0, Optional.of(1.5));
        assertThat(Volumes.rows("bronze/t", 151, WEEK, declared))
                .hasValueSatisfying(verdict -> assertThat(verdict.refuses()).isTrue());
        assertThat(Volumes.rows("bronze/t", 150, WEEK, declared)).isEmpty();
    }

    @Test
    void r36_fewUnitsSayNothingOfWhatIsUsual() {
        assertThat(Volumes.rows("bronze/t", 9000, Collections.nCopies(6, 1L), VolumeSpec.ANY))
                .isEmpty();
        assertThat(Volumes.rows("bronze/t", 9000, Collections.nCopies(7, 1L), VolumeSpec.ANY))
                .isPresent();
    }

    @Test
    void f02_tooFewFilesAreRefusedWhereAMinimumIsDeclared() {
        VolumeSpec two = new VolumeSpec(2, Optional.empty());
        assertThat(Volumes.files("bronze/t", 1, two)).hasValueSatisfying(verdict -> {
            assertThat(verdict.refuses()).isTrue();
            assertThat(verdict.message()).isEqualTo("PEN-ING-002 1 of at least 2 files landed for this unit");
        });
        assertThat(Volumes.files("bronze/t", 2, two)).isEmpty();
        assertThat(Volumes.files("bronze/t", 0, VolumeSpec.ANY)).isEmpty();
    }
}
