package io.penstock.scoring;

import static org.apache.spark.sql.functions.avg;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.when;

import io.penstock.core.history.MetricFacts;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * What a unit's scores count.
 *
 * @param flagged scored rows with a code
 * @param notFinite rows that are held as a feature is not a number that a float holds
 * @param mean of the scores; empty when there is none
 */
public record ScoreCounts(long scored, long held, long flagged, long notFinite, OptionalDouble mean) {
    /** Names of metrics in the manifest. */
    public static final String SCORED = "scored";

    public static final String HELD = "held";
    public static final String MEAN = "score_mean";

    public static final ScoreCounts NONE = new ScoreCounts(0, 0, 0, 0, OptionalDouble.empty());

    /** By unit, as text; a unit without rows is not in it. Runs a job. */
    public static Map<String, ScoreCounts> byUnit(Dataset<Row> scores) {
        Map<String, ScoreCounts> counts = new TreeMap<>();
        for (Row row : scores.groupBy(col("unit").cast("string"))
                .agg(
                        count(col("score")),
                        count(when(col("score").isNull(), 1)),
                        count(when(col("score").isNotNull(), col("code"))),
                        count(when(col("code").equalTo(BatchScoring.NOT_FINITE), 1)),
                        avg("score"))
                .collectAsList()) {
            counts.put(
                    row.getString(0),
                    new ScoreCounts(
                            row.getLong(1),
                            row.getLong(2),
                            row.getLong(3),
                            row.getLong(4),
                            row.isNullAt(5) ? OptionalDouble.empty() : OptionalDouble.of(row.getDouble(5))));
        }
        return counts;
    }

    /** As a manifest keeps them. */
    public Map<String, String> facts() {
        Map<String, String> facts = new LinkedHashMap<>();
        if (scored + held == 0) {
            return facts;
        }
        MetricFacts.put(facts, SCORED, scored);
        MetricFacts.put(facts, HELD, held);
        MetricFacts.put(facts, "flagged", flagged);
        mean.ifPresent(value -> MetricFacts.put(facts, MEAN, value));
        if (notFinite > 0) {
            MetricFacts.put(facts, "held_not_finite", notFinite);
        }
        return facts;
    }
}
