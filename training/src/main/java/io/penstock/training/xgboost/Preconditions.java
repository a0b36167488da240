package io.penstock.training.xgboost;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.apache.spark.SparkContext;

/** What must hold of the cluster before workers are started: native code answers a missing slot with ten minutes of silence. */
final class Preconditions {
    private Preconditions() {}

    /** Well under a second: asks the scheduler, starts nothing. */
    static void slots(SparkContext context, int workers) {
        if (context.getConf().getBoolean("spark.dynamicAllocation.enabled", false)) {
            throw new PenstockException(
                    ErrorCode.TRAINING_WORKERS_IMPOSSIBLE,
                    "Cannot train with spark.dynamicAllocation.enabled=true: all workers must run at once",
                    "spark.dynamicAllocation.enabled",
                    "Set spark.dynamicAllocation.enabled=false and a fixed number of executors for training");
        }
        int slots =
                context.maxNumConcurrentTasks(context.resourceProfileManager().defaultResourceProfile());
        if (workers < 1 || workers > slots) {
            throw new PenstockException(
                    ErrorCode.TRAINING_WORKERS_IMPOSSIBLE,
                    "Cannot train with " + workers + " workers: Spark has " + slots + " task slots",
                    "training.workers",
                    "Set workers between 1 and " + slots + ", or give Spark more cores");
        }
    }

    /** The tracker listens on the driver's own address; guessing it finds the wrong card on machines with several. */
    static String trackerHost(SparkContext context) {
        String host = context.getConf().get("spark.driver.host", "127.0.0.1");
        try {
            return InetAddress.getByName(host).getHostAddress();
        } catch (UnknownHostException e) {
            throw new PenstockException(
                    ErrorCode.TRAINING_WORKERS_IMPOSSIBLE,
                    "Cannot resolve the driver's host: " + host,
                    "spark.driver.host",
                    "Set spark.driver.host to an address that executors can reach");
        }
    }
}
