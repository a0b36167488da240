package io.penstock.training.mlflow;

import io.penstock.core.PenstockException;

/** What goes wrong with an MLflow server, in one place. */
final class MlflowErrors {
    private static final String CODE = "PEN-ML-013";

    private MlflowErrors() {}

    static PenstockException down(String base, Exception cause) {
        String reason = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        return PenstockException.retry(
                CODE,
                "Cannot reach the MLflow server: " + reason,
                base,
                "Start it (`penstock mlflow start`) or correct penstock.mlflow, then run again",
                cause);
    }

    static PenstockException forbidden(String base, int status) {
        return PenstockException.retry(
                CODE,
                "The MLflow server answered " + status + ": it does not know this host name, or wants credentials",
                base,
                "Start it with --allowed-hosts naming this host, or address it as 127.0.0.1",
                null);
    }

    static PenstockException wrong(String base, String what, Exception cause) {
        return PenstockException.retry(
                CODE,
                "The MLflow server " + what,
                base,
                "Check that an MLflow 3 server listens there and read its log, then run again",
                cause);
    }

    static PenstockException missing(String what, String where) {
        return PenstockException.internal(
                "PEN-ML-015",
                "The MLflow server has no " + what,
                where,
                "Register the model again; the version was made by something else, or its files were deleted");
    }

    static PenstockException damaged(String what, String where) {
        return PenstockException.internal(
                "PEN-ML-010",
                what,
                where,
                "Do not use this version: move its alias to another one in MLflow, and find out who changed it");
    }
}
