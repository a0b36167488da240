package io.penstock.core.storage;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.core.config.Locations;
import io.penstock.core.config.Locations.Commits;
import io.penstock.core.config.PipelineConfig;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;

/**
 * Hadoop settings for the file systems of a pipeline, the same for the control tables, which need no Spark, and for Spark.
 * Later ones win: Hadoop's defaults, Penstock's own for S3, {@code core-site.xml}, {@code penstock.hadoop}, {@code
 * spark.hadoop.*}.
 */
public final class Storage {
    private static final String SPARK = "spark.hadoop.";
    private static final String HADOOP_DEFAULTS = "core-default.xml";

    /** Where a file can be written over another without either writer's knowing. */
    private static final List<String> NOT_ATOMIC = List.of("s3a", "s3", "s3n");

    private static final String DYNAMODB = "io.delta.storage.S3DynamoDBLogStore";

    /**
     * Hadoop retries for a quarter of an hour; a scheduler that is told within a minute does better. And it deletes the
     * marks of empty folders above every file it writes, requests that no one has any use for.
     */
    private static final Map<String, String> BOUNDS = Map.of(
            "fs.s3a.directory.marker.retention", "keep",
            "fs.s3a.attempts.maximum", "1",
            "fs.s3a.retry.limit", "3",
            "fs.s3a.retry.interval", "250ms",
            "fs.s3a.retry.throttle.limit", "3",
            "fs.s3a.retry.throttle.interval", "500ms",
            "fs.s3a.connection.establish.timeout", "5000",
            "fs.s3a.connection.timeout", "30000");

    /** Hadoop's defaults and {@code core-site.xml}; each other configuration would parse their XML again. */
    private static final Configuration SITE = new Configuration();

    private Storage() {}

    /** Settings beside Hadoop's defaults and {@code core-site.xml}, for a Spark session. */
    public static Map<String, String> settings(PipelineConfig config) {
        return settings(config, site());
    }

    private static Map<String, String> settings(PipelineConfig config, Configuration site) {
        Locations locations = config.locations();
        Optional<Locations> base = config.base().map(other -> other.config().locations());
        Map<String, String> settings = new TreeMap<>();
        if (isOnObjectStore(locations) || base.filter(Storage::isOnObjectStore).isPresent()) {
            BOUNDS.forEach((key, value) -> {
                if (isDefault(site, key)) {
                    settings.put(key, value);
                }
            });
        }
        if (locations.commits() == Commits.DYNAMODB) {
            NOT_ATOMIC.forEach(scheme -> settings.put("io.delta.kernel.logStore." + scheme + ".impl", DYNAMODB));
        }
        base.ifPresent(other -> settings.putAll(other.hadoop())); // one's own win
        settings.putAll(locations.hadoop());
        return settings;
    }

    private static boolean isOnObjectStore(Locations locations) {
        return isObjectStore(locations.warehouse()) || isObjectStore(locations.landing());
    }

    /** Settings for Spark itself, beside {@link #settings}. */
    public static Map<String, String> sparkSettings(PipelineConfig config) {
        Map<String, String> settings = new TreeMap<>();
        settings(config).forEach((key, value) -> settings.put(SPARK + key, value));
        if (config.locations().commits() == Commits.DYNAMODB) {
            NOT_ATOMIC.forEach(scheme -> settings.put("spark.delta.logStore." + scheme + ".impl", DYNAMODB));
        }
        return settings;
    }

    /** For whoever reads or writes without Spark. */
    public static Configuration configuration(PipelineConfig config) {
        Configuration hadoop = site();
        settings(config, hadoop).forEach(hadoop::set);
        System.getProperties().stringPropertyNames().stream()
                .filter(name -> name.startsWith(SPARK))
                .forEach(name -> hadoop.set(name.substring(SPARK.length()), System.getProperty(name)));
        return hadoop;
    }

    /** A copy of what the site says. */
    private static Configuration site() {
        SITE.size(); // reads what was not read yet, or is to be read again
        return new Configuration(SITE);
    }

    /**
     * Refuses to write where a commit of one process may silently replace another's.
     *
     * @throws PenstockException {@code PEN-STO-001}
     */
    public static void requireAtomicCommits(PipelineConfig config) {
        String warehouse = config.locations().warehouse();
        if (isObjectStore(warehouse) && config.locations().commits() == Commits.OWN) {
            throw new PenstockException(
                    ErrorCode.COMMITS_NOT_EXCLUSIVE,
                    "Refused to write: of two processes that commit to this storage at once one may erase the other's"
                            + " commit",
                    warehouse,
                    "Set penstock.single-writer = true if you see to it that one process at a time writes this"
                            + " warehouse, or penstock.log-store = dynamodb");
        }
    }

    /**
     * Whether a folder may be asked of the disk itself. What extends it under a scheme of its own is asked itself; Hive's,
     * which stands for it with Spark, has its scheme.
     */
    public static boolean isLocalDisk(FileSystem files) {
        return files instanceof LocalFileSystem && "file".equals(files.getUri().getScheme());
    }

    static boolean isObjectStore(String location) {
        return NOT_ATOMIC.stream().anyMatch(scheme -> location.startsWith(scheme + ":"));
    }

    private static boolean isDefault(Configuration site, String key) {
        String[] sources = site.getPropertySources(key);
        return sources == null || Set.copyOf(Arrays.asList(sources)).equals(Set.of(HADOOP_DEFAULTS));
    }
}
