package io.penstock.training.mlflow;

import io.penstock.core.Hashes;
import io.penstock.core.Json;
import io.penstock.core.model.Flavour;
import io.penstock.core.model.ModelDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * A model as MLflow keeps it: the flavour's file and all that lets Python load it. {@code mlflow.pyfunc} takes raw values, a
 * category as its text and any other input as a double; the loader in {@code code/} encodes them by {@code penstock.json} as
 * scoring does. {@code mlflow.xgboost} gives the booster itself, which takes encoded values. The output is one float per row.
 *
 * <p>{@code penstock.json} lists every other file with its sha256. The same training gives the same bytes, but for the lines
 * of {@code MLmodel} that say where and when it was logged, which are left out of its sha256.
 */
final class MlModel {
    static final String SPEC = "penstock.json";
    private static final String MLMODEL = "MLmodel";
    private static final Pattern WHERE_LOGGED =
            Pattern.compile("(?m)^(mlflow_version|model_id|model_uuid|run_id|utc_time_created): .*\n");

    /** The XGBoost that trains; the one in Python may be older as long as it reads UBJSON of this format. */
    private static final String XGBOOST = "3.4.0";

    private static final String PYTHON = "3.11";
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSSSSS");

    private static final byte[] LOADER = resource("loader.py");

    /** Named by its content: two models in one Python process may carry loaders of different versions. */
    private static final String LOADER_MODULE =
            "penstock_loader_" + Hashes.sha256(LOADER).substring(0, 12);

    private final ModelDescriptor descriptor;
    private final Map<String, byte[]> files;

    private MlModel(ModelDescriptor descriptor, Map<String, byte[]> files) {
        this.descriptor = descriptor;
        this.files = files;
    }

    /** A model that was trained here, with the files that this version gives it. */
    static MlModel of(byte[] model, ModelDescriptor spec) {
        Map<String, byte[]> files = new TreeMap<>(environment(spec.kind()));
        files.put(spec.kind().file(), model);
        files.put("code/" + LOADER_MODULE + ".py", LOADER);
        files.put(MLMODEL, utf8(mlmodel(spec, model.length)));
        Map<String, String> hashes = new TreeMap<>();
        files.forEach((name, content) -> hashes.put(name, sha256(name, content)));
        return new MlModel(spec.storedWith(hashes), files);
    }

    /** A model that was logged elsewhere, with the files that it has there. */
    static MlModel copy(Map<String, byte[]> files, ModelDescriptor spec) {
        return new MlModel(spec, files);
    }

    /** Lists its files. */
    ModelDescriptor descriptor() {
        return descriptor;
    }

    /** What {@code penstock.json} lists of a file. */
    static String sha256(String file, byte[] content) {
        return Hashes.sha256(file.equals(MLMODEL) ? utf8(withoutWhereLogged(content)) : content);
    }

    private static String withoutWhereLogged(byte[] mlmodel) {
        return WHERE_LOGGED.matcher(new String(mlmodel, StandardCharsets.UTF_8)).replaceAll("");
    }

    /** File name → content, the MLmodel last: without it there is no model. */
    Map<String, byte[]> files(String mlflowVersion, String modelId, String runId, Instant created) {
        Map<String, byte[]> all = new LinkedHashMap<>(files);
        all.put(SPEC, utf8(Json.pretty(descriptor) + "\n"));
        String where = String.join(
                "\n",
                "mlflow_version: " + mlflowVersion,
                "model_id: " + modelId,
                "model_uuid: " + modelId,
                "run_id: " + runId,
                "utc_time_created: '" + TIME.format(created.atOffset(ZoneOffset.UTC)) + "'",
                "");
        all.put(MLMODEL, utf8(withoutWhereLogged(all.remove(MLMODEL)) + where));
        return all;
    }

    private static Map<String, byte[]> environment(Flavour flavour) {
        List<String> requirements = new ArrayList<>(List.of("mlflow>=3,<4", "numpy>=1.26,<3", "pandas>=2,<4"));
        if (flavour == Flavour.XGBOOST) {
            requirements.add("xgboost>=3.2,<4");
        }
        return Map.of(
                "requirements.txt",
                utf8(String.join("\n", requirements) + "\n"),
                "python_env.yaml",
                utf8("python: '" + PYTHON + "'\nbuild_dependencies:\n- pip\ndependencies:\n- -r requirements.txt\n"),
                "conda.yaml",
                utf8("name: mlflow-env\nchannels:\n- conda-forge\ndependencies:\n- python=" + PYTHON
                        + "\n- pip\n- pip:\n  - " + String.join("\n  - ", requirements) + "\n"));
    }

    private static String mlmodel(ModelDescriptor spec, int bytes) {
        return String.join(
                "\n",
                "flavors:",
                "  python_function:",
                "    code: code",
                "    env:",
                "      conda: conda.yaml",
                "      virtualenv: python_env.yaml",
                "    loader_module: " + LOADER_MODULE,
                "    python_version: '" + PYTHON + "'",
                spec.kind() == Flavour.XGBOOST ? xgboost(spec.kind().file()) : own(spec.kind()),
                "model_size_bytes: " + bytes,
                "signature:",
                "  inputs: " + quoted(Json.canonical(inputs(spec))),
                "  outputs: " + quoted("[{\"type\": \"float\", \"required\": true}]"),
                "  params: null",
                "");
    }

    private static String xgboost(String file) {
        return String.join(
                "\n",
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
                .map(feature -> Map.<String, Object>of(
                        "name",
                        feature,
                        "type",
                        spec.dictionaries().containsKey(feature) ? "string" : "double",
                        "required",
                        true))
                .toList();
    }

    private static byte[] resource(String name) {
        try (InputStream in = MlModel.class.getResourceAsStream(name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + name + " of the jar", e);
        }
    }

    /** A YAML scalar in single quotes. */
    private static String quoted(String text) {
        return "'" + text.replace("'", "''") + "'";
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
