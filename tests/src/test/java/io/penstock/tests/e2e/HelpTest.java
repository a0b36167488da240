package io.penstock.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HelpTest {
    private static final Path HOME = Path.of(System.getProperty("penstock.home", ".."));

    @TempDir
    private Path clone;

    @Test
    void helpInAFreshCloneNamesTheVerbsAndBuildsNothing() throws IOException, InterruptedException {
        Files.createDirectories(clone.resolve("bin"));
        Files.copy(HOME.resolve("bin/penstock"), clone.resolve("bin/penstock"));

        Process help = new ProcessBuilder("bash", clone.resolve("bin/penstock").toString(), "run", "--help").start();
        String printed = new String(help.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(help.waitFor()).isZero();
        assertThat(printed).contains("Usage: penstock VERB", "validate", "bin/setup build");
        try (Stream<Path> files = Files.list(clone)) {
            assertThat(files).containsExactly(clone.resolve("bin"));
        }
    }
}
