/**
 * Deciding what must run, running it, and telling it: intents, claims, manifests around every stage, {@code result.json}. Knows
 * stages only by {@link io.penstock.jobs.run.StageJob}. Libraries are chosen in {@link io.penstock.jobs.run.Session}: trainers,
 * predictors, MLflow, Deequ.
 */
package io.penstock.jobs.run;
