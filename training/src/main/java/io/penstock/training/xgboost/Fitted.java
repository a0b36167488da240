package io.penstock.training.xgboost;

import java.util.List;

/**
 * A model refitted on training and validation rows with the best number of rounds.
 *
 * @param ubj the booster in XGBoost's UBJSON
 * @param rounds rounds of the refit, {@code bestRound + 1}
 * @param bestRound round, from 0, with the least validation log loss in the first fit
 * @param curves one entry per round of the first fit
 */
public record Fitted(
        byte[] ubj,
        String sha256,
        int rounds,
        int bestRound,
        List<RoundMetrics> curves,
        long trainRows,
        long validationRows) {
    public record RoundMetrics(int round, double trainLogloss, double validationLogloss) {}
}
