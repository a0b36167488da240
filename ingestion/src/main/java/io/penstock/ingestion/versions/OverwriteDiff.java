package io.penstock.ingestion.versions;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.timestamp_micros;
import static org.apache.spark.sql.functions.when;

import io.penstock.core.ErrorCode;
import io.penstock.core.LedgerEntry;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.config.SourceSpec;
import io.penstock.ingestion.contract.BronzeColumns;
import io.penstock.ingestion.landing.FileFact;
import io.penstock.ingestion.landing.LandedFile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;

/**
 * Compares files that were overwritten after a unit took them, and are taken again, with the rows of their earlier versions.
 * What their records say becomes known at the cut of the unit that takes them again, whatever the source declares, so that
 * what was known before stays known as of then:
 *
 * <ul>
 *   <li>a record equal to an earlier row of its file is a duplicate;
 *   <li>a record of a known key with other values is a new version of it, in the order of the file's rows; an {@code append}
 *       source has no versions, so the record is rejected;
 *   <li>a key that the file no longer has is deleted, unless a record of it was rejected or the source is {@code append}.
 * </ul>
 *
 * No key is deleted while another file holds the earlier content (that file was set aside as a duplicate). Rows that replace
 * repaired records of the file count as rows of the file.
 *
 * <p>Cost: reads the rows of the earlier versions, found by their unit and file.
 */
public final class OverwriteDiff {
    public static final String CHANGED = "changed";
    /** Of what is rejected for it. */
    public static final String CODE = ErrorCode.OVERWRITTEN_RECORD.code();

    /** Column added to bronze: the file whose rejected record the row replaces, if it does. */
    public static final String REPAIRED = "_mended";

    private static final Column NONE = lit(null).cast("string");

    private final SourceSpec source;
    private final Map<String, List<LedgerEntry>> before = new HashMap<>();

    public OverwriteDiff(SourceSpec source, Map<Unit, List<LandedFile>> take, Collection<LedgerEntry> ledger) {
        this.source = source;
        Set<UnitId> taking = take.keySet().stream().map(Unit::id).collect(Collectors.toSet());
        Set<String> paths = take.values().stream()
                .flatMap(List::stream)
                .map(LandedFile::path)
                .collect(Collectors.toSet());
        Map<String, List<LedgerEntry>> taken = ledger.stream()
                .filter(entry -> paths.contains(entry.path()))
                .filter(entry -> entry.source().equals(source.name()) && !taking.contains(entry.unit()))
                .filter(entry ->
                        entry.state().equals(FileFact.TAKEN) || entry.state().equals(FileFact.QUARANTINED))
                .collect(Collectors.groupingBy(LedgerEntry::path));
        take.forEach((unit, files) -> files.forEach(file -> {
            List<LedgerEntry> versions = taken.getOrDefault(file.path(), List.of()).stream()
                    .filter(entry -> entry.unit().isBefore(unit.id()))
                    .toList();
            if (!versions.isEmpty()) {
                before.put(file.path(), versions);
            }
        }));
    }

    public static String reason(String key) {
        return "The file was overwritten: the key " + key
                + " was taken from it with other values, and an append source has no versions";
    }

    public boolean isEmpty() {
        return before.isEmpty();
    }

    public boolean has(String path) {
        return before.containsKey(path);
    }

    public Set<String> paths() {
        return before.keySet();
    }

    private Column isRestated() {
        return col("_path").isInCollection(before.keySet());
    }

    /** Of a frame of records: when it became known, given when its source says so. */
    public Column knownAt(Column declared) {
        return isEmpty()
                ? declared
                : when(isRestated(), timestamp_micros(col("_cut"))).otherwise(declared);
    }

    /**
     * Sets {@code _outcome} of records that have none yet.
     *
     * @param undeclared columns that are not declared, with their names in the files
     */
    public Dataset<Row> compared(
            Dataset<Row> records, Dataset<Row> bronze, String duplicate, Map<String, String> undeclared) {
        Set<String> beside = new TreeSet<>(List.of(bronze.columns()));
        beside.removeAll(BronzeColumns.SYSTEM);
        beside.removeAll(source.columns().keySet());
        beside.removeAll(source.derive().keySet());
        beside.remove(REPAIRED);
        List<String> kept = List.copyOf(beside);
        beside.addAll(undeclared.keySet());
        Dataset<Row> old = numbered(
                old(bronze)
                        .filter(col("_op").equalTo("+"))
                        .withColumn("_content", content(beside, column -> kept.contains(column) ? col(column) : NONE)),
                col("_path"),
                col("_content"));
        Dataset<Row> fresh = numbered(
                records.filter(isRestated()
                                .and(col("_code").isNull())
                                .and(col("_outcome").isNull()))
                        .withColumn(
                                "_content",
                                content(
                                        beside,
                                        column -> undeclared.containsKey(column)
                                                ? col("_extra").getItem(undeclared.get(column))
                                                : NONE)),
                col("_path"),
                col("_content"));
        Dataset<Row> outcomes = fresh.join(
                old.select("_path", "_content", "_nth").withColumn("_same", lit(true)),
                DerivedDeletes.sequence("_path", "_content", "_nth"),
                "left");
        Column outcome = when(col("_same"), lit(duplicate));
        if (source.mode() == SourceSpec.Mode.APPEND && !source.key().isEmpty()) {
            List<String> key = new ArrayList<>(List.of("_path"));
            key.addAll(source.key());
            String[] columns = key.toArray(String[]::new);
            Dataset<Row> keys = old.select(columns[0], source.key().toArray(String[]::new))
                    .distinct()
                    .withColumn("_known", lit(true));
            outcomes = outcomes.join(keys, DerivedDeletes.sequence(columns), "left");
            outcome = outcome.when(col("_known"), lit(CHANGED));
        }
        Dataset<Row> settled = outcomes.select(col("_row_id"), outcome.as("_settled"))
                .filter(col("_settled").isNotNull());
        return records.join(settled, DerivedDeletes.sequence("_row_id"), "left")
                .withColumn("_outcome", functions.coalesce(col("_outcome"), col("_settled")))
                .drop("_settled");
    }

    /** What units take once more. */
    public List<KeyHistory.Restated> taken(List<FileFact> files) {
        return files.stream()
                .filter(file -> has(file.file().path()) && file.state().equals(FileFact.TAKEN))
                .map(file -> new KeyHistory.Restated(
                        file.unit().id().ordinal(), file.file().path(), file.fileId(), file.rejected() == 0))
                .toList();
    }

    /** Records of files that were overwritten, whatever became of them. */
    public Dataset<Row> said(Dataset<Row> compared) {
        return compared.filter(isRestated());
    }

    /** What the versions before said last of each key, withdrawals that no record stands for left out. */
    public Dataset<Row> last(Dataset<Row> bronze) {
        return old(bronze).filter(col("_op").equalTo("+").or(col("_position").gt(0)));
    }

    /** What the versions before said last, with the path of their file: of a source with versions one row of each key. */
    private Dataset<Row> old(Dataset<Row> bronze) {
        List<LedgerEntry> versions =
                before.values().stream().flatMap(List::stream).toList();
        List<Row> ids = versions.stream()
                .map(entry -> RowFactory.create(entry.fileId(), entry.path()))
                .distinct()
                .toList();
        Dataset<Row> paths = functions.broadcast(
                bronze.sparkSession().createDataFrame(ids, StructType.fromDDL("_file_id string, _path string")));
        List<Object> units =
                versions.stream().map(entry -> entry.unit().cell()).distinct().toList();
        boolean isTraced = Arrays.asList(bronze.columns()).contains(REPAIRED);
        Dataset<Row> rows = (isTraced
                        ? bronze.filter(col("unit")
                                        .isInCollection(units)
                                        .or(col(REPAIRED).isNotNull()))
                                .withColumn("_file_id", functions.coalesce(col(REPAIRED), col("_file_id")))
                                .drop(REPAIRED)
                        : bronze.filter(col("unit").isInCollection(units)))
                .join(paths, "_file_id");
        if (source.mode() != SourceSpec.Mode.APPEND) {
            Column[] key = Stream.concat(Stream.of("_path"), source.key().stream())
                    .map(functions::col)
                    .toArray(Column[]::new);
            rows = rows.withColumn(
                            "_last",
                            row_number()
                                    .over(Window.partitionBy(key)
                                            .orderBy(
                                                    col("_sequence").desc(),
                                                    col("_known_at").desc(),
                                                    col("_position").desc())))
                    .filter(col("_last").equalTo(1))
                    .drop("_last");
        }
        return rows;
    }

    private static Dataset<Row> numbered(Dataset<Row> rows, Column... by) {
        return rows.withColumn("_nth", row_number().over(Window.partitionBy(by).orderBy("_position")));
    }

    /** What a record says, NULLs left out. */
    private Column content(Set<String> beside, Function<String, Column> value) {
        Stream<Column> declared = Stream.concat(source.columns().keySet().stream(), source.derive().keySet().stream())
                .distinct()
                .map(functions::col);
        return DerivedDeletes.text(Stream.concat(
                        declared,
                        beside.stream().map(column -> value.apply(column).as(column)))
                .toArray(Column[]::new));
    }
}
