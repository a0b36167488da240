package io.penstock.ingestion.versions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.LedgerEntry;
import io.penstock.core.PenstockException;
import io.penstock.core.Schedule;
import io.penstock.core.Unit;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.config.SourceSpec.Mode;
import io.penstock.core.config.SourceSpec.OnOverwrite;
import io.penstock.ingestion.landing.FileFact;
import io.penstock.ingestion.landing.LandedFile;
import io.penstock.ingestion.landing.LedgerLookup;
import io.penstock.ingestion.landing.Notice;
import io.penstock.ingestion.take.FileAssignment;
import io.penstock.ingestion.testing.Sources;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OverwrittenTest {
    private static final Schedule DAILY = new Schedule(1, LocalTime.of(8, 0), ZoneOffset.UTC);
    private static final Unit DAY_24 = DAILY.unit(LocalDate.of(2013, 12, 24));
    private static final Unit DAY_25 = DAILY.unit(LocalDate.of(2013, 12, 25));
    private static final Instant LANDED = Instant.parse("2013-12-24T06:00:00Z");
    private static final Instant WRITTEN = Instant.parse("2013-12-24T06:00:01Z");
    private static final LandedFile FILE =
            new LandedFile("orders", "orders/landed=20131224T060000Z/a", 10, WRITTEN, LANDED);
    private static final LandedFile TOUCHED = FILE.modified(WRITTEN.plusSeconds(60));
    private static final LandedFile GROWN = new LandedFile("orders", FILE.path(), 12, WRITTEN.plusSeconds(60), LANDED);

    @Test
    void aFileThatNobodyTouchedIsNotOpened() {
        assertThat(look(FILE, taken(FileFact.TAKEN)).paths()).isEmpty();
    }

    @Test
    void f11TheSizeAloneTells() {
        assertThat(look(GROWN, taken(FileFact.TAKEN)).paths()).containsExactly(FILE.path());
    }

    @Test
    void f11TheTimeSaysLookAndTheHashDecides() {
        Map<String, LedgerEntry> ledger = known(taken(FileFact.TAKEN));

        Overwritten same = Overwritten.of(source(), List.of(TOUCHED), ledger, file -> "sha");
        Overwritten other = Overwritten.of(source(), List.of(TOUCHED), ledger, file -> "other");

        assertThat(same.paths()).isEmpty();
        assertThat(same.seen()).singleElement().satisfies(seen -> {
            assertThat(seen.state()).isEqualTo("seen");
            assertThat(seen.unit()).isEqualTo(DAY_24.id());
        });
        assertThat(other.paths()).containsExactly(FILE.path());
        assertThat(other.seen()).isEmpty();
    }

    @Test
    void whatWasSeenToBeTheSameIsNotOpenedAgain() {
        LedgerEntry seen = Overwritten.of(source(), List.of(TOUCHED), known(taken(FileFact.TAKEN)), file -> "sha")
                .seen()
                .get(0);

        Overwritten again = look(TOUCHED, taken(FileFact.TAKEN), seen);

        assertThat(again.paths()).isEmpty();
        assertThat(again.seen()).isEmpty();
    }

    @Test
    void aFileOfARefusedUnitWasNotTaken() {
        assertThat(look(GROWN, taken("refused")).paths()).isEmpty();
    }

    @Test
    void f11ASourceMayRefuse() {
        SourceSpec strict = with(OnOverwrite.REFUSE);

        assertThatThrownBy(() -> Overwritten.of(strict, List.of(GROWN), known(taken(FileFact.TAKEN)), file -> ""))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-ING-011 Refused to go on: 1 files were overwritten after they were taken, "
                        + FILE.path() + " of unit 2013-12-24");
    }

    @Test
    void f11TheNextUnitRestatesIt() {
        Overwritten overwritten = new Overwritten(OnOverwrite.RESTATE, Set.of(FILE.path()), Set.of(), List.of());

        FileAssignment later =
                FileAssignment.of(List.of(DAY_25), List.of(GROWN), known(taken(FileFact.TAKEN)), overwritten);
        FileAssignment notLater =
                FileAssignment.of(List.of(DAY_24), List.of(GROWN), known(taken(FileFact.TAKEN)), overwritten);

        assertThat(later.assigns().get(DAY_25)).containsExactly(GROWN);
        assertThat(later.notices())
                .extracting(Notice::toString)
                .containsExactly("PEN-ING-011 The file was overwritten after unit 2013-12-24 took it; "
                        + "unit 2013-12-25 restates it [" + FILE.path() + "]");
        assertThat(notLater.assigns().get(DAY_24)).isEmpty();
    }

    @Test
    void f11ASourceMayOnlyNoteIt() {
        Overwritten overwritten = new Overwritten(OnOverwrite.NOTE, Set.of(FILE.path()), Set.of(), List.of());

        FileAssignment plan =
                FileAssignment.of(List.of(DAY_25), List.of(GROWN), known(taken(FileFact.TAKEN)), overwritten);

        assertThat(plan.assigns().get(DAY_25)).isEmpty();
        assertThat(plan.notices())
                .extracting(Notice::message)
                .containsExactly("The file was overwritten after unit 2013-12-24 took it; "
                        + "what was taken stays: land the new content under a new name");
    }

    private static Map<String, LedgerEntry> known(LedgerEntry... ledger) {
        return LedgerLookup.latest(List.of(ledger));
    }

    private static Overwritten look(LandedFile file, LedgerEntry... ledger) {
        return Overwritten.of(source(), List.of(file), known(ledger), any -> {
            throw new AssertionError("opened " + any);
        });
    }

    private static SourceSpec source() {
        return Sources.orders(Mode.APPEND);
    }

    private static SourceSpec with(OnOverwrite policy) {
        return source().with(policy, false);
    }

    private static LedgerEntry taken(String state) {
        return new LedgerEntry(
                "orders", FILE.path(), "id", 10, WRITTEN.toEpochMilli(), "sha", state, DAY_24.id(), "run", 5, 5, "");
    }
}
