package io.penstock.scoring.xgboost;

import io.penstock.core.ErrorCode;
import io.penstock.core.Hashes;
import io.penstock.core.PenstockException;
import io.penstock.core.model.Predictor;
import io.penstock.scoring.ModelChecks;
import java.io.IOException;
import java.util.List;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.XGBoost;
import ml.dmlc.xgboost4j.java.XGBoostError;

/**
 * Loads XGBoost models. The bytes are compared with the promised sha256 before native code sees them, since a damaged model
 * may take the whole process down.
 */
public final class XgboostLoader implements Predictor.Loader {
    private static final long serialVersionUID = 1L;

    @Override
    public Predictor load(byte[] model, String expectedSha256, List<String> features) {
        ModelChecks.requireHash(model, expectedSha256);
        Booster booster = booster(model);
        try {
            // Native code takes any matrix of as many columns as the model has, whatever they hold: the names that the
            // booster carries in its own bytes are the witness
            ModelChecks.requireSameFeatures(named(booster), features, expectedSha256);
            // A partition is scored by one task, which owns one core.
            booster.setParam("nthread", 1);
            return new XgboostPredictor(booster, features.size());
        } catch (XGBoostError e) {
            booster.dispose();
            throw unreadable(expectedSha256, e);
        } catch (PenstockException e) {
            booster.dispose();
            throw e;
        }
    }

    private static List<String> named(Booster booster) throws XGBoostError {
        try {
            return List.of(booster.getFeatureNames());
        } catch (NullPointerException none) {
            // What XGBoost4J 3.4.0 makes of a model without names
            return List.of();
        }
    }

    private static Booster booster(byte[] model) {
        try {
            return XGBoost.loadModel(model);
        } catch (XGBoostError | IOException e) {
            throw unreadable(Hashes.sha256(model), e);
        } catch (LinkageError e) {
            throw new PenstockException(
                    ErrorCode.XGBOOST_NOT_LOADED,
                    "Cannot load XGBoost's native library: " + e.getMessage(),
                    System.getProperty("os.name") + " " + System.getProperty("os.arch"),
                    "XGBoost needs glibc, libgomp and a java.io.tmpdir that allows execution",
                    e);
        }
    }

    private static PenstockException unreadable(String sha256, Exception cause) {
        return new PenstockException(
                ErrorCode.MODEL_UNREADABLE,
                "Cannot read the model as XGBoost",
                "sha256 " + sha256,
                "It may come from a newer or a very old XGBoost; train it again with the version in use",
                cause);
    }
}
