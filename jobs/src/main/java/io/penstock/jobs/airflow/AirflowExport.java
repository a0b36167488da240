package io.penstock.jobs.airflow;

import io.penstock.core.PenstockException;
import io.penstock.core.config.AirflowSpec;
import io.penstock.core.config.PipelineConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.spark.launcher.JavaModuleOptions;

/**
 * The DAG files of a pipeline. They depend on the configuration alone, never on the environment, so that exporting twice
 * gives the same bytes. What differs from one Airflow to another (where the jar lies, how much memory the driver gets)
 * is read from Airflow variables when a task runs. Each file stands for itself: Airflow imports a folder's files one by
 * one, and how they might import each other depends on the installation.
 */
public final class AirflowExport {
    private static final String DELTA = "3.3.3";
    private static final String INDENT = "    ";

    private AirflowExport() {}

    /** File name, such as {@code flight_delay_monitor.py}, to text, for Airflow 3. */
    public static Map<String, String> files(PipelineConfig config, List<Variant> variants) {
        Map<String, String> files = new LinkedHashMap<>();
        variants.forEach(variant -> files.put(variant.dag(config) + ".py", render(config, variant)));
        return files;
    }

    /**
     * The text of one DAG file.
     *
     * @throws PenstockException {@code PEN-AIR-001} no cron line says the schedule; {@code PEN-AIR-002} nothing says
     *     which unit is the first; {@code PEN-AIR-003} no model has a unit to train at; {@code PEN-AIR-005} no model is
     *     scored; {@code PEN-AIR-006} the last unit is before the first
     */
    public static String render(PipelineConfig config, Variant variant) {
        Blueprint blueprint = variant.blueprint(config);
        Map<String, String> places = new LinkedHashMap<>();
        places.put("PIPELINE", config.pipeline());
        places.put("PIPELINE_TEXT", Python.text(config.pipeline()));
        places.put("FOLDER", config.folder());
        places.put("VARIANT", variant.id());
        places.put("DOC", Template.read(variant.id() + ".md").fill(places).strip());
        places.put("DATETIME", String.join(", ", blueprint.datetime()));
        places.put("ZONEINFO", blueprint.before().contains("ZoneInfo(") ? "from zoneinfo import ZoneInfo\n" : "");
        places.put("SDK", String.join(", ", blueprint.sdk()));
        places.put("TIMETABLE", blueprint.before().contains("CUTS = ") ? Timetable.IMPORT : "");
        places.put("CONNECTION", Python.text(config.airflow().connection()));
        places.put("DEPLOY_MODE", Python.text(deployMode(config.airflow())));
        places.put("DELTA", DELTA);
        places.put("CONF", conf(config.airflow()));
        places.put("BODY", blueprint.before() + dag(config, variant, blueprint));
        return Template.read("head.py").fill(places);
    }

    private static String dag(PipelineConfig config, Variant variant, Blueprint blueprint) {
        AirflowSpec airflow = config.airflow();
        Map<String, String> places = new LinkedHashMap<>();
        places.put("DAG", Python.text(variant.dag(config)));
        places.put("DESCRIPTION", Python.text(config.description()));
        places.put("PIPELINE_TEXT", Python.text(config.pipeline()));
        places.put("SCHEDULE", blueprint.schedule().indent(4).stripTrailing());
        places.put("PARAMS", blueprint.params().indent(8).stripTrailing());
        places.put("OWNER", Python.text(config.owner()));
        places.put("RETRIES", Integer.toString(airflow.retries()));
        places.put("RETRY_DELAY", Python.duration(airflow.retryDelay()));
        places.put("LIMITS", limits(airflow));
        List<String> parts =
                new ArrayList<>(blueprint.tasks().stream().map(Task::python).toList());
        parts.add(blueprint.order());
        places.put("TASKS", String.join("", parts).indent(4).stripTrailing());
        return Template.read("dag.py").fill(places).stripTrailing();
    }

    private static String deployMode(AirflowSpec airflow) {
        return airflow.deployMode() == AirflowSpec.DeployMode.CLUSTER ? "cluster" : "client";
    }

    /** What a driver on a worker needs: a submit that waits for it, the modules that Spark opens elsewhere only, and what the launcher says. */
    private static String conf(AirflowSpec airflow) {
        if (airflow.deployMode() == AirflowSpec.DeployMode.CLIENT) {
            return "";
        }
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("spark.standalone.submit.waitAppCompletion", "true");
        settings.put(
                "spark.driver.extraJavaOptions",
                JavaModuleOptions.defaultModuleOptions() + " -XX:-DontCompileHugeMethods");
        return settings.entrySet().stream()
                .map(setting -> INDENT.repeat(4) + Python.text(setting.getKey()) + ": "
                        + Python.text(setting.getValue()) + ",\n")
                .collect(Collectors.joining());
    }

    private static String limits(AirflowSpec airflow) {
        StringBuilder limits = new StringBuilder();
        airflow.pool().ifPresent(pool -> limits.append(INDENT.repeat(2) + "\"pool\": " + Python.text(pool) + ",\n"));
        airflow.timeout()
                .ifPresent(timeout ->
                        limits.append(INDENT.repeat(2) + "\"execution_timeout\": " + Python.duration(timeout) + ",\n"));
        return limits.toString();
    }
}
