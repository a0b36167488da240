package io.penstock.ingestion.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.LedgerEntry;
import io.penstock.core.Schedule;
import io.penstock.core.Unit;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.config.SourceSpec.Format;
import io.penstock.core.config.SourceSpec.Mode;
import io.penstock.core.config.SourceSpec.NewColumn;
import io.penstock.ingestion.landing.FileFact;
import io.penstock.ingestion.landing.LandedFile;
import io.penstock.ingestion.landing.Landing;
import io.penstock.ingestion.landing.LandingStamp;
import io.penstock.ingestion.landing.Notice;
import io.penstock.ingestion.testing.LocalSpark;
import io.penstock.ingestion.testing.Sources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file that unit 24 took, overwritten, and taken once more by unit 26. */
class OverwriteDiffTest extends LocalSpark {
    private static final Schedule DAILY = new Schedule(1, LocalTime.of(8, 0), ZoneOffset.UTC);
    private static final Unit DAY_24 = DAILY.unit(LocalDate.of(2013, 12, 24));
    private static final Unit DAY_25 = DAILY.unit(LocalDate.of(2013, 12, 25));
    private static final Unit DAY_26 = DAILY.unit(LocalDate.of(2013, 12, 26));
    private static final String HEADER = "id,at,city,price\n";
    private static final String AT = ",2013-12-24T05:00:00Z,";

    @TempDir
    Path root;

    @Test
    void f11OfAnUpsertSourceVersionsDifferAndVanishedKeysAreWithdrawn() throws IOException {
        try (SourceBatch parsed = restated(Mode.UPSERT)) {
            assertThat(shown(parsed.bronze()))
                    .containsExactly(
                            "Oslo-4 + 1.0 20131224T060000Z 2013-12-26 08:00:00.0 3",
                            "Paris-2 + 7.0 20131224T060000Z 2013-12-26 08:00:00.0 2",
                            "Rome-3 - null 20131224T060000Z 2013-12-26 08:00:00.0 0");
            assertThat(fact(parsed)).isEqualTo("3 in, 2 out, 0 rejected, 1 duplicates");
            assertThat(parsed.units().get(DAY_26.id()).withdrawn()).isEqualTo(1);
        }
    }

    @Test
    void f11OfASnapshotAsWell() throws IOException {
        try (SourceBatch parsed = restated(Mode.SNAPSHOT)) {
            assertThat(shown(parsed.bronze()))
                    .containsExactly(
                            "Oslo-4 + 1.0 20131224T060000Z 2013-12-26 08:00:00.0 3",
                            "Paris-2 + 7.0 20131224T060000Z 2013-12-26 08:00:00.0 2",
                            "Rome-3 - null 20131224T060000Z 2013-12-26 08:00:00.0 0");
            assertThat(parsed.notices()).extracting(Notice::code).doesNotContain("PEN-ING-040");
        }
    }

    @Test
    void f11AnAppendSourceTakesWhatIsNewAndRejectsWhatDiffers() throws IOException {
        try (SourceBatch parsed = restated(Mode.APPEND)) {
            assertThat(shown(parsed.bronze())).containsExactly("Oslo-4 + 1.0 20131224T060000Z 2013-12-26 08:00:00.0 3");
            assertThat(fact(parsed)).isEqualTo("3 in, 1 out, 1 rejected, 1 duplicates");
            assertThat(parsed.quarantine().select("code", "rule", "reason").collectAsList())
                    .extracting(Row::toString)
                    .containsExactly("[PEN-ROW-044,append,The file was overwritten: the key order_id was taken from it"
                            + " with other values, and an append source has no versions]");
            assertThat(parsed.units().get(DAY_26.id()).rejectedByCode()).containsOnly(Map.entry("PEN-ROW-044", 1L));
        }
    }

    /** Rows that a version repeated stay where the first of them is. */
    @Test
    void f11AThirdVersionIsComparedWithAllThatTheFileSaidBefore() throws IOException {
        String tea = "1" + AT + "Rome,1\n";
        String milk = "2" + AT + "Rome,2\n";
        String rice = "3" + AT + "Rome,3\n";
        for (Mode mode : List.of(Mode.APPEND, Mode.UPSERT)) {
            SourceSpec source = orders(mode);
            Path file = land("orders", HEADER + tea);
            List<LedgerEntry> ledger = new ArrayList<>();
            Dataset<Row> before;
            try (SourceBatch parsed = read(source, DAY_24, List.of(), Optional.empty())) {
                before = kept(parsed.bronze());
                ledger.addAll(parsed.ledger("one"));
            }
            Files.writeString(file, HEADER + tea + milk);
            try (SourceBatch parsed = read(source, DAY_25, ledger, Optional.of(before))) {
                before = kept(before.union(parsed.bronze()));
                ledger.addAll(parsed.ledger("two"));
            }
            Files.writeString(file, HEADER + milk + rice);

            try (SourceBatch parsed = read(source, DAY_26, ledger, Optional.of(before))) {
                assertThat(shown(parsed.bronze()))
                        .as(mode.name())
                        .extracting(row -> row.substring(0, row.indexOf(" 2")))
                        .containsExactlyElementsOf(
                                mode == Mode.APPEND
                                        ? List.of("Rome-3 + 3.0")
                                        : List.of("Rome-1 - null", "Rome-3 + 3.0"));
                assertThat(fact(parsed)).isEqualTo("2 in, 1 out, 0 rejected, 1 duplicates");
            }
        }
    }

    /** Back to what it said first: that is not what it said last. */
    @Test
    void f11AVersionThatReturnsIsAVersion() throws IOException {
        SourceSpec source = orders(Mode.UPSERT);
        Path file = land("orders", HEADER + "1" + AT + "Rome,1\n");
        List<LedgerEntry> ledger = new ArrayList<>();
        Dataset<Row> before;
        try (SourceBatch parsed = read(source, DAY_24, List.of(), Optional.empty())) {
            before = kept(parsed.bronze());
            ledger.addAll(parsed.ledger("one"));
        }
        Files.writeString(file, HEADER + "1" + AT + "Rome,2\n");
        try (SourceBatch parsed = read(source, DAY_25, ledger, Optional.of(before))) {
            before = kept(before.union(parsed.bronze()));
            ledger.addAll(parsed.ledger("two"));
        }
        Files.writeString(file, HEADER + "1" + AT + "Rome,1\n");

        try (SourceBatch parsed = read(source, DAY_26, ledger, Optional.of(before))) {
            assertThat(shown(parsed.bronze())).containsExactly("Rome-1 + 1.0 20131224T060000Z 2013-12-26 08:00:00.0 1");
        }
    }

    @Test
    void aKeyIsNotWithdrawnWhereARecordWasRejected() throws IOException {
        String other = HEADER + "1" + AT + "Rome,9.5\nx" + AT + "Rome,1\n";

        try (SourceBatch parsed = restated(orders(Mode.UPSERT), other)) {
            assertThat(shown(parsed.bronze())).isEmpty();
            assertThat(fact(parsed)).isEqualTo("2 in, 0 out, 1 rejected, 1 duplicates");
        }
    }

    @Test
    void recordsThatAreThereMoreOftenNowAreNew() throws IOException {
        SourceSpec keyless = Sources.of(NewColumn.IGNORE, Sources.ID, Sources.CITY);
        String text = "id,city\n1,Rome\n1,Rome\n";
        Path file = land("things", text);
        List<LedgerEntry> ledger;
        Dataset<Row> before;
        try (SourceBatch parsed = read(keyless, DAY_24, List.of(), Optional.empty())) {
            before = kept(parsed.bronze());
            ledger = parsed.ledger("run");
        }
        Files.writeString(file, text + "1,Rome\n");

        try (SourceBatch parsed = read(keyless, DAY_26, ledger, Optional.of(before))) {
            assertThat(parsed.bronze().select("_position").collectAsList())
                    .extracting(row -> row.getLong(0))
                    .containsExactly(3L);
        }
    }

    private SourceBatch restated(Mode mode) throws IOException {
        return restated(orders(mode), HEADER + "1" + AT + "Rome,9.5\n2" + AT + "Paris,7\n4" + AT + "Oslo,1\n");
    }

    private SourceBatch restated(SourceSpec source, String other) throws IOException {
        Path file = land("orders", HEADER + "1" + AT + "Rome,9.5\n2" + AT + "Paris,8\n3" + AT + "Rome,2\n");
        List<LedgerEntry> ledger;
        Dataset<Row> before;
        try (SourceBatch parsed = read(source, DAY_24, List.of(), Optional.empty())) {
            before = kept(parsed.bronze());
            ledger = parsed.ledger("run");
        }
        Files.writeString(file, other);
        return read(source, DAY_26, ledger, Optional.of(before));
    }

    private static Dataset<Row> kept(Dataset<Row> bronze) {
        return spark.createDataFrame(bronze.collectAsList(), bronze.schema());
    }

    private SourceBatch read(SourceSpec source, Unit unit, List<LedgerEntry> ledger, Optional<Dataset<Row>> before) {
        List<LandedFile> files =
                Landing.discover(new Configuration(), root.toString(), source).files();
        return Reading.read(spark, source, Map.of(unit, files), root.toString(), ledger, () -> before);
    }

    private Path land(String source, String text) throws IOException {
        String stamp = LandingStamp.of(Instant.parse("2013-12-24T06:00:00Z"));
        Path folder = Files.createDirectories(root.resolve(source + "/landed=" + stamp));
        return Files.writeString(folder.resolve("a.csv"), text);
    }

    private static SourceSpec orders(Mode mode) {
        return Sources.orders(Format.CSV, mode, NewColumn.EVOLVE, "at");
    }

    private static String fact(SourceBatch parsed) {
        FileFact fact = parsed.files().get(0);
        return fact.rowsIn() + " in, " + fact.rowsOut() + " out, " + fact.rejected() + " rejected, " + fact.duplicates()
                + " duplicates";
    }

    private static List<String> shown(Dataset<Row> bronze) {
        assertThat(bronze.select("unit").distinct().collectAsList())
                .extracting(row -> row.get(0).toString())
                .isSubsetOf(Set.of("2013-12-26"));
        return bronze.collectAsList().stream()
                .map(row -> row.getAs("order_id") + " " + row.getAs("_op") + " " + row.getAs("price") + " "
                        + row.getAs("_sequence") + " " + row.getAs("_known_at") + " " + row.getAs("_position"))
                .sorted()
                .toList();
    }
}
