package io.penstock.core.delta;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.penstock.core.ErrorCode;
import io.penstock.core.Intent;
import io.penstock.core.PenstockException;
import io.penstock.core.UnitId;
import io.penstock.core.storage.TableLog;
import java.io.BufferedReader;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.delta.DeltaLog;
import org.apache.spark.sql.delta.Snapshot;
import org.apache.spark.sql.delta.actions.AddFile;
import scala.Option;
import scala.collection.JavaConverters;

/** The data tables of one pipeline, named {@code layer/name}, below {@code <warehouse>/<pipeline>}. */
public final class DeltaTables {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final System.Logger LOG = System.getLogger(DeltaTables.class.getName());
    private static final int LOGS_AT_A_TIME = 4;
    private static final int LOOKED_BACK = 100;

    private final SparkSession spark;
    private final String root;
    private final Map<String, Borrowed> borrowed;
    private final List<String> foreign;

    /** A table of another environment, at the version that its manifests tell; -1 when it has none. */
    public record Borrowed(String root, long version) {}

    public DeltaTables(SparkSession spark, String root) {
        this(spark, root, Map.of(), List.of());
    }

    /**
     * @param borrowed tables that are read elsewhere, by their names
     * @param foreign warehouses below which nothing is ever written
     */
    public DeltaTables(SparkSession spark, String root, Map<String, Borrowed> borrowed, List<String> foreign) {
        this.spark = spark;
        this.root = root;
        this.borrowed = Map.copyOf(borrowed);
        this.foreign = List.copyOf(foreign);
    }

    /**
     * To be called before a table is written.
     *
     * @throws PenstockException {@code PEN-ENV-002} when it belongs to another environment
     */
    void requireOwn(String table) {
        String path = new Path(path(table)).toString();
        if (borrowed.containsKey(table) || foreign.stream().anyMatch(other -> path.startsWith(new Path(other) + "/"))) {
            throw new PenstockException(
                    ErrorCode.FOREIGN_ENVIRONMENT,
                    "Refused to write table " + table + ": it belongs to another environment",
                    path,
                    "Nothing was written. This is a defect of the stage; report it");
        }
    }

    public SparkSession spark() {
        return spark;
    }

    public String path(String table) {
        return (borrowed.containsKey(table) ? borrowed.get(table).root() : root) + "/" + table;
    }

    /** The table's current version, or -1 when it does not exist. */
    public long version(String table) {
        return borrowed.containsKey(table)
                ? borrowed.get(table).version()
                : refreshed(table).unsafeVolatileSnapshot().version();
    }

    public boolean exists(String table) {
        return version(table) >= 0;
    }

    /**
     * @throws PenstockException {@code PEN-TAB-008} when there is no such table
     */
    public Dataset<Row> read(String table) {
        return read(table, version(table));
    }

    /** The table as it was at a version. */
    public Dataset<Row> read(String table, long version) {
        if (version < 0) {
            throw new PenstockException(
                    ErrorCode.TABLE_MISSING,
                    "Cannot read table " + table + ": it does not exist",
                    path(table),
                    "Run the stage that writes it");
        }
        return spark.read().format("delta").option("versionAsOf", version).load(path(table));
    }

    /**
     * Reads the logs of several tables side by side, so that planning a query over all of them finds them read; it would
     * read one after the other.
     */
    public void load(Collection<String> names) {
        ExecutorService pool = Executors.newFixedThreadPool(LOGS_AT_A_TIME);
        try {
            List<Future<?>> loading = new ArrayList<>();
            for (String table : names) {
                loading.add(pool.submit(() -> {
                    if (exists(table)) {
                        read(table).queryExecution().optimizedPlan();
                    }
                }));
            }
            for (Future<?> one : loading) {
                one.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while loading tables", e);
        } catch (ExecutionException e) {
            // The query that follows meets the same trouble and tells it with its own words.
            LOG.log(System.Logger.Level.DEBUG, "Could not load a table ahead", e);
        } finally {
            pool.shutdownNow();
        }
    }

    /**
     * Whether the table may hold files of the units, told without reading its log: a unit's files lie in its partition's
     * folder, and a unit that comes for the first time, the usual case, has none.
     */
    public boolean mayHold(String table, List<UnitId> units) {
        Path folder = new Path(path(table));
        try {
            FileSystem system = folder.getFileSystem(spark.sparkContext().hadoopConfiguration());
            if (units.size() == 1) {
                return system.exists(new Path(folder, Debris.folder(units.get(0))));
            }
            Set<String> partitions = units.stream().map(Debris::folder).collect(Collectors.toSet());
            return system.exists(folder)
                    && Arrays.stream(system.listStatus(folder))
                            .anyMatch(status ->
                                    partitions.contains(status.getPath().getName()));
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot list " + folder, e);
        }
    }

    /** The version after {@code base} that was committed by this run, if any. */
    OptionalLong commitOf(String table, long base, String runId) {
        long last = version(table);
        for (long version = last; version > base; version--) {
            if (runId.equals(runIdOf(table, version))) {
                return OptionalLong.of(version);
            }
        }
        return OptionalLong.empty();
    }

    /**
     * The table's log as it is now.
     *
     * @throws PenstockException {@code PEN-TAB-001}, {@code 002}, {@code 003}, {@code 006} when the log is damaged or newer
     */
    DeltaLog refreshed(String table) {
        DeltaLog log;
        Snapshot snapshot;
        try {
            log = DeltaLog.forTable(spark, path(table));
            snapshot = log.update(false, Option.empty(), Option.empty());
            snapshot.protocol(); // a truncated commit is met when its actions are read
        } catch (Exception e) { // also those that Delta throws without declaring them
            throw TableLog.broken(spark.sparkContext().hadoopConfiguration(), path(table), e)
                    .map(RuntimeException.class::cast)
                    .orElseGet(() -> unchecked(e));
        }
        for (FileStatus commit : JavaConverters.seqAsJavaListConverter(
                        snapshot.logSegment().deltas())
                .asJava()) {
            if (commit.getLen() == 0) {
                throw TableLog.empty(commit.getPath().toString(), null);
            }
        }
        return log;
    }

    private static RuntimeException unchecked(Exception e) {
        return e instanceof RuntimeException as ? as : new IllegalStateException(e.toString(), e);
    }

    /**
     * Refuses a table that is there without a Delta log: somebody else's files, among which a first commit would hide.
     *
     * @throws PenstockException {@code PEN-TAB-008}
     */
    public void requireFree(String table) {
        Path folder = new Path(path(table));
        try {
            FileSystem files = folder.getFileSystem(spark.sparkContext().hadoopConfiguration());
            if (files.exists(folder)
                    && (files.getFileStatus(folder).isFile()
                            || Arrays.stream(files.listStatus(folder))
                                    .anyMatch(file -> !file.getPath().getName().matches("[._].*")))) {
                throw new PenstockException(
                        ErrorCode.TABLE_MISSING,
                        "Cannot write table " + table
                                + ": there are files where it is to be, and they are no Delta table",
                        path(table),
                        "Move them away, or name another warehouse");
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot list " + folder, e);
        }
    }

    /**
     * Refuses a table whose rows somebody else changed after the last version that is known. Commits that change no rows,
     * as of a compaction, are no one's harm; one that brings back a version before the change undoes it. The last commit is
     * read whole in any case.
     *
     * @param known the last version that manifests tell of, -1 when there is none
     * @param last the table's present version
     * @throws PenstockException {@code PEN-TAB-007}; {@code PEN-TAB-001} when a commit is cut short
     */
    public void requireOnlyOurs(String table, long known, long last) {
        Optional<PenstockException> changed = Optional.empty();
        long first = last;
        for (long version = Math.max(Math.min(known + 1, last), last - LOOKED_BACK); version <= last; version++) {
            Commit commit = commit(table, version);
            boolean isForeign = version > known && commit.run().isEmpty() && commit.changesRows();
            if (isForeign && changed.isPresent() && commit.restored() >= known && commit.restored() < first) {
                changed = Optional.empty();
            } else if (isForeign && changed.isEmpty()) {
                first = version;
                changed = Optional.of(new PenstockException(
                        ErrorCode.FOREIGN_COMMIT,
                        "Somebody else changed table " + table + ": version " + version + " (" + commit.operation()
                                + ") is of no run, and manifests know version " + known,
                        path(table),
                        "Restore version " + known + ", or build all its units again: --again --from FIRST --to LAST"));
            }
        }
        changed.ifPresent(refusal -> {
            throw refusal;
        });
    }

    /**
     * Deletes what attempts that died left in a table to which the intent's run has committed; of any other table nothing.
     *
     * @param intent open, and this process's
     * @return how many data files were deleted
     */
    public int sweep(String table, Intent intent) {
        long base = intent.bases().getOrDefault(table, -1L);
        if (commitOf(table, base, intent.runId()).isEmpty()) {
            return 0;
        }
        Snapshot snapshot = refreshed(table).unsafeVolatileSnapshot();
        Path folder = new Path(path(table));
        List<String> units = intent.units().stream().map(UnitId::toString).toList();
        Set<String> live = new HashSet<>();
        for (AddFile file : snapshot.allFiles().collectAsList()) {
            if (units.contains(file.partitionValues().apply("unit"))) {
                live.add(Debris.decoded(file.path()));
            }
        }
        try {
            FileSystem files = folder.getFileSystem(spark.sparkContext().hadoopConfiguration());
            return new Debris(files, folder, snapshot.version()).sweep(intent.units(), live);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "Could not delete what dead attempts left in " + folder, e);
            return 0; // the run is done; what is left is never read
        }
    }

    /** @param restored the version that it brought back, -1 when it is no such commit */
    private record Commit(String operation, String run, boolean changesRows, long restored) {}

    private Commit commit(String table, long version) {
        Path file = commitFile(table, version);
        String operation = "";
        String run = "";
        boolean changesRows = false;
        long restored = -1;
        try (BufferedReader lines = lines(file)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                JsonNode action = JSON.readTree(line);
                JsonNode info = action.path("commitInfo");
                if (!info.isMissingNode()) {
                    operation = info.path("operation").asText();
                    run = runOf(info.path("userMetadata").asText(""));
                    restored = operation.equals("RESTORE")
                            ? info.path("operationParameters").path("version").asLong(-1)
                            : -1;
                }
                changesRows |= action.path("add").path("dataChange").asBoolean()
                        || action.path("remove").path("dataChange").asBoolean();
            }
            return new Commit(operation, run, changesRows, restored);
        } catch (FileNotFoundException e) {
            return new Commit("", "", false, -1);
        } catch (IOException e) {
            throw TableLog.broken(spark.sparkContext().hadoopConfiguration(), path(table), e)
                    .map(RuntimeException.class::cast)
                    .orElseGet(() -> new UncheckedIOException("Cannot read " + file, e));
        }
    }

    /** What others write there may be anything. */
    private static String runOf(String userMetadata) {
        try {
            return JSON.readTree(userMetadata).path("run").asText("");
        } catch (JsonProcessingException e) {
            return "";
        }
    }

    private Path commitFile(String table, long version) {
        return new Path(path(table), String.format(Locale.ROOT, "_delta_log/%020d.json", version));
    }

    private BufferedReader lines(Path file) throws IOException {
        FileSystem files = file.getFileSystem(spark.sparkContext().hadoopConfiguration());
        return new BufferedReader(new InputStreamReader(files.open(file), StandardCharsets.UTF_8));
    }

    private String runIdOf(String table, long version) {
        return metadataOf(table, version).path("run").asText("");
    }

    /** What the commit's run wrote down with it; nothing of a commit that is no run's. */
    JsonNode metadataOf(String table, long version) {
        Path commit = commitFile(table, version);
        try (BufferedReader lines = lines(commit)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("{\"commitInfo\"")) {
                    JsonNode metadata = JSON.readTree(line).path("commitInfo").path("userMetadata");
                    return JSON.readTree(metadata.asText("{}"));
                }
            }
            return MissingNode.getInstance();
        } catch (FileNotFoundException e) {
            return MissingNode.getInstance();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + commit, e);
        }
    }
}
