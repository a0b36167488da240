package io.penstock.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.ExitCode;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class PenstockTest {
    @Test
    void theParserSaysNothingOfAnArgumentBeforeItIsMasked() {
        PrintStream err = System.err;
        ByteArrayOutputStream told = new ByteArrayOutputStream();
        int exit;
        try {
            System.setErr(new PrintStream(told, true, StandardCharsets.UTF_8));
            exit = Penstock.run("plan", "shop", "--set", "dbPassword=\"Zq9secretZq", "--no-such-option");
        } finally {
            System.setErr(err);
        }

        assertThat(exit).isEqualTo(ExitCode.USAGE.value());
        assertThat(told.toString(StandardCharsets.UTF_8))
                .contains("--no-such-option")
                .doesNotContain("Zq9secretZq");
    }
}
