package io.penstock.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.Intent;
import io.penstock.core.LedgerEntry;
import io.penstock.core.Manifest;
import io.penstock.core.ManifestStore;
import io.penstock.core.ManifestStore.MetricRow;
import io.penstock.core.PenstockException;
import io.penstock.core.Pin;
import io.penstock.core.Stage;
import io.penstock.core.UnitId;
import io.penstock.core.Verdict;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What every manifest store must do; each implementation runs it. */
abstract class ManifestStoreContract {
    static final UnitId CHRISTMAS = UnitId.of(LocalDate.of(2013, 12, 25));
    static final UnitId NEW_YEAR = UnitId.of(LocalDate.of(2014, 1, 1));

    /** A store of one process; every call gives another process over the same state. */
    abstract ManifestStore process();

    @Test
    void whatIsFinishedIsReadBackByAnotherProcess() {
        ManifestStore store = process();
        Intent intent = intent("run-1", Stage.INGEST, "");
        LedgerEntry entry = entry("run-1", CHRISTMAS);
        store.open(intent);
        assertThat(process().openIntents()).containsExactly(intent);

        store.finish(intent, List.of(manifest(intent, CHRISTMAS)), List.of(entry));

        ManifestStore other = process();
        assertThat(other.manifests())
                .containsExactly(manifest(intent, CHRISTMAS).chainedTo(""));
        assertThat(other.ledger()).containsExactly(entry);
        assertThat(other.openIntents()).isEmpty();
        assertThat(other.heads()).singleElement().satisfies(head -> {
            Manifest whole = manifest(intent, CHRISTMAS).chainedTo("");
            assertThat(head.outputs().get()).isNotEmpty().isEqualTo(whole.outputs());
            assertThat(head.manifest().get()).isEqualTo(whole);
        });
    }

    @Test
    void manifestsStandInCommitOrderAndEachIsChainedToTheOneBefore() {
        ManifestStore store = process();
        for (String run : List.of("run-1", "run-2", "run-3")) {
            Intent intent = intent(run, Stage.FEATURES, "");
            store.open(intent);
            store.finish(intent, List.of(manifest(intent, NEW_YEAR), manifest(intent, CHRISTMAS)), List.of());
        }

        List<Manifest> manifests = process().manifests();
        assertThat(manifests)
                .extracting(Manifest::runId)
                .containsExactly("run-1", "run-1", "run-2", "run-2", "run-3", "run-3");
        assertThat(manifests.subList(0, 2)).extracting(Manifest::unit).containsExactly(NEW_YEAR, CHRISTMAS);
        String previous = "";
        for (Manifest manifest : manifests) {
            assertThat(manifest.previous()).isEqualTo(previous);
            previous = manifest.hash();
        }
    }

    /** Twenty commits: files of a table are merged meanwhile. */
    @Test
    void aLedgerIsThatOfItsMomentWheneverItIsRead() {
        ManifestStore store = process();
        List<ManifestStore.Ledger> moments = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            moments.add(store.ledgerNow());
            Intent intent = intent("run-" + i, Stage.INGEST, "");
            store.open(intent);
            store.finish(intent, List.of(manifest(intent, CHRISTMAS)), List.of(entry("run-" + i, CHRISTMAS)));
        }
        assertThat(store.ledger()).hasSize(20);

        assertThat(moments).extracting(ManifestStore.Ledger::version).doesNotHaveDuplicates();
        for (int i = 19; i >= 0; i--) {
            assertThat(moments.get(i).entries().get())
                    .as("before commit " + i)
                    .extracting(LedgerEntry::runId)
                    .containsExactlyElementsOf(
                            IntStream.range(0, i).mapToObj(run -> "run-" + run).toList());
        }
        assertThat(store.ledger()).hasSize(20);
        long version = store.ledgerNow().version();
        Intent nothingLands = intent("run-20", Stage.FEATURES, "");
        store.open(nothingLands);
        store.finish(nothingLands, List.of(manifest(nothingLands, CHRISTMAS)), List.of());
        assertThat(store.ledgerNow().version()).isEqualTo(version);
    }

    @Test
    void anIntentIsRefusedWhileOneOfItsStageAndSubjectIsOpen() {
        ManifestStore first = process();
        ManifestStore second = process();
        assertThat(first.openIntents()).isEmpty();
        assertThat(second.openIntents()).isEmpty();

        first.open(intent("run-1", Stage.TRAIN, "late"));

        assertBusy(() -> second.open(intent("run-2", Stage.TRAIN, "late")));
        second.open(intent("run-3", Stage.TRAIN, "cancelled"));
        assertThat(first.openIntents()).extracting(Intent::runId).containsExactly("run-1", "run-3");
    }

    @Test
    void anIntentIsRefusedWhenItsStageWasFinishedSinceItsManifestsWereRead() {
        ManifestStore first = process();
        ManifestStore second = process();
        assertThat(second.manifests()).isEmpty();
        Intent done = intent("run-1", Stage.SCORE, "late");
        first.open(done);
        first.finish(done, List.of(manifest(done, CHRISTMAS)), List.of());

        assertBusy(() -> second.open(intent("run-2", Stage.SCORE, "late")));

        assertThat(second.manifests()).hasSize(1);
        second.open(intent("run-2", Stage.SCORE, "late"));
    }

    @Test
    void onlyOneOfManyOpenersAtTheSameInstantGetsIn() {
        Queue<Integer> opened = new ConcurrentLinkedQueue<>();
        Queue<String> refused = new ConcurrentLinkedQueue<>();
        IntStream.range(0, 6).parallel().forEach(i -> {
            try {
                process().open(intent("run-" + i, Stage.INGEST, ""));
                opened.add(i);
            } catch (PenstockException e) {
                refused.add(e.code());
            }
        });

        assertThat(opened).hasSize(1);
        assertThat(refused).hasSize(5).containsOnly("PEN-RUN-050");
        assertThat(process().openIntents()).hasSize(1);
    }

    @Test
    void noAttemptIsClaimedTwice() {
        Queue<Integer> claimed = new ConcurrentLinkedQueue<>();
        Queue<String> refused = new ConcurrentLinkedQueue<>();
        IntStream.range(0, 6).parallel().forEach(i -> {
            try {
                claimed.add(process().claim("run-1"));
            } catch (PenstockException e) {
                refused.add(e.code());
            }
        });

        assertThat(claimed).doesNotHaveDuplicates().contains(1);
        assertThat(claimed.size() + refused.size()).isEqualTo(6);
        assertThat(refused.stream().allMatch("PEN-RUN-050"::equals)).isTrue();
        assertThat(process().claim("run-1")).isEqualTo(claimed.size() + 1);
        assertThat(process().claim("run-2")).isEqualTo(1);
    }

    @Test
    void aProcessWhoseRunWasTakenOverMustStop() {
        ManifestStore first = process();
        int attempt = first.claim("run-1");
        first.checkStillMine("run-1", attempt);

        int second = process().claim("run-1");

        assertThat(second).isEqualTo(2);
        assertBusy(() -> first.checkStillMine("run-1", attempt));
        process().checkStillMine("run-1", second);
    }

    @Test
    void finishingAgainAppendsNothing() {
        ManifestStore store = process();
        Intent intent = intent("run-1", Stage.INGEST, "");
        store.open(intent);
        for (int i = 0; i < 3; i++) {
            process()
                    .finish(
                            intent,
                            List.of(manifest(intent, CHRISTMAS), manifest(intent, NEW_YEAR)),
                            List.of(entry("run-1", CHRISTMAS), entry("run-1", NEW_YEAR)));
        }

        assertThat(store.manifests()).hasSize(2);
        assertThat(store.ledger()).hasSize(2);
        assertThat(store.openIntents()).isEmpty();
    }

    @Test
    void aLostRunCannotFinishAndTheNextStandsInItsPlace() {
        ManifestStore store = process();
        Intent lost = intent("run-1", Stage.INGEST, "");
        store.open(lost);
        process().openInstead(intent("run-2", Stage.INGEST, ""), lost);

        assertBusy(() -> store.finish(lost, List.of(manifest(lost, CHRISTMAS)), List.of()));
        assertThat(store.manifests()).isEmpty();
        assertThat(process().openIntents()).extracting(Intent::runId).containsExactly("run-2");
    }

    @Test
    void onlyOneRunCanStandInThePlaceOfALostOne() {
        ManifestStore store = process();
        Intent lost = intent("run-1", Stage.INGEST, "");
        store.open(lost);
        process().openInstead(intent("run-2", Stage.INGEST, ""), lost);

        assertBusy(() -> process().openInstead(intent("run-3", Stage.INGEST, ""), lost));
        assertBusy(() -> process().open(intent("run-4", Stage.INGEST, "")));
        assertThat(process().openIntents()).extracting(Intent::runId).containsExactly("run-2");
    }

    @Test
    void theJournalKeepsItsOrder() {
        ManifestStore store = process();
        Map<String, String> first =
                Map.of("at", "2014-01-01T08:00:00Z", "model", "late", "event", "promoted", "version", "1");
        Map<String, String> second =
                Map.of("at", "2013-12-31T08:00:00Z", "model", "late", "event", "alias moved elsewhere");
        store.journal(first);
        store.journal(second);

        assertThat(process().journal()).containsExactly(first, second);
    }

    @Test
    void aMetricOfARunIsKeptOnce() {
        ManifestStore store = process();
        MetricRow rows = new MetricRow("ingest", "", "2013-12-25", "run-1", "rows", 12);
        MetricRow mean = new MetricRow("score", "late", "2013-12-25", "run-2", "score_mean", Double.NaN);
        store.metrics(List.of(rows, mean));
        process().metrics(List.of(rows));

        assertThat(process().metrics()).containsExactly(rows, mean);
    }

    private static void assertBusy(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOf(PenstockException.class)
                .extracting(e -> ((PenstockException) e).code())
                .isEqualTo("PEN-RUN-050");
    }

    static Intent intent(String runId, Stage stage, String subject) {
        return new Intent(
                "flight-delay",
                stage,
                subject,
                runId,
                List.of(CHRISTMAS, NEW_YEAR),
                "recipe",
                Map.of(CHRISTMAS, "content-1", NEW_YEAR, "content-2"),
                Map.of(CHRISTMAS, List.of(new Pin.FilePin("weather", "weather/a.csv", 12, "ab"))),
                Map.of("bronze/weather", -1L),
                Instant.parse("2014-01-01T09:00:00Z"),
                "open");
    }

    static Manifest manifest(Intent intent, UnitId unit) {
        return new Manifest(
                intent.pipeline(),
                intent.stage(),
                intent.subject(),
                unit,
                intent.runId(),
                Manifest.Status.DONE,
                intent.recipe(),
                "content",
                List.of(new Pin.FilePin("weather", "weather/a.csv", 12, "ab")),
                List.of(new Pin.TablePin("bronze/weather", 3, 12), new Pin.ModelPin("late", "1", "cd")),
                List.of(new Verdict(
                        "bronze/weather",
                        "completeness(visib) >= 0.7",
                        Verdict.Outcome.UNKNOWN,
                        Double.NaN,
                        "no rows")),
                Map.of("bronze/weather", 12L),
                Map.of("columns", "visib → ok"),
                Map.of("spark", "3.5.9"),
                Instant.parse("2014-01-01T09:00:00Z"),
                Instant.parse("2014-01-01T09:01:00.5Z"),
                "ops",
                "");
    }

    /** A run from its intent to its end. */
    static void run(ManifestStore store, String runId, LedgerEntry... entries) {
        Intent intent = intent(runId, Stage.SCORE, "late");
        store.open(intent);
        store.claim(runId);
        store.finish(intent, List.of(manifest(intent, intent.units().get(0))), List.of(entries));
    }

    static LedgerEntry entry(String runId, UnitId unit) {
        String path = "weather/" + unit + ".csv";
        return new LedgerEntry(
                "weather", path, LedgerEntry.fileId(path, "ab"), 12, 77, "ab", "taken", unit, runId, 12, 11, null);
    }
}
