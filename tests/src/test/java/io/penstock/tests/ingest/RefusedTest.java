package io.penstock.tests.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.Clock;
import io.penstock.core.ExitCode;
import io.penstock.core.Intent;
import io.penstock.core.PenstockException;
import io.penstock.core.Stage;
import io.penstock.core.Unit;
import io.penstock.core.Verdict;
import io.penstock.jobs.run.Executor;
import io.penstock.jobs.run.Replays;
import io.penstock.jobs.run.Session;
import io.penstock.jobs.run.StageJob;
import io.penstock.jobs.stage.Stages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A unit that a rule refuses leaves no trace in those after it, and what it brings when it passes at last is whole. */
class RefusedTest extends Shop {
    @Override
    String configuration() {
        return shop("snapshot", PRICE, "expectations = [{ maximum = price, at-most = 100 }]");
    }

    @Test
    void aRangeGoesOnBehindItAsItsUnitsWouldOneByOne() throws IOException {
        fourDays();
        assertThat(run(0, 1, 2)).isEqualTo(ExitCode.REFUSED);
        List<String> range = log();
        List<String> verdicts = manifests();

        work = work.resolve("one-by-one");
        configured();
        fourDays();
        IntStream.range(0, 3).forEach(this::run);

        assertThat(log()).isEqualTo(range).contains("milk - 2024-03-03");
        assertThat(manifests()).isEqualTo(verdicts).containsSubsequence("2024-03-02 REFUSED", "2024-03-03 DONE");
    }

    @Test
    void whatItBringsWhenItPassesIsWithdrawnByTheSnapshotsSince() throws IOException {
        Path dear = fourDays();
        run(0, 1, 2, 3);
        Files.writeString(dear, Files.readString(dear).replace("900", "9"));

        assertThat(run(1)).isEqualTo(ExitCode.OK);

        // rice was in the mended snapshot only, and tea in that of the first day already
        assertThat(log())
                .contains("rice + 2024-03-02", "rice - 2024-03-02", "milk - 2024-03-02")
                .doesNotContain("rice - 2024-03-03", "tea - 2024-03-02");
        List<String> before = log();
        run(0, 1, 2, 3);
        assertThat(log()).isEqualTo(before);
    }

    @Test
    void aMendedRecordIsWithdrawnByTheSnapshotsSince() throws IOException {
        land(
                0,
                "a.csv",
                "tea,2024-03-01T05:00:00Z,1\nmilk,2024-03-01T05:00:00Z,cheap\nrice,2024-03-01T05:00:00Z,dear\n");
        land(1, "a.csv", "tea,2024-03-02T05:00:00Z,1\nrice,2024-03-02T05:00:00Z,3\n");
        run(0, 1);
        Path fix = Files.createDirectories(work.resolve("fixes/prices")).resolve("mine.csv");
        String file = rows("quarantine/prices").get(0).getAs("_file_id");
        Files.writeString(
                fix,
                "_replaces," + HEADER + file + ":2,milk,2024-03-01T05:00:00Z,2\n" + file
                        + ":3,rice,2024-03-01T05:00:00Z,2\n");

        Replays.land(config, session().history(), unit(2), List.of(fix));
        assertThat(run(2)).isEqualTo(ExitCode.OK);

        assertThat(log())
                .contains("milk + 2024-03-03", "milk - 2024-03-03", "rice + 2024-03-03")
                .doesNotContain("rice - 2024-03-03");
    }

    /** A header alone, no file, a day like any other: the declared size is judged, of the other rules there is nothing to say. */
    @Test
    void rulesHaveAVerdictOfAUnitWithoutRowsInARangeAsAlone() throws IOException {
        String rules = "expectations = [{ size = \"*\", at-least = 1 }, { completeness = price }]";
        configured(shop("append", PRICE, rules).replace("allow-empty = true", "allow-empty = false"));
        land(1, "header.csv", "");

        assertThat(run(1)).isEqualTo(ExitCode.REFUSED);
        assertThat(run(2)).isEqualTo(ExitCode.REFUSED);
        List<String> alone = rulesOf(unit(1), unit(2));
        assertThat(alone)
                .contains(
                        "2024-03-02 size >= 1.0 FAILED",
                        "2024-03-02 completeness(price) >= 1.0 NO_ROWS",
                        "2024-03-03 size >= 1.0 FAILED",
                        "2024-03-03 completeness(price) >= 1.0 NO_ROWS");

        work = work.resolve("range");
        configured(shop("append", PRICE, rules).replace("allow-empty = true", "allow-empty = false"));
        land(0, "a.csv", "tea,2024-03-01T05:00:00Z,1\n");
        land(1, "header.csv", "");
        run(0, 1, 2);
        assertThat(rulesOf(unit(0))).contains("2024-03-01 size >= 1.0 PASSED");
        assertThat(rulesOf(unit(1), unit(2))).isEqualTo(alone);
    }

    @Test
    void aUnitWithoutRowsPassesUnlessTheSourceSaysOtherwise() throws IOException {
        String rule = "expectations = [{ completeness = price }]";
        configured(shop("append", PRICE, rule));
        land(0, "header.csv", "");
        assertThat(run(0)).isEqualTo(ExitCode.OK);
        assertThat(rulesOf(unit(0))).contains("2024-03-01 completeness(price) >= 1.0 NO_ROWS");

        configured(shop("append", PRICE, rule + ", on-no-rows = warn"));
        land(1, "header.csv", "");
        assertThat(told(List.of(unit(1)), false)).contains("bronze/prices: PEN-ING-060");

        configured(shop("append", PRICE, rule + ", on-no-rows = refuse"));
        land(2, "header.csv", "");
        assertThat(run(2)).isEqualTo(ExitCode.REFUSED);
        assertThat(run(3)).as("no file, and none has to land").isEqualTo(ExitCode.OK);
    }

    /** Verdicts of the rules on the table, without those on what landed. */
    private List<String> rulesOf(Unit... units) {
        return java.util.Arrays.stream(units)
                .flatMap(unit -> session().history().latest(Stage.INGEST, "", unit.id()).stream()
                        .flatMap(manifest -> manifest.verdicts().stream()
                                .filter(verdict -> verdict.rule().contains("(")
                                        || verdict.rule().startsWith("size"))
                                .map(verdict -> unit + " " + verdict.rule() + " " + verdict.outcome())))
                .sorted()
                .toList();
    }

    @Test
    void contentThatARefusedUnitBroughtIsTakenFromWhereItComesAgain() throws IOException {
        configured(shop("append", PRICE, "expectations = [{ size = \"*\", at-most = 1 }]"));
        land(0, "a.csv", "tea,2024-03-01T05:00:00Z,1\n");
        land(1, "b.csv", "milk,2024-03-02T05:00:00Z,1\n");
        land(1, "c.csv", "rice,2024-03-02T05:00:00Z,1\n");
        land(2, "d.csv", "rice,2024-03-02T05:00:00Z,1\n");

        assertThat(run(0, 1, 2)).isEqualTo(ExitCode.REFUSED);

        assertThat(log()).containsExactly("rice + 2024-03-03", "tea + 2024-03-01");
    }

    /** The unit is mended after another one took a copy: whichever of the two is there, the rows are there once. */
    @Test
    void whatAUnitBringsThatPassesAtLastIsNotTakenBesideACopyOfALaterUnit() throws IOException {
        configured(shop("append", PRICE, "expectations = [{ maximum = price, at-most = 100 }]"));
        land(0, "good.csv", "tea,2024-03-01T05:00:00Z,1\n");
        Path dear = land(0, "dear.csv", "milk,2024-03-01T05:00:00Z,900\n");
        land(1, "copy.csv", "tea,2024-03-01T05:00:00Z,1\n");
        assertThat(run(0, 1)).isEqualTo(ExitCode.REFUSED);
        Files.writeString(dear, Files.readString(dear).replace("900", "9"));

        assertThat(run(0, 1)).isEqualTo(ExitCode.OK);

        assertThat(log()).containsExactly("milk + 2024-03-01", "tea + 2024-03-02");
        new Executor(session(), Clock.system())
                .run(Stages.jobs(config, List.of("ingest")), List.of(unit(0), unit(1)), true);
        assertThat(log()).containsExactly("milk + 2024-03-01", "tea + 2024-03-01");
    }

    /**
     * What the unit brought before stays when it runs again and is refused: a copy of it is a copy, and without the file the
     * next run would take it from the tables.
     */
    @Test
    void aUnitThatWasRefusedWhenItRanAgainStillHoldsItsContentAndNeedsItsFiles() throws IOException {
        String append = shop("append", PRICE, "expectations = [{ maximum = price, at-most = 100 }]");
        configured(append);
        Path file = land(0, "a.csv", "tea,2024-03-01T05:00:00Z,50\n");
        assertThat(run(0)).isEqualTo(ExitCode.OK);
        configured(append.replace("at-most = 100", "at-most = 10"));
        new Executor(session(), Clock.system()).run(Stages.jobs(config, List.of("ingest")), List.of(unit(0)), true);
        configured(append);
        land(1, "copy.csv", "tea,2024-03-01T05:00:00Z,50\n");
        assertThat(run(1)).isEqualTo(ExitCode.OK);
        assertThat(log()).containsExactly("tea + 2024-03-01");
        Files.delete(file);

        assertThatThrownBy(() -> run(0)).hasMessageContaining("PEN-ING-017");

        assertThat(log()).containsExactly("tea + 2024-03-01");
    }

    /** A dead run of four units; the first alone is run again, under another definition, and the second is refused. */
    @Test
    void whatADeadRunWasAtIsMadeAnewBehindTheRefusedUnitToo() throws IOException {
        fourDays();
        StageJob ingest = Stages.jobs(config, List.of("ingest")).get(0);
        Session dead = session();
        List<Unit> units = List.of(unit(0), unit(1), unit(2), unit(3));
        dead.store()
                .open(new Intent(
                        config.pipeline(),
                        Stage.INGEST,
                        "",
                        dead.newRunId(),
                        units.stream().map(Unit::id).toList(),
                        "of another definition",
                        Map.of(),
                        ingest.inputs(units, dead.history()).files(),
                        Map.of(),
                        Clock.system().now(),
                        "open"));

        assertThat(run(0)).isEqualTo(ExitCode.REFUSED);

        assertThat(manifests())
                .containsExactly("2024-03-01 DONE", "2024-03-02 REFUSED", "2024-03-03 DONE", "2024-03-04 DONE");
    }

    @Test
    void r36_aJumpInVolumeRefusesTheUnitThatHasIt() throws IOException {
        configured(configuration().replace("allow-empty", "max-volume-change = 3, min-files = 1, allow-empty"));
        for (int day = 0; day < 8; day++) {
            land(day, "a.csv", "tea,2024-03-01T05:00:00Z," + day + "\n");
        }
        land(
                8,
                "a.csv",
                IntStream.range(0, 4)
                        .mapToObj(i -> "item" + i + ",2024-03-01T05:00:00Z,1\n")
                        .collect(Collectors.joining()));
        land(9, "a.csv", "tea,2024-03-01T05:00:00Z,99\n");

        assertThat(run(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)).isEqualTo(ExitCode.REFUSED);

        assertThat(manifests())
                .containsSubsequence("2024-03-08 DONE", "2024-03-09 REFUSED", "2024-03-10 DONE", "2024-03-11 REFUSED");
        assertThat(session().store().manifests().stream()
                        .flatMap(manifest -> manifest.verdicts().stream())
                        .filter(Verdict::refuses)
                        .map(Verdict::message))
                .containsExactly(
                        "PEN-ROW-036 4 rows, the median of the 8 units before is 1",
                        "PEN-ING-002 0 of at least 1 files landed for this unit");
    }

    @Test
    void aSnapshotThatIsCutShortWithdrawsNothingAndTheNextGoesOn() throws IOException {
        configured(shop("snapshot", PRICE, ""));
        land(0, "a.csv", items(100, 1));
        land(1, "a.csv", items(3, 2));
        land(2, "a.csv", items(99, 3));

        assertThat(run(0, 1, 2)).isEqualTo(ExitCode.REFUSED);

        assertThat(manifests()).containsExactly("2024-03-01 DONE", "2024-03-02 REFUSED", "2024-03-03 DONE");
        assertThat(refusals())
                .containsExactly(
                        "PEN-ING-050 97 of 100 keys are missing in the snapshot 20240302T060000Z, more than a"
                                + " share of 0.5 and more than 10 may be withdrawn at once; none was. Was it cut short, let it land"
                                + " whole; are they gone, set sources.prices.max-withdrawals { share = 1 }; then run the unit again");
        assertThat(log().stream().filter(row -> row.contains(" - "))).containsExactly("item99 - 2024-03-03");

        configured(shop("snapshot", PRICE, "max-withdrawals { share = 1 }"));
        assertThat(run(1)).isEqualTo(ExitCode.OK);
        assertThat(log().stream().filter(row -> row.endsWith(" - 2024-03-02"))).hasSize(97);
    }

    @Test
    void aFileThatIsOverwrittenByAPartOfItTakesNothingBack() throws IOException {
        configured(shop("upsert", PRICE, "sequence = landed"));
        Path file = land(0, "a.csv", items(100, 1));
        land(0, "b.csv", "other,2024-03-01T05:00:00Z,1\n");
        assertThat(run(0)).isEqualTo(ExitCode.OK);
        overwritten(file, items(60, 1));
        assertThat(run(1)).isEqualTo(ExitCode.OK);
        overwritten(file, items(3, 2));

        assertThat(run(2)).isEqualTo(ExitCode.REFUSED);

        assertThat(refusals().get(0))
                .startsWith("PEN-ING-050 57 of 61 keys are missing in files that were overwritten");
        assertThat(log().stream().filter(row -> row.contains(" - "))).hasSize(40);
    }

    /** One value of many that Spark will not compute with is bad data, no defect; mended, its unit is whole. */
    @Test
    void aValueOfWhichADerivedColumnCannotBeComputedIsToldWithItsStage() throws IOException {
        configured(shop("append", PRICE, "derive { local = \"from_utc_timestamp(at, item)\" }"));
        land(0, "a.csv", "UTC,2024-03-01T05:00:00Z,1\n");
        Path odd = land(1, "a.csv", "UTC,2024-03-02T05:00:00Z,1\nMars/X,2024-03-02T05:00:00Z,1\n");

        assertThat(run(0)).isEqualTo(ExitCode.OK);
        assertThatThrownBy(() -> run(1)).isInstanceOfSatisfying(PenstockException.class, refused -> {
            assertThat(refused.code()).isEqualTo("PEN-RUN-048");
            assertThat(refused.exit()).isEqualTo(ExitCode.REFUSED);
            assertThat(refused.what()).endsWith(": Unknown time-zone ID: Mars/X");
            assertThat(refused.where()).isEqualTo("stage ingest, source prices");
        });

        overwritten(odd, "UTC,2024-03-02T05:00:00Z,1\nCET,2024-03-02T05:00:00Z,1\n");
        assertThat(run(1)).isEqualTo(ExitCode.OK);
        assertThat(log()).hasSize(3);
    }

    private List<String> refusals() {
        return session().store().manifests().stream()
                .flatMap(manifest -> manifest.verdicts().stream())
                .filter(Verdict::refuses)
                .map(Verdict::message)
                .toList();
    }

    private static String items(int count, int price) {
        return IntStream.range(0, count)
                .mapToObj(i -> "item" + i + ",2024-03-01T05:00:00Z," + price + "\n")
                .collect(Collectors.joining());
    }

    private Path fourDays() throws IOException {
        land(0, "a.csv", "tea,2024-03-01T05:00:00Z,1\nmilk,2024-03-01T05:00:00Z,2\n");
        Path dear = land(1, "a.csv", "tea,2024-03-02T05:00:00Z,1\nrice,2024-03-02T05:00:00Z,900\n");
        land(2, "a.csv", "tea,2024-03-03T05:00:00Z,3\n");
        land(3, "a.csv", "oats,2024-03-04T05:00:00Z,4\n");
        return dear;
    }

    private List<String> manifests() {
        return session().store().manifests().stream()
                .map(manifest -> manifest.unit() + " " + manifest.status())
                .toList();
    }

    private List<String> log() {
        return rows("bronze/prices").stream()
                .map(row -> row.getAs("item") + " " + row.getAs("_op") + " " + row.getAs("unit"))
                .sorted()
                .toList();
    }
}
