package io.penstock.jobs.cluster;

import java.util.List;
import java.util.OptionalInt;
import org.apache.spark.SparkConf;

/**
 * What was asked of a cluster, as far as it decides how many tasks can run at once.
 *
 * @param workers tasks that must run at once for a training; 0 when none will run
 * @param executorCores empty where an executor takes what a worker has
 * @param coresMax empty without a limit
 * @param executors empty where no fixed number was asked for
 */
record ClusterSettings(
        String master,
        int workers,
        boolean dynamicAllocation,
        int taskCpus,
        OptionalInt executorCores,
        OptionalInt coresMax,
        OptionalInt executors,
        long executorMemoryMb) {

    /** A worker of a standalone cluster, as it registered. */
    record WorkerSize(String host, int cores, long memoryMb) {}

    static ClusterSettings of(SparkConf conf, int workers) {
        String master = conf.get("spark.master");
        boolean dynamic = conf.getBoolean("spark.dynamicAllocation.enabled", false);
        return new ClusterSettings(
                master,
                workers,
                dynamic,
                conf.getInt("spark.task.cpus", 1),
                isStandalone(master)
                        ? whole(conf, "spark.executor.cores")
                        : OptionalInt.of(conf.getInt("spark.executor.cores", 1)),
                isStandalone(master) ? whole(conf, "spark.cores.max") : OptionalInt.empty(),
                dynamic || !hasFixedExecutors(master)
                        ? OptionalInt.empty()
                        : OptionalInt.of(conf.getInt("spark.executor.instances", 2)),
                conf.getSizeAsMb("spark.executor.memory", "1g"));
    }

    private static OptionalInt whole(SparkConf conf, String key) {
        return conf.contains(key) ? OptionalInt.of(conf.getInt(key, 0)) : OptionalInt.empty();
    }

    static boolean isStandalone(String master) {
        return master.startsWith("spark://");
    }

    private static boolean hasFixedExecutors(String master) {
        return master.startsWith("yarn") || master.startsWith("k8s");
    }

    boolean trains() {
        return workers > 0;
    }

    /**
     * Task slots that these settings can ever get; empty when nothing limits them.
     *
     * @param cluster workers of a standalone cluster; empty when they are not known
     */
    OptionalInt mostSlots(List<WorkerSize> cluster) {
        if (executors.isPresent()) {
            return OptionalInt.of(executors.getAsInt() * slotsOf(executorCores.orElse(1)));
        }
        OptionalInt allowed = coresMax.isEmpty()
                ? OptionalInt.empty()
                : OptionalInt.of(
                        executorCores.isEmpty()
                                ? slotsOf(coresMax.getAsInt())
                                : coresMax.getAsInt() / executorCores.getAsInt() * slotsOf(executorCores.getAsInt()));
        if (cluster.isEmpty()) {
            return allowed;
        }
        int there = cluster.stream().mapToInt(this::slotsOn).sum();
        return OptionalInt.of(Math.min(there, allowed.orElse(there)));
    }

    private int slotsOn(WorkerSize worker) {
        if (worker.memoryMb() < executorMemoryMb) {
            return 0;
        }
        if (executorCores.isEmpty()) {
            return slotsOf(worker.cores());
        }
        long fitting = Math.min(worker.cores() / executorCores.getAsInt(), worker.memoryMb() / executorMemoryMb);
        return (int) fitting * slotsOf(executorCores.getAsInt());
    }

    private int slotsOf(int cores) {
        return cores / taskCpus;
    }
}
