package io.penstock.lineage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.penstock.core.LedgerEntry;
import io.penstock.core.Manifest;
import io.penstock.core.ManifestHead;
import io.penstock.core.Pin;
import io.penstock.core.Stage;
import io.penstock.core.UnitId;
import io.penstock.core.Verdict;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.history.History;
import io.penstock.core.history.LedgerProjection;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class KeptOutTest {
    private static final UnitId DAY = UnitId.of(LocalDate.of(2024, 3, 1));
    private static final UnitId NEXT = DAY.plusDays(1);

    private final Map<String, String> facts = new TreeMap<>();
    private final List<Pin> pins = new ArrayList<>();

    @Test
    void whatKeptARowOutIsListedWithItsCodeAndWhatDidNotIsNot() {
        file("orders", "sound.csv", "taken", 5, 5, 0, "");
        file("orders", "second-record-of-a-key.csv", "taken", 5, 3, 0, "");
        file("orders", "says-it-again.csv", "taken", 5, 3, 2, "");
        file("orders", "damaged.csv", "quarantined", 0, 0, 0, "PEN-ING-003 empty");
        file("orders", "copy.csv", "duplicate", 5, 0, 0, "of sound.csv");
        file("stock", "one-bad-record.csv", "taken", 9, 8, 0, "");
        file("stock", "empty.csv", "taken", 0, 0, 0, "");
        file("other", "of-no-source-it-uses.csv", "quarantined", 0, 0, 0, "PEN-ING-003 empty");
        Manifest done = manifest("done", DAY, Manifest.Status.DONE, List.of());

        assertThat(keptOut(NEXT, done))
                .extracting(KeptOut.File::path, KeptOut.File::records, KeptOut.File::codes)
                .containsExactlyInAnyOrder(
                        tuple("second-record-of-a-key.csv", 2L, Set.of("PEN-ROW-027")),
                        tuple("says-it-again.csv", 2L, Set.of("PEN-ROW-026")),
                        tuple("damaged.csv", 0L, Set.of("PEN-ING-003")),
                        tuple("copy.csv", 0L, Set.of("PEN-ING-012")),
                        tuple("one-bad-record.csv", 1L, Set.of("PEN-ING-040", "PEN-ROW-015")),
                        tuple("empty.csv", 0L, Set.of("PEN-ING-040")));
    }

    @Test
    void filesOfARefusedUnitAreListedUntilTheUnitIsDone() {
        file("orders", "bad.csv", "refused", 5, 0, 0, "the unit was refused");
        Manifest refused = manifest(
                "refused",
                DAY,
                Manifest.Status.REFUSED,
                List.of(new Verdict(
                        "bronze/orders",
                        "reject rate <= 0.1",
                        Verdict.Outcome.FAILED,
                        0.4,
                        "PEN-ROW-035 2 of 5 records were rejected")));

        assertThat(keptOut(DAY, refused))
                .singleElement()
                .satisfies(file -> assertThat(file.codes()).containsExactly("PEN-OPS-041", "PEN-ROW-035"))
                .satisfies(file -> assertThat(file.sha256()).isEqualTo("h-bad.csv"));
        assertThat(keptOut(DAY.minusDays(1), refused)).as("of a unit after it").isEmpty();

        facts.clear();
        pins.clear();
        file("orders", "bad.csv", "taken", 5, 5, 0, "");
        Manifest again = manifest("again", DAY, Manifest.Status.DONE, List.of());
        assertThat(keptOut(DAY, refused, again)).isEmpty();
    }

    private static List<KeptOut.File> keptOut(UnitId upTo, Manifest... manifests) {
        List<Manifest> all = List.of(manifests);
        History then = new History(all.stream().map(ManifestHead::of).toList(), LedgerProjection.of(all), List.of());
        return KeptOut.of(
                then,
                Map.of("orders", SourceSpec.Mode.APPEND, "stock", SourceSpec.Mode.SNAPSHOT),
                upTo,
                source -> Map.of(
                        DAY,
                        source.equals("orders")
                                ? Map.of("second-record-of-a-key.csv", Set.of("PEN-ROW-027"))
                                : Map.of("one-bad-record.csv", Set.of("PEN-ROW-015"))));
    }

    private void file(String source, String path, String state, long in, long out, long duplicates, String reason) {
        String sha256 = "h-" + path;
        LedgerEntry entry = new LedgerEntry(
                source, path, LedgerEntry.fileId(path, sha256), 10, 7, sha256, state, DAY, "", in, out, reason);
        LedgerProjection.tell(facts, entry, duplicates);
        pins.add(new Pin.FilePin(source, path, 10, sha256));
    }

    private Manifest manifest(String run, UnitId unit, Manifest.Status status, List<Verdict> verdicts) {
        return new Manifest(
                "p",
                Stage.INGEST,
                "",
                unit,
                run,
                status,
                "",
                "",
                List.copyOf(pins),
                List.of(new Pin.TablePin("bronze/orders", 1, 1), new Pin.TablePin("bronze/stock", 1, 1)),
                verdicts,
                Map.of(),
                Map.copyOf(facts),
                Map.of(),
                Instant.EPOCH,
                Instant.EPOCH,
                "",
                "");
    }
}
