package io.penstock.training;

import static org.apache.spark.sql.functions.col;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.core.model.DenseBatches;
import io.penstock.core.model.Measured;
import io.penstock.core.model.ModelDescriptor;
import io.penstock.core.model.Predictor;
import io.penstock.core.model.Task;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Scores rows that no candidate has seen with the same {@link Predictor} that will score for real, and has the
 * model's task measure them, overall and per slice. Rows come to the driver partition by partition; kept are a score, a label and one
 * slice number per row and slice column.
 */
public final class OfflineEvaluation {
    private static final int ROWS_AT_FIRST = 8_192;

    private OfflineEvaluation() {}

    /**
     * @param testRows rows with the spec's feature columns, {@code label}, and the slice columns
     * @param sliceColumns columns to slice by; a coded category is shown by its name in the spec's dictionary
     */
    public static Evaluation candidate(
            Task task,
            Dataset<Row> testRows,
            ModelDescriptor spec,
            byte[] model,
            Predictor.Loader loader,
            List<String> sliceColumns) {
        SingleInputs unused =
                new SingleInputs(task, spec.features(), spec.dictionaries().keySet());
        return candidate(task, testRows, spec, model, loader, sliceColumns, unused);
    }

    /** The same, and each row is shown to {@code inputs}. */
    public static Evaluation candidate(
            Task task,
            Dataset<Row> testRows,
            ModelDescriptor spec,
            byte[] model,
            Predictor.Loader loader,
            List<String> sliceColumns,
            SingleInputs inputs) {
        List<String> features = spec.features();
        Iterator<Row> rows = testRows.select(columns(features, sliceColumns)).toLocalIterator();
        Scored scored = new Scored(sliceColumns.size());
        try (Predictor predictor = loader.load(model, spec.sha256(), features)) {
            DenseBatches batches = new DenseBatches(predictor, rows, features.size(), 0, row -> false);
            while (batches.hasNext()) {
                DenseBatches.Batch batch = batches.next();
                for (int i = 0; i < batch.size(); i++) {
                    requireScored(batch.state(i), spec);
                    Row row = batch.row(i);
                    scored.take(row, batch.score(i), features.size(), spec, sliceColumns);
                    inputs.take(batch.dense(), batch.position(i) * features.size(), row.getDouble(features.size()));
                }
            }
        }
        return scored.measure(task);
    }

    /** A training refuses such rows before; to leave them out here would measure other rows than the gate names. */
    private static void requireScored(DenseBatches.State state, ModelDescriptor spec) {
        if (!state.isScored()) {
            throw new PenstockException(
                    ErrorCode.INVALID_FEATURE_VALUE,
                    "Cannot evaluate: a feature of a test row is infinite or beyond a float's range",
                    "training/" + spec.name(),
                    "Guard the expression, or the column with between, and build the training set again");
        }
    }

    private static Column[] columns(List<String> features, List<String> sliceColumns) {
        List<Column> columns = new ArrayList<>();
        features.forEach(feature -> columns.add(col("`" + feature + "`").cast("double")));
        columns.add(col("label").cast("double"));
        sliceColumns.forEach(slice -> columns.add(col("`" + slice + "`").cast("string")));
        return columns.toArray(Column[]::new);
    }

    /** Scores, labels and slices of all rows, in the order they came. */
    private static final class Scored {
        private final List<Map<String, List<Integer>>> slices = new ArrayList<>();
        private final List<String> names = new ArrayList<>();
        private double[] scores = new double[ROWS_AT_FIRST];
        private double[] labels = new double[ROWS_AT_FIRST];
        private int rowCount;

        Scored(int sliceColumns) {
            for (int i = 0; i < sliceColumns; i++) {
                slices.add(new TreeMap<>());
            }
        }

        void take(Row row, double score, int at, ModelDescriptor spec, List<String> sliceColumns) {
            if (row.isNullAt(at)) {
                throw new PenstockException(
                        ErrorCode.INVALID_LABEL_OR_WEIGHT,
                        "Cannot evaluate: a test row has no label",
                        "training/" + spec.name(),
                        "Build the training set again; only rows with a mature label belong in it");
            }
            if (rowCount == labels.length) {
                labels = Arrays.copyOf(labels, rowCount * 2);
                scores = Arrays.copyOf(scores, rowCount * 2);
            }
            scores[rowCount] = score;
            labels[rowCount] = row.getDouble(at);
            for (int i = 0; i < sliceColumns.size(); i++) {
                String value = row.isNullAt(at + 1 + i) ? "missing" : row.getString(at + 1 + i);
                String name =
                        sliceColumns.get(i) + "=" + decode(spec.dictionaries().get(sliceColumns.get(i)), value);
                slices.get(i).computeIfAbsent(name, key -> new ArrayList<>()).add(rowCount);
            }
            rowCount++;
        }

        /** A category arrives as its code (possibly as a double); its name is what a person reads. */
        private static String decode(List<String> dictionary, String value) {
            if (dictionary == null || !value.matches("\\d+(\\.0)?")) {
                return value;
            }
            int code = (int) Double.parseDouble(value);
            return code < dictionary.size() ? dictionary.get(code) : value;
        }

        Evaluation measure(Task task) {
            Map<String, Measured> measured = new LinkedHashMap<>();
            for (Map<String, List<Integer>> column : slices) {
                column.forEach((name, rows) ->
                        measured.put(name, task.measure(selected(scores, rows), selected(labels, rows))));
            }
            return new Evaluation(
                    task.measure(Arrays.copyOf(scores, rowCount), Arrays.copyOf(labels, rowCount)), measured);
        }

        private static double[] selected(double[] values, List<Integer> rows) {
            return rows.stream().mapToDouble(row -> values[row]).toArray();
        }
    }
}
