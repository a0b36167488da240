package io.penstock.core.model;

import io.penstock.core.Hashes;
import io.penstock.core.Json;
import java.util.List;
import java.util.Map;

/**
 * Everything but the bytes that is needed to score with a model; stored beside the model as {@code penstock.json}.
 *
 * @param name registered model name
 * @param features ordered input columns, as in the model's signature
 * @param dictionaries per categorical feature, its values in code order: code = position; unseen or NULL = missing
 * @param featurePins feature views used ({@code features/<view>_v<n>})
 * @param sha256 of the model file
 * @param rounds boosted rounds
 * @param trainingUnit unit at whose cut it was trained
 */
public record ModelDescriptor(
        String name,
        String candidate,
        List<String> features,
        Map<String, List<String>> dictionaries,
        List<String> featurePins,
        String sha256,
        int rounds,
        String trainingUnit,
        String runId,
        Map<String, Double> metrics) {
    /** Of all that it says: what a manifest keeps, since a score hangs on the dictionaries as much as on the model's bytes. */
    public String hash() {
        return Hashes.sha256(Json.canonical(this));
    }

    /** Tells the names and their order. */
    public static String hashOf(List<String> features) {
        return Hashes.sha256(String.join("\n", features));
    }
}
