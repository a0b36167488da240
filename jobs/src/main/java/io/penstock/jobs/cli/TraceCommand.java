package io.penstock.jobs.cli;

import io.penstock.core.ErrorCode;
import io.penstock.core.Json;
import io.penstock.core.PenstockException;
import io.penstock.core.config.ModelSpec;
import io.penstock.core.config.PipelineConfig;
import io.penstock.jobs.report.TraceText;
import io.penstock.jobs.run.Session;
import io.penstock.jobs.stage.ScoreTrace;
import io.penstock.jobs.stage.Stages;
import io.penstock.jobs.stage.Tables;
import io.penstock.lineage.Trace;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "trace",
        mixinStandardHelpOptions = true,
        description =
                "From one score to every landed file that holds a row it used, and to table versions, model and commit.")
public final class TraceCommand implements Callable<Integer> {
    @Mixin
    Common common;

    @Parameters(index = "0", paramLabel = "PIPELINE")
    String pipeline;

    @Parameters(index = "1", paramLabel = "scores/MODEL")
    String table;

    @Parameters(
            index = "2..*",
            arity = "1..*",
            paramLabel = "KEY=VALUE",
            description = "The row's key; unit=UNIT narrows it.")
    Map<String, String> key;

    @Override
    public Integer call() {
        PipelineConfig config = common.config(pipeline);
        ModelSpec model = config.models().get(table.replaceFirst("^scores/", ""));
        if (model == null || model.backtest() || !table.startsWith("scores/")) {
            throw new PenstockException(
                    ErrorCode.NO_SCORES_TABLE,
                    "No such scores table: " + table,
                    pipeline,
                    config.publishedModels().isEmpty()
                            ? "Only scores can be traced, and " + pipeline + " has no model that is published"
                            : "Use one of "
                                    + config.publishedModels().stream()
                                            .map(Tables::scores)
                                            .collect(Collectors.joining(", ")));
        }
        try (Session session = new Session(config, Stages.jobs(config, List.of()), common.progress())) {
            Trace trace = new ScoreTrace(session, model, key).read();
            System.out.print(common.json ? Json.document(trace) + "\n" : TraceText.of(trace));
        }
        return 0;
    }
}
