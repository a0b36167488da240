/** What a model is, to every stage that meets one: its descriptor, registry, tracker, predictor and metrics. */
package io.penstock.core.model;
