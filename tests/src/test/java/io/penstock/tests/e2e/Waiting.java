package io.penstock.tests.e2e;

import java.util.concurrent.TimeUnit;

/**
 * The one place where tests let time pass: between two looks at what another process does, and before a race's own moment.
 * No test relies on how long it is.
 */
public final class Waiting {
    private static final int BETWEEN_LOOKS_MS = 10;

    private Waiting() {}

    public static void untilTheNextLook() {
        pass(BETWEEN_LOOKS_MS);
    }

    public static void forTheMomentOfTheRace(long millis) {
        pass(millis);
    }

    /** Of who looks at their work from time to time. */
    public static void whileOthersWork(long millis) {
        pass(millis);
    }

    private static void pass(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("Interrupted while it waited", e);
        }
    }
}
