package io.penstock.core.delta;

import io.penstock.core.Intent;
import java.util.List;
import org.apache.spark.SparkContext;

/**
 * Names Spark's jobs after the pipeline, so that its pages, its event log and the logs of its executors tell which stage,
 * units and table a job is for. A job's group is the run id. Local to the thread and to those it starts.
 */
public final class JobLabels {
    /** Properties of a job, as the event log holds them: stage, and run id. */
    static final String STAGE = "penstock.stage";

    static final String RUN = "penstock.run";

    /** Spark hands on what begins so to the logging context of its tasks. */
    private static final String TO_TASKS = "mdc.";

    private JobLabels() {}

    /** Everything from here on in this thread is for this run. */
    public static void begin(SparkContext spark, Intent intent) {
        spark.setJobGroup(intent.runId(), stage(intent), false);
        set(spark, STAGE, intent.name());
        set(spark, RUN, intent.runId());
        set(spark, TO_TASKS + "stage", intent.name());
        set(spark, TO_TASKS + "unit", intent.span());
        set(spark, TO_TASKS + "run", intent.runId());
    }

    /** What follows is not for a run any more. */
    public static void end(SparkContext spark) {
        spark.clearJobGroup();
        for (String key : List.of(STAGE, RUN, TO_TASKS + "stage", TO_TASKS + "unit", TO_TASKS + "run")) {
            set(spark, key, null);
        }
    }

    /** What follows is for this table, until {@link #noTable}. */
    static void table(SparkContext spark, Intent intent, String table) {
        spark.setJobDescription(stage(intent) + ": " + table);
    }

    static void noTable(SparkContext spark, Intent intent) {
        spark.setJobDescription(stage(intent));
    }

    private static void set(SparkContext spark, String key, String value) {
        spark.setLocalProperty(key, value);
    }

    private static String stage(Intent intent) {
        return intent.name() + " " + intent.span();
    }
}
