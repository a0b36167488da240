package io.penstock.jobs.stage;

import io.penstock.core.Json;
import io.penstock.core.Recipe;
import io.penstock.core.Stage;
import io.penstock.core.config.PipelineConfig;
import io.penstock.jobs.run.StageJob;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * What of a pipeline's definitions decides which rows of bronze reach a score: its views, its spine, and how versions of a
 * key supersede each other in its sources. What a contract says is in the rows themselves. Pure.
 */
public final class ScoreDefinition {
    private final PipelineConfig config;
    private final PipelineConfig.Model model;

    public ScoreDefinition(PipelineConfig config, PipelineConfig.Model model) {
        this.config = config;
        this.model = model;
    }

    /**
     * Whether the configuration still says what these recipes said, as far as it concerns the model's scores.
     *
     * @param features recipe of the features that were scored, canonical JSON
     * @param score recipe of the scoring
     */
    public boolean isStill(String features, String score) {
        return of(features, score).equals(of(recipe(Stage.FEATURES, ""), recipe(Stage.SCORE, model.name())));
    }

    /** In place of the recipe of features, of which there were none. */
    public static String withoutViews(String ingest) {
        return Json.canonical(Map.of("ingest", ingest));
    }

    private String recipe(Stage stage, String subject) {
        return Stages.jobs(config, List.of()).stream()
                .filter(job -> job.stage().equals(stage) && job.subject().equals(subject))
                .map(StageJob::recipe)
                .map(Recipe::json)
                .findFirst()
                .orElse("{}");
    }

    private Map<String, Object> of(String features, String score) {
        Map<String, Object> of = new TreeMap<>();
        Map<String, Object> scoring = Json.readMap(score);
        of.put("spine", scoring.get("spine"));
        of.put("key", scoring.get("key"));
        Map<String, Object> made = Json.readMap(features);
        if (!model.views().isEmpty()) {
            of.put("meaning", made.get("meaning"));
            of.put("spines", part(made, "spines").get(model.name()));
        }
        Map<String, Object> ingest = Json.readMap(Objects.toString(made.get("ingest"), "{}"));
        source(model.spine().from(), ingest, of);
        model.views().stream().map(config.features()::get).forEach(view -> {
            of.put("view " + view.name(), part(made, "views").get(view.table()));
            source(view.from(), ingest, of);
        });
        return of;
    }

    private static void source(String name, Map<String, Object> ingest, Map<String, Object> of) {
        Map<String, Object> source = Json.readMap(Objects.toString(ingest.get("source." + name), "{}"));
        of.put("mode " + name, source.get("mode"));
        of.put("key " + name, source.get("key"));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> part(Map<String, Object> recipe, String name) {
        return (Map<String, Object>) recipe.getOrDefault(name, Map.of());
    }
}
