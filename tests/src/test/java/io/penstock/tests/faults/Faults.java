package io.penstock.tests.faults;

import io.penstock.tests.faults.Point.Mode;
import io.penstock.tests.faults.Point.Operation;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;

/** What this process's {@code fault:} storage has seen, and where it is to fail. */
public final class Faults {
    static final String SCHEME = "fault";

    private static final Map<Point, Integer> SEEN = new TreeMap<>();
    private static Fault armed;
    private static boolean fired;

    private Faults() {}

    /** An I/O error as a disk gives it. */
    static final class Failed extends IOException {
        private static final long serialVersionUID = 1L;

        Failed(String what) {
            super("Input/output error: " + what);
        }
    }

    /** System properties with which a process finds this storage, in Spark and without it. */
    public static Map<String, String> settings() {
        return Map.of(
                "spark.hadoop.fs." + SCHEME + ".impl", FaultFileSystem.class.getName(),
                "spark.hadoop.fs.AbstractFileSystem." + SCHEME + ".impl", FaultFileSystem.Context.class.getName());
    }

    /** Forgets what was seen, and fails at this fault from now on. */
    static synchronized void begin(Optional<Fault> fault) {
        SEEN.clear();
        armed = fault.orElse(null);
        fired = false;
    }

    static synchronized boolean fired() {
        return fired;
    }

    /** Point → how often it was come to since {@link #begin}. */
    static synchronized Map<Point, Integer> seen() {
        return new TreeMap<>(SEEN);
    }

    /** Notes the operation; how it is to fail, if it is to. */
    static synchronized Optional<Mode> meets(Operation operation, Path path) {
        Point point = new Point(operation, Places.of(path.toUri().getPath()));
        int times = SEEN.merge(point, 1, Integer::sum);
        if (armed == null || fired || !armed.point().equals(point) || armed.nth() != times) {
            return Optional.empty();
        }
        fired = true;
        return Optional.of(armed.mode());
    }
}
