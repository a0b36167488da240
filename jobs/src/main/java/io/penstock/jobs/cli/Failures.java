package io.penstock.jobs.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.penstock.core.ErrorCode;
import io.penstock.core.Json;
import io.penstock.core.PenstockException;
import io.penstock.core.storage.StorageErrors;
import io.penstock.jobs.report.Progress;
import io.penstock.jobs.report.log4j.LibraryLogs;
import io.penstock.jobs.run.RowFailures;
import io.penstock.jobs.run.RunReport;
import io.penstock.jobs.spark.SparkFailures;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import picocli.CommandLine;

/** Turns whatever a verb throws into a coded message and an exit code. No stack trace without {@code --debug}. */
public final class Failures {
    private static final AtomicBoolean isToldOfStop = new AtomicBoolean();

    private Failures() {}

    public static int handle(Exception exception, CommandLine command, CommandLine.ParseResult arguments) {
        return report(exception, arguments.originalArgs());
    }

    /** Prints what went wrong and returns the exit code. */
    public static int report(Throwable thrown, List<String> arguments) {
        PenstockException error = coded(thrown);
        if (isToldOfStop.get()) {
            return error.exit().value(); // what fails because the process is stopped is no news
        }
        return tell(error, thrown, arguments);
    }

    private static int tell(PenstockException error, Throwable thrown, List<String> arguments) {
        if (arguments.contains("--json")) {
            System.out.println(Json.document(RunReport.of(error)));
        }
        if (logsJson(arguments)) {
            Progress.json().failed(error);
        } else {
            Progress.standard().failed(error);
        }
        if (arguments.contains("--debug") || System.getenv("PENSTOCK_DEBUG") != null) {
            thrown.printStackTrace();
        }
        return error.exit().value();
    }

    private static boolean logsJson(List<String> arguments) {
        int option = arguments.indexOf("--log");
        String format = option >= 0 && option + 1 < arguments.size()
                ? arguments.get(option + 1)
                : arguments.stream()
                        .filter(argument -> argument.startsWith("--log="))
                        .findFirst()
                        .map(argument -> argument.substring("--log=".length()))
                        .orElse(System.getenv().getOrDefault("PENSTOCK_LOG", ""));
        return format.equalsIgnoreCase("json");
    }

    /** The first coded error in the chain of causes, or an internal one that names the deepest cause. */
    static PenstockException coded(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof PenstockException coded) {
                return coded;
            }
        }
        Optional<PenstockException> storage = StorageErrors.of(thrown, "");
        if (storage.isPresent()) {
            return storage.get();
        }
        Optional<PenstockException> ofRow = RowFailures.of(thrown, "");
        if (ofRow.isPresent()) {
            return ofRow.get();
        }
        Throwable deepest = deepest(thrown);
        if (deepest instanceof OutOfMemoryError) {
            return new PenstockException(
                    ErrorCode.OUT_OF_MEMORY,
                    "Not enough memory: " + firstLine(deepest),
                    "",
                    "Give the driver more: PENSTOCK_DRIVER_MEMORY, or --driver-memory of spark-submit",
                    thrown);
        }
        if (SparkFailures.isLostWorker(deepest)) {
            return new PenstockException(
                    ErrorCode.WORKER_LOST,
                    "Spark lost a worker: " + firstLine(deepest),
                    "",
                    "Run again: what was committed stays, the rest is done again. If it stays so, give executors more memory",
                    thrown);
        }
        if (SparkFailures.isStopped(deepest)) {
            return stopped(thrown);
        }
        Optional<String> foreign = SparkFailures.foreign(thrown);
        if (foreign.isPresent() || SparkFailures.isMissingFile(thrown)) {
            return new PenstockException(
                    ErrorCode.DATA_FILE_DAMAGED,
                    foreign.orElseGet(() -> "A file of a table is missing or damaged: " + firstLine(deepest)),
                    SparkFailures.file(thrown),
                    "Restore it from a backup, or build the table's units again: penstock run … --again",
                    thrown);
        }
        if (isStorage(thrown)) {
            return new PenstockException(
                    ErrorCode.STORAGE_FAILED,
                    "Reading or writing failed: " + firstLine(deepest),
                    "",
                    "Check disk, network and rights, then run again: what was committed stays, the rest is done again",
                    thrown);
        }
        String where = Arrays.stream(deepest.getStackTrace())
                .filter(frame -> frame.getClassName().startsWith("io.penstock"))
                .findFirst()
                .map(StackTraceElement::toString)
                .orElse("");
        return new PenstockException(
                ErrorCode.UNFORESEEN,
                deepest.getClass().getSimpleName() + ": " + firstLine(deepest),
                where,
                "Run again with --debug and report what it prints",
                thrown);
    }

    /** A process that is stopped may be gone before what works there fails: whoever stops it is told at once. */
    static Thread onStop(List<String> arguments) {
        return new Thread(
                () -> {
                    PenstockException stop = stopped(null);
                    isToldOfStop.set(true);
                    LibraryLogs.silence();
                    tell(stop, stop, arguments);
                },
                "told of a stop");
    }

    private static PenstockException stopped(Throwable thrown) {
        return new PenstockException(
                ErrorCode.INTERRUPTED,
                "Interrupted: Spark was stopped while it worked",
                "",
                "Run again: what was committed stays, the rest is done again",
                thrown);
    }

    static Throwable deepest(Throwable thrown) {
        Throwable deepest = thrown;
        while (deepest.getCause() != null) {
            deepest = deepest.getCause();
        }
        return deepest;
    }

    private static String firstLine(Throwable thrown) {
        return String.valueOf(thrown.getMessage()).lines().findFirst().orElse("");
    }

    /** A disk or a store that failed; what cannot be parsed is no failure of storage, though Java counts it as one. */
    private static boolean isStorage(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof IOException && !(cause instanceof JsonProcessingException)) {
                return true;
            }
        }
        return false;
    }
}
