package io.penstock.core;

import java.time.Instant;

/**
 * One cut of a schedule. The unit takes what landed in (previousCut, cut] and asks its question as of
 * the cut.
 */
public record Unit(UnitId id, Instant previousCut, Instant cut) implements Comparable<Unit> {
    @Override
    public int compareTo(Unit other) {
        return cut.compareTo(other.cut);
    }

    @Override
    public String toString() {
        return id.toString();
    }
}
