package io.penstock.core.config;

import java.time.LocalDate;
import java.util.List;

/** @param from first unit that is scored, {@code LocalDate.MAX} for a backtest; threshold turns a score into a prediction of 0 or 1 */
public record ScoringSpec(LocalDate from, int reasons, double threshold, List<String> fallback) {}
