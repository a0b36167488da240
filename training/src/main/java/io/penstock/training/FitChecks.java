package io.penstock.training;

import static org.apache.spark.sql.functions.abs;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.isnan;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.when;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.core.config.Split;
import io.penstock.core.model.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** What must hold of a training set before anything is fitted to it, whichever trainer does it. */
public final class FitChecks {
    private static final Set<String> NEVER_FEATURES = Set.of("label", "weight", "split", "unit", "as_of");
    private static final String WHERE = "training set";

    /** How many rows there are to fit. */
    public record Rows(long train, long validation) {}

    private FitChecks() {}

    /** @throws PenstockException {@code PEN-ML-008} when a feature names a row or gives its label away */
    public static void features(FitRequest request) {
        List<String> wrong = request.features().stream()
                .filter(feature ->
                        NEVER_FEATURES.contains(feature) || request.keys().contains(feature))
                .toList();
        if (!wrong.isEmpty() || request.features().isEmpty()) {
            throw new PenstockException(
                    ErrorCode.FEATURE_NOT_ALLOWED,
                    request.features().isEmpty()
                            ? "Cannot train: the candidate has no features"
                            : "Cannot train: " + wrong + " among the features names a row or gives its label away",
                    WHERE,
                    "Give the feature another name, or remove it from the candidate");
        }
    }

    /**
     * One scan of the plain columns, of all slices.
     *
     * @param workers how many want rows of their own
     * @throws PenstockException {@code PEN-ML-001} to {@code 007} with the first row that is unfit
     */
    public static Rows values(Dataset<Row> set, FitRequest request, int workers) {
        Task task = request.task();
        Column isWrong = not(bad(col("label"))).and(not(expr(task.labelCondition())));
        Column isUnfit = bad(col("weight"))
                .or(tooLarge(col("weight")))
                .or(number("weight").lt(0));
        Column isTrained = col("split").equalTo(Split.TRAIN);
        List<Column> measures = new ArrayList<>();
        measures.add(count(when(bad(col("label")), 1)));
        measures.add(count(when(isWrong, 1)));
        measures.add(count(when(isUnfit, 1)));
        measures.add(count(when(isTrained, 1)));
        measures.add(count(when(col("split").equalTo(Split.VALIDATION), 1)));
        measures.add(min(when(isTrained, number("label"))));
        measures.add(max(when(isTrained, number("label"))));
        measures.add(max(when(isTrained, number("weight"))));
        int first = measures.size();
        request.features().forEach(feature -> measures.add(count(when(tooLarge(column(feature)), 1))));
        Row row = set.select(measures.toArray(Column[]::new)).first();

        Offence offence = new Offence(set, request.keys());
        offence.none(
                row.getLong(0),
                ErrorCode.INVALID_LABEL_OR_WEIGHT,
                "label is NULL, NaN or infinite",
                "label",
                bad(col("label")));
        offence.none(row.getLong(1), ErrorCode.LABEL_NOT_BINARY, "label is " + task.labelProblem(), "label", isWrong);
        offence.none(
                row.getLong(2),
                ErrorCode.INVALID_LABEL_OR_WEIGHT,
                "weight is NULL, NaN, negative or beyond a float's range",
                "weight",
                isUnfit);
        for (int f = 0; f < request.features().size(); f++) {
            String feature = request.features().get(f);
            offence.none(
                    row.getLong(first + f),
                    ErrorCode.INVALID_FEATURE_VALUE,
                    "feature is infinite or beyond a float's range",
                    feature,
                    tooLarge(column(feature)));
        }
        Rows rows = new Rows(row.getLong(3), row.getLong(4));
        requireRows(rows, workers);
        requireSeveralLabels(rows, row.getDouble(5), row.getDouble(6), task);
        requireWeight(rows, row.getDouble(7));
        return rows;
    }

    private static void requireRows(Rows rows, int workers) {
        if (rows.train() == 0 || rows.validation() == 0) {
            throw new PenstockException(
                    ErrorCode.EMPTY_SLICE,
                    "Cannot train on " + rows.train() + " training and " + rows.validation() + " validation rows",
                    WHERE,
                    "Load more history, or move training.test-from and training.validation");
        }
        if (rows.train() < workers || rows.validation() < workers) {
            throw tooFew(rows, workers);
        }
    }

    private static void requireSeveralLabels(Rows rows, double least, double most, Task task) {
        if (least == most) {
            throw new PenstockException(
                    ErrorCode.NOTHING_TO_LEARN,
                    "Cannot train: all " + rows.train() + " training rows have label " + task.labelText(least),
                    WHERE,
                    "Check models.<model>.label.value, or load more history");
        }
    }

    private static void requireWeight(Rows rows, double most) {
        if (most == 0) {
            throw new PenstockException(
                    ErrorCode.NO_WEIGHT,
                    "Cannot train: all " + rows.train() + " training rows have weight 0",
                    WHERE,
                    "Give rows that count a weight above 0");
        }
    }

    public static PenstockException tooFew(Rows rows, int workers) {
        return new PenstockException(
                ErrorCode.FEWER_ROWS_THAN_WORKERS,
                "Cannot train on " + rows.train() + " training and " + rows.validation() + " validation rows with "
                        + workers + " workers: every worker needs rows of both",
                WHERE,
                "Load more history, or set training.workers = 1");
    }

    public static Column column(String name) {
        return col("`" + name + "`");
    }

    private static Column number(String name) {
        return col(name).cast("double");
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
            List<String> wanted = new ArrayList<>(keys);
            wanted.addAll(List.of("unit", "split", column));
            List<String> there = wanted.stream()
                    .filter(name -> List.of(set.columns()).contains(name))
                    .distinct()
                    .toList();
            Column[] columns = there.stream().map(FitChecks::column).toArray(Column[]::new);
            Row row = set.where(condition).select(columns).sort(columns).first();
            List<String> values = new ArrayList<>();
            for (int i = 0; i < there.size(); i++) {
                values.add(there.get(i) + " = " + row.get(i));
            }
            return String.join(", ", values);
        }
    }
}
