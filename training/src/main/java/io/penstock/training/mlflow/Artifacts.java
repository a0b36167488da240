package io.penstock.training.mlflow;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;

/** Addresses of files that the MLflow server itself hands out. */
final class Artifacts {
    private static final String SCHEME = "mlflow-artifacts:";

    private Artifacts() {}

    /** Path below the server's artifact root: {@code mlflow-artifacts:/1/models/m-…/artifacts} → {@code 1/models/…}. */
    static String path(String uri, String base) {
        if (!uri.startsWith(SCHEME + "/")) {
            throw new PenstockException(
                    ErrorCode.ARTIFACTS_NOT_SERVED,
                    "The MLflow server keeps artifacts at " + uri.replaceAll(":.*", ":…") + ", not behind itself",
                    base,
                    "Start it with --serve-artifacts, and use an experiment that was created since");
        }
        String rest = uri.substring(SCHEME.length());
        // mlflow-artifacts://host:port/path names the server as well
        return rest.startsWith("//") ? rest.substring(rest.indexOf('/', 2) + 1) : rest.substring(1);
    }
}
