package io.penstock.tests.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.Clock;
import io.penstock.core.ExitCode;
import io.penstock.core.PenstockException;
import io.penstock.jobs.run.Executor;
import io.penstock.jobs.stage.Stages;
import io.penstock.tests.e2e.TableRows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.delta.DeltaLog;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A Delta table of others as a source, by the versions that were committed before each cut. */
class TablesTest extends Shop {
    private static final String COLUMNS = "price { type = double, between = [0, 100] }, shop { type = string }";

    @Override
    String configuration() {
        return table("append", "");
    }

    @Test
    void eachVersionBelongsToTheUnitAtWhoseCutItWasCommitted() throws IOException {
        commit("2024-03-01T05:00:00.250Z", prices("tea 1", "milk 2"));
        commit("2024-03-01T08:00:00Z", prices("rice 3"));
        commit("2024-03-01T08:00:01Z", prices("salt 4"));

        assertThat(run(0)).isEqualTo(ExitCode.OK);
        assertThat(items(0))
                .containsExactly(
                        "milk 2.0 of 20240301T050000Z", "rice 3.0 of 20240301T080000Z", "tea 1.0 of 20240301T050000Z");
        commit("2024-03-02T05:00:00Z", prices("sugar 5"));
        spark.sql("OPTIMIZE delta.`" + table() + "`").collect();
        said("2024-03-02T05:30:00Z");
        assertThat(run(1, 2)).isEqualTo(ExitCode.OK);
        assertThat(items(1)).containsExactly("salt 4.0 of 20240301T080001Z", "sugar 5.0 of 20240302T050000Z");
        assertThat(items(2)).as("a compaction brings nothing").isEmpty();
    }

    @Test
    void aRangeGivesWhatItsUnitsGiveOneByOne() throws IOException {
        commit("2024-03-01T05:00:00Z", prices("tea 1", "milk 2"));
        commit("2024-03-02T05:00:00Z", prices("tea 1", "rice 3"));
        List.of(0, 1).forEach(this::run);
        List<String> oneByOne =
                Stream.of(0, 1).flatMap(day -> items(day).stream()).toList();

        configured(table("append", "").replace("pipeline = shop", "pipeline = shop-again"));
        run(0, 1);

        assertThat(Stream.of(0, 1).flatMap(day -> items(day).stream()).toList())
                .isEqualTo(oneByOne)
                .hasSize(4); // the second tea is another row, whatever its bytes
    }

    @Test
    void aUnitThatRunsAgainTakesTheSameFilesAndOthersTakeNoneTwice() throws IOException {
        commit("2024-03-01T05:00:00Z", prices("tea 1"));
        run(0);
        commit("2024-03-02T05:00:00Z", prices("milk 2"));
        again(0);
        run(1);

        assertThat(items(0)).containsExactly("tea 1.0 of 20240301T050000Z");
        assertThat(items(1)).containsExactly("milk 2.0 of 20240302T050000Z");
    }

    @Test
    void columnsThatPartitionTheTableAreColumns() throws IOException {
        commit("2024-03-01T05:00:00Z", prices("tea 1").withColumn("shop", functions.lit("a/b c%d")), "shop");
        commit(
                "2024-03-01T06:00:00Z",
                prices("milk 2").withColumn("shop", functions.lit(null).cast("string")),
                "shop");
        run(0);

        assertThat(rows("bronze/prices"))
                .extracting(row -> row.getAs("item") + " " + row.getAs("shop"))
                .containsExactlyInAnyOrder("tea a/b c%d", "milk null");
    }

    @Test
    void rowsThatBreakTheContractSayWhichVersionBroughtThem() throws IOException {
        commit("2024-03-01T05:00:00Z", prices("tea 1", "milk 200"));
        run(0);

        assertThat(rows("quarantine/prices")).singleElement().satisfies(row -> {
            assertThat(row.<String>getAs("code")).isEqualTo("PEN-ROW-040");
            assertThat(row.<String>getAs("path")).startsWith(table() + "/_version=0/landed=20240301T050000Z/part-");
            assertThat(row.<String>getAs("raw")).contains("milk");
        });
        assertThat(penstock("files", "shop")).contains(table() + "/_version=0/");
    }

    @Test
    void anUpsertTakesWhatWasRewrittenInTheOrderOfVersions() throws IOException {
        configured(table("upsert", "sequence = landed, current = true"));
        commit("2024-03-01T05:00:00.100Z", prices("tea 1", "milk 2"));
        spark.sql("UPDATE delta.`" + table() + "` SET price = 7 WHERE item = 'tea'")
                .collect();
        said("2024-03-01T05:00:00.200Z");
        run(0);

        assertThat(current()).containsExactly("milk 2.0", "tea 7.0");
    }

    @Test
    void aSnapshotIsTheTableAtTheLastVersionBeforeTheCutAndWithdrawsWhatIsGone() throws IOException {
        configured(table("snapshot", "current = true"));
        commit("2024-03-01T05:00:00Z", prices("tea 1", "milk 2"));
        commit("2024-03-01T06:00:00Z", prices("rice 3"));
        run(0);
        assertThat(current()).containsExactly("milk 2.0", "rice 3.0", "tea 1.0");
        spark.sql("DELETE FROM delta.`" + table() + "` WHERE item = 'tea'").collect();
        said("2024-03-02T05:00:00Z");
        spark.sql("UPDATE delta.`" + table() + "` SET price = 9 WHERE item = 'milk'")
                .collect();
        said("2024-03-02T06:00:00Z");
        run(1, 2);

        assertThat(current()).containsExactly("milk 9.0", "rice 3.0");
        assertThat(items(0)).allMatch(row -> row.endsWith("of 20240301T060000Z"));
        assertThat(items(1))
                .containsExactly(
                        "milk 9.0 of 20240302T060000Z", "rice 3.0 of 20240302T060000Z", "tea null of 20240302T060000Z");
        assertThat(items(2)).isEmpty();
    }

    @Test
    void aClockThatWentBackChangesNoOrder() throws IOException {
        configured(table("upsert", "sequence = landed, current = true"));
        commit("2024-03-02T05:00:00Z", prices("tea 1"));
        commit("2024-03-01T05:00:00Z", prices("tea 2"));
        run(0, 1);

        assertThat(items(0)).isEmpty();
        assertThat(current()).containsExactly("tea 2.0");
    }

    @Test
    void aTableWhoseLogBeginsWithACheckpointBeginsWithIt() throws IOException {
        commit("2024-03-01T05:00:00Z", prices("tea 1"));
        commit("2024-03-01T06:00:00Z", prices("milk 2"));
        forget(1);
        commit("2024-03-02T05:00:00Z", prices("rice 3"));
        run(0, 1);

        assertThat(items(0)).containsExactly("milk 2.0 of 20240301T060000Z", "tea 1.0 of 20240301T060000Z");
        assertThat(items(1)).containsExactly("rice 3.0 of 20240302T050000Z");
    }

    @Test
    void versionsThatAreGoneFromTheLogBeforeTheyWereTakenAreRefused() throws IOException {
        commit("2024-03-01T05:00:00Z", prices("tea 1"));
        run(0);
        commit("2024-03-02T05:00:00Z", prices("milk 2"));
        commit("2024-03-02T06:00:00Z", prices("rice 3"));
        forget(2);

        assertThatThrownBy(() -> run(1))
                .hasMessageContaining("PEN-ING-045 Versions from 1 on are gone from the table's log");
    }

    @Test
    void aSourceThatPointsToAnotherTableThanTheOneThatWasTakenIsRefused() throws IOException {
        commit("2024-03-01T05:00:00Z", prices("tea 1"));
        commit("2024-03-01T06:00:00Z", prices("milk 2"));
        run(0);
        String here = configuration();
        configured(here.replace(table(), "file://" + table()));
        assertThatThrownBy(() -> run(1)).hasMessageContaining("PEN-ING-045 The source was taken from " + table());
        configured(here);

        deleted(work.resolve("other"));
        commit("2024-03-02T05:00:00Z", prices("tea 1"));

        assertThatThrownBy(() -> run(1)).hasMessageContaining("PEN-ING-045 The table is at version 0, and version 1");
        commit("2024-03-02T06:00:00Z", prices("rice 1"));
        assertThatThrownBy(() -> run(1))
                .as("made again, it grew past what was taken")
                .hasMessageMatching("(?s).*PEN-ING-045 Version [01] of the table is not the one.*");
    }

    @Test
    void whatARestoreBringsBackIsTakenAgain() throws IOException {
        configured(table("upsert", "sequence = landed, current = true"));
        commit("2024-03-01T05:00:00Z", prices("tea 1"));
        spark.sql("UPDATE delta.`" + table() + "` SET price = 2 WHERE item = 'tea'")
                .collect();
        said("2024-03-02T05:00:00Z");
        spark.sql("RESTORE delta.`" + table() + "` TO VERSION AS OF 0").collect();
        said("2024-03-03T05:00:00Z");
        run(0, 1, 2);
        assertThat(current()).containsExactly("tea 1.0");
    }

    @Tag("full")
    @Test
    void whatARestoreBringsBackIsTakenAgainByUnitsOneByOne() throws IOException {
        configured(table("upsert", "sequence = landed, current = true"));
        commit("2024-03-01T05:00:00Z", prices("tea 1"));
        spark.sql("UPDATE delta.`" + table() + "` SET price = 2 WHERE item = 'tea'")
                .collect();
        said("2024-03-02T05:00:00Z");
        spark.sql("RESTORE delta.`" + table() + "` TO VERSION AS OF 0").collect();
        said("2024-03-03T05:00:00Z");
        List.of(0, 1, 2).forEach(this::run);
        assertThat(current()).containsExactly("tea 1.0");
    }

    @Test
    void aQuietTableWhoseOldCommitsAreGoneGoesOn() throws IOException {
        commit("2024-03-01T05:00:00Z", prices("tea 1"));
        run(0);
        spark.sql("ALTER TABLE delta.`" + table() + "` SET TBLPROPERTIES ('kept.by' = 'shop')");
        spark.sql("ALTER TABLE delta.`" + table() + "` SET TBLPROPERTIES ('kept.by' = 'me')");
        forget(2);
        commit("2024-03-02T05:00:00Z", prices("milk 2"));
        run(1);

        assertThat(items(1)).containsExactly("milk 2.0 of 20240302T050000Z");
    }

    @Test
    void whatWasDoneToTheTableTodayDoesNotBlockTheUnitsBefore() throws IOException {
        commit("2024-03-01T05:00:00Z", prices("tea 1", "milk 2"));
        spark.sql("DELETE FROM delta.`" + table() + "` WHERE item = 'tea'").collect();
        said("2024-03-02T05:00:00Z");

        assertThat(run(0)).isEqualTo(ExitCode.OK);
        assertThat(items(0)).containsExactly("milk 2.0 of 20240301T050000Z", "tea 1.0 of 20240301T050000Z");
        again(0);
        assertThatThrownBy(() -> run(1))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining(
                        "PEN-ING-044 Version 1 takes rows out of the table or writes them again (1 files)");
    }

    @Test
    void partitionsWhoseValuesNoFolderSaysAreToldByTheLog() throws IOException {
        commit("2024-03-01T05:00:00Z", prices("tea 1").withColumn("shop", functions.lit("a/b")), "shop");
        moved("shop=a%252Fb", "x7", "x7");
        commit("2024-03-01T06:00:00Z", prices("milk 2").withColumn("shop", functions.lit("M\u00fcnchen")), "shop");
        moved("shop=M\u00fcnchen", "shop=M%C3%BCnchen", "shop=M%25C3%25BCnchen");
        run(0);
        again(0);

        assertThat(rows("bronze/prices"))
                .extracting(row -> row.getAs("item") + " " + row.getAs("shop"))
                .containsExactlyInAnyOrder("tea a/b", "milk M\u00fcnchen");
    }

    /** Moves the last version's folder, as another writer would have called it. */
    private void moved(String inLog, String folder, String newInLog) throws IOException {
        Path commit = log().stream()
                .filter(file -> file.toString().endsWith(".json"))
                .reduce((one, next) -> next)
                .orElseThrow();
        String text = Files.readString(commit);
        assertThat(text).contains("\"path\":\"" + inLog + "/");
        Files.move(work.resolve("other/" + java.net.URI.create(inLog).getPath()), work.resolve("other/" + folder));
        Files.writeString(commit, text.replace("\"path\":\"" + inLog + "/", "\"path\":\"" + newInLog + "/"));
    }

    @Test
    void timesThatPartitionATableAreThoseOfItsLog() throws IOException {
        commit("2024-03-01T05:00:00Z", prices("tea 1"), "at");
        run(0);

        assertThat(session()
                        .tables()
                        .read("bronze/prices")
                        .selectExpr("at = timestamp '2024-03-01 04:00:00'")
                        .first()
                        .getBoolean(0))
                .isTrue();
    }

    @Test
    void aCommitOfNoBytesIsRefusedAndLosesNothing() throws IOException {
        commit("2024-03-01T05:00:00Z", prices("tea 1"));
        run(0);
        commit("2024-03-02T05:00:00Z", prices("milk 2"));
        commit("2024-03-02T06:00:00Z", prices("rice 3"));
        Path lost = work.resolve("other/_delta_log/00000000000000000001.json");
        String text = Files.readString(lost);
        Files.writeString(lost, "");

        assertThatThrownBy(() -> run(1)).hasMessageContaining("PEN-TAB-002");
        Files.writeString(lost, text);
        run(1);
        assertThat(items(1)).containsExactly("milk 2.0 of 20240302T050000Z", "rice 3.0 of 20240302T060000Z");
    }

    @Test
    void aTableThatWasVacuumedBeforeItIsTakenBeginsWithWhatCanBeRead() throws IOException {
        commit("2024-03-01T05:00:00Z", prices("tea 1"));
        commit("2024-03-01T06:00:00Z", prices("milk 2"));
        spark.sql("OPTIMIZE delta.`" + table() + "`").collect();
        said("2024-03-02T05:00:00Z");
        vacuumed();
        commit("2024-03-02T06:00:00Z", prices("rice 3"));

        for (String mode : List.of("append", "upsert", "snapshot")) {
            of(mode);
            run(0, 1);

            assertThat(items(0)).as(mode).isEmpty();
            assertThat(items(1)).extracting(item -> item.split(" ")[0]).as(mode).containsExactly("milk", "rice", "tea");
        }
    }

    @Test
    void filesThatWereDeletedBeforeTheyWereTakenAreNotPassedOver() throws IOException {
        filesAreNotPassedOver(List.of("append", "upsert"));
    }

    @Tag("full")
    @Test
    void filesThatWereDeletedBeforeTheyWereTakenAreNotPassedOverBySnapshots() throws IOException {
        filesAreNotPassedOver(List.of("append", "snapshot"));
    }

    /** @param modes the first is append, which refuses; the others take the table as it is */
    private void filesAreNotPassedOver(List<String> modes) throws IOException {
        commit("2024-03-01T05:00:00Z", prices("tea 1"));
        for (String mode : modes) {
            of(mode);
            run(0);
        }
        commit("2024-03-02T05:00:00Z", prices("milk 2"));
        commit("2024-03-02T06:00:00Z", prices("rice 3"));
        spark.sql("OPTIMIZE delta.`" + table() + "`").collect();
        said("2024-03-02T07:00:00Z");
        vacuumed();

        of("append");
        assertThatThrownBy(() -> run(1)).hasMessageContaining("PEN-ING-045 Files that versions after 0 added");
        for (String mode : modes.subList(1, modes.size())) {
            of(mode);
            run(1);
            assertThat(current()).as(mode).containsExactly("milk 2.0", "rice 3.0", "tea 1.0");
        }
    }

    @Test
    void withdrawalsThatAPenstockTableTellsOfAreWithdrawals() throws IOException {
        commit("2024-03-01T05:00:00Z", prices("tea 1", "milk 2").withColumn("_op", functions.lit("+")));
        commit("2024-03-02T05:00:00Z", prices("tea 1").withColumn("_op", functions.lit("-")));
        String upsert = table("upsert", "sequence = landed, current = true");
        configured(upsert.replace("pipeline = shop", "pipeline = unaware"));
        assertThat(notes(1)).contains("PEN-ING-048");
        configured(upsert.replace(COLUMNS, COLUMNS + ", op { renamed-from = [_op] }")
                .replace("current = true", "current = true, delete-when = \"op = '-'\""));
        assertThat(notes(1)).doesNotContain("PEN-ING-048");

        assertThat(current()).containsExactly("milk 2.0");
    }

    private String notes(int day) {
        return told(List.of(unit(day)), false);
    }

    private void of(String mode) throws IOException {
        configured(table(
                        mode,
                        mode.equals("append")
                                ? ""
                                : "current = true" + (mode.equals("upsert") ? ", sequence = landed" : ""))
                .replace("pipeline = shop", "pipeline = shop-" + mode));
    }

    /** Deletes the files that the table needs no longer. */
    private void vacuumed() throws IOException {
        Set<String> live = spark
                .read()
                .format("delta")
                .load(table())
                .select(functions.input_file_name())
                .distinct()
                .as(Encoders.STRING())
                .collectAsList()
                .stream()
                .map(file -> file.substring(file.lastIndexOf('/') + 1))
                .collect(Collectors.toSet());
        try (Stream<Path> files = Files.list(work.resolve("other"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = file.getFileName().toString();
                if (name.endsWith(".parquet") && !live.contains(name)) {
                    Files.delete(file);
                }
            }
        }
    }

    @Test
    void aTableThatCannotBeReadByItsFilesIsRefused() throws IOException {
        commit("2024-03-01T05:00:00Z", prices("tea 1"));
        spark.sql("ALTER TABLE delta.`" + table() + "` SET TBLPROPERTIES ('delta.columnMapping.mode' = 'name',"
                + " 'delta.minReaderVersion' = '2', 'delta.minWriterVersion' = '5')");
        said("2024-03-01T06:00:00Z");
        commit("2024-03-01T07:00:00Z", prices("milk 2"));

        assertThatThrownBy(() -> run(0)).hasMessageContaining("PEN-ING-043").hasMessageContaining("column mapping");
    }

    @Test
    void deletionVectorsAreRefused() throws IOException {
        commit("2024-03-01T05:00:00Z", prices("tea 1", "milk 2"));
        spark.sql("ALTER TABLE delta.`" + table() + "` SET TBLPROPERTIES ('delta.enableDeletionVectors' = true)");
        said("2024-03-01T05:30:00Z");
        spark.sql("DELETE FROM delta.`" + table() + "` WHERE item = 'tea'").collect();
        said("2024-03-01T06:00:00Z");

        assertThatThrownBy(() -> run(0)).hasMessageContaining("PEN-ING-043").hasMessageContaining("deletion vectors");
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1})
    void theTableAtEachCutIsWhatItsSnapshotSays(long seed) throws IOException {
        theTableIsWhatItsSnapshotSays(seed);
    }

    @Tag("full")
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {2, 3, 4})
    void theTableAtEachCutIsWhatItsSnapshotSaysInMoreHistories(long seed) throws IOException {
        theTableIsWhatItsSnapshotSays(seed);
    }

    private void theTableIsWhatItsSnapshotSays(long seed) throws IOException {
        configured(table("snapshot", "current = true"));
        Random random = new Random(seed);
        for (int day = 0; day < 3; day++) {
            for (int hour = 1; hour <= 1 + random.nextInt(4); hour++) {
                changed(random);
                said(FIRST.plusDays(day) + "T0" + hour + ":00:00Z");
            }
            assertThat(run(day)).isEqualTo(ExitCode.OK);

            assertThat(current())
                    .isEqualTo(TableRows.of(Path.of(table())).stream()
                            .map(row -> row.getAs("item") + " " + row.getAs("price"))
                            .sorted()
                            .toList());
        }
    }

    private void changed(Random random) throws IOException {
        String item = "i" + random.nextInt(4);
        String price = String.valueOf(random.nextInt(100));
        boolean isNew = !Files.exists(work.resolve("other"))
                || TableRows.of(Path.of(table())).stream()
                        .noneMatch(row -> row.getAs("item").equals(item));
        if (isNew) {
            prices(item + " " + price)
                    .write()
                    .format("delta")
                    .mode(SaveMode.Append)
                    .save(table());
        } else if (random.nextInt(3) == 0) {
            spark.sql("OPTIMIZE delta.`" + table() + "`").collect();
        } else if (random.nextBoolean() && TableRows.of(Path.of(table())).size() > 1) {
            spark.sql("DELETE FROM delta.`" + table() + "` WHERE item = '" + item + "'")
                    .collect();
        } else {
            spark.sql("UPDATE delta.`" + table() + "` SET price = " + price + " WHERE item = '" + item + "'")
                    .collect();
        }
    }

    @Test
    void noTableIsToldAsNoFolderIs() throws IOException {
        assertThat(run(0)).isEqualTo(ExitCode.OK);
        configured(table("append", "").replace("allow-empty = true", "allow-empty = false"));
        assertThatThrownBy(() -> run(1)).hasMessageContaining("PEN-ING-001 Cannot find a Delta table at");
    }

    private String table(String mode, String more) {
        return shop(mode, COLUMNS, more)
                .replace("path = \"prices/landed={landed}/*\"", "format = delta, path = \"" + table() + "\"")
                .replace("known-at = at", "known-at = landed, on-missing-column = as-null")
                .replace("key = [item]", mode.equals("append") ? "key = []" : "key = [item]");
    }

    private String table() {
        return work.resolve("other").toString();
    }

    private static Dataset<Row> prices(String... rows) {
        return spark.createDataset(List.of(rows), Encoders.STRING())
                .selectExpr(
                        "split(value, ' ')[0] AS item",
                        "timestamp '2024-03-01 04:00:00' AS at",
                        "CAST(split(value, ' ')[1] AS double) AS price")
                .coalesce(1);
    }

    private void commit(String at, Dataset<Row> rows, String... partitioned) throws IOException {
        rows.write()
                .format("delta")
                .mode(SaveMode.Append)
                .partitionBy(partitioned)
                .save(table());
        said(at);
    }

    /** Makes the last commit say that it was made then. */
    private void said(String at) throws IOException {
        Path last = log().stream()
                .filter(file -> file.toString().endsWith(".json"))
                .reduce((one, next) -> next)
                .orElseThrow();
        String text = Files.readString(last)
                .replaceFirst(
                        "\"timestamp\":\\d+",
                        "\"timestamp\":" + Instant.parse(at).toEpochMilli());
        Files.writeString(last, text);
        Files.deleteIfExists(last.resolveSibling("." + last.getFileName() + ".crc"));
    }

    /** Leaves a checkpoint of the last version, and nothing before it. */
    private void forget(long version) throws IOException {
        DeltaLog.forTable(spark, table()).checkpoint();
        for (Path file : log()) {
            String name = file.getFileName().toString();
            if (name.matches("\\d{20}\\.(json|crc)") && Long.parseLong(name.substring(0, 20)) < version) {
                Files.delete(file);
            }
        }
    }

    private List<Path> log() throws IOException {
        try (Stream<Path> files = Files.list(work.resolve("other/_delta_log"))) {
            return files.sorted().toList();
        }
    }

    private static void deleted(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
        DeltaLog.clearCache();
    }

    private void again(int day) {
        assertThat(new Executor(session(), Clock.system())
                        .run(Stages.jobs(config, List.of("ingest")), List.of(unit(day)), true)
                        .exit())
                .isEqualTo(ExitCode.OK);
    }

    private List<String> items(int day) {
        return rows("bronze/prices").stream()
                .filter(row ->
                        row.getAs("unit").toString().equals(FIRST.plusDays(day).toString()))
                .map(row -> row.getAs("item") + " " + row.getAs("price") + " of " + row.getAs("_sequence"))
                .sorted()
                .toList();
    }
}
