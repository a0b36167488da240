package io.penstock.core;

import java.time.Instant;

/** The wall clock, for provenance only: no result may depend on it. */
@FunctionalInterface
public interface Clock {
    Instant now();

    static Clock system() {
        return () -> Instant.ofEpochMilli(System.currentTimeMillis());
    }
}
