package io.penstock.jobs.spark;

import java.io.FileNotFoundException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.ChecksumException;
import org.apache.parquet.io.ParquetDecodingException;
import org.apache.spark.SparkException;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.execution.datasources.SchemaColumnConvertNotSupportedException;

/**
 * What failed when Spark or its Parquet reader failed, by types and causes. Where Spark gives nothing but a text, its words
 * are here and nowhere else. {@code SparkFailuresTest} holds them against what Spark throws; the words of a lost worker
 * need a cluster, {@code ClusterTest}.
 */
public final class SparkFailures {
    private static final Pattern LOST_EACH_OTHER =
            Pattern.compile("collective|tracker|rabit|socket|connect", Pattern.CASE_INSENSITIVE);

    private SparkFailures() {}

    /** What a data file of a table holds that its table does not: another program wrote it, or replaced it. */
    public static Optional<String> foreign(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof SchemaColumnConvertNotSupportedException other) {
                return Optional.of("A file of a table was written by another program: its column " + other.getColumn()
                        + " is of type " + other.getPhysicalType() + ", and the table's of type "
                        + other.getLogicalType());
            }
            if (cause instanceof ParquetDecodingException damaged) {
                return Optional.of("A file of a table is damaged: " + firstLine(damaged));
            }
        }
        return Optional.empty();
    }

    /** The file that Spark was reading, empty where it does not say. */
    public static String file(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof SparkThrowable spark && spark.getMessageParameters() != null) {
                String path = spark.getMessageParameters()
                        .getOrDefault("filePath", spark.getMessageParameters().get("path"));
                if (path != null) {
                    return path;
                }
            }
        }
        return "";
    }

    /** A data file or a log file of a table that is gone, damaged or cut short. Landed files have codes of their own. */
    public static boolean isMissingFile(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            String message = String.valueOf(cause.getMessage());
            boolean isTables = message.contains(".parquet") || message.contains("_delta_log");
            if (isTables
                    && (cause instanceof FileNotFoundException
                            || cause instanceof ChecksumException
                            || message.contains("is not a Parquet file")
                            || message.contains("reading file"))) {
                return true;
            }
        }
        return false;
    }

    /** By Ctrl-C, a signal, or a cluster that took the application away. */
    public static boolean isStopped(Throwable cause) {
        String message = String.valueOf(cause.getMessage());
        return message.contains("SparkContext was shut down")
                || message.contains("SparkContext has been shutdown")
                || message.contains("stopped SparkContext");
    }

    /** Spark ends a job with the last failed task as text. */
    public static boolean isLostWorker(Throwable cause) {
        String message = String.valueOf(cause.getMessage());
        return cause instanceof SparkException
                && (List.of("ExecutorLostFailure", "FetchFailed", "Executor heartbeat timed out").stream()
                                .anyMatch(message::contains)
                        || isBrokenFit(message));
    }

    /**
     * A training whose stage was started over and over: after a lost worker the others lose each other. What XGBoost itself
     * refuses, such as a parameter, has an error of its own, which names no connection.
     */
    private static boolean isBrokenFit(String message) {
        return message.contains("Stage failed because barrier task")
                && (!message.contains("XGBoostError")
                        || LOST_EACH_OTHER.matcher(message).find());
    }

    private static String firstLine(Throwable thrown) {
        return String.valueOf(thrown.getMessage()).lines().findFirst().orElse("");
    }
}
