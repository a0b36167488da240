package io.penstock.training.mlflow;

import io.penstock.core.Hashes;
import io.penstock.core.Json;
import io.penstock.core.model.ModelDescriptor;
import io.penstock.core.model.ModelRegistry;
import io.penstock.core.model.Tracker;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Registered models on an MLflow 3 server. Every version carries two tags, set in the call that creates it: the
 * {@link ModelDescriptor#modelSha256}, and the sha256 of {@code penstock.json}, which lists the other files.
 * {@link #fetch} trusts nothing that does not have them. MLflow allows any character but {@code /} and {@code :} in a model's
 * name.
 */
public final class MlflowRegistry implements ModelRegistry {
    static final String SPEC_SHA256 = "penstock.spec-sha256";

    private final MlflowHttp http;

    public MlflowRegistry(String server) {
        this(server, MlflowHttp.DEADLINE);
    }

    /** @param deadline how long one call may take */
    public MlflowRegistry(String server, Duration deadline) {
        this(MlflowAccess.of(server), deadline);
    }

    MlflowRegistry(MlflowAccess access, Duration deadline) {
        this.http = new MlflowHttp(access, deadline);
    }

    @Override
    public Optional<Version> resolve(String name, String alias) {
        // Asking for the alias itself answers 400 both when it is absent and when the question is wrong.
        return http.get("registered-models/get", Map.of("name", name))
                .flatMap(answer -> Answers.list(Answers.map(answer, "registered_model"), "aliases").stream()
                        .filter(entry -> alias.equals(entry.get("alias")))
                        .findFirst())
                .flatMap(entry -> version(name, Answers.text(entry, "version")));
    }

    @Override
    public Optional<Version> version(String name, String version) {
        return http.get("model-versions/get", Map.of("name", name, "version", version))
                .map(answer -> version(Answers.map(answer, "model_version")));
    }

    @Override
    public Optional<Version> find(String name, String tag, String value) {
        String filter =
                "name='" + name.replace("'", "") + "' and tags.`" + tag + "` = '" + value.replace("'", "") + "'";
        return http.get("model-versions/search", Map.of("filter", filter)).stream()
                .flatMap(answer -> Answers.list(answer, "model_versions").stream())
                .map(MlflowRegistry::version)
                .max(Comparator.comparingInt(version -> Integer.parseInt(version.version())));
    }

    @Override
    public Version register(String name, Tracker.LoggedModel model, Map<String, String> tags) {
        byte[] spec = file(loggedModelFolder(model.id()), MlModel.SPEC, name);
        if (!model.sha256().equals(spec(spec, name).modelSha256())) {
            throw MlflowErrors.damaged(MlModel.SPEC + " is not of the model that was logged", model.id());
        }
        Map<String, String> all = new TreeMap<>(tags);
        all.put(MlflowTracker.SHA256, model.sha256());
        all.put(SPEC_SHA256, Hashes.sha256(spec));
        List<Map<String, String>> tagList = all.entrySet().stream()
                .map(tag -> Map.of("key", tag.getKey(), "value", tag.getValue()))
                .toList();
        http.post("registered-models/create", Map.of("name", name), true);
        Map<String, Object> created = http.post(
                "model-versions/create",
                Map.of(
                        "name", name,
                        "source", model.source(),
                        "run_id", model.runId(),
                        "model_id", model.id(),
                        "tags", tagList),
                false);
        return version(Answers.map(created, "model_version"));
    }

    @Override
    public Fetched fetch(Version version) {
        String where = version.name() + " version " + version.version();
        if (!version.sha256().matches("[0-9a-f]{64}") || !version.tags().containsKey(SPEC_SHA256)) {
            throw MlflowErrors.damaged(
                    "Cannot verify the model: it carries no sha256, so that it was not registered by Penstock", where);
        }
        String folder = folder(version, where);
        byte[] spec = file(folder, MlModel.SPEC, where);
        if (!Hashes.sha256(spec).equals(version.tags().get(SPEC_SHA256))) {
            throw MlflowErrors.damaged(MlModel.SPEC + " does not have the sha256 its tag promises", where);
        }
        ModelDescriptor descriptor = spec(spec, where);
        Map<String, byte[]> files = listed(folder, descriptor, where);
        String file = descriptor.kind().file();
        byte[] model = files.containsKey(file) ? files.get(file) : file(folder, file, where);
        if (!Hashes.sha256(model).equals(descriptor.sha256())
                || !descriptor.modelSha256().equals(version.sha256())) {
            throw MlflowErrors.damaged(file + " does not have the sha256 its tag promises", where);
        }
        return new Fetched(version, model, descriptor, files);
    }

    /** Each file that the descriptor lists, as it was when it was logged. */
    private Map<String, byte[]> listed(String folder, ModelDescriptor descriptor, String where) {
        Map<String, byte[]> files = new TreeMap<>();
        new TreeMap<>(descriptor.files()).forEach((name, sha256) -> {
            byte[] content = file(folder, name, where);
            if (!MlModel.sha256(name, content).equals(sha256)) {
                throw MlflowErrors.damaged(name + " does not have the sha256 that " + MlModel.SPEC + " says", where);
            }
            files.put(name, content);
        });
        return files;
    }

    @Override
    public void alias(String name, String alias, String version) {
        http.repeatablePost("registered-models/alias", Map.of("name", name, "alias", alias, "version", version));
    }

    private String folder(Version version, String where) {
        Map<String, Object> answer = http.get(
                        "model-versions/get-download-uri", Map.of("name", version.name(), "version", version.version()))
                .orElseThrow(() -> MlflowErrors.missing("such version", where));
        return Artifacts.path(Answers.text(answer, "artifact_uri"), http.base());
    }

    private String loggedModelFolder(String id) {
        Map<String, Object> answer =
                http.get("logged-models/" + id, Map.of()).orElseThrow(() -> MlflowErrors.missing("logged model", id));
        Map<String, Object> info = Answers.map(Answers.map(answer, "model"), "info");
        return Artifacts.path(Answers.text(info, "artifact_uri"), http.base());
    }

    private byte[] file(String folder, String name, String where) {
        return http.artifact(folder + "/" + name).orElseThrow(() -> MlflowErrors.missing("file " + name, where));
    }

    private static ModelDescriptor spec(byte[] json, String where) {
        try {
            return Json.read(new String(json, StandardCharsets.UTF_8), ModelDescriptor.class);
        } catch (IllegalArgumentException e) {
            throw MlflowErrors.damaged(MlModel.SPEC + " is not readable", where);
        }
    }

    private static Version version(Map<String, Object> answer) {
        Map<String, String> tags = Answers.tags(answer);
        return new Version(
                Answers.text(answer, "name"),
                Answers.text(answer, "version"),
                tags.getOrDefault(MlflowTracker.SHA256, ""),
                Answers.text(answer, "source"),
                tags);
    }
}
