package io.penstock.jobs.stage;

import io.penstock.core.Json;
import io.penstock.core.config.ModelSpec;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.config.ViewSpec;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What of a pipeline's definitions decides which rows of bronze reach a score: its views, its spine, and how versions of a
 * key supersede each other in its sources. What a contract says is in the rows themselves. Pure.
 */
public final class ScoreDefinition {
    private static final String APPEND = SourceSpec.Mode.APPEND.name();

    private final PipelineConfig config;
    private final ModelSpec model;

    public ScoreDefinition(PipelineConfig config, ModelSpec model) {
        this.config = config;
        this.model = model;
    }

    /** The views that the model is given, by their tables {@code <view>_v<n>}. */
    public Set<String> views() {
        return model.views().stream()
                .map(name -> config.features().get(name).table())
                .collect(Collectors.toSet());
    }

    /**
     * Whether the configuration still says what these recipes said, as far as it concerns the model's scores.
     *
     * @param pinned views that were scored, as far as their tables held anything
     * @param features recipes, canonical JSON, by which each view was made that was scored
     * @param ingest recipe of the unit's ingestion
     * @param score recipe of the scoring
     */
    public boolean isStill(Set<String> pinned, Map<String, String> features, String ingest, String score) {
        Map<String, Object> then = Json.readMap(score);
        Map<String, Object> now =
                Json.readMap(new ScoreJob(config, model).recipe().json());
        Map<String, Object> taken = Json.readMap(ingest);
        return Objects.equals(then.get("spine"), now.get("spine"))
                && Objects.equals(then.get("key"), now.get("key"))
                && isStill(
                        config.source(model.spine().from()),
                        source(taken, model.spine().from()))
                && views().containsAll(pinned)
                && model.views().stream()
                        .map(config.features()::get)
                        .allMatch(view -> isStill(view, Json.readMap(features.getOrDefault(view.table(), "{}"))));
    }

    private boolean isStill(ViewSpec view, Map<String, Object> made) {
        if (!Objects.equals(made.get("meaning"), FeaturesJob.LOGIC_VERSION)) {
            return false;
        }
        if (made.containsKey("views")) { // of all views together
            Map<String, Object> ingest = Json.readMap(Objects.toString(made.get("ingest"), "{}"));
            return FeaturesJob.definition(view).equals(part(made, "views").get(view.table()))
                    && isStill(config.source(view.from()), source(ingest, view.from()));
        }
        return Json.canonical(Definitions.view(view)).equals(Json.canonical(part(made, "view")))
                && isStill(config.source(view.from()), part(made, "source"));
    }

    private static boolean isStill(SourceSpec source, Map<String, Object> made) {
        return source.mode().name().equals(made.getOrDefault("mode", APPEND))
                && source.key().equals(made.getOrDefault("key", List.of()));
    }

    private static Map<String, Object> source(Map<String, Object> ingest, String name) {
        return ingest.containsKey("sources")
                ? part(part(ingest, "sources"), name)
                : Json.readMap(Objects.toString(ingest.get("source." + name), "{}"));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> part(Map<String, Object> recipe, String name) {
        return (Map<String, Object>) recipe.getOrDefault(name, Map.of());
    }
}
