/**
 * The shared nouns and ports of Penstock: pins, units, recipes, intents, manifests, verdicts, errors, and the interfaces
 * that stage modules implement ({@link io.penstock.core.model.Predictor}, {@link io.penstock.core.model.ModelRegistry}, {@link
 * io.penstock.core.model.Tracker}, {@link io.penstock.core.Measures}, {@link io.penstock.core.ManifestStore}). Nothing here knows what a
 * stage does.
 */
package io.penstock.core;
