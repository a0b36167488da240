package io.penstock.jobs.cli;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.storage.Storage;
import io.penstock.core.storage.StorageErrors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/**
 * The Delta tables of an environment's pipelines, as {@code <pipeline>.<layer>_<name>}; in the default environment also what
 * else lies below {@code <work>/warehouse}.
 *
 * @param byName where each lies
 * @param settings what Spark needs to reach them
 */
record PipelineTables(Map<String, String> byName, Map<String, String> settings) {
    private static final String LOG = "_delta_log";

    /** @throws PenstockException when no pipeline's configuration can be read in an environment that was asked for */
    static PipelineTables of(Common common) {
        Map<String, String> tables = new TreeMap<>();
        Map<String, String> settings = new TreeMap<>();
        boolean isDefault = common.env.equals(Common.DEFAULT_ENVIRONMENT) && common.overrides.isEmpty();
        if (isDefault) {
            pipelinesBelow(common.work().resolve("warehouse"))
                    .forEach(folder -> tables.putAll(below(new Configuration(), folder.toString())));
        }
        List<PenstockException> unread = new ArrayList<>();
        boolean isRead = false;
        for (String pipeline : pipelines(common.confDir())) {
            try {
                PipelineConfig config = common.config(pipeline);
                isRead = true;
                settings.putAll(Storage.sparkSettings(config));
                tables.putAll(below(Storage.configuration(config), config.root()));
            } catch (PenstockException e) {
                unread.add(e);
            }
        }
        if (!isDefault && !isRead && !unread.isEmpty()) {
            throw unread.get(0);
        }
        return new PipelineTables(tables, settings);
    }

    private static List<java.nio.file.Path> pipelinesBelow(java.nio.file.Path warehouse) {
        return listed(warehouse).filter(Files::isDirectory).toList();
    }

    static List<String> pipelines(java.nio.file.Path confDir) {
        return listed(confDir)
                .map(file -> file.getFileName().toString())
                .filter(name -> name.endsWith(".conf") && !name.equals("reference.conf"))
                .map(name -> name.substring(0, name.length() - ".conf".length()))
                .toList();
    }

    private static Stream<java.nio.file.Path> listed(java.nio.file.Path folder) {
        if (!Files.isDirectory(folder)) {
            return Stream.of();
        }
        try (Stream<java.nio.file.Path> entries = Files.list(folder)) {
            return entries.sorted().toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot list " + folder, e);
        }
    }

    /** {@code root/<layer>/<name>}. */
    static Map<String, String> below(Configuration hadoop, String root) {
        Map<String, String> found = new LinkedHashMap<>();
        try {
            Path folder = new Path(root);
            FileSystem files = folder.getFileSystem(hadoop);
            if (!files.exists(folder)) {
                return found;
            }
            for (FileStatus layer : files.listStatus(folder)) {
                if (layer.isDirectory()) {
                    for (FileStatus table : files.listStatus(layer.getPath())) {
                        if (table.isDirectory() && files.exists(new Path(table.getPath(), LOG))) {
                            found.put(
                                    folder.getName() + "." + layer.getPath().getName() + "_"
                                            + table.getPath().getName(),
                                    table.getPath().toString());
                        }
                    }
                }
            }
            return found;
        } catch (IOException e) {
            throw StorageErrors.of(e, root)
                    .orElseGet(() -> new PenstockException(
                            ErrorCode.STORAGE_FAILED,
                            "Cannot list the tables: " + e.getMessage(),
                            root,
                            "Check that the warehouse can be reached, then run again",
                            e));
        }
    }

    List<String> names() {
        return List.copyOf(byName.keySet());
    }

    /** What to tell of a query that names none of them: the tables, or the pipelines where these are many. */
    Optional<String> offered() {
        if (byName.isEmpty()) {
            return Optional.empty();
        }
        List<String> databases = databases();
        return Optional.of(
                databases.size() == 1
                        ? "The tables are: " + String.join(", ", byName.keySet())
                        : "There are tables of " + String.join(", ", databases) + "; penstock sql \"SHOW TABLES IN "
                                + databases.get(0) + "\" lists them");
    }

    /** Registers those the query names: opening a table costs a moment each. */
    void register(SparkSession spark, String query) {
        String lower = query.toLowerCase(Locale.ROOT);
        databases().forEach(database -> spark.sql("CREATE DATABASE IF NOT EXISTS `" + database + "`"));
        boolean isListing = lower.contains("show ");
        byName.forEach((name, path) -> {
            String database = name.substring(0, name.indexOf('.'));
            String table = name.substring(name.indexOf('.') + 1);
            if (isListing || lower.contains(table)) {
                String location = path.replace("\\", "\\\\").replace("'", "\\'");
                spark.sql("CREATE TABLE IF NOT EXISTS `" + database + "`.`" + table + "` USING delta LOCATION '"
                        + location + "'");
            }
        });
        if (databases().size() == 1) {
            spark.catalog().setCurrentDatabase(databases().get(0));
        }
    }

    private List<String> databases() {
        return byName.keySet().stream()
                .map(name -> name.substring(0, name.indexOf('.')))
                .distinct()
                .toList();
    }
}
