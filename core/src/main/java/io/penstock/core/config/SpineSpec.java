package io.penstock.core.config;

import java.util.Map;
import java.util.Optional;

/**
 * @param from source whose rows are scored
 * @param asOf the instant at which each row is asked, SQL over the spine's columns; empty = its unit's cut. Backtests only
 * @param hold code → SQL condition over the spine's columns and {@code as_of}; such rows are held: no score, never trained on
 */
public record SpineSpec(String from, Optional<String> asOf, Map<String, String> hold) {}
