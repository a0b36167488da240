package io.penstock.jobs.cluster;

import io.penstock.core.ErrorCode;
import io.penstock.jobs.cluster.ClusterFacts.Driver;
import io.penstock.jobs.cluster.ClusterFacts.ExecutorFacts;
import io.penstock.jobs.cluster.ClusterSettings.WorkerSize;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Judges what was found. Pure: no Spark, no clock, no files. */
final class ClusterRules {
    private final ClusterFacts facts;
    private final ClusterSettings settings;
    private final List<ClusterProblem> problems = new ArrayList<>();

    private ClusterRules(ClusterFacts facts) {
        this.facts = facts;
        this.settings = facts.settings();
    }

    /** All problems, in the order in which one would mend them. */
    static List<ClusterProblem> judge(ClusterFacts facts) {
        ClusterRules rules = new ClusterRules(facts);
        rules.allocation();
        rules.slots();
        rules.modules();
        rules.versions();
        rules.folders();
        return List.copyOf(rules.problems);
    }

    private void allocation() {
        if (settings.trains() && settings.dynamicAllocation()) {
            add(
                    ErrorCode.DYNAMIC_ALLOCATION,
                    "Cannot train with spark.dynamicAllocation.enabled=true: all workers of a training run at once",
                    "spark.dynamicAllocation.enabled",
                    "Submit with --conf spark.dynamicAllocation.enabled=false and a fixed number of executors; stages"
                            + " that do not train may keep it (--stage)");
        }
    }

    private void slots() {
        OptionalInt most = settings.mostSlots(facts.cluster());
        int wanted = Math.max(1, settings.workers());
        if (facts.slots() >= wanted || settings.trains() && settings.dynamicAllocation()) {
            return;
        }
        if (most.isPresent() && most.getAsInt() < wanted) {
            never(most.getAsInt());
        } else {
            notYet(wanted);
        }
    }

    private void never(int most) {
        String what = most == 0
                ? "No worker of the cluster can host an executor of " + size() + "; there are " + sizes()
                : "Cannot train with " + settings.workers() + " workers: there are at most " + most + " task slots ("
                        + asked() + ")";
        String remedy = most == 0
                ? "Ask for smaller executors: --executor-memory, --executor-cores"
                : settings.executors().isPresent()
                        ? "Raise --num-executors or --executor-cores, or lower training.workers"
                        : "Raise spark.cores.max or give the cluster more workers, or lower training.workers";
        add(ErrorCode.NEVER_ENOUGH_SLOTS, what, settings.master(), remedy);
    }

    private void notYet(int wanted) {
        String after = String.format(Locale.ROOT, " after %.0f s", facts.waitedSeconds());
        String longer = "; wait longer with --conf spark.penstock.executorWait=60s";
        boolean none = facts.slots() == 0;
        add(
                ErrorCode.NOT_ENOUGH_SLOTS_YET,
                none
                        ? "No executor has come up" + after
                        : "Only " + facts.slots() + " of " + wanted + " task slots that the training needs are there"
                                + after,
                settings.master() + ", application " + facts.application(),
                none
                        ? "Wait until other applications leave the cluster" + longer
                                + ". If it has room, executors end as they start, mostly of another Java or Spark than the"
                                + " driver's: their standard error is in the workers' folders"
                        : "Wait until other applications leave the cluster" + longer);
    }

    private String size() {
        return settings.executorMemoryMb() + " MiB"
                + (settings.executorCores().isPresent()
                        ? " and " + settings.executorCores().getAsInt() + " cores"
                        : "");
    }

    private String sizes() {
        return facts.cluster().stream()
                .map(worker -> worker.host() + " with " + worker.memoryMb() + " MiB and " + worker.cores() + " cores")
                .collect(Collectors.joining(", "));
    }

    private String asked() {
        List<String> parts = new ArrayList<>();
        settings.executors().ifPresent(number -> parts.add("spark.executor.instances " + number));
        settings.coresMax().ifPresent(cores -> parts.add("spark.cores.max " + cores));
        settings.executorCores().ifPresent(cores -> parts.add("spark.executor.cores " + cores));
        if (settings.taskCpus() > 1) {
            parts.add("spark.task.cpus " + settings.taskCpus());
        }
        if (!facts.cluster().isEmpty()) {
            parts.add(facts.cluster().size() + " workers with "
                    + facts.cluster().stream().mapToInt(WorkerSize::cores).sum() + " cores");
        }
        return String.join(", ", parts);
    }

    private void modules() {
        perExecutor(
                ErrorCode.PACKAGES_CLOSED,
                executor -> !executor.closedPackages().isEmpty(),
                executor -> String.join(", ", executor.closedPackages()),
                "Java keeps packages closed that Spark needs",
                "spark.executor.extraJavaOptions",
                "Submit with --conf \"spark.executor.extraJavaOptions=" + ModuleFlags.line() + "\"");
    }

    private void versions() {
        Driver driver = facts.driver();
        perExecutor(
                ErrorCode.OTHER_JAVA,
                executor -> executor.java() != driver.java(),
                executor -> "Java " + executor.java(),
                "Executors run another Java than the driver's " + driver.java(),
                "JAVA_HOME of the workers",
                "Give every worker a Java " + driver.java()
                        + ", or name one that is there: --conf spark.executorEnv.JAVA_HOME=…");
        perExecutor(
                ErrorCode.OTHER_SPARK,
                executor -> !executor.spark().equals(driver.spark()),
                executor -> "Spark " + executor.spark(),
                "Executors run another Spark than the driver's " + driver.spark(),
                "SPARK_HOME of the workers",
                "Submit with the Spark of the cluster, or give every worker Spark " + driver.spark());
    }

    private void folders() {
        Driver driver = facts.driver();
        perExecutor(
                ErrorCode.STORAGE_NOT_SHARED,
                executor -> !executor.seesWarehouse(),
                executor -> "warehouse",
                "Executors do not see what the driver writes below " + driver.warehouse(),
                "penstock.warehouse",
                "Name storage that every worker shares, at the same address: hdfs://…, or a folder mounted everywhere");
        perExecutor(
                ErrorCode.STORAGE_NOT_SHARED,
                executor -> driver.seesLanding() && !executor.seesLanding(),
                executor -> "landing",
                "Executors do not see the landed files in " + driver.landing(),
                "penstock.landing",
                "Name storage that every worker shares, at the same address");
        perExecutor(
                ErrorCode.EXECUTORS_CANNOT_WRITE,
                executor -> executor.seesWarehouse() && !executor.writes(),
                executor -> "warehouse",
                "Executors cannot write below " + driver.warehouse(),
                "penstock.warehouse",
                "Let the user that runs executors write there, as the user that runs the driver may");
    }

    private void perExecutor(
            ErrorCode code,
            Predicate<ExecutorFacts> wrong,
            Function<ExecutorFacts, String> found,
            String what,
            String where,
            String remedy) {
        List<ExecutorFacts> those = facts.executors().stream().filter(wrong).toList();
        if (!those.isEmpty()) {
            String list = those.stream()
                    .map(executor -> executor.id() + " on " + executor.host() + " (" + found.apply(executor) + ")")
                    .collect(Collectors.joining(", "));
            add(code, what + ": executor " + list, where, remedy);
        }
    }

    private void add(ErrorCode code, String what, String where, String remedy) {
        problems.add(new ClusterProblem(code, what, where, remedy));
    }
}
