package io.penstock.jobs.cli;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.jobs.run.EventLogs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.apache.spark.deploy.history.HistoryServer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "spark-history",
        mixinStandardHelpOptions = true,
        description = "Show Spark's pages of past runs, those with --event-log, until it is interrupted.")
public final class SparkHistoryCommand implements Callable<Integer> {
    @Mixin
    Common common;

    @Option(names = "--port", defaultValue = "18080", description = "Port (default: ${DEFAULT-VALUE}).")
    int port;

    @Override
    public Integer call() {
        Path folder = EventLogs.folder(common.work());
        if (!Files.isDirectory(folder)) {
            throw new PenstockException(
                    ErrorCode.NO_EVENT_LOG,
                    "No run has left an event log",
                    folder.toString(),
                    "Run with --event-log first; a cluster's own event logs are read by its own history server");
        }
        System.setProperty("spark.history.fs.logDirectory", folder.toUri().toString());
        System.setProperty("spark.history.ui.port", String.valueOf(port));
        System.setProperty("spark.history.fs.update.interval", "2s");
        common.progress().note("Spark's pages of past runs: http://127.0.0.1:" + port + " (Ctrl-C ends it)");
        HistoryServer.main(new String[0]);
        return 0;
    }
}
