package io.penstock.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the log of somebody's table tells, and what of it can still be read. */
class TableChangesTest {
    private static final String FIRST = """
            {"protocol":{"minReaderVersion":1,"minWriterVersion":2}}
            {"metaData":{"id":"x","format":{"provider":"parquet","options":{}},"schemaString":"{\\"type\\":\\"struct\\",\
            \\"fields\\":[{\\"name\\":\\"_op\\",\\"type\\":\\"string\\",\\"nullable\\":true,\\"metadata\\":{}}]}",\
            "partitionColumns":[],"configuration":{},"createdTime":1}}
            """;

    @TempDir
    private Path table;

    @BeforeEach
    void begin() throws IOException {
        Files.createDirectories(table.resolve("_delta_log"));
        Files.createDirectories(table.resolve("p=a:b"));
    }

    @ParameterizedTest(name = "{0} files")
    @ValueSource(ints = {3, 300})
    void itCanBeReadFromBehindTheLastFileThatWasDeleted(int count) throws IOException {
        StringBuilder added = new StringBuilder();
        StringBuilder dropped = new StringBuilder();
        for (int i = 0; i < count; i++) {
            String file = "p=a:b/" + i + ".parquet";
            Files.writeString(table.resolve(file), "x");
            added.append(add(file, true));
            dropped.append("{\"remove\":{\"path\":\"p=a%3Ab/" + i + ".parquet\",\"dataChange\":false}}\n");
        }
        commit(0, FIRST + added);
        commit(1, add("p=a:b/more.parquet", true));
        commit(2, dropped + add("p=a:b/all.parquet", false));
        commit(3, add("p=a:b/last.parquet", true));

        assertThat(readable(0)).isZero();
        Files.delete(table.resolve("p=a:b/" + (count - 1) + ".parquet"));
        assertThat(readable(0)).isEqualTo(2);
        assertThat(readable(2)).isEqualTo(2);
        assertThat(changes().files(2))
                .extracting(TableChanges.AddedFile::path)
                .containsExactlyInAnyOrder("p=a:b/all.parquet", "p=a:b/more.parquet");
        assertThat(changes().since(1))
                .extracting(TableChanges.Version::changesRows)
                .containsExactly(true, false, true);
        assertThat(changes().columns()).containsExactly("_op");
    }

    @Test
    void aCommitOfNoBytesIsNoCommitOfNothing() throws IOException {
        commit(0, FIRST + add("a.parquet", true));
        commit(1, "");
        commit(2, add("b.parquet", true));

        assertThatThrownBy(() -> changes().since(1)).hasMessageContaining("PEN-TAB-002");
        assertThatThrownBy(() -> changes().files(2)).hasMessageContaining("PEN-TAB-002");
        assertThat(changes().since(2)).hasSize(1);
        assertThat(changes().files(0)).hasSize(1);
    }

    private long readable(long version) throws IOException {
        return changes().readable(version, changes().since(version));
    }

    private TableChanges changes() throws IOException {
        return TableChanges.of(new Configuration(), table.toString());
    }

    private static String add(String file, boolean isNew) {
        return "{\"add\":{\"path\":\"" + file.replace(":", "%3A")
                + "\",\"partitionValues\":{},\"size\":1,\"modificationTime\":1,\"dataChange\":" + isNew + "}}\n";
    }

    private void commit(int version, String lines) throws IOException {
        Files.writeString(table.resolve(String.format(Locale.ROOT, "_delta_log/%020d.json", version)), lines);
    }
}
