/**
 * What a model is, to every stage that meets one: its descriptor, registry, tracker, predictor with the loop over dense
 * batches, and metrics.
 */
package io.penstock.core.model;
