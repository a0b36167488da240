/**
 * Logistic models behind the port {@link io.penstock.core.model.Predictor}, in plain Java: reads the file that
 * {@link io.penstock.core.model.LogisticModel} describes.
 */
package io.penstock.scoring.logistic;
