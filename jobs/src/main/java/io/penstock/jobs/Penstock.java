package io.penstock.jobs;

import io.penstock.core.ErrorCode;
import io.penstock.core.ExitCode;
import io.penstock.core.SecretText;
import io.penstock.jobs.cli.AirflowCommand;
import io.penstock.jobs.cli.DemoCommand;
import io.penstock.jobs.cli.DiffCommand;
import io.penstock.jobs.cli.Failures;
import io.penstock.jobs.cli.FilesCommand;
import io.penstock.jobs.cli.InitCommand;
import io.penstock.jobs.cli.LandCommand;
import io.penstock.jobs.cli.ListCommand;
import io.penstock.jobs.cli.MlflowCommand;
import io.penstock.jobs.cli.ModelCommand;
import io.penstock.jobs.cli.PlanCommand;
import io.penstock.jobs.cli.QuarantineCommand;
import io.penstock.jobs.cli.RunCommand;
import io.penstock.jobs.cli.SparkHistoryCommand;
import io.penstock.jobs.cli.SqlCommand;
import io.penstock.jobs.cli.StatusCommand;
import io.penstock.jobs.cli.TraceCommand;
import io.penstock.jobs.cli.UpgradeCommand;
import io.penstock.jobs.cli.ValidateCommand;
import io.penstock.jobs.cli.WarmUpCommand;
import io.penstock.jobs.report.log4j.LibraryLogs;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line and the main class for {@code spark-submit}. */
@Command(
        name = "penstock",
        version = "penstock 0.1.0",
        mixinStandardHelpOptions = true,
        description = "Batch ML pipelines on Spark: landed files to scored Delta tables, with every row accounted for.",
        subcommands = {
            InitCommand.class,
            LandCommand.class,
            RunCommand.class,
            PlanCommand.class,
            ListCommand.class,
            ValidateCommand.class,
            UpgradeCommand.class,
            StatusCommand.class,
            FilesCommand.class,
            DiffCommand.class,
            TraceCommand.class,
            SqlCommand.class,
            QuarantineCommand.class,
            ModelCommand.class,
            AirflowCommand.class,
            MlflowCommand.class,
            SparkHistoryCommand.class,
            DemoCommand.class,
            WarmUpCommand.class
        })
public final class Penstock {
    public static void main(String[] args) {
        // Threads that a stage starts log as of its run; read when the logging library starts
        System.setProperty("log4j2.isThreadContextMapInheritable", "true");
        LibraryLogs.quiet();
        System.exit(run(args));
    }

    /** Runs a verb in this process and returns its exit code. */
    public static int run(String... args) {
        try {
            return commandLine().execute(args);
        } catch (Error e) { // such as no memory, or a class that is not there: the parser hands on exceptions only
            return Failures.report(e, List.of(args));
        }
    }

    private static CommandLine commandLine() {
        // the parser tells of arguments as they are, before anything is masked
        CommandLine.tracer().setLevel(CommandLine.TraceLevel.OFF);
        return new CommandLine(new Penstock())
                .setExecutionExceptionHandler(Failures::handle)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler((exception, arguments) -> {
                    CommandLine command = exception.getCommandLine();
                    command.getErr()
                            .println(ErrorCode.INVALID_COMMAND_LINE + " "
                                    + SecretText.masked(exception.getMessage()).replace("option option", "option"));
                    CommandLine.UnmatchedArgumentException.printSuggestions(exception, command.getErr());
                    command.getErr().println("Try: " + command.getCommandSpec().qualifiedName() + " --help");
                    return ExitCode.USAGE.value();
                });
    }
}
