package io.penstock.training;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.PenstockException;
import io.penstock.core.model.LogisticModel;
import io.penstock.core.model.Measured;
import io.penstock.core.model.ModelDescriptor;
import io.penstock.core.model.Predictor;
import io.penstock.core.model.Task;
import io.penstock.training.sparkml.LogisticTrainer;
import io.penstock.training.xgboost.XgboostTrainer;
import java.io.ByteArrayInputStream;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoost;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What each trainer makes of the same rows. */
class TrainersTest {
    private static final Map<String, String> PARAMS = Map.of(
            "objective",
            "binary:logistic",
            "eta",
            "0.3",
            "max_depth",
            "3",
            "subsample",
            "0.8",
            "seed",
            "7",
            "tree_method",
            "hist",
            "colsample_bytree",
            "0.9");
    private static final FitRequest REQUEST =
            new FitRequest(List.of("hour", "rate", "gap"), List.of("flight_id"), PARAMS, 2, 60, 5);

    private static SparkSession spark;
    private static Dataset<Row> set;
    private static Fitted fitted;

    @BeforeAll
    static void session() {
        spark = SparkSession.builder()
                .master("local[2]")
                .config("spark.sql.shuffle.partitions", "2")
                .getOrCreate();
        set = generated(4_000).localCheckpoint();
        fitted = new XgboostTrainer().fit(set, REQUEST);
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    @Test
    void equalSetsGiveEqualBytesHoweverTheyArePartitioned() {
        Fitted again = new XgboostTrainer().fit(set, REQUEST);
        Fitted shuffled = new XgboostTrainer().fit(set.repartition(5, col("rate")), REQUEST);

        assertThat(again.sha256()).isEqualTo(fitted.sha256());
        assertThat(shuffled.sha256()).isEqualTo(fitted.sha256());
        assertThat(fitted.trainRows()).isEqualTo(2_800);
        assertThat(fitted.validationRows()).isEqualTo(600);
    }

    @Test
    void theRefitHasTheBestNumberOfRounds() throws Exception {
        double[] losses = fitted.curve("validation-logloss");
        assertThat(losses).hasSize(fitted.rounds() + REQUEST.earlyStopping());
        assertThat(fitted.curve("train-logloss")).hasSameSizeAs(losses);
        assertThat(losses[0]).isLessThan(0.7);
        assertThat(Arrays.stream(losses).min()).hasValue(losses[fitted.rounds() - 1]);
        Booster booster = XGBoost.loadModel(new ByteArrayInputStream(fitted.model()));
        assertThat(booster.getNumBoostedRound()).isEqualTo(fitted.rounds());
        assertThat(booster.getFeatureNames()).containsExactly("hour", "rate", "gap");
    }

    @Test
    void missingIsNotZero() {
        // The label is told by whether gap is NULL, among rows where it is 0 otherwise.
        Dataset<Row> rows = set.withColumn(
                "gap", when(col("label").equalTo(1), lit(null).cast("double")).otherwise(0.0));

        Fitted missing = new XgboostTrainer().fit(rows, REQUEST);

        assertThat(missing.curve("validation-logloss")[missing.rounds() - 1]).isLessThan(0.05);
    }

    /** By two workers, so that a parameter that native code cannot read would lose one of them. */
    @Test
    void parametersReachTheWorkers() {
        String usual = new XgboostTrainer()
                .fit(set, new FitRequest(REQUEST.features(), REQUEST.keys(), PARAMS, 2, 10, 0))
                .sha256();
        Map<String, Map<String, String>> others = Map.of(
                "eta", Map.of("eta", "0.05"),
                "signs", Map.of("monotone_constraints", "{\"rate\": -1}"),
                "groups", Map.of("interaction_constraints", "[[\"hour\"], [\"rate\"], [\"gap\"]]"));

        others.forEach((name, params) -> {
            Map<String, String> all = new HashMap<>(PARAMS);
            all.putAll(params);
            FitRequest other = new FitRequest(REQUEST.features(), REQUEST.keys(), all, 2, 10, 0);
            assertThat(new XgboostTrainer().fit(set, other).sha256()).as(name).isNotEqualTo(usual);
        });
    }

    @Test
    void aCandidateIsJudgedOnTheTestRowsOverallAndPerSlice() {
        ModelDescriptor spec = new ModelDescriptor(
                "late",
                "full",
                REQUEST.features(),
                Map.of("hour", List.of("midnight", "one")),
                List.of(),
                fitted.sha256(),
                fitted.rounds(),
                "2013-12-25",
                "run",
                Map.of());

        Evaluation evaluation = OfflineEvaluation.candidate(
                Task.binary(),
                set.where("split = 'test'"),
                spec,
                fitted.model(),
                (model, sha256, features) -> new Native(model, features.size()),
                List.of("hour"));

        assertThat(evaluation.all().rows()).isEqualTo(600);
        assertThat(evaluation.all().metrics().get("auc")).isBetween(0.75, 0.95);
        assertThat(evaluation.all().metrics().get("logloss")).isLessThan(0.6);
        assertThat(evaluation.slices()).containsKeys("hour=midnight", "hour=2.0");
        assertThat(evaluation.slices().values().stream()
                        .mapToLong(Measured::rows)
                        .sum())
                .isEqualTo(600);
    }

    /** Scoring would hold it, so that there is nothing to measure. */
    @Test
    void aTestRowOfAnInfiniteFeatureIsNotEvaluated() {
        ModelDescriptor spec = new ModelDescriptor(
                "late", "full", REQUEST.features(), Map.of(), List.of(), "", 1, "2013-12-25", "run", Map.of());

        assertThatThrownBy(() -> OfflineEvaluation.candidate(
                        Task.binary(),
                        broken("rate", lit(-1e300)),
                        spec,
                        fitted.model(),
                        (model, sha256, features) -> new Native(model, features.size()),
                        List.of()))
                .hasMessageContaining("PEN-ML-006 Cannot evaluate");
    }

    @Test
    void unfitRowsAreRefusedBeforeNativeCodeSeesThem() {
        refused("PEN-ML-001", set.where("split = 'train'"));
        refused(
                "PEN-ML-002",
                set.where("split = 'train'")
                        .union(set.where("split = 'validation'").limit(1)));
        refused("PEN-ML-003", set.withColumn("label", lit(0.0)));
        refused("PEN-ML-004", broken("label", lit(null)));
        refused("PEN-ML-004", broken("label", lit(Double.NaN)));
        refused("PEN-ML-004", broken("weight", lit(null)));
        refused("PEN-ML-006", broken("rate", lit(Double.POSITIVE_INFINITY)));
        refused("PEN-ML-006", broken("rate", lit(-1e300)));
        refused("PEN-ML-007", broken("label", lit(2.0)));
        refused("PEN-ML-066", set.withColumn("weight", lit(0.0)));
    }

    /** A model that was fitted would be measured on it. */
    @Test
    void anInfiniteFeatureIsRefusedInWhateverSliceItIs() {
        for (String split : List.of("train", "validation", "test")) {
            Dataset<Row> one = set.limit(1)
                    .withColumn("split", lit(split))
                    .withColumn("rate", lit(Double.NEGATIVE_INFINITY))
                    .withColumn("flight_id", lit("the one"));

            assertThatThrownBy(() -> new XgboostTrainer().fit(set.union(one), REQUEST))
                    .isInstanceOf(PenstockException.class)
                    .hasMessageContaining("PEN-ML-006 Cannot train: in 1 rows the feature is infinite")
                    .hasMessageContaining("flight_id = the one")
                    .hasMessageContaining("split = " + split + ", rate = -Infinity")
                    .hasMessageContaining("column rate");
        }
    }

    @Test
    void constantFeaturesAreRefused() {
        refused(
                "PEN-ML-003",
                set.withColumn("hour", lit(1.0)).withColumn("rate", lit(1.0)).withColumn("gap", lit(1.0)));
    }

    @Test
    void moreWorkersThanSlotsIsAnErrorAtOnce() {
        FitRequest three = new FitRequest(REQUEST.features(), REQUEST.keys(), PARAMS, 3, 10, 0);
        long started = System.nanoTime();

        assertThatThrownBy(() -> new XgboostTrainer().fit(set, three))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-CFG-016 Cannot train with 3 workers: Spark has 2 task slots");
        assertThat(System.nanoTime() - started).isLessThan(1_000_000_000L);
    }

    private static final Map<String, String> LOGISTIC =
            Map.of("reg", "0.0001", "l1_ratio", "0", "max_iterations", "100", "tolerance", "1e-9");

    private static FitRequest logistic(Map<String, String> params) {
        return new FitRequest(Task.binary(), REQUEST.features(), Map.of("hour", 24), REQUEST.keys(), params, 2, 60, 5);
    }

    @Test
    void aLogisticModelHasTheSameBytesHoweverItsSetIsPartitioned() {
        Trainer trainer = new LogisticTrainer();
        Fitted first = trainer.fit(set, logistic(LOGISTIC));
        Fitted shuffled = trainer.fit(set.repartition(5, col("rate")), logistic(LOGISTIC));

        assertThat(shuffled.model()).isEqualTo(first.model());
        assertThat(first.trainRows()).isEqualTo(2_800);
        assertThat(first.validationRows()).isEqualTo(600);
        assertThat(first.notes()).isEmpty();
        assertThat(first.curve("objective"))
                .hasSize(first.rounds() + 1)
                .isSortedAccordingTo((a, b) -> Double.compare(b, a));
    }

    /** The log odds rise by 3 from a rate of 0 to 1 and by 1/4 an hour, and gap says nothing: so the rows were made. */
    @Test
    void aLogisticModelFindsWhatTheRowsWereMadeBy() {
        LogisticModel model = LogisticModel.read(
                new LogisticTrainer().fit(set, logistic(LOGISTIC)).model());

        assertThat(model.features()).isEqualTo(REQUEST.features());
        LogisticModel.Term hour = model.terms().get(0);
        LogisticModel.Term rate = model.terms().get(1);
        LogisticModel.Term gap = model.terms().get(2);
        assertThat(rate.coefficient() / rate.scale()).isBetween(2.6, 3.4);
        assertThat(rate.mean()).isBetween(0.48, 0.52);
        assertThat(gap.coefficient()).isBetween(-0.1, 0.1);
        assertThat(hour.levels()).hasSize(24);
        assertThat((hour.levels().get(20) - hour.levels().get(4)) / 16).isBetween(0.2, 0.3);
        // An hour that is missing counts as the average one
        assertThat(model.intercept() + hour.missing()).isBetween(-0.5, 0.5);
    }

    @Test
    void whatNoLogisticModelCanBeFittedToIsRefusedAsOfTrees() {
        Trainer trainer = new LogisticTrainer();
        Map<String, Dataset<Row>> unfit = Map.of(
                "PEN-ML-003", set.withColumn("label", lit(0.0)),
                "PEN-ML-004", broken("weight", lit(null)),
                "PEN-ML-006", broken("rate", lit(Double.POSITIVE_INFINITY)),
                "PEN-ML-066", set.withColumn("weight", lit(0.0)),
                "PEN-ML-007", broken("label", lit(2.0)));

        unfit.forEach((code, rows) -> assertThatThrownBy(() -> trainer.fit(rows, logistic(LOGISTIC)))
                .isInstanceOfSatisfying(
                        PenstockException.class, e -> assertThat(e.code()).isEqualTo(code)));
        assertThatThrownBy(() -> trainer.fit(set, logistic(with("reg", "1000", "l1_ratio", "1"))))
                .hasMessageContaining("PEN-ML-003")
                .hasMessageContaining("every coefficient is 0");
        assertThat(trainer.fit(set, logistic(with("max_iterations", "1", "l1_ratio", "0")))
                        .notes())
                .singleElement()
                .asString()
                .contains("PEN-ML-067");
    }

    private static Map<String, String> with(String one, String value, String other, String otherValue) {
        Map<String, String> params = new HashMap<>(LOGISTIC);
        params.put(one, value);
        params.put(other, otherValue);
        return params;
    }

    private static void refused(String code, Dataset<Row> rows) {
        assertThatThrownBy(() -> new XgboostTrainer().fit(rows, REQUEST))
                .isInstanceOfSatisfying(
                        PenstockException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    private static Dataset<Row> broken(String column, Column value) {
        return set.withColumn(
                column,
                when(col("flight_id").equalTo("f17"), value.cast("double")).otherwise(col(column)));
    }

    /** 70 % train, 15 % validation, 15 % test; a third of gap is NULL; the label follows hour and rate. */
    private static Dataset<Row> generated(int rows) {
        SplittableRandom random = new SplittableRandom(11);
        List<Row> all = IntStream.range(0, rows)
                .mapToObj(i -> {
                    double hour = random.nextInt(24);
                    double rate = random.nextDouble();
                    double odds = (hour - 12) / 4 + 3 * (rate - 0.5);
                    return RowFactory.create(
                            "f" + i,
                            java.sql.Date.valueOf("2013-10-01"),
                            java.sql.Timestamp.valueOf("2013-10-01 08:00:00"),
                            hour,
                            rate,
                            i % 3 == 0 ? null : random.nextDouble(),
                            random.nextDouble() < 1 / (1 + Math.exp(-odds)) ? 1.0 : 0.0,
                            1.0,
                            i < 0.7 * rows ? "train" : i < 0.85 * rows ? "validation" : "test");
                })
                .toList();
        return spark.createDataFrame(
                all,
                new StructType()
                        .add("flight_id", DataTypes.StringType)
                        .add("unit", DataTypes.DateType)
                        .add("as_of", DataTypes.TimestampType)
                        .add("hour", DataTypes.DoubleType)
                        .add("rate", DataTypes.DoubleType)
                        .add("gap", DataTypes.DoubleType)
                        .add("label", DataTypes.DoubleType)
                        .add("weight", DataTypes.DoubleType)
                        .add("split", DataTypes.StringType));
    }

    /** The native booster, called plainly. */
    private record Native(Booster booster, int features) implements Predictor {
        Native(byte[] model, int features) {
            this(load(model), features);
        }

        private static Booster load(byte[] model) {
            try {
                return XGBoost.loadModel(new ByteArrayInputStream(model));
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public float[] predict(float[] rows, int count) {
            try {
                float[][] scores = booster.predict(new DMatrix(rows, count, features, Float.NaN));
                float[] flat = new float[count];
                for (int i = 0; i < count; i++) {
                    flat[i] = scores[i][0];
                }
                return flat;
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public float[] contributions(float[] rows, int count) {
            throw new AssertionError("Not scripted");
        }

        @Override
        public void close() {}
    }
}
