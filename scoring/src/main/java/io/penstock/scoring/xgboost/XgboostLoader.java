package io.penstock.scoring.xgboost;

import io.penstock.core.ExitCode;
import io.penstock.core.Hashes;
import io.penstock.core.PenstockException;
import io.penstock.core.model.ModelDescriptor;
import io.penstock.core.model.Predictor;
import java.io.IOException;
import java.util.ArrayList;
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
    private static final int SHOWN = 12;

    @Override
    public Predictor load(byte[] model, String expectedSha256, List<String> features) {
        String found = Hashes.sha256(model);
        if (!found.equals(expectedSha256)) {
            throw PenstockException.internal(
                    "PEN-ML-010",
                    "Refused a model whose sha256 is " + found + ", must be " + expectedSha256,
                    model.length + " bytes",
                    "Fetch the model again, or promote another version");
        }
        Booster booster = booster(model);
        try {
            requireSame(named(booster), features, expectedSha256);
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

    /**
     * Native code takes any matrix of as many columns as the model has, whatever they hold: the names that the booster
     * carries in its own bytes are the witness.
     */
    private static void requireSame(List<String> trained, List<String> given, String sha256) {
        String expected = ModelDescriptor.hashOf(trained);
        String found = ModelDescriptor.hashOf(given);
        if (!expected.equals(found)) {
            throw PenstockException.configuration(
                    "PEN-ML-009",
                    "The model was trained on other features than it is given: " + difference(trained, given),
                    "features " + found.substring(0, SHOWN) + ", the model of sha256 " + sha256 + " has "
                            + expected.substring(0, SHOWN),
                    "Score with the feature list the model was trained on, in its order, or train again");
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

    private static String difference(List<String> trained, List<String> given) {
        List<String> parts = new ArrayList<>();
        List<String> missing = new ArrayList<>(trained);
        missing.removeAll(given);
        List<String> strange = new ArrayList<>(given);
        strange.removeAll(trained);
        if (trained.size() != given.size()) {
            parts.add(trained.size() + " in the model, " + given.size() + " given");
        }
        if (!missing.isEmpty()) {
            parts.add("missing " + String.join(", ", missing));
        }
        if (!strange.isEmpty()) {
            parts.add("unknown to the model " + String.join(", ", strange));
        }
        for (int i = 0; i < Math.min(trained.size(), given.size()); i++) {
            if (!trained.get(i).equals(given.get(i))) {
                parts.add(
                        "position " + (i + 1) + " is " + trained.get(i) + " in the model, " + given.get(i) + " given");
                break;
            }
        }
        return String.join("; ", parts);
    }

    private static Booster booster(byte[] model) {
        try {
            return XGBoost.loadModel(model);
        } catch (XGBoostError | IOException e) {
            throw unreadable(Hashes.sha256(model), e);
        } catch (LinkageError e) {
            throw new PenstockException(
                    "PEN-CFG-020",
                    ExitCode.CONFIGURATION,
                    "Cannot load XGBoost's native library: " + e.getMessage(),
                    System.getProperty("os.name") + " " + System.getProperty("os.arch"),
                    "XGBoost needs glibc, libgomp and a java.io.tmpdir that allows execution",
                    e);
        }
    }

    private static PenstockException unreadable(String sha256, Exception cause) {
        return new PenstockException(
                "PEN-ML-011",
                ExitCode.INTERNAL,
                "Cannot read the model as XGBoost",
                "sha256 " + sha256,
                "It may come from a newer or a very old XGBoost; train it again with the version in use",
                cause);
    }
}
