package io.penstock.core.config;

import io.penstock.core.Schedule;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One pipeline as declared. Maps keep the order of the file.
 *
 * @param pipeline name, {@code [a-z0-9-]+}
 * @param files the configuration files that were read, for provenance
 */
public record PipelineConfig(
        String pipeline,
        String owner,
        String description,
        Schedule schedule,
        Locations locations,
        Map<String, SourceSpec> sources,
        Map<String, ViewSpec> features,
        Map<String, ModelSpec> models,
        AirflowSpec airflow,
        List<String> files,
        Optional<BaseEnvironment> base) {
    public PipelineConfig(
            String pipeline,
            String owner,
            String description,
            Schedule schedule,
            Locations locations,
            Map<String, SourceSpec> sources,
            Map<String, ViewSpec> features,
            Map<String, ModelSpec> models,
            AirflowSpec airflow,
            List<String> files) {
        this(
                pipeline,
                owner,
                description,
                schedule,
                locations,
                sources,
                features,
                models,
                airflow,
                files,
                Optional.empty());
    }

    /** The same with some of its views only, and of its models those that use one of them, without the others. */
    public PipelineConfig withViews(Set<String> names) {
        Map<String, ViewSpec> some = new LinkedHashMap<>(features);
        some.keySet().retainAll(names);
        Map<String, ModelSpec> users = new LinkedHashMap<>();
        models.forEach((name, model) -> {
            List<String> used = model.views().stream().filter(names::contains).toList();
            if (!used.isEmpty()) {
                users.put(name, model.withViews(used));
            }
        });
        return new PipelineConfig(
                pipeline, owner, description, schedule, locations, sources, some, users, airflow, files, base);
    }

    PipelineConfig on(BaseEnvironment other) {
        return new PipelineConfig(
                pipeline,
                owner,
                description,
                schedule,
                locations,
                sources,
                features,
                models,
                airflow,
                files,
                Optional.of(other));
    }

    /** What its experiments and registered models are named by; another one in each environment. */
    public String registered() {
        return locations.registryPrefix() + pipeline;
    }

    /** Name under which versions of a model are registered. */
    public String registeredName(ModelSpec model) {
        return registered() + "." + model.name();
    }

    /** Folder name and SQL database of the pipeline: {@code flight-delay} is {@code flight_delay}. */
    public String folder() {
        return pipeline.replace('-', '_');
    }

    /** {@code <warehouse>/<pipeline>}: where all tables of the pipeline live. */
    public String root() {
        return locations.warehouse() + "/" + folder();
    }

    /** Where its control tables live. */
    public String ops() {
        return root() + "/ops";
    }

    public PipelineConfig withAirflow(AirflowSpec other) {
        return new PipelineConfig(
                pipeline, owner, description, schedule, locations, sources, features, models, other, files, base);
    }

    public SourceSpec source(String name) {
        return sources.get(name);
    }

    /** The models whose champions score; the others are backtests. */
    public List<ModelSpec> publishedModels() {
        return models.values().stream().filter(model -> !model.backtest()).toList();
    }
}
