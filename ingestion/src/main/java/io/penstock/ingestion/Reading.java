package io.penstock.ingestion;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;

import io.penstock.core.LedgerEntry;
import io.penstock.core.PenstockException;
import io.penstock.core.Unit;
import io.penstock.core.config.PipelineConfig;
import java.io.Serializable;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.Spliterators;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.expressions.WindowSpec;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.SerializableConfiguration;
import scala.Option;

/**
 * One pass over the files that units take: every file is opened once, hashed and parsed by the task that opened it, and
 * the parsed frame is kept ({@code MEMORY_AND_DISK}) until all that needs it is done. On the kept frame, without opening a
 * file again:
 *
 * <ol>
 *   <li>one row per file tells its hash, its records and the reject of a bad file; a file whose content was taken under
 *       another name before is set aside;
 *   <li>{@code derive}, event time, known-at, sequence and key are evaluated by Spark; a record without one is rejected;
 *   <li>of an {@code append} source, keys that a unit has more than once are looked at: equal records are duplicates (the
 *       first stays), differing ones are all rejected. Only such keys are shuffled with their records;
 *   <li>records of a file that was taken before and overwritten since are compared with what it said ({@link Restatements});
 *   <li>keys that the next snapshot of a {@code snapshot} source lacks are withdrawn ({@link Withdrawals}).
 * </ol>
 *
 * <p>Same bytes, same rows, in any partitioning: nothing depends on the order in which tasks deliver.
 */
public final class Reading {
    private static final long SLICE_BYTES = 16L << 20;
    /** What opening a file costs, in bytes of parsing. */
    private static final long OPEN_BYTES = 64L << 10;

    private static final String COMPRESSED = "spark.sql.inMemoryColumnarStorage.compressed";

    private static final String DUPLICATE = "duplicate";
    private static final String CONFLICT = "conflict";
    private static final Map<String, String> CODES =
            Map.of(CONFLICT, "PEN-ROW-027", Restatements.CHANGED, "PEN-ROW-044");
    private static final List<String> SYSTEM =
            List.of("_op", "_sequence", "_event_time", "_known_at", "_row_id", "_file_id", "_position", "unit");

    private final SparkSession spark;
    private final PipelineConfig.Source source;
    private final Map<Unit, List<LandedFile>> take;
    private final Collection<LedgerEntry> ledger;
    private final Supplier<Optional<Dataset<Row>>> before;
    private final Restatements restated;
    private final Optional<Replay> replay;
    private final List<Dataset<Row>> persisted = new ArrayList<>();
    private final List<Notice> notices = new ArrayList<>();

    private record Slice(List<FileTask> files) implements Serializable {}

    private record Counts(long rejected, long duplicates, Map<String, Long> byCode) {}

    private Reading(
            SparkSession spark,
            PipelineConfig.Source source,
            Map<Unit, List<LandedFile>> take,
            Collection<LedgerEntry> ledger,
            Supplier<Optional<Dataset<Row>>> before,
            Optional<Replay> replay) {
        this.spark = spark;
        this.source = source;
        this.take = new TreeMap<>(take);
        this.ledger = ledger;
        this.before = before;
        this.restated = new Restatements(source, take, ledger);
        this.replay = replay;
    }

    /** {@link #read(SparkSession, PipelineConfig.Source, Map, String, Collection, Supplier)} of a source that took nothing yet. */
    public static Parsed read(
            SparkSession spark, PipelineConfig.Source source, Map<Unit, List<LandedFile>> take, String landingRoot) {
        return read(spark, source, take, landingRoot, List.of(), Optional::empty);
    }

    /**
     * Reads what the units take. The session's time zone must be UTC.
     *
     * @param take as {@link TakePlan} gives it; units without files are allowed
     * @param ledger what was taken before, to know content that comes again under another name
     * @param before bronze of the source, if there is one: to know the keys that a snapshot no longer has, and what an
     *     overwritten file said before; asked for when needed
     * @throws PenstockException {@code PEN-ING-016} and {@code PEN-ING-017} when a file changed or went since it was
     *     listed, {@code PEN-ING-023} for one too large to parse
     */
    public static Parsed read(
            SparkSession spark,
            PipelineConfig.Source source,
            Map<Unit, List<LandedFile>> take,
            String landingRoot,
            Collection<LedgerEntry> ledger,
            Supplier<Optional<Dataset<Row>>> before) {
        return new Reading(spark, source, take, ledger, before, Optional.empty()).read(landingRoot);
    }

    /**
     * Reads mended records and files among those that the units take.
     *
     * @param take files of which {@link Replay#is} is true
     * @param rejects as {@link Replay#rejects} gives them
     * @return one for files of records, one for whole files; without those that there is nothing for
     */
    public static List<Parsed> replay(
            SparkSession spark,
            PipelineConfig.Source source,
            Map<Unit, List<LandedFile>> take,
            String landingRoot,
            Collection<LedgerEntry> ledger,
            Dataset<Row> rejects) {
        List<Parsed> read = new ArrayList<>();
        for (Replay replay : List.of(Replay.ofRecords(rejects), Replay.ofFiles(rejects))) {
            Map<Unit, List<LandedFile>> own = new TreeMap<>();
            take.forEach((unit, files) ->
                    own.put(unit, files.stream().filter(replay::takes).toList()));
            if (own.values().stream().anyMatch(files -> !files.isEmpty())) {
                read.add(new Reading(spark, source, own, ledger, Optional::empty, Optional.of(replay))
                        .read(landingRoot));
            }
        }
        return read;
    }

    private Parsed read(String landingRoot) {
        try {
            return run(landingRoot);
        } catch (RuntimeException e) {
            persisted.forEach(dataset -> dataset.unpersist(false));
            throw e;
        }
    }

    private Parsed run(String landingRoot) {
        Dataset<Row> typed = typed(frame(tasks(landingRoot)));
        Dataset<Row> frame = keep(needed(replay.map(mended -> mended.settled(judged(mended.traced(typed))))
                .orElseGet(() -> judged(typed))));
        List<Row> markers = frame.filter(col("_marker"))
                .select("_path", "_file_id", "_sha256", "_records", "_code", "_reason", "_new")
                .collectAsList();
        Map<String, FileFact> files = files(markers);
        List<String> duplicateFiles = files.values().stream()
                .filter(file -> file.state().equals(FileFact.DUPLICATE))
                .map(FileFact::fileId)
                .toList();
        Dataset<Row> records = frame.filter(col("_marker").equalTo(false));
        if (!duplicateFiles.isEmpty()) {
            records = records.filter(functions.not(col("_file_id").isInCollection(duplicateFiles)));
        }
        Dataset<Row> within = hasConflicts()
                ? fated(records)
                : records.withColumn("_fate", lit(null).cast("string"));
        Optional<Dataset<Row>> restating = restated.isEmpty() ? Optional.empty() : before.get();
        Dataset<Row> fated = restating
                .map(bronze -> keep(restated.fated(within, bronze, DUPLICATE)))
                .orElse(within);
        Map<String, Counts> counts = counts(fated);
        List<FileFact> facts =
                files.values().stream().map(file -> counted(file, counts)).toList();
        Map<String, String> fresh = newColumns(markers);
        tell(facts, counts);
        Dataset<Row> bronze = bronze(fated, fresh);
        Optional<Dataset<Row>> withdrawn = withdrawn(bronze, frame, restating, facts);
        return new Parsed(
                withdrawn.map(bronze::unionByName).orElse(bronze),
                quarantine(frame, fated),
                facts,
                units(facts, counts, withdrawn.map(Reading::perUnit).orElse(Map.of())),
                List.copyOf(fresh.keySet()),
                List.copyOf(notices),
                replay.map(mended -> mended.replaced(source, taken(fated))),
                List.copyOf(persisted));
    }

    // Files to a frame of records.

    private List<FileTask> tasks(String landingRoot) {
        List<FileTask> tasks = new ArrayList<>();
        take.forEach((unit, files) -> {
            for (LandedFile file : files.stream().sorted().toList()) {
                if (file.bytes() >= FileText.LARGEST) {
                    throw PenstockException.refused(
                            "PEN-ING-023",
                            "Cannot parse a file of " + file.bytes() + " bytes (at most " + FileText.LARGEST + ")",
                            file.path(),
                            "Land it in several files");
                }
                tasks.add(new FileTask(
                        file.path(),
                        Landing.location(landingRoot, file.path()),
                        file.bytes(),
                        (int) unit.date().toEpochDay(),
                        micros(unit.cut()),
                        micros(file.landed()),
                        LandedFile.stamp(file.landed())));
            }
        });
        return tasks;
    }

    private Dataset<Row> frame(List<FileTask> tasks) {
        List<Slice> slices = slices(tasks, spark.sparkContext().defaultParallelism());
        PipelineConfig.Source landed =
                replay.map(mended -> mended.parsed(source)).orElse(source);
        FileParser parser = new FileParser(landed);
        int columns = landed.columns().size();
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        Broadcast<SerializableConfiguration> hadoop = context.broadcast(
                new SerializableConfiguration(spark.sessionState().newHadoopConf()));
        StructType schema = schema(landed);
        JavaRDD<InternalRow> rows = context.parallelize(slices, Math.max(1, slices.size()))
                .mapPartitions(some -> {
                    InternalRows internal = new InternalRows(schema);
                    return stream(some)
                            .flatMap(slice -> slice.files().stream())
                            .flatMap(file -> file.rows(hadoop.value().value(), parser, columns).stream())
                            .map(internal::of)
                            .iterator();
                });
        return spark.internalCreateDataFrame(rows.rdd(), schema, false);
    }

    private static StructType schema(PipelineConfig.Source landed) {
        StructType schema = StructType.fromDDL(FileTask.FRAME);
        for (PipelineConfig.ColumnSpec column : landed.columns().values()) {
            schema = schema.add(column.name(), parsedType(Values.Kind.of(column.type())));
        }
        return schema;
    }

    private static <T> Stream<T> stream(Iterator<T> some) {
        return StreamSupport.stream(Spliterators.spliteratorUnknownSize(some, 0), false);
    }

    /** Neighbouring files together, about equal in bytes, at least four slices per core while there are files. */
    private static List<Slice> slices(List<FileTask> tasks, int parallelism) {
        long total = tasks.stream().mapToLong(Reading::cost).sum();
        long each = Math.max(OPEN_BYTES, Math.min(SLICE_BYTES, total / (4L * parallelism) + 1));
        List<Slice> slices = new ArrayList<>();
        List<FileTask> open = new ArrayList<>();
        long filled = 0;
        for (FileTask task : tasks) {
            if (!open.isEmpty() && filled + cost(task) > each) {
                slices.add(new Slice(List.copyOf(open)));
                open.clear();
                filled = 0;
            }
            open.add(task);
            filled += cost(task);
        }
        if (!open.isEmpty()) {
            slices.add(new Slice(List.copyOf(open)));
        }
        return slices;
    }

    private static long cost(FileTask task) {
        return task.bytes() + OPEN_BYTES;
    }

    private static String parsedType(Values.Kind kind) {
        return switch (kind) {
            case TIMESTAMP -> "long";
            case DATE -> "int";
            default -> kind.name().toLowerCase(Locale.ROOT);
        };
    }

    /** Instants and dates travel as numbers, since what Spark takes for them depends on the session. */
    private Dataset<Row> typed(Dataset<Row> frame) {
        List<Column> columns = new ArrayList<>();
        for (String name : frame.columns()) {
            PipelineConfig.ColumnSpec column = source.columns().get(name);
            Values.Kind kind = column == null ? Values.Kind.STRING : Values.Kind.of(column.type());
            columns.add(
                    switch (kind) {
                        case TIMESTAMP -> functions.timestamp_micros(col(name)).as(name);
                        case DATE -> functions.date_from_unix_date(col(name)).as(name);
                        default -> col(name);
                    });
        }
        columns.add(functions.date_from_unix_date(col("unit_day")).as("unit"));
        return frame.select(columns.toArray(Column[]::new));
    }

    // What Spark evaluates of a record.

    private Dataset<Row> judged(Dataset<Row> typed) {
        Dataset<Row> frame = typed;
        for (Map.Entry<String, String> derived : source.derive().entrySet()) {
            frame = frame.withColumn(derived.getKey(), expr(derived.getValue()));
        }
        Column landed = functions.timestamp_micros(col("_landed"));
        frame = frame.withColumn("_op", lit("+"))
                .withColumn(
                        "_known_at",
                        replay.map(Replay::knownAt).orElseGet(() -> restated.knownAt(time(source.knownAt(), landed))))
                .withColumn("_event_time", time(source.eventTime(), landed))
                .withColumn(
                        "_sequence",
                        source.sequence()
                                        .filter(sequence -> !sequence.equals("landed"))
                                        .isPresent()
                                ? expr(source.sequence().get()).cast("string")
                                : col("_stamp"));
        if (source.deleteWhen().isPresent()) {
            Column withdraws = withdraws(frame, source.deleteWhen().get());
            frame = forgiven(frame.withColumn("_op", when(withdraws, lit("-")).otherwise(lit("+"))));
        }
        List<Missing> missing = new ArrayList<>();
        source.key()
                .forEach(key -> missing.add(
                        new Missing(key, "028", "key(" + key + ")", key + " is missing, it is part of the key")));
        missing.add(
                new Missing("_event_time", "032", "event-time", "The event time is missing: " + source.eventTime()));
        missing.add(new Missing("_known_at", "032", "known-at", "The known-at time is missing: " + source.knownAt()));
        missing.add(new Missing(
                "_sequence",
                "032",
                "sequence",
                "The sequence is missing: " + source.sequence().orElse("landed")));
        Column code = col("_code");
        Column rule = col("_rule");
        Column reason = col("_reason");
        Column isOpen = col("_marker").equalTo(false).and(col("_code").isNull());
        for (int i = missing.size() - 1; i >= 0; i--) {
            Missing check = missing.get(i);
            Column isMissing = isOpen.and(col(check.column()).isNull());
            code = when(isMissing, lit("PEN-ROW-" + check.number())).otherwise(code);
            rule = when(isMissing, lit(check.rule())).otherwise(rule);
            reason = when(isMissing, lit(check.reason())).otherwise(reason);
        }
        return frame.withColumns(columns("_code", code, "_rule", rule, "_reason", reason));
    }

    /** What the kept frame is asked for: of good records the raw text only where they may turn out to be in conflict. */
    private Dataset<Row> needed(Dataset<Row> judged) {
        Dataset<Row> frame = judged.drop("_cut", "_stamp", "_unless_withdrawn");
        return hasConflicts()
                ? frame
                : frame.withColumn("_raw", when(col("_code").isNotNull(), col("_raw")));
    }

    private boolean hasConflicts() {
        return source.mode() == PipelineConfig.Mode.APPEND && !source.key().isEmpty();
    }

    /** True where a record withdraws its key; a record that is rejected whatever it says withdraws nothing. */
    private Column withdraws(Dataset<Row> frame, String deleteWhen) {
        Column condition = expr(deleteWhen);
        DataType type = frame.select(condition).schema().apply(0).dataType();
        if (!type.equals(DataTypes.BooleanType)) {
            throw PenstockException.configuration(
                    "PEN-CFG-007",
                    "Cannot tell withdrawals by a value of type " + type.simpleString() + ", must be a condition",
                    "sources." + source.name() + ".delete-when",
                    "Compare it with something, for example " + deleteWhen + " = ...");
        }
        return functions.coalesce(
                col("_marker")
                        .equalTo(false)
                        .and(col("_code").isNull().or(col("_unless_withdrawn")))
                        .and(condition),
                lit(false));
    }

    /** A withdrawal may lack what its source requires of rows; one without an event time happened when it became known. */
    private static Dataset<Row> forgiven(Dataset<Row> frame) {
        Column isWithdrawn = col("_op").equalTo("-");
        Map<String, Column> columns = columns(
                "_code", when(isWithdrawn, lit(null)).otherwise(col("_code")),
                "_rule", when(isWithdrawn, lit(null)).otherwise(col("_rule")),
                "_reason", when(isWithdrawn, lit(null)).otherwise(col("_reason")));
        columns.put(
                "_event_time",
                when(isWithdrawn, functions.coalesce(col("_event_time"), col("_known_at")))
                        .otherwise(col("_event_time")));
        return frame.withColumns(columns);
    }

    private record Missing(String column, String number, String rule, String reason) {}

    private static Map<String, Column> columns(
            String a, Column first, String b, Column second, String c, Column third) {
        Map<String, Column> columns = new LinkedHashMap<>();
        columns.put(a, first);
        columns.put(b, second);
        columns.put(c, third);
        return columns;
    }

    private static Column time(String declared, Column landed) {
        return switch (declared) {
            case "landed" -> landed;
            case "ingest" -> functions.timestamp_micros(col("_cut"));
            default -> expr(declared).cast("timestamp");
        };
    }

    /**
     * Adds {@code _fate}: {@code duplicate} for a record that says again what a unit's earlier record of that key says,
     * {@code conflict} for all records of a key that a unit has with differing values.
     */
    private Dataset<Row> fated(Dataset<Row> records) {
        Dataset<Row> good = records.filter(col("_code").isNull());
        List<Column> keys = new ArrayList<>();
        keys.add(col("unit_day"));
        source.key().forEach(key -> keys.add(col(key)));
        Dataset<Row> contested = keep(good.groupBy(keys.toArray(Column[]::new))
                .count()
                .filter(col("count").gt(1))
                .drop("count"));
        if (contested.count() == 0) {
            return records.withColumn("_fate", lit(null).cast("string"));
        }
        List<Column> content = new ArrayList<>();
        Stream.concat(source.columns().keySet().stream(), source.derive().keySet().stream())
                .forEach(column -> content.add(col(column)));
        content.add(functions.array_sort(functions.map_entries(col("_extra"))).as("_extra"));
        String[] names = contested.columns();
        WindowSpec group =
                Window.partitionBy(Arrays.stream(names).map(functions::col).toArray(Column[]::new));
        Dataset<Row> fates = keep(good.join(contested, DerivedWithdrawals.sequence(names), "left_semi")
                .withColumn("_content", functions.to_json(functions.struct(content.toArray(Column[]::new))))
                .withColumn(
                        "_contents",
                        functions.size(functions.collect_set(col("_content")).over(group)))
                .withColumn(
                        "_nth",
                        functions.row_number().over(group.orderBy(col("_landed"), col("_path"), col("_position"))))
                .select(
                        col("_row_id"),
                        when(col("_contents").gt(1), lit(CONFLICT))
                                .when(col("_nth").gt(1), lit(DUPLICATE))
                                .as("_fate"))
                .filter(col("_fate").isNotNull()));
        return records.join(fates, DerivedWithdrawals.sequence("_row_id"), "left");
    }

    // Results.

    private Dataset<Row> bronze(Dataset<Row> fated, Map<String, String> fresh) {
        List<Column> columns = new ArrayList<>();
        source.columns().keySet().forEach(column -> columns.add(col(column)));
        source.derive().keySet().stream()
                .filter(column -> !source.columns().containsKey(column))
                .forEach(column -> columns.add(col(column)));
        SYSTEM.forEach(column -> columns.add(col(column)));
        fresh.forEach((column, name) -> columns.add(col("_extra").getItem(name).as(column)));
        return taken(fated).select(columns.toArray(Column[]::new));
    }

    private static Dataset<Row> taken(Dataset<Row> fated) {
        return fated.filter(col("_code").isNull().and(col("_fate").isNull()));
    }

    private Optional<Dataset<Row>> withdrawn(
            Dataset<Row> bronze, Dataset<Row> frame, Optional<Dataset<Row>> restating, List<FileFact> facts) {
        List<Dataset<Row>> withdrawn = new ArrayList<>();
        if (replay.isPresent()) {
            return Optional.empty();
        }
        if (restating.isPresent() && source.mode() != PipelineConfig.Mode.APPEND) {
            withdrawn.add(keep(
                    restated.withdrawn(frame.filter(col("_marker").equalTo(false)), restating.get(), facts, bronze)));
        }
        if (source.mode() == PipelineConfig.Mode.SNAPSHOT && !facts.isEmpty()) {
            Snapshots snapshots = new Snapshots(
                    ledger.stream()
                            .filter(entry -> entry.source().equals(source.name()))
                            .toList(),
                    facts);
            notices.addAll(snapshots.notices());
            if (!snapshots.all().isEmpty()) {
                Dataset<Row> known = withdrawn.stream().reduce(bronze, Dataset::unionByName);
                withdrawn.add(keep(new Withdrawals(source, snapshots, take.keySet())
                        .of(known, before.get().orElse(null))));
            }
        }
        return withdrawn.stream().reduce(Dataset::unionByName);
    }

    private static Map<LocalDate, Long> perUnit(Dataset<Row> rows) {
        Map<LocalDate, Long> counts = new TreeMap<>();
        for (Row row : rows.groupBy("unit").count().collectAsList()) {
            counts.put(row.getDate(0).toLocalDate(), row.getLong(1));
        }
        return counts;
    }

    private Dataset<Row> quarantine(Dataset<Row> frame, Dataset<Row> fated) {
        String key = String.join(", ", source.key());
        Dataset<Row> conflicts = fated.withColumns(
                columns(
                        "_code", fate(col("_code"), CODES.get(CONFLICT), CODES.get(Restatements.CHANGED)),
                        "_rule", fate(col("_rule"), "unique(" + key + ")", "append"),
                        "_reason",
                                fate(
                                        col("_reason"),
                                        "The key " + key + " occurs in the unit with different values",
                                        "The file was overwritten: the key " + key
                                                + " was taken from it with other values, and an append source has no versions")));
        return rejects(frame.filter(col("_marker"))).unionByName(rejects(conflicts));
    }

    private static Column fate(Column otherwise, String conflict, String changed) {
        return when(col("_fate").equalTo(CONFLICT), lit(conflict))
                .when(col("_fate").equalTo(Restatements.CHANGED), lit(changed))
                .otherwise(otherwise);
    }

    private Dataset<Row> rejects(Dataset<Row> rows) {
        return rows.filter(col("_code").isNotNull())
                .select(
                        col("unit"),
                        lit(source.name()).as("source"),
                        col("_path").as("path"),
                        col("_file_id"),
                        col("_position").as("position"),
                        col("_line").as("line"),
                        col("_code").as("code"),
                        col("_rule").as("rule"),
                        col("_reason").as("reason"),
                        col("_raw").as("raw"));
    }

    private Map<String, FileFact> files(List<Row> markers) {
        Map<String, Row> read = new HashMap<>();
        markers.forEach(marker -> read.put(marker.getString(0), marker));
        Repeats repeats = new Repeats(
                source, ledger, take.keySet().stream().map(Unit::date).collect(Collectors.toSet()));
        Map<String, FileFact> files = new LinkedHashMap<>();
        take.forEach((unit, landed) -> {
            for (LandedFile file : landed.stream().sorted().toList()) {
                Row marker = read.get(file.path());
                String sha256 = marker.getString(2);
                long records = marker.getLong(3);
                String code = marker.isNullAt(4) ? "" : marker.getString(4);
                String reason = marker.isNullAt(5) ? "" : marker.getString(5);
                stopIfUnsteady(file, code, reason);
                String twin = code.isEmpty() && records > 0
                        ? repeats.of(unit, file, sha256).orElse(null)
                        : null;
                String state =
                        twin != null ? FileFact.DUPLICATE : code.isEmpty() ? FileFact.TAKEN : FileFact.QUARANTINED;
                if (twin != null) {
                    code = "PEN-ING-012";
                    reason = "The same content as " + twin + ", already taken";
                }
                files.put(
                        file.path(),
                        new FileFact(
                                unit,
                                file,
                                marker.getString(1),
                                sha256,
                                records,
                                0,
                                0,
                                twin == null ? 0 : records,
                                state,
                                code,
                                reason));
            }
        });
        return files;
    }

    private static void stopIfUnsteady(LandedFile file, String code, String reason) {
        if (code.equals(FileTask.GONE)) {
            throw PenstockException.refused(
                    code,
                    "Cannot read a file that was listed: it is gone",
                    file.path(),
                    "Restore the file and run again; without it, the next run takes what is there");
        }
        if (code.equals(FileTask.CHANGED)) {
            throw PenstockException.retry(
                    code,
                    "Cannot read a file that is still changing: " + reason,
                    file.path(),
                    "Let files land under another name and rename them when complete, then run again",
                    null);
        }
    }

    private static Map<String, Counts> counts(Dataset<Row> fated) {
        Map<String, Counts> counts = new HashMap<>();
        for (Row row : fated.filter(col("_code").isNotNull().or(col("_fate").isNotNull()))
                .groupBy(col("_path"), col("_code"), col("_fate"))
                .count()
                .collectAsList()) {
            boolean isDuplicate = DUPLICATE.equals(row.getString(2));
            String code = row.isNullAt(1) ? CODES.get(row.getString(2)) : row.getString(1);
            Counts count = counts.computeIfAbsent(row.getString(0), path -> new Counts(0, 0, new TreeMap<>()));
            if (!isDuplicate) {
                count.byCode().merge(code, row.getLong(3), Long::sum);
            }
            counts.put(
                    row.getString(0),
                    new Counts(
                            count.rejected() + (isDuplicate ? 0 : row.getLong(3)),
                            count.duplicates() + (isDuplicate ? row.getLong(3) : 0),
                            count.byCode()));
        }
        return counts;
    }

    private static FileFact counted(FileFact file, Map<String, Counts> counts) {
        if (!file.state().equals(FileFact.TAKEN)) {
            return file;
        }
        Counts count = counts.getOrDefault(file.file().path(), new Counts(0, 0, Map.of()));
        return new FileFact(
                file.unit(),
                file.file(),
                file.fileId(),
                file.sha256(),
                file.rowsIn(),
                file.rowsIn() - count.rejected() - count.duplicates(),
                count.rejected(),
                count.duplicates(),
                file.state(),
                file.code(),
                file.reason());
    }

    private Map<LocalDate, UnitFacts> units(
            List<FileFact> facts, Map<String, Counts> counts, Map<LocalDate, Long> withdrawn) {
        Map<LocalDate, UnitFacts> units = new TreeMap<>();
        for (Unit unit : take.keySet()) {
            List<FileFact> own =
                    facts.stream().filter(file -> file.unit().equals(unit)).toList();
            Map<String, Long> byCode = new TreeMap<>();
            int bad = 0;
            for (FileFact file : own) {
                if (file.state().equals(FileFact.QUARANTINED)) {
                    bad++;
                    byCode.merge(file.code(), 1L, Long::sum);
                } else if (counts.containsKey(file.file().path())) {
                    counts.get(file.file().path()).byCode().forEach((code, n) -> byCode.merge(code, n, Long::sum));
                }
            }
            units.put(
                    unit.date(),
                    new UnitFacts(
                            unit,
                            own.size(),
                            own.stream().mapToLong(FileFact::rowsIn).sum() + bad,
                            own.stream().mapToLong(FileFact::rowsOut).sum(),
                            own.stream().mapToLong(FileFact::rejected).sum(),
                            own.stream().mapToLong(FileFact::duplicates).sum(),
                            bad,
                            withdrawn.getOrDefault(unit.date(), 0L),
                            byCode));
        }
        return units;
    }

    /** Names for undeclared columns as a table may have them, and what the files call them. */
    private Map<String, String> newColumns(List<Row> markers) {
        Map<String, Long> seen = new TreeMap<>();
        for (Row marker : markers) {
            marker.<String>getList(6).forEach(name -> seen.merge(name, 1L, Long::sum));
        }
        Map<String, String> kept = new TreeMap<>();
        if (seen.isEmpty()) {
            return kept;
        }
        boolean isEvolving = source.onNewColumn() == PipelineConfig.NewColumn.EVOLVE;
        Set<String> known = new HashSet<>(SYSTEM);
        known.addAll(source.columns().keySet());
        known.addAll(source.derive().keySet());
        for (String name : seen.keySet()) {
            String column = name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_]+", "_");
            if (isEvolving && !column.replace("_", "").isEmpty() && known.add(column)) {
                kept.put(column, name);
            }
        }
        List<String> shown = seen.entrySet().stream()
                .map(entry -> entry.getKey() + " (" + entry.getValue() + " files)")
                .toList();
        notices.add(new Notice(
                "PEN-ROW-003",
                source.name(),
                "Columns that are not declared, " + (isEvolving ? "kept as text" : "ignored") + ": "
                        + String.join(", ", shown)));
        return kept;
    }

    private void tell(List<FileFact> facts, Map<String, Counts> counts) {
        for (FileFact file : facts) {
            if (!file.code().isEmpty()) {
                notices.add(new Notice(file.code(), file.file().path(), file.reason()));
            } else if (file.rowsIn() == 0) {
                notices.add(new Notice("PEN-ING-004", file.file().path(), "The file has a header and no records"));
            }
        }
        long duplicates = counts.values().stream().mapToLong(Counts::duplicates).sum();
        if (duplicates > 0) {
            notices.add(new Notice("PEN-ROW-026", source.name(), duplicates + " exact duplicates were dropped"));
        }
    }

    /** Kept uncompressed: rows are read once or twice, and trying encodings on every value costs more than it saves. */
    private Dataset<Row> keep(Dataset<Row> dataset) {
        Option<String> before = spark.conf().getOption(COMPRESSED);
        spark.conf().set(COMPRESSED, "false");
        try {
            Dataset<Row> kept = dataset.persist(StorageLevel.MEMORY_AND_DISK());
            persisted.add(kept);
            return kept;
        } finally {
            if (before.isDefined()) {
                spark.conf().set(COMPRESSED, before.get());
            } else {
                spark.conf().unset(COMPRESSED);
            }
        }
    }

    private static long micros(Instant instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    }
}
