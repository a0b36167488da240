package io.penstock.training.xgboost;

import java.util.List;
import java.util.Map;

/**
 * What to fit.
 *
 * @param features ordered numeric input columns; NULL and NaN both mean missing
 * @param keys columns that, with {@code unit} and {@code as_of}, name a row: they decide which worker sees it, and when
 * @param params XGBoost parameters by their XGBoost names, checked beforehand
 * @param workers parallel workers; part of the result, since other workers see other rows
 * @param rounds most rounds to boost
 * @param earlyStopping rounds without a better validation loss after which to stop; 0 = never
 */
public record FitRequest(
        List<String> features,
        List<String> keys,
        Map<String, String> params,
        int workers,
        int rounds,
        int earlyStopping) {}
