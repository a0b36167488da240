package io.penstock.ingestion.landing;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.LedgerEntry;
import io.penstock.core.Schedule;
import io.penstock.core.UnitId;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.config.SourceSpec.Mode;
import io.penstock.ingestion.testing.Sources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerLookupTest {
    private static final Schedule DAILY = new Schedule(1, LocalTime.of(8, 0), ZoneOffset.UTC);
    private static final UnitId DAY = UnitId.of(LocalDate.of(2013, 12, 25));
    private static final UnitId NEXT = DAY.plusDays(1);
    private static final SourceSpec ORDERS = Sources.orders(Mode.APPEND);
    private static final String A = "orders/landed=20131225T060000Z/a.csv";
    private static final String B = "orders/landed=20131225T060000Z/b.csv";

    @TempDir
    Path root;

    private final List<LedgerEntry> ledger = new ArrayList<>();

    @BeforeEach
    void twoFilesAreTaken() throws IOException {
        for (String path : List.of(A, B)) {
            land(path, "x\n");
            ledger.add(entry(path, "taken", DAY));
        }
    }

    @Test
    void whatIsAsItWasTakenIsNotAmongTheFilesAndLiesThere() {
        Landing.Discovery found = discover(NEXT);

        assertThat(found.files()).isEmpty();
        assertThat(found.unchanged()).containsExactly(A, B);
        assertThat(found.notices()).isEmpty();
    }

    @Test
    void anotherSizeOrTimeIsLookedAt() throws IOException {
        land(A, "more\n");
        Files.setLastModifiedTime(root.resolve(B), FileTime.from(Instant.parse("2013-12-26T00:00:00Z")));

        assertThat(discover(NEXT).files()).extracting(LandedFile::path).containsExactly(A, B);
    }

    @Test
    void theLatestUnitHasTheLastWord() throws IOException {
        land(A, "more\n");
        ledger.add(0, entry(A, "taken", NEXT)); // whatever the order in which they stand

        Landing.Discovery found = discover(NEXT.plusDays(1));

        assertThat(found.files()).isEmpty();
        assertThat(found.unchanged()).containsExactly(A, B);
    }

    @Test
    void aUnitThatRunsAgainHasItsFilesAgain() {
        LedgerLookup known = LedgerLookup.of(ORDERS.name(), ledger, Set.of(DAY, NEXT));

        assertThat(discover(DAY).files()).extracting(LandedFile::path).containsExactly(A, B);
        assertThat(known.unitTakingAgain(A)).contains(DAY);
        assertThat(known.ofOtherUnits()).isEmpty();
    }

    @Test
    void whatAnotherSourceTookIsNotSettled() {
        ledger.replaceAll(entry -> new LedgerEntry(
                "others",
                entry.path(),
                entry.fileId(),
                entry.bytes(),
                entry.modified(),
                entry.sha256(),
                entry.state(),
                entry.unit(),
                entry.runId(),
                entry.rowsIn(),
                entry.rowsOut(),
                entry.reason()));

        assertThat(discover(NEXT).files()).extracting(LandedFile::path).containsExactly(A, B);
    }

    @Test
    void whoseListLooksAtAllSeesAll() {
        assertThat(discover(LedgerLookup.ofAllFiles(ledger)).files())
                .extracting(LandedFile::path)
                .containsExactly(A, B);
    }

    @Test
    void whatIsSettledForOneSourceDoesNotLieThereForNobody() {
        String alone = "orders/landed=20131225T060000Z/c.txt";
        Landing.Discovery unmatchedPaths = new Landing.Discovery(List.of(), List.of(), List.of(A, alone), List.of());

        assertThat(Landing.unmatched(Map.of(ORDERS, discover(NEXT), Sources.orders(Mode.UPSERT), unmatchedPaths)))
                .containsExactly(Map.entry(ORDERS.name(), List.of(alone)));
    }

    private Landing.Discovery discover(UnitId running) {
        return discover(LedgerLookup.of(ORDERS.name(), ledger, Set.of(running)));
    }

    private Landing.Discovery discover(LedgerLookup known) {
        return Landing.discover(new Configuration(), root.toString(), ORDERS, known, DAILY, Instant.MAX);
    }

    private void land(String path, String text) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private LedgerEntry entry(String path, String state, UnitId unit) throws IOException {
        Path file = root.resolve(path);
        return new LedgerEntry(
                ORDERS.name(),
                path,
                "id",
                Files.size(file),
                Files.getLastModifiedTime(file).toMillis(),
                "sha",
                state,
                unit,
                "run",
                1,
                1,
                "");
    }
}
