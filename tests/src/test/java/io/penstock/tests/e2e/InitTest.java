package io.penstock.tests.e2e;

import static io.penstock.tests.e2e.CommandLine.penstock;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code init} writes runs as it stands. */
class InitTest {
    @TempDir
    private Path folder;

    @Test
    void aPipelineBegunByInitRunsAsWritten() {
        String work = folder.resolve("work").toString();
        String conf = folder.resolve("conf").toString();
        penstock("init", "my-shop", "--work", work, "--conf-dir", conf).fine();

        penstock("run", "my-shop", "--unit", "2026-03-01", "--work", work, "--conf-dir", conf)
                .fine();

        assertThat(folder.resolve("work/warehouse/my_shop/bronze/orders")).isDirectory();
    }

    @Test
    void filesOfNoLandedFolderAreMovedByTheLinesThatInitPrints() throws Exception {
        Path flat = Files.createDirectories(folder.resolve("flat"));
        StringBuilder rows = new StringBuilder("id,at\n");
        for (int n = 0; n < 40; n++) {
            rows.append(n).append(",2026-03-01T05:00:").append(10 + n).append("Z\n");
        }
        Files.writeString(flat.resolve("rentals_1.csv"), rows);
        String work = folder.resolve("work").toString();
        String conf = folder.resolve("conf").toString();

        List<String> said = penstock("init", "rentals", "--source", flat.toString(), "--work", work, "--conf-dir", conf)
                .fine()
                .out()
                .lines()
                .toList();

        assertThat(said.get(1)).contains("next: put each file of rentals into a folder");
        assertThat(said.get(3)).contains("then penstock plan rentals");
        bash(said.get(2));
        assertThat(penstock("files", "rentals", "--work", work, "--conf-dir", conf)
                        .fine()
                        .out())
                .contains("rentals_1.csv");
    }

    private static void bash(String line) throws IOException, InterruptedException {
        Process process = new ProcessBuilder("bash", "-c", line).inheritIO().start();
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).isZero();
    }
}
