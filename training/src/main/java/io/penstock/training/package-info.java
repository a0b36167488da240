/**
 * What decides about models: the candidates and what each may see, a candidate's run (fit, measure, log), the evaluation on
 * rows it never saw, the gate, which is a pure function, and the promotion, whose commit point is an alias. The fit is a port,
 * {@link io.penstock.training.Trainer}; what a metric is the {@link io.penstock.core.model.Task} says. Reads no table and
 * takes no decision of when to train: that is the stage's.
 */
package io.penstock.training;
