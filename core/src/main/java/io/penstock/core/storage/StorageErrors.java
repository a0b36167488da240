package io.penstock.core.storage;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a failure of an object store means to whoever has to act on it. Told by the types of the exceptions, which need not
 * be on the class path, and by the store's own status and code; their texts are not repeated, for they may hold what
 * should not be printed.
 */
public final class StorageErrors {
    private static final Pattern STATUS = Pattern.compile("Status Code: (\\d{3})");
    private static final Pattern CODE = Pattern.compile("Error Code: (?!null)([A-Za-z][A-Za-z0-9]+)");
    private static final List<String> EXPIRED = List.of("ExpiredToken", "ExpiredTokenException", "RequestExpired");
    private static final String S3A = "org.apache.hadoop.fs.s3a.";
    private static final String SDK = "com.amazonaws.";

    private StorageErrors() {}

    /** The coded error for a failure of an object store, or for a local disk that is full; empty for any other. */
    public static Optional<PenstockException> of(Throwable thrown, String where) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof PenstockException) {
                return Optional.empty();
            }
            Optional<PenstockException> found = ofOne(cause, thrown, where);
            if (found.isPresent()) {
                return found;
            }
        }
        return LocalDisk.failure(thrown, where);
    }

    /** A local disk denies access too. */
    private static boolean isStore(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            String type = cause.getClass().getName();
            if (type.startsWith(S3A) || type.startsWith(SDK)) {
                return true;
            }
        }
        return false;
    }

    private static Optional<PenstockException> ofOne(Throwable cause, Throwable thrown, String where) {
        String type = cause.getClass().getName();
        String message = String.valueOf(cause.getMessage());
        if (message.contains("S3AFileSystem not found") || message.startsWith("No FileSystem for scheme")) {
            return Optional.of(noClient(thrown, where));
        }
        if (!isStore(thrown)) {
            return Optional.empty();
        }
        // A question for an object's head is answered without a reason
        boolean isBad = type.equals(S3A + "AWSBadRequestException")
                && !CODE.matcher(message).find();
        if (isBad || EXPIRED.stream().anyMatch(message::contains)) {
            return Optional.of(new PenstockException(
                    ErrorCode.CREDENTIALS_EXPIRED,
                    "The credentials for the object store have expired" + (isBad ? ", or its region is wrong" : "")
                            + told(message),
                    where,
                    "Renew them, then run again: what was committed stays",
                    thrown));
        }
        if (cause instanceof AccessDeniedException || type.endsWith("NoAuthWithAWSException")) {
            return Optional.of(refused(thrown, where, message));
        }
        if (type.equals(S3A + "UnknownStoreException") || type.equals(S3A + "AWSRedirectException")) {
            return Optional.of(new PenstockException(
                    ErrorCode.NO_BUCKET,
                    "There is no such bucket at this endpoint" + told(message),
                    where,
                    "Create it, or correct penstock.warehouse, penstock.landing or fs.s3a.endpoint",
                    thrown));
        }
        boolean isStores = type.startsWith(S3A) || type.startsWith(SDK);
        return isStores ? Optional.of(away(thrown, where, message)) : Optional.empty();
    }

    private static PenstockException noClient(Throwable thrown, String where) {
        return new PenstockException(
                ErrorCode.NO_STORAGE_CLIENT,
                "Hadoop's client for this storage is not on the class path",
                where,
                "Without SPARK_HOME: bin/setup s3a. On a cluster: --packages org.apache.hadoop:hadoop-aws:3.3.4",
                thrown);
    }

    private static PenstockException refused(Throwable thrown, String where, String message) {
        boolean none = message.contains("No AWS Credentials") || message.contains("NoAuthWithAWS");
        return new PenstockException(
                ErrorCode.STORE_CREDENTIALS,
                none
                        ? "No credentials for the object store were found"
                        : "The object store refuses these credentials, or what they may do" + told(message),
                where,
                "Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or the credential provider, and the rights on the"
                        + " bucket",
                thrown);
    }

    private static PenstockException away(Throwable thrown, String where, String message) {
        return new PenstockException(
                ErrorCode.STORE_AWAY,
                "The object store does not answer, or asks to slow down" + reason(thrown, message),
                where,
                "Check fs.s3a.endpoint and that the store is up, then run again: what was committed stays",
                thrown);
    }

    private static String reason(Throwable thrown, String message) {
        String status = told(message);
        for (Throwable cause = thrown; cause != null && status.isEmpty(); cause = cause.getCause()) {
            if (cause instanceof UnknownHostException) {
                return ": its name does not resolve";
            }
            if (cause instanceof ConnectException || cause instanceof SocketTimeoutException) {
                return ": no connection";
            }
            status = told(String.valueOf(cause.getMessage()));
        }
        return status;
    }

    /** The store's status and code, which are words of its protocol. */
    private static String told(String message) {
        Matcher status = STATUS.matcher(message);
        Matcher code = CODE.matcher(message);
        String text = (status.find() ? status.group(1) : "") + (code.find() ? " " + code.group(1) : "");
        return text.isBlank() ? "" : ": " + text.strip();
    }
}
