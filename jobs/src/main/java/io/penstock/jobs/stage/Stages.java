package io.penstock.jobs.stage;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.core.Stage;
import io.penstock.core.config.ModelSpec;
import io.penstock.core.config.PipelineConfig;
import io.penstock.jobs.run.StageJob;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** The stages in the order in which a unit goes through them, and the jobs of a pipeline in that order. */
public final class Stages {
    private static final List<Stage> ORDER = List.of(
            Stage.INGEST, Stage.FEATURES, Stage.TRAINING_SET, Stage.TRAIN, Stage.PROMOTE, Stage.SCORE, Stage.EVALUATE);

    private Stages() {}

    /**
     * The jobs of some stages; all when none is named.
     *
     * @throws PenstockException {@code PEN-CFG-029} when one is named that does not exist
     */
    public static List<StageJob> jobs(PipelineConfig config, List<String> names) {
        List<Stage> wanted = names.isEmpty()
                ? ORDER
                : names.stream().map(name -> named(name)).toList();
        List<StageJob> jobs = new ArrayList<>(List.of(new IngestJob(config)));
        jobs.addAll(FeaturesJob.of(config));
        for (ModelSpec model : config.models().values()) {
            jobs.add(new TrainingSetJob(config, model));
            jobs.add(new TrainJob(config, model));
        }
        for (ModelSpec model : config.publishedModels()) {
            jobs.add(new PromoteJob(config, model));
            jobs.add(new ScoreJob(config, model));
            jobs.add(new EvaluateJob(config, model));
        }
        return jobs.stream()
                .filter(job -> wanted.contains(job.stage()))
                .sorted(Comparator.comparing(job -> ORDER.indexOf(job.stage())))
                .toList();
    }

    private static Stage named(String name) {
        Stage stage = new Stage(name);
        if (!ORDER.contains(stage)) {
            throw new PenstockException(
                    ErrorCode.UNKNOWN_STAGE,
                    "Unknown stage: " + name,
                    "--stage",
                    "Use one of " + ORDER.stream().map(Stage::id).collect(Collectors.joining(", ")));
        }
        return stage;
    }
}
