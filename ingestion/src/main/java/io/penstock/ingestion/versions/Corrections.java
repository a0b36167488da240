package io.penstock.ingestion.versions;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.collect_list;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.timestamp_micros;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.unix_micros;

import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.sql.UnitColumn;
import io.penstock.ingestion.contract.Values;
import io.penstock.ingestion.versions.KeyHistory.Kind;
import io.penstock.ingestion.versions.KeyHistory.Restated;
import io.penstock.ingestion.versions.KeyHistory.Word;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.expressions.UserDefinedFunction;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/**
 * Rows that are added to bronze when an overwritten file no longer says what was the last row of a key. {@link KeyHistory}
 * decides key by key; this class brings the rows of those keys together with Spark. Only for sources with versions.
 *
 * <p>Cost: the last rows of the overwritten files, by their units, and of bronze the rows of keys that a file no longer has or
 * has by an earlier version. A unit that takes no file again reads the deletes of units that did, where its own rows may be
 * ordered before those, and no more unless one of their keys lands again.
 */
public final class Corrections {
    private static final StructType RESULT =
            StructType.fromDDL("_unit int, _file_id string, _sequence string, _known_at bigint, _of string");

    private final SourceSpec source;
    private final FileVersions versions;
    private final TreeSet<UnitId> taking;
    private final UnitId last;
    private final TreeMap<Integer, Long> cuts = new TreeMap<>();
    private final List<Restated> restated;
    private final Set<UnitId> restating;
    private final List<String> group;
    private final Optional<Dataset<Row>> beside;
    private final Function<Dataset<Row>, Dataset<Row>> keep;

    /**
     * @param versions by the ledger and what the units take now
     * @param restated what they take once more
     * @param mayBeBelow whether rows that they take may order below what a file said before it was overwritten
     * @param beside rows that they take of the source in another pass, corrected already
     */
    public Corrections(
            SourceSpec source,
            FileVersions versions,
            Collection<Unit> units,
            List<Restated> restated,
            boolean mayBeBelow,
            Optional<Dataset<Row>> beside,
            Function<Dataset<Row>, Dataset<Row>> keep) {
        this.source = source;
        this.versions = versions;
        this.taking = units.stream().map(Unit::id).collect(Collectors.toCollection(TreeSet::new));
        this.last = taking.last();
        this.restated = restated;
        this.restating = restated.isEmpty() && !mayBeBelow
                ? Set.of()
                : versions.restating().stream()
                        .filter(unit -> taking.contains(unit) ? beside.isPresent() : unit.isBefore(last))
                        .collect(Collectors.toCollection(TreeSet::new));
        this.group = new ArrayList<>(source.key());
        if (source.mode() == SourceSpec.Mode.SNAPSHOT) {
            group.add("_sequence");
        }
        this.beside = beside;
        this.keep = keep;
        units.forEach(unit -> cuts.put(unit.id().ordinal(), Values.micros(unit.cut())));
    }

    public boolean isEmpty() {
        return restated.isEmpty() && restating.isEmpty();
    }

    /**
     * @param said of records that overwritten files say again: key, {@code _path}, {@code _outcome} and {@code _sequence}; their
     *     repetitions, which make no rows, are told by {@code _outcome}
     * @param before the last rows of what those files said, with {@code _path}
     * @param bronze of other units, as {@code Reading#traced} gives it
     * @param fresh rows that the units take now, in the same shape
     * @return rows to add, in the shape of bronze
     */
    public Optional<Dataset<Row>> of(Dataset<Row> said, Dataset<Row> before, Dataset<Row> bronze, Dataset<Row> fresh) {
        Dataset<Row> earlier = bronze.filter(col("unit")
                .lt(UnitColumn.literal(last))
                .and(functions.not(col("unit").isInCollection(cells(taking)))));
        if (beside.isPresent()) {
            earlier = earlier.unionByName(beside.get(), true);
        }
        Dataset<Row> keys = made(Stream.concat(
                        restated.isEmpty() ? Stream.empty() : Stream.of(takenBack(said, before)),
                        restating.isEmpty() ? Stream.empty() : Stream.of(landingAgain(earlier, fresh)))
                .reduce(Dataset::union)
                .orElseThrow()
                .distinct());
        if (keys.isEmpty()) {
            return Optional.empty();
        }
        Dataset<Row> rows = made(of(keys, earlier).unionByName(of(keys, fresh), true));
        Dataset<Row> words = words(rows, Kind.ROW, versions.files());
        if (!restated.isEmpty()) {
            words = words.union(words(
                    of(keys, said.filter(col("_outcome").equalTo(KeyConflicts.DUPLICATE))),
                    Kind.REPEATED,
                    versions.files()));
        }
        Column[] group = DerivedDeletes.columns(this.group);
        Dataset<Row> corrections = made(words.groupBy(group)
                .agg(collect_list("_word").as("_words"))
                .select(Stream.concat(
                                Arrays.stream(group),
                                Stream.of(explode(judge().apply(col("_words"))).as("_c")))
                        .toArray(Column[]::new))
                .select(Stream.concat(
                                source.key().stream().map(functions::col),
                                Arrays.stream(RESULT.fieldNames())
                                        .map(name -> col("_c." + name).as("_c" + name)))
                        .toArray(Column[]::new)));
        return Optional.of(withdrawn(corrections, rows).unionByName(saidOnceMore(corrections, rows)));
    }

    /** Kept, and cut off from what it is made of: each of the few steps here would have all before it planned once more. */
    private Dataset<Row> made(Dataset<Row> rows) {
        return keep.apply(rows.sparkSession()
                .internalCreateDataFrame(rows.queryExecution().toRdd(), rows.schema(), false));
    }

    private static List<Object> cells(Collection<UnitId> units) {
        return units.stream().map(UnitId::cell).toList();
    }

    private Dataset<Row> of(Dataset<Row> keys, Dataset<Row> rows) {
        return rows.join(keys, DerivedDeletes.sequence(group.toArray(String[]::new)), "left_semi");
    }

    /** Keys that a file lacks now, or has by a version that orders before the one that it had. */
    private Dataset<Row> takenBack(Dataset<Row> said, Dataset<Row> before) {
        List<Row> whole = restated.stream()
                .map(file -> RowFactory.create(file.file(), file.isWhole(), cuts.get(file.unit())))
                .toList();
        Dataset<Row> files = functions.broadcast(said.sparkSession()
                .createDataFrame(whole, StructType.fromDDL("_path string, _whole boolean, _taken bigint")));
        String[] key = Stream.concat(Stream.of("_path"), source.key().stream()).toArray(String[]::new);
        Column[] columns = Arrays.stream(key).map(functions::col).toArray(Column[]::new);
        Dataset<Row> now = said.groupBy(columns).agg(max("_sequence").as("_now"));
        return before.join(files, "_path")
                .join(now, DerivedDeletes.sequence(key), "left")
                .filter(col("_now")
                        .isNull()
                        .and(col("_whole"))
                        .or(col("_now").lt(col("_sequence")))
                        .or(col("_now")
                                .equalTo(col("_sequence"))
                                .and(unix_micros(col("_known_at")).geq(col("_taken")))))
                .select(DerivedDeletes.columns(group));
    }

    /** Keys of rows now that were withdrawn when a file was overwritten. */
    private Dataset<Row> landingAgain(Dataset<Row> earlier, Dataset<Row> fresh) {
        Dataset<Row> withdrawn = earlier.filter(col("unit")
                        .isInCollection(cells(restating))
                        .and(col("_op").equalTo("-"))
                        .and(col("_position").equalTo(0)))
                .select(DerivedDeletes.columns(group));
        return of(withdrawn, fresh).select(DerivedDeletes.columns(group));
    }

    /** {@code _word} beside what groups them. */
    private Dataset<Row> words(Dataset<Row> rows, Kind kind, Map<String, String> files) {
        Dataset<Row> named = rows;
        if (kind == Kind.ROW) {
            List<Row> pairs = files.entrySet().stream()
                    .map(file -> RowFactory.create(file.getKey(), file.getValue()))
                    .toList();
            Dataset<Row> table = functions.broadcast(
                    rows.sparkSession().createDataFrame(pairs, StructType.fromDDL("_of string, _path string")));
            Column of = Arrays.asList(rows.columns()).contains(OverwriteDiff.REPAIRED)
                    ? coalesce(col(OverwriteDiff.REPAIRED), col("_file_id"))
                    : col("_file_id");
            named = rows.withColumn("_of", of)
                    .join(table, DerivedDeletes.sequence("_of"), "left")
                    .withColumn("_path", coalesce(col("_path"), col("_of")));
        }
        Column word = struct(
                lit(kind.name()).as("kind"),
                UnitColumn.ordinal(col("unit"), last.isDate()).as("unit"),
                col("_path").as("file"),
                col("_file_id"),
                col("_op").equalTo("+").as("isThere"),
                col("_sequence").as("_sequence"),
                unix_micros(col("_known_at")).as("knownAt"),
                col("_position"),
                col("_row_id"));
        return named.select(Stream.concat(group.stream().map(functions::col), Stream.of(word.as("_word")))
                .toArray(Column[]::new));
    }

    private UserDefinedFunction judge() {
        Map<String, List<Restated>> files =
                new HashMap<>(restated.stream().collect(Collectors.groupingBy(Restated::file)));
        TreeMap<Integer, Long> units = cuts;
        return udf(
                (UDF1<Seq<Row>, List<Row>>) words -> KeyHistory.corrections(
                                JavaConverters.seqAsJavaList(words).stream()
                                        .map(Corrections::word)
                                        .toList(),
                                files,
                                units)
                        .stream()
                        .map(add -> RowFactory.create(
                                add.unit(),
                                add.fileId(),
                                add.sequence(),
                                add.knownAt(),
                                add.rowId().orElse(null)))
                        .toList(),
                DataTypes.createArrayType(RESULT));
    }

    private static Word word(Row row) {
        return new Word(
                Kind.valueOf(row.getString(0)),
                row.getInt(1),
                row.getString(2),
                row.getString(3),
                row.getBoolean(4),
                row.getString(5),
                row.getLong(6),
                row.getLong(7),
                row.getString(8));
    }

    private Dataset<Row> withdrawn(Dataset<Row> corrections, Dataset<Row> like) {
        Column unit = UnitColumn.ofOrdinal(col("_c_unit"), last.isDate());
        return DerivedDeletes.of(
                source,
                corrections.filter(col("_c_of").isNull()),
                Map.of(
                        "_sequence", col("_c_sequence"),
                        "_event_time", timestamp_micros(col("_c_known_at")),
                        "_known_at", timestamp_micros(col("_c_known_at")),
                        "_file_id", col("_c_file_id"),
                        "unit", unit),
                List.of(col("_c_file_id"), unit.cast("string"), col("_c_sequence")),
                like.drop(OverwriteDiff.REPAIRED).schema());
    }

    private Dataset<Row> saidOnceMore(Dataset<Row> corrections, Dataset<Row> rows) {
        Dataset<Row> originals = rows.drop(OverwriteDiff.REPAIRED)
                .filter(col("_op").equalTo("+"))
                .dropDuplicates("_row_id");
        Dataset<Row> again = corrections
                .filter(col("_c_of").isNotNull())
                .drop(source.key().toArray(String[]::new))
                .join(originals, col("_c_of").equalTo(col("_row_id")));
        Map<String, Column> values = Map.of(
                "_sequence", col("_c_sequence"),
                "_known_at", timestamp_micros(col("_c_known_at")),
                "unit", UnitColumn.ofOrdinal(col("_c_unit"), last.isDate()),
                "_row_id", DerivedDeletes.rowId(col("_row_id"), col("_c_unit").cast("string"), col("_c_sequence")));
        return again.select(Arrays.stream(originals.schema().fields())
                .map(StructField::name)
                .map(name -> values.getOrDefault(name, col(name)).as(name))
                .toArray(Column[]::new));
    }
}
