/**
 * What decides about models: the candidates and what each may see, the evaluation of a candidate on rows it never saw, and
 * the gate, which is a pure function. The fit lives in {@link io.penstock.training.xgboost}, tracking and registry
 * in {@link io.penstock.training.mlflow}.
 */
package io.penstock.training;
