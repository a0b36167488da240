package io.penstock.ingestion.versions;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat_ws;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sha2;
import static org.apache.spark.sql.functions.substring;
import static org.apache.spark.sql.functions.to_json;

import io.penstock.core.config.SourceSpec;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/** Rows of bronze that delete a key although no record says so. They hold key, origin and times, and nothing else. */
public final class DerivedDeletes {
    private static final int ROW_ID_DIGITS = 32;

    private DerivedDeletes() {}

    /**
     * @param gone one row for each key that is gone, with its key columns
     * @param system {@code _sequence}, {@code _event_time}, {@code _known_at}, {@code _file_id} and {@code unit}
     * @param from with the key, what names the row
     * @param bronze schema of the result
     */
    static Dataset<Row> of(
            SourceSpec source, Dataset<Row> gone, Map<String, Column> system, List<Column> from, StructType bronze) {
        Map<String, Column> values = new HashMap<>(system);
        source.key().forEach(key -> values.put(key, col(key)));
        values.put("_op", lit("-"));
        values.put("_position", lit(0L));
        Column key = text(columns(source.key()));
        values.put("_row_id", rowId(array(from.toArray(Column[]::new)), key));
        return gone.select(Arrays.stream(bronze.fields())
                .map(field -> values.getOrDefault(field.name(), lit(null))
                        .cast(field.dataType())
                        .as(field.name()))
                .toArray(Column[]::new));
    }

    /** The name of a row that no record stands for. */
    static Column rowId(Column... of) {
        return substring(sha2(concat_ws("\n", of), 256), 1, ROW_ID_DIGITS);
    }

    /** Values as text that differs where they do: times to the microsecond, NULLs left out. */
    static Column text(Column... values) {
        return to_json(functions.struct(values), Map.of("timestampFormat", "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX"));
    }

    public static Column[] columns(Collection<String> names) {
        return names.stream().map(functions::col).toArray(Column[]::new);
    }

    /** Names as Spark's joins want them. */
    public static Seq<String> sequence(String... names) {
        return JavaConverters.asScalaBuffer(List.of(names)).toSeq();
    }
}
