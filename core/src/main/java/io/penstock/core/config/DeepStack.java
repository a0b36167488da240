package io.penstock.core.config;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/** Runs what recurses over a user's text on a stack that holds any text of a bounded length. */
final class DeepStack {
    /** Reserved, not used: only the pages that recursion reaches cost memory. */
    private static final long BYTES = 512L << 20;

    private DeepStack() {}

    static <T> T call(Supplier<T> work) {
        FutureTask<T> task = new FutureTask<>(work::get);
        Thread thread = new Thread(null, task, "penstock-sql", BYTES);
        thread.setDaemon(true);
        thread.start();
        boolean isInterrupted = false;
        try {
            while (true) {
                try {
                    return task.get();
                } catch (InterruptedException e) {
                    // The work is short; whoever is to stop does so after it
                    isInterrupted = true;
                } catch (ExecutionException e) {
                    throw unchecked(e.getCause());
                }
            }
        } finally {
            if (isInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static RuntimeException unchecked(Throwable cause) {
        if (cause instanceof Error) {
            throw (Error) cause;
        }
        return cause instanceof RuntimeException
                ? (RuntimeException) cause
                : new IllegalStateException("Cannot check an expression", cause);
    }
}
