package io.penstock.jobs.run;

import io.penstock.jobs.cluster.ModuleFlags;
import io.penstock.jobs.cluster.StandaloneMaster;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/**
 * Starts Spark with what changes results pinned ({@link SparkSettings}), and with defaults for what only changes speed.
 * Master, memory and cores come from {@code spark-submit}.
 */
public final class SparkSessions {
    private SparkSessions() {}

    /**
     * @throws io.penstock.core.PenstockException {@code PEN-CFG-019} when the classpath holds another Spark or Delta; {@code
     *     PEN-CLU-004} when Java keeps its packages closed to Spark; {@code PEN-CLU-011} when no master listens
     */
    public static SparkSession start(String name) {
        return start(name, Map.of());
    }

    /** @param settings what is set unless the caller of Spark has set it */
    public static SparkSession start(String name, Map<String, String> settings) {
        return start(name, settings, unused -> {});
    }

    /** @param unused is told each setting of the caller of Spark that would change tables or results, and is not used */
    static SparkSession start(String name, Map<String, String> settings, Consumer<String> unused) {
        ModuleFlags.require();
        Libraries.require(Libraries.found());
        SparkConf conf = new SparkConf();
        conf.setAppName(name);
        settings.forEach(conf::setIfMissing);
        conf.setIfMissing("spark.master", "local[2]");
        SparkSettings.pin(conf).forEach(setting -> unused.accept(setting.toString()));
        SparkSettings.tune(conf);
        conf.setIfMissing("spark.ui.showConsoleProgress", "false");
        conf.setIfMissing("spark.sql.shuffle.partitions", local(conf) ? "2" : "200");
        // The text of every plan, as Spark's pages show it, costs more than a small unit's work.
        conf.setIfMissing("spark.sql.ui.explainMode", "simple");
        conf.setIfMissing("spark.sql.maxPlanStringLength", "20000");
        if (local(conf)) {
            conf.setIfMissing("spark.sql.adaptive.enabled", "false");
            conf.setIfMissing("spark.driver.bindAddress", "127.0.0.1");
            conf.setIfMissing("spark.driver.host", "127.0.0.1");
            conf.setIfMissing("spark.ui.enabled", "false");
        }
        StandaloneMaster.requireListening(conf);
        SparkSession spark = SparkSession.builder().config(conf).getOrCreate();
        spark.sparkContext().setLogLevel("ERROR");
        return spark;
    }

    private static boolean local(SparkConf conf) {
        return conf.get("spark.master").startsWith("local");
    }
}
