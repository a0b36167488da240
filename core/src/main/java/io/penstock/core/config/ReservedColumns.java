package io.penstock.core.config;

import java.util.Set;

/**
 * Column names that tables give a meaning of their own; keys and inputs bear other names. Names in configuration begin with
 * a letter, so any name that begins with {@code _} is free for later columns.
 */
public final class ReservedColumns {
    /** Columns that stand beside the inputs in a training set and a scoring input; inputs and spine keys bear other names. */
    public static final Set<String> BESIDE_INPUTS = Set.of("unit", "as_of", "code", "label", "weight", "split");

    /** Columns that stand beside the spine's key in scores. */
    static final Set<String> BESIDE_SCORES = Set.of(
            "score",
            "prediction",
            "model_name",
            "model_version",
            "model_sha256",
            "run_id",
            "feature_pins",
            "reasons",
            "class",
            "class_scores",
            "quantiles",
            "codes");

    private ReservedColumns() {}
}
