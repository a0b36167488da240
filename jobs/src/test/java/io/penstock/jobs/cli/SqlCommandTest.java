package io.penstock.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.ExitCode;
import io.penstock.core.PenstockException;
import org.junit.jupiter.api.Test;

class SqlCommandTest {
    /** Spark's lexer would take hours over it. */
    @Test
    void commentsThatNestTooDeeplyAreToldBeforeSparkStarts() {
        SqlCommand command = new SqlCommand();
        command.query = "/* ".repeat(3_000) + "SELECT 1";

        assertThatThrownBy(command::call).isInstanceOfSatisfying(PenstockException.class, thrown -> {
            assertThat(thrown.code()).isEqualTo("PEN-CFG-050");
            assertThat(thrown.exit()).isEqualTo(ExitCode.CONFIGURATION);
            assertThat(thrown.getMessage())
                    .contains("9,008 characters", "nested more than 20 deep", "Take the comments out");
        });
    }
}
