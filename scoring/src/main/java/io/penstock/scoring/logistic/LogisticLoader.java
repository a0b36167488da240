package io.penstock.scoring.logistic;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.core.model.LogisticModel;
import io.penstock.core.model.Predictor;
import io.penstock.scoring.ModelChecks;
import java.util.List;

/** Loads logistic models. */
public final class LogisticLoader implements Predictor.Loader {
    private static final long serialVersionUID = 1L;

    @Override
    public Predictor load(byte[] model, String expectedSha256, List<String> features) {
        ModelChecks.requireHash(model, expectedSha256);
        LogisticModel read = read(model, expectedSha256);
        ModelChecks.requireSameFeatures(read.features(), features, expectedSha256);
        return new LogisticPredictor(read);
    }

    private static LogisticModel read(byte[] model, String sha256) {
        try {
            return LogisticModel.read(model);
        } catch (IllegalArgumentException e) {
            throw new PenstockException(
                    ErrorCode.MODEL_UNREADABLE,
                    "Cannot read the model as a logistic one: " + e.getMessage(),
                    "sha256 " + sha256,
                    "It may come from a newer Penstock; train it again with the version in use",
                    e);
        }
    }
}
