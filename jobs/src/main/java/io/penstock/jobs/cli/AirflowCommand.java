package io.penstock.jobs.cli;

import io.penstock.core.config.PipelineConfig;
import io.penstock.jobs.airflow.AirflowExport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "airflow", mixinStandardHelpOptions = true, description = "Airflow DAG files.")
public final class AirflowCommand {
    @Command(name = "export", mixinStandardHelpOptions = true, description = "Write the pipeline's DAG file.")
    int export(
            @Mixin Common common,
            @Parameters(paramLabel = "PIPELINE") String pipeline,
            @Option(names = "--out", description = "Folder (default: airflow/dags beside Penstock).") Path out) {
        PipelineConfig config = common.config(pipeline);
        Path folder =
                out != null ? out : common.confDir().resolveSibling("airflow").resolve("dags");
        Path file = folder.resolve(config.folder() + ".py");
        try {
            Files.createDirectories(folder);
            Files.writeString(file, AirflowExport.render(config));
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot write " + file, e);
        }
        System.err.println("  ✓ wrote " + file);
        return 0;
    }
}
