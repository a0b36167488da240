package io.penstock.jobs.cli;

import io.penstock.core.Clock;
import io.penstock.core.Json;
import io.penstock.core.Manifest;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.kernel.KernelManifestStore;
import io.penstock.jobs.run.Session;
import io.penstock.jobs.stage.ModelImport;
import io.penstock.jobs.stage.Stages;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "model",
        mixinStandardHelpOptions = true,
        description = "What was champion, and when; and who shall be.")
public final class ModelCommand {
    @Command(
            name = "promote",
            mixinStandardHelpOptions = true,
            description = "Make the champion of one environment that of another: verified by hash on both sides, its"
                    + " manifests taken along, the alias moved last. Starts no Spark.")
    int promote(
            @Mixin Common common,
            @Parameters(index = "0", paramLabel = "PIPELINE") String pipeline,
            @Parameters(index = "1", paramLabel = "MODEL") String model,
            @Option(names = "--from", required = true, paramLabel = "ENV", description = "Whose champion it is.")
                    String from,
            @Option(names = "--to", required = true, paramLabel = "ENV", description = "Where it becomes champion.")
                    String to,
            @Option(names = "--dry-run", description = "Verify, and say what would be done.") boolean dryRun) {
        PipelineConfig source = common.config(pipeline, from);
        PipelineConfig target = common.config(pipeline, to);
        try (Session there = new Session(source, Stages.jobs(source, List.of()), common.progress());
                Session here = new Session(target, Stages.jobs(target, List.of()), common.progress())) {
            ModelImport moving = new ModelImport(there, from, here, model);
            ModelImport.Candidate candidate = moving.check();
            Optional<Manifest> done = dryRun ? Optional.empty() : moving.run(candidate);
            String what = candidate.fetched().version().name() + " version "
                    + candidate.fetched().version().version() + ", sha256 "
                    + candidate.fetched().version().sha256();
            String result =
                    dryRun ? "would become champion" : done.isPresent() ? "is champion now" : "is champion already";
            if (common.json) {
                System.out.println(
                        Json.document(Map.of("pipeline", pipeline, "model", what, "to", to, "result", result)));
            } else {
                System.out.println(what + " of " + from + " " + result + " in " + to);
            }
        }
        return 0;
    }

    @Command(
            name = "history",
            mixinStandardHelpOptions = true,
            description = "Every promotion, oldest first. Starts no Spark.")
    int history(@Mixin Common common, @Parameters(paramLabel = "PIPELINE") String pipeline) {
        PipelineConfig config = common.config(pipeline);
        List<Map<String, String>> journal =
                KernelManifestStore.of(config, Clock.system()).journal();
        if (common.json) {
            System.out.println(Json.document(journal));
        } else {
            if (journal.isEmpty()) {
                System.out.println("No model of " + config.pipeline() + " was ever promoted");
            }
            journal.forEach(entry -> System.out.printf(
                    java.util.Locale.ROOT,
                    "%s  %s  version %s is %s  sha256 %s  run %s%n",
                    entry.get("at"),
                    entry.get("model"),
                    entry.get("version"),
                    entry.get("alias"),
                    entry.get("sha256"),
                    entry.get("run")));
        }
        return 0;
    }
}
