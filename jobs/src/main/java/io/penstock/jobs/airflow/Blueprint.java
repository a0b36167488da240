package io.penstock.jobs.airflow;

import java.util.List;

/**
 * What one variant's file has of its own, as Python.
 *
 * @param datetime names imported from {@code datetime}
 * @param sdk names imported from {@code airflow.sdk}
 * @param before what stands before the DAG
 * @param schedule arguments of the DAG that say when it runs
 * @param params entries of the DAG's {@code params}
 * @param order how the tasks follow each other
 */
record Blueprint(
        List<String> datetime,
        List<String> sdk,
        String before,
        String schedule,
        String params,
        List<Task> tasks,
        String order) {}
