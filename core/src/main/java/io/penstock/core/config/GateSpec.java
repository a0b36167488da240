package io.penstock.core.config;

import java.util.List;
import java.util.Optional;

/** @param above candidate that must be beaten by {@code by} in AUC */
public record GateSpec(double aucAtLeast, Optional<String> above, double by, List<String> slices) {}
