package io.penstock.training;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.core.config.CandidateSpec;
import io.penstock.core.config.ModelSpec;
import io.penstock.core.config.TrainingSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Turns a model's declared candidates into what is fitted: ordered input columns and merged parameters. */
public final class Candidates {
    /**
     * @param features input columns, in the order of the model's signature
     * @param params of its trainer: of the default one the model's, overlaid with the candidate's own
     */
    public record Candidate(String name, String trainer, List<String> features, Map<String, String> params) {}

    private Candidates() {}

    /**
     * @param rowColumns columns of the row features, which every candidate sees, in order
     * @param viewColumns per feature view its columns in the training set, in order
     */
    public static List<Candidate> of(ModelSpec model, List<String> rowColumns, Map<String, List<String>> viewColumns) {
        return model.training().candidates().values().stream()
                .map(candidate -> new Candidate(
                        candidate.name(),
                        candidate.trainedBy(),
                        features(model.name(), candidate, rowColumns, viewColumns),
                        params(model.training(), candidate)))
                .toList();
    }

    private static List<String> features(
            String model, CandidateSpec candidate, List<String> rowColumns, Map<String, List<String>> viewColumns) {
        List<String> features = new ArrayList<>(rowColumns);
        for (String view : candidate.views()) {
            List<String> columns = viewColumns.get(view);
            if (columns == null) {
                throw new PenstockException(
                        ErrorCode.FEATURES_DIFFER,
                        "Cannot build candidate " + candidate.name() + ": the training set has no columns of view "
                                + view,
                        "models." + model + ".training.candidates." + candidate.name(),
                        "List the view under models." + model + ".features as well");
            }
            features.addAll(columns);
        }
        return List.copyOf(features);
    }

    private static Map<String, String> params(TrainingSpec training, CandidateSpec candidate) {
        Map<String, String> merged = new LinkedHashMap<>(candidate.trainer().isEmpty() ? training.params() : Map.of());
        merged.putAll(candidate.params());
        return Map.copyOf(merged);
    }
}
