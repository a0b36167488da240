package io.penstock.training.sparkml;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.core.config.Split;
import io.penstock.core.model.Flavour;
import io.penstock.core.model.LogisticModel;
import io.penstock.core.model.Tracker;
import io.penstock.training.FitChecks;
import io.penstock.training.FitRequest;
import io.penstock.training.Fitted;
import io.penstock.training.Trainer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.classification.LogisticRegressionModel;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;

/**
 * Fits a logistic regression by Spark ML, a baseline beside boosted trees.
 *
 * <ol>
 *   <li>Check names and values, as every trainer does.
 *   <li>Project the training and validation rows to (label, weight, {@code array<float>}), bring them into one partition
 *       and sort it by what names a row. Spark ML adds up gradients of partitions in the order in which their tasks end, so
 *       that with several of them the last bits would differ from fit to fit; of one the sum is the same every time.
 *   <li>Take mean and standard deviation of each number, in one pass.
 *   <li>Make vectors: each number standardised, what is missing at the mean, and one column per code of a category.
 *   <li>Fit, and write a {@link LogisticModel}: coefficients with the means and deviations that belong to them.
 * </ol>
 *
 * <p>One task fits, on one core, in a few bytes per value: a second for each million values and ten steps, roughly.
 */
public final class LogisticTrainer implements Trainer {
    static final String OBJECTIVE = "objective";

    private static final String WHERE = "training set";
    /** Held, since a logger that no one holds forgets its level. */
    private static final Logger ALGEBRA = Logger.getLogger("dev.ludovic.netlib.blas.InstanceBuilder");

    static {
        // Otherwise it warns on the terminal of each library that this machine lacks, and takes the next
        ALGEBRA.setLevel(Level.SEVERE);
    }

    private static final StructType VECTORS = new StructType()
            .add("label", DataTypes.DoubleType, false)
            .add("weight", DataTypes.DoubleType, false)
            .add("features", SQLDataTypes.VectorType(), false);

    @Override
    public Flavour flavour() {
        return Flavour.LOGISTIC;
    }

    @Override
    public String roundName() {
        return "steps";
    }

    @Override
    public Fitted fit(Dataset<Row> set, FitRequest request) {
        FitChecks.features(request);
        FitChecks.Rows sizes = FitChecks.values(set, request, 1);
        int[] codes = request.features().stream()
                .mapToInt(feature -> request.categories().getOrDefault(feature, 0))
                .toArray();
        Dataset<Row> rows = ordered(set, request).persist(StorageLevel.MEMORY_AND_DISK());
        try {
            InputStatistics statistics = rows.select("features")
                    .javaRDD()
                    .mapPartitions(all -> List.of(new InputStatistics(codes).addAll(floats(all)))
                            .iterator())
                    .first();
            InputVectors vectors = new InputVectors(codes, statistics);
            LogisticRegressionModel fitted = regression(request).fit(vectors(rows, vectors));
            LogisticModel model = model(request, statistics, vectors, fitted);
            double[] objective = fitted.summary().objectiveHistory();
            return new Fitted(
                    model.bytes(),
                    fitted.summary().totalIterations(),
                    Map.of(),
                    IntStream.range(0, objective.length)
                            .mapToObj(step -> Tracker.Point.of(OBJECTIVE, objective[step], step))
                            .toList(),
                    sizes.train(),
                    sizes.validation(),
                    notes(request, fitted));
        } finally {
            rows.unpersist();
        }
    }

    private static Dataset<Row> ordered(Dataset<Row> set, FitRequest request) {
        Column[] names = Stream.concat(request.keys().stream(), Stream.of("unit", "as_of"))
                .map(FitChecks::column)
                .toArray(Column[]::new);
        Column[] inputs = request.features().stream()
                .map(feature -> coalesce(FitChecks.column(feature).cast("float"), lit(Float.NaN)))
                .toArray(Column[]::new);
        List<Column> columns = new ArrayList<>(List.of(
                col("label").cast("double").as("label"),
                col("weight").cast("double").as("weight"),
                array(inputs).as("features")));
        List<Column> order = new ArrayList<>();
        for (int i = 0; i < names.length; i++) {
            columns.add(names[i].as("_name" + i));
            order.add(col("_name" + i));
        }
        return set.where(col("split").isin(Split.TRAIN, Split.VALIDATION))
                .select(columns.toArray(Column[]::new))
                .repartition(1)
                .sortWithinPartitions(order.toArray(Column[]::new))
                .select("label", "weight", "features");
    }

    private static Iterator<float[]> floats(Iterator<Row> rows) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return rows.hasNext();
            }

            @Override
            public float[] next() {
                return floats(rows.next(), 0);
            }
        };
    }

    private static float[] floats(Row row, int column) {
        List<Float> values = row.getList(column);
        float[] floats = new float[values.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = values.get(i);
        }
        return floats;
    }

    private static Dataset<Row> vectors(Dataset<Row> rows, InputVectors vectors) {
        MapFunction<Row, Row> toVector =
                row -> RowFactory.create(row.getDouble(0), row.getDouble(1), vectors.of(floats(row, 2)));
        return rows.map(toVector, Encoders.row(VECTORS));
    }

    private static LogisticRegression regression(FitRequest request) {
        return new LogisticRegression()
                .setFamily("binomial")
                .setFeaturesCol("features")
                .setLabelCol("label")
                .setWeightCol("weight")
                .setFitIntercept(true)
                .setStandardization(true)
                .setRegParam(number(request, "reg"))
                .setElasticNetParam(number(request, "l1_ratio"))
                .setMaxIter((int) number(request, "max_iterations"))
                .setTol(number(request, "tolerance"));
    }

    private static double number(FitRequest request, String name) {
        return Double.parseDouble(request.params().get(name));
    }

    private static LogisticModel model(
            FitRequest request, InputStatistics statistics, InputVectors vectors, LogisticRegressionModel fitted) {
        double[] coefficients = fitted.coefficients().toArray();
        requireUse(coefficients, fitted.intercept());
        double intercept = fitted.intercept();
        List<LogisticModel.Term> terms = new ArrayList<>();
        for (int i = 0; i < request.features().size(); i++) {
            String feature = request.features().get(i);
            int at = vectors.first(i);
            int codes = vectors.codes(i);
            if (codes == 0) {
                terms.add(
                        LogisticModel.Term.number(feature, coefficients[at], statistics.mean(i), statistics.scale(i)));
            } else {
                double mean = mean(coefficients, at, codes, statistics, i);
                intercept += mean;
                List<Double> levels = IntStream.range(0, codes)
                        .mapToObj(code -> coefficients[at + code] - mean)
                        .toList();
                terms.add(LogisticModel.Term.category(feature, levels, 0 - mean));
            }
        }
        return new LogisticModel(intercept, terms);
    }

    /** What a category adds to the margin of an average row. */
    private static double mean(double[] coefficients, int at, int codes, InputStatistics statistics, int input) {
        double mean = 0;
        for (int code = 0; code < codes; code++) {
            mean += statistics.share(input, code) * coefficients[at + code];
        }
        return mean;
    }

    private static void requireUse(double[] coefficients, double intercept) {
        boolean isFinite =
                Double.isFinite(intercept) && Arrays.stream(coefficients).allMatch(Double::isFinite);
        if (!isFinite) {
            throw new PenstockException(
                    ErrorCode.INVALID_COEFFICIENTS,
                    "Cannot train: the fit ended in coefficients that are no numbers",
                    WHERE,
                    "Raise reg, and look for features whose values differ by many powers of ten");
        }
        if (Arrays.stream(coefficients).allMatch(coefficient -> coefficient == 0)) {
            throw new PenstockException(
                    ErrorCode.NOTHING_TO_LEARN,
                    "Cannot train: no feature tells the labels apart, every coefficient is 0",
                    WHERE,
                    "Check that the features are not constant, and lower reg and l1_ratio");
        }
    }

    private static List<String> notes(FitRequest request, LogisticRegressionModel fitted) {
        int steps = fitted.summary().totalIterations();
        return steps < (int) number(request, "max_iterations")
                ? List.of()
                : List.of(ErrorCode.NOT_CONVERGED + " the fit was stopped after " + steps
                        + " steps, before it converged: raise max_iterations or reg");
    }
}
