package io.penstock.core.config;

import java.time.Duration;
import java.util.Optional;

/** Durations of a command line, written as those of a pipeline file. */
public final class Durations {
    private Durations() {}

    /** @return empty when the text is no duration above zero such as {@code 7d}, {@code 36h} or {@code 90m} */
    public static Optional<Duration> parse(String text) {
        return Section.parsedDuration(text);
    }
}
