package io.penstock.ingestion.repair;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.concat_ws;
import static org.apache.spark.sql.functions.dense_rank;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.regexp_extract;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.substring_index;
import static org.apache.spark.sql.functions.timestamp_micros;
import static org.apache.spark.sql.functions.to_timestamp;
import static org.apache.spark.sql.functions.unix_micros;
import static org.apache.spark.sql.functions.when;

import io.penstock.core.ErrorCode;
import io.penstock.core.UnitId;
import io.penstock.core.config.ColumnSpec;
import io.penstock.core.config.SourceSpec;
import io.penstock.ingestion.landing.LandedFile;
import io.penstock.ingestion.landing.Landing;
import io.penstock.ingestion.landing.ReprocessingPath;
import io.penstock.ingestion.landing.TableFile;
import io.penstock.ingestion.versions.DerivedDeletes;
import io.penstock.ingestion.versions.FileVersions;
import io.penstock.ingestion.versions.OverwriteDiff;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;

/**
 * Takes repaired records and files in place of rejected ones. They land below {@code replay/<source>/} (see {@link
 * ReprocessingPath}). Each names what it replaces, and replaces it once. What it says becomes known at the cut of the unit that
 * takes it; among the versions of its key it has the place of what it replaces.
 *
 * <p>A file of records has a column {@code _replaces} with {@code <_file_id>:<position>} of the rejected record. A file named
 * {@code file-<_file_id>.…} replaces the whole file.
 */
public final class Reprocessing {
    /** Column of a file of records that says which rejected record each replaces. */
    public static final String COLUMN = "_replaces";

    private static final String WHOLE_ID = "/file-([0-9a-f]{16})[.][^/]*$";
    private static final String LINK = "[0-9a-f]{16}:[0-9]{1,18}";
    private static final String STAMP = "yyyyMMdd'T'HHmmss'Z'";

    private final Dataset<Row> rejects;
    private final Map<String, UnitId> superseded;
    private final boolean isWhole;

    private Reprocessing(Dataset<Row> rejects, Map<String, UnitId> superseded, boolean isWhole) {
        this.rejects = rejects;
        this.superseded = superseded;
        this.isWhole = isWhole;
    }

    /**
     * Of files that replace rejected ones as a whole.
     *
     * @param rejects by {@link #rejects}
     * @param superseded by {@link FileVersions#superseded()}
     */
    public static Reprocessing ofFiles(Dataset<Row> rejects, Map<String, UnitId> superseded) {
        return new Reprocessing(rejects, superseded, true);
    }

    /** Of files whose records say what they replace. */
    public static Reprocessing ofRecords(Dataset<Row> rejects, Map<String, UnitId> superseded) {
        return new Reprocessing(rejects, superseded, false);
    }

    /** Where mended records of a source land, as a source of its own. */
    private static SourceSpec landing(SourceSpec source) {
        return source.landing(ReprocessingPath.pattern(source.name()));
    }

    /** What lies there; without a word where nothing was ever mended. */
    public static Landing.Discovery discover(Configuration hadoop, String landingRoot, SourceSpec source) {
        Landing.Discovery found = Landing.discover(hadoop, landingRoot, landing(source));
        return new Landing.Discovery(
                found.files(),
                found.notices().stream()
                        .filter(notice -> !Landing.NOTHING.contains(notice.code()))
                        .toList(),
                List.of(),
                List.of());
    }

    /** Of quarantine: whether a row is of a mended file. What such a row was to replace stays open, and it is not open itself. */
    public static Column isRepaired() {
        return col("path").startsWith(concat(lit(ReprocessingPath.FOLDER), col("source"), lit("/")));
    }

    /** Of what was replaced: the id of the file that landed, also where the record was of one that had replaced the whole. */
    public static Column landedIn() {
        Column whole = regexp_extract(col("path"), WHOLE_ID, 1);
        return when(isRepaired().and(whole.notEqual("")), whole).otherwise(col("_file_id"));
    }

    public boolean takes(LandedFile file) {
        return ReprocessingPath.is(file) && ReprocessingPath.isWhole(file) == isWhole;
    }

    /**
     * What may be replaced: {@code _link}, {@code _origin} the path it came in, {@code _landed_in} the path of the landed file
     * that it is of, {@code _of} the id of that, {@code _again} the unit that replaced it already or NULL, {@code _was_known}
     * whether its key was taken already.
     *
     * @param quarantine of earlier units
     * @param replayed what they replaced, if anything: by {@link #replaced}
     */
    public static Dataset<Row> rejects(Dataset<Row> quarantine, Optional<Dataset<Row>> replayed) {
        Dataset<Row> all = quarantine
                .select(
                        link().as("_link"),
                        col("path").as("_origin"),
                        isRepaired().as("_mended"),
                        col("_file_id").as("_of"),
                        col("code").equalTo(OverwriteDiff.CODE).as("_was_known"))
                .dropDuplicates("_link");
        Dataset<Row> landed =
                all.filter(functions.not(col("_mended"))).drop("_mended").withColumn("_landed_in", col("_origin"));
        if (replayed.isEmpty()) {
            return landed.withColumn("_again", lit(null).cast("string"));
        }
        Dataset<Row> again = replayed.get()
                .groupBy(link().as("_link"))
                .agg(functions.min("unit").as("_again"));
        Dataset<Row> within = all.filter(col("_mended")).drop("_mended", "_of").join(wholes(replayed.get()), "_origin");
        return landed.unionByName(within).join(again, DerivedDeletes.sequence("_link"), "left");
    }

    /**
     * Mended files that replaced rejected ones as a whole: {@code _origin} the path of a mended one, {@code _of} and {@code
     * _landed_in} the id and the path of what it replaced. What is wrong in it is open like any other record.
     */
    public static Dataset<Row> wholes(Dataset<Row> replayed) {
        return replayed.filter(col("position").isNull())
                .select(
                        col("by_path").as("_origin"),
                        col("_file_id").as("_of"),
                        col("path").as("_landed_in"))
                .dropDuplicates("_origin");
    }

    private static Column link() {
        return concat(
                col("_file_id"), lit(":"), coalesce(col("position"), lit(0L)).cast("string"));
    }

    /** What the files hold: the source's columns, and what each record replaces. */
    public SourceSpec parsed(SourceSpec source) {
        return isWhole
                ? source
                : source.with(new ColumnSpec(
                        COLUMN, "string", true, List.of(), List.of(), Optional.of(LINK), OptionalInt.empty(), ""));
    }

    /**
     * Adds what {@link #rejects} says, and {@code _since} the unit that took what the file says now; stamp and landing become
     * those of what is replaced.
     *
     * @param isVersioned whether that is ordered as versions of a table
     */
    public Dataset<Row> traced(Dataset<Row> frame, boolean isVersioned) {
        Column link = isWhole ? concat(regexp_extract(col("_path"), WHOLE_ID, 1), lit(":0")) : col(COLUMN);
        Dataset<Row> linked = frame.withColumn("_link", when(col("_marker").equalTo(false), link));
        List<Row> since = superseded.entrySet().stream()
                .map(file -> RowFactory.create(file.getKey(), file.getValue().toString()))
                .toList();
        Dataset<Row> overwritten = functions.broadcast(
                frame.sparkSession().createDataFrame(since, StructType.fromDDL("_of string, _since string")));
        Dataset<Row> traced = linked.join(rejects, DerivedDeletes.sequence("_link"), "left")
                .join(overwritten, DerivedDeletes.sequence("_of"), "left");
        Column found = regexp_extract(col("_landed_in"), ".*landed=([0-9]{8}T[0-9]{6}Z)/", 1);
        Column stamp = when(found.notEqual(""), found);
        Column version = regexp_extract(col("_landed_in"), "/_version=([0-9]{1,18})/landed=", 1);
        Column sequence = isVersioned ? concat(stamp, lit("."), functions.lpad(version, TableFile.DIGITS, "0")) : stamp;
        return traced.withColumn("_stamp", coalesce(sequence, col("_stamp")))
                .withColumn("_landed", coalesce(unix_micros(to_timestamp(stamp, STAMP)), col("_landed")));
    }

    /** When it became known. */
    public Column knownAt() {
        return timestamp_micros(col("_cut"));
    }

    /** Rejects what replaces nothing, something that is replaced already, or what its file does not say any more. */
    public Dataset<Row> settled(Dataset<Row> judged) {
        Column isGood = col("_marker").equalTo(false).and(col("_code").isNull());
        var order = Window.partitionBy(col("_link"), isGood).orderBy("_path", "_position");
        Dataset<Row> ranked = judged.withColumn(
                "_nth",
                isWhole
                        ? dense_rank()
                                .over(Window.partitionBy(col("_link"), isGood).orderBy("_path"))
                        : row_number().over(order));
        Column again = col("_again").isNotNull();
        Column since = col("_since").isNotNull();
        Column code = when(isGood.and(col("_origin").isNull()), lit(ErrorCode.UNKNOWN_REJECT.code()))
                .when(isGood.and(again.or(since).or(col("_nth").gt(1))), lit(ErrorCode.REJECT_REPLACED_ALREADY.code()))
                .otherwise(col("_code"));
        Column isNew = col("_code").isNull().and(code.isNotNull());
        Column reason = when(
                        isNew.and(col("_origin").isNull()), concat(lit("No record was rejected as "), col("_link")))
                .when(
                        isNew.and(again),
                        concat_ws(
                                "",
                                col("_link"),
                                lit(" was replaced by unit "),
                                col("_again").cast("string"),
                                lit(" already")))
                .when(
                        isNew.and(since),
                        concat_ws(
                                "",
                                col("_link"),
                                lit(" is of what its file does not hold any more: it was overwritten, and unit "),
                                col("_since").cast("string"),
                                lit(" took what it says since")))
                .when(isNew, concat(col("_link"), lit(" is replaced twice, the first time counts")))
                .otherwise(col("_reason"));
        return ranked.withColumns(Map.of(
                "_code", code,
                "_rule", when(isNew, lit("replaces once")).otherwise(col("_rule")),
                "_reason", reason));
    }

    /** Whether something may be replaced that was rejected since its key was taken already. */
    public boolean mayBeKnown() {
        return !isWhole && !rejects.filter(col("_was_known")).isEmpty();
    }

    /**
     * Rejects that again as long as its key is what it was.
     *
     * @param key of the source, which has no versions
     */
    public Dataset<Row> withoutKnown(Dataset<Row> settled, Dataset<Row> bronze, List<String> key) {
        String[] columns = key.toArray(String[]::new);
        Dataset<Row> keys = bronze.select(key.stream().map(functions::col).toArray(Column[]::new))
                .distinct()
                .withColumn("_known", lit(true));
        Column isKnown = col("_marker")
                .equalTo(false)
                .and(col("_code").isNull())
                .and(col("_was_known"))
                .and(col("_known"));
        return settled.join(keys, DerivedDeletes.sequence(columns), "left")
                .withColumns(Map.of(
                        "_code", when(isKnown, lit(OverwriteDiff.CODE)).otherwise(col("_code")),
                        "_rule", when(isKnown, lit("append")).otherwise(col("_rule")),
                        "_reason",
                                when(isKnown, lit(OverwriteDiff.reason(String.join(", ", key))))
                                        .otherwise(col("_reason"))));
    }

    /**
     * What was replaced: {@code unit}, {@code source}, {@code path} it had come in, {@code _file_id}, {@code position} (NULL
     * for a whole file), {@code by_row_id}, {@code by_path}.
     *
     * @param taken records that are taken
     */
    public Dataset<Row> replaced(SourceSpec source, Dataset<Row> taken) {
        Column position = substring_index(col("_link"), ":", -1).cast("long");
        return taken.select(
                col("unit"),
                lit(source.name()).as("source"),
                col("_origin").as("path"),
                substring_index(col("_link"), ":", 1).as("_file_id"),
                (isWhole ? lit(null).cast("long") : position).as("position"),
                col("_row_id").as("by_row_id"),
                col("_path").as("by_path"));
    }
}
