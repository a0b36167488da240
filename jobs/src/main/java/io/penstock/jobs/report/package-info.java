/** What a person sees of a run: progress lines, tables, exported files; and its measurements, for MLflow. */
package io.penstock.jobs.report;
