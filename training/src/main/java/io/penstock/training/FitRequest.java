package io.penstock.training;

import io.penstock.core.model.Task;
import java.util.List;
import java.util.Map;

/**
 * What to fit.
 *
 * @param features ordered numeric input columns; NULL and NaN both mean missing
 * @param categories the features that are codes of text → how many codes there are
 * @param keys columns that, with {@code unit} and {@code as_of}, name a row: they decide which worker sees it, and when
 * @param params of the trainer by its own names, checked when the configuration was read
 * @param workers parallel workers; part of the result, since other workers see other rows
 * @param rounds most rounds to boost
 * @param earlyStopping rounds without a better validation loss after which to stop; 0 = never
 */
public record FitRequest(
        Task task,
        List<String> features,
        Map<String, Integer> categories,
        List<String> keys,
        Map<String, String> params,
        int workers,
        int rounds,
        int earlyStopping) {
    /** Of a binary task, without categories. */
    public FitRequest(
            List<String> features,
            List<String> keys,
            Map<String, String> params,
            int workers,
            int rounds,
            int earlyStopping) {
        this(Task.binary(), features, Map.of(), keys, params, workers, rounds, earlyStopping);
    }
}
