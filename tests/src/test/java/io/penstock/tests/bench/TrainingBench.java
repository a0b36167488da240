package io.penstock.tests.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.Hashes;
import io.penstock.core.model.BinaryMetrics;
import io.penstock.core.model.Predictor;
import io.penstock.scoring.xgboost.XgboostLoader;
import io.penstock.training.FitRequest;
import io.penstock.training.xgboost.XgboostTrainer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * From a version of a Delta table to a saved model, by {@link XgboostTrainer} with one worker and by XGBoost alone with one
 * thread. Both fit with the validation rows watched, then again on all rows with the best number of rounds.
 */
final class TrainingBench {
    private static final int ROWS = 200_000;
    private static final int ROUNDS = 50;
    private static final int COMPARED = 5_000;
    private static final Map<String, String> PARAMS = Map.of(
            "objective",
            "binary:logistic",
            "eval_metric",
            "logloss",
            "max_depth",
            "6",
            "eta",
            "0.1",
            "seed",
            "7",
            "tree_method",
            "hist");

    private final Workplace place;
    private final Path ours;
    private final Path natives;

    TrainingBench(Workplace place, Scale scale) {
        this.place = place;
        this.ours = place.folder().resolve("ours.ubj");
        this.natives = place.folder().resolve("native.ubj");
        Numbers.rows(place.spark(), scale.of(ROWS))
                .selectExpr(
                        "*", "1d as weight", "if(pmod(xxhash64(id, 'split'), 5) = 0, 'validation', 'train') as split")
                .drop("code")
                .write()
                .format("delta")
                .save(place.path("set"));
    }

    Comparison comparison() {
        return new Comparison(
                "training: XGBoost alone, one worker and one thread",
                Side.here(this::fit, Map::of),
                new Side(
                        () -> Python.run(
                                "PENSTOCK_PYTHON",
                                "native.py",
                                place.folder(),
                                Map.of(
                                        "table",
                                        place.path("set"),
                                        "version",
                                        0,
                                        "features",
                                        Numbers.FEATURES,
                                        "params",
                                        PARAMS,
                                        "rounds",
                                        ROUNDS,
                                        "model",
                                        natives.toString())),
                        Map::of),
                Goal.timesThePeer(1.2),
                (our, peers) -> sameModels());
    }

    private void fit() throws Exception {
        Dataset<Row> set =
                place.spark().read().format("delta").option("versionAsOf", 0).load(place.path("set"));
        Map<String, String> params = new java.util.TreeMap<>(PARAMS);
        params.remove("eval_metric");
        FitRequest request = new FitRequest(Numbers.FEATURES, List.of("id"), params, 1, ROUNDS, 0);
        Files.write(ours, new XgboostTrainer().fit(set, request).model());
    }

    /** Rows reach the two in different orders, and sums of floats differ by it: scores are alike, and rank alike. */
    private String sameModels() {
        List<Row> rows = place.delta("set").limit(COMPARED).collectAsList();
        float[] data = new float[rows.size() * Numbers.FEATURES.size()];
        boolean[] labels = new boolean[rows.size()];
        for (int i = 0; i < rows.size(); i++) {
            for (int f = 0; f < Numbers.FEATURES.size(); f++) {
                Double value = rows.get(i).getAs(Numbers.FEATURES.get(f));
                data[i * Numbers.FEATURES.size() + f] = value == null ? Float.NaN : value.floatValue();
            }
            labels[i] = rows.get(i).<Double>getAs("label") > 0;
        }
        double[] our = scores(ours, data, rows.size());
        double[] peers = scores(natives, data, rows.size());
        double apart = 0;
        for (int i = 0; i < our.length; i++) {
            apart += Math.abs(our[i] - peers[i]) / our.length;
        }
        double auc = BinaryMetrics.auc(our, labels);
        double difference = Math.abs(auc - BinaryMetrics.auc(peers, labels));
        assertThat(auc).isGreaterThan(0.7);
        assertThat(difference).as("difference of the AUCs").isLessThan(0.005);
        assertThat(apart).as("mean difference of the scores").isLessThan(0.02);
        return String.format(
                Locale.ROOT, "alike, AUC %.4f, %.4f apart, scores %.1e apart in the mean", auc, difference, apart);
    }

    private static double[] scores(Path model, float[] data, int rows) {
        try {
            byte[] bytes = Files.readAllBytes(model);
            try (Predictor predictor = new XgboostLoader().load(bytes, Hashes.sha256(bytes), Numbers.FEATURES)) {
                float[] scores = predictor.predict(data, rows);
                double[] result = new double[scores.length];
                for (int i = 0; i < result.length; i++) {
                    result[i] = scores[i];
                }
                return result;
            }
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
