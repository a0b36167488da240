package io.penstock.training.mlflow;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;

/**
 * What goes wrong with an MLflow server, in one place. What the server refuses is a matter of configuration and told in its
 * own words; a server that is away, busy or broken is worth a retry.
 */
final class MlflowErrors {
    private MlflowErrors() {}

    static PenstockException down(String base, Throwable cause) {
        String reason = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        return Tls.isRefusal(cause)
                ? new PenstockException(
                        ErrorCode.MLFLOW_CERTIFICATE,
                        "Cannot trust the MLflow server, or it does not trust this client: " + reason,
                        base,
                        "Set " + Tls.SERVER_CERTIFICATE + " to the PEM file of its certificate or authority, "
                                + Tls.CLIENT_CERTIFICATE + " if it asks for one, and address it by the name in its"
                                + " certificate")
                : new PenstockException(
                        ErrorCode.MLFLOW_AWAY,
                        "Cannot reach the MLflow server: " + reason,
                        base,
                        "Start it (`penstock mlflow start`) or correct penstock.mlflow, then run again",
                        cause);
    }

    /** @param call what was asked for, {@code runs/create} */
    static PenstockException answered(MlflowAccess access, String call, int status, ServerWords words) {
        String what = "The MLflow server answered " + call + " with " + status + words;
        if (status == 401 || status == 403) {
            return words.saysThatTheHostIsUnknown() ? unknownHost(access, what) : noLogin(access, what);
        }
        if (words.saysThatItKeepsNoArtifacts()) {
            return new PenstockException(
                    ErrorCode.ARTIFACTS_NOT_SERVED,
                    what,
                    access.base(),
                    "Start it with --serve-artifacts, and use an experiment that was created since");
        }
        if (status == 408 || status == 429 || status >= 500) {
            return new PenstockException(
                    ErrorCode.MLFLOW_AWAY, what, access.base(), "Read the server's log, then run again", null);
        }
        return new PenstockException(
                ErrorCode.MLFLOW_REFUSED,
                what,
                access.base(),
                "Mend what the server names; check that penstock.mlflow is the address of an MLflow 3 server itself");
    }

    private static PenstockException unknownHost(MlflowAccess access, String what) {
        return new PenstockException(
                ErrorCode.MLFLOW_UNKNOWN_HOST,
                what,
                access.base(),
                "Start it with --allowed-hosts naming this host, or address it as 127.0.0.1");
    }

    private static PenstockException noLogin(MlflowAccess access, String what) {
        return new PenstockException(
                ErrorCode.MLFLOW_LOGIN_REFUSED,
                what + "; it was sent " + access.whichLogin(),
                access.base(),
                "Set " + MlflowAccess.USERNAME + " and " + MlflowAccess.PASSWORD + ", or " + MlflowAccess.TOKEN
                        + ", to a login that may do this");
    }

    /** @param refused how the server said so; empty when it was only asked whether it is */
    static PenstockException deleted(String base, String experiment, String id, String refused) {
        return new PenstockException(
                ErrorCode.EXPERIMENT_DELETED,
                "Experiment " + experiment + " was deleted in MLflow" + (refused.isEmpty() ? "" : ". " + refused),
                base + ", experiment " + id,
                "Restore it: mlflow experiments restore -x " + id + ", then run again");
    }

    static PenstockException wrong(String base, String what, Exception cause) {
        return new PenstockException(
                ErrorCode.MLFLOW_AWAY,
                "The MLflow server " + what,
                base,
                "Check that an MLflow 3 server listens there and read its log, then run again",
                cause);
    }

    static PenstockException missing(String what, String where) {
        return new PenstockException(
                ErrorCode.MODEL_FILES_MISSING,
                "The MLflow server has no " + what,
                where,
                "Register the model again; the version was made by something else, or its files were deleted");
    }

    static PenstockException damaged(String what, String where) {
        return new PenstockException(
                ErrorCode.MODEL_NOT_AS_REGISTERED,
                what,
                where,
                "Do not use this version: move its alias to another one in MLflow, and find out who changed it");
    }
}
