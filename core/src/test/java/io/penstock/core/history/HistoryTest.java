package io.penstock.core.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.penstock.core.Intent;
import io.penstock.core.LedgerEntry;
import io.penstock.core.Manifest;
import io.penstock.core.ManifestHead;
import io.penstock.core.Pin;
import io.penstock.core.Stage;
import io.penstock.core.UnitId;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class HistoryTest {
    private static final UnitId DAY = UnitId.of(LocalDate.of(2024, 3, 9));
    private static final UnitId NEXT = DAY.plusDays(1);

    @Test
    void theLastVersionOfATableIsToldByOutputsAlone() {
        History history = new History(
                List.of(
                        head(DAY, "", new Pin.TablePin("bronze/a", 9, 1)), // superseded by the one below
                        head(NEXT, "", new Pin.TablePin("bronze/a", 4, 1), new Pin.TablePin("bronze/b", 5, 1)),
                        head(DAY, "", new Pin.TablePin("bronze/a", 3, 1)),
                        head(DAY, "other", new Pin.TablePin("bronze/a", 8, 1))),
                List.of(),
                List.of());

        assertThat(last(history, "bronze/a")).isEqualTo(4);
        assertThat(last(history, "bronze/a", NEXT)).isEqualTo(3);
        assertThat(last(history, "bronze/a", NEXT, DAY)).isEqualTo(-1);
        assertThat(last(history, "bronze/b", DAY)).isEqualTo(5);
        assertThat(last(history, "bronze/none")).isEqualTo(-1);
    }

    @Test
    void whatStandsIsWhatTheLastRunsThatWereDoneSay() {
        List<LedgerEntry> ledger = List.of(
                entry("a", DAY, "first", "taken"),
                entry("a", DAY, "later", "seen"),
                entry("b", DAY, "second", "taken"),
                entry("b", DAY, "third", "refused"),
                entry("c", NEXT, "first", "taken"));

        assertThat(new History(List.of(head("first"), head("second")), ledger, List.of()).standing())
                .extracting(LedgerEntry::path, LedgerEntry::runId)
                .containsExactly(tuple("a", "later"), tuple("b", "second"), tuple("c", "first"));
        assertThat(new History(List.of(head("first"), head("second"), refused("third")), ledger, List.of()).standing())
                .as("what a refused run would have replaced stays")
                .extracting(LedgerEntry::path, LedgerEntry::runId)
                .containsExactly(tuple("a", "later"), tuple("b", "second"), tuple("b", "third"), tuple("c", "first"));
        assertThat(new History(List.of(head("first"), head("second")), ledger, List.of(open(DAY))).standing())
                .isEqualTo(ledger);
    }

    /** Its rows are in the tables still: taken once more when it is put back, they would be there twice. */
    @Test
    void whatASourceBroughtStandsThoughItsUnitRanAgainWithoutIt() {
        LedgerEntry taken = entry("a", DAY, "first", "taken");
        ManifestHead without = head("second", Manifest.Status.DONE, "other");

        History history = new History(List.of(head("first"), without), List.of(taken), List.of());

        assertThat(history.standing()).containsExactly(taken);
        assertThat(history.isSaidLast(taken)).isTrue();
        History again = new History(List.of(head("first"), without, head("third")), List.of(taken), List.of());
        assertThat(again.standing()).isEmpty();
        assertThat(again.isSaidLast(taken)).isFalse();
    }

    /** Guards of a run that comes again go by it: what was refused changed nothing in the tables. */
    @Test
    void whatIsInTheTablesIsWhatTheLastDoneRunSaid() {
        LedgerEntry taken = entry("a", DAY, "first", "taken");
        LedgerEntry refused = entry("a", DAY, "second", "refused");
        List<LedgerEntry> ledger = List.of(taken, refused);

        History after = new History(List.of(head("first"), refused("second")), ledger, List.of());
        assertThat(after.isInTables(taken)).isTrue();
        assertThat(after.isInTables(refused)).isFalse();
        assertThat(after.isSaidLast(taken)).isFalse();
        assertThat(after.isSaidLast(refused)).isTrue();
        assertThat(new History(List.of(head("first"), refused("second"), head("third")), ledger, List.of())
                        .isInTables(taken))
                .isFalse();
        assertThat(new History(List.of(head("first"), refused("other")), List.of(taken), List.of()).isSaidLast(taken))
                .as("what was refused without the source says nothing of it")
                .isTrue();
    }

    @Test
    void whatARunFoundIsWhatHadFinishedBeforeIt() {
        LedgerEntry first = entry("a", DAY, "first", "taken");
        LedgerEntry second = entry("a", DAY, "second", "taken");
        Manifest scored = scored();
        History history = new History(
                List.of(head("first"), ManifestHead.of(scored), head("second")), List.of(first, second), List.of());

        assertThat(history.standing()).containsExactly(second);
        assertThat(history.before(scored).standing()).containsExactly(first);
        assertThat(history.before(scored)
                        .head(Stage.INGEST, "", DAY)
                        .orElseThrow()
                        .runId())
                .isEqualTo("first");
    }

    /** Views had one manifest together before they had their own. */
    @Test
    void featuresOfAllViewsCountAsTheManifestOfEachViewThatTheyWrote() {
        ManifestHead all = ManifestHead.of(features("all", "", "a_v1", "b_v1"));
        ManifestHead own = ManifestHead.of(features("own", "a_v1", "a_v1"));
        History before = new History(List.of(all), List.of(), List.of());
        History since = new History(List.of(all, own), List.of(), List.of());
        History again = new History(List.of(own, all), List.of(), List.of());

        assertThat(before.head(Stage.FEATURES, "a_v1", DAY)).contains(all);
        assertThat(before.head(Stage.FEATURES, "c_v1", DAY)).isEmpty();
        assertThat(before.doneUnits(Stage.FEATURES, "b_v1")).containsExactly(DAY);
        assertThat(before.doneUnits(Stage.FEATURES, "c_v1")).isEmpty();
        assertThat(before.doneUnits(Stage.FEATURES, "")).containsExactly(DAY);
        assertThat(before.lastVersion(Stage.FEATURES, "", "features/b_v1", Set.of()))
                .isEqualTo(7);
        assertThat(since.head(Stage.FEATURES, "a_v1", DAY)).contains(own);
        assertThat(since.head(Stage.FEATURES, "b_v1", DAY)).contains(all);
        assertThat(again.head(Stage.FEATURES, "a_v1", DAY)).contains(all);
        assertThat(since.newest(Stage.FEATURES, "b_v1")).containsExactly(all);
    }

    private static Manifest features(String run, String subject, String... views) {
        Map<String, String> facts = new TreeMap<>();
        List<Pin> outputs = new ArrayList<>();
        for (String view : views) {
            facts.put("view." + view, "definition");
            outputs.add(new Pin.TablePin("features/" + view, 7, 1));
        }
        return new Manifest(
                "shop",
                Stage.FEATURES,
                subject,
                DAY,
                run,
                Manifest.Status.DONE,
                "",
                "",
                List.of(),
                outputs,
                List.of(),
                Map.of(),
                facts,
                Map.of(),
                Instant.EPOCH,
                Instant.EPOCH,
                "",
                "");
    }

    private static Manifest scored() {
        return new Manifest(
                "shop",
                Stage.SCORE,
                "m",
                DAY,
                "scoring",
                Manifest.Status.DONE,
                "",
                "",
                List.of(),
                List.of(),
                List.of(),
                Map.of(),
                Map.of(),
                Map.of(),
                Instant.EPOCH,
                Instant.EPOCH,
                "",
                "");
    }

    private static LedgerEntry entry(String path, UnitId unit, String run, String state) {
        return new LedgerEntry("source", path, "", 1, 0, "sha", state, unit, run, 1, 1, "");
    }

    private static ManifestHead head(String run) {
        return head(run, Manifest.Status.DONE);
    }

    private static ManifestHead refused(String run) {
        return head(run, Manifest.Status.REFUSED);
    }

    private static ManifestHead head(String run, Manifest.Status status) {
        return head(run, status, "source");
    }

    private static ManifestHead head(String run, Manifest.Status status, String source) {
        List<Pin> outputs = List.of(new Pin.TablePin("bronze/" + source, 1, 0));
        return new ManifestHead(Stage.INGEST, "", DAY, run, status, "", "", () -> outputs, () -> {
            throw new AssertionError("Nobody needs the whole manifest");
        });
    }

    private static Intent open(UnitId unit) {
        return new Intent(
                "shop",
                Stage.INGEST,
                "",
                "open",
                List.of(unit),
                "",
                Map.of(),
                Map.of(),
                Map.of(),
                Instant.EPOCH,
                "open");
    }

    private static long last(History history, String table, UnitId... except) {
        return history.lastVersion(Stage.INGEST, "", table, Set.of(except));
    }

    private static ManifestHead head(UnitId unit, String subject, Pin... outputs) {
        return new ManifestHead(
                Stage.INGEST, subject, unit, "run", Manifest.Status.DONE, "", "", () -> List.of(outputs), () -> {
                    throw new AssertionError("The whole manifest names every file");
                });
    }
}
