package io.penstock.core.config;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.penstock.core.UnitId;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * @param at units at whose cut a training happens
 * @param testFrom first unit of the test slice; the validation slice is the {@code validation} before it
 * @param params XGBoost parameters shared by the candidates
 * @param publish the candidate that is registered when the gate passes
 * @param leakage empty is {@link Leakage#REFUSE}; part of no recipe, since what is trained is the same
 */
public record TrainingSpec(
        List<UnitId> at,
        LocalDate testFrom,
        Duration validation,
        int workers,
        int rounds,
        int earlyStopping,
        Map<String, String> params,
        Map<String, CandidateSpec> candidates,
        String publish,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) Optional<Leakage> leakage) {
    public TrainingSpec(
            List<UnitId> at,
            LocalDate testFrom,
            Duration validation,
            int workers,
            int rounds,
            int earlyStopping,
            Map<String, String> params,
            Map<String, CandidateSpec> candidates,
            String publish) {
        this(at, testFrom, validation, workers, rounds, earlyStopping, params, candidates, publish, Optional.empty());
    }

    /** What is done when an input of a model tells its label. */
    public enum Leakage {
        REFUSE,
        /** It is trained and noted. */
        WARN,
        ALLOW
    }
}
