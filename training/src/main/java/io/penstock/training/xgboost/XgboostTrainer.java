package io.penstock.training.xgboost;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.spark_partition_id;
import static org.apache.spark.sql.functions.xxhash64;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.core.config.FeatureConstraints;
import io.penstock.core.config.Split;
import io.penstock.core.model.Flavour;
import io.penstock.core.model.Tracker;
import io.penstock.training.FitChecks;
import io.penstock.training.FitRequest;
import io.penstock.training.Fitted;
import io.penstock.training.Trainer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import ml.dmlc.xgboost4j.java.XGBoostError;
import ml.dmlc.xgboost4j.scala.Booster;
import ml.dmlc.xgboost4j.scala.spark.XGBoostClassificationModel;
import ml.dmlc.xgboost4j.scala.spark.XGBoostClassifier;
import ml.dmlc.xgboost4j.scala.spark.XGBoostTrainingSummary;
import org.apache.spark.SparkContext;
import org.apache.spark.ml.param.Param;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;
import scala.Tuple2;

/**
 * Fits boosted trees across Spark so that the same set gives the same bytes.
 *
 * <ol>
 *   <li>Check slots, feature names and, in one scan, every value that native code would choke on.
 *   <li>Project to (id, split, label, weight, {@code array<float>}), where NULL becomes NaN: XGBoost4J-Spark reads NULL as 0,
 *       shifts columns when given several, and misreads sparse vectors.
 *   <li>Hash-partition by a stable id to exactly one partition per worker and sort by it: a worker's rows, and their
 *       order, then depend on the rows alone. Persist; a plan that may be evaluated again has no place under native code.
 *   <li>Fit on the training rows with early stopping on the validation rows.
 *   <li>Refit on both with the best number of rounds. The JVM cannot slice a booster, and the first fit keeps every tree
 *       it grew past the best one. Both slices sit in the same partitions already: nothing moves again.
 * </ol>
 *
 * <p>The set must be pinned (a table at a version): it is read twice.
 */
public final class XgboostTrainer implements Trainer {
    private static final int TRACKER_TIMEOUT_SECONDS = 300;
    private static final String LOSS = "logloss";
    private static final String NEVER_SET = "verbosity";
    private static final String ID = "_id";
    private static final String FEATURES = "_features";

    @Override
    public Flavour flavour() {
        return Flavour.XGBOOST;
    }

    @Override
    public String roundName() {
        return "rounds";
    }

    /** @throws PenstockException {@code PEN-CFG-016} too few slots, too */
    @Override
    public Fitted fit(Dataset<Row> set, FitRequest request) {
        SparkContext context = set.sparkSession().sparkContext();
        Preconditions.slots(context, request.workers());
        FitChecks.features(request);
        FitChecks.values(set, request, request.workers());
        Dataset<Row> seen = set.where(col("split").isin(Split.TRAIN, Split.VALIDATION));
        Dataset<Row> rows = partitioned(seen, request).persist(StorageLevel.MEMORY_AND_DISK());
        try {
            FitChecks.Rows sizes = materialise(rows, request.workers());
            Dataset<Row> validation = rows.where(col("split").equalTo(Split.VALIDATION));
            XGBoostClassifier first = classifier(context, request, request.rounds());
            first.setEvalDataset(validation);
            if (request.earlyStopping() > 0) {
                first.setNumEarlyStoppingRounds(request.earlyStopping());
            }
            XGBoostClassificationModel explored =
                    train(first, rows.where(col("split").equalTo(Split.TRAIN)));
            float[][] losses = losses(explored);
            explored.nativeBooster().dispose();
            int rounds = best(losses[1]) + 1;
            Booster booster = train(classifier(context, request, rounds), rows).nativeBooster();
            return new Fitted(
                    bytes(booster, rounds),
                    rounds,
                    Map.of("workers", String.valueOf(request.workers())),
                    curves(losses),
                    sizes.train(),
                    sizes.validation(),
                    List.of());
        } finally {
            rows.unpersist();
        }
    }

    private static Dataset<Row> partitioned(Dataset<Row> seen, FitRequest request) {
        Column[] names = Stream.concat(request.keys().stream(), Stream.of("unit", "as_of"))
                .map(FitChecks::column)
                .toArray(Column[]::new);
        List<Column> columns = new ArrayList<>(List.of(
                xxhash64(names).as(ID),
                col("split"),
                col("label").cast("float").as("label"),
                col("weight").cast("float").as("weight"),
                array(request.features().stream().map(XgboostTrainer::value).toArray(Column[]::new))
                        .as(FEATURES)));
        // Two rows may share a hash: their names settle the order.
        List<Column> order = new ArrayList<>(List.of(col(ID)));
        for (int i = 0; i < names.length; i++) {
            columns.add(names[i].as("_name" + i));
            order.add(col("_name" + i));
        }
        return seen.select(columns.toArray(Column[]::new))
                .repartition(request.workers(), col(ID))
                .sortWithinPartitions(order.toArray(Column[]::new))
                .select(col(ID), col("split"), col("label"), col("weight"), col(FEATURES));
    }

    private static Column value(String feature) {
        return coalesce(FitChecks.column(feature).cast("float"), lit(Float.NaN));
    }

    /** Fills the cache, and sees to it that every worker has rows of both slices. */
    private static FitChecks.Rows materialise(Dataset<Row> rows, int workers) {
        Map<String, Long> sizes = new TreeMap<>();
        int cells = 0;
        for (Row row : rows.groupBy(spark_partition_id().as("worker"), col("split"))
                .agg(count(lit(1)))
                .collectAsList()) {
            sizes.merge(row.getString(1), row.getLong(2), Long::sum);
            cells++;
        }
        FitChecks.Rows all = new FitChecks.Rows(sizes.get(Split.TRAIN), sizes.get(Split.VALIDATION));
        if (cells < 2 * workers) {
            throw FitChecks.tooFew(all, workers);
        }
        return all;
    }

    private static XGBoostClassifier classifier(SparkContext context, FitRequest request, int rounds) {
        XGBoostClassifier classifier = classifier(request);
        classifier.setNumRound(rounds);
        classifier.setNthread(context.getConf().getInt("spark.task.cpus", 1));
        classifier.setRabitTrackerTimeout(TRACKER_TIMEOUT_SECONDS);
        classifier.setRabitTrackerHostIp(Preconditions.trackerHost(context));
        quiet(classifier);
        return classifier;
    }

    /** What is asked of XGBoost, whatever it runs on. */
    static XGBoostClassifier classifier(FitRequest request) {
        Map<String, String> params = new TreeMap<>(request.params());
        params.putIfAbsent("objective", "binary:logistic");
        params.put("eval_metric", LOSS);
        Optional<String> monotone = Optional.ofNullable(params.remove("monotone_constraints"));
        Optional.ofNullable(params.remove("interaction_constraints"))
                .flatMap(groups -> FeatureConstraints.interaction(groups, request.features()))
                .ifPresent(positions -> params.put("interaction_constraints", positions));
        scala.collection.immutable.Map<String, Object> all = scala.collection.immutable.Map$.MODULE$.empty();
        for (Map.Entry<String, String> param : params.entrySet()) {
            all = all.$plus(new Tuple2<>(param.getKey(), param.getValue()));
        }
        XGBoostClassifier classifier = new XGBoostClassifier(all);
        requireDeclared(classifier, params);
        // Declared as a list of numbers, which the library hands on as the name of an array in memory
        monotone.ifPresent(signs -> handText(
                classifier,
                "monotone_constraints",
                "monotone_constraints",
                Arrays.stream(FeatureConstraints.monotone(signs, request.features()))
                        .mapToObj(String::valueOf)
                        .collect(Collectors.joining(",", "(", ")"))));
        classifier.setFeaturesCol(FEATURES);
        classifier.setLabelCol("label");
        classifier.setWeightCol("weight");
        classifier.setFeatureNames(request.features().toArray(String[]::new));
        classifier.setMissing(Float.NaN);
        classifier.setRawPredictionCol("");
        classifier.setNumWorkers(request.workers());
        return classifier;
    }

    /** XGBoost4J-Spark drops what it does not declare. */
    private static void requireDeclared(XGBoostClassifier classifier, Map<String, String> params) {
        List<String> dropped = params.keySet().stream()
                .filter(name -> !classifier.hasParam(name))
                .toList();
        if (!dropped.isEmpty()) {
            throw new PenstockException(
                    ErrorCode.PARAMETER_DROPPED,
                    "XGBoost4J-Spark has no parameters " + dropped,
                    "training.params",
                    "Remove them, and report it: what is accepted must be used");
        }
    }

    /**
     * Native code prints every round to standard error, past every logger, unless {@code verbose_eval} is off. XGBoost4J-Spark
     * reads the parameter but declares none of that name, and hands on declared ones only: it takes the place of one that
     * {@link io.penstock.core.config.XgboostParameters} does not allow.
     */
    private static void quiet(XGBoostClassifier classifier) {
        handText(classifier, NEVER_SET, "verbose_eval", "false");
    }

    /** Native code takes text only; XGBoost4J-Spark hands on declared parameters only. */
    private static void handText(XGBoostClassifier classifier, String replaced, String name, String value) {
        Param<?>[] declared = classifier.params();
        for (int i = 0; i < declared.length; i++) {
            if (declared[i].name().equals(replaced)) {
                Param<String> text = new Param<>(classifier, name, "Handed on as it is");
                declared[i] = text;
                classifier.paramMap().put(text, value);
            }
        }
    }

    private static XGBoostClassificationModel train(XGBoostClassifier classifier, Dataset<Row> rows) {
        return classifier.fit(rows);
    }

    /** Of the training rows and of the validation rows, by round. */
    private static float[][] losses(XGBoostClassificationModel model) {
        XGBoostTrainingSummary summary = model.summary().get();
        float[] train = summary.trainObjectiveHistory();
        float[] validation = summary.validationObjectiveHistory().head()._2();
        // The histories are as long as the rounds allowed; past the last round they hold zeros.
        int rounds = (int) Math.min(train.length, model.nativeBooster().getNumBoostedRound());
        return new float[][] {Arrays.copyOf(train, rounds), Arrays.copyOf(validation, rounds)};
    }

    private static List<Tracker.Point> curves(float[][] losses) {
        List<Tracker.Point> points = new ArrayList<>();
        for (int round = 0; round < losses[0].length; round++) {
            points.add(Tracker.Point.of("train-" + LOSS, losses[0][round], round));
            points.add(Tracker.Point.of("validation-" + LOSS, losses[1][round], round));
        }
        return points;
    }

    private static int best(float[] losses) {
        int best = 0;
        for (int round = 1; round < losses.length; round++) {
            if (losses[round] < losses[best]) {
                best = round;
            }
        }
        return best;
    }

    private static byte[] bytes(Booster booster, int rounds) {
        try {
            if (booster.getNumBoostedRound() != rounds) {
                throw new PenstockException(
                        ErrorCode.OTHER_NUMBER_OF_ROUNDS,
                        "The refit has " + booster.getNumBoostedRound() + " rounds, asked were " + rounds,
                        "training",
                        "Report this: the parameters of the candidate change the number of rounds");
            }
            if (booster.getFeatureScore((String) null).isEmpty()) {
                throw new PenstockException(
                        ErrorCode.NOTHING_TO_LEARN,
                        "Cannot train: no feature tells the labels apart, every tree is a single leaf",
                        "training set",
                        "Check that the features are not constant, and min_child_weight and gamma");
            }
            return booster.toByteArray("ubj");
        } catch (XGBoostError e) {
            throw new IllegalStateException("Cannot serialise the booster", e);
        } finally {
            booster.dispose();
        }
    }
}
