package io.penstock.core.history;

import io.penstock.core.Hashes;
import io.penstock.core.Json;
import io.penstock.core.model.ModelDescriptor;
import io.penstock.core.model.ModelRegistry;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * Models by their {@link ModelDescriptor#modelSha256} below {@code ops/models}: what scoring falls back to when the registry is away. A file is used only if
 * it still has its hash; losing the cache loses nothing.
 */
public final class ModelCache {
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    private final String root;
    private final KeptFiles files;

    /** @param hadoop how the file system of {@code root} is reached */
    public ModelCache(String root, Configuration hadoop) {
        this.root = root;
        this.files = new KeptFiles(hadoop);
    }

    public void put(ModelRegistry.Fetched fetched) {
        Path folder = folder(fetched.spec().modelSha256());
        files.write(new Path(folder, fetched.spec().kind().file()), fetched.model());
        byte[] spec = Json.canonical(fetched.spec()).getBytes(StandardCharsets.UTF_8);
        files.write(
                new Path(folder, "penstock.json.sha256"), Hashes.sha256(spec).getBytes(StandardCharsets.UTF_8));
        files.write(new Path(folder, "penstock.json"), spec);
        files.write(
                new Path(folder, "version.json"),
                Json.canonical(fetched.version()).getBytes(StandardCharsets.UTF_8));
    }

    /** Whole and undamaged; whether the spec is the one that was promoted, the caller compares with a manifest. */
    public Optional<ModelRegistry.Fetched> find(String sha256) {
        if (!SHA256.matcher(sha256).matches()) {
            return Optional.empty(); // a tag that anybody may have written is no name of a folder
        }
        Path folder = folder(sha256);
        Optional<byte[]> spec = files.read(new Path(folder, "penstock.json"));
        Optional<byte[]> specHash = files.read(new Path(folder, "penstock.json.sha256"));
        Optional<byte[]> version = files.read(new Path(folder, "version.json"));
        if (spec.isEmpty()
                || specHash.isEmpty()
                || version.isEmpty()
                || !Hashes.sha256(spec.get()).equals(text(specHash.get()))) {
            return Optional.empty();
        }
        try {
            ModelDescriptor descriptor = Json.read(text(spec.get()), ModelDescriptor.class);
            ModelRegistry.Version kept = Json.read(text(version.get()), ModelRegistry.Version.class);
            return files.read(new Path(folder, descriptor.kind().file()))
                    .filter(model -> Hashes.sha256(model).equals(descriptor.sha256())
                            && descriptor.modelSha256().equals(sha256))
                    .map(model -> new ModelRegistry.Fetched(kept, model, descriptor));
        } catch (IllegalArgumentException damaged) {
            return Optional.empty();
        }
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private Path folder(String sha256) {
        return new Path(root, sha256);
    }
}
