package io.penstock.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.penstock.core.Clock;
import io.penstock.core.ExitCode;
import io.penstock.core.PenstockException;
import io.penstock.core.Unit;
import io.penstock.jobs.report.Progress;
import io.penstock.jobs.run.Executor;
import io.penstock.jobs.run.Session;
import io.penstock.jobs.run.StageJob;
import io.penstock.jobs.stage.Stages;
import io.penstock.tests.e2e.Child;
import io.penstock.tests.e2e.CommandLine.Said;
import io.penstock.tests.e2e.Folders;
import io.penstock.tests.e2e.Parcels;
import io.penstock.tests.e2e.PlainDisk;
import io.penstock.tests.e2e.TableRows;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Landed files and disks that are not as they should be, through the command line: what a user reads, and that no row is
 * lost. F03 to F10 are in {@code BadInputTest}, F29 and F30 in {@code ObjectStoreTest}.
 */
@PlainDisk
class CatalogueStorageTest {
    private static final LocalDate DAY = Parcels.FIRST;
    private static final LocalDate NEXT = DAY.plusDays(1);

    @TempDir
    private Path folder;

    @TempDir
    private static Path calm;

    private static Map<String, String> undisturbed;
    private static Path dayIsDone;

    private Workbench bench;

    @BeforeAll
    static void twoUnitsThatNobodyDisturbs() throws IOException {
        Workbench large = Workbench.in(calm);
        Parcels.land(large.landing(), NEXT);
        large.ingest(DAY, DAY).fine();
        dayIsDone = Folders.copy(large.warehouse(), calm.resolve("day-is-done"));
        large.ingest(NEXT, NEXT).fine();
        undisturbed = large.contents();
    }

    @BeforeEach
    void aWorkbench() throws IOException {
        bench = Workbench.in(folder.resolve("bench"));
    }

    @Test
    void f01_aLandingFolderThatIsMissing() throws IOException {
        Said said = bench.ingest(DAY, DAY).failed(10, "PEN-ING-001");

        assertThat(said.err()).contains("source parcels").contains("allow-empty = true");
        assertThat(bench.table("bronze")).doesNotExist();

        Parcels.land(bench.landing(), DAY); // of parcels only; arrivals may be empty
        Said empty = bench.ingest(DAY, DAY).fine().tidy();
        assertThat(empty.err()).contains("PEN-ING-001").contains("landing/arrivals does not exist");
    }

    @Test
    void f02_anEmptyFolder() throws IOException {
        Files.createDirectories(bench.landing().resolve("parcels"));

        assertThat(bench.ingest(DAY, DAY).fine().tidy().err()).contains("PEN-ING-002");
    }

    @Test
    void f13_aLateFileIsTakenWhateverItsTime() throws IOException {
        Parcels.land(bench.landing(), NEXT);
        bench.ingest(DAY, DAY).fine();
        Path late = Files.write(
                Parcels.folder(bench.landing(), "parcels", DAY).resolve("late.csv"),
                List.of(Parcels.HEADER, "late-1,north,1.0,2024-03-02T12:00:00Z"));
        Files.setLastModifiedTime(late, FileTime.from(Instant.now().minus(Duration.ofDays(8))));

        Said said = bench.ingest(NEXT, NEXT).fine().tidy();

        assertThat(said.err()).contains("PEN-ING-013").contains("late.csv");
        assertThat(unitsOf("late-1")).containsExactly(NEXT.toString());
    }

    @Test
    void f14_aFileOfTheFutureIsToldAndNothingIsOrderedByIt() throws IOException {
        Parcels.land(bench.landing(), NEXT);
        Path file = Parcels.folder(bench.landing(), "parcels", DAY).resolve("parcels.csv");
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().plus(Duration.ofDays(30))));

        Said said = bench.ingest(DAY, DAY).fine().tidy();
        bench.ingest(NEXT, NEXT).fine();

        assertThat(said.err()).contains("PEN-ING-014").contains("parcels.csv").contains("a clock is wrong");
        assertThat(unitsOf(DAY + "-0")).containsExactly(DAY.toString());
        assertThat(unitsOf(NEXT + "-0")).containsExactly(NEXT.toString());
        assertThat(bench.files("--state", "note").fine().out()).contains("PEN-ING-014");
        assertThat(bench.files("--state", "passed-over").fine().out()).doesNotContain("PEN-ING-014");
    }

    @Test
    void f15_aNameThatMarksAFileAsHiddenOrUnfinishedIsTold() throws IOException {
        List<String> names = List.of("_parcels.csv", "parcels.csv.tmp", ".parcels.csv", "parcels.csv.crc");
        Parcels.land(bench.landing(), DAY);
        for (String name : names) {
            Files.write(
                    Parcels.folder(bench.landing(), "parcels", DAY).resolve(name),
                    List.of(Parcels.HEADER, "hidden-1,north,1.0,2024-03-02T12:00:00Z"));
        }

        assertThat(bench.ingest(DAY, DAY).fine().tidy().err())
                .contains("PEN-ING-015")
                .contains(names);
        assertThat(unitsOf("hidden-1")).isEmpty();
    }

    @Test
    void f16_aFileThatGrowsWhileItIsTakenIsTakenWholeByTheNextRun() throws IOException {
        Parcels.land(bench.landing(), DAY);
        Path file = Parcels.folder(bench.landing(), "parcels", DAY).resolve("parcels.csv");

        PenstockException told = failsWhen(
                () -> Files.writeString(file, "grown-1,north,1.0,2024-03-02T12:00:00Z\n", StandardOpenOption.APPEND));

        assertThat(told.exit()).isEqualTo(ExitCode.RETRY);
        assertThat(told).hasMessageContaining("PEN-ING-016").hasMessageContaining("parcels.csv");
        assertThat(told.remedy()).isNotBlank();

        bench.ingest(DAY, DAY).fine().tidy();

        assertThat(unitsOf("grown-1")).containsExactly(DAY.toString());
        assertThat(rows()).isEqualTo(Parcels.A_DAY + 1);
    }

    @Test
    void f17_aFileThatIsGoneSinceItWasListedIsRefused() throws IOException {
        Parcels.land(bench.landing(), DAY);
        Path more = Files.write(
                Parcels.folder(bench.landing(), "parcels", DAY).resolve("more.csv"),
                List.of(Parcels.HEADER, "more-1,north,1.0,2024-03-02T12:00:00Z"));

        PenstockException told = failsWhen(() -> Files.delete(more));

        assertThat(told.exit()).isEqualTo(ExitCode.REFUSED);
        assertThat(told).hasMessageContaining("PEN-ING-017").hasMessageContaining("more.csv");
        assertThat(told.remedy()).isNotBlank();
        assertThat(bench.table("bronze/parcels/_delta_log")).doesNotExist();

        bench.ingest(DAY, DAY).fine().tidy();
        assertThat(rows()).isEqualTo(Parcels.A_DAY);
    }

    /** What somebody does to the landed files. */
    private interface Deed {
        void isDone() throws IOException;
    }

    /** Ingests the day; the deed is done after its files were listed, when the run looks at its clock for its intent. */
    private PenstockException failsWhen(Deed deed) {
        int[] looks = new int[1];
        Clock clock = () -> {
            if (++looks[0] == 2) {
                try {
                    deed.isDone();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
            return Clock.system().now();
        };
        try (Session session = new Session(bench.config(), Progress.silent())) {
            List<StageJob> jobs = Stages.jobs(session.config(), List.of("ingest"));
            List<Unit> day = List.of(session.config().schedule().unit(DAY));
            return catchThrowableOfType(
                    PenstockException.class, () -> new Executor(session, clock).run(jobs, day, false));
        }
    }

    @Test
    void f18_aFileThatMayNotBeReadGoesToQuarantine() throws IOException {
        Parcels.land(bench.landing(), DAY);
        Path secret = Files.write(
                Parcels.folder(bench.landing(), "parcels", DAY).resolve("secret.csv"),
                List.of(Parcels.HEADER, "secret-1,north,1.0,2024-03-02T12:00:00Z"));
        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("---------"));

        try (Child child = bench.ingestPowerless(DAY)) {
            assertThat(child.ends()).as(child::said).isZero();
        }

        assertThat(rows()).isEqualTo(Parcels.A_DAY);
        assertThat(TableRows.of(bench.table("quarantine/parcels")))
                .singleElement()
                .satisfies(row -> {
                    assertThat(row.<String>getAs("code")).isEqualTo("PEN-ING-018");
                    assertThat(row.<String>getAs("reason")).contains("not permitted");
                    assertThat(row.<String>getAs("path")).contains("secret.csv");
                });
    }

    @Test
    void f19_aWarehouseThatMayNotBeWrittenIsFoundOutBeforeAnythingIsDone() throws IOException {
        Parcels.land(bench.landing(), DAY);
        Files.createDirectories(bench.warehouse());
        Files.setPosixFilePermissions(bench.warehouse(), PosixFilePermissions.fromString("r-xr-xr-x"));

        try (Child child = bench.ingestPowerless(DAY)) {
            assertThat(child.ends()).as(child::said).isEqualTo(10);
            assertThat(child.said())
                    .contains("PEN-ING-019 Cannot write the warehouse")
                    .contains(bench.warehouse().toString())
                    .contains("what to do: ")
                    .doesNotContain("\tat ");
        } finally {
            Files.setPosixFilePermissions(bench.warehouse(), PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        assertThat(Files.list(bench.warehouse())).isEmpty();
    }

    /** @param left kilobytes that are left; each lets the run come to another place */
    @EnabledIf(value = "io.penstock.tests.faults.SmallDisk#canBeMounted", disabledReason = SmallDisk.WHY_NOT)
    @ParameterizedTest
    @ValueSource(ints = {0})
    void f20_aFullDiskIsToldAndARunWithSpaceEndsTheSame(int left) throws Exception {
        theDiskIsFull(left);
    }

    @Tag("full")
    @EnabledIf(value = "io.penstock.tests.faults.SmallDisk#canBeMounted", disabledReason = SmallDisk.WHY_NOT)
    @ParameterizedTest
    @ValueSource(ints = {64})
    void f20_aDiskThatRunsFullLaterIsToldToo(int left) throws Exception {
        theDiskIsFull(left);
    }

    private void theDiskIsFull(int left) throws Exception {
        try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk"), "size=4m")) {
            Workbench small = aDayIsDoneOn(disk);
            Map<String, String> before = small.contents();
            disk.fillWithBytes(left << 10);

            Said said = toldByPenstock(small, "PEN-ING-020");

            assertThat(said.err()).contains("the disk is full").contains("Free disk space, then run again");
            tablesStillVerify(small, before);
            disk.free();
            theNextRunEndsAsOnALargeDisk(small);
        }
    }

    @EnabledIf(value = "io.penstock.tests.faults.SmallDisk#canBeMounted", disabledReason = SmallDisk.WHY_NOT)
    @ParameterizedTest
    @ValueSource(ints = {9})
    void f21_aDiskWithoutRoomForAnotherFileIsToldAndARunWithRoomEndsTheSame(int left) throws Exception {
        thereIsNoRoomForAFile(left);
    }

    @Tag("full")
    @EnabledIf(value = "io.penstock.tests.faults.SmallDisk#canBeMounted", disabledReason = SmallDisk.WHY_NOT)
    @ParameterizedTest
    @ValueSource(ints = {0})
    void f21_aDiskWithoutRoomForTheFirstFileIsToldToo(int left) throws Exception {
        thereIsNoRoomForAFile(left);
    }

    private void thereIsNoRoomForAFile(int left) throws Exception {
        try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk"), "size=64m,nr_inodes=400")) {
            Workbench small = aDayIsDoneOn(disk);
            Map<String, String> before = small.contents();
            disk.fillWithFiles(left);

            Said said = toldByPenstock(small, "PEN-ING-021");

            assertThat(said.err()).contains("no room for another file").contains("run again");
            tablesStillVerify(small, before);
            disk.free();
            theNextRunEndsAsOnALargeDisk(small);
        }
    }

    private Workbench aDayIsDoneOn(SmallDisk disk) throws IOException {
        Parcels.land(bench.landing(), NEXT);
        Workbench small =
                bench.withWarehouse(Folders.copy(dayIsDone, disk.root().resolve("warehouse")));
        return small;
    }

    /** Spark's own log may have traces of the tasks that it gave up. */
    private static Said toldByPenstock(Workbench small, String code) {
        Said said = small.ingest(NEXT, NEXT);
        assertThat(said.exit()).as(said::toString).isEqualTo(30);
        assertThat(said.err()).contains("✗ " + code).contains("what to do: ");
        return said;
    }

    private static void tablesStillVerify(Workbench small, Map<String, String> before) {
        assertThat(small.contents()).containsAllEntriesOf(before);
        assertThat(small.status().fine().out()).contains("audit chain holds");
    }

    private static void theNextRunEndsAsOnALargeDisk(Workbench small) {
        small.ingest(NEXT, NEXT).fine().tidy();
        assertThat(small.contents()).isEqualTo(undisturbed);
        assertThat(small.status().fine().out()).contains("audit chain holds").doesNotContain("open:");
    }

    @ParameterizedTest
    @ValueSource(strings = {"out", "circle", "nowhere"})
    void f24_aLinkThatLeadsOutOfTheLandingFolderOrInACircle(String where) throws IOException {
        Parcels.land(bench.landing(), DAY);
        Path outside = Files.write(folder.resolve("outside.csv"), List.of(Parcels.HEADER));
        Path landed = Parcels.folder(bench.landing(), "parcels", DAY);
        switch (where) {
            case "out" -> Files.createSymbolicLink(landed.resolve("link.csv"), outside);
            case "circle" ->
                Files.createSymbolicLink(
                        landed.resolveSibling("landed=20240301T060000Z"),
                        bench.landing().resolve("parcels"));
            default -> Files.createSymbolicLink(landed.resolve("link.csv"), landed.resolve("link.csv"));
        }

        Said said = bench.ingest(DAY, DAY).failed(10, "PEN-ING-024");

        assertThat(said.err()).contains("Land the file itself");
        assertThat(bench.table("bronze")).doesNotExist();
    }

    @Test
    void f24_aLinkWithinTheLandingFolderIsFollowed() throws IOException {
        Parcels.land(bench.landing(), DAY);
        Path landed = Parcels.folder(bench.landing(), "parcels", DAY);
        Path elsewhere = Files.createDirectories(bench.landing().resolve("store"));
        Files.move(landed.resolve("parcels.csv"), elsewhere.resolve("parcels.csv"));
        Files.createSymbolicLink(landed.resolve("parcels.csv"), elsewhere.resolve("parcels.csv"));

        bench.ingest(DAY, DAY).fine().tidy();

        assertThat(rows()).isEqualTo(Parcels.A_DAY);
    }

    @Test
    void f25_namesThatMeanSomethingElsewhereAreTakenLiterallyAndAPipeIsNotOpened() throws Exception {
        Workbench odd = Workbench.in(folder.resolve("it's 100%20 #ü,$x=1"));
        Path landed = Parcels.folder(odd.landing(), "parcels", DAY);
        List<String> names = new ArrayList<>(List.of(
                "a b%20[1]{x}é.csv", "it's \"quoted\".csv", "日本🚚.csv", "n".repeat(251) + ".csv", "100%.csv", "[.csv"));
        List<String> lines = Parcels.day(DAY);
        for (int i = 0; i < names.size(); i++) {
            Files.write(landed.resolve(names.get(i)), List.of(Parcels.HEADER, lines.get(1 + i)));
        }
        assertThat(new ProcessBuilder("mkfifo", landed.resolve("pipe.csv").toString())
                        .start()
                        .waitFor())
                .isZero();

        Said said = odd.ingest(DAY, DAY).fine().tidy();

        assertThat(said.err()).contains("PEN-ING-015").contains("pipe.csv");
        assertThat(TableRows.of(odd.table("bronze/parcels")))
                .extracting(row -> row.<String>getAs("_file_id"))
                .doesNotHaveDuplicates()
                .hasSameSizeAs(names);
        assertThat(odd.ingest(DAY, DAY).fine().err()).contains("nothing to do");
    }

    private int rows() {
        return TableRows.of(bench.table("bronze/parcels")).size();
    }

    private List<String> unitsOf(String id) {
        return TableRows.of(bench.table("bronze/parcels")).stream()
                .filter(row -> row.getAs("id").equals(id))
                .map(row -> row.getAs("unit").toString())
                .toList();
    }
}
