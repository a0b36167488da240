/** Writes a pipeline's DAG file for Airflow: order, schedule and retries. Nothing here reads data or starts Spark. */
package io.penstock.jobs.airflow;
