package io.penstock.scoring;

import io.penstock.core.ErrorCode;
import io.penstock.core.Hashes;
import io.penstock.core.PenstockException;
import io.penstock.core.model.ModelDescriptor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** What is asked of a model and of the inputs at hand before it scores. */
public final class ModelChecks {
    private static final int SHOWN = 12;

    private ModelChecks() {}

    /** @throws PenstockException {@code PEN-ML-010} */
    public static void requireHash(byte[] model, String expected) {
        String found = Hashes.sha256(model);
        if (!found.equals(expected)) {
            throw new PenstockException(
                    ErrorCode.MODEL_NOT_AS_REGISTERED,
                    "Refused a model whose sha256 is " + found + ", must be " + expected,
                    model.length + " bytes",
                    "Fetch the model again, or promote another version");
        }
    }

    /** @throws PenstockException {@code PEN-ML-010} when the descriptor is of another model than the pin */
    public static void requirePinned(ModelDescriptor spec, String pinned) {
        if (!spec.modelSha256().equals(pinned)) {
            throw new PenstockException(
                    ErrorCode.MODEL_NOT_AS_REGISTERED,
                    "Refused a model whose sha256 is " + spec.modelSha256() + ", must be " + pinned,
                    "model " + spec.name(),
                    "Fetch the model again, or promote another version");
        }
    }

    /**
     * @param columns what there is, in any order and case
     * @throws PenstockException {@code PEN-ML-009} when inputs of the model are not among them; all are named
     */
    public static void requireInputs(ModelDescriptor model, Collection<String> columns) {
        Set<String> present =
                columns.stream().map(name -> name.toLowerCase(Locale.ROOT)).collect(Collectors.toSet());
        List<String> missing = model.features().stream()
                .filter(name -> !present.contains(name.toLowerCase(Locale.ROOT)))
                .toList();
        if (!missing.isEmpty()) {
            throw new PenstockException(
                    ErrorCode.FEATURES_DIFFER,
                    "The model needs inputs that the pipeline does not make: " + String.join(", ", missing),
                    "model " + model.name(),
                    "Restore the features, or train and promote a model without them");
        }
    }

    /**
     * @param trained the inputs that the model names in its own bytes, in order
     * @throws PenstockException {@code PEN-ML-009}
     */
    public static void requireSameFeatures(List<String> trained, List<String> given, String sha256) {
        String expected = ModelDescriptor.hashOf(trained);
        String found = ModelDescriptor.hashOf(given);
        if (!expected.equals(found)) {
            throw new PenstockException(
                    ErrorCode.FEATURES_DIFFER,
                    "The model was trained on other features than it is given: " + difference(trained, given),
                    "features " + found.substring(0, SHOWN) + ", the model of sha256 " + sha256 + " has "
                            + expected.substring(0, SHOWN),
                    "Score with the feature list the model was trained on, in its order, or train again");
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
}
