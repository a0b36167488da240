package io.penstock.tests.faults;

import io.penstock.tests.faults.Point.Mode;

/** One failure: the {@code nth} time, from 1, that a process comes to the point. It happens once. */
public record Fault(Point point, Mode mode, int nth) {
    /** As {@link #toString} wrote it. */
    static Fault parse(String text) {
        String[] parts = text.split(" ", 3);
        return new Fault(Point.parse(parts[2]), Mode.valueOf(parts[0]), Integer.parseInt(parts[1]));
    }

    @Override
    public String toString() {
        return mode + " " + nth + " " + point;
    }
}
