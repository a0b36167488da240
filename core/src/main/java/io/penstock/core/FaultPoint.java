package io.penstock.core;

import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Named moments at which a test ends or stops the process from outside its own logic, as a machine that fails does. A
 * process started with {@code -Dpenstock.fault="KILL ingest: manifests written"} sends itself that signal when it gets
 * there; any other process passes. With {@code STOP} it sleeps until somebody sends {@code CONT}.
 */
public final class FaultPoint {
    private static final String ASKED = System.getProperty("penstock.fault", "");

    private FaultPoint() {}

    /** @param moment what has just become true of the stage, such as {@code manifests written} */
    public static void reached(Intent intent, String moment) {
        if (!ASKED.isEmpty()) {
            reached(intent.stage().id() + ": " + moment);
        }
    }

    private static void reached(String point) {
        int blank = ASKED.indexOf(' ');
        if (!point.equals(ASKED.substring(blank + 1))) {
            return;
        }
        long self = ProcessHandle.current().pid();
        try {
            new ProcessBuilder("kill", "-" + ASKED.substring(0, blank), String.valueOf(self))
                    .start()
                    .waitFor();
            Thread.sleep(200); // until the signal has come
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot send the signal asked for by penstock.fault", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
