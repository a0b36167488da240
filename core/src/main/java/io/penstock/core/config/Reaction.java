package io.penstock.core.config;

import io.penstock.core.Verdict;
import io.penstock.core.Verdict.Outcome;
import java.util.Optional;

/** What comes of something that is worth a look. */
public enum Reaction {
    PASS,
    WARN,
    REFUSE;

    /** What is said of it; nothing where it passes. */
    public Optional<Verdict> verdict(String table, String rule, double value, String message) {
        return this == PASS
                ? Optional.empty()
                : Optional.of(
                        new Verdict(table, rule, this == REFUSE ? Outcome.FAILED : Outcome.WARNED, value, message));
    }
}
