package io.penstock.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.delta.kernel.defaults.engine.DefaultEngine;
import io.delta.kernel.engine.Engine;
import io.delta.kernel.utils.CloseableIterator;
import io.delta.kernel.utils.FileStatus;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A log is listed as Kernel lists it. */
class LocalLogTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"plain", "with blank", "a%20b", "日本", "plus+and&and="})
    void theEndOfALogIsWhatKernelLists(String name) throws IOException {
        Path log = Files.createDirectories(folder.resolve(name).resolve("_delta_log"));
        for (int i = 0; i < 30; i++) {
            String file = "%020d".formatted(i) + (i % 10 == 9 ? ".checkpoint.parquet" : ".json");
            Files.writeString(log.resolve(file), "x".repeat(i));
            Files.setLastModifiedTime(log.resolve(file), FileTime.fromMillis(1_700_000_000_123L + i));
            Files.writeString(log.resolve("." + file + ".crc"), "sum");
        }
        Files.createDirectory(log.resolve("_sidecars"));
        Files.writeString(log.resolve("_last_checkpoint"), "{}");

        for (String first : List.of("00000000000000000000.", "00000000000000000019.checkpoint.parquet", "z", "0")) {
            for (String root : List.of("file:" + log, log.toString())) {
                String path = root + "/" + first;
                assertThat(list(ControlEngine.of(new Configuration()), path))
                        .as(path)
                        .isEqualTo(list(DefaultEngine.create(new Configuration()), path));
            }
        }
        assertThat(list(ControlEngine.of(new Configuration()), log + "/00000000000000000027."))
                .hasSize(5); // three of the log, its hint and a folder
    }

    @Test
    void aLogThatIsNotThereIsToldAsKernelTellsIt() {
        String path = folder.resolve("none/_delta_log/00000000000000000000.").toString();

        assertThatThrownBy(() -> list(ControlEngine.of(new Configuration()), path))
                .isInstanceOf(FileNotFoundException.class);
    }

    @Test
    void onlyALocalDiskIsAskedItself() throws IOException {
        Configuration other = new Configuration();
        other.set("fs.file.impl", RawLocalFileSystem.class.getName());
        other.setBoolean("fs.file.impl.disable.cache", true);

        assertThat(LocalLog.from(new Configuration(), folder + "/0")).isPresent();
        assertThat(LocalLog.from(other, folder + "/0")).isEmpty();
    }

    private static List<String> list(Engine engine, String path) throws IOException {
        List<String> files = new ArrayList<>();
        try (CloseableIterator<FileStatus> all = engine.getFileSystemClient().listFrom(path)) {
            all.forEachRemaining(
                    file -> files.add(file.getPath() + " " + file.getSize() + " " + file.getModificationTime()));
        }
        return files;
    }
}
