package io.penstock.core.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.penstock.core.ErrorCode;
import io.penstock.core.Hashes;
import io.penstock.core.Json;
import io.penstock.core.PenstockException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

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
 * @param files sha256 by name of each file that is stored with the model, the model's own among them; empty until it is
 *     logged, and of models that were logged before descriptors kept it
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
        String flavour,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, String> files) {
    public ModelDescriptor {
        files = files == null ? Map.of() : Map.copyOf(files);
    }

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
        this(
                name,
                candidate,
                features,
                dictionaries,
                featurePins,
                sha256,
                rounds,
                trainingUnit,
                runId,
                metrics,
                null,
                Map.of());
    }

    /** The same model of that flavour. */
    public ModelDescriptor of(Flavour other) {
        return with(name, metrics, other == Flavour.XGBOOST ? null : other.id(), files);
    }

    /** The same model under another name. */
    public ModelDescriptor named(String other) {
        return with(other, metrics, flavour, files);
    }

    /** The same model, measured. */
    public ModelDescriptor measured(Map<String, Double> others) {
        return with(name, others, flavour, files);
    }

    /** The same model, stored with these files. */
    public ModelDescriptor storedWith(Map<String, String> hashes) {
        return with(name, metrics, flavour, hashes);
    }

    private ModelDescriptor with(
            String otherName, Map<String, Double> otherMetrics, String otherFlavour, Map<String, String> otherFiles) {
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
                otherFlavour,
                otherFiles);
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

    /**
     * The {@code model_sha256} of scores, manifests and the registry: of all that decides what the model says of a row.
     * These are its inputs, their dictionaries, its flavour and every file that is stored with it. Names, runs and
     * measurements are left out, so that the same training has the same. Of a model without {@link #files} it is that of
     * the model's file, as it was when the model was logged.
     */
    public String modelSha256() {
        if (files.isEmpty()) {
            return sha256;
        }
        Map<String, Object> parts = new TreeMap<>();
        parts.put("dictionaries", dictionaries);
        parts.put("features", features);
        parts.put("files", files);
        parts.put("flavour", kind().id());
        return Hashes.sha256(Json.canonical(parts));
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
