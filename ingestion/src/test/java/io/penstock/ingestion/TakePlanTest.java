package io.penstock.ingestion;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.LedgerEntry;
import io.penstock.core.Schedule;
import io.penstock.core.Unit;
import io.penstock.core.config.PipelineConfig.Mode;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TakePlanTest {
    private static final Schedule DAILY = new Schedule(1, LocalTime.of(8, 0), ZoneOffset.UTC);
    private static final Unit DAY_24 = DAILY.unit(LocalDate.of(2013, 12, 24));
    private static final Unit DAY_25 = DAILY.unit(LocalDate.of(2013, 12, 25));
    private static final LandedFile AT_CUT = file("2013-12-24T08:00:00Z", "a");
    private static final LandedFile AFTER_CUT = file("2013-12-24T08:00:01Z", "b");
    private static final LandedFile LATE = file("2013-12-20T06:00:00Z", "c");
    private static final LandedFile AHEAD = file("2013-12-25T08:00:01Z", "d");

    @Test
    void unitTakesWhatLandedUpToItsCut() {
        TakePlan plan = TakePlan.of(List.of(DAY_25, DAY_24), List.of(AHEAD, AFTER_CUT, AT_CUT), List.of());

        assertThat(plan.take()).containsOnlyKeys(DAY_24, DAY_25);
        assertThat(plan.take().get(DAY_24)).containsExactly(AT_CUT);
        assertThat(plan.take().get(DAY_25)).containsExactly(AFTER_CUT);
        assertThat(plan.waiting()).containsExactly(AHEAD);
        assertThat(plan.notices()).isEmpty();
    }

    @Test
    void f13LateFileGoesToTheFirstUnitOfTheRange() {
        TakePlan plan = TakePlan.of(List.of(DAY_24, DAY_25), List.of(LATE, AT_CUT), List.of(taken(AFTER_CUT, DAY_25)));

        assertThat(plan.take().get(DAY_24)).containsExactly(LATE, AT_CUT);
        assertThat(plan.notices()).extracting(Notice::code).containsExactly("PEN-ING-013");
    }

    @Test
    void whatLiesThereWhenASourceBeginsIsNotLate() {
        TakePlan plan = TakePlan.of(List.of(DAY_24), List.of(LATE, AT_CUT), List.of());

        assertThat(plan.take().get(DAY_24)).containsExactly(LATE, AT_CUT);
        assertThat(plan.notices()).isEmpty();
    }

    @Test
    void whatAnotherUnitTookIsNotTakenAgain() {
        List<LedgerEntry> ledger = List.of(taken(AT_CUT, DAY_24));

        assertThat(TakePlan.plan(List.of(DAY_25), List.of(AT_CUT, AFTER_CUT), ledger)
                        .get(DAY_25))
                .containsExactly(AFTER_CUT);
    }

    @Test
    void unitThatRunsAgainTakesItsOwnFilesAgain() {
        List<LedgerEntry> ledger = List.of(taken(AT_CUT, DAY_25));

        assertThat(TakePlan.plan(List.of(DAY_24, DAY_25), List.of(AT_CUT), ledger)
                        .get(DAY_25))
                .containsExactly(AT_CUT);
    }

    @Test
    void f12ContentIsKnownAgainOnlyFromEarlierUnits() {
        List<LedgerEntry> ledger = List.of(taken(AT_CUT, DAY_24));

        assertThat(twin(repeats(Mode.APPEND, ledger), DAY_25)).contains(AT_CUT.path());
        assertThat(twin(repeats(Mode.APPEND, ledger), DAY_24)).isEmpty();
    }

    @Test
    void f12SnapshotMayReturnToAnOlderState() {
        Repeats repeats = repeats(Mode.SNAPSHOT, List.of(taken(AT_CUT, DAY_24)));

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

    private static Optional<String> twin(Repeats repeats, Unit unit) {
        repeats.lands(unit, AFTER_CUT, "sha-a");
        return repeats.of(unit, AFTER_CUT, "sha-a");
    }

    private static Repeats repeats(Mode mode, List<LedgerEntry> ledger) {
        return new Repeats(Sources.orders(mode), ledger, Set.of());
    }

    private static LandedFile file(String landed, String name) {
        Instant at = Instant.parse(landed);
        return new LandedFile("orders", "orders/landed=" + LandedFile.stamp(at) + "/" + name, 10, Instant.EPOCH, at);
    }

    private static LedgerEntry taken(LandedFile file, Unit unit) {
        return new LedgerEntry(
                file.source(),
                file.path(),
                "",
                file.bytes(),
                0,
                "sha-" + file.path().charAt(file.path().length() - 1),
                "taken",
                unit.date(),
                "run",
                5,
                5,
                "");
    }
}
