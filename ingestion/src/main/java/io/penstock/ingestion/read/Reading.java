package io.penstock.ingestion.read;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;

import io.penstock.core.ErrorCode;
import io.penstock.core.LedgerEntry;
import io.penstock.core.PenstockException;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.config.ColumnSpec;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.sql.UnitColumn;
import io.penstock.ingestion.contract.BronzeColumns;
import io.penstock.ingestion.contract.Values;
import io.penstock.ingestion.format.FileTask;
import io.penstock.ingestion.format.RowImage;
import io.penstock.ingestion.format.SourceFormat;
import io.penstock.ingestion.format.SplitPolicy;
import io.penstock.ingestion.landing.FileFact;
import io.penstock.ingestion.landing.LandedFile;
import io.penstock.ingestion.landing.Notice;
import io.penstock.ingestion.landing.TableFile;
import io.penstock.ingestion.repair.Reprocessing;
import io.penstock.ingestion.versions.Corrections;
import io.penstock.ingestion.versions.Deletes;
import io.penstock.ingestion.versions.DerivedDeletes;
import io.penstock.ingestion.versions.DuplicateContent;
import io.penstock.ingestion.versions.FileVersions;
import io.penstock.ingestion.versions.KeyConflicts;
import io.penstock.ingestion.versions.OverwriteDiff;
import io.penstock.ingestion.versions.Snapshots;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.expressions.UserDefinedFunction;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.storage.StorageLevel;
import scala.Option;

/**
 * One pass over the files that units take: every file is opened once, hashed and parsed by the task that opened it (a big
 * one is surveyed first and then read in pieces, see {@link FileFrames}), and the parsed frame is kept ({@code
 * MEMORY_AND_DISK}) until all that needs it is done. On the kept frame, without opening a file again:
 *
 * <ol>
 *   <li>one row per file tells its hash, its records and the reject of a bad file; a file whose content was taken under
 *       another name before is set aside;
 *   <li>{@code derive}, event time, known-at, sequence and key are evaluated by Spark; a record without one is rejected;
 *   <li>of an {@code append} source, keys that a unit has more than once are looked at: equal records are duplicates (the
 *       first stays), differing ones are all rejected. Only such keys are shuffled with their records;
 *   <li>records of a file that was taken before and overwritten since are compared with what it said ({@link OverwriteDiff}),
 *       and what it does not say any more is taken back ({@link Corrections});
 *   <li>keys that the next snapshot of a {@code snapshot} source lacks are withdrawn ({@link Deletes}).
 * </ol>
 *
 * <p>Same bytes, same rows, in any partitioning: nothing depends on the order in which tasks deliver.
 */
public final class Reading {
    private static final String COMPRESSED = "spark.sql.inMemoryColumnarStorage.compressed";

    private static final Map<String, String> CODES =
            Map.of(KeyConflicts.CONFLICT, ErrorCode.CONFLICTING_KEY.code(), OverwriteDiff.CHANGED, OverwriteDiff.CODE);
    private static final UserDefinedFunction JSON =
            functions.udf((UDF1<byte[], String>) RowImage::json, DataTypes.StringType);

    private final SparkSession spark;
    private final SourceSpec source;
    private final Map<Unit, List<LandedFile>> take;
    private final Collection<LedgerEntry> ledger;
    private final Supplier<Optional<Dataset<Row>>> before;
    private final OverwriteDiff restated;
    private final Optional<Reprocessing> reprocess;
    private final Optional<SourceBatch> beside;
    private final SplitPolicy policy;
    private final List<Runnable> kept = new ArrayList<>();
    private final List<Notice> notices = new ArrayList<>();
    private Optional<Snapshots> wholeSnapshots = Optional.empty();

    private record Counts(long rejected, long duplicates, Map<String, Long> byCode) {}

    private Reading(
            SparkSession spark,
            SourceSpec source,
            Map<Unit, List<LandedFile>> take,
            Collection<LedgerEntry> ledger,
            Supplier<Optional<Dataset<Row>>> before,
            Optional<Reprocessing> reprocess,
            Optional<SourceBatch> beside,
            SplitPolicy policy) {
        this.spark = spark;
        this.source = source;
        this.take = new TreeMap<>(take);
        this.ledger = ledger;
        this.before = before;
        this.restated = new OverwriteDiff(source, take, ledger);
        this.reprocess = reprocess;
        this.beside = beside;
        this.policy = policy;
    }

    /** {@link #read(SparkSession, SourceSpec, Map, String, Collection, Supplier)} of a source that took nothing yet. */
    public static SourceBatch read(
            SparkSession spark, SourceSpec source, Map<Unit, List<LandedFile>> take, String landingRoot) {
        return read(spark, source, take, landingRoot, List.of(), Optional::empty);
    }

    /**
     * Reads what the units take. The session's time zone must be UTC.
     *
     * @param take as {@code FileAssignment} gives it; units without files are allowed
     * @param ledger what was taken before, to know content that comes again under another name
     * @param before bronze of the source, if there is one, as {@link #traced} gives it where records were mended: to know
     *     the keys that a snapshot no longer has, and what an overwritten file said before; asked for when needed
     * @throws PenstockException {@code PEN-ING-016} and {@code PEN-ING-017} when a file changed or went since it was
     *     listed, {@code PEN-ING-023} for one too large to parse whole that may not be cut
     */
    public static SourceBatch read(
            SparkSession spark,
            SourceSpec source,
            Map<Unit, List<LandedFile>> take,
            String landingRoot,
            Collection<LedgerEntry> ledger,
            Supplier<Optional<Dataset<Row>>> before) {
        return read(spark, source, take, landingRoot, ledger, before, SplitPolicy.USUAL);
    }

    static SourceBatch read(
            SparkSession spark,
            SourceSpec source,
            Map<Unit, List<LandedFile>> take,
            String landingRoot,
            Collection<LedgerEntry> ledger,
            Supplier<Optional<Dataset<Row>>> before,
            SplitPolicy policy) {
        return new Reading(spark, source, take, ledger, before, Optional.empty(), Optional.empty(), policy)
                .read(landingRoot);
    }

    /**
     * Reads mended records and files among those that the units take.
     *
     * @param take files of which {@link Reprocessing#is} is true
     * @param before bronze of the source, if there is one
     * @param rejects as {@link Reprocessing#rejects} gives them
     * @param beside what else these units take of the source
     * @return one for files of records, one for whole files; without those that there is nothing for
     */
    public static List<SourceBatch> reprocess(
            SparkSession spark,
            SourceSpec source,
            Map<Unit, List<LandedFile>> take,
            String landingRoot,
            Collection<LedgerEntry> ledger,
            Supplier<Optional<Dataset<Row>>> before,
            Dataset<Row> rejects,
            SourceBatch beside) {
        return reprocess(spark, source, take, landingRoot, ledger, before, rejects, beside, SplitPolicy.USUAL);
    }

    static List<SourceBatch> reprocess(
            SparkSession spark,
            SourceSpec source,
            Map<Unit, List<LandedFile>> take,
            String landingRoot,
            Collection<LedgerEntry> ledger,
            Supplier<Optional<Dataset<Row>>> before,
            Dataset<Row> rejects,
            SourceBatch beside,
            SplitPolicy policy) {
        List<SourceBatch> read = new ArrayList<>();
        Map<String, UnitId> superseded =
                versions(source, take.keySet(), ledger, beside.files().stream()).superseded();
        for (Reprocessing reprocess :
                List.of(Reprocessing.ofRecords(rejects, superseded), Reprocessing.ofFiles(rejects, superseded))) {
            Map<Unit, List<LandedFile>> own = new TreeMap<>();
            take.forEach((unit, files) ->
                    own.put(unit, files.stream().filter(reprocess::takes).toList()));
            if (own.values().stream().anyMatch(files -> !files.isEmpty())) {
                read.add(new Reading(
                                spark, source, own, ledger, before, Optional.of(reprocess), Optional.of(beside), policy)
                        .read(landingRoot));
            }
        }
        return read;
    }

    /**
     * Bronze whose rows say of which file's rejected record they are the mended one, if of any.
     *
     * @param replayed as {@link SourceBatch#replaced()} gives it
     */
    public static Dataset<Row> traced(Dataset<Row> bronze, Dataset<Row> replayed) {
        Dataset<Row> repaired = replayed.select(
                        col("by_row_id").as("_row_id"), Reprocessing.landedIn().as(OverwriteDiff.REPAIRED))
                .dropDuplicates("_row_id");
        return bronze.join(functions.broadcast(repaired), DerivedDeletes.sequence("_row_id"), "left");
    }

    private SourceBatch read(String landingRoot) {
        try {
            return run(landingRoot);
        } catch (RuntimeException e) {
            kept.forEach(Runnable::run);
            throw e;
        }
    }

    private SourceBatch run(String landingRoot) {
        FileFrames frames = new FileFrames(
                spark, reprocess.map(repaired -> repaired.parsed(source)).orElse(source), policy);
        Dataset<Row> parsed = typed(frames.of(take, landingRoot));
        Dataset<Row> judged = reprocess.isPresent()
                ? keep(needed(settled(reprocess.get(), parsed, frames)))
                : inPages(needed(new RecordShaping(source, restated::knownAt).of(parsed)));
        Map<String, FileMarker> markers = markers(judged, frames);
        Dataset<Row> frame = FileFrames.withoutRejected(judged, markers.values());
        Map<String, FileFact> files = files(markers, frames.format());
        List<String> duplicateFiles = files.values().stream()
                .filter(file -> file.state().equals(FileFact.DUPLICATE))
                .map(FileFact::fileId)
                .toList();
        Dataset<Row> records = frame.filter(col("_marker").equalTo(false));
        if (!duplicateFiles.isEmpty()) {
            records = records.filter(functions.not(col("_file_id").isInCollection(duplicateFiles)));
        }
        Dataset<Row> within = hasConflicts()
                ? new KeyConflicts(spark, source, this::keep)
                        .of(
                                records,
                                files.values().stream()
                                        .mapToLong(FileFact::rowsIn)
                                        .sum())
                : records.withColumn("_outcome", lit(null).cast("string"));
        NewColumns undeclared = NewColumns.of(source, markers.values(), BronzeColumns.SYSTEM);
        undeclared.notice().ifPresent(notices::add);
        Map<String, String> fresh = undeclared.kept();
        Optional<Dataset<Row>> restating =
                reprocess.isPresent() || restated.isEmpty() ? Optional.empty() : before.get();
        Dataset<Row> compared = restating
                .map(bronze -> keep(restated.compared(within, bronze, KeyConflicts.DUPLICATE, fresh)))
                .orElse(within);
        Map<String, Counts> counts = counts(compared);
        List<FileFact> facts =
                files.values().stream().map(file -> counted(file, counts)).toList();
        tell(facts, counts);
        Dataset<Row> bronze = bronze(compared, fresh);
        Optional<Dataset<Row>> derived = derived(bronze, compared, restating, facts);
        Optional<Losses> losses = derived.map(rows -> new Losses(source, rows, known(), bronze));
        return new SourceBatch(
                derived.map(rows -> bronze.unionByName(rows, true)).orElse(bronze),
                quarantine(frame, compared),
                facts,
                units(facts, counts, losses),
                List.copyOf(fresh.keySet()),
                List.copyOf(notices),
                reprocess.map(repaired -> repaired.replaced(source, taken(compared))),
                List.copyOf(kept));
    }

    /** Mended records are ranked among each other: those of a file that is rejected must be out of it before. */
    private Dataset<Row> settled(Reprocessing repaired, Dataset<Row> parsed, FileFrames frames) {
        Dataset<Row> own = parsed;
        if (frames.mayEndRejected()) {
            Dataset<Row> again = keep(parsed);
            own = FileFrames.withoutRejected(again, markers(again, frames).values());
        }
        Dataset<Row> settled = repaired.settled(new RecordShaping(source, declared -> repaired.knownAt())
                .of(repaired.traced(own, frames.format().isOrderedByVersion())));
        return hasConflicts() && repaired.mayBeKnown()
                ? before.get()
                        .map(bronze -> repaired.withoutKnown(settled, bronze, source.key()))
                        .orElse(settled)
                : settled;
    }

    private static Map<String, FileMarker> markers(Dataset<Row> frame, FileFrames frames) {
        List<FileMarker> markers = frame
                .filter(col("_marker"))
                .select(FileMarker.COLUMNS.stream().map(functions::col).toArray(Column[]::new))
                .collectAsList()
                .stream()
                .map(FileMarker::of)
                .toList();
        return FileMarker.byFile(markers, frames.format());
    }

    /** Instants and dates travel as numbers, since what Spark takes for them depends on the session. */
    private Dataset<Row> typed(Dataset<Row> frame) {
        List<Column> columns = new ArrayList<>();
        for (String name : frame.columns()) {
            ColumnSpec column = source.columns().get(name);
            Values.Kind kind = column == null ? Values.Kind.STRING : Values.Kind.of(column.type());
            columns.add(
                    switch (kind) {
                        case TIMESTAMP -> functions.timestamp_micros(col(name)).as(name);
                        case DATE -> functions.date_from_unix_date(col(name)).as(name);
                        default -> col(name);
                    });
        }
        columns.add(UnitColumn.ofOrdinal(col("unit_ordinal"), hasDates()).as("unit"));
        return frame.select(columns.toArray(Column[]::new));
    }

    private boolean hasDates() {
        return take.keySet().stream().allMatch(unit -> unit.id().isDate());
    }

    /** What the kept frame is asked for: what good records say only where they may turn out to be in conflict. */
    private Dataset<Row> needed(Dataset<Row> judged) {
        Dataset<Row> frame = judged.drop("_cut", "_stamp", "_unless_withdrawn");
        if (hasConflicts()) {
            return frame;
        }
        Column isRejected = col("_code").isNotNull();
        return frame.withColumns(
                Map.of("_raw", when(isRejected, col("_raw")), "_image", when(isRejected, col("_image"))));
    }

    private boolean hasConflicts() {
        return source.mode() == SourceSpec.Mode.APPEND && !source.key().isEmpty();
    }

    // Results.

    private Dataset<Row> bronze(Dataset<Row> compared, Map<String, String> fresh) {
        List<Column> columns = new ArrayList<>();
        source.columns().keySet().forEach(column -> columns.add(col(column)));
        source.derive().keySet().stream()
                .filter(column -> !source.columns().containsKey(column))
                .forEach(column -> columns.add(col(column)));
        BronzeColumns.SYSTEM.forEach(column -> columns.add(col(column)));
        fresh.forEach((column, name) -> columns.add(col("_extra").getItem(name).as(column)));
        return taken(compared).select(columns.toArray(Column[]::new));
    }

    private static Dataset<Row> taken(Dataset<Row> compared) {
        return compared.filter(col("_code").isNull().and(col("_outcome").isNull()));
    }

    /** Rows that no record stands for. */
    private Optional<Dataset<Row>> derived(
            Dataset<Row> bronze, Dataset<Row> compared, Optional<Dataset<Row>> restating, List<FileFact> facts) {
        if (source.mode() == SourceSpec.Mode.APPEND || facts.isEmpty()) {
            return Optional.empty();
        }
        List<Dataset<Row>> derived = new ArrayList<>();
        corrections(bronze, compared, restating, facts).ifPresent(rows -> derived.add(keep(rows)));
        if (source.mode() == SourceSpec.Mode.SNAPSHOT) {
            Dataset<Row> own = derived.stream().reduce(bronze, (one, next) -> one.unionByName(next, true));
            withdrawnBySnapshots(own, facts).ifPresent(gone -> derived.add(keep(gone)));
        }
        return derived.stream().reduce((one, next) -> one.unionByName(next, true));
    }

    private Optional<Dataset<Row>> corrections(
            Dataset<Row> bronze, Dataset<Row> compared, Optional<Dataset<Row>> restating, List<FileFact> facts) {
        FileVersions versions = versions(
                source,
                take.keySet(),
                ledger,
                Stream.concat(beside.stream().flatMap(read -> read.files().stream()), facts.stream()));
        boolean mayBeBelow = !source.isOrderedByLanding()
                || reprocess.isPresent()
                || facts.stream().anyMatch(file -> versions.reach(file.file().landed()));
        Corrections corrections = new Corrections(
                source,
                versions,
                take.keySet(),
                restating.isPresent() ? restated.taken(facts) : List.of(),
                mayBeBelow,
                beside.map(SourceBatch::bronze),
                this::keep);
        if (corrections.isEmpty()) {
            return Optional.empty();
        }
        return (restating.isPresent() ? restating : before.get())
                .flatMap(earlier -> corrections.of(
                        restated.said(compared),
                        restating.map(restated::last).orElse(earlier),
                        earlier,
                        reprocess
                                .map(repaired -> traced(bronze, repaired.replaced(source, taken(compared))))
                                .orElse(bronze)));
    }

    /** By what units said that are not read now, and what those say now. */
    private static FileVersions versions(
            SourceSpec source, Set<Unit> units, Collection<LedgerEntry> ledger, Stream<FileFact> facts) {
        Set<UnitId> taking = units.stream().map(Unit::id).collect(Collectors.toSet());
        return FileVersions.of(
                source.name(),
                Stream.concat(
                                ledger.stream().filter(entry -> !taking.contains(entry.unit())),
                                facts.map(file -> file.ledgerEntry("")))
                        .toList());
    }

    private Optional<Dataset<Row>> withdrawnBySnapshots(Dataset<Row> own, List<FileFact> facts) {
        Set<UnitId> taking = take.keySet().stream().map(Unit::id).collect(Collectors.toSet());
        Snapshots snapshots = new Snapshots(
                ledger.stream()
                        .filter(entry -> entry.source().equals(source.name()))
                        .toList(),
                taking,
                beside.map(SourceBatch::files).orElse(facts));
        if (beside.isEmpty()) {
            notices.addAll(snapshots.notices());
        }
        if (snapshots.all().isEmpty()) {
            return Optional.empty();
        }
        wholeSnapshots = Optional.of(snapshots);
        Optional<Dataset<Row>> known = known().stream().reduce((one, next) -> one.unionByName(next, true));
        return Optional.of(new Deletes(source, snapshots, take.keySet(), reprocess.isPresent())
                .of(own, known.orElse(null), reprocess.isPresent() ? firstSequence(own) : snapshots.from()));
    }

    private static String firstSequence(Dataset<Row> rows) {
        String first = rows.agg(functions.min("_sequence")).first().getString(0);
        return first == null ? "" : first;
    }

    /** Rows of other units, and what these units take in another pass. */
    private List<Dataset<Row>> known() {
        List<Object> taking =
                take.keySet().stream().map(unit -> unit.id().cell()).toList();
        Optional<Dataset<Row>> others = before.get()
                .map(bronze -> bronze.filter(functions.not(col("unit").isInCollection(taking))));
        return Stream.concat(others.stream(), beside.map(SourceBatch::bronze).stream())
                .toList();
    }

    private Dataset<Row> quarantine(Dataset<Row> frame, Dataset<Row> compared) {
        String key = String.join(", ", source.key());
        Dataset<Row> conflicts = compared.withColumns(Map.of(
                "_code", outcome(col("_code"), CODES.get(KeyConflicts.CONFLICT), CODES.get(OverwriteDiff.CHANGED)),
                "_rule", outcome(col("_rule"), "unique(" + key + ")", "append"),
                "_reason",
                        outcome(
                                col("_reason"),
                                "The key " + key + " occurs in the unit with different values",
                                OverwriteDiff.reason(key))));
        return rejects(frame.filter(col("_marker"))).unionByName(rejects(conflicts));
    }

    private static Column outcome(Column otherwise, String conflict, String changed) {
        return when(col("_outcome").equalTo(KeyConflicts.CONFLICT), lit(conflict))
                .when(col("_outcome").equalTo(OverwriteDiff.CHANGED), lit(changed))
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
                        functions
                                .coalesce(col("_raw"), JSON.apply(col("_image")))
                                .substr(1, SourceFormat.LONGEST_RAW)
                                .as("raw"));
    }

    private Map<String, FileFact> files(Map<String, FileMarker> read, SourceFormat format) {
        DuplicateContent repeats = new DuplicateContent(
                source, ledger, take.keySet().stream().map(Unit::id).collect(Collectors.toSet()), restated.paths());
        take.forEach((unit, landed) -> landed.forEach(file -> {
            FileMarker marker = read.get(file.path());
            if (marker.reject() == null && marker.records() > 0) {
                repeats.lands(unit, file, marker.sha256());
            }
        }));
        Map<String, FileFact> files = new LinkedHashMap<>();
        take.forEach((unit, landed) -> {
            for (LandedFile file : landed.stream().sorted().toList()) {
                FileMarker marker = read.get(file.path());
                String sha256 = marker.sha256();
                long records = marker.records();
                String code = marker.reject() == null ? "" : marker.reject().code();
                String reason = marker.reject() == null ? "" : marker.reject().reason();
                stopIfUnsteady(file, code, reason);
                boolean isRestated = restated.has(file.path()) && source.mode() != SourceSpec.Mode.APPEND;
                if (isRestated || !code.isEmpty()) {
                    repeats.forget(unit, file);
                }
                boolean mayRepeat = format.isRepeatedByContent() && !isRestated;
                String twin = code.isEmpty() && records > 0 && mayRepeat
                        ? repeats.of(unit, file, sha256).orElse(null)
                        : null;
                String state =
                        twin != null ? FileFact.DUPLICATE : code.isEmpty() ? FileFact.TAKEN : FileFact.QUARANTINED;
                if (twin != null) {
                    code = ErrorCode.DUPLICATE_CONTENT.code();
                    reason = "The same content as was taken from " + twin;
                }
                files.put(
                        file.path(),
                        new FileFact(
                                unit,
                                file,
                                marker.fileId(),
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
            Optional<TableFile> ofTable = TableFile.of(file.path());
            throw new PenstockException(
                    ErrorCode.of(code),
                    ofTable.map(one -> "Cannot read a file of version " + one.version() + " of a table: it is gone")
                            .orElse("Cannot read a file that was listed: it is gone"),
                    ofTable.map(TableFile::location).orElse(file.path()),
                    ofTable.isPresent()
                            ? "Restore the table's file and run again, or leave the unit out of the range of units"
                            : "Restore the file and run again; without it, the next run takes what is there");
        }
        if (code.equals(FileTask.CHANGED)) {
            throw new PenstockException(
                    ErrorCode.of(code),
                    "Cannot read a file that is still changing: " + reason,
                    file.path(),
                    "Let files land under another name and rename them when complete, then run again",
                    null);
        }
    }

    private static Map<String, Counts> counts(Dataset<Row> compared) {
        Map<String, Counts> counts = new HashMap<>();
        for (Row row : compared.filter(
                        col("_code").isNotNull().or(col("_outcome").isNotNull()))
                .groupBy(col("_path"), col("_code"), col("_outcome"))
                .count()
                .collectAsList()) {
            boolean isDuplicate = KeyConflicts.DUPLICATE.equals(row.getString(2));
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

    private Map<UnitId, UnitFacts> units(List<FileFact> facts, Map<String, Counts> counts, Optional<Losses> losses) {
        Map<UnitId, Long> withdrawn = losses.map(Losses::withdrawn).orElse(Map.of());
        Map<UnitId, List<UnitFacts.Loss>> beyond = losses.map(all -> all.beyond(stamp ->
                        wholeSnapshots.map(known -> known.rowsBefore(stamp)).orElse(0L)))
                .orElse(Map.of());
        Map<UnitId, UnitFacts> units = new TreeMap<>();
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
                    unit.id(),
                    new UnitFacts(
                            unit,
                            own.size(),
                            own.stream().mapToLong(FileFact::rowsIn).sum() + bad,
                            own.stream().mapToLong(FileFact::rowsOut).sum(),
                            own.stream().mapToLong(FileFact::rejected).sum(),
                            own.stream().mapToLong(FileFact::duplicates).sum(),
                            bad,
                            withdrawn.getOrDefault(unit.id(), 0L),
                            byCode,
                            beyond.getOrDefault(unit.id(), List.of())));
        }
        return units;
    }

    private void tell(List<FileFact> facts, Map<String, Counts> counts) {
        for (FileFact file : facts) {
            if (!file.code().isEmpty()) {
                notices.add(new Notice(file.code(), file.file().path(), file.reason()));
            } else if (file.rowsIn() == 0) {
                notices.add(new Notice(
                        ErrorCode.FILE_WITHOUT_RECORDS.code(),
                        file.file().path(),
                        "The file has a header and no records"));
            }
        }
        long duplicates = counts.values().stream().mapToLong(Counts::duplicates).sum();
        if (duplicates > 0) {
            notices.add(new Notice(
                    ErrorCode.EXACT_DUPLICATE.code(), source.name(), duplicates + " exact duplicates were dropped"));
        }
    }

    /** What was read of the files themselves, by far the most. */
    private Dataset<Row> inPages(Dataset<Row> parsed) {
        RowPages pages = RowPages.keep(spark, parsed, "records of " + source.name());
        kept.add(pages::forget);
        return pages.rows();
    }

    /** Kept uncompressed: rows are read once or twice, and trying encodings on every value costs more than it saves. */
    private Dataset<Row> keep(Dataset<Row> dataset) {
        Option<String> before = spark.conf().getOption(COMPRESSED);
        spark.conf().set(COMPRESSED, "false");
        try {
            Dataset<Row> cached = dataset.persist(StorageLevel.MEMORY_AND_DISK());
            kept.add(() -> cached.unpersist(false));
            return cached;
        } finally {
            if (before.isDefined()) {
                spark.conf().set(COMPRESSED, before.get());
            } else {
                spark.conf().unset(COMPRESSED);
            }
        }
    }
}
