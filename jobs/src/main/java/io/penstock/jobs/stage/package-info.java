/**
 * One job a stage: its recipe, its inputs, its tables, and the calls into the stage's module; their order ({@link
 * io.penstock.jobs.stage.Stages}), the names of their tables, and what they publish with. No stage logic lives here.
 */
package io.penstock.jobs.stage;
