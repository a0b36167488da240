/**
 * What a person sees of a run: progress lines, tables, exported files. What other systems hear of it: {@link
 * io.penstock.jobs.report.RunListener}, of which the metrics in MLflow are one.
 */
package io.penstock.jobs.report;
