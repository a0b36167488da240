package io.penstock.ingestion.take;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.LedgerEntry;
import io.penstock.core.Schedule;
import io.penstock.core.Unit;
import io.penstock.core.config.SourceSpec.Mode;
import io.penstock.ingestion.landing.LandedFile;
import io.penstock.ingestion.landing.LandingStamp;
import io.penstock.ingestion.landing.LedgerLookup;
import io.penstock.ingestion.landing.Notice;
import io.penstock.ingestion.testing.Sources;
import io.penstock.ingestion.versions.DuplicateContent;
import io.penstock.ingestion.versions.Overwritten;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FileAssignmentTest {
    private static final Schedule DAILY = new Schedule(1, LocalTime.of(8, 0), ZoneOffset.UTC);
    private static final Unit DAY_24 = DAILY.unit(LocalDate.of(2013, 12, 24));
    private static final Unit DAY_25 = DAILY.unit(LocalDate.of(2013, 12, 25));
    private static final Unit DAY_26 = DAILY.unit(LocalDate.of(2013, 12, 26));
    private static final LandedFile AT_CUT = file("2013-12-24T08:00:00Z", "a");
    private static final LandedFile AFTER_CUT = file("2013-12-24T08:00:01Z", "b");
    private static final LandedFile LATE = file("2013-12-20T06:00:00Z", "c");
    private static final LandedFile AHEAD = file("2013-12-25T08:00:01Z", "d");

    @Test
    void unitTakesWhatLandedUpToItsCut() {
        FileAssignment plan = FileAssignment.of(List.of(DAY_25, DAY_24), List.of(AHEAD, AFTER_CUT, AT_CUT), List.of());

        assertThat(plan.assigns()).containsOnlyKeys(DAY_24, DAY_25);
        assertThat(plan.assigns().get(DAY_24)).containsExactly(AT_CUT);
        assertThat(plan.assigns().get(DAY_25)).containsExactly(AFTER_CUT);
        assertThat(plan.waiting()).containsExactly(AHEAD);
        assertThat(plan.notices()).isEmpty();
    }

    @Test
    void f13LateFileGoesToTheFirstUnitOfTheRange() {
        FileAssignment plan =
                FileAssignment.of(List.of(DAY_24, DAY_25), List.of(LATE, AT_CUT), List.of(taken(AFTER_CUT, DAY_25)));

        assertThat(plan.assigns().get(DAY_24)).containsExactly(LATE, AT_CUT);
        assertThat(plan.notices()).extracting(Notice::code).containsExactly("PEN-ING-013");
    }

    @Test
    void whatLiesThereWhenASourceBeginsIsNotLate() {
        FileAssignment plan = FileAssignment.of(List.of(DAY_24), List.of(LATE, AT_CUT), List.of());

        assertThat(plan.assigns().get(DAY_24)).containsExactly(LATE, AT_CUT);
        assertThat(plan.notices()).isEmpty();
    }

    @Test
    void whatAnotherUnitTookIsNotTakenAgain() {
        List<LedgerEntry> ledger = List.of(taken(AT_CUT, DAY_24));

        assertThat(FileAssignment.plan(List.of(DAY_25), List.of(AT_CUT, AFTER_CUT), ledger)
                        .get(DAY_25))
                .containsExactly(AFTER_CUT);
    }

    @Test
    void unitThatRunsAgainTakesItsOwnFilesAgain() {
        List<LedgerEntry> ledger = List.of(taken(AT_CUT, DAY_25));

        assertThat(FileAssignment.plan(List.of(DAY_24, DAY_25), List.of(AT_CUT), ledger)
                        .get(DAY_25))
                .containsExactly(AT_CUT);
    }

    @Test
    void f12ContentIsKnownAgainOnlyFromEarlierUnits() {
        List<LedgerEntry> ledger = List.of(taken(AT_CUT, DAY_24));

        assertThat(twin(repeats(Mode.APPEND, ledger), DAY_25)).contains(AT_CUT.path());
        assertThat(twin(repeats(Mode.APPEND, ledger), DAY_24)).isEmpty();
    }

    /** The earlier unit was refused, and is mended after the later one took the same content. */
    @Test
    void f12AnAppendSourceKnowsWhatALaterUnitTook() {
        List<LedgerEntry> ledger = List.of(taken(AT_CUT, DAY_25));

        assertThat(twin(repeats(Mode.APPEND, ledger), DAY_24)).contains(AT_CUT.path());
        assertThat(twin(repeats(Mode.SNAPSHOT, ledger), DAY_24)).isEmpty();
    }

    @Test
    void f12WhatIsBehindARefusedUnitOrALateFileIsNoRepeat() {
        LedgerEntry first = taken(AT_CUT, DAY_24);

        assertThat(twin(repeats(Mode.SNAPSHOT, List.of(first)), DAY_26)).isPresent();
        for (LedgerEntry between : List.of(
                told(AFTER_CUT, DAY_25, "refused"), told(AFTER_CUT, DAY_25, "quarantined"), taken(LATE, DAY_25))) {
            assertThat(twin(repeats(Mode.SNAPSHOT, List.of(first, between)), DAY_26))
                    .as(between.toString())
                    .isEmpty();
        }
        assertThat(twin(
                        repeats(
                                Mode.SNAPSHOT,
                                List.of(taken(LATE, DAY_24), taken(file("2013-12-20T07:00:00Z", "a"), DAY_25))),
                        DAY_26))
                .as("not late, the last to land")
                .isPresent();
    }

    /** It says what a file said that says something else since; or may not be the last any more that says so. */
    @Test
    void f12WhatWasSetAsideIsTakenWhenWhatItRepeatsIsNotWhatItWas() {
        LandedFile copy = file("2013-12-24T09:00:00Z", "copy");
        List<LedgerEntry> ledger = List.of(
                taken(AT_CUT, DAY_24),
                new LedgerEntry("orders", copy.path(), "", 10, 0, "sha-a", "duplicate", DAY_24.id(), "run", 5, 0, ""));
        LandedFile changed = new LandedFile("orders", AT_CUT.path(), 11, Instant.EPOCH, AT_CUT.landed());

        assertThat(takenBy(DAY_25, Mode.UPSERT, ledger, changed, copy)).containsExactly(changed, copy);
        assertThat(takenBy(DAY_25, Mode.APPEND, ledger, changed, copy)).containsExactly(changed);
        assertThat(takenBy(DAY_25, Mode.UPSERT, ledger, AT_CUT, AFTER_CUT, copy))
                .containsExactly(AFTER_CUT, copy);
        assertThat(takenBy(DAY_25, Mode.UPSERT, ledger, AT_CUT, file("2013-12-24T10:00:00Z", "new"), copy))
                .extracting(LandedFile::path)
                .containsExactly("orders/landed=20131224T100000Z/new");
        assertThat(takenBy(DAY_24, Mode.UPSERT, ledger, changed, copy)).isEmpty();
    }

    private static List<LandedFile> takenBy(Unit unit, Mode mode, List<LedgerEntry> ledger, LandedFile... landed) {
        Map<String, LedgerEntry> known = LedgerLookup.latest(ledger);
        List<LandedFile> files = List.of(landed);
        Overwritten overwritten = Overwritten.of(Sources.orders(mode), files, known, file -> "another");
        return FileAssignment.of(List.of(unit), files, known, overwritten)
                .assigns()
                .get(unit);
    }

    @Test
    void f12SnapshotMayReturnToAnOlderState() {
        DuplicateContent repeats = repeats(Mode.SNAPSHOT, List.of(taken(AT_CUT, DAY_24)));

        LandedFile other = file("2013-12-24T09:00:00Z", "e");
        LandedFile older = file("2013-12-24T10:00:00Z", "f");
        LandedFile same = file("2013-12-24T11:00:00Z", "g");
        repeats.lands(DAY_25, other, "sha-other");
        repeats.lands(DAY_25, older, "sha-a");
        repeats.lands(DAY_25, same, "sha-a");

        assertThat(repeats.of(DAY_25, other, "sha-other")).isEmpty();
        assertThat(repeats.of(DAY_25, older, "sha-a")).isEmpty();
        assertThat(repeats.of(DAY_25, same, "sha-a")).isPresent();
    }

    private static Optional<String> twin(DuplicateContent repeats, Unit unit) {
        LandedFile last = file("2013-12-24T08:00:02Z", "b");
        repeats.lands(unit, last, "sha-a");
        return repeats.of(unit, last, "sha-a");
    }

    private static DuplicateContent repeats(Mode mode, List<LedgerEntry> ledger) {
        return new DuplicateContent(Sources.orders(mode), ledger, Set.of(), Set.of());
    }

    private static LandedFile file(String landed, String name) {
        Instant at = Instant.parse(landed);
        return new LandedFile("orders", "orders/landed=" + LandingStamp.of(at) + "/" + name, 10, Instant.EPOCH, at);
    }

    private static LedgerEntry taken(LandedFile file, Unit unit) {
        return told(file, unit, "taken");
    }

    private static LedgerEntry told(LandedFile file, Unit unit, String state) {
        return new LedgerEntry(
                file.source(),
                file.path(),
                "",
                file.bytes(),
                0,
                "sha-" + file.path().charAt(file.path().length() - 1),
                state,
                unit.id(),
                "run",
                5,
                5,
                "");
    }
}
