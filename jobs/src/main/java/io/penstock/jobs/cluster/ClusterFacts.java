package io.penstock.jobs.cluster;

import io.penstock.jobs.cluster.ClusterSettings.WorkerSize;
import java.util.List;

/**
 * What a cluster was found to be when a run began.
 *
 * @param application its id, under which the cluster's pages and the workers' folders have it
 * @param settings what was asked
 * @param cluster workers of a standalone cluster, dead ones too for a while; empty when they are not known
 * @param slots task slots of the executors that had registered
 * @param waitedSeconds how long executors were waited for
 * @param driver this process
 * @param executors those that answered
 */
record ClusterFacts(
        String application,
        ClusterSettings settings,
        List<WorkerSize> cluster,
        int slots,
        double waitedSeconds,
        Driver driver,
        List<ExecutorFacts> executors) {

    /**
     * @param warehouse where tables are
     * @param landing where files land
     * @param seesLanding whether the driver sees that folder; before the first file it need not be there
     */
    record Driver(int java, String spark, String warehouse, String landing, boolean seesLanding) {}

    /**
     * One executor's answer.
     *
     * @param closedPackages packages that Spark needs and Java keeps closed
     * @param seesWarehouse whether it sees the file that the driver has just written below the warehouse
     * @param writes whether the driver sees the file that this executor has just written there
     */
    record ExecutorFacts(
            String id,
            String host,
            int java,
            String spark,
            List<String> closedPackages,
            boolean seesWarehouse,
            boolean seesLanding,
            boolean writes) {}
}
