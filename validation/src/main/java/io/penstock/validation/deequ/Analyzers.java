package io.penstock.validation.deequ;

import com.amazon.deequ.analyzers.ApproxCountDistinct;
import com.amazon.deequ.analyzers.Completeness;
import com.amazon.deequ.analyzers.Maximum;
import com.amazon.deequ.analyzers.Mean;
import com.amazon.deequ.analyzers.Minimum;
import com.amazon.deequ.analyzers.ScanShareableAnalyzer;
import com.amazon.deequ.analyzers.Size;
import com.amazon.deequ.analyzers.StandardDeviation;
import com.amazon.deequ.analyzers.State;
import com.amazon.deequ.analyzers.Sum;
import com.amazon.deequ.metrics.Metric;
import io.penstock.core.Measure;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import scala.Option;
import scala.collection.JavaConverters;

/** All that is Scala in Deequ: from a measure to its analyzer, its columns, and the number in an aggregated row. */
final class Analyzers {
    private Analyzers() {}

    /** The analyzer of a measure that one scan can share; empty for a grouping measure. */
    static Optional<ScanShareableAnalyzer<?, ?>> of(Measure measure) {
        String column = measure.column();
        Option<String> where = measure.where().isEmpty() ? Option.empty() : Option.apply(measure.where());
        return switch (measure.kind()) {
            case SIZE -> Optional.of(new Size(where));
            case COMPLETENESS -> Optional.of(new Completeness(column, where, Option.empty()));
            case MEAN -> Optional.of(new Mean(column, where));
            case MINIMUM -> Optional.of(new Minimum(column, where, Option.empty()));
            case MAXIMUM -> Optional.of(new Maximum(column, where, Option.empty()));
            case SUM -> Optional.of(new Sum(column, where));
            case STANDARD_DEVIATION -> Optional.of(new StandardDeviation(column, where));
            case APPROX_DISTINCT -> Optional.of(new ApproxCountDistinct(column, where));
            case UNIQUENESS -> Optional.empty();
        };
    }

    /**
     * Whether the analyzer's own preconditions hold (the column is there, and numeric where it must be). Asked first,
     * because one bad expression would fail the write and every measure that rides on it.
     */
    static boolean fits(ScanShareableAnalyzer<?, ?> analyzer, StructType schema) {
        try {
            JavaConverters.seqAsJavaList(analyzer.preconditions()).forEach(condition -> condition.apply(schema));
            return true;
        } catch (Exception unmet) {
            // Not only RuntimeException: Scala throws Deequ's checked exceptions undeclared.
            return false;
        }
    }

    static List<Column> columns(ScanShareableAnalyzer<?, ?> analyzer) {
        return JavaConverters.seqAsJavaList(analyzer.aggregationFunctions());
    }

    /** The measured number, or empty when there was nothing to measure (no rows, only NULLs) or it is not a number. */
    static <S extends State<?>, M extends Metric<?>> Optional<Double> read(
            ScanShareableAnalyzer<S, M> analyzer, Row row, int offset) {
        M metric = analyzer.computeMetricFrom(analyzer.fromAggregationResult(row, offset));
        if (metric.value().isFailure()) {
            return Optional.empty();
        }
        double value = ((Number) metric.value().get()).doubleValue();
        return Double.isNaN(value) ? Optional.empty() : Optional.of(value);
    }
}
