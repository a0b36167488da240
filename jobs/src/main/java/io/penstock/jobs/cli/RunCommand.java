package io.penstock.jobs.cli;

import io.penstock.core.Clock;
import io.penstock.core.Json;
import io.penstock.core.Unit;
import io.penstock.core.UserInfo;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.storage.Storage;
import io.penstock.jobs.report.CsvFile;
import io.penstock.jobs.report.Operations;
import io.penstock.jobs.report.Progress;
import io.penstock.jobs.run.EventLogs;
import io.penstock.jobs.run.Executor;
import io.penstock.jobs.run.Plan;
import io.penstock.jobs.run.Planner;
import io.penstock.jobs.run.Replays;
import io.penstock.jobs.run.RunReport;
import io.penstock.jobs.run.Session;
import io.penstock.jobs.run.StageJob;
import io.penstock.jobs.stage.FeatureExport;
import io.penstock.jobs.stage.Stages;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.deploy.SparkHadoopUtil;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        description = "Run stages of a pipeline for one unit or a range. What is done already is not done again.")
public final class RunCommand implements Callable<Integer> {
    @Mixin
    Common common;

    @Parameters(paramLabel = "PIPELINE", description = "Name of the pipeline file, without .conf.")
    String pipeline;

    @ArgGroup(multiplicity = "1")
    Asked asked;

    static final class Asked {
        @Option(
                names = "--plan",
                paramLabel = "FILE",
                description =
                        "Do exactly what plan --out wrote: its units and stages. Refused when the run would do more or"
                                + " something else; what is done meanwhile is left out.")
        Path plan;

        @ArgGroup(multiplicity = "1")
        Range.Choice choice;
    }

    @Spec
    CommandSpec spec;

    @Option(names = "--stage", split = ",", description = "Only these stages, comma-separated (default: all).")
    List<String> stages = new ArrayList<>();

    @Option(names = "--again", description = "Run units again that are done.")
    boolean again;

    @Option(
            names = "--replay",
            paramLabel = "PATH",
            description = "Take mended records and files with this unit: a file or a folder, as quarantine --export"
                    + " writes them.")
    List<Path> replay = new ArrayList<>();

    @Option(names = "--dry-run", description = "Print what would run, do nothing.")
    boolean dryRun;

    @Option(names = "--result", description = "Write result.json here too: a file, or an address as hdfs:// or s3://.")
    String result;

    @Option(
            names = "--event-log",
            description = "Keep Spark's event log in <work>/events; spark-history shows its pages.")
    boolean eventLog;

    @ArgGroup(exclusive = false)
    Export export;

    static final class Export {
        @Option(
                names = "--export",
                required = true,
                paramLabel = "CSV",
                description = "Then write, per row of these units, the exact feature values of a model and the sums and"
                        + " counts that they are made of. Changes no table.")
        Path file;

        @Option(names = "--model", description = "Whose features --export writes (default: the only model).")
        String model;
    }

    /** How the place of --result is reached, once the configuration has told. */
    private Configuration hadoop;

    @Override
    public Integer call() {
        Path own = null;
        Map<String, Object> report = new LinkedHashMap<>();
        try {
            PipelineConfig config = common.config(pipeline);
            hadoop = Storage.configuration(config);
            Optional<Plan> plan = plan();
            List<Unit> units = plan.map(agreed ->
                            agreed.units().stream().map(config.schedule()::unit).toList())
                    .orElseGet(() -> Range.units(asked.choice, config.schedule()));
            Path file = export == null ? null : CsvFile.target(export.file);
            Optional<FeatureExport> exported = Optional.ofNullable(export)
                    .map(wanted -> FeatureExport.of(config, Optional.ofNullable(wanted.model)));
            if (dryRun) {
                return PlanCommand.print(config, units, stages, again, Optional.empty(), common);
            }
            if (eventLog) {
                EventLogs.keep(common.work());
            }
            try (Interruption told = new Interruption(spec);
                    Session session = new Session(config, Stages.jobs(config, List.of()), common.progress())) {
                Stages.jobs(config, stages); // a stage that does not exist is no run
                landMended(session, units);
                own = common.runs().resolve(session.runId()).resolve("result.json");
                Executor.Result done = plan.isPresent()
                        ? execute(session, units, plan.get().stages(), plan.get(), common)
                        : execute(session, units, stages, again, common);
                report.putAll(RunReport.of(config, done));
                write(own, report);
                if (exported.isPresent()) {
                    report.put("export", exported.get().write(units, session, file));
                    write(own, report);
                }
                if (common.json) {
                    System.out.println(Json.document(report));
                }
                if (!done.manifests().isEmpty()) {
                    session.progress()
                            .note("result " + own + ", MLflow "
                                    + UserInfo.masked(config.locations().mlflow()));
                }
                return done.exit().value();
            }
        } catch (Exception | Error e) { // also those that Spark throws without declaring them
            report.putAll(RunReport.of(Failures.coded(e))); // beside what was done before an export failed
            try {
                write(own, report);
            } catch (RuntimeException unwritten) {
                e.addSuppressed(unwritten); // what went wrong first is what is told
            }
            throw e;
        }
    }

    private void landMended(Session session, List<Unit> units) {
        if (replay.isEmpty()) {
            return;
        }
        if (units.size() != 1 || asked.plan != null) {
            throw new CommandLine.ParameterException(spec.commandLine(), "--replay goes with one unit");
        }
        int landed = Replays.land(session.config(), session.history(), units.get(0), replay);
        session.progress()
                .note(
                        landed == 0
                                ? "all mended files lie there already, of an attempt before"
                                : landed + " mended files landed for unit " + units.get(0));
    }

    private Optional<Plan> plan() {
        if (asked.plan == null) {
            return Optional.empty();
        }
        if (!stages.isEmpty() || again || dryRun) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(),
                    "--stage, --again and --dry-run do not go with --plan: the plan says what runs");
        }
        return Optional.of(Plan.read(asked.plan));
    }

    /** Into the run's folder, once there is a run, and to where the caller wants it. */
    private void write(Path own, Map<String, Object> report) {
        if (own != null) {
            RunReport.write(own, report);
        }
        if (result != null) {
            RunReport.write(
                    result,
                    report,
                    hadoop != null ? hadoop : SparkHadoopUtil.get().conf());
        }
    }

    /** The one executor: the command line, Airflow's tasks and the demo all come through here. */
    static Executor.Result execute(
            Session session, List<Unit> units, List<String> stages, boolean again, Common common) {
        List<StageJob> jobs = Stages.jobs(session.config(), stages);
        return execute(session, units, common, executor -> executor.run(jobs, units, again));
    }

    private static Executor.Result execute(
            Session session, List<Unit> units, List<String> stages, Plan plan, Common common) {
        plan.requireOf(session.config());
        List<StageJob> jobs = Stages.jobs(session.config(), stages);
        return execute(session, units, common, executor -> executor.run(jobs, plan));
    }

    private static Executor.Result execute(
            Session session, List<Unit> units, Common common, Function<Executor, Executor.Result> run) {
        Progress progress = session.progress();
        PipelineConfig config = session.config();
        progress.heading(config.pipeline() + " "
                + (units.size() == 1 ? units.get(0) : units.get(0) + " … " + units.get(units.size() - 1)));
        Operations operations = new Operations(
                config.registered(),
                session::tracker,
                session.store(),
                config.schedule(),
                common.spool(),
                progress::warning);
        Executor.Result done = run.apply(new Executor(session, Clock.system(), List.of(operations)));
        boolean blocked = done.steps().stream().anyMatch(step -> step.decision() == Planner.Decision.BLOCKED);
        if (done.nothingToDo() && !blocked) {
            progress.note("nothing to do: every stage is done for this input");
        }
        return done;
    }
}
