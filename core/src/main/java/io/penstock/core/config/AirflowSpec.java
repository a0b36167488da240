package io.penstock.core.config;

import io.penstock.core.UnitId;
import java.time.Duration;
import java.util.Optional;

/**
 * How the exported DAGs are scheduled; part of no recipe.
 *
 * @param connection Airflow connection of the Spark cluster
 * @param timeout how long one try of a task may take
 * @param from first unit that is scheduled; empty for the first that is scored
 * @param until last unit that is scheduled
 */
public record AirflowSpec(
        String connection,
        DeployMode deployMode,
        Granularity granularity,
        Optional<String> pool,
        int retries,
        Duration retryDelay,
        Optional<Duration> timeout,
        Optional<UnitId> from,
        Optional<UnitId> until) {
    public static final AirflowSpec DEFAULT = new AirflowSpec(
            "spark_default",
            DeployMode.CLIENT,
            Granularity.STAGE,
            Optional.empty(),
            3,
            Duration.ofMinutes(5),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());

    public enum DeployMode {
        CLIENT,
        CLUSTER
    }

    /** A task per stage, or one task that runs all stages of a unit in one Spark session. */
    public enum Granularity {
        STAGE,
        UNIT
    }

    public AirflowSpec withGranularity(Granularity other) {
        return new AirflowSpec(connection, deployMode, other, pool, retries, retryDelay, timeout, from, until);
    }
}
