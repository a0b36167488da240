package io.penstock.jobs.cli;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.training.mlflow.MlflowServer;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "mlflow", mixinStandardHelpOptions = true, description = "The local MLflow server.")
public final class MlflowCommand {
    @Command(name = "start", mixinStandardHelpOptions = true, description = "Start it on loopback, or find it running.")
    int start(@Mixin Common common) {
        System.err.println("  ✓ MLflow at "
                + new MlflowServer(common.work().resolve("mlflow"))
                        .start(python(), 0)
                        .url());
        return 0;
    }

    @Command(
            name = "stop",
            mixinStandardHelpOptions = true,
            description = "Stop the one that this work folder started.")
    int stop(@Mixin Common common) {
        System.err.println(
                new MlflowServer(common.work().resolve("mlflow")).stop()
                        ? "  ✓ MLflow stopped"
                        : "  = no MLflow was running");
        return 0;
    }

    /** The Python that the set-up prepared. */
    static Path python() {
        String python = System.getProperty("penstock.python", System.getenv("PENSTOCK_PYTHON"));
        if (python == null) {
            throw new PenstockException(
                    ErrorCode.NO_PYTHON,
                    "No Python with MLflow is known",
                    "PENSTOCK_PYTHON",
                    "Start by bin/penstock, which prepares one (Python 3.11 or newer with venv)");
        }
        return Path.of(python);
    }
}
