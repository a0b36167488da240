package io.penstock.jobs.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SparkSettingsTest {
    @ParameterizedTest
    @CsvSource({
        "spark.databricks.delta.properties.defaults.columnMapping.mode, name,",
        "spark.databricks.delta.properties.defaults.enableDeletionVectors, true,",
        "spark.sql.legacy.castComplexTypesToString.enabled, true,",
        "spark.sql.ansi.doubleQuotedIdentifiers, true,",
        "spark.databricks.delta.write.txnVersion, 3,",
        "spark.sql.legacy.timeParserPolicy, LEGACY, CORRECTED",
        "spark.sql.ansi.enabled, true, false",
        "spark.sql.decimalOperations.allowPrecisionLoss, false, true",
        "spark.sql.session.timeZone, Asia/Tokyo, UTC",
        "spark.sql.files.ignoreCorruptFiles, true, false",
        "spark.sql.timestampType, TIMESTAMP_NTZ, TIMESTAMP_LTZ",
        "spark.sql.variable.substitute, true, false",
        "spark.sql.parquet.datetimeRebaseModeInWrite, LEGACY, CORRECTED"
    })
    void whatChangesTablesOrResultsIsNotTakenFromTheUserAndIsTold(String name, String given, String used) {
        SparkConf conf = new SparkConf(false).set(name, given);

        List<SparkSettings.Unused> unused = SparkSettings.pin(conf);

        assertThat(conf.getOption(name).isDefined()).isEqualTo(used != null);
        assertThat(used == null ? null : conf.get(name)).isEqualTo(used);
        assertThat(unused)
                .singleElement()
                .asString()
                .contains(name + "=" + given, used == null ? "leaves it out" : used);
    }

    @Test
    void whatOnlyChangesSpeedIsTheUsersAndNothingIsToldOfIt() {
        SparkConf conf = new SparkConf(false)
                .set("spark.master", "spark://m:7077")
                .set("spark.sql.shuffle.partitions", "7")
                .set("spark.sql.codegen.cache.maxEntries", "9")
                .set("spark.executor.extraJavaOptions", "-Dmine=1")
                .set("spark.sql.ansi.enabled", "FALSE");

        assertThat(SparkSettings.pin(conf)).isEmpty();
        SparkSettings.tune(conf);

        assertThat(conf.get("spark.sql.shuffle.partitions")).isEqualTo("7");
        assertThat(conf.get("spark.sql.codegen.cache.maxEntries")).isEqualTo("9");
        assertThat(conf.get("spark.executor.extraJavaOptions")).isEqualTo("-Dmine=1 -XX:-DontCompileHugeMethods");
    }

    @ParameterizedTest
    @CsvSource({
        "'', -XX:-DontCompileHugeMethods",
        "-XX:+DontCompileHugeMethods, -XX:+DontCompileHugeMethods",
        "-Xlog:gc -XX:-DontCompileHugeMethods, -Xlog:gc -XX:-DontCompileHugeMethods"
    })
    void theCompilersOptionIsAddedToWhatTheUserSaysUnlessItSaysSo(String given, String used) {
        assertThat(SparkSettings.withHugeMethods(given)).isEqualTo(used);
    }

    @Test
    void moreClassesAreKeptThanAWarmDayMakes() {
        SparkConf conf = new SparkConf(false).set("spark.master", "local[2]");

        SparkSettings.tune(conf);

        assertThat(conf.get("spark.sql.codegen.cache.maxEntries")).isEqualTo("5000");
        assertThat(conf.contains("spark.executor.extraJavaOptions")).isFalse();
    }

    @Test
    void thePageNamesAllOfThem() throws Exception {
        String page = Files.readString(Path.of("../docs/cluster.md"));

        assertThat(SparkSettings.names()).allMatch(name -> page.contains("`" + name + "`"));
    }
}
