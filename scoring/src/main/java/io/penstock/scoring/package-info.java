/**
 * Batch scores: from a scoring input and a pinned model to the public scores table, with reasons and degradation codes, and
 * how the scores lived once labels arrive. Works through the port {@link io.penstock.core.model.Predictor}; reads no features and
 * commits nothing.
 */
package io.penstock.scoring;
