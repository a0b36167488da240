package io.penstock.ingestion.landing;

import io.penstock.core.Clock;
import io.penstock.core.ErrorCode;
import io.penstock.core.LedgerEntry;
import io.penstock.core.PenstockException;
import io.penstock.core.Schedule;
import io.penstock.core.Unit;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.config.SourceSpec.Mode;
import io.penstock.core.kernel.TableChanges;
import io.penstock.core.kernel.TableChanges.AddedFile;
import io.penstock.core.kernel.TableChanges.Version;
import io.penstock.core.storage.StorageErrors;
import io.penstock.ingestion.contract.FileColumns;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;

/**
 * What a Delta table brings to a source. Each version lands when it was committed, with the files that it added ({@code
 * append}, {@code upsert}), or with all files of the table at the last version before each cut ({@code snapshot}). The ledger
 * says what was taken, so only later versions are read. A version never lands before the one before it, whatever the clocks of
 * its writers said.
 */
final class TableLanding {
    private static final String OPERATION = "_op";

    private final SourceSpec source;
    private final TableChanges table;
    private final FileColumns columns;
    private final PathColumns pathColumns;
    private final List<LandedFile> found = new ArrayList<>();
    private final List<Notice> notices = new ArrayList<>();
    /** Files of the table that were taken at any version. */
    private final Set<String> files = new HashSet<>();
    /** The newest version that a unit took, -1 before any; its files; and when it landed. */
    private long known = -1;

    private final Set<String> newest = new HashSet<>();
    private Instant landed = Instant.MIN;

    private TableLanding(SourceSpec source, TableChanges table) {
        this.source = source;
        this.table = table;
        this.columns = new FileColumns(source);
        this.pathColumns = new PathColumns(source);
    }

    /**
     * Lists what the table holds without opening a file of it.
     *
     * @param ledger of the source; other entries do no harm
     * @param until versions that land later are left alone, whatever they did
     * @throws PenstockException {@code PEN-ING-001} when there is no table (a notice with {@code allow-empty}), {@code
     *     PEN-ING-029} when the file system does not answer, {@code PEN-ING-043} to {@code PEN-ING-045} for a table that
     *     cannot be taken by version
     */
    static Landing.Discovery discover(
            Configuration hadoop,
            String landingRoot,
            SourceSpec source,
            Collection<LedgerEntry> ledger,
            Schedule schedule,
            Instant until) {
        String location = Landing.location(landingRoot, source.path());
        try {
            TableLanding landing = new TableLanding(source, TableChanges.of(hadoop, location));
            landing.before(ledger);
            landing.since(schedule, until);
            landing.found.sort(null);
            return new Landing.Discovery(
                    List.copyOf(landing.found), List.copyOf(landing.notices), List.of(), List.of());
        } catch (FileNotFoundException e) {
            if (!source.allowEmpty()) {
                throw new PenstockException(
                        ErrorCode.NOTHING_LANDED,
                        "Cannot find a Delta table at " + location,
                        "source " + source.name(),
                        "Run what makes it first, correct the source's path, or set allow-empty = true");
            }
            return new Landing.Discovery(
                    List.of(),
                    List.of(new Notice(
                            ErrorCode.NOTHING_LANDED.code(), source.name(), "There is no Delta table at " + location)),
                    List.of(),
                    List.of());
        } catch (IOException e) {
            throw StorageErrors.of(e, "source " + source.name() + ", " + location)
                    .orElseGet(() -> new PenstockException(
                            ErrorCode.LANDING_NOT_LISTED,
                            "Cannot read the log of " + location + ": " + e.getMessage(),
                            "source " + source.name(),
                            "Check that the table can be reached, then run again",
                            e));
        }
    }

    private void before(Collection<LedgerEntry> ledger) {
        Map<String, LedgerEntry> entries = new LinkedHashMap<>();
        ledger.stream()
                .filter(entry -> entry.source().equals(source.name()))
                .forEach(entry -> entries.put(entry.path(), entry));
        entries.forEach((path, entry) -> TableFile.of(path).ifPresent(file -> {
            if (!file.table().equals(source.path())) {
                throw lost(
                        "The source was taken from " + file.table() + " before: versions of another table are others");
            }
            found.add(landed(file, entry.bytes(), Instant.ofEpochMilli(entry.modified())));
            files.add(file.file());
            if (file.version() > known) {
                known = file.version();
                landed = file.landed();
                newest.clear();
            }
            if (file.version() == known) {
                newest.add(file.file());
            }
        }));
    }

    private void since(Schedule schedule, Instant until) {
        if (table.latest() < known) {
            throw lost("The table is at version " + table.latest() + ", and version " + known
                    + " of it was taken already: it was made again");
        }
        if (known >= 0 && table.tells(known) && known >= table.first()) {
            requireSame();
        }
        tellFolders();
        tellWithdrawals();
        Map<Version, Instant> times = new LinkedHashMap<>();
        for (Version version : versions()) {
            Instant at = version.committed().truncatedTo(ChronoUnit.SECONDS);
            landed = at.isAfter(landed) ? at : landed;
            if (!landed.isAfter(until)) {
                times.put(version, landed);
            }
        }
        Instant now = Clock.system().now();
        if (landed.isAfter(now.plus(Landing.CLOCKS_DIFFER))) {
            notices.add(new Notice(
                    ErrorCode.FILE_FROM_FUTURE.code(),
                    source.path(),
                    "A version was committed in the future, and none lands before it from now on, at " + landed
                            + ": a clock is wrong"));
        }
        if (source.mode() == Mode.SNAPSHOT) {
            snapshots(times, schedule);
        } else {
            added(times);
        }
        if (found.isEmpty()) {
            notices.add(new Notice(
                    ErrorCode.FEWER_FILES_THAN_DECLARED.code(),
                    source.name(),
                    "No version with rows has landed yet: " + source.path()));
        }
    }

    /** Files have names that no other table's have: those of the newest version that was taken are still of it. */
    private void requireSame() {
        boolean isSame = isTaken(table.added(known)) || isTaken(table.files(known));
        if (!isSame) {
            throw lost("Version " + known + " of the table is not the one that was taken: it was made again");
        }
    }

    private boolean isTaken(List<AddedFile> some) {
        return some.stream().map(AddedFile::path).anyMatch(newest::contains);
    }

    /**
     * Those that no one has seen. Where the log begins later than them, or files of theirs were deleted since, first the
     * whole table at the version from which all of it can be read, with all that came before.
     */
    private List<Version> versions() {
        long next = known + 1;
        boolean canGoOn = known >= 0 && table.tells(next) && (source.mode() != Mode.SNAPSHOT || next >= table.first());
        boolean isTold = table.isWhole() || canGoOn;
        long told = isTold ? next : Math.max(next, table.first());
        if (told > table.latest()) {
            return List.of();
        }
        List<Version> all = table.since(told);
        long first = table.readable(told, all);
        List<Version> changes = all.stream().filter(Version::changesRows).toList();
        if (isTold && first == next) {
            return changes;
        }
        List<AddedFile> before = table.files(first);
        boolean isAll = before.stream().allMatch(file -> files.contains(file.path()));
        if (known >= 0 && source.mode() == Mode.APPEND && !isAll) {
            throw lost(
                    first > told
                            ? "Files that versions after " + known
                                    + " added were deleted before they were taken (VACUUM)"
                            : "Versions from " + next + " on are gone from the table's log before they were taken; it"
                                    + " begins with version " + table.first());
        }
        List<Version> versions = new ArrayList<>();
        if (known < 0 || source.mode() == Mode.SNAPSHOT || !isAll) {
            notices.add(new Notice(
                    ErrorCode.DELTA_STARTS_LATER.code(),
                    source.path(),
                    "Versions before " + first + " cannot be read any more: all that the table held then is taken with"
                            + " this one"));
            versions.add(new Version(first, table.committed(first), before, List.of(), List.of(), Optional.empty()));
        }
        changes.stream().filter(one -> one.number() > first).forEach(versions::add);
        return versions;
    }

    private void added(Map<Version, Instant> versions) {
        versions.forEach((version, at) -> {
            version.unreadable().ifPresent(unreadable -> {
                throw unreadable;
            });
            if (!version.removed().isEmpty()) {
                rewritten(version);
            }
            version.added().forEach(file -> found.add(landed(version.number(), at, file)));
        });
    }

    private void rewritten(Version version) {
        String what = "Version " + version.number() + " takes rows out of the table or writes them again ("
                + version.removed().size() + " files)";
        if (source.mode() == Mode.APPEND) {
            throw new PenstockException(
                    ErrorCode.APPEND_SOURCE_REWRITTEN,
                    what + ", and an append source has no versions of a row",
                    "source " + source.name() + ", " + source.path(),
                    "Declare mode = snapshot, which withdraws what is gone, or mode = upsert, which takes what is new");
        }
        notices.add(new Notice(
                ErrorCode.DELTA_ROWS_NOT_WITHDRAWN.code(),
                source.path(),
                what + ": what it wrote is taken, what is gone is not withdrawn"));
    }

    /** The last version of each unit: what the table went through between two cuts no one sees. */
    private void snapshots(Map<Version, Instant> versions, Schedule schedule) {
        TreeMap<Unit, Map.Entry<Version, Instant>> last = new TreeMap<>(Comparator.comparing(Unit::id));
        versions.entrySet().forEach(version -> last.put(takingUnit(schedule, version.getValue()), version));
        last.values().forEach(one -> {
            long number = one.getKey().number();
            List<AddedFile> files = table.files(number);
            if (files.isEmpty()) {
                notices.add(new Notice(
                        ErrorCode.NOTHING_WITHDRAWN.code(),
                        source.path(),
                        "The table is empty at version " + number + ": nothing is withdrawn"));
            }
            files.forEach(file -> found.add(landed(number, one.getValue(), file)));
        });
    }

    /** The first unit at whose cut it has landed. */
    private static Unit takingUnit(Schedule schedule, Instant landed) {
        Unit due = schedule.dueAt(landed);
        return due.cut().equals(landed) ? due : schedule.unit(schedule.next(due.id()));
    }

    /** A table of Penstock's tells what a row does to its key, and so does whoever publishes changes like it. */
    private void tellWithdrawals() {
        if (table.columns().contains(OPERATION) && columns.position(OPERATION) == null) {
            String mode = source.mode() == SourceSpec.Mode.UPSERT ? "" : " mode = upsert,";
            notices.add(new Notice(
                    ErrorCode.DELTA_OPERATIONS_AS_ROWS.code(),
                    source.path(),
                    "The table tells of withdrawals in its column " + OPERATION
                            + ", and they are taken as rows: declare" + mode + " op { renamed-from = [" + OPERATION
                            + "] } and delete-when = \"op = '-'\""));
        }
    }

    private void tellFolders() {
        List<String> unknown = table.partitionColumns().stream()
                .filter(column -> columns.position(column) == null)
                .toList();
        if (!unknown.isEmpty()) {
            notices.add(new Notice(
                    ErrorCode.UNDECLARED_COLUMNS.code(),
                    source.name(),
                    "Columns that are not declared, left out because the table is partitioned by them: "
                            + String.join(", ", unknown)));
        }
    }

    private LandedFile landed(long version, Instant at, AddedFile file) {
        TableFile landing = new TableFile(source.path(), version, at, "", file.path());
        Map<Integer, String> inPath = pathColumns.of(landing.path());
        String untold = new TreeMap<>(file.partitions())
                .entrySet().stream()
                        .filter(one -> columns.position(one.getKey()) != null)
                        .filter(one -> !(one.getValue() == null ? "" : one.getValue())
                                .equals(inPath.get(columns.position(one.getKey()))))
                        .map(one -> PathColumns.folder(one.getKey(), one.getValue()))
                        .collect(Collectors.joining("/"));
        return landed(new TableFile(source.path(), version, at, untold, file.path()), file.bytes(), file.modified());
    }

    private LandedFile landed(TableFile file, long bytes, Instant modified) {
        return new LandedFile(source.name(), file.path(), bytes, modified, file.landed());
    }

    private PenstockException lost(String what) {
        return new PenstockException(
                ErrorCode.DELTA_VERSIONS_GONE,
                what,
                "source " + source.name() + ", " + source.path(),
                "Take it as a source of another name: that begins with what the table holds now");
    }
}
