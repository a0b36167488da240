package io.penstock.jobs.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunReportTest {
    @TempDir
    private Path folder;

    @Test
    void anAddressIsWrittenThroughItsFileSystemAndAPathAsAFile() throws IOException {
        Path address = folder.resolve("a/result.json");
        Path path = folder.resolve("b/result.json");

        RunReport.write(
                address.toUri().toString().replace("file:/", "file:///"), Map.of("exit", 0), new Configuration());
        RunReport.write(path.toString(), Map.of("exit", 0), new Configuration());

        assertThat(Files.readString(address)).contains("\"exit\"").isEqualTo(Files.readString(path));
    }
}
