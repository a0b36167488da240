package io.penstock.validation.deequ;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;

import com.amazon.deequ.analyzers.ScanShareableAnalyzer;
import io.penstock.core.Measure;
import io.penstock.core.Measures;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/**
 * Measures with Deequ's analyzers without giving Deequ a scan of its own.
 *
 * <p>A scan-shareable analyzer is a few aggregation columns and a function from their values to a number. The columns ride
 * on the write that publishes the table ({@code Dataset.observe}), or are evaluated for all groups in one {@code groupBy};
 * either way the numbers are those that Deequ's {@code AnalysisRunner} gives. A measure whose column is missing or of the
 * wrong type is left out, so that its rule cannot be evaluated while all others can.
 */
public final class DeequMeasures implements Measures {
    private static final String GROUP = "_by";

    /** @return its columns are named {@code _m0, _m1, …} in order; none when no wanted measure can ride */
    @Override
    public Riding ride(List<Measure> wanted, StructType schema) {
        return Ride.of(wanted, schema);
    }

    @Override
    public Map<String, Map<Measure, Double>> grouped(Dataset<Row> table, String by, List<Measure> wanted) {
        Map<String, Map<Measure, Double>> groups = new TreeMap<>();
        Ride ride = Ride.of(wanted, table.schema());
        if (!ride.columns.isEmpty()) {
            Column[] columns = ride.columns.toArray(Column[]::new);
            Dataset<Row> measured = table.groupBy(col(by).cast("string").as(GROUP))
                    .agg(columns[0], Arrays.copyOfRange(columns, 1, columns.length));
            for (Row row : measured.collectAsList()) {
                values(groups, row).putAll(ride.read(row, 1));
            }
        }
        Set<String> present = new LinkedHashSet<>(Arrays.asList(table.columns()));
        for (Measure measure : new LinkedHashSet<>(wanted)) {
            if (measure.kind() == Measure.Kind.UNIQUENESS && present.containsAll(keys(measure))) {
                for (Row row :
                        uniqueness(rows(table, measure), by, keys(measure)).collectAsList()) {
                    values(groups, row).put(measure, row.getDouble(1));
                }
            }
        }
        return groups;
    }

    /**
     * Deequ's definition: of the rows with at least one key column that is not NULL, the share whose key occurs once.
     */
    private static Dataset<Row> uniqueness(Dataset<Row> table, String by, List<String> keys) {
        List<Column> group = new ArrayList<>();
        group.add(col(by).cast("string").as(GROUP));
        Column anyKey = lit(false);
        for (int i = 0; i < keys.size(); i++) {
            group.add(col(keys.get(i)).as("_k" + i));
            anyKey = anyKey.or(col(keys.get(i)).isNotNull());
        }
        return table.where(anyKey)
                .groupBy(group.toArray(Column[]::new))
                .agg(count(lit(1)).as("_n"))
                .groupBy(GROUP)
                .agg(sum(when(col("_n").equalTo(1), 1).otherwise(0))
                        .cast("double")
                        .divide(sum("_n"))
                        .as("_uniqueness"));
    }

    private static Dataset<Row> rows(Dataset<Row> table, Measure measure) {
        return measure.where().isEmpty() ? table : table.where(measure.where());
    }

    private static List<String> keys(Measure measure) {
        return Arrays.stream(measure.column().split(",")).map(String::trim).toList();
    }

    private static Map<Measure, Double> values(Map<String, Map<Measure, Double>> groups, Row row) {
        return groups.computeIfAbsent(String.valueOf(row.getString(0)), group -> new HashMap<>());
    }

    private record Ride(List<Measure> measures, List<ScanShareableAnalyzer<?, ?>> analyzers, List<Column> columns)
            implements Riding {
        static Ride of(List<Measure> wanted, StructType schema) {
            Ride ride = new Ride(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
            for (Measure measure : new LinkedHashSet<>(wanted)) {
                Analyzers.of(measure)
                        .filter(analyzer -> Analyzers.fits(analyzer, schema))
                        .ifPresent(analyzer -> ride.add(measure, analyzer));
            }
            return ride;
        }

        private void add(Measure measure, ScanShareableAnalyzer<?, ?> analyzer) {
            measures.add(measure);
            analyzers.add(analyzer);
            for (Column column : Analyzers.columns(analyzer)) {
                columns.add(column.as("_m" + columns.size()));
            }
        }

        @Override
        public Map<Measure, Double> read(Row observed) {
            return read(observed, 0);
        }

        Map<Measure, Double> read(Row row, int first) {
            Map<Measure, Double> values = new HashMap<>();
            int offset = first;
            for (int i = 0; i < measures.size(); i++) {
                Measure measure = measures.get(i);
                Analyzers.read(analyzers.get(i), row, offset).ifPresent(value -> values.put(measure, value));
                offset += Analyzers.columns(analyzers.get(i)).size();
            }
            return values;
        }
    }
}
