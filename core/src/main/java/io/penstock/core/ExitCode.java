package io.penstock.core;

/** What a process ends with; schedulers decide from it whether to retry. */
public enum ExitCode {
    OK(0),
    USAGE(2),
    REFUSED(10),
    CONFIGURATION(20),
    RETRY(30),
    INTERNAL(40),
    BUSY(50);

    private final int value;

    ExitCode(int value) {
        this.value = value;
    }

    public int value() {
        return value;
    }

    public boolean retryable() {
        return this == RETRY || this == BUSY;
    }
}
