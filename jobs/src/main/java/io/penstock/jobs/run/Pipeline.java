package io.penstock.jobs.run;

import io.penstock.core.PenstockException;
import io.penstock.core.Stage;
import io.penstock.core.config.PipelineConfig;
import io.penstock.jobs.stage.EvaluateJob;
import io.penstock.jobs.stage.FeaturesJob;
import io.penstock.jobs.stage.IngestJob;
import io.penstock.jobs.stage.PromoteJob;
import io.penstock.jobs.stage.ScoreJob;
import io.penstock.jobs.stage.TrainJob;
import io.penstock.jobs.stage.TrainingSetJob;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The stages of a pipeline in the order in which a unit goes through them. */
public final class Pipeline {
    private Pipeline() {}

    public static List<StageJob> jobs(PipelineConfig config) {
        List<StageJob> jobs = new ArrayList<>();
        jobs.add(new IngestJob(config));
        jobs.add(new FeaturesJob(config));
        for (PipelineConfig.Model model : config.models().values()) {
            jobs.add(new TrainingSetJob(config, model));
            jobs.add(new TrainJob(config, model));
            if (model.backtest()) {
                continue;
            }
            jobs.add(new PromoteJob(config, model));
            jobs.add(new ScoreJob(config, model));
            jobs.add(new EvaluateJob(config, model));
        }
        jobs.sort(Comparator.comparing(StageJob::stage));
        return jobs;
    }

    /** The jobs of some stages; all when none is named. */
    public static List<StageJob> jobs(PipelineConfig config, List<String> stages) {
        if (stages.isEmpty()) {
            return jobs(config);
        }
        Set<Stage> wanted = stages.stream()
                .map(id -> Stage.of(id)
                        .orElseThrow(() -> PenstockException.configuration(
                                "PEN-CFG-029",
                                "Unknown stage: " + id,
                                "--stage",
                                "Use one of "
                                        + Arrays.stream(Stage.values())
                                                .map(Stage::id)
                                                .collect(Collectors.joining(", ")))))
                .collect(Collectors.toSet());
        return jobs(config).stream().filter(job -> wanted.contains(job.stage())).toList();
    }
}
