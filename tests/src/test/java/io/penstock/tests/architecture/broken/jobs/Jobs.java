package io.penstock.tests.architecture.broken.jobs;

import static org.apache.spark.sql.functions.rand;

import com.amazon.deequ.metrics.DoubleMetric;
import com.typesafe.config.Config;
import io.delta.kernel.Table;
import io.penstock.tests.architecture.broken.core.Core;
import java.time.Instant;
import java.util.Random;
import java.util.function.Supplier;
import ml.dmlc.xgboost4j.java.Booster;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.delta.DeltaLog;

/** Everything that a class of Penstock must not do: libraries outside their package, chance, the wall clock, an exit. */
public final class Jobs {
    Core core;
    DoubleMetric deequ;
    Booster booster;
    Vector vector;
    Table kernel;
    DeltaLog delta;
    Config config;
    Random random = new Random();
    Column chance = rand();
    Supplier<Instant> clock = Instant::now;

    void exit() {
        System.exit(1);
    }
}
