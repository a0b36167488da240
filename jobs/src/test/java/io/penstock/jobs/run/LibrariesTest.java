package io.penstock.jobs.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.PenstockException;
import io.penstock.jobs.run.Libraries.Found;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LibrariesTest {
    @Test
    void c19_whatTheBuildLaysOutFits() {
        Found found = Libraries.found();

        Libraries.require(found);
        assertThat(found.delta()).isPresent();
        assertThat(found.xgboosts()).containsExactly("3.4.0");
    }

    @ParameterizedTest
    @CsvSource({
        "4.0.1, 2.12.18, 3.3.3, Spark 4.0.1 was found",
        "3.4.4, 2.12.18, 3.3.3, Spark 3.4.4 was found",
        "3.5.9, 2.13.8, 3.3.3, Scala 2.13.8 was found",
        "3.5.9, 2.12.18, 2.4.0, Delta 2.4.0 was found",
        "3.5.9, 2.12.18, , Delta none was found",
    })
    void c19_aWrongMixIsToldWithWhatIsWanted(String spark, String scala, String delta, String told) {
        Found found = new Found(spark, scala, Optional.ofNullable(delta), List.of("3.4.0"));

        assertThatThrownBy(() -> Libraries.require(found))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-CFG-019")
                .hasMessageContaining(told)
                .hasMessageContaining("x is wanted");
    }

    @Test
    void c19_twoXgboostsAreTold() {
        Found found = new Found("3.5.9", "2.12.18", Optional.of("3.3.3"), List.of("1.7.6", "3.4.0"));

        assertThatThrownBy(() -> Libraries.require(found)).hasMessageContaining("1.7.6 and 3.4.0");
    }
}
