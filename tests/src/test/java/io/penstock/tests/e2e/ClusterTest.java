package io.penstock.tests.e2e;

import static io.penstock.tests.e2e.CommandLine.deltaLogs;
import static io.penstock.tests.e2e.CommandLine.fromEnvironment;
import static io.penstock.tests.e2e.CommandLine.mlflow;
import static io.penstock.tests.e2e.CommandLine.penstock;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.penstock.tests.e2e.EventLog.Task;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One unit on a real standalone cluster, submitted as on any cluster, against the same unit run in one process: the same
 * model, byte for byte, and the same scores, also when workers die. Where this machine lets a test, workers and the gateway
 * are hosts of their own that share the work folder and nothing else.
 */
class ClusterTest {
    private static final String DAY = Parcels.TRAINING.toString();
    private static final List<String> STAGES =
            List.of("ingest", "features", "training-set", "train", "promote", "score");
    private static final String MODEL = "training-set,train,promote,score";

    @TempDir
    private static Path folder;

    private static Path shared;
    private static StandaloneCluster cluster;
    private static List<String> everywhere;

    /** Work folders of a run in one process: before each stage, and what it had made in the end. */
    private static final Map<String, Path> BEFORE = new LinkedHashMap<>();

    private static Path done;

    @BeforeAll
    static void theSameUnitInOneProcess() throws IOException {
        Path conf = Parcels.configuration(folder.resolve("conf"));
        Path file = conf.resolve("parcels.conf");
        Files.writeString(file, Files.readString(file).replace("workers = 1", "workers = 2"));
        shared = Files.createDirectories(folder.resolve("shared"));
        done = folder.resolve("done");
        TrainedParcels.startMlflow(folder);
        String server = mlflow(folder);
        everywhere = List.of("--conf-dir", conf.toString(), "--set", "penstock.mlflow=" + server);
        for (String stage : STAGES.subList(0, STAGES.indexOf("train") + 1)) {
            BEFORE.put(stage, TrainedParcels.copy("before-" + stage, folder.resolve("before-" + stage)));
        }
        Folders.copy(BEFORE.get("train"), done);
        inOneProcess(done, "--unit", DAY, "--stage", "train"); // by two workers, which makes another model
        BEFORE.put("promote", Folders.copy(done, folder.resolve("before-promote")));
        inOneProcess(done, "--unit", DAY, "--stage", "promote");
        BEFORE.put("score", Folders.copy(done, folder.resolve("before-score")));
        inOneProcess(done, "--unit", DAY, "--stage", "score");

        cluster = new StandaloneCluster(
                fromEnvironment("PENSTOCK_SPARK_HOME"), folder.resolve("cluster"), 3, List.of(shared, conf));
        int port = Integer.parseInt(server.replaceFirst(".*:", ""));
        everywhere = List.of(
                "--conf-dir",
                conf.toString(),
                "--set",
                "penstock.mlflow=http://" + cluster.network().published(port));
    }

    private static void inOneProcess(Path work, String... arguments) {
        List<String> command = new ArrayList<>(List.of("run", "parcels", "--work", work.toString()));
        command.addAll(everywhere);
        command.addAll(List.of(arguments));
        penstock(command.toArray(String[]::new)).fine();
    }

    @AfterAll
    static void allStops() {
        if (cluster != null) {
            cluster.close();
        }
        penstock("mlflow", "stop", "--work", folder.toString());
    }

    /** The driver, too, is a process of the cluster; {@link #aWorkerIsLostDuring} submits in client mode. */
    @Test
    void aClusterGivesTheModelAndTheScoresOfOneProcess() throws IOException {
        aClusterIsOneProcess("cluster");
    }

    @Tag("full")
    @Test
    void aClusterGivesThemInClientModeToo() throws IOException {
        aClusterIsOneProcess("client");
    }

    private static void aClusterIsOneProcess(String mode) throws IOException {
        ClusterRun run = run(mode, "training-set").set("spark.submit.deployMode", mode);

        int exit = run.submit("--unit", DAY, "--stage", MODEL);

        assertThat(exit).as(run.log()).isZero();
        assertThat(run.report().path("exit").asInt()).as(run.log()).isZero();
        // Scores bear the sha256 of the model they are from
        assertThat(run.contents()).isEqualTo(contents(done));
        List<Task> fit =
                run.events().tasks("train").stream().filter(Task::barrier).toList();
        assertThat(fit).extracting(Task::executor).contains("0", "1");
        int hosts = cluster.network().isOfHosts() ? 2 : 1;
        assertThat(EventLog.hosts(fit)).as("hosts that trained").hasSize(hosts);
        assertThat(EventLog.hosts(run.events().tasks("score")))
                .as("hosts that scored")
                .hasSize(hosts);
        System.out.println("hosts per stage, " + mode + " mode: " + hostsPerStage(run.events()));
    }

    private static Map<String, Object> hostsPerStage(EventLog events) {
        return events.tasks().stream()
                .collect(Collectors.groupingBy(
                        Task::stage,
                        java.util.TreeMap::new,
                        Collectors.collectingAndThen(Collectors.toList(), EventLog::hosts)));
    }

    /** All problems at once, and before anything is done; Spark itself would wait for minutes, or lose data. */
    @Test
    void tooFewSlotsAndAFolderThatOneWorkerDoesNotSee() throws IOException {
        String blind = "worker3";
        cluster.kill(blind);
        cluster.startWorker(blind, List.of());
        try {
            ClusterRun run = run("blind", "training-set").set("spark.cores.max", "3");
            int exit = run.submit("--unit", DAY, "--stage", MODEL, "--set", "models.slow.training.workers=4");

            refused(run, exit, "PEN-CLU-002");
            assertThat(run.log()).contains("Cannot train with 4 workers: there are at most 3 task slots");
            if (cluster.network().isOfHosts()) {
                assertThat(run.log())
                        .contains(
                                "PEN-CLU-007",
                                "on " + cluster.network().host(blind).address() + " (warehouse)")
                        .doesNotContain(
                                "on " + cluster.network().host("worker1").address() + " (warehouse)");
            }
        } finally {
            cluster.kill(blind);
            cluster.startWorker(blind);
        }
    }

    @Tag("full") // ClusterRulesTest has the rule
    @Test
    void dynamicAllocationForATraining() throws IOException {
        ClusterRun run = run("dynamic", "training-set")
                .set("spark.dynamicAllocation.enabled", "true")
                .set("spark.dynamicAllocation.shuffleTracking.enabled", "true");

        refused(run, run.submit("--unit", DAY, "--stage", MODEL), "PEN-CLU-003");
    }

    @Tag("full") // ClusterRulesTest has the rule
    @Test
    void executorsThatNoWorkerIsLargeEnoughFor() throws IOException {
        ClusterRun run = run("large", "training-set").set("spark.executor.memory", "5g");

        refused(run, run.submit("--unit", DAY, "--stage", MODEL), "PEN-CLU-002");
        assertThat(run.log()).contains("No worker of the cluster can host an executor of 5120 MiB and 1 cores");
    }

    @Test
    void aDriverThatTheClusterStartedWithoutModuleFlags() throws IOException {
        ClusterRun run = run("modules", "training-set")
                .set("spark.submit.deployMode", "cluster")
                .set("spark.driver.extraJavaOptions", "-Duser.timezone=UTC");

        run.submit("--unit", DAY, "--stage", MODEL);

        JsonNode report = run.report();
        assertThat(report.path("exit").asInt()).as(report.toString()).isEqualTo(20);
        assertThat(report.path("code").asText()).isEqualTo("PEN-CLU-004");
        assertThat(report.path("remedy").asText()).contains("--add-opens=java.base/sun.nio.ch=ALL-UNNAMED");
    }

    /** Nothing has been begun that would have to be resumed, and nothing is left below the warehouse. */
    private static void refused(ClusterRun run, int exit, String code) throws IOException {
        assertThat(exit).as(run.log()).isEqualTo(20);
        assertThat(run.log()).contains(code + " ");
        assertThat(run.report().toString()).contains(code);
        assertThat(deltaLogs(run.work().resolve("warehouse")))
                .isEqualTo(deltaLogs(BEFORE.get("training-set").resolve("warehouse")));
        try (Stream<Path> left = Files.list(run.work().resolve("warehouse"))) {
            assertThat(left.map(path -> path.getFileName().toString())).containsExactly("parcels");
        }
    }

    /** The worker dies while a task of the stage is running on it: the driver has handed the task out and waits for it. */
    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("someStages")
    void aWorkerIsLostDuring(String stage, String network) throws IOException {
        aWorkerIsLost(stage);
    }

    static Stream<Arguments> someStages() {
        return stages("score");
    }

    @Tag("full")
    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("otherStages")
    void aWorkerIsLostDuringOthers(String stage, String network) throws IOException {
        aWorkerIsLost(stage);
    }

    static Stream<Arguments> otherStages() {
        return stages("ingest", "features", "training-set", "train", "evaluate");
    }

    private static Stream<Arguments> stages(String... stages) {
        return Stream.of(stages)
                .map(stage -> Arguments.of(stage, cluster.network().toString()));
    }

    private static void aWorkerIsLost(String stage) throws IOException {
        String unit = stage.equals("evaluate") ? theNextUnitIsScored() : DAY;
        String[] arguments = {"--unit", unit, "--stage", stage};
        String name = "lost-" + stage;
        ClusterRun run = run(name, stage).stopsAt(stage + ": intent claimed");
        boolean inTheFit = stage.equals("train");
        int exit;
        try (ClusterRun.Driver driver = run.start(arguments)) {
            String worker = LostWorker.during(cluster, run, driver.process(), inTheFit);
            exit = cluster.ends(name, driver.process());
            cluster.startWorker(worker);
        }

        List<Task> lost = run.events().tasks(stage).stream()
                .filter(task -> task.isLost() && task.barrier() == inTheFit)
                .toList();
        assertThat(lost).as("lost tasks of " + stage + "\n" + run.log()).isNotEmpty();
        if (exit != 0) {
            assertThat(exit).as(run.log()).isEqualTo(30);
            assertThat(run.again().submit(arguments)).as(run.log()).isZero();
        }
        System.out.printf(
                "a worker lost during %s: %d tasks lost, exit %d%s%n",
                stage, lost.size(), exit, exit == 0 ? "" : ", run again 0");
        assertThat(run.contents()).isEqualTo(after(stage));
    }

    private static Map<String, String> after(String stage) {
        int next = STAGES.indexOf(stage) + 1;
        if (next == 0) {
            return contents(folder.resolve("judged"));
        }
        return contents(next == STAGES.size() ? done : BEFORE.get(STAGES.get(next)));
    }

    /** Labels of a unit are mature one unit later. */
    private static String theNextUnitIsScored() throws IOException {
        String next = Parcels.TRAINING.plusDays(1).toString();
        Path work = Folders.copy(done, folder.resolve("judged"));
        inOneProcess(work, "--unit", next, "--stage", "ingest,features,score");
        BEFORE.put("evaluate", Folders.copy(work, folder.resolve("before-evaluate")));
        inOneProcess(work, "--unit", next, "--stage", "evaluate");
        return next;
    }

    private static Map<String, String> contents(Path work) {
        return Contents.of(work.resolve("warehouse/parcels"));
    }

    private static ClusterRun run(String name, String before) throws IOException {
        return new ClusterRun(cluster, name, shared, BEFORE.get(before), everywhere);
    }
}
