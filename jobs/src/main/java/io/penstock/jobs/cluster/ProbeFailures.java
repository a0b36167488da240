package io.penstock.jobs.cluster;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What it means when executors cannot even run the question. */
final class ProbeFailures {
    private static final String LOOK =
            "Look into the executors' standard error, on the master's pages or in the workers'" + " folders";

    private static final Pattern TOO_OLD =
            Pattern.compile("UnsupportedClassVersionError.*only recognizes class file versions up to (\\d+)");
    private static final Pattern EXECUTOR = Pattern.compile("\\((\\S+) executor (\\S+)\\)");
    private static final int CLASS_FILES_BEFORE_JAVA_1 = 44;

    private ProbeFailures() {}

    private static String executor(String message) {
        Matcher found = EXECUTOR.matcher(message);
        return found.find() ? "executor " + found.group(2) + " on " + found.group(1) : "an executor";
    }

    /** @param cause what the job failed with: the story of its last task, as text */
    static PenstockException exception(Throwable cause) {
        String message = String.valueOf(cause.getMessage());
        String line = message.lines().findFirst().orElse("");
        Matcher old = TOO_OLD.matcher(message);
        if (old.find()) {
            return new PenstockException(
                    ErrorCode.OTHER_JAVA,
                    "Executors run another Java than the driver's "
                            + Runtime.version().feature() + ": " + executor(message) + " (Java "
                            + (Integer.parseInt(old.group(1)) - CLASS_FILES_BEFORE_JAVA_1) + ")",
                    "JAVA_HOME of the workers",
                    "Give every worker a Java 17, or name one that is there: --conf spark.executorEnv.JAVA_HOME=…",
                    cause);
        }
        if (message.contains("InvalidClassException") || message.contains("NoSuchMethodError")) {
            return new PenstockException(
                    ErrorCode.OTHER_SPARK,
                    "An executor runs another Spark than the driver's: " + line,
                    "SPARK_HOME of the workers",
                    "Submit with the Spark of the cluster",
                    cause);
        }
        return new PenstockException(
                ErrorCode.EXECUTORS_SILENT, "Executors cannot be asked: " + line, "spark.master", LOOK, cause);
    }

    static PenstockException silent(long seconds) {
        return new PenstockException(
                ErrorCode.EXECUTORS_SILENT,
                "Executors have not answered within " + seconds + " s",
                "spark.master",
                LOOK);
    }

    /** The master gives an application up when its executors keep ending before they begin. */
    static PenstockException givenUp(String master) {
        return new PenstockException(
                ErrorCode.APPLICATION_GIVEN_UP,
                "The cluster has given this application up: its executors end as soon as they start",
                master,
                LOOK + ". Often it is another Spark or Java on the workers than the driver's, or a flag in"
                        + " spark.executor.extraJavaOptions that Java does not know");
    }
}
