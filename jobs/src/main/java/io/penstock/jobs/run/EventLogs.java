package io.penstock.jobs.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Spark's event logs of runs that want one, below the work folder. Must be asked for before the session starts. */
public final class EventLogs {
    private EventLogs() {}

    public static Path folder(Path work) {
        return work.resolve("events");
    }

    /** Where {@code spark-submit} names a folder of its own for them, that one stays. */
    public static void keep(Path work) {
        System.setProperty("spark.eventLog.enabled", "true");
        if (System.getProperty("spark.eventLog.dir") == null) {
            try {
                System.setProperty(
                        "spark.eventLog.dir",
                        Files.createDirectories(folder(work)).toUri().toString());
            } catch (IOException e) {
                throw new UncheckedIOException("Cannot make " + folder(work), e);
            }
        }
    }
}
