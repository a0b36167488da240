/**
 * One job a stage: its recipe, its inputs, its tables, and the calls into the stage's module. Their order is in {@link
 * io.penstock.jobs.stage.Stages}, the names of their tables in {@link io.penstock.jobs.stage.Tables}. The number that is
 * raised when the code of a stage gives other output is {@code LOGIC_VERSION} of its job. What is unusual about a unit is
 * reported by {@link io.penstock.jobs.stage.FeatureMonitor} and {@link io.penstock.jobs.stage.ScoreMonitor}.
 */
package io.penstock.jobs.stage;
