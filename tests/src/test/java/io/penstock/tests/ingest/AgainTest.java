package io.penstock.tests.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.Clock;
import io.penstock.core.ExitCode;
import io.penstock.core.PenstockException;
import io.penstock.core.Unit;
import io.penstock.jobs.run.Executor;
import io.penstock.jobs.run.Replays;
import io.penstock.jobs.stage.Stages;
import io.penstock.tests.e2e.Folders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The same key, the same content or the same file once more, where taking it for what it seems to be would be wrong. */
class AgainTest extends Shop {
    private static final String CHEAP = "price { type = double, between = [0, 100] }";
    private static final String TIME = ",2024-03-01T05:00:00Z,";

    @Override
    String configuration() {
        return shop("upsert", CHEAP, "sequence = landed, current = true");
    }

    @Test
    void wholeNumbersOrderAsNumbersNotAsText() throws IOException {
        configured(shop(
                "upsert", PRICE + ", version { type = int, required = true }", "sequence = version, current = true"));
        landed(0, "tea" + TIME + "9,9\nmilk" + TIME + "-5,-5\nrice" + TIME + "2000000000,2000000000\n");
        landed(1, "tea" + TIME + "10,10\nmilk" + TIME + "-6,-6\nrice" + TIME + "-1,-1\n");
        run(0, 1);

        assertThat(current()).containsExactly("milk -5.0", "rice 2.0E9", "tea 10.0");
    }

    @Test
    void aKeyMayReturnToWhatItWas() throws IOException {
        land(0, "a.csv", "tea" + TIME + "1\n");
        land(1, "b.csv", "tea" + TIME + "2\n");
        land(2, "c.csv", "tea" + TIME + "1\n");
        land(3, "d.csv", "tea" + TIME + "1\n");
        run(0, 1);
        run(2, 3);

        assertThat(current()).containsExactly("tea 1.0");
        assertThat(bronze(3)).isEmpty(); // it says again what was said last
    }

    @Test
    void aKeyThatAnotherFileStillSaysIsNotWithdrawn() throws IOException {
        Path first = land(0, "a.csv", "tea" + TIME + "1\nmilk" + TIME + "2\n");
        land(1, "b.csv", "tea" + TIME + "1\nmilk" + TIME + "2\n");
        run(0, 1);
        overwritten(first, "rice" + TIME + "9\n");
        run(2);

        assertThat(current()).containsExactly("milk 2.0", "rice 9.0", "tea 1.0");
    }

    @Test
    void whatIsSaidOnceMoreIsNoRecordOfItsFile() throws IOException {
        Path first = land(0, "a.csv", "tea" + TIME + "1\nmilk" + TIME + "2\n");
        land(0, "b.csv", "tea" + TIME + "1\nmilk" + TIME + "2\n");
        run(0);
        overwritten(first, "tea" + TIME + "1\n");
        run(1);

        assertThat(current()).containsExactly("milk 2.0", "tea 1.0");
        assertThat(penstock("files", "shop", "--verify")).contains("the ledger agrees");
    }

    /** Alone, the first unit would have less than before, and the second would leave it so. */
    @Test
    void aUnitIsNotRunAgainWithoutTheOneThatSetACopyAsideOfWhatItBroughtThen() throws IOException {
        aCopyThatWasSetAsideIsNeeded();
    }

    @Tag("full")
    @Test
    void aUnitOfAnAppendSourceIsNotRunAgainWithoutTheOneThatSetACopyAside() throws IOException {
        configured(shop("append", CHEAP, ""));
        aCopyThatWasSetAsideIsNeeded();
    }

    private void aCopyThatWasSetAsideIsNeeded() throws IOException {
        Path first = land(0, "a.csv", "tea" + TIME + "1\nmilk" + TIME + "2\n");
        land(1, "b.csv", "tea" + TIME + "1\nmilk" + TIME + "2\n");
        run(0, 1);
        overwritten(first, "tea" + TIME + "1\n");

        assertThatThrownBy(() -> told(List.of(unit(0)), true))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-ING-042 Cannot run unit 2024-03-01 again without unit 2024-03-02")
                .hasMessageContaining("--again --from 2024-03-01 --to 2024-03-02");
        told(List.of(unit(0), unit(1)), true);

        assertThat(rows("bronze/prices"))
                .extracting(row -> row.<String>getAs("item"))
                .contains("milk", "tea");
    }

    /** Its units ran again while it was out: what they had taken of it is taken still. */
    @Test
    void aSourceThatWasTakenOutAndPutBackIsNotTakenTwice() throws IOException {
        String prices = shop("append", CHEAP, "");
        String other = prices.replace("sources.prices", "sources.other").replace("\"prices/", "\"other/");
        String both = prices + other.substring(other.indexOf("sources.other"));
        configured(both);
        land(0, "a.csv", "tea" + TIME + "1\n");
        land(1, "b.csv", "milk" + TIME + "2\n");
        run(0, 1);
        configured(other);
        land(2, "c.csv", "rice" + TIME + "3\n");
        told(List.of(unit(0), unit(1), unit(2)), true);
        configured(both);

        assertThat(told(List.of(unit(3)), false)).contains("PEN-ING-013");

        assertThat(rows("bronze/prices"))
                .extracting(row -> row.getAs("unit") + " " + row.getAs("item"))
                .containsExactlyInAnyOrder("2024-03-01 tea", "2024-03-02 milk", "2024-03-04 rice");
        told(List.of(unit(0), unit(1), unit(2), unit(3)), true);
        assertThat(rows("bronze/prices"))
                .extracting(row -> row.getAs("unit") + " " + row.getAs("item"))
                .containsExactlyInAnyOrder("2024-03-01 tea", "2024-03-02 milk", "2024-03-04 rice");
    }

    @Test
    void contentThatNoUnitHoldsAnyMoreIsTakenWhenItComesAgain() throws IOException {
        configured(shop("append", CHEAP, ""));
        Path first = land(0, "a.csv", "tea" + TIME + "1\nmilk" + TIME + "2\n");
        run(0);
        overwritten(first, "tea" + TIME + "1\n");
        told(List.of(unit(0)), true);
        land(1, "b.csv", "tea" + TIME + "1\nmilk" + TIME + "2\n");
        run(1);

        assertThat(bronze(1)).hasSize(2);
    }

    @Test
    void aSnapshotThatIsMendedInItsPlaceWithdrawsWhatItLacks() throws IOException {
        configured(shop("snapshot", CHEAP, "current = true"));
        land(0, "a.csv", "tea" + TIME + "1\nmilk" + TIME + "2\nrice" + TIME + "3\n");
        land(1, "a.csv", "tea" + TIME + "1\n");
        Path bad = land(1, "b.csv", "milk" + TIME + "much\n");
        run(0, 1);
        assertThat(current()).containsExactly("milk 2.0", "rice 3.0", "tea 1.0");
        overwritten(bad, "milk" + TIME + "4\n");
        run(2);

        assertThat(current()).containsExactly("milk 4.0", "tea 1.0");
    }

    @Test
    void aMicrosecondIsADifference() throws IOException {
        configured(shop("append", CHEAP, ""));
        land(0, "a.csv", "tea,2024-03-01T05:00:00.000001Z,1\ntea,2024-03-01T05:00:00.000002Z,1\nmilk" + TIME + "2\n");
        run(0);
        assertThat(rows("quarantine/prices"))
                .extracting(row -> row.<String>getAs("code"))
                .containsExactly("PEN-ROW-027", "PEN-ROW-027");

        work = Files.createDirectories(work.resolve("upsert"));
        configured();
        Path file = land(0, "a.csv", "tea,2024-03-01T05:00:00.000001Z,1\n");
        run(0);
        overwritten(file, "tea,2024-03-01T05:00:00.000002Z,1\n");
        run(1);
        assertThat(bronze(1)).hasSize(1);
    }

    @Test
    void aFileThatIsOverwrittenWithWhatAnotherSaysLosesItsKeys() throws IOException {
        Path first = land(0, "a.csv", "tea" + TIME + "1\nmilk" + TIME + "2\n");
        land(0, "b.csv", "rice" + TIME + "3\n");
        Path future = land(0, "c.csv", "salt,2027-03-01T05:00:00Z,1\noil,2027-03-01T05:00:00Z,1\n");
        run(0);
        overwritten(first, "rice" + TIME + "3\n");
        overwritten(future, "salt,2027-03-01T05:00:00Z,2\n");
        run(1);

        // By what the last file says, it is known later than the unit that corrects it.
        assertThat(current()).containsExactly("rice 3.0", "salt 2.0");
    }

    @Test
    void aColumnThatCameWithTheNewContentIsKept() throws IOException {
        Path file = land(0, "a.csv", "tea" + TIME + "1\n");
        run(0);
        Files.writeString(file, "item,at,price,Größe,Grüße,unit\ntea" + TIME + "1,a,b,c\n");
        Files.setLastModifiedTime(
                file, FileTime.fromMillis(Files.getLastModifiedTime(file).toMillis() + 60_000));
        run(1);

        Row row = rows("bronze/prices").stream()
                .filter(each -> each.getAs("unit").toString().equals("2024-03-02"))
                .findFirst()
                .orElseThrow();
        assertThat(Stream.of(row.schema().fieldNames())
                        .filter(name -> name.matches("gr_e.*|unit_.*"))
                        .map(row::<String>getAs))
                .containsExactlyInAnyOrder("a", "b", "c");
    }

    @Test
    void f25_aColonInAFilesName() throws IOException {
        land(0, "prices_05:00.csv", "tea" + TIME + "1\n");

        assertThat(run(0)).isEqualTo(ExitCode.OK);
        assertThat(current()).containsExactly("tea 1.0");
    }

    @Test
    void aUnitThatRejectedIsNotRunAgainWithoutTheOneThatTookWhatWasMended() throws IOException {
        configured(shop("append", CHEAP, ""));
        Path file = land(0, "a.csv", "tea" + TIME + "1\nmilk" + TIME + "900\n");
        run(0);
        mended(1, "900", "9");
        Path before = Folders.copy(work, work.resolve("before"));
        configured(shop("append", CHEAP.replace("100", "1000"), ""));

        assertThatThrownBy(() -> run(0))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-ING-042 Cannot run unit 2024-03-01 again without unit 2024-03-02")
                .hasMessageContaining("--again --from 2024-03-01 --to 2024-03-02");

        List<Unit> both = List.of(unit(0), unit(1));
        new Executor(session(), Clock.system()).run(Stages.jobs(config, List.of("ingest")), both, true);
        assertThat(rows("bronze/prices"))
                .extracting(row -> row.getAs("item") + " " + row.getAs("price"))
                .containsExactlyInAnyOrder("tea 1.0", "milk 900.0");

        // Mended in its file as well, it is there once.
        work = before;
        configured(shop("append", CHEAP, ""));
        overwritten(
                work.resolve(file.subpath(file.getNameCount() - 4, file.getNameCount())),
                "tea" + TIME + "1\nmilk" + TIME + "9\n");
        run(2);
        assertThat(rows("bronze/prices"))
                .extracting(row -> row.<String>getAs("item"))
                .containsExactlyInAnyOrder("tea", "milk");
    }

    @Test
    void aMendedRecordHasTheColumnsOfItsFoldersAndALongOneIsNotCut() throws IOException {
        configured(shop(
                        "upsert",
                        CHEAP + ", region { required = true }, note { max-length = 100000 }",
                        "sequence = landed")
                .replace("prices/landed", "prices/region={region}/landed"));
        Path folder = Files.createDirectories(work.resolve("landing/prices/region=a,b/landed=20240301T060000Z"));
        Files.writeString(
                folder.resolve("a.csv"),
                "item,at,price,note\nrice" + TIME + "1,x\ntea" + TIME + "900,x\nmilk" + TIME + "900,"
                        + "y".repeat(70_000) + "\n");
        run(0);

        String said = mended(1, "900", "9");

        assertThat(said).contains("not written: 1 records of prices/region=a,b/landed=20240301T060000Z/a.csv");
        assertThat(rows("bronze/prices"))
                .extracting(row -> row.getAs("item") + " " + row.getAs("region") + " " + row.getAs("price"))
                .containsExactlyInAnyOrder("rice a,b 1.0", "tea a,b 9.0");
    }

    private void landed(int day, String records) throws IOException {
        Path file = land(day, "a.csv", "");
        Files.writeString(file, "item,at,price,version\n" + records);
    }

    /** Gives out what is open, replaces one text by another, and replays it. */
    private String mended(int day, String text, String by) throws IOException {
        Path fixes = work.resolve("fixes");
        String said = penstock("quarantine", "shop", "--export", fixes.toString());
        try (Stream<Path> files = Files.list(fixes.resolve("prices"))) {
            for (Path file : files.toList()) {
                Files.writeString(file, Files.readString(file).replace(text, by));
            }
        }
        Replays.land(config, session().history(), unit(day), List.of(fixes));
        assertThat(run(day)).isEqualTo(ExitCode.OK);
        return said;
    }
}
