package io.penstock.core.config;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * @param views feature views it uses (a subset of the model's); row features are always used
 * @param params of its trainer; of the default one over those that the candidates share
 * @param trainer empty is {@link #DEFAULT_TRAINER}
 */
public record CandidateSpec(
        String name,
        List<String> views,
        Map<String, String> params,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) Optional<String> trainer) {
    public static final String DEFAULT_TRAINER = "xgboost";

    public CandidateSpec(String name, List<String> views, Map<String, String> params) {
        this(name, views, params, Optional.empty());
    }

    /** What fits it. */
    public String trainedBy() {
        return trainer.orElse(DEFAULT_TRAINER);
    }
}
