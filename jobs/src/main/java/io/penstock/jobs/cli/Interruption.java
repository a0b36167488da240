package io.penstock.jobs.cli;

import java.util.List;

/** As long as it is open, a signal that ends the process is told of, with what to do. */
final class Interruption implements AutoCloseable {
    private final Thread told;

    /** @param arguments of the command line, which say how things are told */
    Interruption(List<String> arguments) {
        told = Failures.onStop(arguments);
        Runtime.getRuntime().addShutdownHook(told);
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(told);
        } catch (IllegalStateException isEnding) {
            // by a signal: it is told
        }
    }
}
