package io.penstock.core.model;

import io.penstock.core.ErrorCode;
import io.penstock.core.Hashes;
import io.penstock.core.Json;
import io.penstock.core.PenstockException;
import java.util.List;
import java.util.Map;

/**
 * Everything but the bytes that is needed to score with a model; stored next to the model as {@code penstock.json}.
 *
 * @param name registered model name
 * @param features ordered input columns, as in the model's signature
 * @param dictionaries per categorical feature, its values in code order: code = position; unseen or NULL = missing
 * @param featurePins feature views used ({@code features/<view>_v<n>})
 * @param sha256 of the model file
 * @param rounds boosted rounds, or steps of an optimisation
 * @param trainingUnit unit at whose cut it was trained
 * @param flavour of which kind the model's file is, see {@link Flavour}; null is {@link Flavour#XGBOOST}, so
 *     that what was written before there was another stays as it is
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
        Map<String, Double> metrics,
        String flavour) {
    /** Of the usual flavour. */
    public ModelDescriptor(
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
        this(name, candidate, features, dictionaries, featurePins, sha256, rounds, trainingUnit, runId, metrics, null);
    }

    /** The same model of that flavour. */
    public ModelDescriptor of(Flavour other) {
        return with(name, metrics, other == Flavour.XGBOOST ? null : other.id());
    }

    /** The same model under another name. */
    public ModelDescriptor named(String other) {
        return with(other, metrics, flavour);
    }

    /** The same model, measured. */
    public ModelDescriptor measured(Map<String, Double> others) {
        return with(name, others, flavour);
    }

    private ModelDescriptor with(String otherName, Map<String, Double> otherMetrics, String otherFlavour) {
        return new ModelDescriptor(
                otherName,
                candidate,
                features,
                dictionaries,
                featurePins,
                sha256,
                rounds,
                trainingUnit,
                runId,
                otherMetrics,
                otherFlavour);
    }

    /**
     * Of which kind the model's file is.
     *
     * @throws PenstockException {@code PEN-ML-065} when this version does not know it
     */
    public Flavour kind() {
        return flavour == null ? Flavour.XGBOOST : Flavour.named(flavour).orElseThrow(() -> unknown(flavour, name));
    }

    static PenstockException unknown(String flavour, String model) {
        return new PenstockException(
                ErrorCode.UNKNOWN_FLAVOUR,
                "The model is of flavour " + flavour + ", which this version of Penstock does not read",
                "model " + model,
                "Use the version that trained it, or train and promote another");
    }

    /** Of all that it says: what a manifest keeps, since a score hangs on the dictionaries as much as on the model's bytes. */
    public String hash() {
        return Hashes.sha256(Json.canonical(this));
    }

    /** A hash of the names and their order. */
    public static String hashOf(List<String> features) {
        return Hashes.sha256(String.join("\n", features));
    }
}
