package io.penstock.core.history;

import io.penstock.core.Hashes;
import io.penstock.core.Recipe;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.storage.Storage;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.hadoop.fs.Path;

/**
 * The recipes that manifests name by their sha256, whole: {@code ops/recipes/<sha256>.json}. For people and for {@code diff};
 * nothing is decided by them.
 */
public final class Recipes {
    private final String root;
    private final KeptFiles files;

    private final Optional<Recipes> base;

    private Recipes(PipelineConfig config, Optional<Recipes> base) {
        this.root = config.ops() + "/recipes";
        this.files = new KeptFiles(Storage.configuration(config));
        this.base = base;
    }

    /** Of the environment, and of the one that it reads. */
    public static Recipes of(PipelineConfig config) {
        return new Recipes(config, config.base().map(base -> new Recipes(base.config(), Optional.empty())));
    }

    public void keep(Recipe recipe) {
        Path file = file(recipe.sha256());
        if (files.read(file).isEmpty()) {
            files.write(file, recipe.json().getBytes(StandardCharsets.UTF_8));
        }
    }

    /** The recipe's canonical JSON, if it is kept and is what its name says. */
    public Optional<String> find(String sha256) {
        return files.read(file(sha256))
                .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                .filter(json -> Hashes.sha256(json).equals(sha256))
                .or(() -> base.flatMap(other -> other.find(sha256)));
    }

    private Path file(String sha256) {
        return new Path(root, sha256 + ".json");
    }
}
