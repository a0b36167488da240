/** One class a stage: its recipe, its inputs, its tables, and the calls into the stage's module. No stage logic lives here. */
package io.penstock.jobs.stage;
