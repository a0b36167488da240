package io.penstock.core.config;

/**
 * One rule over a publication.
 *
 * @param kind {@code completeness}, {@code size}, {@code mean}, {@code minimum}, {@code maximum}, {@code unique},
 *     {@code approx-distinct}
 * @param column what it measures; several joined by commas for {@code unique}
 */
public record ExpectationSpec(String kind, String column, double atLeast, double atMost, boolean warnOnly) {}
