package io.penstock.core.config;

import io.penstock.core.UnitId;
import java.util.List;

/** @param from first unit that is scored, {@code UnitId.MAX} for a backtest; threshold turns a score into a prediction of 0 or 1 */
public record ScoringSpec(UnitId from, int reasons, double threshold, List<String> fallback) {}
