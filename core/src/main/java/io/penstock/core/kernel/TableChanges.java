package io.penstock.core.kernel;

import io.delta.kernel.Table;
import io.delta.kernel.data.ColumnarBatch;
import io.delta.kernel.data.FilteredColumnarBatch;
import io.delta.kernel.data.Row;
import io.delta.kernel.defaults.engine.DefaultEngine;
import io.delta.kernel.engine.Engine;
import io.delta.kernel.exceptions.KernelException;
import io.delta.kernel.exceptions.TableNotFoundException;
import io.delta.kernel.internal.DeltaLogActionUtils.DeltaAction;
import io.delta.kernel.internal.InternalScanFileUtils;
import io.delta.kernel.internal.SnapshotImpl;
import io.delta.kernel.internal.TableImpl;
import io.delta.kernel.internal.util.VectorUtils;
import io.delta.kernel.utils.CloseableIterator;
import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.core.storage.StorageErrors;
import io.penstock.core.storage.TableLog;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;

/**
 * Which data files the versions of somebody's Delta table brought and took out of it, told by its log alone: without Spark,
 * and without opening one of them. Compaction changes no row and is passed over.
 */
public final class TableChanges {
    private static final Pattern COMMIT = Pattern.compile("(\\d{20})\\.json");
    private static final Pattern CHECKPOINT = Pattern.compile("(\\d{20})\\.checkpoint(\\..*)?\\.parquet");
    /** Files that are asked for one by one; of more a listing tells. */
    private static final int FEW = 200;

    private static final Set<DeltaAction> ACTIONS =
            Set.of(DeltaAction.ADD, DeltaAction.REMOVE, DeltaAction.METADATA, DeltaAction.COMMITINFO);

    private final Configuration hadoop;
    private final String location;
    private final Engine engine;
    private final Table table;
    private final TreeSet<Long> commits = new TreeSet<>();
    private final TreeSet<Long> checkpoints = new TreeSet<>();
    /** Commits of 0 bytes, which Delta's readers take for commits of nothing. */
    private final TreeMap<Long, String> empty = new TreeMap<>();

    private SnapshotImpl newest;

    /**
     * @param path below the table's folder
     * @param partitions values of the columns that partition the table, null for NULL
     */
    public record AddedFile(String path, long bytes, Instant modified, Map<String, String> partitions) {}

    /**
     * A commit that changed rows.
     *
     * @param committed as the commit itself says
     * @param added files whose rows it added
     * @param removed files whose rows it took out, or wrote again into others
     * @param dropped all files that are not of the table from then on, those that were compacted too
     * @param unreadable {@code PEN-ING-043} where its files do not say what its rows are
     */
    public record Version(
            long number,
            Instant committed,
            List<AddedFile> added,
            List<String> removed,
            List<String> dropped,
            Optional<PenstockException> unreadable) {
        /** Whether it did more than rewrite the same rows; what cannot be read may have. */
        public boolean changesRows() {
            return !added.isEmpty() || !removed.isEmpty() || unreadable.isPresent();
        }
    }

    private TableChanges(Configuration hadoop, String location) {
        this.hadoop = hadoop;
        this.location = location;
        this.engine = DefaultEngine.create(hadoop);
        this.table = Table.forPath(engine, location);
    }

    /**
     * Looks at a table's log; reads none of it yet.
     *
     * @throws FileNotFoundException when there is no table
     */
    public static TableChanges of(Configuration hadoop, String location) throws IOException {
        TableChanges changes = new TableChanges(hadoop, location);
        Path log = new Path(location, "_delta_log");
        for (FileStatus file : log.getFileSystem(hadoop).listStatus(log)) {
            number(COMMIT, file).ifPresent(version -> {
                changes.commits.add(version);
                if (file.getLen() == 0) {
                    changes.empty.put(version, file.getPath().toString());
                }
            });
            number(CHECKPOINT, file).ifPresent(changes.checkpoints::add);
        }
        if (changes.commits.isEmpty() && changes.checkpoints.isEmpty()) {
            throw new FileNotFoundException(log + " holds no version");
        }
        return changes;
    }

    private static Optional<Long> number(Pattern name, FileStatus file) {
        Matcher matcher = name.matcher(file.getPath().getName());
        return matcher.matches() ? Optional.of(Long.parseLong(matcher.group(1))) : Optional.empty();
    }

    /** The newest version. */
    public long latest() {
        return commits.isEmpty() ? checkpoints.last() : commits.last();
    }

    /**
     * The first version that the log still tells of: 0, or the oldest checkpoint, whose files may be of any version before.
     */
    public long first() {
        return commits.contains(0L) || checkpoints.isEmpty() ? commits.first() : checkpoints.first();
    }

    /** Whether the log still tells what this version changed, or it is not there yet. */
    public boolean tells(long version) {
        return version > latest() || commits.contains(version);
    }

    /** Whether all of the table's history is in its log. */
    public boolean isWhole() {
        return first() == 0;
    }

    /** The columns whose values stand in the log and the folders' names instead of the files. */
    public List<String> partitionColumns() {
        return newest().getPartitionColumnNames(engine);
    }

    /** The columns of the newest version. */
    public List<String> columns() {
        return newest().getSchema(engine).fieldNames();
    }

    /** Read once. */
    private SnapshotImpl newest() {
        if (newest == null) {
            newest = guarded(() -> (SnapshotImpl) table.getLatestSnapshot(engine));
        }
        return newest;
    }

    /** Commits from one version to the newest that changed rows or rewrote files, in order. */
    public List<Version> since(long version) {
        return between(version, latest()).stream()
                .filter(one -> one.changesRows() || !one.dropped().isEmpty())
                .toList();
    }

    /**
     * The first version from {@code version} on from which all that the log tells of can still be read: behind it no file is
     * needed that was deleted since it was dropped. Asks the storage only where files were dropped.
     *
     * @param since that version
     */
    public long readable(long version, List<Version> since) {
        List<Version> dropping = since.stream()
                .filter(one -> one.number() > version && !one.dropped().isEmpty())
                .sorted(Comparator.comparing(Version::number).reversed())
                .toList();
        int files = dropping.stream().mapToInt(one -> one.dropped().size()).sum();
        Predicate<String> isThere = files > FEW ? there()::contains : this::isThere;
        return dropping.stream()
                .filter(one -> !one.dropped().stream().allMatch(isThere))
                .map(Version::number)
                .findFirst()
                .orElse(version);
    }

    private boolean isThere(String file) {
        return guarded(() -> {
            Path path = new Path(new Path(location), new Path(null, null, file));
            return path.getFileSystem(hadoop).exists(path);
        });
    }

    /** What lies below the table's folder. */
    private Set<String> there() {
        return guarded(() -> {
            Path root = new Path(location);
            FileSystem files = root.getFileSystem(hadoop);
            String base = files.makeQualified(root).toUri().getPath() + "/";
            Set<String> there = new HashSet<>();
            RemoteIterator<LocatedFileStatus> all = files.listFiles(root, true);
            while (all.hasNext()) {
                there.add(all.next().getPath().toUri().getPath().substring(base.length()));
            }
            return there;
        });
    }

    /** @throws PenstockException {@code PEN-TAB-002} when a commit after {@code before}, up to {@code last}, has 0 bytes */
    private void requireContent(long before, long last) {
        empty.subMap(before, false, last, true).values().stream().findFirst().ifPresent(commit -> {
            throw TableLog.empty(commit, null);
        });
    }

    /** The files that one commit added. */
    public List<AddedFile> added(long version) {
        return between(version, version).get(0).added();
    }

    /** When a version was committed, as its commit says; where that is gone, when it was written. */
    public Instant committed(long version) {
        return commits.contains(version)
                ? between(version, version).get(0).committed()
                : guarded(() -> Instant.ofEpochMilli(
                        ((SnapshotImpl) table.getSnapshotAsOfVersion(engine, version)).getTimestamp(engine)));
    }

    private List<Version> between(long first, long last) {
        if (first > last) {
            return List.of();
        }
        requireContent(first - 1, last);
        return guarded(() -> {
            TreeMap<Long, Version> versions = new TreeMap<>();
            try (CloseableIterator<ColumnarBatch> batches =
                    ((TableImpl) table).getChanges(engine, first, last, ACTIONS)) {
                while (batches.hasNext()) {
                    try (CloseableIterator<Row> rows = batches.next().getRows()) {
                        rows.forEachRemaining(row -> add(row, versions));
                    }
                }
            }
            return List.copyOf(versions.values());
        });
    }

    /**
     * The files of the table at a version.
     *
     * @throws PenstockException {@code PEN-ING-043} where they do not say what its rows are
     */
    public List<AddedFile> files(long version) {
        Long checkpoint = checkpoints.floor(version);
        requireContent(checkpoint == null ? -1 : checkpoint, version);
        return guarded(() -> {
            List<AddedFile> files = new ArrayList<>();
            SnapshotImpl snapshot = (SnapshotImpl) table.getSnapshotAsOfVersion(engine, version);
            requireUnmapped(snapshot.getMetadata().getConfiguration());
            try (CloseableIterator<FilteredColumnarBatch> batches =
                    snapshot.getScanBuilder(engine).build().getScanFiles(engine)) {
                while (batches.hasNext()) {
                    try (CloseableIterator<Row> rows = batches.next().getRows()) {
                        rows.forEachRemaining(
                                row -> files.add(file(row.getStruct(InternalScanFileUtils.ADD_FILE_ORDINAL))));
                    }
                }
            }
            return files;
        });
    }

    private void add(Row row, Map<Long, Version> versions) {
        long number = row.getLong(row.getSchema().indexOf("version"));
        Version version = versions.computeIfAbsent(
                number,
                n -> new Version(
                        n,
                        Instant.ofEpochMilli(row.getLong(row.getSchema().indexOf("timestamp"))),
                        new ArrayList<>(),
                        new ArrayList<>(),
                        new ArrayList<>(),
                        Optional.empty()));
        action(row, DeltaAction.COMMITINFO).ifPresent(info -> versions.put(number, committed(version, info)));
        try {
            changed(row, version);
        } catch (PenstockException e) { // for whoever takes this version
            versions.put(
                    number,
                    new Version(
                            number,
                            version.committed(),
                            version.added(),
                            version.removed(),
                            version.dropped(),
                            Optional.of(e)));
        }
    }

    private void changed(Row row, Version version) {
        action(row, DeltaAction.METADATA).ifPresent(this::requireUnmapped);
        action(row, DeltaAction.ADD)
                .filter(TableChanges::changesRows)
                .ifPresent(add -> version.added().add(file(add)));
        action(row, DeltaAction.REMOVE).ifPresent(remove -> {
            if (changesRows(remove)) {
                version.removed().add(path(remove));
            }
            if (isOwn(remove)) {
                version.dropped().add(path(remove));
            }
        });
    }

    private static Optional<Row> action(Row row, DeltaAction action) {
        int column = row.getSchema().indexOf(action.colName);
        return column < 0 || row.isNullAt(column) ? Optional.empty() : Optional.of(row.getStruct(column));
    }

    /** A file's time would change when somebody copies the log. */
    private static Version committed(Version version, Row info) {
        for (String time : List.of("inCommitTimestamp", "timestamp")) {
            int column = info.getSchema().indexOf(time);
            if (column >= 0 && !info.isNullAt(column) && info.getLong(column) > 0) {
                return new Version(
                        version.number(),
                        Instant.ofEpochMilli(info.getLong(column)),
                        version.added(),
                        version.removed(),
                        version.dropped(),
                        version.unreadable());
            }
        }
        return version;
    }

    private static boolean changesRows(Row action) {
        return action.getBoolean(action.getSchema().indexOf("dataChange"));
    }

    private AddedFile file(Row add) {
        int vector = add.getSchema().indexOf("deletionVector");
        if (vector >= 0 && !add.isNullAt(vector)) {
            throw unreadable("deletion vectors: rows of " + path(add) + " are gone that the file still holds");
        }
        return new AddedFile(
                path(add),
                add.getLong(add.getSchema().indexOf("size")),
                Instant.ofEpochMilli(add.getLong(add.getSchema().indexOf("modificationTime"))),
                VectorUtils.toJavaMap(add.getMap(add.getSchema().indexOf("partitionValues"))));
    }

    private static URI address(Row action) {
        return URI.create(action.getString(action.getSchema().indexOf("path")));
    }

    /** Whether its file lies below the table's folder. */
    private static boolean isOwn(Row action) {
        URI uri = address(action);
        return !uri.isAbsolute() && !uri.getPath().startsWith("/");
    }

    /** Paths in a log are encoded as in an address. */
    private String path(Row action) {
        if (!isOwn(action)) {
            throw unreadable("files of another table, as a shallow clone does: " + address(action));
        }
        return address(action).getPath();
    }

    private void requireUnmapped(Row metadata) {
        int column = metadata.getSchema().indexOf("configuration");
        if (!metadata.isNullAt(column)) {
            requireUnmapped(VectorUtils.<String, String>toJavaMap(metadata.getMap(column)));
        }
    }

    private void requireUnmapped(Map<String, String> properties) {
        String mode = properties.getOrDefault("delta.columnMapping.mode", "none");
        if (!mode.equals("none")) {
            throw unreadable("column mapping (delta.columnMapping.mode = " + mode
                    + "): its files name columns otherwise than the table does");
        }
    }

    private PenstockException unreadable(String why) {
        return new PenstockException(
                ErrorCode.DELTA_FEATURE_UNSUPPORTED,
                "Cannot take rows of this Delta table, it uses " + why,
                location,
                "Let its owner publish a table without it, or land its rows as Parquet files");
    }

    private interface Reading<T> {
        T get() throws IOException;
    }

    private <T> T guarded(Reading<T> reading) {
        try {
            return reading.get();
        } catch (PenstockException e) {
            throw e;
        } catch (TableNotFoundException | IOException e) {
            throw failed(e);
        } catch (KernelException e) {
            throw TableLog.broken(hadoop, location, e)
                    .orElseGet(() -> unreadable("what its reader here does not know: " + e.getMessage()));
        } catch (RuntimeException e) {
            throw failed(e);
        }
    }

    private PenstockException failed(Exception e) {
        return TableLog.broken(hadoop, location, e)
                .or(() -> StorageErrors.of(e, location))
                .orElseGet(() -> new PenstockException(
                        ErrorCode.LANDING_NOT_LISTED,
                        "Cannot read the log of a Delta table: " + e.getMessage(),
                        location,
                        "Check that the table can be reached, then run again",
                        e));
    }
}
