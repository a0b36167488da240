package io.penstock.ingestion.read;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.when;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.core.Unit;
import io.penstock.core.config.ColumnSpec;
import io.penstock.core.config.SourceSpec;
import io.penstock.ingestion.contract.Values;
import io.penstock.ingestion.format.FileRows;
import io.penstock.ingestion.format.FileTask;
import io.penstock.ingestion.format.FileText;
import io.penstock.ingestion.format.ReadTask;
import io.penstock.ingestion.format.RejectedTask;
import io.penstock.ingestion.format.SourceFormat;
import io.penstock.ingestion.format.SourceFormats;
import io.penstock.ingestion.format.SplitPlan;
import io.penstock.ingestion.format.SplitPolicy;
import io.penstock.ingestion.format.SplitTask;
import io.penstock.ingestion.landing.LandedFile;
import io.penstock.ingestion.landing.LandingStamp;
import io.penstock.ingestion.landing.TableFile;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Spliterators;
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
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Landed files as a frame: one row per record, and one marker row per file or split. Small files share a task. A large file
 * that may be split is planned by a job before, and each of its splits is read by a task of its own.
 */
final class FileFrames {
    private static final long SLICE_BYTES = 16L << 20;
    /** What opening a file costs, in bytes of parsing. */
    private static final long OPEN_BYTES = 64L << 10;

    private final SparkSession spark;
    private final SourceSpec landed;
    private final SplitPolicy policy;
    private final SourceFormat format;
    private final JavaSparkContext context;
    private final Broadcast<SerializableConfiguration> hadoop;

    private boolean mayEndRejected;

    private record Slice(List<ReadTask> tasks) implements Serializable {}

    /** @param landed the source as its files hold it */
    FileFrames(SparkSession spark, SourceSpec landed, SplitPolicy policy) {
        this.spark = spark;
        this.landed = landed;
        this.policy = policy;
        this.format = SourceFormats.of(landed);
        this.context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        this.hadoop = context.broadcast(
                new SerializableConfiguration(spark.sessionState().newHadoopConf()));
    }

    /** Whether a file may be rejected that gives records before: it is cut, or decoded page by page. */
    boolean mayEndRejected() {
        return mayEndRejected;
    }

    SourceFormat format() {
        return format;
    }

    /**
     * @param take files by the unit that takes them
     * @throws PenstockException {@code PEN-ING-023} for a file that is too large to be parsed whole and may not be cut
     */
    Dataset<Row> of(Map<Unit, List<LandedFile>> take, String landingRoot) {
        List<FileTask> files = new ArrayList<>();
        take.forEach((unit, taken) -> taken.stream()
                .sorted()
                .forEach(file -> files.add(FileTask.of(unit, file, landingRoot, sequence(file)))));
        return frame(tasks(files));
    }

    private String sequence(LandedFile file) {
        return TableFile.of(file.path())
                .filter(ofTable -> format.isOrderedByVersion())
                .map(TableFile::sequence)
                .orElseGet(() -> LandingStamp.of(file.landed()));
    }

    private List<ReadTask> tasks(List<FileTask> files) {
        files.stream().filter(file -> !mayCut(file)).forEach(FileFrames::requireSmall);
        Map<String, SplitPlan> plans = plans(files.stream().filter(this::mayCut).toList());
        List<ReadTask> tasks = new ArrayList<>();
        for (FileTask file : files) {
            SplitPlan plan = plans.getOrDefault(file.path(), SplitPlan.unsplit());
            if (plan.isUnsplit()) {
                requireSmall(file);
                mayEndRejected |= format.mayEndRejected();
                tasks.add(file);
            } else if (plan.reject() != null) {
                tasks.add(new RejectedTask(file, plan.whole().sha256(), plan.reject()));
            } else {
                mayEndRejected = true;
                plan.splits().forEach(split -> tasks.add(new SplitTask(file, plan.whole(), split)));
            }
        }
        return tasks;
    }

    private boolean mayCut(FileTask file) {
        return policy.maySplit(format, file.path(), file.bytes());
    }

    private static void requireSmall(FileTask file) {
        if (file.bytes() >= FileText.LARGEST) {
            throw new PenstockException(
                    ErrorCode.FILE_TOO_LARGE,
                    "Cannot parse a file of " + file.bytes() + " bytes (at most " + FileText.LARGEST + "; "
                            + FileText.MAY_BE_LARGER + ")",
                    file.path(),
                    "Land it in several files, or as plain text in UTF-8; Parquet with smaller row groups");
        }
    }

    private Map<String, SplitPlan> plans(List<FileTask> big) {
        Map<String, SplitPlan> plans = new HashMap<>();
        if (!big.isEmpty()) {
            Broadcast<SerializableConfiguration> configuration = hadoop;
            SourceFormat own = format;
            SplitPolicy cut = policy;
            List<SplitPlan> found = context.parallelize(big, big.size())
                    .map(file -> file.plan(configuration.value().value(), own, cut))
                    .collect();
            for (int i = 0; i < big.size(); i++) {
                plans.put(big.get(i).path(), found.get(i));
            }
        }
        return plans;
    }

    private Dataset<Row> frame(List<ReadTask> tasks) {
        List<Slice> slices = slices(tasks, spark.sparkContext().defaultParallelism());
        Broadcast<SerializableConfiguration> configuration = hadoop;
        SourceFormat own = format;
        int columns = landed.columns().size();
        StructType schema = schema(landed);
        // A stream's flatMap would hold all records of a slice before it gave the first.
        JavaRDD<InternalRow> rows = context.parallelize(slices, Math.max(1, slices.size()))
                .flatMap(slice -> slice.tasks().iterator())
                .flatMap(task -> task.rows(configuration.value().value(), own, columns))
                .mapPartitions(
                        some -> stream(some).map(new InternalRows(schema)::of).iterator());
        return spark.internalCreateDataFrame(rows.rdd(), schema, false);
    }

    private static StructType schema(SourceSpec landed) {
        StructType schema = StructType.fromDDL(FileRows.FRAME);
        for (ColumnSpec column : landed.columns().values()) {
            schema = schema.add(column.name(), parsedType(Values.Kind.of(column.type())));
        }
        return schema;
    }

    private static String parsedType(Values.Kind kind) {
        return switch (kind) {
            case TIMESTAMP -> "long";
            case DATE -> "int";
            default -> kind.name().toLowerCase(Locale.ROOT);
        };
    }

    private static <T> Stream<T> stream(Iterator<T> some) {
        return StreamSupport.stream(Spliterators.spliteratorUnknownSize(some, 0), false);
    }

    /** Neighbouring files together, about equal in bytes, at least four slices per core while there are files. */
    private static List<Slice> slices(List<ReadTask> tasks, int parallelism) {
        long total = tasks.stream().mapToLong(FileFrames::cost).sum();
        long each = Math.max(OPEN_BYTES, Math.min(SLICE_BYTES, total / (4L * parallelism) + 1));
        List<Slice> slices = new ArrayList<>();
        List<ReadTask> open = new ArrayList<>();
        long filled = 0;
        for (ReadTask task : tasks) {
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

    private static long cost(ReadTask task) {
        return task.bytes() + OPEN_BYTES;
    }

    /** Of each file that is read in pieces and is rejected, one row for the file and none for a record; all others as they are. */
    static Dataset<Row> withoutRejected(Dataset<Row> frame, Collection<FileMarker> files) {
        List<FileMarker> rejected = files.stream()
                .filter(file -> file.isSplit() && file.reject() != null)
                .toList();
        if (rejected.isEmpty()) {
            return frame;
        }
        Column isRejected = col("_path")
                .isInCollection(rejected.stream().map(FileMarker::path).toList());
        Column isFirst = col("_marker").and(col("_split.number").equalTo(1));
        Column code = col("_code");
        Column rule = col("_rule");
        Column reason = col("_reason");
        for (FileMarker file : rejected) {
            Column isOf = col("_path").equalTo(file.path());
            code = when(isOf, lit(file.reject().code())).otherwise(code);
            rule = when(isOf, lit(file.reject().rule())).otherwise(rule);
            reason = when(isOf, lit(file.reject().reason())).otherwise(reason);
        }
        return frame.filter(not(isRejected).or(isFirst))
                .withColumns(Map.of("_code", code, "_rule", rule, "_reason", reason));
    }
}
