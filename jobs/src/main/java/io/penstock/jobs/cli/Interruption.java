package io.penstock.jobs.cli;

import picocli.CommandLine.Model.CommandSpec;

/** As long as it is open, a signal that ends the process is told of, with what to do. */
final class Interruption implements AutoCloseable {
    private final Thread told;

    /** @param verb that works meanwhile; its arguments say how things are told */
    Interruption(CommandSpec verb) {
        told = Failures.onStop(verb.commandLine().getParseResult().originalArgs());
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
