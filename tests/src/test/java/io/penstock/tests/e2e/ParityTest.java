package io.penstock.tests.e2e;

import static io.penstock.tests.e2e.CommandLine.fromEnvironment;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.core.Clock;
import io.penstock.core.Pin;
import io.penstock.core.config.ConfigLoader;
import io.penstock.core.model.ModelDescriptor;
import io.penstock.core.model.ModelRegistry;
import io.penstock.features.CategoryIndex;
import io.penstock.jobs.run.SparkSessions;
import io.penstock.scoring.BatchScoring;
import io.penstock.scoring.ScoringPins;
import io.penstock.scoring.xgboost.XgboostLoader;
import io.penstock.training.FitRequest;
import io.penstock.training.Fitted;
import io.penstock.training.mlflow.MlflowRegistry;
import io.penstock.training.mlflow.MlflowServer;
import io.penstock.training.mlflow.MlflowTracker;
import io.penstock.training.xgboost.XgboostTrainer;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoost;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One model, trained by Spark, scored three times: by the batch stage in Spark, by the native booster, and by Python from
 * the registry. The rows are those at which implementations part: missing, zeros of both signs, the largest and smallest
 * numbers, doubles that no float holds, values at and beside the splits, unseen text.
 */
@CompiledPlans
class ParityTest {
    private static final List<String> FEATURES = List.of("rate", "depot", "mass", "gap");
    private static final List<String> DEPOTS = List.of("north", "south", "west");

    @TempDir
    private static Path folder;

    private static final List<Question> ROWS = new ArrayList<>();
    private static List<Row> spark;
    private static float[] booster;
    private static JsonNode python;

    /** @param depot text; NULL is missing */
    private record Question(String what, Double rate, String depot, Double mass, Double gap) {
        /** As native code wants it, worked out here and not by the code that is judged. */
        float[] dense() {
            int code = depot == null ? -1 : DEPOTS.indexOf(depot);
            return new float[] {number(rate), code < 0 ? Float.NaN : code, number(mass), number(gap)};
        }

        private static float number(Double value) {
            return value == null ? Float.NaN : value.floatValue();
        }

        Map<String, String> text() {
            Map<String, String> cells = new LinkedHashMap<>();
            cells.put("rate", rate == null ? null : rate.toString());
            cells.put("depot", depot);
            cells.put("mass", mass == null ? null : mass.toString());
            cells.put("gap", gap == null ? null : gap.toString());
            return cells;
        }

        boolean isNothing() {
            for (float value : dense()) {
                if (!Float.isNaN(value)) {
                    return false;
                }
            }
            return true;
        }

        /** No float can hold it: such a row is held, whatever native code would say. */
        boolean isHeld() {
            for (float value : dense()) {
                if (Float.isInfinite(value)) {
                    return true;
                }
            }
            return false;
        }
    }

    @BeforeAll
    static void threeTimes() throws Exception {
        Path conf = Parcels.configuration(folder.resolve("conf"));
        try (SparkSession session = SparkSessions.start("parity")) {
            Dataset<Row> raw = trainingRows(session);
            Map<String, List<String>> dictionaries = CategoryIndex.learn(raw, FEATURES);
            assertThat(dictionaries).isEqualTo(Map.of("depot", DEPOTS));
            Fitted fitted = new XgboostTrainer()
                    .fit(
                            CategoryIndex.encode(raw, FEATURES, dictionaries).localCheckpoint(),
                            new FitRequest(FEATURES, List.of("id"), Map.of("max_depth", "6", "seed", "7"), 1, 20, 5));
            ModelDescriptor spec = new ModelDescriptor(
                    "parity.slow",
                    "full",
                    FEATURES,
                    dictionaries,
                    List.of(),
                    fitted.sha256(),
                    fitted.rounds(),
                    "2024-03-12",
                    "run",
                    Map.of());
            Booster plain = XGBoost.loadModel(new ByteArrayInputStream(fitted.model()));
            ROWS.addAll(edges());
            ROWS.addAll(atTheSplits(plain));
            ROWS.addAll(random());

            spark = BatchScoring.score(
                            CategoryIndex.encode(questions(session), FEATURES, dictionaries),
                            List.of("id"),
                            spec,
                            fitted.model(),
                            ConfigLoader.load(conf, "parcels", "local", Map.of(), Map.of())
                                    .models()
                                    .get("slow"),
                            new ScoringPins(new Pin.ModelPin("parity.slow", "1", fitted.sha256()), "run", List.of()),
                            new XgboostLoader())
                    .orderBy("id")
                    .collectAsList();
            booster = predicted(plain);
            python = python(fitted.model(), spec);
        }
    }

    @AfterAll
    static void theServerStops() {
        new MlflowServer(folder.resolve("mlflow")).stop();
    }

    @Test
    void sparkIsTheNativeBoosterIsPython() {
        assertThat(spark).hasSameSizeAs(ROWS);
        for (int i = 0; i < ROWS.size(); i++) {
            Question row = ROWS.get(i);
            JsonNode pyfunc = python.path("pyfunc").get(i);
            if (row.isHeld()) {
                assertThat(pyfunc.isNull()).as("pyfunc: %s", row).isTrue();
                continue;
            }
            double score = spark.get(i).getAs("score");
            assertThat(score).as("Spark and native: %s", row).isEqualTo((double) booster[i]);
            assertThat(pyfunc.asDouble()).as("pyfunc: %s", row).isEqualTo(score);
            assertThat(python.path("booster").get(i).asDouble())
                    .as("Python's booster: %s", row)
                    .isEqualTo(score);
        }
    }

    /** A model that gives the same whatever it is asked proves nothing. */
    @Test
    void theRowsTellTheRulesApart() {
        assertThat(spark.stream()
                        .map(row -> row.<Double>getAs("score"))
                        .distinct()
                        .count())
                .isGreaterThan(100);
        assertThat(score("all missing")).isNotEqualTo(score("all zero"));
        assertThat(score("mass missing")).isNotEqualTo(score("mass zero"));
        assertThat(score("unseen depot")).isEqualTo(score("no depot")).isNotEqualTo(score("first depot"));
        assertThat(score("negative zero")).isEqualTo(score("all zero"));
        assertThat(score("largest")).isNotEqualTo(score("smallest"));
    }

    @Test
    void whatNoFloatHoldsIsHeldAndARowOfNothingIsFlagged() {
        List<String> held = new ArrayList<>();
        for (int i = 0; i < ROWS.size(); i++) {
            String code = spark.get(i).getAs("code");
            assertThat(spark.get(i).isNullAt(spark.get(i).fieldIndex("score")))
                    .as(ROWS.get(i).toString())
                    .isEqualTo(ROWS.get(i).isHeld());
            if (BatchScoring.NOT_FINITE.equals(code)) {
                held.add(ROWS.get(i).what());
            } else {
                assertThat(code)
                        .as(ROWS.get(i).toString())
                        .isEqualTo(ROWS.get(i).isNothing() ? BatchScoring.ALL_MISSING : null);
            }
        }
        assertThat(held).containsExactly("infinite", "minus infinite", "beyond a float", "beyond a float below");
    }

    @Test
    void pythonKnowsTheSameFeaturesInTheSameOrderAndRefusesOthers() {
        assertThat(python.path("names")).extracting(JsonNode::asText).containsExactlyElementsOf(FEATURES);
        assertThat(python.path("refused")).extracting(JsonNode::asBoolean).containsExactly(true, true, true);
    }

    private static double score(String what) {
        int at = IntStream.range(0, ROWS.size())
                .filter(i -> ROWS.get(i).what().equals(what))
                .findFirst()
                .orElseThrow();
        return spark.get(at).getAs("score");
    }

    // Rows.

    private static List<Question> edges() {
        double large = Float.MAX_VALUE;
        return List.of(
                new Question("all missing", null, null, null, null),
                new Question("all missing, as NaN", Double.NaN, null, Double.NaN, Double.NaN),
                new Question("all zero", 0.0, "north", 0.0, 0.0),
                new Question("negative zero", -0.0, "north", -0.0, -0.0),
                new Question("mass missing", 0.5, "west", null, 1.0),
                new Question("mass zero", 0.5, "west", 0.0, 1.0),
                new Question("first depot", 0.9, "north", 20.0, null),
                new Question("no depot", 0.9, null, 20.0, null),
                new Question("unseen depot", 0.9, "mars", 20.0, null),
                new Question("depot by another case", 0.9, "North", 20.0, null),
                new Question("empty depot", 0.9, "", 20.0, null),
                new Question("largest", large, "west", large, large),
                new Question("smallest", -large, "west", -large, -large),
                new Question("least float", (double) Float.MIN_VALUE, "south", (double) -Float.MIN_VALUE, 1e-40),
                new Question("least double", Double.MIN_VALUE, "south", -Double.MIN_VALUE, 1e-310),
                new Question("no float of it", 0.1, "south", 16_777_217.0, 1 / 3.0),
                new Question("infinite", 0.5, "west", Double.POSITIVE_INFINITY, 1.0),
                new Question("minus infinite", Double.NEGATIVE_INFINITY, "west", 1.0, 1.0),
                new Question("beyond a float", 0.5, "west", 1e300, 1.0),
                new Question("beyond a float below", 0.5, "west", 1.0, -3.5e38));
    }

    /** On each threshold of the model, one float beside it, and one double beside it, which the cast to float undoes. */
    private static List<Question> atTheSplits(Booster plain) throws Exception {
        List<Question> rows = new ArrayList<>();
        for (String tree : plain.getModelDump(FEATURES.toArray(String[]::new), false)) {
            for (String line : tree.split("\n")) {
                if (line.contains("[mass<")) {
                    float at = Float.parseFloat(line.replaceAll(".*\\[mass<([^]]*)].*", "$1"));
                    for (double mass : List.of(
                            (double) at,
                            (double) Math.nextUp(at),
                            (double) Math.nextDown(at),
                            Math.nextUp((double) at),
                            Math.nextDown((double) at))) {
                        rows.add(new Question("mass at a split", 0.5, "south", mass, null));
                    }
                }
            }
        }
        assertThat(rows).hasSizeGreaterThan(25);
        return rows;
    }

    private static List<Question> random() {
        Random random = new Random(23);
        List<Question> rows = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            rows.add(new Question(
                    "random",
                    random.nextInt(5) == 0 ? null : random.nextDouble(),
                    random.nextInt(5) == 0
                            ? null
                            : List.of("north", "south", "west", "mars").get(random.nextInt(4)),
                    random.nextInt(5) == 0 ? null : random.nextInt(500) / 10.0,
                    random.nextInt(3) == 0 ? null : random.nextGaussian() * Math.pow(10, random.nextInt(60) - 30)));
        }
        return rows;
    }

    /** Whether a value is missing tells as much as the value: a wrong default direction would show. */
    private static Dataset<Row> trainingRows(SparkSession session) {
        Random random = new Random(11);
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            double rate = random.nextInt(4) == 0 ? 0 : random.nextDouble();
            String depot = random.nextInt(6) == 0 ? null : DEPOTS.get(random.nextInt(3));
            Double mass = random.nextInt(4) == 0 ? null : (Double) (random.nextInt(500) / 10.0);
            Double gap = random.nextInt(3) == 0
                    ? null
                    : (Double) (random.nextGaussian() * Math.pow(10, random.nextInt(70) - 35));
            double odds = 2 * rate
                    + (mass == null ? 2 : mass / 25 - 1.5)
                    + (depot == null ? -1.5 : DEPOTS.indexOf(depot) - 0.5)
                    + (gap == null ? 0.5 : Math.signum(gap))
                    - 1.5;
            rows.add(RowFactory.create(
                    "r" + i,
                    rate,
                    depot,
                    mass,
                    gap,
                    random.nextDouble() < 1 / (1 + Math.exp(-2 * odds)) ? 1.0 : 0.0,
                    1.0,
                    i < 2_400 ? "train" : "validation"));
        }
        return framed(session.createDataFrame(
                rows,
                shape().add("label", DataTypes.DoubleType)
                        .add("weight", DataTypes.DoubleType)
                        .add("split", DataTypes.StringType)));
    }

    private static Dataset<Row> questions(SparkSession session) {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < ROWS.size(); i++) {
            Question row = ROWS.get(i);
            rows.add(RowFactory.create("%05d".formatted(i), row.rate(), row.depot(), row.mass(), row.gap()));
        }
        return framed(session.createDataFrame(rows, shape()))
                .withColumn("code", lit(null).cast("string"))
                .repartition(3, col("id"));
    }

    private static StructType shape() {
        return new StructType()
                .add("id", DataTypes.StringType)
                .add("rate", DataTypes.DoubleType)
                .add("depot", DataTypes.StringType)
                .add("mass", DataTypes.DoubleType)
                .add("gap", DataTypes.DoubleType);
    }

    private static Dataset<Row> framed(Dataset<Row> rows) {
        return rows.withColumn("unit", lit("2024-03-12").cast("date"))
                .withColumn("as_of", lit("2024-03-12 08:00:00").cast("timestamp"));
    }

    // The other two.

    private static float[] predicted(Booster plain) throws Exception {
        float[] scores = new float[ROWS.size()];
        for (int i = 0; i < scores.length; i++) {
            if (!ROWS.get(i).isHeld()) {
                DMatrix row = new DMatrix(ROWS.get(i).dense(), 1, FEATURES.size(), Float.NaN);
                scores[i] = plain.predict(row)[0][0];
            }
        }
        return scores;
    }

    private static JsonNode python(byte[] model, ModelDescriptor spec) throws Exception {
        Path interpreter = fromEnvironment("PENSTOCK_PYTHON");
        MlflowServer.Running server = new MlflowServer(folder.resolve("mlflow")).start(interpreter, 0);
        MlflowTracker tracker = new MlflowTracker(server.url(), (Clock) () -> Instant.parse("2024-03-12T08:00:00Z"));
        String run = tracker.startRun("parity/slow", "full", "key", Map.of(), Instant.now());
        ModelRegistry.Version version = new MlflowRegistry(server.url())
                .register(spec.name(), tracker.logModel(run, "slow-full", model, spec), Map.of());
        ObjectMapper json = new ObjectMapper();
        Path rows = folder.resolve("rows.json");
        json.writeValue(rows.toFile(), ROWS.stream().map(Question::text).toList());
        Path answer = folder.resolve("answer.json");
        Path log = folder.resolve("python.log");
        Process process = new ProcessBuilder(
                        interpreter.toString(),
                        Path.of(System.getProperty("penstock.home", ".."))
                                .resolve("tests/src/test/resources/e2e/predict.py")
                                .toString(),
                        server.url(),
                        "models:/" + spec.name() + "/" + version.version(),
                        rows.toString(),
                        answer.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        assertThat(process.waitFor(3, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue())
                .as(Arrays.toString(Files.readAllLines(log).toArray()))
                .isZero();
        return json.readTree(answer.toFile());
    }
}
