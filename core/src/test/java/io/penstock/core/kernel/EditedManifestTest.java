package io.penstock.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.delta.kernel.defaults.engine.DefaultEngine;
import io.penstock.core.Clock;
import io.penstock.core.Intent;
import io.penstock.core.Manifest;
import io.penstock.core.ManifestStore;
import io.penstock.core.PenstockException;
import io.penstock.core.Stage;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The last manifest of all has no successor whose chain would tell that it was edited. */
class EditedManifestTest {
    @TempDir
    Path folder;

    private String ops;
    private Map<String, Object> row;

    @BeforeEach
    void oneManifestIsThere() {
        String there = folder.resolve("there/ops").toString();
        KernelManifestStore store = new KernelManifestStore(there, "shop", Clock.system());
        Intent intent = ManifestStoreContract.intent("run-1", Stage.SCORE, "late");
        store.open(intent);
        store.claim(intent.runId());
        store.finish(
                intent,
                List.of(new Manifest(
                        "shop",
                        intent.stage(),
                        intent.subject(),
                        intent.units().get(0),
                        intent.runId(),
                        Manifest.Status.DONE,
                        "recipe-1",
                        "content",
                        List.of(),
                        List.of(),
                        List.of(),
                        Map.of("scores/late", 40L),
                        Map.of(),
                        Map.of(),
                        intent.opened(),
                        intent.opened(),
                        "somebody",
                        "")),
                List.of());
        assertThat(store.contradicted()).isEmpty();
        row = new HashMap<>(table(there).rows().get(0));
        ops = folder.resolve("edited/ops").toString();
    }

    @ParameterizedTest
    @CsvSource({
        "body, 40, 41",
        "status, DONE, REFUSED",
        "recipe, recipe-1, recipe-2",
        "actor, somebody, nobody",
        "hash, a, b",
        "run_id, run-1, run-2"
    })
    void anEditOfTheLastOneIsFound(String column, String from, String to) {
        String before = (String) row.get(column);
        row.put(column, before.replace(from, to));
        assertThat(row.get(column)).isNotEqualTo(before);

        table(ops).append(List.of(row));

        assertThat(new KernelManifestStore(ops, "shop", Clock.system()).contradicted())
                .containsExactly(0);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {}
            {"stage":
            """)
    void whatIsNoManifestIsToldByItsCode(String body) {
        row.put("body", body);
        table(ops).append(List.of(row));

        assertThatThrownBy(() -> new KernelManifestStore(ops, "shop", Clock.system()).manifests())
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-OPS-033 A manifest cannot be read: that of score");
    }

    @ParameterizedTest
    @CsvSource({"2013-13-01", "2013-12-25"})
    void anEntryOfTheLedgerThatCannotBeReadIsToldByItsCode(String unit) {
        brokenLedger(unit);

        assertThatThrownBy(() -> new KernelManifestStore(ops, "shop", Clock.system()).ledger())
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-OPS-033 An entry of the ledger cannot be read: that of a.csv, unit " + unit)
                .hasMessageContaining("files shop --rebuild");
    }

    @Test
    void whoNeedsNoLedgerDoesNotReadIt() {
        brokenLedger("no day");
        KernelManifestStore store = new KernelManifestStore(ops, "shop", Clock.system());
        Intent intent = ManifestStoreContract.intent("run-2", Stage.FEATURES, "");
        ManifestStore.Ledger ledger = store.ledgerNow();

        store.open(intent);
        store.finish(intent, List.of(), List.of());

        assertThat(store.openIntents()).isEmpty();
        assertThatThrownBy(() -> ledger.entries().get()).hasMessageContaining("PEN-OPS-033");
    }

    @Test
    void aCopyIsAsGoodAsTheOriginal() {
        table(ops).append(List.of(row));

        assertThat(new KernelManifestStore(ops, "shop", Clock.system()).contradicted())
                .isEmpty();
    }

    private void brokenLedger(String unit) {
        new KernelManifestStore(ops, "shop", Clock.system())
                .rebuildLedger(List.of(ManifestStoreContract.entry("run-1", ManifestStoreContract.CHRISTMAS)));
        new ControlTable(
                        DefaultEngine.create(new Configuration()),
                        ops + "/ledger",
                        KernelManifestStore.LEDGER_COLUMNS,
                        Clock.system())
                .append(List.of(Map.of("path", "a.csv", "unit", unit, "year", 2013)));
    }

    private static ControlTable table(String ops) {
        List<ControlTable.Column> columns = KernelManifestStore.COLUMNS.stream()
                .map(name -> new ControlTable.Column(name, ControlTable.Type.STRING))
                .toList();
        return new ControlTable(DefaultEngine.create(new Configuration()), ops + "/manifests", columns, Clock.system());
    }
}
