package io.penstock.core.config;

import java.util.Map;
import java.util.Optional;

/**
 * @param landing folder below which sources' files land
 * @param warehouse root of all tables
 * @param mlflow tracking server, {@code http://host:port}
 * @param hadoop settings of the file systems, never credentials
 * @param reads environment whose tables are read where this one has none
 * @param registryPrefix before the names of registered models and experiments
 */
public record Locations(
        String landing,
        String warehouse,
        String mlflow,
        Map<String, String> hadoop,
        Commits commits,
        Optional<String> reads,
        String registryPrefix) {
    public Locations(String landing, String warehouse, String mlflow) {
        this(landing, warehouse, mlflow, Map.of(), Commits.OWN, Optional.empty(), "");
    }

    /** What makes a commit happen once where the storage itself does not. */
    public enum Commits {
        /** The storage's own put-if-absent or rename. */
        OWN,
        /** The user's word that one process at a time writes. */
        SINGLE_WRITER,
        /** Delta's log store over DynamoDB. */
        DYNAMODB
    }
}
