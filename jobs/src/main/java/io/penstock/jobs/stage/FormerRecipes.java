package io.penstock.jobs.stage;

import io.penstock.core.Hashes;
import io.penstock.core.Json;
import io.penstock.core.Recipe;
import io.penstock.core.Stage;
import io.penstock.core.config.ModelSpec;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.config.ViewSpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The recipes of the present definitions as commit a3dfe43 made them: one of the features for all views and models together,
 * and configuration records as JSON whole. A manifest that bears one of them is of the definition in force, so that a
 * warehouse of that time is continued. The numbers of the stages are the present ones: when one is raised, what was made
 * before is made again, whoever made it.
 *
 * <p>The features of that time were of all models there were, and a model that came since is in none of their recipes; so
 * they are told for the models together and for some of them.
 */
final class FormerRecipes {
    /** The number of the features in manifests of that time, which those of a backtest's set do not tell. */
    static final int LOGIC_VERSION_OF_FEATURES = 1;

    /** Beyond so many models not all of their subsets are tried, but those that adding and removing one leaves. */
    private static final int MODELS = 6;

    private FormerRecipes() {}

    /** @param models those that the features were made for */
    record OfFeatures(Recipe recipe, List<ModelSpec> models) {}

    static Recipe ingest(PipelineConfig config) {
        Map<String, Object> parts = new TreeMap<>();
        config.sources().forEach((name, source) -> parts.put("source." + name, Json.canonical(source.meaning())));
        config.sources().values().stream()
                .filter(source -> source.mode() == SourceSpec.Mode.SNAPSHOT)
                .forEach(source -> parts.put("withdrawals." + source.name(), "keys that the next snapshot lacks"));
        config.sources().values().stream()
                .filter(source -> !source.isOrderedByLanding())
                .forEach(source -> parts.put("order." + source.name(), "by value"));
        parts.put("schedule", Json.canonical(config.schedule()));
        return Recipe.of(Stage.INGEST, IngestJob.LOGIC_VERSION, parts);
    }

    /** The one of all models first. */
    static List<OfFeatures> features(PipelineConfig config) {
        return subsets(config.publishedModels()).stream()
                .map(models -> new OfFeatures(features(config, models, definitions(config, models)), models))
                .toList();
    }

    /** Those of features that were made of these views, {@code <view>_v<n>}, by these definitions. */
    static List<OfFeatures> features(PipelineConfig config, Map<String, String> definitions) {
        return subsets(config.publishedModels()).stream()
                .map(models -> new OfFeatures(features(config, models, definitions), models))
                .toList();
    }

    private static Map<String, String> definitions(PipelineConfig config, List<ModelSpec> models) {
        Map<String, String> definitions = new TreeMap<>();
        config.features().values().stream()
                .filter(view -> models.stream().anyMatch(model -> model.views().contains(view.name())))
                .forEach(view -> definitions.put(view.table(), definition(view)));
        return definitions;
    }

    private static Recipe features(PipelineConfig config, List<ModelSpec> models, Map<String, String> definitions) {
        Map<String, Object> parts = new TreeMap<>();
        parts.put("ingest", ingest(config).json());
        parts.put("views", definitions);
        Map<String, Object> spines = new TreeMap<>();
        models.forEach(model -> spines.put(model.name(), List.of(model.spine().from(), model.views())));
        parts.put("spines", spines);
        return Recipe.of(Stage.FEATURES, FeaturesJob.LOGIC_VERSION, parts);
    }

    /** A view's definition as manifests have told it since then, in fact {@code view.<view>_v<n>}. */
    static String definition(ViewSpec view) {
        Map<String, Object> parts = new TreeMap<>();
        parts.put("from", view.from());
        parts.put("entity", view.entity());
        parts.put("where", view.where().orElse(""));
        parts.put("aggregates", view.aggregates());
        parts.put("latest", view.latest());
        parts.put("max_age", view.maxAge().map(Object::toString).orElse(""));
        return Hashes.sha256(Json.canonical(parts)).substring(0, 16);
    }

    static List<Recipe> trainingSets(PipelineConfig config, ModelSpec model) {
        if (model.backtest()) {
            Map<String, String> definitions = new TreeMap<>();
            model.views()
                    .forEach(view ->
                            definitions.put(view, definition(config.features().get(view))));
            return FeaturesJob.LOGIC_VERSION == LOGIC_VERSION_OF_FEATURES
                    ? List.of(trainingSet(model, Map.of("ingest", ingest(config).json(), "definitions", definitions)))
                    : List.of();
        }
        return features(config).stream()
                .filter(features -> features.models().contains(model))
                .map(features ->
                        trainingSet(model, Map.of("features", features.recipe().json())))
                .toList();
    }

    private static Recipe trainingSet(ModelSpec model, Map<String, Object> upstream) {
        Map<String, Object> parts = new TreeMap<>(upstream);
        parts.put("spine", TrainingSetJob.spine(model));
        parts.put("label", Json.canonical(model.label()));
        parts.put("rows", model.rows());
        parts.put("views", model.views());
        parts.put("test_from", model.training().testFrom().toString());
        parts.put("validation", model.training().validation().toString());
        return Recipe.of(Stage.TRAINING_SET, TrainingSetJob.LOGIC_VERSION, parts);
    }

    static List<Recipe> trainings(PipelineConfig config, ModelSpec model) {
        return trainingSets(config, model).stream()
                .map(set -> {
                    Map<String, Object> parts = new TreeMap<>();
                    parts.put("set", set.json());
                    parts.put("rounds", model.training().rounds());
                    parts.put("early_stopping", model.training().earlyStopping());
                    parts.put("workers", model.training().workers());
                    parts.put("params", new TreeMap<>(model.training().params()));
                    parts.put("candidates", model.training().candidates());
                    if (model.backtest()) {
                        parts.put("gate", model.gate());
                    }
                    return Recipe.of(Stage.TRAIN, TrainJob.LOGIC_VERSION, parts);
                })
                .toList();
    }

    static List<Recipe> promotions(PipelineConfig config, ModelSpec model) {
        return trainings(config, model).stream()
                .map(train -> {
                    Map<String, Object> parts = new TreeMap<>();
                    parts.put("train", train.json());
                    parts.put("gate", model.gate());
                    parts.put("publish", model.training().publish());
                    return Recipe.of(Stage.PROMOTE, PromoteJob.LOGIC_VERSION, parts);
                })
                .toList();
    }

    static Recipe evaluation(ModelSpec model) {
        return Recipe.of(Stage.EVALUATE, EvaluateJob.LOGIC_VERSION, Map.of("label", model.label()));
    }

    private static Collection<List<ModelSpec>> subsets(List<ModelSpec> models) {
        Set<List<ModelSpec>> subsets = new LinkedHashSet<>(List.of(models));
        if (models.size() <= MODELS) {
            for (int bits = (1 << models.size()) - 1; bits > 0; bits--) {
                List<ModelSpec> some = new ArrayList<>();
                for (int i = 0; i < models.size(); i++) {
                    if ((bits & 1 << i) != 0) {
                        some.add(models.get(i));
                    }
                }
                subsets.add(some);
            }
            return subsets;
        }
        for (int i = 0; i < models.size(); i++) {
            subsets.add(List.copyOf(models.subList(0, i + 1)));
            ModelSpec one = models.get(i);
            subsets.add(
                    models.stream().filter(other -> !Objects.equals(one, other)).collect(Collectors.toList()));
        }
        return subsets;
    }
}
