package io.penstock.tests.bench;

import static org.apache.spark.sql.functions.abs;
import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.when;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.Hashes;
import io.penstock.core.Intent;
import io.penstock.core.Measure;
import io.penstock.core.Pin;
import io.penstock.core.Stage;
import io.penstock.core.UnitId;
import io.penstock.core.config.GateSpec;
import io.penstock.core.config.LabelSpec;
import io.penstock.core.config.ModelSpec;
import io.penstock.core.config.ScoringSpec;
import io.penstock.core.config.SpineSpec;
import io.penstock.core.delta.DeltaTables;
import io.penstock.core.delta.Publication;
import io.penstock.core.delta.Target;
import io.penstock.core.model.ModelDescriptor;
import io.penstock.core.model.Task;
import io.penstock.scoring.BatchScoring;
import io.penstock.scoring.ScoringPins;
import io.penstock.scoring.xgboost.XgboostLoader;
import io.penstock.validation.deequ.DeequMeasures;
import java.io.ByteArrayInputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoost;
import ml.dmlc.xgboost4j.scala.spark.XGBoostClassificationModel;
import org.apache.spark.ml.functions;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import scala.Option;

/** The same booster over the same Delta table, into another: Penstock's scoring and XGBoost4J-Spark's {@code transform}. */
final class ScoringBench {
    private static final int ROWS = 500_000;
    private static final int EXPLAINED = 25_000;
    private static final int TRAINED_ON = 20_000;
    private static final int ROUNDS = 100;
    private static final int REASONS = 5;
    private static final List<String> KEY = List.of("id");
    private static final UnitId UNIT = UnitId.of(LocalDate.of(2024, 3, 21));

    private final Workplace place;
    private final byte[] model;

    ScoringBench(Workplace place, Scale scale) throws Exception {
        this.place = place;
        this.model = train();
        Dataset<Row> rows = Numbers.rows(place.spark(), scale.of(ROWS)).drop("label");
        delta(rows, "inputs");
        delta(rows.where(col("id").lt(scale.of(EXPLAINED))), "explained");
    }

    /** Both read a Delta table and write id and score to one: what is left is the prediction. */
    Comparison kernel() {
        return new Comparison(
                "scoring: kernel, XGBoost4J-Spark transform",
                side("ours", () -> delta(scored("inputs", 0).select("id", "score"), "ours")),
                transform("peer", true),
                Goal.timesLess(3.5),
                sameScores());
    }

    /** With the columns that {@code transform} computes when nobody switches any off. */
    Comparison kernelAgainstDefaults() {
        return new Comparison(
                "scoring: kernel, transform as it comes",
                side("ours", () -> delta(scored("inputs", 0).select("id", "score"), "ours")),
                transform("peer_default", false),
                Goal.timesLess(3.5),
                sameScores());
    }

    /** All columns of the public contract, sorted by key, staged and committed as a stage does it. */
    Comparison published() {
        return new Comparison(
                "scoring: published under the contract, transform",
                new Side(
                        () -> Cost.of(() -> publish(scored("inputs", 0))), () -> scores(tables().read("scores/bench"))),
                transform("peer", true),
                Goal.none(true),
                sameScores());
    }

    /** What the five strongest reasons of every row cost. */
    Comparison reasons() {
        return new Comparison(
                "scoring: reasons on, reasons off",
                side("reasons", () -> delta(scored("explained", REASONS).select("id", "score", "reasons"), "reasons")),
                side("plain", () -> delta(scored("explained", 0).select("id", "score"), "plain")),
                Goal.none(false),
                sameScores());
    }

    private Side side(String table, Cost.Task task) {
        return Side.here(task, () -> scores(place.delta(table)));
    }

    private Side transform(String table, boolean pruned) {
        return side(table, () -> {
            XGBoostClassificationModel stock = stock(pruned);
            Column[] values = Numbers.FEATURES.stream()
                    .map(name -> coalesce(col(name).cast("float"), lit(Float.NaN)))
                    .toArray(Column[]::new);
            Dataset<Row> rows = place.delta("inputs");
            Dataset<Row> asked = pruned
                    ? rows.select(col("id"), array(values).as("features"))
                    : rows.withColumn("features", array(values));
            Dataset<Row> scored = stock.transform(asked)
                    .select(
                            col("id"),
                            functions
                                    .vector_to_array(col("probability"), "float64")
                                    .getItem(1)
                                    .as("score"));
            delta(scored, table);
        });
    }

    private XGBoostClassificationModel stock(boolean pruned) throws Exception {
        XGBoostClassificationModel stock = new XGBoostClassificationModel(
                "bench", 2, ml.dmlc.xgboost4j.scala.XGBoost.loadModel(new ByteArrayInputStream(model)), Option.empty());
        stock.setFeaturesCol("features");
        stock.setMissing(Float.NaN);
        if (pruned) {
            stock.setRawPredictionCol("");
            stock.setPredictionCol("");
        }
        return stock;
    }

    private Dataset<Row> scored(String inputs, int reasons) {
        return BatchScoring.score(
                place.delta(inputs), KEY, spec(), model, config(reasons), pins(), new XgboostLoader());
    }

    private void delta(Dataset<Row> rows, String table) {
        rows.write().format("delta").mode(SaveMode.Overwrite).save(place.path(table));
    }

    private DeltaTables tables() {
        return new DeltaTables(place.spark(), place.path("warehouse"));
    }

    private void publish(Dataset<Row> rows) {
        Target target =
                new Target("scores/bench", "", Map.of(), KEY, List.of(), List.of(Measure.size()), Target.Scope.UNITS);
        Intent intent = new Intent(
                "bench",
                Stage.SCORE,
                "bench",
                UUID.randomUUID().toString(),
                List.of(UNIT),
                "",
                Map.of(),
                Map.of(),
                Map.of(target.table(), tables().version(target.table())),
                Instant.EPOCH,
                "open");
        Publication publication = new Publication(tables(), intent, new DeequMeasures(), () -> {});
        publication.stage(target, rows);
        publication.commit(Map.of());
    }

    private static Map<String, Dataset<Row>> scores(Dataset<Row> table) {
        return Map.of("scores", table.select("id", "score"));
    }

    private static Equality sameScores() {
        return (ours, peers) -> {
            Dataset<Row> our = ours.get("scores").selectExpr("id", "score as our", "cast(null as double) as their");
            Dataset<Row> their = peers.get("scores").selectExpr("id", "cast(null as double) as our", "score as their");
            Row row = our.union(their)
                    .groupBy("id")
                    .agg(
                            max("our").as("our"),
                            max("their").as("their"),
                            count(lit(1)).as("rows"))
                    .agg(
                            count(lit(1)),
                            count(when(col("rows").equalTo(2), 1)),
                            count(col("our").plus(col("their"))),
                            max(abs(col("our").minus(col("their")))))
                    .first();
            assertThat(row.getLong(0)).isPositive();
            assertThat(List.of(row.getLong(1), row.getLong(2))).containsOnly(row.getLong(0));
            assertThat(row.getDouble(3)).isLessThanOrEqualTo(1e-6);
            return String.format(
                    Locale.ROOT, "equal, %,d scores, greatest difference %.1e", row.getLong(0), row.getDouble(3));
        };
    }

    private byte[] train() throws Exception {
        List<Row> rows = Numbers.rows(place.spark(), TRAINED_ON).collectAsList();
        float[] data = new float[rows.size() * Numbers.FEATURES.size()];
        float[] labels = new float[rows.size()];
        for (int i = 0; i < rows.size(); i++) {
            Row row = rows.get(i);
            for (int f = 0; f < Numbers.FEATURES.size(); f++) {
                Double value = row.getAs(Numbers.FEATURES.get(f));
                data[i * Numbers.FEATURES.size() + f] = value == null ? Float.NaN : value.floatValue();
            }
            labels[i] = (float) row.<Double>getAs("label").doubleValue();
        }
        DMatrix matrix = new DMatrix(data, rows.size(), Numbers.FEATURES.size(), Float.NaN);
        matrix.setLabel(labels);
        Map<String, Object> params = new HashMap<>(
                Map.of("objective", "binary:logistic", "max_depth", 6, "eta", 0.1, "nthread", 1, "verbosity", 0));
        Booster booster = XGBoost.train(matrix, params, ROUNDS, Map.of(), null, null);
        try {
            booster.setFeatureNames(Numbers.FEATURES.toArray(String[]::new));
            return booster.toByteArray("ubj");
        } finally {
            booster.dispose();
            matrix.dispose();
        }
    }

    private ScoringPins pins() {
        return new ScoringPins(new Pin.ModelPin("bench", "1", Hashes.sha256(model)), "run", List.of());
    }

    private ModelDescriptor spec() {
        return new ModelDescriptor(
                "bench",
                "all",
                Numbers.FEATURES,
                Map.of(),
                List.of(),
                Hashes.sha256(model),
                ROUNDS,
                UNIT.toString(),
                "run",
                Map.of());
    }

    private static ModelSpec config(int reasons) {
        return new ModelSpec(
                "bench",
                false,
                new SpineSpec("inputs", Optional.empty(), Map.of()),
                new LabelSpec("inputs", KEY, "true", Duration.ofDays(1)),
                List.of(),
                Map.of(),
                null,
                new GateSpec(Task.binary().gateMetric(), 0.5, Optional.empty(), 0, List.of()),
                new ScoringSpec(UNIT, reasons, 0.5, List.of()),
                "");
    }
}
