package io.penstock.scoring;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.penstock.core.Hashes;
import io.penstock.core.PenstockException;
import io.penstock.core.Pin;
import io.penstock.core.UnitId;
import io.penstock.core.config.GateSpec;
import io.penstock.core.config.LabelSpec;
import io.penstock.core.config.ModelSpec;
import io.penstock.core.config.ScoringSpec;
import io.penstock.core.config.SpineSpec;
import io.penstock.core.model.ModelDescriptor;
import io.penstock.core.model.Predictor;
import io.penstock.core.model.Task;
import io.penstock.scoring.xgboost.TinyModel;
import io.penstock.scoring.xgboost.XgboostLoader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class BatchScoringTest {
    private static final List<String> KEY = List.of("flight_id");
    private static final List<String> FEATURES = TinyModel.NAMES;
    private static final List<Pin.TablePin> TABLES =
            List.of(new Pin.TablePin("features/routes_v1", 4, 10), new Pin.TablePin("features/aircraft_v1", 2, 10));
    private static final int ROWS = 9000;

    private static SparkSession spark;
    private static byte[] model;
    private static float[] dense;
    private static Dataset<Row> inputs;

    @BeforeAll
    static void start() {
        spark = SparkSession.builder()
                .master("local[2]")
                .config("spark.sql.shuffle.partitions", "2")
                .config("spark.sql.session.timeZone", "UTC")
                .getOrCreate();
        model = TinyModel.train();
        dense = TinyModel.rows(ROWS, new Random(3));
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < ROWS; i++) {
            String code = i % 10 == 9 ? "PEN-SCO-001" : null;
            rows.add(input(i, code, value(i, 0), value(i, 1), value(i, 2)));
        }
        inputs = frame(rows);
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    @Test
    void columnsAreThePublicContract() {
        assertThat(score(inputs).schema().toDDL().replace(" NOT NULL", ""))
                .isEqualTo("flight_id STRING,unit DATE,as_of TIMESTAMP,score DOUBLE,prediction DOUBLE,code STRING,"
                        + "model_name STRING,model_version STRING,model_sha256 STRING,run_id STRING,"
                        + "feature_pins ARRAY<STRUCT<table: STRING, version: BIGINT>>,"
                        + "reasons ARRAY<STRUCT<feature: STRING, value: DOUBLE, text: STRING, contribution: DOUBLE>>,"
                        + "class STRING,class_scores ARRAY<STRUCT<class: STRING, score: DOUBLE>>,"
                        + "quantiles ARRAY<STRUCT<q: DOUBLE, value: DOUBLE>>,codes ARRAY<STRING>");
        assertThat(score(inputs)
                        .where("class is not null or class_scores is not null or quantiles is not null")
                        .isEmpty())
                .isTrue();
    }

    @Test
    void everyInputGivesOneRowThatScoresAsTheNativeBooster() {
        List<Row> scored = score(inputs).orderBy("flight_id").collectAsList();
        assertThat(scored).hasSize(ROWS);
        try (Predictor predictor = new XgboostLoader().load(model, Hashes.sha256(model), TinyModel.NAMES)) {
            float[] expected = predictor.predict(dense, ROWS);
            for (int i = 0; i < ROWS; i++) {
                Row row = scored.get(i);
                assertThat(row.getString(0)).isEqualTo(id(i));
                if (i % 10 == 9) {
                    assertThat(row.isNullAt(3) && row.isNullAt(4)).isTrue();
                    assertThat(row.getString(5)).isEqualTo("PEN-SCO-001");
                    assertThat(row.getList(11)).isEmpty();
                } else {
                    assertThat(row.getDouble(3)).isEqualTo(expected[i]);
                    assertThat(row.getDouble(4)).isEqualTo(expected[i] >= 0.5 ? 1.0 : 0.0);
                    assertThat(row.isNullAt(5)).isTrue();
                    assertThat(row.getList(15)).isEmpty();
                }
            }
        }
    }

    @Test
    void pinsStandInEveryRow() {
        Row row = score(inputs).where(col("flight_id").equalTo(id(9))).first();
        assertThat(row.getString(6)).isEqualTo("flight_delay_late");
        assertThat(row.getString(7)).isEqualTo("3");
        assertThat(row.getString(8)).isEqualTo(Hashes.sha256(model));
        assertThat(row.getString(9)).isEqualTo("run-1");
        assertThat(row.<Row>getList(10))
                .containsExactly(
                        RowFactory.create("features/routes_v1", 4L), RowFactory.create("features/aircraft_v1", 2L));
    }

    @Test
    void orderAndPartitioningChangeNoValue() {
        List<Row> one = score(inputs.coalesce(1)).orderBy("flight_id").collectAsList();
        List<Row> many = score(inputs.orderBy(col("wind").desc()).repartition(7))
                .orderBy("flight_id")
                .collectAsList();
        assertThat(many).isEqualTo(one);
    }

    @Test
    void reasonsSumWithTheBiasToTheMarginAndStandStrongestFirst() {
        Row row = score(inputs).where(col("flight_id").equalTo(id(0))).first();
        float[] contributions;
        try (Predictor predictor = new XgboostLoader().load(model, Hashes.sha256(model), TinyModel.NAMES)) {
            contributions = predictor.contributions(dense, 1);
        }
        List<Row> reasons = row.getList(11);
        double margin = contributions[3];
        double last = Double.POSITIVE_INFINITY;
        for (Row reason : reasons) {
            margin += reason.getDouble(3);
            assertThat(Math.abs(reason.getDouble(3))).isLessThanOrEqualTo(last);
            last = Math.abs(reason.getDouble(3));
        }
        assertThat(1 / (1 + Math.exp(-margin))).isCloseTo(row.getDouble(3), within(1e-6));
        assertThat(reasons)
                .anyMatch(reason -> reason.getString(0).equals("seats") && reason.isNullAt(1) && reason.isNullAt(2));
    }

    @Test
    void equalContributionsStandByNameAndThoseOfZeroAreNoReasons() {
        Row row = RowFactory.create(1.0, null, 3.0, 4.0);
        Reasons reasons = new Reasons(List.of("b", "a", "none", "c"), Map.of(), 2);
        assertThat(reasons.of(row, 0, new float[] {-1, 1, 0, 0.5f, 9}, 0))
                .containsExactly(RowFactory.create("a", null, null, 1.0), RowFactory.create("b", 1.0, "1", -1.0));
    }

    @Test
    void aReasonHasTheWordOfACategoryAndTheTextOfANumber() {
        Row row = RowFactory.create(1.0, 7.0, 9.12, 1e300, Double.NaN);
        Reasons reasons = new Reasons(
                List.of("shop", "city", "amount", "mass", "gap"),
                Map.of("shop", List.of("north", "south"), "city", List.of("east")),
                5);
        assertThat(reasons.of(row, 0, new float[] {5, 4, 3, 2, 1, 9}, 0))
                .containsExactly(
                        RowFactory.create("shop", 1.0, "south", 5.0),
                        RowFactory.create("city", 7.0, "7", 4.0),
                        RowFactory.create("amount", 9.12, "9.12", 3.0),
                        RowFactory.create("mass", 1e300, "1.0E300", 2.0),
                        RowFactory.create("gap", null, null, 1.0));
    }

    @Test
    void aRowWithoutAnyValueIsFlaggedAndAnInfiniteOneHeld() {
        Dataset<Row> odd = frame(List.of(
                input(0, null, null, Double.NaN, null),
                input(1, null, 0.5, 1e300, 1.0),
                input(2, null, 0.5, 0.0, 1.0)));
        List<Row> scored = score(odd.coalesce(1)).orderBy("flight_id").collectAsList();
        assertThat(scored).extracting(row -> row.getString(5)).containsExactly("PEN-ML-017", "PEN-ML-006", null);
        assertThat(scored).extracting(row -> row.isNullAt(3)).containsExactly(false, true, false);
    }

    @Test
    void aFlaggedRowIsScoredAndItsFlagGivesWayToWhatIsWorse() {
        Dataset<Row> rows = frame(List.of(
                        input(0, null, 0.5, 1.0, 1.0),
                        input(1, "PEN-SCO-001", 0.5, 1.0, 1.0),
                        input(2, null, null, null, null)))
                .coalesce(1);
        List<Row> plain = score(rows).orderBy("flight_id").collectAsList();

        List<Row> flagged = score(rows.withColumn(BatchScoring.FLAGS, array(lit("PEN-SCO-030"))))
                .orderBy("flight_id")
                .collectAsList();

        assertThat(flagged)
                .extracting(row -> row.getString(5))
                .containsExactly("PEN-SCO-030", "PEN-SCO-001", "PEN-ML-017");
        assertThat(flagged)
                .extracting(row -> row.get(3))
                .isEqualTo(plain.stream().map(row -> row.get(3)).toList());
        assertThat(flagged)
                .extracting(row -> row.getList(11))
                .isEqualTo(plain.stream().map(row -> row.getList(11)).toList());
    }

    @Test
    void allCodesOfARowAreKeptTheWorstFirst() {
        Dataset<Row> odd = frame(List.of(
                        input(0, null, null, null, null),
                        input(1, null, 0.5, 1e300, 1.0),
                        input(2, "PEN-SCO-001", 0.5, 0.0, 1.0),
                        input(3, null, 0.5, 0.0, 1.0)))
                .withColumn(BatchScoring.FLAGS, array(col("code"), lit("PEN-SCO-051"), lit(null), lit("PEN-SCO-030")));
        List<Row> scored = score(odd).orderBy("flight_id").collectAsList();
        assertThat(scored)
                .extracting(row -> row.getList(row.fieldIndex("codes")))
                .containsExactly(
                        List.of("PEN-ML-017", "PEN-SCO-051", "PEN-SCO-030"),
                        List.of("PEN-ML-006", "PEN-SCO-051", "PEN-SCO-030"),
                        List.of("PEN-SCO-001", "PEN-SCO-051", "PEN-SCO-030"),
                        List.of("PEN-SCO-051", "PEN-SCO-030"));
        assertThat(scored)
                .extracting(row -> row.getString(5))
                .containsExactly("PEN-ML-017", "PEN-ML-006", "PEN-SCO-001", "PEN-SCO-051");
        assertThat(scored.get(3).getDouble(3))
                .isEqualTo(score(odd.drop(BatchScoring.FLAGS))
                        .where(col("flight_id").equalTo(id(3)))
                        .first()
                        .getDouble(3));
    }

    @Test
    void withoutAModelEveryRowIsHeld() {
        Dataset<Row> held = BatchScoring.hold(inputs, KEY, "PEN-ML-013", "run-1", List.of());
        assertThat(held.columns()).isEqualTo(score(inputs).columns());
        assertThat(held.where("score is null and model_name is null and size(reasons) = 0")
                        .count())
                .isEqualTo(ROWS);
        assertThat(held.where("code = 'PEN-SCO-001' and codes = array('PEN-SCO-001', 'PEN-ML-013')")
                        .count())
                .isEqualTo(ROWS / 10);
        assertThat(held.where("codes = array('PEN-ML-013')").count()).isEqualTo(ROWS - ROWS / 10);
    }

    @Test
    void aDamagedModelOrAMissingFeatureStopsBeforeAnyTask() {
        byte[] damaged = model.clone();
        damaged[100] ^= 4;
        assertThatThrownBy(
                        () -> BatchScoring.score(inputs, KEY, spec(), damaged, config(), pins(), new XgboostLoader()))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-ML-010");
        ModelDescriptor another = spec().storedWith(Map.of("model.ubj", Hashes.sha256(model), "code/loader.py", "ab"));
        assertThatThrownBy(() -> BatchScoring.score(inputs, KEY, another, model, config(), pins(), new XgboostLoader()))
                .as("with another loader than the one that is pinned")
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-ML-010");
        assertThatThrownBy(() -> score(inputs.drop("wind")))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-ML-009 The model needs inputs that the pipeline does not make: wind");
    }

    private static Dataset<Row> score(Dataset<Row> rows) {
        return BatchScoring.score(rows, KEY, spec(), model, config(), pins(), new XgboostLoader());
    }

    private static Dataset<Row> frame(List<Row> rows) {
        StructType schema = new StructType()
                .add("flight_id", DataTypes.StringType)
                .add("unit", DataTypes.StringType)
                .add("as_of", DataTypes.StringType)
                .add("code", DataTypes.StringType);
        for (String feature : FEATURES) {
            schema = schema.add(feature, DataTypes.DoubleType);
        }
        return spark.createDataFrame(rows, schema)
                .withColumn("unit", col("unit").cast("date"))
                .withColumn("as_of", col("as_of").cast("timestamp"));
    }

    private static Row input(int i, String code, Double lateRate, Double wind, Double seats) {
        return RowFactory.create(id(i), "2013-12-25", "2013-12-25T08:00:00Z", code, lateRate, wind, seats);
    }

    /** Missing as NULL in even rows, as NaN in odd ones. */
    private static Double value(int row, int feature) {
        float value = dense[row * 3 + feature];
        return Float.isNaN(value) && row % 2 == 0 ? null : (Double) (double) value;
    }

    private static String id(int i) {
        return String.format("%05d", i);
    }

    private static ScoringPins pins() {
        return new ScoringPins(new Pin.ModelPin("flight_delay_late", "3", Hashes.sha256(model)), "run-1", TABLES);
    }

    private static ModelDescriptor spec() {
        return new ModelDescriptor(
                "late",
                "full",
                FEATURES,
                Map.of(),
                List.of(),
                Hashes.sha256(model),
                20,
                "2013-12-25",
                "run-0",
                Map.of());
    }

    private static ModelSpec config() {
        return new ModelSpec(
                "late",
                false,
                new SpineSpec("schedules", Optional.empty(), Map.of()),
                new LabelSpec("outcomes", KEY, "true", Duration.ofDays(2)),
                List.of(),
                Map.of(),
                null,
                new GateSpec(Task.binary().gateMetric(), 0.6, Optional.empty(), 0, List.of()),
                new ScoringSpec(UnitId.parse("2013-12-25"), 5, 0.5, List.of()),
                "");
    }
}
