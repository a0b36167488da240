package io.penstock.tests.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.Clock;
import io.penstock.core.ExitCode;
import io.penstock.core.LedgerEntry;
import io.penstock.core.PenstockException;
import io.penstock.jobs.run.Executor;
import io.penstock.jobs.run.Replays;
import io.penstock.jobs.stage.Stages;
import io.penstock.tests.e2e.Folders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What was rejected, overwritten or touched, and lands once more: through the real stage, table by table. */
class MendedTest extends Shop {
    private static final String CONF = shop("upsert", PRICE, "sequence = landed, current = true");

    @Override
    String configuration() {
        return CONF;
    }

    @Test
    void mendedRecordsAreTakenOnceAndKnownFromThenOn() throws IOException {
        land(
                0,
                "a.csv",
                "tea,2024-03-01T05:00:00Z,1.5\nmilk,2024-03-01T05:00:00Z,cheap\nrice,yesterday,2\n"
                        + "oats,2024-03-01T05:00:00Z,dear\n");
        land(1, "b.csv", "milk,2024-03-02T05:00:00Z,3\n");
        assertThat(run(0, 1)).isEqualTo(ExitCode.OK);
        Path fixes = work.resolve("fixes");
        assertThat(penstock("quarantine", "shop", "--export", fixes.toString()))
                .contains("prices  2024-03-01  done     PEN-ROW-015  double(price)", "PEN-ROW-019")
                .contains("Mend what lies in " + fixes);
        Path file = Files.list(fixes.resolve("prices")).findFirst().orElseThrow();
        Files.writeString(
                file,
                Files.readString(file)
                        .replace("cheap", "0.8")
                        .replace("yesterday", "2024-02-29T05:00:00Z")
                        .replace("dear", "dearer"));

        assertThatThrownBy(() -> Replays.land(config, session().history(), unit(0), List.of(fixes)))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-RUN-064 Cannot replay with unit 2024-03-01: its files are taken");
        assertThat(work.resolve("landing/replay")).doesNotExist();
        assertThat(Replays.land(config, session().history(), unit(2), List.of(fixes)))
                .isEqualTo(1);
        assertThat(run(2)).isEqualTo(ExitCode.OK);

        assertThat(bronze(2))
                .containsExactly(
                        "milk 0.8 of 20240301T060000Z known 2024-03-03 08:00:00.0",
                        "rice 2.0 of 20240301T060000Z known 2024-03-03 08:00:00.0");
        assertThat(current())
                .containsExactly("milk 3.0", "rice 2.0", "tea 1.5"); // its place among versions is the old one
        assertThat(rows("replayed/prices"))
                .extracting(row -> row.<Long>getAs("position"), row -> row.<String>getAs("path"))
                .containsExactlyInAnyOrder(
                        org.assertj.core.api.Assertions.tuple(2L, "prices/landed=20240301T060000Z/a.csv"),
                        org.assertj.core.api.Assertions.tuple(3L, "prices/landed=20240301T060000Z/a.csv"));

        // What is wrong again leaves open what it was to replace.
        Path again = work.resolve("again");
        assertThat(penstock("quarantine", "shop", "--export", again.toString()))
                .contains("1         1       0            0")
                .contains("prices  2024-03-03  done     PEN-ROW-015  double(price)  1         0       0            0");
        Path left = Files.list(again.resolve("prices")).findFirst().orElseThrow();
        assertThat(left).content().endsWith(",dear\n").doesNotContain(",milk,", ",rice,");
        Files.writeString(left, Files.readString(left).replace("dear", "9"));

        // Once more, as it is and under another name: nothing happens twice.
        Files.writeString(
                file.resolveSibling("again.csv"),
                Files.readString(file).replace("0.8", "0.7").replaceAll(".*dearer\n", ""));
        Files.writeString(
                left.resolveSibling("mine.csv"),
                "_replaces," + HEADER + "0123456789abcdef:7,tea,2024-03-01T05:00:00Z,2\n");
        Files.delete(file);
        Replays.land(config, session().history(), unit(3), List.of(fixes, again));
        assertThat(run(3)).isEqualTo(ExitCode.OK);
        assertThat(bronze(3)).containsExactly("oats 9.0 of 20240301T060000Z known 2024-03-04 08:00:00.0");
        assertThat(penstock("quarantine", "shop")).doesNotContain("open. To mend");
        assertThat(rows("quarantine/prices").stream()
                        .filter(row -> row.getAs("unit").toString().equals("2024-03-04"))
                        .map(row -> row.<String>getAs("code") + " " + row.<String>getAs("reason"))
                        .map(told -> told.replaceAll("^PEN-ROW-046 (?!0123)[0-9a-f]{16}", "PEN-ROW-046 id"))
                        .sorted()
                        .toList())
                .containsExactly(
                        "PEN-ROW-045 No record was rejected as 0123456789abcdef:7",
                        "PEN-ROW-046 id:2 was replaced by unit 2024-03-03 already",
                        "PEN-ROW-046 id:3 was replaced by unit 2024-03-03 already");
    }

    @Test
    void f11AnAppendSourceIsCorrectedByRunningItsUnitsAgainAndNotByAReplay() throws IOException {
        configured(shop("append", PRICE, ""));
        Path landed = land(0, "a.csv", "tea,2024-03-01T05:00:00Z,1\nmilk,2024-03-01T05:00:00Z,2\n");
        run(0);
        overwritten(landed, "tea,2024-03-01T05:00:00Z,3\nmilk,2024-03-01T05:00:00Z,2\n");
        run(1);
        assertThat(penstock("quarantine", "shop"))
                .contains("1 open records of prices correct what an append source took before (PEN-ROW-044)")
                .contains("penstock run shop --stage ingest --again --from 2024-03-01 --to 2024-03-02;");
        Path before = Folders.copy(work, work.resolve("before"));
        Path file = exported();
        Replays.land(config, session().history(), unit(2), List.of(fixes()));
        assertThat(told(List.of(unit(2)), false))
                .contains("prices: of what was mended this is rejected again: PEN-ROW-044 1;"
                        + " the reasons stand in quarantine/prices");

        assertThat(bronze(2)).isEmpty();
        assertThat(rows("quarantine/prices"))
                .extracting(row -> row.getAs("unit") + " " + row.getAs("code"))
                .containsExactlyInAnyOrder("2024-03-02 PEN-ROW-044", "2024-03-03 PEN-ROW-044");

        Files.move(file, file.resolveSibling("other.csv"));
        Files.writeString(
                file.resolveSibling("other.csv"),
                Files.readString(file.resolveSibling("other.csv")).replace("tea", "green tea"));
        Replays.land(config, session().history(), unit(3), List.of(fixes()));
        run(3);
        assertThat(bronze(3)).hasSize(1).allMatch(row -> row.startsWith("green tea 3.0"));

        work = before;
        configured(shop("append", PRICE, ""));
        told(List.of(unit(0), unit(1)), true);

        assertThat(rows("bronze/prices"))
                .extracting(row -> row.getAs("item") + " " + row.getAs("price"))
                .containsExactlyInAnyOrder("tea 3.0", "milk 2.0");
        assertThat(rows("quarantine/prices")).isEmpty();
    }

    @Test
    void aMendedFileReplacesTheWholeOfItAndHasTheColumnsThatItsFoldersSaid() throws IOException {
        configured(shop("upsert", PRICE + ", region {}", "sequence = landed")
                .replace("prices/landed={landed}/*", "prices/region={region}/landed={landed}/*"));
        Path good = Files.createDirectories(work.resolve("landing/prices/region=eu/landed=20240301T060000Z"));
        Files.writeString(good.resolve("a.csv"), HEADER + "tea,2024-03-01T05:00:00Z,1.5\n");
        Path folder = Files.createDirectories(work.resolve("landing/prices/region=us/landed=20240301T060000Z"));
        Path broken =
                brokenAtItsHeader(Files.writeString(folder.resolve("b.csv"), HEADER + "milk,2024-03-01T05:00:00Z,3\n"));
        assertThat(run(0)).isEqualTo(ExitCode.OK);
        Path file = exported();
        assertThat(file.getFileName().toString()).matches("file-[0-9a-f]{16}\\.region=us\\.b\\.csv");
        assertThat(file).hasSameBinaryContentAs(broken);
        Files.writeString(file, Files.readString(file).replace("\"", ""));

        Replays.land(config, session().history(), unit(1), List.of(fixes()));
        assertThat(run(1)).isEqualTo(ExitCode.OK);

        assertThat(bronze(1)).containsExactly("milk 3.0 of 20240301T060000Z known 2024-03-02 08:00:00.0");
        assertThat(rows("bronze/prices"))
                .extracting(row -> row.getAs("unit") + " " + row.getAs("item") + " " + row.getAs("region"))
                .containsExactlyInAnyOrder("2024-03-01 tea eu", "2024-03-02 milk us");
        assertThat(rows("replayed/prices")).hasSize(1).allMatch(row -> row.getAs("position") == null);
    }

    @Test
    void aRejectedRowOfParquetIsShownByItsNumber() throws IOException {
        configured(shop("append", "price { type = double, between = [0, 9] }", "format = parquet"));
        Path written = work.resolve("written");
        session()
                .spark()
                .sql("SELECT item, timestamp'2024-03-01 05:00:00' AS at, price FROM VALUES ('tea', 1d), ('rice', 99d)"
                        + " AS goods(item, price)")
                .coalesce(1)
                .write()
                .parquet(written.toString());
        Path part;
        try (Stream<Path> parts = Files.list(written)) {
            part = parts.filter(path -> path.toString().endsWith(".parquet"))
                    .findFirst()
                    .orElseThrow();
        }
        Files.move(part, land(0, "goods.parquet", ""), StandardCopyOption.REPLACE_EXISTING);
        run(0);

        assertThat(penstock("quarantine", "shop", "--show", "5"))
                .contains("goods.parquet  row 2  PEN-ROW-0")
                .contains("{\"item\":\"rice\",\"at\":\"2024-03-01T05:00:00Z\",\"price\":99.0}");
    }

    @Test
    void ofUnitsThatRunTogetherOnlyTheOneWithMendedRecordsLacksNoFile() throws IOException {
        configured(CONF.replace("allow-empty = true", "allow-empty = false"));
        land(0, "a.csv", "tea,2024-03-01T05:00:00Z,cheap\nmilk,2024-03-01T05:00:00Z,1\n");
        run(0);
        Path file = exported();
        Files.writeString(file, Files.readString(file).replace("cheap", "2"));
        Replays.land(config, session().history(), unit(1), List.of(fixes()));

        told(List.of(unit(1), unit(2)), false);

        assertThat(bronze(1)).hasSize(1);
        assertThat(session().store().manifests().stream()
                        .filter(manifest -> manifest.verdicts().stream()
                                .anyMatch(verdict -> verdict.toString().contains("PEN-ING-002")))
                        .map(manifest -> manifest.unit().toString()))
                .containsExactly("2024-03-03");
    }

    /** One history: a file is overwritten, one only touched, another overwritten later; then a unit is to run again. */
    @Test
    void f11AnOverwrittenFileIsRestatedByTheNextUnit() throws IOException {
        Path file = land(0, "a.csv", "tea,2024-03-01T05:00:00Z,1\nmilk,2024-03-01T05:00:00Z,2\n");
        Path touched = land(0, "t.csv", "oats,2024-03-01T05:00:00Z,4\n");
        Path other = land(1, "b.csv", "salt,2024-03-02T05:00:00Z,1\n");
        run(0, 1);
        overwritten(file, "tea,2024-03-01T05:00:00Z,1\nrice,2024-03-01T05:00:00Z,9\n");
        Files.setLastModifiedTime(touched, FileTime.from(Instant.parse("2024-03-01T20:00:00Z")));

        run(2);

        assertThat(bronze(0)).hasSize(3);
        assertThat(bronze(2))
                .containsExactly(
                        "milk null of 20240301T060000Z known 2024-03-03 08:00:00.0",
                        "rice 9.0 of 20240301T060000Z known 2024-03-03 08:00:00.0");
        assertThat(current()).containsExactly("oats 4.0", "rice 9.0", "salt 1.0", "tea 1.0");
        overwritten(other, "salt,2024-03-02T05:00:00Z,2\n");
        run(3);
        assertThat(bronze(3))
                .as("of the first file nothing, it was restated")
                .containsExactly("salt 2.0 of 20240302T060000Z known 2024-03-04 08:00:00.0");
        assertThat(session().store().ledger().stream()
                        .filter(entry -> entry.path().endsWith("t.csv")))
                .as("what was only touched is looked at once")
                .extracting(LedgerEntry::state)
                .containsExactly("taken", "seen");

        // The first unit needs the one that restated its file, and so do those between.
        Executor executor = new Executor(session(), Clock.system());
        assertThatThrownBy(() -> executor.run(Stages.jobs(config, List.of("ingest")), List.of(unit(0)), true))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-ING-042 Cannot run unit 2024-03-01 again without unit")
                .hasMessageContaining("--again --from 2024-03-01 --to 2024-03-04");
        assertThat(told(List.of(unit(0), unit(1), unit(2), unit(3)), true))
                .contains("PEN-ING-049 The file was overwritten after unit 2024-03-01 took it");
        assertThat(rows("bronze/prices"))
                .extracting(row -> row.getAs("item") + " " + row.getAs("price"))
                .containsExactlyInAnyOrder("oats 4.0", "rice 9.0", "salt 2.0", "tea 1.0");
    }

    /** What the log held lies in another file now, set aside as repeated or taken: no file took it back. */
    @ParameterizedTest
    @ValueSource(strings = "landed")
    void f11ARotatedLogKeepsItsRows(String sequence) throws IOException {
        aRotatedLogKeepsItsRows(sequence);
    }

    @Tag("full")
    @ParameterizedTest
    @ValueSource(strings = "\"CAST(at AS STRING)\"")
    void f11ARotatedLogKeepsItsRowsWhateverOrdersVersions(String sequence) throws IOException {
        aRotatedLogKeepsItsRows(sequence);
    }

    private void aRotatedLogKeepsItsRows(String sequence) throws IOException {
        configured(CONF.replace("sequence = landed", "sequence = " + sequence));
        Path log = land(0, "log.csv", "tea,2024-03-01T05:00:00Z,1\nmilk,2024-03-01T05:00:00Z,2\n");
        run(0);
        Files.move(log, log.resolveSibling("log.1.csv"));
        overwritten(land(0, "log.csv", ""), "rice,2024-03-01T05:00:00Z,9\n");

        run(1);

        assertThat(current()).containsExactly("milk 2.0", "rice 9.0", "tea 1.0");
        overwritten(log.resolveSibling("log.1.csv"), "tea,2024-03-01T05:00:00Z,1\n");
        run(2);
        assertThat(current()).containsExactly("rice 9.0", "tea 1.0");
    }

    /** Its rows stay, and so does what it rejected: the record lies there still, under another name. */
    @Test
    void f11WhatARotatedLogOfAnAppendSourceRejectedCanBeMended() throws IOException {
        configured(shop("append", PRICE, ""));
        Path log = land(0, "log.csv", "tea,2024-03-01T05:00:00Z,1\nmilk,2024-03-01T05:00:00Z,cheap\n");
        run(0);
        Files.move(log, log.resolveSibling("log.1.csv"));
        overwritten(land(0, "log.csv", ""), "rice,2024-03-01T05:00:00Z,9\n");
        assertThat(told(List.of(unit(1)), false)).contains("PEN-ING-012 The same content as was taken from prices/");
        Path rotated = log.resolveSibling("log.1.csv");
        String content = Files.readString(rotated);
        Files.delete(rotated);
        assertThat(penstock("quarantine", "shop"))
                .as("no file says it any more")
                .contains("1         0       1            0");
        Files.writeString(rotated, content);

        Path file = exported();
        Files.writeString(file, Files.readString(file).replace("cheap", "2"));
        Replays.land(config, session().history(), unit(2), List.of(fixes()));
        run(2);

        assertThat(rows("bronze/prices"))
                .extracting(row -> row.getAs("item") + " " + row.getAs("price"))
                .containsExactlyInAnyOrder("tea 1.0", "rice 9.0", "milk 2.0");
    }

    @Tag("full")
    @Test
    void f11WhatAFileRejectedThatWasMovedSinceIsMendedFromWhereItLies() throws IOException {
        configured(shop("append", PRICE, ""));
        Path log = land(0, "log.csv", "tea,2024-03-01T05:00:00Z,1\nmilk,2024-03-01T05:00:00Z,cheap\n");
        run(0);
        Files.move(log, log.resolveSibling("log.1.csv"));
        run(1);

        assertThat(exported()).content().startsWith("_replaces,item,at,price\n").endsWith(",cheap\n");
    }

    /** A copy was set aside; when the file that it repeats says something else, the copy says it still. */
    @Test
    void f11ACopyIsTakenWhenWhatItRepeatsIsOverwritten() throws IOException {
        configured(CONF.replace("sequence = landed", "sequence = \"CAST(at AS STRING)\""));
        Path file = land(0, "a.csv", "tea,2024-03-01T05:00:00Z,1\nmilk,2024-03-01T05:00:00Z,2\n");
        land(1, "copy.csv", "tea,2024-03-01T05:00:00Z,1\nmilk,2024-03-01T05:00:00Z,2\n");
        run(0, 1);
        assertThat(bronze(1)).isEmpty();
        overwritten(file, "tea,2024-03-01T05:00:00Z,1\n");

        assertThat(told(List.of(unit(2)), false))
                .contains(
                        "PEN-ING-011 Set aside as a repeat of what is not the last word any more: a file was overwritten, or"
                                + " landed late; unit 2024-03-03 takes this one"
                                + " [prices/landed=20240302T060000Z/copy.csv]");

        assertThat(current()).containsExactly("milk 2.0", "tea 1.0");
        run(3);
        assertThat(bronze(3)).isEmpty();
    }

    /** The row is in the file by now: one mended at the same time would be there twice, as would be one mended later. */
    @Test
    void whatAnOverwrittenFileSaysNowIsNotMended() throws IOException {
        configured(shop("append", PRICE, "").replace("key = [item], ", ""));
        Path first = land(0, "a.csv", "tea,2024-03-01T05:00:00Z,cheap\nmilk,2024-03-01T05:00:00Z,2\n");
        Path second = land(0, "b.csv", "rice,2024-03-01T05:00:00Z,cheap\noats,2024-03-01T05:00:00Z,2\n");
        run(0);
        exported();
        List<Path> files = mended("cheap", "1");
        overwritten(first, "tea,2024-03-01T05:00:00Z,1\nmilk,2024-03-01T05:00:00Z,2\n");
        overwritten(second, "rice,2024-03-01T05:00:00Z,1\noats,2024-03-01T05:00:00Z,2\n");

        Replays.land(config, session().history(), unit(1), files.subList(0, 1));
        run(1);
        assertThat(penstock(
                        "quarantine",
                        "shop",
                        "--export",
                        fixes().resolve("none").toString()))
                .contains("double(price)  2         0       2            0")
                .contains("Nothing was written to " + fixes().resolve("none") + ": nothing is open");
        Replays.land(config, session().history(), unit(2), files.subList(1, 2));
        run(2);

        assertThat(rows("bronze/prices"))
                .extracting(row -> row.getAs("item") + " of unit " + row.getAs("unit"))
                .containsExactlyInAnyOrder(
                        "milk of unit 2024-03-01",
                        "oats of unit 2024-03-01",
                        "tea of unit 2024-03-02",
                        "rice of unit 2024-03-02");
        assertThat(rows("quarantine/prices").stream()
                        .filter(row -> row.<String>getAs("code").equals("PEN-ROW-046"))
                        .map(row -> row.getAs("unit") + " " + row.<String>getAs("reason")))
                .hasSize(2)
                .allMatch(told -> told.matches("2024-03-0[23] [0-9a-f]{16}:1 is of what its file does not hold any"
                        + " more: it was overwritten, and unit 2024-03-02 took what it says since"));
    }

    private List<Path> mended(String text, String by) throws IOException {
        try (Stream<Path> listed = Files.list(fixes().resolve("prices"))) {
            List<Path> files = listed.sorted().toList();
            for (Path file : files) {
                Files.writeString(file, Files.readString(file).replace(text, by));
            }
            return files;
        }
    }

    @Test
    void whatIsWrongInAMendedFileIsMendedLikeOtherRecords() throws IOException {
        configured(shop("append", PRICE, ""));
        land(0, "good.csv", "rice,2024-03-01T05:00:00Z,2\n");
        Path landed = brokenAtItsHeader(land(0, "a.csv", "milk,2024-03-01T05:00:00Z,3\n"));
        run(0);
        Path file = exported();
        Files.writeString(file, HEADER + "milk,2024-03-01T05:00:00Z,3\ntea,2024-03-01T05:00:00Z,cheap\n");
        Replays.land(config, session().history(), unit(1), List.of(file));
        run(1);
        assertThat(penstock("quarantine", "shop", "--show", "5"))
                .contains("double(price)  1         0       0            1")
                .contains("1 open. To mend them");
        Files.delete(file);
        Path again = file.resolveSibling(file.getFileName().toString().replace(".a.csv", ".b.csv"));
        Files.writeString(again, HEADER + "milk,2024-03-01T05:00:00Z,4\n");
        Replays.land(config, session().history(), unit(2), List.of(again));
        Files.delete(again);
        Path record = exported();
        assertThat(record.getFileName().toString()).startsWith("rows-");
        Files.writeString(record, Files.readString(record).replace("cheap", "1"));

        Replays.land(config, session().history(), unit(2), List.of(record));
        run(2);

        assertThat(bronze(2)).containsExactly("tea 1.0 of 20240301T060000Z known 2024-03-03 08:00:00.0");
        assertThat(penstock("quarantine", "shop"))
                .as("a whole that is replaced once more is no whole, and nothing of it is open")
                .contains("PEN-ROW-046  replaces once  1         0       0            0")
                .doesNotContain("open. To mend");

        // They count as rows of the file that landed, when that is mended in its place after all.
        overwritten(landed, "milk,2024-03-01T05:00:00Z,3\ntea,2024-03-01T05:00:00Z,1\n");
        run(3);
        assertThat(bronze(3)).isEmpty();
        assertThat(rows("bronze/prices")).hasSize(3);
    }

    @Test
    void aUnitIsNotRunAgainWithoutAFileThatItTook() throws IOException {
        Path file = land(0, "a.csv", "tea,2024-03-01T05:00:00Z,1\n");
        run(0);
        configured(CONF.replace("max-reject-rate = 0.9", "max-reject-rate = 0.8"));
        assertThat(new Executor(session(), Clock.system())
                        .run(Stages.jobs(config, List.of("ingest")), List.of(unit(0)), false)
                        .nothingToDo())
                .as("a limit that changes makes nothing again")
                .isTrue();
        Files.delete(file);
        configured(CONF.replace("{ type = double }", "{ type = double, between = [0, 100] }"));

        assertThatThrownBy(() -> run(0))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-ING-017 Cannot run unit 2024-03-01 again without a file that it took")
                .hasMessageContaining("it keeps what it holds");

        assertThat(bronze(0)).hasSize(1);
        assertThat(run(1)).isEqualTo(ExitCode.OK);
    }

    @Test
    void currentIsTheLastVersionOfEachKeyWhateverOrderTheyCameIn() throws IOException {
        land(1, "b.csv", "tea,2024-03-02T05:00:00Z,2\n");
        run(1);
        assertThat(current()).containsExactly("tea 2.0");
        land(0, "a.csv", "tea,2024-03-01T05:00:00Z,1\nmilk,2024-03-01T05:00:00Z,5\n");
        run(2); // takes the late file

        assertThat(current()).containsExactly("milk 5.0", "tea 2.0");
    }

    /** Its header opens a quote that nothing closes: a file that is set aside as a whole, and right without the quote. */
    private static Path brokenAtItsHeader(Path file) throws IOException {
        return Files.writeString(file, "\"" + Files.readString(file));
    }

    /** The first file with records to mend, in {@link #fixes}. */
    private Path exported() throws IOException {
        penstock("quarantine", "shop", "--export", fixes().toString());
        try (Stream<Path> files = Files.list(fixes().resolve("prices"))) {
            return files.findFirst().orElseThrow();
        }
    }

    private Path fixes() {
        return work.resolve("fixes");
    }
}
