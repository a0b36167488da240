package io.penstock.scoring.xgboost;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoost;
import ml.dmlc.xgboost4j.java.XGBoostError;

/** A small model of three features, one often missing, and rows to score with it. */
public final class TinyModel {
    public static final int FEATURES = 3;
    public static final List<String> NAMES = List.of("late_rate", "wind", "seats");

    private static final Random RANDOM = new Random(7);

    private TinyModel() {}

    public static byte[] train() {
        return train(NAMES);
    }

    /** @param names carried by the model; none when empty */
    public static byte[] train(List<String> names) {
        int rows = 2000;
        float[] dense = rows(rows, RANDOM);
        float[] labels = new float[rows];
        for (int i = 0; i < rows; i++) {
            float missing = Float.isNaN(dense[i * FEATURES + 2]) ? 1 : 0;
            labels[i] = dense[i * FEATURES] + dense[i * FEATURES + 1] / 50 + missing > 1 ? 1 : 0;
        }
        Map<String, Object> params = new HashMap<>();
        params.put("objective", "binary:logistic");
        params.put("max_depth", 4);
        params.put("eta", 0.3);
        params.put("seed", 7);
        params.put("nthread", 1);
        try {
            DMatrix matrix = new DMatrix(dense, rows, FEATURES, Float.NaN);
            matrix.setLabel(labels);
            Booster booster = XGBoost.train(matrix, params, 20, Map.of(), null, null);
            if (!names.isEmpty()) {
                booster.setFeatureNames(names.toArray(String[]::new));
            }
            return booster.toByteArray("ubj");
        } catch (XGBoostError e) {
            throw new IllegalStateException(e);
        }
    }

    /** Row-major; the third feature is missing in a third of the rows. */
    public static float[] rows(int count, Random random) {
        float[] dense = new float[count * FEATURES];
        for (int i = 0; i < count; i++) {
            dense[i * FEATURES] = random.nextFloat();
            dense[i * FEATURES + 1] = random.nextInt(100) - 50;
            dense[i * FEATURES + 2] = i % 3 == 0 ? Float.NaN : random.nextFloat();
        }
        return dense;
    }
}
