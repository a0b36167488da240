package io.penstock.core;

import java.time.Duration;
import java.time.Instant;

/** The wall clock, for provenance only: no result may depend on it. */
@FunctionalInterface
public interface Clock {
    Instant now();

    /** The machine's; a process started with {@code -Dpenstock.clock=-PT240H} has one that is ten days late. */
    static Clock system() {
        Duration wrong = Duration.parse(System.getProperty("penstock.clock", "PT0S"));
        return () -> Instant.ofEpochMilli(System.currentTimeMillis()).plus(wrong);
    }
}
