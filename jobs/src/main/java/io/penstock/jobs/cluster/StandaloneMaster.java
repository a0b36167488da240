package io.penstock.jobs.cluster;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.jobs.cluster.ClusterSettings.WorkerSize;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.deploy.DeployMessages.MasterStateResponse;
import org.apache.spark.deploy.DeployMessages.RequestMasterState$;
import org.apache.spark.rpc.RpcAddress;
import org.apache.spark.rpc.RpcTimeout;
import scala.concurrent.duration.FiniteDuration;
import scala.reflect.ClassTag$;

/** The master of a standalone cluster, asked the way its own pages ask it. */
public final class StandaloneMaster {
    private static final int CONNECT_MS = 2000;
    private static final FiniteDuration PATIENCE = FiniteDuration.apply(2, TimeUnit.SECONDS);

    private StandaloneMaster() {}

    /**
     * Spark itself tries for a minute before it says that no one is there.
     *
     * @throws PenstockException {@code PEN-CLU-011} when nothing listens at a {@code spark://} address
     */
    public static void requireListening(SparkConf conf) {
        String master = conf.get("spark.master", "");
        if (ClusterSettings.isStandalone(master) && addresses(master).stream().noneMatch(StandaloneMaster::listens)) {
            throw new PenstockException(
                    ErrorCode.NO_MASTER,
                    "No Spark master listens at " + master,
                    "spark.master",
                    "Check address and port, and that the master is up",
                    null);
        }
    }

    private static List<RpcAddress> addresses(String master) {
        return Arrays.stream(master.replaceFirst("^spark://", "").split(","))
                .map(address -> RpcAddress.fromSparkURL("spark://" + address.trim()))
                .toList();
    }

    private static boolean listens(RpcAddress address) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(address.host(), address.port()), CONNECT_MS);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Workers that have registered, also those that are busy; empty when the master does not tell. */
    static List<WorkerSize> workers(String master) {
        return addresses(master).stream()
                .map(StandaloneMaster::workersOf)
                .filter(workers -> !workers.isEmpty()) // a standby knows none
                .findFirst()
                .orElse(List.of());
    }

    private static List<WorkerSize> workersOf(RpcAddress address) {
        try {
            MasterStateResponse state = SparkEnv.get()
                    .rpcEnv()
                    .setupEndpointRef(address, "Master")
                    .askSync(
                            RequestMasterState$.MODULE$,
                            new RpcTimeout(PATIENCE, "spark.rpc.askTimeout"),
                            ClassTag$.MODULE$.apply(MasterStateResponse.class));
            return Arrays.stream(state.workers())
                    .map(worker -> new WorkerSize(worker.host(), worker.cores(), worker.memory()))
                    .toList();
        } catch (Exception | LinkageError e) { // a courtesy of the master: without it executors are waited for
            return List.of();
        }
    }
}
