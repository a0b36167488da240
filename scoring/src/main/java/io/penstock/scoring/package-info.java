/**
 * Batch scores: which model scores ({@link io.penstock.scoring.Champions}), from a scoring input and that model to the public
 * scores table with reasons and codes, and how scores did once labels arrived. Works through the ports {@link
 * io.penstock.core.model.Predictor} and {@link io.penstock.core.model.ModelRegistry}; reads no features and commits nothing.
 */
package io.penstock.scoring;
