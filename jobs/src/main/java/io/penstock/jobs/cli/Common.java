package io.penstock.jobs.cli;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.core.config.ConfigLoader;
import io.penstock.core.config.PipelineConfig;
import io.penstock.jobs.report.Progress;
import io.penstock.jobs.report.log4j.JsonLogging;
import io.penstock.training.mlflow.MlflowServer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Options every verb has. */
public final class Common {
    static final String DEFAULT_ENVIRONMENT = "local";

    enum LogFormat {
        TEXT,
        JSON
    }

    @Option(
            names = "--work",
            description = "Folder for landing, warehouse, runs and logs (default: .penstock, or $PENSTOCK_WORK).")
    Path work;

    @Option(names = "--conf-dir", description = "Folder of the pipeline files (default: conf beside Penstock).")
    Path confDir;

    @Option(
            names = "--env",
            defaultValue = DEFAULT_ENVIRONMENT,
            description = "Environment file in <conf-dir>/env (default: local).")
    String env;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Override one configuration value.")
    Map<String, String> overrides = new LinkedHashMap<>();

    @Option(names = "--json", description = "Print exactly one JSON document on standard output.")
    boolean json;

    @Option(
            names = "--log",
            paramLabel = "text|json",
            defaultValue = "${env:PENSTOCK_LOG:-text}",
            description = "What standard error is written in (default: text, or $PENSTOCK_LOG).")
    LogFormat log = LogFormat.TEXT;

    @Option(names = "--debug", description = "Print stack traces.")
    boolean debug;

    Path work() {
        String fallback = System.getenv().getOrDefault("PENSTOCK_WORK", ".penstock");
        return (work == null ? Path.of(fallback) : work).toAbsolutePath().normalize();
    }

    Path confDir() {
        if (confDir != null) {
            return confDir;
        }
        String home = System.getProperty("penstock.home", System.getenv().getOrDefault("PENSTOCK_HOME", "."));
        return Path.of(home, "conf");
    }

    PipelineConfig config(String pipeline) {
        return config(pipeline, env);
    }

    PipelineConfig config(String pipeline, String environmentName) {
        return ConfigLoader.load(confDir(), pipeline, environmentName, overrides, environment(), sqlCache());
    }

    /** With all problems, whether or not it can be used. */
    ConfigLoader.Result read(String pipeline) {
        return ConfigLoader.read(confDir(), pipeline, env, overrides, environment(), sqlCache());
    }

    /**
     * Names of the pipelines of the configuration folder.
     *
     * @throws PenstockException {@code PEN-CFG-001} when there is none: a folder that is misspelt must not pass for one
     *     without mistakes
     */
    List<String> pipelines() {
        List<String> names = PipelineTables.pipelines(confDir());
        if (names.isEmpty()) {
            throw new PenstockException(
                    ErrorCode.FILE_UNREADABLE,
                    "No pipeline file (<pipeline>.conf)",
                    confDir().toAbsolutePath().toString(),
                    "Check --conf-dir and the folder you are in, or write one: penstock init");
        }
        return names;
    }

    private Optional<Path> sqlCache() {
        return Optional.of(work().resolve("cache").resolve("sql"));
    }

    private Map<String, String> environment() {
        Map<String, String> environment = new HashMap<>(System.getenv());
        environment.put("PENSTOCK_WORK", work().toString());
        new MlflowServer(work().resolve("mlflow"))
                .address()
                .ifPresent(url -> environment.putIfAbsent("MLFLOW_TRACKING_URI", url));
        return environment;
    }

    Progress progress() {
        if (log == LogFormat.JSON) {
            JsonLogging.begin();
            return Progress.json();
        }
        return Progress.standard();
    }

    Path runs() {
        return work().resolve("runs");
    }

    Path spool() {
        return work().resolve("spool");
    }
}
