package io.penstock.jobs.run;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeSet;

/**
 * What the cluster provides, against what the jar was built for. A wrong mix starts, and fails much later with a missing
 * method; asked for here it fails at once.
 */
final class Libraries {
    private static final String SPARK = "3.5.";
    private static final String SCALA = "2.12.";
    private static final String DELTA = "3.3.";
    private static final String XGBOOST = "xgboost4j-version.properties";

    private Libraries() {}

    /**
     * Versions that were found.
     *
     * @param delta empty when Delta is not on the classpath
     * @param xgboosts versions of XGBoost4J that could be loaded
     */
    record Found(String spark, String scala, Optional<String> delta, List<String> xgboosts) {}

    static Found found() {
        return new Found(
                org.apache.spark.package$.MODULE$.SPARK_VERSION(),
                scala.util.Properties$.MODULE$.versionNumberString(),
                delta(),
                xgboosts());
    }

    /** @throws PenstockException {@code PEN-CFG-019} with what was found and what is wanted */
    static void require(Found found) {
        List<String> wrong = new ArrayList<>();
        compare("Spark", found.spark(), SPARK).ifPresent(wrong::add);
        compare("Scala", found.scala(), SCALA).ifPresent(wrong::add);
        compare("Delta", found.delta().orElse("none"), DELTA).ifPresent(wrong::add);
        if (found.xgboosts().size() > 1) {
            wrong.add("XGBoost4J is there in several versions: " + String.join(" and ", found.xgboosts()));
        }
        if (!wrong.isEmpty()) {
            throw new PenstockException(
                    ErrorCode.WRONG_LIBRARIES,
                    "The libraries do not fit: " + String.join("; ", wrong),
                    "classpath of the driver",
                    "Use a Spark 3.5 for Scala 2.12, --packages io.delta:delta-spark_2.12:3.3.3, and no XGBoost of the"
                            + " cluster's own");
        }
    }

    private static Optional<String> compare(String name, String found, String wanted) {
        return found.startsWith(wanted)
                ? Optional.empty()
                : Optional.of(name + " " + found + " was found, " + wanted + "x is wanted");
    }

    private static Optional<String> delta() {
        try {
            return Optional.of(io.delta.package$.MODULE$.VERSION());
        } catch (LinkageError e) {
            return Optional.empty();
        }
    }

    private static List<String> xgboosts() {
        TreeSet<String> versions = new TreeSet<>();
        try {
            for (URL url : Collections.list(Libraries.class.getClassLoader().getResources(XGBOOST))) {
                Properties properties = new Properties();
                try (InputStream in = url.openStream()) {
                    properties.load(in);
                }
                versions.add(properties.getProperty("version", "unknown"));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return List.copyOf(versions);
    }
}
