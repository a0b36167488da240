/** The native XGBoost booster behind the port {@link io.penstock.core.model.Predictor}; the only package that predicts with it. */
package io.penstock.scoring.xgboost;
