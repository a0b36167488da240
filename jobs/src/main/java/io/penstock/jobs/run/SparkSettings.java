package io.penstock.jobs.run;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.SparkConf;

/**
 * Settings of Spark and Delta that change tables or results: Penstock's own hold in its session, whatever the user, a
 * cluster or a file of defaults sets. Settings that only change speed are the user's and do not stand here.
 */
final class SparkSettings {
    /** Whole families of which none is taken from the user, but for what {@link #pinned} sets of them. */
    private static final List<String> DROPPED = List.of(
            // Properties of every table made: column mapping, deletion vectors and others lock out readers of protocol
            // 1.
            "spark.databricks.delta.properties.defaults.",
            // Spark as it was in former versions: casts, arithmetic, dates, nulls.
            "spark.sql.legacy.",
            // Marks of one write for all writes of the session: Delta passes over those that come again.
            "spark.databricks.delta.write.txn",
            "spark.databricks.delta.commitInfo.userMetadata",
            // Which words and quotes an expression may have.
            "spark.sql.ansi.");

    private static final Map<String, String> PINNED = pinned();

    private SparkSettings() {}

    /** A setting that is not used as it was given. */
    record Unused(String name, String given, Optional<String> used) {
        @Override
        public String toString() {
            return name + "=" + given + " is not used: it changes tables or results, Penstock "
                    + used.map(value -> "sets " + value).orElse("leaves it out");
        }
    }

    private static Map<String, String> pinned() {
        Map<String, String> pinned = new LinkedHashMap<>();
        // What a session is.
        pinned.put("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension");
        pinned.put("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog");
        // Times: which instant a text or a day is, and of which type.
        pinned.put("spark.sql.session.timeZone", "UTC");
        pinned.put("spark.sql.legacy.timeParserPolicy", "CORRECTED");
        pinned.put("spark.sql.timestampType", "TIMESTAMP_LTZ");
        pinned.put("spark.sql.datetime.java8API.enabled", "false");
        // Numbers and expressions: overflow, the scale of a product, names, keys given twice, text replaced before it
        // is read.
        pinned.put("spark.sql.ansi.enabled", "false");
        pinned.put("spark.sql.decimalOperations.allowPrecisionLoss", "true");
        pinned.put("spark.sql.caseSensitive", "false");
        pinned.put("spark.sql.mapKeyDedupPolicy", "EXCEPTION");
        pinned.put("spark.sql.storeAssignmentPolicy", "ANSI");
        pinned.put("spark.sql.variable.substitute", "false");
        pinned.put("spark.sql.crossJoin.enabled", "true");
        // Files: none is passed over; how times and bytes stand in them.
        pinned.put("spark.files.ignoreCorruptFiles", "false");
        pinned.put("spark.files.ignoreMissingFiles", "false");
        pinned.put("spark.sql.files.ignoreCorruptFiles", "false");
        pinned.put("spark.sql.files.ignoreMissingFiles", "false");
        pinned.put("spark.sql.parquet.outputTimestampType", "INT96");
        pinned.put("spark.sql.parquet.int96RebaseModeInRead", "CORRECTED");
        pinned.put("spark.sql.parquet.int96RebaseModeInWrite", "CORRECTED");
        pinned.put("spark.sql.parquet.datetimeRebaseModeInRead", "CORRECTED");
        pinned.put("spark.sql.parquet.datetimeRebaseModeInWrite", "CORRECTED");
        pinned.put("spark.sql.parquet.binaryAsString", "false");
        pinned.put("spark.sql.parquet.int96AsTimestamp", "true");
        pinned.put("spark.sql.parquet.int96TimestampConversion", "false");
        pinned.put("spark.sql.parquet.inferTimestampNTZ.enabled", "false");
        pinned.put("spark.sql.parquet.writeLegacyFormat", "false");
        pinned.put("spark.sql.parquet.fieldId.read.enabled", "false");
        pinned.put("spark.sql.sources.partitionOverwriteMode", "STATIC");
        pinned.put("spark.sql.sources.partitionColumnTypeInference.enabled", "true");
        // Delta: what a commit holds and checks, and that nothing but a publication makes one.
        pinned.put("spark.databricks.delta.snapshotPartitions", "2");
        pinned.put("spark.databricks.delta.optimizeWrite.enabled", "false");
        pinned.put("spark.databricks.delta.autoCompact.enabled", "false");
        pinned.put("spark.databricks.delta.schema.autoMerge.enabled", "false");
        pinned.put("spark.databricks.delta.commitInfo.enabled", "true");
        pinned.put("spark.databricks.delta.commitValidation.enabled", "true");
        pinned.put("spark.databricks.delta.checkLatestSchemaOnRead", "true");
        pinned.put("spark.databricks.delta.state.corruptionIsFatal", "true");
        pinned.put("spark.databricks.delta.retentionDurationCheck.enabled", "true");
        pinned.put("spark.databricks.delta.stats.collect", "true");
        pinned.put("spark.databricks.delta.stats.skipping", "true");
        // No two rows have one: a dictionary of them is filled and thrown away.
        pinned.put("spark.hadoop.parquet.enable.dictionary#_row_id", "false");
        return pinned;
    }

    /** @return what the user gave and what does not hold */
    static List<Unused> pin(SparkConf conf) {
        Map<String, Unused> unused = new TreeMap<>();
        for (scala.Tuple2<String, String> given : conf.getAll()) {
            String name = given._1();
            Optional<String> ours = Optional.ofNullable(PINNED.get(name));
            boolean isDropped = DROPPED.stream().anyMatch(name::startsWith);
            if (ours.isPresent() ? !ours.get().equalsIgnoreCase(given._2()) : isDropped) {
                unused.put(name, new Unused(name, given._2(), ours));
                conf.remove(name);
            }
        }
        PINNED.forEach(conf::set);
        return List.copyOf(unused.values());
    }

    /** Names as they stand here, for whoever documents them. */
    static List<String> names() {
        return java.util.stream.Stream.concat(
                        PINNED.keySet().stream(), DROPPED.stream().map(family -> family + "*"))
                .toList();
    }

    /** What only changes speed, unless the user says otherwise. */
    static void tune(SparkConf conf) {
        // A warm day makes more classes than the 100 that are kept by default, and would compile all of them again.
        conf.setIfMissing("spark.sql.codegen.cache.maxEntries", "5000");
        if (!conf.get("spark.master").startsWith("local")) {
            conf.set(
                    "spark.executor.extraJavaOptions",
                    withHugeMethods(conf.get("spark.executor.extraJavaOptions", "")));
        }
    }

    /** A view of many measures is one method of more than 8,000 bytecodes, which Java else only interprets. */
    static String withHugeMethods(String options) {
        boolean isSaid =
                Arrays.stream(options.split("\\s+")).anyMatch(option -> option.endsWith("DontCompileHugeMethods"));
        return isSaid ? options : (options + " " + HUGE_METHODS).strip();
    }

    /** Of Java: a driver's stands in the launcher and in what is exported for Airflow. */
    static final String HUGE_METHODS = "-XX:-DontCompileHugeMethods";
}
