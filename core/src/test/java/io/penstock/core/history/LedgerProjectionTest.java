package io.penstock.core.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.InMemoryManifestStore;
import io.penstock.core.Intent;
import io.penstock.core.LedgerEntry;
import io.penstock.core.Manifest;
import io.penstock.core.ManifestHead;
import io.penstock.core.PenstockException;
import io.penstock.core.Pin;
import io.penstock.core.Stage;
import io.penstock.core.UnitId;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class LedgerProjectionTest {
    private static final UnitId DAY = UnitId.of(LocalDate.of(2024, 3, 1));
    private static final LedgerEntry TAKEN = entry("a.csv", "taken", 5, 3, "");
    private static final LedgerEntry DAMAGED = entry("b.csv", "quarantined", 0, 0, "PEN-ING-003 empty");
    private static final LedgerEntry SEEN = entry("c.csv", "seen", 0, 0, "touched, the same content");

    @Test
    void theLedgerIsWhatManifestsTell() {
        assertThat(LedgerProjection.of(List.of(manifest(true)))).containsExactly(TAKEN, DAMAGED, SEEN);
        assertThat(LedgerProjection.differences(List.of(manifest(true)), List.of(SEEN, TAKEN, DAMAGED)))
                .isEmpty();
    }

    @Test
    void whatOnlyOneOfThemHoldsIsTold() {
        LedgerEntry other = entry("a.csv", "taken", 5, 4, "");

        assertThat(LedgerProjection.differences(List.of(manifest(true)), List.of(other, DAMAGED, DAMAGED, SEEN)))
                .satisfiesExactly(
                        missing -> assertThat(missing)
                                .startsWith("no manifest tells")
                                .contains("a.csv", "4 out"),
                        twice -> assertThat(twice)
                                .startsWith("no manifest tells")
                                .contains("b.csv"),
                        lost -> assertThat(lost)
                                .startsWith("the ledger does not hold")
                                .contains("a.csv", "3 out"));
    }

    @Test
    void anotherHashInTheLedgerIsTold() {
        LedgerEntry forged =
                new LedgerEntry("x", "a.csv", TAKEN.fileId(), 10, 77, "forged", "taken", DAY, "r1", 5, 3, "");

        assertThat(LedgerProjection.differences(List.of(manifest(true)), List.of(forged, DAMAGED, SEEN)))
                .hasSize(2)
                .anySatisfy(told ->
                        assertThat(told).startsWith("no manifest tells x a.csv").contains("forged"));
        History forgedHistory =
                new History(List.of(ManifestHead.of(manifest(true))), List.of(forged, DAMAGED, SEEN), List.of());
        assertThat(forgedHistory.toldByManifests().ledger()).containsExactly(TAKEN, DAMAGED, SEEN);
    }

    @Test
    void aRunThatHasNotWrittenItsEntriesYetIsNoDifference() {
        InMemoryManifestStore store = new InMemoryManifestStore();
        Intent intent = new Intent(
                "p", Stage.INGEST, "", "r1", List.of(DAY), "", Map.of(), Map.of(), Map.of(), Instant.EPOCH, "open");
        store.open(intent);
        store.finish(intent, List.of(manifest(true)), List.of());
        assertThat(LedgerProjection.differences(store)).hasSize(3);

        store = new InMemoryManifestStore();
        Intent other = new Intent(
                "p", Stage.TRAIN, "", "r2", List.of(DAY), "", Map.of(), Map.of(), Map.of(), Instant.EPOCH, "open");
        store.open(intent);
        store.open(other);
        store.finish(other, List.of(manifest(true)), List.of()); // r1 has written its manifest and not more
        assertThat(LedgerProjection.differences(store)).isEmpty();
    }

    @Test
    void aRunThatWasGivenUpBeforeItsEntriesIsNoDifference() {
        InMemoryManifestStore store = new InMemoryManifestStore();
        Intent dead = new Intent(
                "p", Stage.INGEST, "", "r1", List.of(DAY), "", Map.of(), Map.of(), Map.of(), Instant.EPOCH, "open");
        Intent other = new Intent(
                "p", Stage.TRAIN, "", "r2", List.of(DAY), "", Map.of(), Map.of(), Map.of(), Instant.EPOCH, "open");
        Intent next = new Intent(
                "p", Stage.INGEST, "", "r3", List.of(DAY), "", Map.of(), Map.of(), Map.of(), Instant.EPOCH, "open");
        store.open(dead);
        store.open(other);
        store.finish(other, List.of(manifest(true)), List.of()); // r1 died after its manifest, before the ledger
        store.openInstead(next, dead);
        store.finish(next, List.of(), List.of());

        assertThat(store.lostRuns()).containsExactly("r1");
        assertThat(LedgerProjection.differences(store)).isEmpty();
    }

    @Test
    void aManifestThatTellsNothingOfAFileIsRefused() {
        assertThatThrownBy(() -> LedgerProjection.of(List.of(manifest(false))))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-OPS-034")
                .hasMessageContaining("a.csv");
    }

    @Test
    void whatIsRejectedIsTheRest() {
        LedgerProjection.FileOutcome outcome =
                LedgerProjection.outcomes(manifest(true)).values().iterator().next();

        assertThat(outcome.rejected()).isEqualTo(1);
    }

    private static Manifest manifest(boolean isTold) {
        Map<String, String> facts = new TreeMap<>(Map.of("metric.x/rejected", "1"));
        if (isTold) {
            LedgerProjection.tell(facts, TAKEN, 1);
            LedgerProjection.tell(facts, DAMAGED, 0);
            LedgerProjection.tellSeen(facts, SEEN);
        }
        return new Manifest(
                "p",
                Stage.INGEST,
                "",
                DAY,
                "r1",
                Manifest.Status.DONE,
                "",
                "",
                List.of(pin(TAKEN), pin(DAMAGED)),
                List.of(),
                List.of(),
                Map.of(),
                facts,
                Map.of(),
                Instant.EPOCH,
                Instant.EPOCH,
                "",
                "");
    }

    private static Pin pin(LedgerEntry entry) {
        return new Pin.FilePin(entry.source(), entry.path(), entry.bytes(), entry.sha256());
    }

    private static LedgerEntry entry(String path, String state, long in, long out, String reason) {
        return new LedgerEntry(
                "x", path, LedgerEntry.fileId(path, "h" + path), 10, 77, "h" + path, state, DAY, "r1", in, out, reason);
    }
}
