package io.penstock.jobs.report;

import io.penstock.core.Intent;
import io.penstock.core.Manifest;

/**
 * Hears what a run does, stage by stage, in the order in which it happens. What it throws ends the run, so that an
 * implementation that can do without its receiver keeps what it has for later and says so.
 */
public interface RunListener {
    /** The intent is claimed by this process; the stage's work begins. Again for each new start on moved tables. */
    default void started(Intent intent) {}

    /** The manifest is written: readers see the unit. */
    default void published(Manifest manifest) {}

    /** The manifest is written: the unit's rows were dropped or moved to {@code refused/}. */
    default void refused(Manifest manifest) {}

    /** The stage ended with this, and left its intent open. */
    default void failed(Intent intent, Exception failure) {}

    /**
     * Nothing more comes, of a run that failed, too.
     *
     * @param runId of the process's report
     */
    default void finished(String runId) {}
}
