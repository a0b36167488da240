package io.penstock.core.model;

import java.util.Arrays;
import java.util.Optional;

/** Of which kind a model's file is: what writes it, and which {@link Predictor} reads it. */
public enum Flavour {
    /** Boosted trees in XGBoost's UBJSON. What a descriptor means that names no flavour. */
    XGBOOST("xgboost", "model.ubj"),
    /** Coefficients in JSON, see {@link LogisticModel}. */
    LOGISTIC("logistic", "model.json");

    private final String id;
    private final String file;

    Flavour(String id, String file) {
        this.id = id;
        this.file = file;
    }

    static Optional<Flavour> named(String id) {
        return Arrays.stream(values()).filter(flavour -> flavour.id.equals(id)).findFirst();
    }

    /** Its name in {@code penstock.json}. */
    public String id() {
        return id;
    }

    /** Name of the model's file. */
    public String file() {
        return file;
    }
}
