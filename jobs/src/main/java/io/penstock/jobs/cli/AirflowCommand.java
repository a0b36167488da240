package io.penstock.jobs.cli;

import io.penstock.core.PenstockException;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.config.PipelineConfig.Airflow.Granularity;
import io.penstock.jobs.airflow.AirflowExport;
import io.penstock.jobs.airflow.Variant;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "airflow", mixinStandardHelpOptions = true, description = "Airflow DAG files.")
public final class AirflowCommand {
    private static final String ALL = "all";

    @Command(name = "export", mixinStandardHelpOptions = true, description = "Write the pipeline's DAG files.")
    int export(
            @Mixin Common common,
            @Parameters(paramLabel = "PIPELINE") String pipeline,
            @Option(
                            names = "--granularity",
                            description = "stage: a task per stage; unit: one task for all stages, in one Spark session"
                                    + " (default: airflow.granularity).")
                    Optional<Granularity> granularity,
            @Option(
                            names = "--variant",
                            defaultValue = ALL,
                            description = "daily, backfill, retrain, monitor or all (default: all).")
                    String variant,
            @Option(names = "--out", description = "Folder (default: airflow/dags beside Penstock).") Path out) {
        PipelineConfig declared = common.config(pipeline);
        PipelineConfig config = granularity
                .map(wanted -> declared.withAirflow(declared.airflow().withGranularity(wanted)))
                .orElse(declared);
        Path folder =
                out != null ? out : common.confDir().resolveSibling("airflow").resolve("dags");
        Map<String, String> files = AirflowExport.files(config, variants(config, variant));
        files.forEach((name, text) -> write(folder.resolve(name), text));
        return 0;
    }

    private static List<Variant> variants(PipelineConfig config, String wanted) {
        if (wanted.equals(ALL)) {
            return Variant.of(config);
        }
        return List.of(Arrays.stream(Variant.values())
                .filter(variant -> variant.id().equals(wanted))
                .findFirst()
                .orElseThrow(() -> PenstockException.configuration(
                        "PEN-AIR-004",
                        "Unknown variant: " + wanted,
                        "--variant",
                        "Use one of "
                                + Arrays.stream(Variant.values())
                                        .map(Variant::id)
                                        .collect(Collectors.joining(", ", "", ", " + ALL)))));
    }

    private static void write(Path file, String text) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot write " + file, e);
        }
        System.err.println("  ✓ wrote " + file);
    }
}
