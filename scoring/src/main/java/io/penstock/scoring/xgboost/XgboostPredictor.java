package io.penstock.scoring.xgboost;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.core.model.Predictor;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoostError;

/**
 * A native booster over dense float batches, NaN missing. A row's numbers depend on that row alone, not on its batch. Made
 * by {@link XgboostLoader}.
 */
final class XgboostPredictor implements Predictor {
    private final Booster booster;
    private final int features;

    XgboostPredictor(Booster booster, int features) {
        this.booster = booster;
        this.features = features;
    }

    @Override
    public float[] predict(float[] rows, int count) {
        check(rows, count);
        if (count == 0) {
            return new float[0];
        }
        try {
            float[][] scores = booster.inplace_predict(rows, count, features, Float.NaN);
            float[] result = new float[count];
            for (int i = 0; i < count; i++) {
                if (scores[i].length != 1) {
                    throw new PenstockException(
                            ErrorCode.SEVERAL_OUTPUTS,
                            "Model gives " + scores[i].length + " scores a row, must be 1",
                            "objective",
                            "Train with an objective of one output, such as binary:logistic");
                }
                result[i] = scores[i][0];
            }
            return result;
        } catch (XGBoostError e) {
            throw failed(e, count);
        }
    }

    @Override
    public float[] contributions(float[] rows, int count) {
        check(rows, count);
        if (count == 0) {
            return new float[0];
        }
        try {
            DMatrix matrix = new DMatrix(rows, count, features, Float.NaN);
            try {
                float[][] contributions = booster.predictContrib(matrix, 0);
                float[] result = new float[count * (features + 1)];
                for (int i = 0; i < count; i++) {
                    System.arraycopy(contributions[i], 0, result, i * (features + 1), features + 1);
                }
                return result;
            } finally {
                matrix.dispose();
            }
        } catch (XGBoostError e) {
            throw failed(e, count);
        }
    }

    @Override
    public void close() {
        booster.dispose();
    }

    private void check(float[] rows, int count) {
        if (count < 0 || (long) count * features > rows.length) {
            throw new IllegalArgumentException(
                    "Invalid batch: " + count + " rows of " + features + " features in " + rows.length + " floats");
        }
    }

    private static PenstockException failed(XGBoostError e, int count) {
        return new PenstockException(
                ErrorCode.PREDICTION_FAILED,
                "XGBoost cannot predict: " + e.getMessage(),
                count + " rows",
                "Check that no feature is infinite; else report it",
                e);
    }
}
