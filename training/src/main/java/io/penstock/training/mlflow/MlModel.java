package io.penstock.training.mlflow;

import io.penstock.core.Json;
import io.penstock.core.model.Flavour;
import io.penstock.core.model.ModelDescriptor;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The files around a model: every input is a double named as in the descriptor, the output one float. A booster is one that
 * Python loads by {@code mlflow.pyfunc} and {@code mlflow.xgboost}.
 */
final class MlModel {
    static final String SPEC = "penstock.json";

    /** The XGBoost that trains; the one in Python may be older as long as it reads UBJSON of this format. */
    private static final String XGBOOST = "3.4.0";

    private static final String PYTHON = "3.11";
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSSSSS");

    private MlModel() {}

    /** File name → content, the MLmodel last. */
    static Map<String, byte[]> files(
            byte[] model, ModelDescriptor spec, String mlflowVersion, String modelId, String runId, Instant created) {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put(spec.kind().file(), model);
        files.put(SPEC, utf8(Json.pretty(spec) + "\n"));
        if (spec.kind() == Flavour.XGBOOST) {
            files.putAll(environment());
        }
        files.put("MLmodel", utf8(mlmodel(spec, mlflowVersion, modelId, runId, created, model.length)));
        return files;
    }

    private static Map<String, byte[]> environment() {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("requirements.txt", utf8("mlflow>=3,<4\nxgboost>=3.2\n"));
        files.put(
                "python_env.yaml",
                utf8("python: '" + PYTHON + "'\nbuild_dependencies:\n- pip\ndependencies:\n- -r requirements.txt\n"));
        files.put(
                "conda.yaml",
                utf8("name: mlflow-env\nchannels:\n- conda-forge\ndependencies:\n- python=" + PYTHON
                        + "\n- pip\n- pip:\n  - mlflow>=3,<4\n  - xgboost>=3.2\n"));
        return files;
    }

    private static String mlmodel(
            ModelDescriptor spec, String mlflowVersion, String modelId, String runId, Instant created, int bytes) {
        return String.join(
                "\n",
                "flavors:",
                spec.kind() == Flavour.XGBOOST ? xgboost(spec.kind().file()) : own(spec.kind()),
                "mlflow_version: " + mlflowVersion,
                "model_id: " + modelId,
                "model_size_bytes: " + bytes,
                "model_uuid: " + modelId,
                "run_id: " + runId,
                "signature:",
                "  inputs: " + quoted(Json.canonical(inputs(spec))),
                "  outputs: " + quoted("[{\"type\": \"float\", \"required\": true}]"),
                "  params: null",
                "utc_time_created: '" + TIME.format(created.atOffset(ZoneOffset.UTC)) + "'",
                "");
    }

    private static String xgboost(String file) {
        return String.join(
                "\n",
                "  python_function:",
                "    data: " + file,
                "    env:",
                "      conda: conda.yaml",
                "      virtualenv: python_env.yaml",
                "    loader_module: mlflow.xgboost",
                "    python_version: '" + PYTHON + "'",
                "  xgboost:",
                "    code: null",
                "    data: " + file,
                "    model_class: xgboost.core.Booster",
                "    model_format: ubj",
                "    xgb_version: " + XGBOOST);
    }

    private static String own(Flavour flavour) {
        return String.join("\n", "  penstock:", "    flavour: " + flavour.id(), "    data: " + flavour.file());
    }

    private static List<Map<String, Object>> inputs(ModelDescriptor spec) {
        return spec.features().stream()
                .map(feature -> Map.<String, Object>of("name", feature, "type", "double", "required", true))
                .toList();
    }

    /** A YAML scalar in single quotes. */
    private static String quoted(String text) {
        return "'" + text.replace("'", "''") + "'";
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
