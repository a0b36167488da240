/**
 * What decides about models without Spark or a server: the split, the candidates and what each may see, the evaluation of a
 * candidate on rows it never saw, and the gate. The fit lives in {@link io.penstock.training.xgboost}, tracking and registry
 * in {@link io.penstock.training.mlflow}.
 */
package io.penstock.training;
