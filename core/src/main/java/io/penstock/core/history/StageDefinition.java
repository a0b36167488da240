package io.penstock.core.history;

import io.penstock.core.ManifestHead;
import io.penstock.core.Recipe;
import io.penstock.core.Stage;
import java.util.List;
import java.util.Optional;

/** What a stage is declared to do, as far as a history of manifests is judged by it. */
public interface StageDefinition {
    Stage stage();

    /** What the stage works on where it has several, such as a model's name; else empty. */
    String subject();

    Recipe recipe();

    /** Recipes by which earlier versions of Penstock made the same: a manifest that bears one is of the definition in force. */
    default List<Recipe> former() {
        return List.of();
    }

    /** Whether a manifest with this recipe was made by the definition in force. */
    default boolean isBy(String sha256) {
        return recipe().sha256().equals(sha256)
                || former().stream().anyMatch(recipe -> recipe.sha256().equals(sha256));
    }

    /** The same of a manifest that may hold more than its recipe does. */
    default boolean isBy(ManifestHead head) {
        return isBy(head.recipe());
    }

    /** What a finished unit of the definition in force lacks of what is wanted of it now. */
    default Optional<String> lacks(ManifestHead done) {
        return Optional.empty();
    }

    /** The stages that must be done before it for the same unit. */
    List<Upstream> upstream();

    /** Data tables it may publish to, {@code layer/name}, in commit order. */
    List<String> outputs();

    /** A stage and what it works on. */
    record Upstream(Stage stage, String subject) {}
}
