package io.penstock.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What happens when an error code is met: the process ends with an exit code, a row or a file goes to quarantine, a line is
 * printed, a row of scores carries the code, or a model's loader raises it in Python. Some codes do more than one of these,
 * the strictest by configuration.
 */
public final class Outcome {
    static final Outcome USAGE = exit(ExitCode.USAGE);
    static final Outcome REFUSED = exit(ExitCode.REFUSED);
    static final Outcome CONFIGURATION = exit(ExitCode.CONFIGURATION);
    static final Outcome RETRY = exit(ExitCode.RETRY);
    static final Outcome INTERNAL = exit(ExitCode.INTERNAL);
    static final Outcome BUSY = exit(ExitCode.BUSY);
    static final Outcome ROW = new Outcome(List.of("row"), Optional.empty());
    static final Outcome FILE = new Outcome(List.of("file"), Optional.empty());
    static final Outcome NOTE = new Outcome(List.of("note"), Optional.empty());
    /** Raised by the loader that a model carries with it. */
    static final Outcome PYTHON = new Outcome(List.of("python"), Optional.empty());

    static final Outcome SCORE = new Outcome(List.of("code"), Optional.empty());

    private final List<String> words;
    private final Optional<ExitCode> exit;

    private Outcome(List<String> words, Optional<ExitCode> exit) {
        this.words = words;
        this.exit = exit;
    }

    private static Outcome exit(ExitCode exit) {
        return new Outcome(List.of(String.valueOf(exit.value())), Optional.of(exit));
    }

    Outcome or(Outcome other) {
        return joined(other.words.get(0), other);
    }

    /** The other one where a key of the configuration says so. */
    Outcome or(Outcome other, String key) {
        return joined(other.words.get(0) + " with `" + key + "`", other);
    }

    private Outcome joined(String word, Outcome other) {
        List<String> both = new ArrayList<>(words);
        both.add(word);
        return new Outcome(List.copyOf(both), exit.or(other::exit));
    }

    /** Empty for what never ends a process. */
    public Optional<ExitCode> exit() {
        return exit;
    }

    /** As the column <i>exit</i> of {@code docs/errors.md} shows it. */
    @Override
    public String toString() {
        return String.join(", ", words);
    }
}
