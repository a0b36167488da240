package io.penstock.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.delta.kernel.defaults.engine.DefaultEngine;
import io.delta.kernel.engine.Engine;
import io.penstock.core.Clock;
import io.penstock.core.Intent;
import io.penstock.core.LedgerEntry;
import io.penstock.core.Manifest;
import io.penstock.core.ManifestStore;
import io.penstock.core.PenstockException;
import io.penstock.core.Stage;
import io.penstock.core.kernel.ControlTable.Batch;
import io.penstock.core.kernel.ControlTable.Column;
import io.penstock.core.kernel.ControlTable.TxnId;
import io.penstock.core.kernel.ControlTable.Type;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelManifestStoreTest extends ManifestStoreContract {
    private static final List<Column> COLUMNS =
            List.of(new Column("name", Type.STRING), new Column("size", Type.LONG), new Column("share", Type.DOUBLE));

    @TempDir
    Path folder;

    @Override
    ManifestStore process() {
        return new KernelManifestStore(
                folder.toUri() + "ops", "flight-delay", () -> Instant.parse("2014-01-01T10:00:00Z"));
    }

    @Test
    void aRunThatDiedBetweenItsCommitsIsCompletedByFinishingAgain() throws IOException {
        ManifestStore store = process();
        Intent intent = intent("run-1", Stage.INGEST, "");
        store.open(intent);
        store.finish(intent, List.of(manifest(intent, CHRISTMAS)), List.of(entry("run-1", CHRISTMAS)));
        Manifest told = store.manifests().get(0);
        delete(folder.resolve("ops/ledger"));
        Files.delete(folder.resolve("ops/intents/_delta_log/00000000000000000001.json"));

        ManifestStore next = process();
        assertThat(next.openIntents()).containsExactly(intent);
        next.finish(intent, List.of(manifest(intent, CHRISTMAS)), List.of(entry("run-1", CHRISTMAS)));

        assertThat(next.manifests()).containsExactly(told);
        assertThat(next.ledger()).hasSize(1);
        assertThat(next.openIntents()).isEmpty();
    }

    @Test
    void rowsKeepCommitOrderAcrossYearsMergesAndCheckpoints() throws IOException {
        ControlTable table = table();
        List<String> names = new ArrayList<>();
        for (int i = 0; i < 45; i++) {
            names.add("a" + i);
            names.add("b" + i);
            table.append(List.of(row("a" + i, 2014 - i % 2), row("b" + i, 2013)), new TxnId("app", i + 1));
        }

        assertThat(table().rows()).extracting(row -> row.get("name")).containsExactlyElementsOf(List.copyOf(names));
        assertThat(table.rows()).isEqualTo(table().rows()).isSameAs(table.rows());
        assertThat(table().lastTxnVersion("app")).isEqualTo(45);
        assertThat(folder.resolve("a table/_delta_log/00000000000000000032.checkpoint.parquet"))
                .exists();
        assertThat(Files.readString(folder.resolve("a table/_delta_log/00000000000000000015.json")))
                .contains("\"remove\"", "\"dataChange\":false")
                .doesNotContain("\"dataChange\":true");
    }

    @Test
    void aTableOfANewerFormatIsRefusedAndOneWithoutFormatIsOfTheFirst() throws IOException {
        table().append(List.of(row("a", 2013)));
        Path created = folder.resolve("a table/_delta_log/00000000000000000000.json");
        String commit = Files.readString(created);
        assertThat(table().format()).contains(1);
        Files.deleteIfExists(created.resolveSibling("." + created.getFileName() + ".crc"));

        Files.writeString(
                created, commit.replace("\"configuration\":{", "\"configuration\":{\"penstock.format\":\"2\","));
        assertThatThrownBy(() -> table().rows())
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-CFG-099")
                .hasMessageContaining("format 2");
        assertThatThrownBy(() -> table().append(List.of(row("b", 2013))))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-CFG-099");

        Files.writeString(created, commit);
        assertThat(table().format()).contains(1);
        assertThat(table().rows()).hasSize(1);
        assertThat(table().addedColumns()).isEmpty();
    }

    @Test
    void theSameTransactionIsRefusedAndAnUnrelatedCommitIsNot() {
        ControlTable first = table();
        ControlTable second = table();
        first.append(List.of(row("a", 2013)), new TxnId("app", 1));

        assertThatThrownBy(() -> second.append(List.of(row("b", 2013)), new TxnId("app", 1)))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-RUN-050")
                .hasMessageContaining("app = 1");
        second.append(List.of(row("c", 2013)), new TxnId("other", 1));

        assertThat(first.lastTxnVersion("app")).isEqualTo(1);
        assertThat(first.lastTxnVersion("nobody")).isZero();
        assertThat(first.rows()).extracting(row -> row.get("name")).containsExactly("a", "c");
    }

    @Test
    void aCommitThatLostItsVersionIsComputedAgain() {
        ControlTable table = table();
        List<Integer> sizes = new ArrayList<>();
        table.commit(view -> {
            sizes.add(view.rows().size());
            if (sizes.size() <= 2) {
                table().append(List.of(row("other", 2013)));
            }
            return new Batch(List.of(row("mine", 2013)), Optional.empty());
        });

        assertThat(sizes).containsExactly(0, 1, 2);
        assertThat(table.rows()).extracting(row -> row.get("name")).containsExactly("other", "other", "mine");
    }

    @Test
    void writersAtTheSameInstantLoseNothing() {
        IntStream.range(0, 4).parallel().forEach(writer -> {
            ControlTable table = table();
            IntStream.range(0, 10).forEach(i -> table.append(List.of(row(writer + "-" + i, 2013))));
        });

        List<Map<String, Object>> rows = table().rows();
        assertThat(rows).extracting(row -> row.get("name")).hasSize(40).doesNotHaveDuplicates();
        assertThat(rows).extracting(row -> row.get("seq")).doesNotHaveDuplicates();
    }

    @Test
    void thousandsOfRowsGoInOneCommit() {
        ManifestStore store = process();
        Intent intent = intent("run-1", Stage.INGEST, "");
        List<Manifest> manifests = IntStream.range(0, 366)
                .mapToObj(day -> manifest(intent, CHRISTMAS.plusDays(day)))
                .toList();
        List<LedgerEntry> ledger = IntStream.range(0, 1200)
                .mapToObj(day -> entry("run-1", CHRISTMAS.plusDays(day)))
                .toList();
        store.open(intent);
        store.finish(intent, manifests, ledger);

        assertThat(process().manifests()).hasSize(366);
        assertThat(process().ledger()).isEqualTo(ledger);
        assertThat(folder.resolve("ops/manifests/_delta_log")).isDirectoryNotContaining("glob:**1.json");
    }

    @Test
    void runsThatAreClosedAreDone() {
        ManifestStore store = process();
        Intent closed = intent("run-1", Stage.SCORE, "late");
        store.open(closed);
        store.finish(closed, List.of(manifest(closed, CHRISTMAS)), List.of());
        store.open(intent("run-2", Stage.SCORE, "late"));

        assertThat(process().doneRuns()).containsExactly("run-1");
    }

    private ControlTable table() {
        Engine engine = DefaultEngine.create(new Configuration());
        return new ControlTable(engine, folder.resolve("a table").toString(), COLUMNS, Clock.system());
    }

    private static Map<String, Object> row(String name, int year) {
        return Map.of("name", name, "size", 3L, "year", year);
    }

    private static void delete(Path tree) throws IOException {
        try (Stream<Path> paths = Files.walk(tree)) {
            for (Path path : paths.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(path);
            }
        }
    }
}
