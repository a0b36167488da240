package io.penstock.tests.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Kills a worker at a moment when it has a task of a stage, whatever the speed of the machine: executors are stopped before the
 * stage hands out its first task, so the task that one of them gets is not done before it dies. A fit they reach in slices of
 * time, and stop there.
 */
final class LostWorker {
    private static final int PATIENCE_S = 300;
    private static final String FIT = "XGBoost";

    private final StandaloneCluster cluster;
    private final ClusterRun run;
    private final Process driver;

    private LostWorker(StandaloneCluster cluster, ClusterRun run, Process driver) {
        this.cluster = cluster;
        this.run = run;
        this.driver = driver;
    }

    /**
     * @param driver will stop itself when the stage begins
     * @param inTheFit kill it while XGBoost's tasks talk to each other, not at the first task of the stage
     * @return the worker
     */
    static String during(StandaloneCluster cluster, ClusterRun run, Process driver, boolean inTheFit)
            throws IOException {
        LostWorker lost = new LostWorker(cluster, run, driver);
        lost.await("its moment", () -> state(driver.pid()) == 'T' ? Optional.of(true) : Optional.empty());
        lost.executors("STOP");
        signal("CONT", driver.pid());
        if (inTheFit) {
            lost.await("a fit", lost::aSliceFurtherIsTheFit);
        }
        return lost.kill();
    }

    /** A fit is many slices long, so it cannot begin and end between two looks; where it is found, all stand still. */
    private Optional<Boolean> aSliceFurtherIsTheFit() {
        executors("CONT");
        Waiting.untilTheNextLook();
        executors("STOP");
        return run.page().isAt(FIT) ? Optional.of(true) : Optional.empty();
    }

    private String kill() throws IOException {
        String executor = await("a task", run.page()::busyExecutor);
        String worker = cluster.executors().entrySet().stream()
                .filter(entry -> entry.getValue().stream()
                        .anyMatch(process ->
                                StandaloneCluster.commandLine(process).contains("--executor-id " + executor + " ")))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow(() -> new AssertionError("Nobody has executor " + executor));
        cluster.kill(worker);
        executors("CONT");
        return worker;
    }

    private void executors(String name) {
        cluster.executors().values().forEach(list -> list.forEach(process -> signal(name, process.pid())));
    }

    private <T> T await(String what, Supplier<Optional<T>> condition) throws IOException {
        long deadline = System.nanoTime() + PATIENCE_S * 1_000_000_000L;
        while (System.nanoTime() - deadline < 0) {
            Optional<T> met = condition.get();
            if (met.isPresent()) {
                return met.get();
            }
            if (!driver.isAlive()) {
                throw new AssertionError("Ended before " + what + ":\n" + run.log());
            }
            Waiting.untilTheNextLook();
        }
        throw new AssertionError("Never came to " + what + ":\n" + run.log());
    }

    private static char state(long process) {
        try {
            String stat = Files.readString(Path.of("/proc", String.valueOf(process), "stat"));
            return stat.charAt(stat.lastIndexOf(')') + 2);
        } catch (IOException e) {
            return 'X';
        }
    }

    private static void signal(String name, long process) {
        try {
            new ProcessBuilder(List.of("kill", "-" + name, String.valueOf(process)))
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
