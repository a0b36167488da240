/**
 * The distributed fit with XGBoost4J-Spark behind the port {@link io.penstock.training.Trainer}, and the rules without which
 * it is wrong or not repeatable. Nothing else of Penstock calls {@code ml.dmlc.xgboost4j.scala.spark}; scoring uses the
 * native booster.
 */
package io.penstock.training.xgboost;
