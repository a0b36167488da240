package io.penstock.core.kernel;

import io.delta.kernel.DataWriteContext;
import io.delta.kernel.Operation;
import io.delta.kernel.Scan;
import io.delta.kernel.Table;
import io.delta.kernel.Transaction;
import io.delta.kernel.TransactionBuilder;
import io.delta.kernel.TransactionCommitResult;
import io.delta.kernel.data.ColumnVector;
import io.delta.kernel.data.ColumnarBatch;
import io.delta.kernel.data.FilteredColumnarBatch;
import io.delta.kernel.data.Row;
import io.delta.kernel.defaults.internal.data.DefaultColumnarBatch;
import io.delta.kernel.engine.Engine;
import io.delta.kernel.exceptions.ConcurrentTransactionException;
import io.delta.kernel.exceptions.KernelEngineException;
import io.delta.kernel.exceptions.KernelException;
import io.delta.kernel.exceptions.TableAlreadyExistsException;
import io.delta.kernel.exceptions.TableNotFoundException;
import io.delta.kernel.expressions.Literal;
import io.delta.kernel.internal.InternalScanFileUtils;
import io.delta.kernel.internal.SnapshotImpl;
import io.delta.kernel.internal.actions.AddFile;
import io.delta.kernel.internal.actions.RemoveFile;
import io.delta.kernel.internal.actions.SetTransaction;
import io.delta.kernel.internal.actions.SingleAction;
import io.delta.kernel.internal.data.GenericRow;
import io.delta.kernel.internal.util.Utils;
import io.delta.kernel.types.DataType;
import io.delta.kernel.types.DoubleType;
import io.delta.kernel.types.IntegerType;
import io.delta.kernel.types.LongType;
import io.delta.kernel.types.StringType;
import io.delta.kernel.types.StructType;
import io.delta.kernel.utils.CloseableIterable;
import io.delta.kernel.utils.CloseableIterator;
import io.delta.kernel.utils.DataFileStatus;
import io.delta.kernel.utils.FileStatus;
import io.penstock.core.Clock;
import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.core.kernel.SingleVersionEngine.LostRace;
import io.penstock.core.storage.StorageErrors;
import io.penstock.core.storage.TableLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A small append-only Delta table (reader protocol 1) of fixed columns, partitioned by {@code year}, that is created by its
 * first append. Beside the columns given it has {@code seq}, version x 1,000,000 + index in the commit, so that commit order
 * outlives compaction, and {@code chain}, the digest by which {@link RowChain} finds what others did to its rows.
 *
 * <p>Every commit is a compare-and-set: it is computed from a {@link View} of one version and becomes the next version, or
 * it is computed again from the version that came between. Files never change once committed, so an instance parses each
 * of them once for the same columns, whatever the number of versions read.
 */
public final class ControlTable {
    public enum Type {
        STRING(StringType.STRING),
        LONG(LongType.LONG),
        DOUBLE(DoubleType.DOUBLE),
        INT(IntegerType.INTEGER);

        private final DataType kernel;

        Type(DataType kernel) {
            this.kernel = kernel;
        }
    }

    public record Column(String name, Type type) {}

    /** Delta's transaction identifier; {@code version} must be greater than the last one of {@code appId}. */
    public record TxnId(String appId, long version) {}

    /**
     * What to append. Each row maps column to value and holds {@code year}; a missing column is null.
     *
     * @param marks more transaction identifiers to set in the same commit, each greater than its last one
     */
    public record Batch(List<Map<String, Object>> rows, Optional<TxnId> txn, List<TxnId> marks) {
        public Batch(List<Map<String, Object>> rows, Optional<TxnId> txn) {
            this(rows, txn, List.of());
        }

        public static Batch of(List<Map<String, Object>> rows) {
            return new Batch(rows, Optional.empty());
        }

        public static Batch nothing() {
            return of(List.of());
        }
    }

    /** The table at one version. */
    public interface View {
        /** Rows in commit order, {@code seq} and {@code year} included. */
        List<Map<String, Object>> rows();

        /** The same with these columns, perhaps with more. */
        List<Map<String, Object>> rows(String... columns);

        /** What is made of the rows of this table. */
        <T> List<T> rows(Made<T> made);

        /** The last transaction version of an application, 0 when there is none. */
        long lastTxnVersion(String appId);
    }

    /** The transaction whose version tells how many rows there are, and how the digest of the last one begins. */
    private static final String HEAD = "penstock/rows";

    private static final String SEQ = "seq";
    private static final String YEAR = "year";
    private static final long ROWS_PER_COMMIT = 1_000_000L;
    private static final int ATTEMPTS = 200;
    private static final int MERGE_EVERY = 16;
    private static final long SMALL = 4L << 20;
    private static final String ENGINE = "penstock";
    // Kernel 3.3 refuses delta.logRetentionDuration; whoever compacts with Spark can set it.
    /**
     * To be raised, and then set as the table's property by {@link #beginChain}'s way, when an older version could no longer
     * read right what this one writes. The first format has no property.
     */
    public static final int FORMAT = 1;

    private static final String FORMAT_KEY = "penstock.format";
    private static final Map<String, String> PROPERTIES = Map.of(
            "delta.deletedFileRetentionDuration", "interval 1 days", "delta.checkpointInterval", "" + MERGE_EVERY);

    private static final System.Logger LOG = System.getLogger(ControlTable.class.getName());

    private final Configuration hadoop;
    private final Engine engine;
    private final String path;
    private final Clock clock;
    private final Table table;
    private final StructType schema;

    /** What data files hold: all but the year, which their folder tells. */
    private final StructType stored;

    private final RowChain chain;
    private long knownHead;

    private final Made<Map<String, Object>> whole;
    private final Map<Set<String>, Made<Map<String, Object>>> some = new HashMap<>();

    /** @param clock what merged files are marked with, for whoever deletes them one day */
    public ControlTable(Engine engine, String path, List<Column> columns, Clock clock) {
        this(engine, path, columns, clock, new Configuration());
    }

    /** @param hadoop how the table's file system is reached: where a commit is looked for, and why it cannot be read */
    ControlTable(Engine engine, String path, List<Column> columns, Clock clock, Configuration hadoop) {
        this.hadoop = hadoop;
        this.engine = engine;
        this.path = path;
        this.clock = clock;
        this.table = Table.forPath(engine, path);
        StructType type = new StructType();
        for (Column column : columns) {
            type = type.add(column.name(), column.type().kernel);
        }
        this.stored = type.add(SEQ, LongType.LONG).add(RowChain.COLUMN, StringType.STRING);
        this.schema = stored.add(YEAR, IntegerType.INTEGER);
        this.chain = new RowChain(schema.fieldNames());
        this.whole = new Made<>(stored, Function.identity());
    }

    /** Rows of the latest version in commit order; none when the table was not written yet. */
    public synchronized List<Map<String, Object>> rows() {
        return whole.latest();
    }

    /**
     * The same with these columns, {@code seq} and {@code year}, perhaps with more: what repeats the others need not be read.
     * Each file is read once for the same columns, a few at a time.
     */
    public synchronized List<Map<String, Object>> rows(List<String> columns) {
        return someOf(guarded(this::latest), columns);
    }

    private List<Map<String, Object>> someOf(Optional<SnapshotImpl> snapshot, List<String> columns) {
        if (snapshot.isEmpty()) {
            return List.of();
        }
        return guarded(() -> snapshot.get().getVersion(engine) == whole.version
                ? whole.all
                : some.computeIfAbsent(Set.copyOf(columns), wanted -> new Made<>(with(wanted), Function.identity()))
                        .at(snapshot.get()));
    }

    private StructType with(Set<String> columns) {
        return new StructType(stored.fields().stream()
                .filter(field ->
                        columns.contains(field.getName()) || field.getName().equals(SEQ))
                .toList());
    }

    /**
     * What is made of each row, once for all versions; the rows themselves are not kept.
     *
     * @param columns that are read
     * @param make from a row with them
     */
    public <T> Made<T> made(List<String> columns, Function<Map<String, Object>, T> make) {
        return new Made<>(with(Set.copyOf(columns)), make);
    }

    /** What is made of rows, as they were read last: of each file once, of a few files at a time. */
    public final class Made<T> {
        private record Numbered<T>(long seq, T value) {}

        private final StructType wanted;
        private final Function<Map<String, Object>, T> make;
        private final Map<String, List<Numbered<T>>> ofFiles = new ConcurrentHashMap<>();
        private long version = -1;
        private List<T> all = List.of();

        private Made(StructType wanted, Function<Map<String, Object>, T> make) {
            this.wanted = wanted;
            this.make = make;
        }

        /** In commit order, of the latest version. */
        public List<T> latest() {
            return now().rows();
        }

        /** The version that is the latest now. */
        public Then now() {
            synchronized (ControlTable.this) {
                return new Then(guarded(ControlTable.this::latest));
            }
        }

        /** A version, of which nothing is read before it is asked for. */
        public final class Then {
            private final Optional<SnapshotImpl> snapshot;
            private List<T> rows;

            private Then(Optional<SnapshotImpl> snapshot) {
                this.snapshot = snapshot;
            }

            /** Its number, -1 when the table was not written yet. */
            public long version() {
                return snapshot.map(then -> then.getVersion(engine)).orElse(-1L);
            }

            /** In commit order. */
            public List<T> rows() {
                synchronized (ControlTable.this) {
                    if (rows == null) {
                        rows = of(snapshot);
                    }
                    return rows;
                }
            }
        }

        private List<T> of(Optional<SnapshotImpl> snapshot) {
            return snapshot.isEmpty() ? List.of() : guarded(() -> at(snapshot.get()));
        }

        private List<T> at(SnapshotImpl snapshot) throws IOException {
            if (snapshot.getVersion(engine) != version) {
                List<LiveFile> live = liveFiles(snapshot);
                ofFiles.keySet()
                        .retainAll(live.stream()
                                .map(file -> file.status().getPath())
                                .collect(Collectors.toSet()));
                all = of(live, file -> ofFiles.computeIfAbsent(file.status().getPath(), path -> read(file)));
                version = snapshot.getVersion(engine);
            }
            return all;
        }

        /** Of some files; those that were not read before are not kept. */
        private List<T> of(List<LiveFile> files) throws IOException {
            return of(files, file -> {
                List<Numbered<T>> known = ofFiles.get(file.status().getPath());
                return known == null ? read(file) : known;
            });
        }

        private List<T> of(List<LiveFile> files, Function<LiveFile, List<Numbered<T>>> rows) throws IOException {
            try {
                return files.parallelStream()
                        .flatMap(file -> rows.apply(file).stream())
                        .sorted(Comparator.comparingLong(Numbered::seq))
                        .map(Numbered::value)
                        .toList();
            } catch (UncheckedIOException e) {
                throw e.getCause();
            }
        }

        private List<Numbered<T>> read(LiveFile file) {
            List<String> columns = Stream.concat(wanted.fieldNames().stream(), Stream.of(YEAR))
                    .map(String::intern)
                    .toList();
            try {
                return new DataFile(hadoop, file.status(), columns)
                        .rows(file.year(), row -> new Numbered<>(seq(row), make.apply(row)));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** What another program wrote may have none. */
    private static long seq(Map<String, Object> row) {
        return row.get(SEQ) instanceof Long seq ? seq : Long.MAX_VALUE;
    }

    /** A row that is not what was committed, and what is wrong with it. */
    record Broken(int position, Map<String, Object> row, String message) {}

    /**
     * Where the rows of the latest version are not those that were committed.
     *
     * @param mark what {@link #knownHead} was once, as another table tells it; 0 when none does
     * @return the first such place, or empty when there is none
     */
    synchronized Optional<Broken> broken(long mark) {
        Optional<SnapshotImpl> now = guarded(this::latest);
        List<Map<String, Object>> rows = whole.of(now);
        return chain.verify(rows, lastTxnVersion(now, HEAD))
                .or(() -> chain.missing(rows, mark))
                .map(found -> new Broken(
                        found.position(), rows.isEmpty() ? Map.of() : rows.get(found.position()), found.message()));
    }

    /** How many rows there were, and how the digest of the last one began, when this instance committed last; else 0. */
    synchronized long knownHead() {
        return knownHead;
    }

    /** The last transaction version of an application, 0 when there is none. */
    public synchronized long lastTxnVersion(String appId) {
        return lastTxnVersion(guarded(this::latest), appId);
    }

    /** Appends in one commit and returns its version. */
    public long append(List<Map<String, Object>> rows) {
        return commit(view -> Batch.of(rows));
    }

    /**
     * Appends in one commit and returns its version.
     *
     * @throws PenstockException {@code PEN-RUN-050} if that transaction, or a later one of the same application, is there
     */
    public long append(List<Map<String, Object>> rows, TxnId txn) {
        return commit(view -> {
            if (view.lastTxnVersion(txn.appId()) >= txn.version()) {
                throw PenstockException.busy(
                        "Another process committed transaction " + txn.appId() + " = " + txn.version() + " first",
                        path);
            }
            return new Batch(rows, Optional.of(txn));
        });
    }

    /**
     * Commits what {@code decide} makes of the latest version as the version after it. When another process commits in
     * between, {@code decide} is asked again; what it throws ends the commit.
     *
     * @return the version committed, or the version read when there was nothing to append
     */
    public synchronized long commit(Function<View, Batch> decide) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Optional<SnapshotImpl> base = guarded(this::latest);
            Batch batch = decide.apply(view(base));
            long read = base.map(snapshot -> snapshot.getVersion(engine)).orElse(-1L);
            if (batch.rows().isEmpty()) {
                return read;
            }
            if (base.isPresent() && !isChained(base.get())) {
                guarded(() -> beginChain(base.get(), read + 1));
                continue;
            }
            RowChain.End end =
                    chain.end(someOf(base, List.of(RowChain.COLUMN)), () -> whole.of(base), lastTxnVersion(base, HEAD));
            Set<String> kept = Set.copyOf(base.map(snapshot -> snapshot.getSchema(engine))
                    .orElse(schema)
                    .fieldNames());
            List<Map<String, Object>> rows = numbered(batch.rows(), kept, read + 1, end.digest());
            long head = RowChain.head(
                    end.rows() + rows.size(), (String) rows.get(rows.size() - 1).get(RowChain.COLUMN));
            if (guarded(() -> write(batch, rows, head, read + 1))) {
                knownHead = head;
                if ((read + 1) % MERGE_EVERY == MERGE_EVERY - 2) {
                    merge(read + 1);
                }
                return read + 1;
            }
        }
        throw new PenstockException(
                ErrorCode.TOO_MANY_WRITERS,
                "Cannot commit: other processes were faster " + ATTEMPTS + " times",
                path,
                "Run again",
                null);
    }

    /** Renames the table's folder, so that another may begin in its place; this instance is of no use then. */
    void setAside() {
        guarded(() -> {
            Path folder = root();
            FileSystem files = folder.getFileSystem(hadoop);
            if (files.exists(folder)) {
                Path aside = folder.suffix("-before-" + clock.now().toEpochMilli());
                if (!files.rename(folder, aside)) {
                    throw new IOException("Cannot rename " + folder + " to " + aside);
                }
            }
            return folder;
        });
    }

    private View view(Optional<SnapshotImpl> base) {
        return new View() {
            @Override
            public List<Map<String, Object>> rows() {
                return whole.of(base);
            }

            @Override
            public List<Map<String, Object>> rows(String... columns) {
                return someOf(base, List.of(columns));
            }

            @Override
            public <T> List<T> rows(Made<T> made) {
                return made.of(base);
            }

            @Override
            public long lastTxnVersion(String appId) {
                return ControlTable.this.lastTxnVersion(base, appId);
            }
        };
    }

    private Optional<SnapshotImpl> latest() {
        try {
            SnapshotImpl snapshot = (SnapshotImpl) table.getLatestSnapshot(engine);
            for (FileStatus commit : snapshot.getLogSegment().deltas) {
                if (commit.getSize() == 0) {
                    throw TableLog.empty(commit.getPath(), null);
                }
            }
            requireKnown(format(snapshot));
            return Optional.of(snapshot);
        } catch (TableNotFoundException e) {
            return Optional.empty();
        }
    }

    /** Tables that were made before formats had numbers have the first one. */
    private static int format(SnapshotImpl snapshot) {
        return Integer.parseInt(snapshot.getMetadata().getConfiguration().getOrDefault(FORMAT_KEY, "1"));
    }

    /** What a newer version writes may mean something else: nothing is read of it, and nothing written. */
    private void requireKnown(int format) {
        if (format > FORMAT) {
            throw new PenstockException(
                    ErrorCode.NEWER_FORMAT,
                    "A control table was written in format " + format + ", this version of Penstock knows " + FORMAT,
                    path,
                    "Use the newer version of Penstock that wrote it");
        }
    }

    /** Of the table as it is; empty where it is not there yet. */
    public Optional<Integer> format() {
        return latest().map(ControlTable::format);
    }

    /** Columns that a write would add to the table as it is. */
    public List<String> addedColumns() {
        return latest().map(snapshot -> schema.fieldNames().stream()
                        .filter(name -> snapshot.getSchema(engine).indexOf(name) < 0)
                        .toList())
                .orElse(List.of());
    }

    private long lastTxnVersion(Optional<SnapshotImpl> snapshot, String appId) {
        return guarded(() -> snapshot.flatMap(then -> then.getLatestTransactionVersion(engine, appId))
                .orElse(0L));
    }

    private boolean isChained(SnapshotImpl snapshot) {
        return snapshot.getSchema(engine).indexOf(RowChain.COLUMN) >= 0;
    }

    /**
     * Adds the column of digests to a table from before there was one. Kernel offers no way to add a column: the action that
     * does stands beside those that it writes itself.
     *
     * @return whether this process did; else another was faster
     */
    private boolean beginChain(SnapshotImpl snapshot, long version) throws IOException {
        return unlessLost(version, once -> {
            Transaction transaction = table.createTransactionBuilder(once, ENGINE, Operation.MANUAL_UPDATE)
                    .build(once);
            StructType wider = snapshot.getSchema(engine).add(RowChain.COLUMN, StringType.STRING);
            commit(
                    transaction,
                    once,
                    version,
                    List.of(SingleAction.createMetadataSingleAction(
                            snapshot.getMetadata().withNewSchema(wider).toRow())));
        });
    }

    private interface Write {
        void with(Engine once) throws IOException;
    }

    /** False when another process committed the version first. */
    private boolean unlessLost(long version, Write write) throws IOException {
        try {
            write.with(new SingleVersionEngine(engine, hadoop, version));
            return true;
        } catch (LostRace | ConcurrentTransactionException | TableAlreadyExistsException e) {
            return false;
        } catch (KernelEngineException e) {
            if (e.getCause() instanceof LostRace) {
                return false;
            }
            throw e;
        }
    }

    /** False when another process committed the version first. */
    private boolean write(Batch batch, List<Map<String, Object>> rows, long head, long version) throws IOException {
        return unlessLost(version, once -> {
            TransactionBuilder builder = table.createTransactionBuilder(
                    once, ENGINE, version == 0 ? Operation.CREATE_TABLE : Operation.WRITE);
            if (version == 0) {
                builder = builder.withSchema(once, schema)
                        .withPartitionColumns(once, List.of(YEAR))
                        .withTableProperties(once, PROPERTIES);
            }
            if (batch.txn().isPresent()) {
                builder = builder.withTransactionId(
                        once, batch.txn().get().appId(), batch.txn().get().version());
            }
            Transaction transaction = builder.build(once);
            List<Row> actions = new ArrayList<>(writeFiles(transaction, rows, true));
            Stream.concat(Stream.of(new TxnId(HEAD, head)), batch.marks().stream())
                    .map(mark -> new SetTransaction(mark.appId(), mark.version(), Optional.empty()))
                    .forEach(mark -> actions.add(SingleAction.createTxnSingleAction(mark.toRow())));
            commit(transaction, once, version, actions);
        });
    }

    private void commit(Transaction transaction, Engine once, long version, List<Row> actions) {
        TransactionCommitResult result = transaction.commit(
                once, CloseableIterable.inMemoryIterable(Utils.toCloseableIterator(actions.iterator())));
        if (result.isReadyForCheckpoint()) {
            checkpoint(version);
        }
    }

    /**
     * Rewrites the small files of each year as one, in the version after {@code version}, so that a fresh process opens
     * some tens of files and not one per commit. Cost: at most {@link #SMALL} bytes per year, once in {@link #MERGE_EVERY}
     * commits. The rows are committed by now; when this fails, or another process commits in between, the next one will do.
     */
    private void merge(long version) {
        Engine once = new SingleVersionEngine(engine, hadoop, version + 1);
        try {
            SnapshotImpl snapshot = latest().orElseThrow();
            Map<Integer, List<LiveFile>> small = liveFiles(snapshot).stream()
                    .filter(file -> file.status().getSize() < SMALL)
                    .collect(Collectors.groupingBy(LiveFile::year));
            List<LiveFile> merged = small.values().stream()
                    .filter(ofYear -> ofYear.size() > 1)
                    .flatMap(List::stream)
                    .toList();
            if (snapshot.getVersion(engine) != version || merged.isEmpty()) {
                return;
            }
            List<Map<String, Object>> mergedRows = whole.of(merged);
            Transaction transaction = table.createTransactionBuilder(once, ENGINE, Operation.MANUAL_UPDATE)
                    .build(once);
            List<Row> actions = new ArrayList<>(writeFiles(transaction, mergedRows, false));
            long now = clock.now().toEpochMilli();
            merged.forEach(file -> actions.add(file.removedAt(now)));
            commit(transaction, once, version + 1, actions);
        } catch (LostRace | IOException | KernelException | KernelEngineException | UncheckedIOException e) {
            LOG.log(System.Logger.Level.DEBUG, "Did not merge the files of " + path + " at version " + version, e);
        }
    }

    /** The rows are committed by now; a checkpoint that cannot be written is made up for by the next one. */
    private void checkpoint(long version) {
        try {
            table.checkpoint(engine, version);
            TableLog.forgetLostCheckpoint(hadoop, path, version);
        } catch (IOException | KernelException | KernelEngineException | UncheckedIOException e) {
            LOG.log(System.Logger.Level.DEBUG, "No checkpoint of " + path + " at version " + version, e);
        }
    }

    /** @param kept columns that the table has; one from before another was added does not keep what it has no column for */
    private List<Map<String, Object>> numbered(
            List<Map<String, Object>> rows, Set<String> kept, long version, String last) {
        List<Map<String, Object>> result = new ArrayList<>(rows.size());
        String digest = last;
        for (Map<String, Object> row : rows) {
            Map<String, Object> numbered = new HashMap<>(row);
            numbered.keySet().retainAll(kept);
            numbered.put(SEQ, version * ROWS_PER_COMMIT + result.size());
            digest = chain.next(digest, numbered);
            numbered.put(RowChain.COLUMN, digest);
            result.add(numbered);
        }
        return result;
    }

    /** Writes one file per year and returns the actions that add them. */
    private List<Row> writeFiles(Transaction transaction, List<Map<String, Object>> rows, boolean dataChange)
            throws IOException {
        Map<Integer, List<Map<String, Object>>> byYear = rows.stream()
                .collect(Collectors.groupingBy(row -> (Integer) row.get(YEAR), TreeMap::new, Collectors.toList()));
        Path root = root();
        Row state = transaction.getTransactionState(engine);
        List<Row> actions = new ArrayList<>();
        for (Map.Entry<Integer, List<Map<String, Object>>> part : byYear.entrySet()) {
            Map<String, Literal> partition = Map.of(YEAR, Literal.ofInt(part.getKey()));
            DataWriteContext context = Transaction.getWriteContext(engine, state, partition);
            FilteredColumnarBatch data =
                    new FilteredColumnarBatch(batch(part.getValue(), transaction.getSchema(engine)), Optional.empty());
            CloseableIterator<FilteredColumnarBatch> physical =
                    Transaction.transformLogicalData(engine, state, Utils.singletonCloseableIterator(data), partition);
            try (CloseableIterator<DataFileStatus> written = engine.getParquetHandler()
                    .writeParquetFiles(
                            new Path(root, YEAR + "=" + part.getKey()).toString(),
                            physical,
                            withoutDigests(context.getStatisticsColumns()))) {
                while (written.hasNext()) {
                    actions.add(SingleAction.createAddFileSingleAction(
                            AddFile.convertDataFileStatus(root.toUri(), written.next(), partition, dataChange)));
                }
            }
        }
        return actions;
    }

    /** Nobody looks for a digest: its least and greatest value would only make the log longer. */
    private static List<io.delta.kernel.expressions.Column> withoutDigests(
            List<io.delta.kernel.expressions.Column> statistics) {
        return statistics.stream()
                .filter(column -> !column.getNames()[0].equals(RowChain.COLUMN))
                .toList();
    }

    private static ColumnarBatch batch(List<Map<String, Object>> rows, StructType schema) {
        ColumnVector[] vectors = schema.fields().stream()
                .map(field -> new RowsVector(
                        field.getDataType(),
                        rows.stream().map(row -> row.get(field.getName())).toList()))
                .toArray(ColumnVector[]::new);
        return new DefaultColumnarBatch(rows.size(), schema, vectors);
    }

    private List<LiveFile> liveFiles(SnapshotImpl snapshot) throws IOException {
        Scan scan = snapshot.getScanBuilder(engine).build();
        List<LiveFile> live = new ArrayList<>();
        try (CloseableIterator<FilteredColumnarBatch> batches = scan.getScanFiles(engine)) {
            while (batches.hasNext()) {
                try (CloseableIterator<Row> scanFiles = batches.next().getRows()) {
                    scanFiles.forEachRemaining(scanFile -> live.add(new LiveFile(scanFile, located(scanFile))));
                }
            }
        }
        return live;
    }

    /** The table's own path; those that Kernel makes of it are encoded, and mean another folder when they are taken literally. */
    private Path root() {
        return new Path(table.getPath(engine));
    }

    private FileStatus located(Row scanFile) {
        FileStatus status = InternalScanFileUtils.getAddFileStatus(scanFile);
        Row add = scanFile.getStruct(InternalScanFileUtils.ADD_FILE_ORDINAL);
        String file = add.getString(add.getSchema().indexOf("path"));
        return FileStatus.of(new Path(root(), file).toString(), status.getSize(), status.getModificationTime());
    }

    /** A data file of a snapshot, as its scan describes it. */
    private record LiveFile(Row scanFile, FileStatus status) {
        int year() {
            String year = InternalScanFileUtils.getPartitionValues(scanFile).get(YEAR);
            return year == null ? -1 : Integer.parseInt(year); // none where another program wrote
        }

        /** The action that takes this file out of the table without a change of its rows. */
        Row removedAt(long millis) {
            Row add = scanFile.getStruct(InternalScanFileUtils.ADD_FILE_ORDINAL);
            StructType type = RemoveFile.FULL_SCHEMA;
            return SingleAction.createRemoveFileSingleAction(new GenericRow(
                    type,
                    Map.of(
                            type.indexOf("path"),
                            add.getString(add.getSchema().indexOf("path")),
                            type.indexOf("deletionTimestamp"),
                            millis,
                            type.indexOf("dataChange"),
                            false,
                            type.indexOf("extendedFileMetadata"),
                            true,
                            type.indexOf("partitionValues"),
                            add.getMap(add.getSchema().indexOf("partitionValues")),
                            type.indexOf("size"),
                            status.getSize())));
        }
    }

    @FunctionalInterface
    private interface Work<T> {
        T run() throws IOException;
    }

    private <T> T guarded(Work<T> work) {
        try {
            return work.run();
        } catch (KernelException | KernelEngineException | IOException | UncheckedIOException e) {
            throw StorageErrors.of(e, path)
                    .or(() -> TableLog.broken(hadoop, path, e))
                    .orElseGet(() -> new PenstockException(
                            ErrorCode.CONTROL_TABLES_UNAVAILABLE,
                            "Cannot read or write a control table: " + e.getMessage(),
                            path,
                            "Check that the warehouse can be reached and written, then run again",
                            e));
        } catch (PenstockException e) {
            throw e;
        } catch (RuntimeException e) { // Kernel's of a log that it cannot make sense of
            throw TableLog.broken(hadoop, path, e)
                    .<RuntimeException>map(broken -> broken)
                    .orElse(e);
        }
    }
}
