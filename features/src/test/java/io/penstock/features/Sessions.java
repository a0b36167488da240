package io.penstock.features;

import org.apache.spark.sql.SparkSession;

/** The one Spark session of this module's tests. */
final class Sessions {
    private Sessions() {}

    static SparkSession shared() {
        return SparkSession.builder()
                .master("local[2]")
                .appName("features")
                .config("spark.ui.enabled", "false")
                .config("spark.sql.session.timeZone", "UTC")
                .config("spark.sql.ansi.enabled", "false")
                .config("spark.sql.shuffle.partitions", "2")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .getOrCreate();
    }
}
