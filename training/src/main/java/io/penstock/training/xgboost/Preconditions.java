package io.penstock.training.xgboost;

import static org.apache.spark.sql.functions.abs;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.isnan;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.when;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.core.config.Split;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * What must hold before rows reach native code, which answers a NULL label with a dead JVM, and a missing slot with ten
 * minutes of silence.
 */
final class Preconditions {
    private static final Set<String> NEVER_FEATURES = Set.of("label", "weight", "split", "unit", "as_of");
    private static final String WHERE = "training set";

    private Preconditions() {}

    /** Well under a second: asks the scheduler, starts nothing. */
    static void slots(SparkContext context, int workers) {
        if (context.getConf().getBoolean("spark.dynamicAllocation.enabled", false)) {
            throw PenstockException.configuration(
                    "PEN-CFG-016",
                    "Cannot train with spark.dynamicAllocation.enabled=true: all workers must run at once",
                    "spark.dynamicAllocation.enabled",
                    "Set spark.dynamicAllocation.enabled=false and a fixed number of executors for training");
        }
        int slots =
                context.maxNumConcurrentTasks(context.resourceProfileManager().defaultResourceProfile());
        if (workers < 1 || workers > slots) {
            throw PenstockException.configuration(
                    "PEN-CFG-016",
                    "Cannot train with " + workers + " workers: Spark has " + slots + " task slots",
                    "training.workers",
                    "Set workers between 1 and " + slots + ", or give Spark more cores");
        }
    }

    static void features(FitRequest request) {
        List<String> wrong = request.features().stream()
                .filter(feature ->
                        NEVER_FEATURES.contains(feature) || request.keys().contains(feature))
                .toList();
        if (!wrong.isEmpty() || request.features().isEmpty()) {
            throw PenstockException.configuration(
                    "PEN-ML-008",
                    request.features().isEmpty()
                            ? "Cannot train: the candidate has no features"
                            : "Cannot train: " + wrong + " among the features names a row or gives its label away",
                    WHERE,
                    "Give the feature another name, or remove it from the candidate");
        }
    }

    /** One scan of the plain columns, of all slices. */
    static void values(Dataset<Row> set, FitRequest request) {
        List<Column> counts = new ArrayList<>();
        counts.add(count(lit(1)));
        counts.add(count(when(bad(col("label")), 1)));
        counts.add(count(when(
                not(bad(col("label"))).and(not(col("label").cast("double").isin(0.0, 1.0))), 1)));
        counts.add(count(when(
                bad(col("weight"))
                        .or(tooLarge(col("weight")))
                        .or(col("weight").cast("double").lt(0)),
                1)));
        counts.add(count(when(col("split").equalTo(Split.TRAIN), 1)));
        counts.add(count(when(col("split").equalTo(Split.VALIDATION), 1)));
        counts.add(count(when(
                col("split")
                        .equalTo(Split.TRAIN)
                        .and(col("label").cast("double").equalTo(1.0)),
                1)));
        request.features().forEach(feature -> counts.add(count(when(tooLarge(column(feature)), 1))));
        Row row = set.select(counts.toArray(Column[]::new)).first();

        Offence offence = new Offence(set, request.keys());
        offence.none(
                row.getLong(1),
                ErrorCode.INVALID_LABEL_OR_WEIGHT,
                "label is NULL, NaN or infinite",
                "label",
                bad(col("label")));
        offence.none(
                row.getLong(2),
                ErrorCode.LABEL_NOT_BINARY,
                "label is neither 0 nor 1",
                "label",
                not(col("label").cast("double").isin(0.0, 1.0)));
        offence.none(
                row.getLong(3),
                ErrorCode.INVALID_LABEL_OR_WEIGHT,
                "weight is NULL, NaN, negative or beyond a float's range",
                "weight",
                bad(col("weight")).or(tooLarge(col("weight"))).or(col("weight").lt(0)));
        for (int f = 0; f < request.features().size(); f++) {
            String feature = request.features().get(f);
            offence.none(
                    row.getLong(7 + f),
                    ErrorCode.INVALID_FEATURE_VALUE,
                    "feature is infinite or beyond a float's range",
                    feature,
                    tooLarge(column(feature)));
        }
        rows(row.getLong(4), row.getLong(5), row.getLong(6), request.workers());
    }

    private static void rows(long train, long validation, long positives, int workers) {
        if (train == 0 || validation == 0) {
            throw PenstockException.refused(
                    "PEN-ML-001",
                    "Cannot train on " + train + " training and " + validation + " validation rows",
                    WHERE,
                    "Load more history, or move training.test-from and training.validation");
        }
        if (train < workers || validation < workers) {
            throw tooFew(train + " training and " + validation + " validation rows", workers);
        }
        if (positives == 0 || positives == train) {
            throw PenstockException.refused(
                    "PEN-ML-003",
                    "Cannot train: all " + train + " training rows have label " + (positives == 0 ? 0 : 1),
                    WHERE,
                    "Check models.<model>.label.value, or load more history");
        }
    }

    static PenstockException tooFew(String rows, int workers) {
        return PenstockException.refused(
                "PEN-ML-002",
                "Cannot train on " + rows + " with " + workers + " workers: every worker needs rows of both",
                WHERE,
                "Load more history, or set training.workers = 1");
    }

    /** The tracker listens on the driver's own address; guessing it finds the wrong card on machines with several. */
    static String trackerHost(SparkContext context) {
        String host = context.getConf().get("spark.driver.host", "127.0.0.1");
        try {
            return InetAddress.getByName(host).getHostAddress();
        } catch (UnknownHostException e) {
            throw PenstockException.configuration(
                    "PEN-CFG-016",
                    "Cannot resolve the driver's host: " + host,
                    "spark.driver.host",
                    "Set spark.driver.host to an address that executors can reach");
        }
    }

    static Column column(String name) {
        return col("`" + name + "`");
    }

    private static Column bad(Column column) {
        Column value = column.cast("double");
        return value.isNull().or(isnan(value)).or(abs(value).equalTo(lit(Double.POSITIVE_INFINITY)));
    }

    private static Column tooLarge(Column column) {
        Column value = column.cast("double");
        return not(isnan(value)).and(abs(value).gt(lit((double) Float.MAX_VALUE)));
    }

    /** Says which rows are unfit, with the first of them. */
    private record Offence(Dataset<Row> set, List<String> keys) {
        void none(long rows, ErrorCode code, String problem, String column, Column condition) {
            if (rows > 0) {
                throw new PenstockException(
                        code,
                        "Cannot train: in " + rows + " rows the " + problem + ", the first is "
                                + first(column, condition),
                        WHERE + ", column " + column,
                        "Select the rows from the training set by that condition and mend their source or expression");
            }
        }

        private String first(String column, Column condition) {
            List<String> told = new ArrayList<>(keys);
            told.addAll(List.of("unit", "split", column));
            List<String> there = told.stream()
                    .filter(name -> List.of(set.columns()).contains(name))
                    .distinct()
                    .toList();
            Column[] columns = there.stream().map(Preconditions::column).toArray(Column[]::new);
            Row row = set.where(condition).select(columns).sort(columns).first();
            List<String> values = new ArrayList<>();
            for (int i = 0; i < there.size(); i++) {
                values.add(there.get(i) + " = " + row.get(i));
            }
            return String.join(", ", values);
        }
    }
}
