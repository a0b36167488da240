package io.penstock.jobs.cli;

import io.penstock.core.Clock;
import io.penstock.core.Json;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.kernel.KernelManifestStore;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(name = "model", mixinStandardHelpOptions = true, description = "What was champion, and when.")
public final class ModelCommand {
    @Command(
            name = "history",
            mixinStandardHelpOptions = true,
            description = "Every promotion, oldest first. Starts no Spark.")
    int history(@Mixin Common common, @Parameters(paramLabel = "PIPELINE") String pipeline) {
        PipelineConfig config = common.config(pipeline);
        List<Map<String, String>> journal =
                KernelManifestStore.of(config, Clock.system()).journal();
        if (common.json) {
            System.out.println(Json.canonical(journal));
        } else {
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
