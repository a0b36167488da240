/** Writes a pipeline's DAG file for Airflow: order, schedule and retries. Nothing here reads data or knows of units. */
package io.penstock.jobs.airflow;
