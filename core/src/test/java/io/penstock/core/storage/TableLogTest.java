package io.penstock.core.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.PenstockException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TableLogTest {
    private static final String PROTOCOL = "{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":2}}\n";
    private static final String ADD = "{\"add\":{\"path\":\"a.parquet\"}}\n";

    @TempDir
    private Path table;

    @BeforeEach
    void threeCommits() throws IOException {
        Files.createDirectories(table.resolve("_delta_log"));
        Files.writeString(commit(0), PROTOCOL);
        Files.writeString(commit(1), ADD);
        Files.writeString(commit(2), ADD);
    }

    @Test
    void nothingIsWrongWithAWholeLog() {
        assertThat(broken()).isEmpty();
    }

    @Test
    void aCommitThatEndsInTheMiddleOfALine() throws IOException {
        Files.writeString(commit(1), ADD + ADD.substring(0, 9));
        assertThat(code()).isEqualTo("PEN-TAB-001");
    }

    @Test
    void aCommitOf0Bytes() throws IOException {
        Files.writeString(commit(2), "");
        assertThat(code()).isEqualTo("PEN-TAB-002");
        assertThat(broken().orElseThrow().where())
                .endsWith(commit(2).getFileName().toString());
    }

    @Test
    void aCommitThatIsMissing() throws IOException {
        Files.delete(commit(1));
        assertThat(code()).isEqualTo("PEN-TAB-003");
        assertThat(broken().orElseThrow().what()).contains("version 1 of 2");
    }

    @Test
    void commitsBeforeTheLastCheckpointMayBeGone() throws IOException {
        Files.delete(commit(0));
        Files.writeString(table.resolve("_delta_log/00000000000000000001.checkpoint.parquet"), "PAR1 and more PAR1");
        assertThat(broken()).isEmpty();
    }

    @Test
    void aCheckpointThatDoesNotEndAsItMust() throws IOException {
        Path checkpoint = table.resolve("_delta_log/00000000000000000001.checkpoint.parquet");
        for (String text : List.of("PAR1 and more", "P", "")) {
            Files.writeString(checkpoint, text);
            assertThat(code()).as(text).isEqualTo("PEN-TAB-005");
        }
        assertThat(broken().orElseThrow().where())
                .endsWith(checkpoint.getFileName().toString());
    }

    @Test
    void aHintAtACheckpointThatIsNotThere() throws IOException {
        Path hint = Files.writeString(table.resolve("_delta_log/_last_checkpoint"), "{\"version\":1}");
        assertThat(code()).isEqualTo("PEN-TAB-005");
        assertThat(broken().orElseThrow()).hasMessageContaining("Delete this file");

        TableLog.forgetLostCheckpoint(new Configuration(), table.toString(), 1);
        assertThat(hint).doesNotExist();
        Files.writeString(table.resolve("_delta_log/00000000000000000001.checkpoint.parquet"), "PAR1 PAR1");
        Files.writeString(hint, "{\"version\":1}");
        TableLog.forgetLostCheckpoint(new Configuration(), table.toString(), 1);
        assertThat(hint).exists();
        assertThat(broken()).isEmpty();
    }

    @Test
    void aNewerProtocolAndItsFeaturesAreNamed() throws IOException {
        Files.writeString(
                commit(2),
                "{\"protocol\":{\"minReaderVersion\":3,\"minWriterVersion\":7,\"readerFeatures\":[\"timeTravelling\"]}}\n");
        assertThat(code()).isEqualTo("PEN-TAB-006");
        assertThat(broken().orElseThrow().what()).contains("timeTravelling");
    }

    @Test
    void aHintAtTheLastCheckpointIsGarbledOrItIsNot() throws IOException {
        assertThat(isHintGarbled(null)).isFalse();
        assertThat(isHintGarbled("{\"version\":1,\"size\":3}")).isFalse();
        assertThat(isHintGarbled("{\"version\":")).isTrue();
        assertThat(isHintGarbled("")).isTrue();
    }

    private boolean isHintGarbled(String text) throws IOException {
        if (text != null) {
            Files.writeString(table.resolve("_delta_log/_last_checkpoint"), text);
        }
        return TableLog.hasGarbledHint(new Configuration(), table.toString());
    }

    private String code() {
        return broken().orElseThrow().code();
    }

    private Optional<PenstockException> broken() {
        return TableLog.broken(new Configuration(), table.toString(), null);
    }

    private Path commit(int version) {
        return table.resolve(String.format(Locale.ROOT, "_delta_log/%020d.json", version));
    }
}
