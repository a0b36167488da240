package io.penstock.core.delta;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.core.Clock;
import io.penstock.core.ErrorCode;
import io.penstock.core.FaultPoint;
import io.penstock.core.Intent;
import io.penstock.core.Json;
import io.penstock.core.Measure;
import io.penstock.core.Measures;
import io.penstock.core.PenstockException;
import io.penstock.core.UnitId;
import io.penstock.core.storage.Sidecars;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Observation;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.plans.logical.Repartition;
import org.apache.spark.sql.delta.DeltaConcurrentModificationException;
import org.apache.spark.sql.delta.DeltaOperations;
import org.apache.spark.sql.delta.OptimisticTransaction;
import org.apache.spark.sql.delta.actions.Action;
import org.apache.spark.sql.delta.actions.AddFile;
import org.apache.spark.sql.delta.actions.FileAction;
import org.apache.spark.sql.delta.actions.Format;
import org.apache.spark.sql.delta.actions.Metadata;
import org.apache.spark.sql.delta.actions.SetTransaction;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.MetadataBuilder;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.Option;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/**
 * The only way a data table changes: write the files, measure them in the same pass, let the caller judge, then commit or
 * drop. Readers never see rows that were not judged.
 *
 * <p>All tables of a stage are staged first, then {@link #commit} commits them in the order in which they were staged. Every
 * commit carries the transaction id {@code penstock} one higher than the one it read, and the run id in its
 * {@code userMetadata}. Before it commits it compares the version it read with the version the run's intent was planned
 * on: if another run moved the table meanwhile, {@link Lost} is thrown and nothing more is committed. A table that already
 * holds a commit of this run (it died after it) counts as done.
 */
public final class Publication {
    private static final String TRANSACTION_ID = "penstock";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int TABLES_AT_A_TIME = 3;

    private final DeltaTables tables;
    private final Intent intent;
    private final Measures measures;
    private final Runnable stillMine;
    private Map<String, String> settled = Map.of();
    private Map<UnitId, String> verdicts = Map.of();
    private final List<Pending> pending = new ArrayList<>();

    /** Another run changed a table that this run was planned on. */
    public static final class Lost extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Lost(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** One table's staged files, or the version at which an earlier attempt of the run committed them. */
    private record Pending(
            Staged staged,
            OptimisticTransaction transaction,
            List<AddFile> added,
            boolean mayReplace,
            OptionalLong committed) {}

    /** @param stillMine called before every commit; throws when another process took the run over */
    public Publication(DeltaTables tables, Intent intent, Measures measures, Runnable stillMine) {
        this.tables = tables;
        this.intent = intent;
        this.measures = measures;
        this.stillMine = stillMine;
    }

    /**
     * What the run settled on from outside its inputs, such as which model; every commit carries it, so that a run that is
     * resumed between two of its tables settles on the same.
     */
    public void settle(Map<String, String> decisions) {
        settled = new TreeMap<>(decisions);
    }

    /** What this run has settled on, if one of these tables bears a commit of it already. */
    public Optional<Map<String, String>> settledBefore(List<String> outputs) {
        for (String table : outputs) {
            OptionalLong done = tables.commitOf(table, intent.bases().getOrDefault(table, -1L), intent.runId());
            if (done.isPresent()) {
                Map<String, String> decisions = new TreeMap<>();
                tables.metadataOf(table, done.getAsLong())
                        .path("settled")
                        .properties()
                        .forEach(decision -> decisions.put(
                                decision.getKey(), decision.getValue().asText()));
                return Optional.of(decisions);
            }
        }
        return Optional.empty();
    }

    /**
     * Writes and measures the rows. They must have a date column {@code unit} whose values are units of the intent (any
     * value for {@link Target.Scope#TABLE}).
     *
     * @throws Lost if the table moved since the intent and this run did not move it
     * @throws PenstockException {@code PEN-TAB-020} for rows outside the units
     */
    public Staged stage(Target target, Dataset<Row> rows) {
        Pending staged = write(target, rows);
        pending.add(staged);
        return staged.staged();
    }

    /**
     * Stages several tables, a few at a time: planning one overlaps with writing another. They commit in the order of the
     * map.
     */
    public List<Staged> stageAll(Map<Target, Dataset<Row>> tablesOfTheStage) {
        ExecutorService pool = Executors.newFixedThreadPool(TABLES_AT_A_TIME);
        try {
            List<Future<Pending>> writing = new ArrayList<>();
            tablesOfTheStage.forEach((target, rows) -> writing.add(pool.submit(() -> write(target, rows))));
            List<Staged> staged = new ArrayList<>();
            for (Future<Pending> one : writing) {
                Pending written = finished(one);
                pending.add(written);
                staged.add(written.staged());
            }
            return staged;
        } finally {
            pool.shutdownNow();
        }
    }

    private static Pending finished(Future<Pending> writing) {
        try {
            return writing.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while staging", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException("Cannot stage: " + e.getCause(), e.getCause());
        }
    }

    private Pending write(Target target, Dataset<Row> rows) {
        JobLabels.table(tables.spark().sparkContext(), intent, target.table());
        try {
            return writeAndMeasure(target, rows);
        } finally {
            JobLabels.noTable(tables.spark().sparkContext(), intent);
        }
    }

    private Pending writeAndMeasure(Target target, Dataset<Row> rows) {
        tables.requireOwn(target.table());
        long base = intent.bases().getOrDefault(target.table(), -1L);
        OptionalLong done = tables.commitOf(target.table(), base, intent.runId());
        if (done.isPresent()) {
            return new Pending(measureCommitted(target, done.getAsLong()), null, List.of(), false, done);
        }
        OptimisticTransaction transaction = tables.refreshed(target.table()).startTransaction();
        if (transaction.readVersion() != base) {
            throw new Lost(
                    "Table " + target.table() + " is at version " + transaction.readVersion() + ", planned on " + base,
                    null);
        }
        boolean mayReplace = mayReplace(target, transaction.readVersion());
        Dataset<Row> shaped = shape(target, rows, transaction);
        Measures.Riding riding = measures.ride(target.wanted(), shaped.schema());
        Observation observation = null;
        if (!riding.columns().isEmpty()) {
            observation = new Observation(UUID.randomUUID().toString());
            Column[] columns = named(riding.columns());
            shaped = shaped.observe(observation, columns[0], Arrays.copyOfRange(columns, 1, columns.length));
        }
        List<AddFile> added = write(transaction, shaped);
        FaultPoint.reached(intent, "wrote " + target.table());
        Map<UnitId, Long> counts = countByUnit(target, added);
        Map<UnitId, Map<Measure, Double>> measured =
                measure(target, added, shaped.schema(), riding, observation, counts);
        return new Pending(new Staged(target, counts, measured), transaction, added, mayReplace, OptionalLong.empty());
    }

    /**
     * Commits what was staged, in that order. Rows of refused units go to {@code refused/<layer>_<name>} with their verdict
     * instead, and leave it once they pass. A table without rows to add or to replace gets no commit, unless it is new.
     *
     * @param refused unit → the verdict's text
     * @return per table the version at which its rows stand
     */
    public Map<String, Long> commit(Map<UnitId, String> refused) {
        return commit(refused, Set.of());
    }

    /**
     * {@link #commit(Map)}, and leaves some units as they were before the run.
     *
     * @param left units whose rows are dropped, to be made again by another run
     */
    public Map<String, Long> commit(Map<UnitId, String> refused, Set<UnitId> left) {
        FaultPoint.reached(intent, "files written");
        verdicts = Map.copyOf(refused);
        Set<UnitId> dropped = new TreeSet<>(refused.keySet());
        dropped.addAll(left);
        Map<String, Long> versions = new LinkedHashMap<>();
        if (!refused.isEmpty()) {
            for (Pending table : List.copyOf(pending)) {
                keepRefused(table, refused);
            }
        }
        for (Pending table : pending) {
            String name = table.staged().target().table();
            versions.put(name, commitOne(table, dropped));
            FaultPoint.reached(intent, "committed " + name);
        }
        pending.forEach(table -> forgetRefused(table, dropped));
        return versions;
    }

    /** What was refused before and passes now is not refused any more: every row counts once. */
    private void forgetRefused(Pending table, Set<UnitId> refused) {
        Target target = table.staged().target();
        String name = refusedTable(target.table());
        List<UnitId> passing =
                intent.units().stream().filter(unit -> !refused.contains(unit)).toList();
        boolean isHeld = target.scope() == Target.Scope.TABLE
                ? refused.isEmpty() && tables.version(name) >= 0
                : !passing.isEmpty() && tables.mayHold(name, passing);
        if (isHeld) {
            Target kept = new Target(name, "", Map.of(), List.of(), List.of(), List.of(), scopeOfRefused(target));
            commitOne(
                    new Pending(
                            new Staged(kept, Map.of(), Map.of()),
                            tables.refreshed(name).startTransaction(),
                            List.of(),
                            true,
                            OptionalLong.empty()),
                    refused);
        }
    }

    /** A unit is refused or it is not, also of a table that is only ever added to. */
    private static Target.Scope scopeOfRefused(Target target) {
        return target.scope() == Target.Scope.APPEND ? Target.Scope.UNITS : target.scope();
    }

    /** Where rows of refused units of a table are kept. */
    public static String refusedTable(String table) {
        return "refused/" + table.replace('/', '_');
    }

    private long commitOne(Pending table, Set<UnitId> refused) {
        Target target = table.staged().target();
        if (table.committed().isPresent()) {
            return table.committed().getAsLong();
        }
        tables.requireOwn(target.table());
        OptimisticTransaction transaction = table.transaction();
        List<Action> actions = new ArrayList<>();
        List<AddFile> dropped = new ArrayList<>();
        for (AddFile file : table.added()) {
            boolean isRefused =
                    target.scope() == Target.Scope.TABLE ? !refused.isEmpty() : refused.contains(unitOf(file));
            (isRefused ? dropped : actions).add(cast(file));
        }
        List<AddFile> replaced =
                target.scope() == Target.Scope.TABLE && !refused.isEmpty() ? List.of() : replacedFiles(table, refused);
        long now = Clock.system().now().toEpochMilli();
        replaced.forEach(file -> actions.add(file.removeWithTimestamp(now, true)));
        deleteFiles(table, dropped);
        if (actions.isEmpty() && transaction.readVersion() >= 0) {
            return transaction.readVersion();
        }
        actions.add(new SetTransaction(TRANSACTION_ID, numberRead(transaction) + 1, Option.apply((Object) now)));
        deleteLostSidecar(target.table(), transaction.readVersion() + 1);
        stillMine.run();
        try {
            return transaction.commit(
                    JavaConverters.asScalaBufferConverter(actions).asScala().toSeq(),
                    new DeltaOperations.Write(
                            SaveMode.Append, Option.empty(), Option.empty(), Option.apply(userMetadata())));
        } catch (DeltaConcurrentModificationException e) {
            throw new Lost("Another run committed to table " + target.table() + " first", e);
        }
    }

    private void deleteLostSidecar(String table, long version) {
        Path root = new Path(tables.path(table));
        try {
            Sidecars.deleteLost(root.getFileSystem(tables.spark().sparkContext().hadoopConfiguration()), root, version);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot look at the log of " + root, e);
        }
    }

    /**
     * The table's last transaction number, from the commit's checksum file where that tells it: Delta's own
     * {@code txnVersion} reads the whole log for it.
     */
    private static long numberRead(OptimisticTransaction transaction) {
        Option<Seq<SetTransaction>> known = transaction.snapshot().setTransactionsIfKnown();
        if (known.isEmpty()) {
            return transaction.txnVersion(TRANSACTION_ID);
        }
        transaction.readTxn().$plus$eq(TRANSACTION_ID); // so that another run's commit is a conflict
        return JavaConverters.seqAsJavaList(known.get()).stream()
                .filter(one -> one.appId().equals(TRANSACTION_ID))
                .mapToLong(SetTransaction::version)
                .max()
                .orElse(-1);
    }

    @SuppressWarnings("unchecked")
    private static <T> T cast(Object value) {
        return (T) value;
    }

    private String userMetadata() {
        Map<String, Object> metadata = new TreeMap<>();
        metadata.put("run", intent.runId());
        metadata.put("pipeline", intent.pipeline());
        metadata.put("stage", intent.stage().id());
        metadata.put("subject", intent.subject());
        metadata.put("recipe", intent.recipe());
        metadata.put("from", intent.units().get(0));
        metadata.put("to", intent.units().get(intent.units().size() - 1));
        if (!settled.isEmpty()) {
            metadata.put("settled", settled);
        }
        if (!verdicts.isEmpty()) {
            Map<String, String> byUnit = new TreeMap<>();
            verdicts.forEach((unit, text) -> byUnit.put(unit.toString(), text));
            metadata.put("refused", byUnit);
        }
        return Json.canonical(metadata);
    }

    /** Casts to the table's schema by name; columns and nested fields that the table does not have are added, nullable. */
    private Dataset<Row> shape(Target target, Dataset<Row> rows, OptimisticTransaction transaction) {
        StructType known = transaction.readVersion() < 0
                ? new StructType()
                : transaction.metadata().schema();
        StructType schema = SchemaEvolution.withNestedFields(known, rows.schema());
        for (StructField field : rows.schema().fields()) {
            if (Arrays.stream(known.fieldNames()).noneMatch(field.name()::equals)) {
                String comment = target.columnComments().get(field.name());
                schema = schema.add(new StructField(
                        field.name(),
                        field.dataType(),
                        true,
                        comment == null
                                ? org.apache.spark.sql.types.Metadata.empty()
                                : new MetadataBuilder()
                                        .putString("comment", comment)
                                        .build()));
            }
        }
        refuseOtherTypes(target, schema, rows.schema());
        if (!schema.equals(known) || transaction.readVersion() < 0) {
            transaction.updateMetadata(metadata(target, transaction, schema), false);
        }
        Set<String> present = Set.of(rows.columns());
        List<Column> columns = new ArrayList<>();
        for (StructField field : schema.fields()) {
            Column value = present.contains(field.name()) ? rows.col("`" + field.name() + "`") : functions.lit(null);
            columns.add(value.cast(field.dataType()).as(field.name()));
        }
        int parts = Math.max(1, Math.min(intent.units().size(), spreading()));
        List<Column> sort = new ArrayList<>();
        sort.add(functions.col("unit"));
        target.sortBy().forEach(column -> sort.add(functions.col(column)));
        Dataset<Row> selected = rows.select(columns.toArray(Column[]::new));
        return spread(rows, selected, parts).sortWithinPartitions(sort.toArray(Column[]::new));
    }

    /** Rows that come as one partition are one file a unit as they are: they need no shuffle. */
    private static Dataset<Row> spread(Dataset<Row> rows, Dataset<Row> selected, int parts) {
        boolean isOne = rows.queryExecution().analyzed() instanceof Repartition given
                && given.numPartitions() == 1
                && parts == 1;
        if (isOne) {
            return selected;
        }
        return parts == 1 ? selected.repartition(1) : selected.repartition(parts, functions.col("unit"));
    }

    /** A cast that may lose something is none that a table can bear: a cast number wraps around, a cast text becomes NULL. */
    private static void refuseOtherTypes(Target target, StructType known, StructType rows) {
        List<String> others = new ArrayList<>();
        for (StructField field : known.fields()) {
            if (Arrays.asList(rows.fieldNames()).contains(field.name())) {
                DataType now = rows.apply(field.name()).dataType();
                if (!fits(now, field.dataType())) {
                    others.add(field.name() + " is " + field.dataType().simpleString() + " in the table and "
                            + now.simpleString() + " in the rows");
                }
            }
        }
        if (!others.isEmpty()) {
            throw new PenstockException(
                    ErrorCode.COLUMN_TYPE_CHANGED,
                    "Cannot write values of another type: " + String.join("; ", others),
                    target.table(),
                    "Give the column its old type, or declare it under a new name with renamed-from; units that are done stay");
        }
    }

    private static boolean fits(DataType now, DataType table) {
        return now.sameType(table) || Cast.canUpCast(now, table);
    }

    private int spreading() {
        return Math.max(2, tables.spark().sparkContext().defaultParallelism());
    }

    private Metadata metadata(Target target, OptimisticTransaction transaction, StructType schema) {
        Metadata now = transaction.metadata();
        Map<String, String> configuration = new HashMap<>();
        configuration.put("delta.logRetentionDuration", "interval 3650 days");
        configuration.put("delta.deletedFileRetentionDuration", "interval 3650 days");
        configuration.put("delta.checkpointInterval", "50");
        if (target.statistics().isEmpty()) {
            configuration.put("delta.dataSkippingNumIndexedCols", "0");
        } else {
            configuration.put("delta.dataSkippingStatsColumns", String.join(",", target.statistics()));
        }
        boolean isNew = transaction.readVersion() < 0;
        return new Metadata(
                isNew ? UUID.randomUUID().toString() : now.id(),
                null,
                target.comment(),
                new Format("parquet", scala.collection.immutable.Map$.MODULE$.empty()),
                schema.json(),
                JavaConverters.asScalaBufferConverter(List.of("unit")).asScala().toSeq(),
                isNew ? scalaMap(configuration) : now.configuration(),
                isNew ? Option.apply((Object) Clock.system().now().toEpochMilli()) : now.createdTime());
    }

    private static scala.collection.immutable.Map<String, String> scalaMap(Map<String, String> map) {
        scala.collection.immutable.Map<String, String> result = scala.collection.immutable.Map$.MODULE$.empty();
        for (Map.Entry<String, String> entry : map.entrySet()) {
            result = result.$plus(new scala.Tuple2<>(entry.getKey(), entry.getValue()));
        }
        return result;
    }

    private static Column[] named(List<Column> columns) {
        Column[] named = new Column[columns.size()];
        for (int i = 0; i < named.length; i++) {
            named[i] = columns.get(i).as("m" + i);
        }
        return named;
    }

    private List<AddFile> write(OptimisticTransaction transaction, Dataset<Row> rows) {
        List<AddFile> added = new ArrayList<>();
        for (FileAction action : JavaConverters.seqAsJavaListConverter(transaction.writeFiles(rows))
                .asJava()) {
            if (action instanceof AddFile add) {
                added.add(add);
            }
        }
        return added;
    }

    private Map<UnitId, Long> countByUnit(Target target, List<AddFile> added) {
        Map<UnitId, Long> counts = new TreeMap<>();
        Set<UnitId> units = new TreeSet<>(intent.units());
        for (AddFile file : added) {
            UnitId unit = unitOf(file);
            if (target.scope() != Target.Scope.TABLE && !units.contains(unit)) {
                throw new PenstockException(
                        ErrorCode.ROWS_OF_OTHER_UNITS,
                        "Refused to write rows of unit " + unit + " while publishing " + intent.units(),
                        target.table(),
                        "This is a defect of the stage; report it");
            }
            counts.merge(unit, records(file), Long::sum);
        }
        return counts;
    }

    private Map<UnitId, Map<Measure, Double>> measure(
            Target target,
            List<AddFile> added,
            StructType schema,
            Measures.Riding riding,
            Observation observation,
            Map<UnitId, Long> counts) {
        boolean asOne = intent.units().size() == 1 || target.scope() == Target.Scope.TABLE;
        Map<UnitId, Map<Measure, Double>> result = new TreeMap<>();
        if (target.wanted().isEmpty()) {
            return result;
        }
        if (!asOne) {
            Map<String, Map<Measure, Double>> grouped =
                    measures.grouped(stagedRows(target, added, schema), "unit", target.wanted());
            for (UnitId unit : intent.units()) {
                result.put(unit, grouped.getOrDefault(unit.toString(), Map.of(Measure.size(), 0.0)));
            }
            return result;
        }
        Map<Measure, Double> values = new HashMap<>();
        if (observation != null && !counts.isEmpty()) {
            Map<String, Object> observed = observed(observation);
            Object[] row = new Object[riding.columns().size()];
            for (int i = 0; i < row.length; i++) {
                row[i] = observed.get("m" + i);
            }
            values.putAll(riding.read(RowFactory.create(row)));
        }
        List<Measure> rest = target.wanted().stream()
                .filter(measure -> !riding.measures().contains(measure))
                .toList();
        if (!rest.isEmpty() && !counts.isEmpty()) {
            Dataset<Row> all = stagedRows(target, added, schema).withColumn("_group", functions.lit("all"));
            values.putAll(measures.grouped(all, "_group", rest).getOrDefault("all", Map.of()));
        }
        values.put(Measure.size(), (double)
                counts.values().stream().mapToLong(Long::longValue).sum());
        result.put(intent.units().get(intent.units().size() - 1), values);
        return result;
    }

    private static Map<String, Object> observed(Observation observation) {
        try {
            return observation.getAsJava();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while waiting for measures", e);
        }
    }

    private Staged measureCommitted(Target target, long version) {
        Dataset<Row> rows = tables.read(target.table(), version);
        if (target.scope() != Target.Scope.TABLE) {
            rows = rows.filter(functions
                    .col("unit")
                    .isin(intent.units().stream().map(UnitId::cell).toArray()));
        }
        Map<UnitId, Long> counts = new TreeMap<>();
        for (Row row : rows.groupBy(functions.col("unit").cast(DataTypes.StringType))
                .count()
                .collectAsList()) {
            counts.put(UnitId.parse(row.getString(0)), row.getLong(1));
        }
        Map<UnitId, String> refused = new TreeMap<>();
        tables.metadataOf(target.table(), version)
                .path("refused")
                .properties()
                .forEach(verdict -> refused.put(
                        UnitId.parse(verdict.getKey()), verdict.getValue().asText()));
        return new Staged(target, counts, remeasure(target, rows), refused);
    }

    /** The measures of rows that an earlier attempt committed, so that its verdicts can be told again. */
    private Map<UnitId, Map<Measure, Double>> remeasure(Target target, Dataset<Row> rows) {
        Map<UnitId, Map<Measure, Double>> result = new TreeMap<>();
        if (target.wanted().isEmpty()) {
            return result;
        }
        boolean asOne = target.scope() == Target.Scope.TABLE;
        UnitId last = intent.units().get(intent.units().size() - 1);
        Column group =
                asOne ? functions.lit(last.toString()) : functions.col("unit").cast(DataTypes.StringType);
        Map<String, Map<Measure, Double>> grouped =
                measures.grouped(rows.withColumn("_group", group), "_group", target.wanted());
        for (UnitId unit : asOne ? List.of(last) : intent.units()) {
            result.put(unit, grouped.getOrDefault(unit.toString(), Map.of(Measure.size(), 0.0)));
        }
        return result;
    }

    private Dataset<Row> stagedRows(Target target, List<AddFile> files, StructType schema) {
        String path = tables.path(target.table());
        if (files.isEmpty()) {
            return tables.spark().createDataFrame(List.of(), schema);
        }
        return tables.spark()
                .read()
                .schema(schema)
                .option("basePath", path)
                .parquet(files.stream()
                        .map(file -> new Path(path, new Path(java.net.URI.create(file.path()))).toString())
                        .toArray(String[]::new));
    }

    private List<AddFile> replacedFiles(Pending table, Set<UnitId> refused) {
        Target target = table.staged().target();
        OptimisticTransaction transaction = table.transaction();
        if (transaction.readVersion() < 0 || target.scope() == Target.Scope.APPEND) {
            return List.of();
        }
        if (!table.mayReplace()) {
            transaction.readWholeTable(); // what filterFiles would have noted: a commit meanwhile is a conflict
            return List.of();
        }
        List<AddFile> all =
                JavaConverters.seqAsJavaListConverter(transaction.filterFiles()).asJava();
        if (target.scope() == Target.Scope.TABLE) {
            return all;
        }
        Set<UnitId> units = new TreeSet<>(intent.units());
        units.removeAll(refused);
        return all.stream().filter(file -> units.contains(unitOf(file))).toList();
    }

    private boolean mayReplace(Target target, long version) {
        if (version < 0 || target.scope() != Target.Scope.UNITS) {
            return version >= 0;
        }
        return tables.mayHold(target.table(), intent.units());
    }

    private void keepRefused(Pending table, Map<UnitId, String> refused) {
        Target target = table.staged().target();
        List<AddFile> files = table.added().stream()
                .filter(file -> target.scope() == Target.Scope.TABLE || refused.containsKey(unitOf(file)))
                .toList();
        if (files.isEmpty()) {
            return;
        }
        StructType schema = table.transaction().metadata().schema();
        String name = refusedTable(target.table());
        Column verdict = functions.lit("");
        for (Map.Entry<UnitId, String> entry : refused.entrySet()) {
            Column here = target.scope() == Target.Scope.TABLE
                    ? functions.lit(true)
                    : functions.col("unit").equalTo(functions.lit(entry.getKey().cell()));
            verdict = functions.when(here, functions.lit(entry.getValue())).otherwise(verdict);
        }
        Dataset<Row> rows = stagedRows(target, files, schema)
                .withColumn("_verdict", verdict)
                .withColumn("_run_id", functions.lit(intent.runId()));
        OptimisticTransaction transaction = tables.refreshed(name).startTransaction();
        Target kept = new Target(
                name,
                "Rows of " + target.table() + " that a rule refused",
                Map.of(),
                target.sortBy(),
                List.of(),
                List.of(),
                scopeOfRefused(target));
        Dataset<Row> shaped = shape(kept, rows, transaction);
        Staged staged = new Staged(kept, Map.of(), Map.of());
        commitOne(new Pending(staged, transaction, write(transaction, shaped), true, OptionalLong.empty()), Set.of());
    }

    private void deleteFiles(Pending table, List<AddFile> files) {
        if (files.isEmpty()) {
            return;
        }
        Path root = new Path(tables.path(table.staged().target().table()));
        try {
            FileSystem system = root.getFileSystem(tables.spark().sparkContext().hadoopConfiguration());
            for (AddFile file : files) {
                system.delete(new Path(root, new Path(java.net.URI.create(file.path()))), false);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot delete staged files of " + root, e);
        }
    }

    private static UnitId unitOf(AddFile file) {
        return UnitId.parse(file.partitionValues().apply("unit"));
    }

    private static long records(AddFile file) {
        try {
            return JSON.readTree(file.stats()).path("numRecords").asLong();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read statistics of " + file.path(), e);
        }
    }
}
