package io.penstock.jobs.cluster;

import io.penstock.core.PenstockException;
import io.penstock.core.config.Locations;
import io.penstock.core.storage.StorageErrors;
import io.penstock.jobs.cluster.ClusterFacts.ExecutorFacts;
import io.penstock.jobs.cluster.ClusterSettings.WorkerSize;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkContext;
import org.apache.spark.status.api.v1.ExecutorSummary;

/**
 * Looks at a cluster once, before the first stage: waits a bounded time for executors, asks each one question in one job, and
 * refuses with all that is wrong. Executors that come later, after a loss or by dynamic allocation, are not asked.
 */
public final class Preflight {
    private static final String WAIT = "spark.penstock.executorWait";
    private static final long POLL_NS = TimeUnit.MILLISECONDS.toNanos(20);

    /** For the rest of the executors, once those that the run cannot do without are there: they start at the same time. */
    private static final long GRACE_NS = TimeUnit.SECONDS.toNanos(1);

    private final SparkContext context;
    private final Locations locations;
    private final ClusterSettings settings;
    private final long waitNs;

    private Preflight(SparkContext context, Locations locations, int workers) {
        this.context = context;
        this.locations = locations;
        this.settings = ClusterSettings.of(context.getConf(), workers);
        this.waitNs = TimeUnit.MILLISECONDS.toNanos(context.getConf().getTimeAsMs(WAIT, "20s"));
    }

    /**
     * What a cluster that fits was found to be.
     *
     * @param askedSeconds what asking them added to the run
     */
    public record Passed(int executors, int hosts, int slots, double askedSeconds) {
        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "%d executors on %d hosts, %d task slots; asked in %.2f s",
                    executors,
                    hosts,
                    slots,
                    askedSeconds);
        }
    }

    /**
     * @param workers tasks that must run at once for a training; 0 when none will run
     * @throws PenstockException {@code PEN-CLU-nnn}
     */
    public static Passed check(SparkContext context, Locations locations, int workers) {
        return new Preflight(context, locations, workers).check();
    }

    private Passed check() {
        List<WorkerSize> cluster = ClusterSettings.isStandalone(settings.master())
                ? StandaloneMaster.workers(settings.master())
                : List.of();
        double waited = await(cluster);
        long start = System.nanoTime();
        List<ExecutorSummary> executors = ExecutorProbe.executors(context);
        // Where executors come on demand the question itself makes one come
        boolean comeWhenAsked = settings.dynamicAllocation() && !settings.trains();
        ClusterFacts facts = executors.isEmpty() && !comeWhenAsked
                ? found(cluster, waited, List.of())
                : asked(cluster, waited, executors);
        List<ClusterProblem> problems = ClusterRules.judge(facts);
        if (!problems.isEmpty()) {
            throw ClusterProblem.exception(problems);
        }
        long hosts =
                facts.executors().stream().map(ExecutorFacts::host).distinct().count();
        return new Passed(facts.executors().size(), (int) hosts, facts.slots(), (System.nanoTime() - start) / 1e9);
    }

    /** Until the slots are there that the run needs, or can get; then for a moment for all that can come. */
    private double await(List<WorkerSize> cluster) {
        if (settings.dynamicAllocation()) {
            return 0; // executors come when there are tasks: the question itself is one
        }
        OptionalInt most = settings.mostSlots(cluster);
        int needed = Math.min(Math.max(1, settings.workers()), most.orElse(Integer.MAX_VALUE));
        long start = System.nanoTime();
        if (awaitSlots(needed, start + waitNs) && most.isPresent()) {
            awaitSlots(most.getAsInt(), System.nanoTime() + GRACE_NS);
        }
        return (System.nanoTime() - start) / 1e9;
    }

    private boolean awaitSlots(int wanted, long deadline) {
        while (slots(ExecutorProbe.executors(context)) < wanted) {
            if (context.isStopped()) {
                throw ProbeFailures.givenUp(settings.master());
            }
            if (System.nanoTime() - deadline > 0) {
                return false;
            }
            LockSupport.parkNanos(POLL_NS);
        }
        return true;
    }

    private static int slots(List<ExecutorSummary> executors) {
        return executors.stream().mapToInt(ExecutorSummary::maxTasks).sum();
    }

    private ClusterFacts asked(List<WorkerSize> cluster, double waited, List<ExecutorSummary> executors) {
        Configuration hadoop = context.hadoopConfiguration();
        try (SharedFolder folder = new SharedFolder(hadoop, locations.warehouse(), context.applicationId())) {
            List<ExecutorFacts> answers =
                    new ExecutorProbe(hadoop, folder.path(), locations.landing()).ask(context, executors, waitNs);
            Set<String> arrived =
                    folder.arrived(answers.stream().map(ExecutorFacts::id).toList());
            return found(
                    cluster,
                    waited,
                    answers.stream().map(answer -> seen(answer, arrived)).toList());
        } catch (IOException e) {
            throw StorageErrors.of(e, locations.warehouse()).orElseGet(() -> ProbeFailures.exception(e));
        }
    }

    private static ExecutorFacts seen(ExecutorFacts answer, Set<String> arrived) {
        return new ExecutorFacts(
                answer.id(),
                answer.host(),
                answer.java(),
                answer.spark(),
                answer.closedPackages(),
                answer.seesWarehouse(),
                answer.seesLanding(),
                arrived.contains(answer.id()));
    }

    private ClusterFacts found(List<WorkerSize> cluster, double waited, List<ExecutorFacts> executors) {
        return new ClusterFacts(
                context.applicationId(),
                settings,
                cluster,
                slots(ExecutorProbe.executors(context)),
                waited,
                new ClusterFacts.Driver(
                        Runtime.version().feature(),
                        context.version(),
                        locations.warehouse(),
                        locations.landing(),
                        SharedFolder.exists(context.hadoopConfiguration(), locations.landing())),
                executors);
    }
}
