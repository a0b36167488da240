package io.penstock.jobs.cli;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InitCommandTest {
    @TempDir
    private Path folder;

    @Test
    void aPipelineThatIsThereIsToldBeforeAnyFileIsLookedAt() throws IOException {
        Files.writeString(folder.resolve("shop.conf"), "pipeline = shop");
        InitCommand command = new InitCommand();
        command.common = new Common();
        command.common.work = folder;
        command.common.confDir = folder;
        command.pipeline = "shop";
        command.source = folder.resolve("no-such-folder");

        assertThatThrownBy(command::call).hasMessageContaining("PEN-CLI-014");
    }
}
