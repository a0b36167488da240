package io.penstock.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.jobs.run.SparkSessions;
import io.penstock.tests.e2e.Child;
import io.penstock.tests.e2e.CommandLine;
import io.penstock.tests.e2e.CommandLine.Said;
import io.penstock.tests.e2e.Parcels;
import io.penstock.tests.e2e.PlainDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tables and logs that something or somebody else has damaged, through the command line: what a user reads, and that nothing
 * is written on top. T13 is {@code KillsTest} and {@code CrashAndRaceTest}.
 */
@PlainDisk
class CatalogueTablesTest {
    private static final LocalDate FIRST = Parcels.FIRST;
    private static final LocalDate THIRD = FIRST.plusDays(2);
    private static final LocalDate FOURTH = FIRST.plusDays(3);
    private static final String BRONZE = "bronze/parcels";

    @TempDir
    private static Path folder;

    private static Workbench before;
    private static Map<String, String> undisturbed;
    private Workbench bench;

    @BeforeAll
    static void threeUnitsAreDone() throws IOException {
        before = Workbench.in(folder.resolve("before"));
        Parcels.land(before.landing(), FOURTH);
        for (LocalDate day = FIRST; !day.isAfter(THIRD); day = day.plusDays(1)) {
            before.ingest(day, day).fine();
        }
        Workbench calm = before.copied(folder.resolve("calm"));
        calm.ingest(FOURTH, FOURTH).fine();
        undisturbed = calm.contents();
    }

    @BeforeEach
    void aCopy() throws IOException {
        bench = before.copied(Files.createTempDirectory(folder, "bench").resolve("it"));
    }

    /** Of a table of data and of a control table, which are read by different programs. */
    @ParameterizedTest
    @ValueSource(strings = {BRONZE, "ops/ledger"})
    void t01_aTruncatedCommitIsRefused(String table) throws IOException {
        refusedWithATruncatedCommit(table);
        theNextRunEndsTheSame();
    }

    @Tag("full")
    @ParameterizedTest
    @ValueSource(strings = {"ops/manifests", "ops/intents"})
    void t01_aTruncatedCommitOfOtherControlTablesIsRefused(String table) throws IOException {
        refusedWithATruncatedCommit(table);
        theNextRunEndsTheSame();
    }

    private void refusedWithATruncatedCommit(String table) throws IOException {
        Path commit = bench.lastCommit(table);
        byte[] whole = Files.readAllBytes(commit);
        Files.write(commit, java.util.Arrays.copyOf(whole, whole.length - 40));

        Said said = refusedAndNothingWritten("PEN-TAB-001");

        assertThat(said.err()).contains(commit.getFileName().toString()).contains("Restore this file from a backup");
        Files.write(commit, whole);
    }

    @ParameterizedTest
    @ValueSource(strings = {BRONZE, "ops/ledger"})
    void t02_aCommitOf0BytesIsFound(String table) throws IOException {
        refusedWithACommitOf0Bytes(table);
    }

    @Tag("full")
    @ParameterizedTest
    @ValueSource(strings = {BRONZE, "ops/ledger", "ops/manifests", "ops/intents"})
    void t02_afterACommitOf0BytesIsRestoredTheNextRunEndsTheSame(String table) throws IOException {
        refusedWithACommitOf0Bytes(table);
        theNextRunEndsTheSame();
    }

    private void refusedWithACommitOf0Bytes(String table) throws IOException {
        Path commit = bench.lastCommit(table);
        byte[] whole = Files.readAllBytes(commit);
        Files.write(commit, new byte[0]);

        Said said = refusedAndNothingWritten("PEN-TAB-002");

        assertThat(said.err()).contains(commit.getFileName().toString()).contains("has 0 bytes");
        Files.write(commit, whole);
    }

    @ParameterizedTest
    @ValueSource(strings = {BRONZE, "ops/ledger"})
    void t03_aMissingCommitIsRefused(String table) throws IOException {
        refusedWithoutACommit(table);
    }

    @Tag("full")
    @ParameterizedTest
    @ValueSource(strings = {BRONZE, "ops/ledger"})
    void t03_afterAMissingCommitIsRestoredTheNextRunEndsTheSame(String table) throws IOException {
        refusedWithoutACommit(table);
        theNextRunEndsTheSame();
    }

    private void refusedWithoutACommit(String table) throws IOException {
        Path commit = bench.commits(table).get(1);
        byte[] whole = Files.readAllBytes(commit);
        Files.delete(commit);

        Said said = refusedAndNothingWritten("PEN-TAB-003");

        assertThat(said.err())
                .contains("version 1 of")
                .contains(commit.getFileName().toString());
        Files.write(commit, whole);
    }

    @Test
    void t04_aGarbledHintAtTheLastCheckpointIsToldAndDoneWithout() throws IOException {
        for (String table : List.of(BRONZE, "ops/ledger")) {
            Files.writeString(bench.table(table).resolve("_delta_log/_last_checkpoint"), "{\"version\":");
        }

        Said said = theNextRunEndsTheSame();

        assertThat(said.err()).contains("PEN-TAB-004 " + BRONZE);
    }

    @Test
    void t05_aMissingDataFileIsToldToWhoeverReadsIt() throws IOException {
        try (Stream<Path> files = Files.walk(bench.table("bronze/arrivals"))) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".parquet")).toList()) {
                Files.delete(file);
            }
        }

        Said said = bench.stage("features", THIRD).failed(40, "PEN-TAB-005");

        assertThat(said.err()).contains("--again");
    }

    @Test
    void t05_aDataFileThatAnotherProgramWroteAnewIsToldWithItsPlace() throws IOException {
        try (SparkSession spark = SparkSessions.start("somebody");
                Stream<Path> files = Files.walk(bench.table("bronze/arrivals"))) {
            for (Path file : files.filter(path -> path.toString().endsWith(".parquet")
                            && !path.toString().contains("_delta_log"))
                    .toList()) {
                Path other = Files.createTempDirectory(folder, "other").resolve("it");
                spark.read()
                        .parquet(file.toString())
                        .withColumn("_event_time", functions.col("_event_time").cast("string"))
                        .coalesce(1)
                        .write()
                        .parquet(other.toString());
                try (Stream<Path> parts = Files.list(other)) {
                    Path part = parts.filter(path -> path.toString().endsWith(".parquet"))
                            .findFirst()
                            .orElseThrow();
                    Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
                }
                Files.deleteIfExists(file.resolveSibling("." + file.getFileName() + ".crc"));
            }
        }

        Said said = bench.stage("features", THIRD).failed(40, "PEN-TAB-005");

        assertThat(said.err())
                .contains("written by another program", "_event_time", "bronze/arrivals/unit=")
                .contains("--again");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ops/metrics | UPDATE delta.`%s` SET value = value + 1 | row 0 (ingest
            ops/ledger  | UPDATE delta.`%s` SET sha256 = 'forged' | with sha256 forged
            """)
    void t10_whatSomebodyElseDidToAControlTableIsFoundByStatus(String table, String statement, String told) {
        spark(statement.replace("%s", bench.table(table).toString()));

        Said said = bench.status().failed(40, "PEN-OPS-040");

        assertThat(said.err()).contains(told).contains(table);
    }

    @Test
    void t06_aTableOfANewerProtocolIsRefusedAndItsFeaturesNamed() throws IOException {
        Path last = bench.lastCommit(BRONZE);
        Path next = last.resolveSibling(String.format(
                java.util.Locale.ROOT, "%020d.json", bench.commits(BRONZE).size()));
        Files.writeString(next, """
                {"commitInfo":{"timestamp":1,"operation":"UPGRADE","operationParameters":{},"isBlindAppend":true}}
                {"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["timeTravelling"],\
                "writerFeatures":["timeTravelling"]}}
                """);

        Said said = refusedAndNothingWritten("PEN-TAB-006");

        assertThat(said.err()).contains("timeTravelling").contains("reader version 3");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "RESTORE TABLE delta.`%s` TO VERSION AS OF 1",
                "INSERT INTO delta.`%s` SELECT * FROM delta.`%s`",
            })
    void t07_whatSomebodyElseDidToATableIsRefused(String statement) {
        refusedAfter(statement);
    }

    @Test
    void t07_whoRunsTheUnitsAgainIsDone() {
        refusedAfter("DELETE FROM delta.`%s` WHERE depot = 'north'");
        theUnitsRunAgain();
    }

    @Tag("full")
    @ParameterizedTest
    @ValueSource(
            strings = {
                "RESTORE TABLE delta.`%s` TO VERSION AS OF 1",
                "INSERT INTO delta.`%s` SELECT * FROM delta.`%s`",
            })
    void t07_whoRunsTheUnitsAgainIsDoneWhateverWasDone(String statement) {
        refusedAfter(statement);
        theUnitsRunAgain();
    }

    private void refusedAfter(String statement) {
        spark(statement.replace("%s", bench.table(BRONZE).toString()));

        Said said = refusedAndNothingWritten("PEN-TAB-007");

        assertThat(said.err())
                .contains("Somebody else changed table " + BRONZE)
                .contains("version 3 (")
                .contains("--again --from FIRST --to LAST");
    }

    private void theUnitsRunAgain() {
        bench.ingest(FIRST, FOURTH, "--again").fine();
        assertThat(bench.contents()).isEqualTo(undisturbed);
    }

    @Test
    void t07_whoRestoresTheVersionThatTheMessageNamesIsDone() {
        String table = "delta.`" + bench.table(BRONZE) + "`";
        spark("DELETE FROM " + table);
        assertThat(refusedAndNothingWritten("PEN-TAB-007").err()).contains("Restore version 2");
        spark("RESTORE TABLE " + table + " TO VERSION AS OF 2");
        theNextRunEndsTheSame();
    }

    @Test
    void t07_aCompactionIsNobodysHarm() {
        spark("OPTIMIZE delta.`" + bench.table(BRONZE) + "`");
        theNextRunEndsTheSame();
    }

    @ParameterizedTest
    @ValueSource(strings = {"parquet", "file"})
    void t08_aPlaceThatIsNoDeltaTableIsNotWrittenTo(String what) throws IOException {
        Workbench fresh = Workbench.in(folder.resolve("taken by " + what));
        Parcels.land(fresh.landing(), FIRST);
        if (what.equals("parquet")) {
            try (SparkSession spark = SparkSessions.start("somebody")) {
                spark.range(3).write().parquet(fresh.table(BRONZE).toString());
            }
        } else {
            Files.createDirectories(fresh.table("bronze"));
            Files.writeString(fresh.table(BRONZE), "a file");
        }

        Said said = fresh.ingest(FIRST, FIRST).failed(40, "PEN-TAB-008");

        assertThat(said.err()).contains("they are no Delta table").contains(BRONZE);
        assertThat(Files.exists(fresh.table(BRONZE).resolve("_delta_log"))).isFalse();
        assertThat(fresh.table("ops/intents")).doesNotExist();
    }

    /** Killed before its first commit, it leaves files that no commit names, and somebody's beginning of a commit. */
    @Test
    void t13_whatADeadRunLeftIsDeletedByTheNext() throws IOException {
        try (Child child = bench.ingestFaulty("KILL ingest: files written", FOURTH)) {
            child.diesOfIt();
        }
        Path begun = bench.table(BRONZE).resolve("_delta_log/.00000000000000000003.json.a-b-c.tmp");
        Files.writeString(begun, "{");
        List<Path> left = dataFiles();
        assertThat(left).hasSize(4);

        Said said = theNextRunEndsTheSame();

        assertThat(said.err()).contains("that dead attempts had left uncommitted");
        assertThat(dataFiles()).hasSize(4).isNotEqualTo(left);
        assertThat(begun).doesNotExist();
    }

    private List<Path> dataFiles() throws IOException {
        try (Stream<Path> files = Files.walk(bench.table(BRONZE))) {
            return files.filter(file -> file.toString().endsWith(".parquet")).toList();
        }
    }

    /** Two units are taken while the clock is ten days ahead; what they left is of the future when it is set right. */
    @Test
    void t15_aClockThatJumpsBackChangesNothing() throws IOException {
        Workbench fresh = Workbench.in(folder.resolve("clock"));
        Parcels.land(fresh.landing(), FOURTH);
        System.setProperty("penstock.clock", "PT240H");
        try {
            fresh.ingest(FIRST, FIRST.plusDays(1)).fine();
        } finally {
            System.clearProperty("penstock.clock");
        }
        age(fresh.warehouse(), Duration.ofDays(10));

        fresh.ingest(THIRD, FOURTH).fine();

        assertThat(fresh.contents()).isEqualTo(undisturbed);
        assertThat(fresh.status().fine().out()).contains("audit chain holds").doesNotContain("open:");
        assertThat(fresh.ingest(FIRST, FOURTH).fine().err()).contains("nothing to do");
    }

    private static void age(Path root, Duration later) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.toList()) {
                Files.setLastModifiedTime(
                        file,
                        FileTime.from(
                                Files.getLastModifiedTime(file).toInstant().plus(later)));
            }
        }
    }

    /** No log has changed, but for those that say that somebody was at it: with the damage mended all is as it was. */
    private Said refusedAndNothingWritten(String code) {
        Map<String, String> logs = logs();
        Said said = bench.ingest(FOURTH, FOURTH).failed(40, code);
        assertThat(logs()).isEqualTo(logs);
        return said;
    }

    private Map<String, String> logs() {
        Map<String, String> logs = CommandLine.deltaLogs(bench.warehouse());
        logs.keySet().removeIf(file -> file.contains("/ops/intents/") || file.contains("/ops/attempts/"));
        return logs;
    }

    private Said theNextRunEndsTheSame() {
        Said said = bench.ingest(FOURTH, FOURTH).fine().tidy();
        assertThat(bench.contents()).isEqualTo(undisturbed);
        assertThat(bench.status().fine().out()).contains("audit chain holds").doesNotContain("open:");
        return said;
    }

    private static void spark(String statement) {
        try (SparkSession spark = SparkSessions.start("somebody")) {
            spark.sql(statement).count();
        }
    }
}
