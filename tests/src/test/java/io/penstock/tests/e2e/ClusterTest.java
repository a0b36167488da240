package io.penstock.tests.e2e;

import static io.penstock.tests.e2e.CommandLine.fromEnvironment;
import static io.penstock.tests.e2e.CommandLine.mlflow;
import static io.penstock.tests.e2e.CommandLine.penstock;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Training and scoring of one unit on a real standalone cluster, submitted as on any cluster, against the same unit run in
 * one process: the same model, byte for byte, and the same scores.
 */
class ClusterTest {
    private static final Path HOME =
            Path.of(System.getProperty("penstock.home", "..")).toAbsolutePath().normalize();
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String DAY = Parcels.TRAINING.toString();
    private static final String STAGES = "training-set,train,promote,score";

    @TempDir
    private static Path folder;

    private static Path conf;
    private static Path ready;
    private static Map<String, String> local;
    private static StandaloneCluster cluster;

    @BeforeAll
    static void theSameUnitInOneProcess() throws IOException {
        Path sparkHome = fromEnvironment("PENSTOCK_SPARK_HOME");
        conf = Parcels.configuration(folder.resolve("conf"));
        Path file = conf.resolve("parcels.conf");
        Files.writeString(file, Files.readString(file).replace("workers = 1", "workers = 2"));
        ready = folder.resolve("ready");
        Parcels.land(ready.resolve("landing"));
        penstock("mlflow", "start", "--work", folder.toString()).fine();
        List<String> history = new ArrayList<>(List.of(
                "run", "parcels", "--from", Parcels.FIRST.toString(), "--to", DAY, "--stage", "ingest,features"));
        history.addAll(where(ready));
        penstock(history.toArray(String[]::new)).fine();

        Path work = Folders.copy(ready, folder.resolve("local"));
        List<String> unit = new ArrayList<>(List.of("run", "parcels", "--unit", DAY, "--stage", STAGES));
        unit.addAll(where(work));
        penstock(unit.toArray(String[]::new)).fine();
        local = Contents.of(work.resolve("warehouse/parcels"));
        cluster = new StandaloneCluster(sparkHome, folder.resolve("cluster"), 3);
    }

    @AfterAll
    static void allStops() {
        if (cluster != null) {
            cluster.close();
        }
        penstock("mlflow", "stop", "--work", folder.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"client", "cluster"})
    void aClusterGivesTheModelAndTheScoresOfOneProcess(String mode) throws IOException {
        Path work = Folders.copy(ready, folder.resolve(mode));
        Path events = Files.createDirectories(folder.resolve("events-" + mode));
        Path result = folder.resolve(mode + ".json");
        List<String> arguments = new ArrayList<>(List.of("--deploy-mode", mode));
        arguments.addAll(submitted(events));
        arguments.addAll(List.of("run", "parcels", "--unit", DAY, "--stage", STAGES, "--result", result.toString()));
        arguments.addAll(where(work));

        int exit = cluster.submit(mode, arguments);

        assertThat(exit).as(cluster.log(mode)).isZero();
        assertThat(result).as(cluster.log(mode)).exists();
        JsonNode report = JSON.readTree(result.toFile());
        assertThat(report.path("exit").asInt()).as(report.toString()).isZero();
        // Scores bear the sha256 of the model they are from
        assertThat(Contents.of(work.resolve("warehouse/parcels"))).isEqualTo(local);
        assertThat(executorsOfTheFit(events)).as("executors that trained").hasSize(2);
    }

    private static List<String> submitted(Path events) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("--class", "io.penstock.jobs.Penstock"));
        arguments.addAll(List.of("--driver-memory", "1g", "--executor-memory", "1g", "--jars", deltaJars()));
        Map<String, String> settings = new HashMap<>();
        settings.put("spark.executor.cores", "1");
        settings.put("spark.cores.max", "2");
        settings.put("spark.driver.host", "127.0.0.1");
        settings.put("spark.driver.bindAddress", "127.0.0.1");
        settings.put("spark.ui.enabled", "false");
        settings.put("spark.eventLog.enabled", "true");
        settings.put("spark.eventLog.dir", events.toUri().toString());
        settings.put("spark.standalone.submit.waitAppCompletion", "true");
        settings.put("spark.driver.extraJavaOptions", javaOptions());
        settings.forEach((key, value) -> arguments.addAll(List.of("--conf", key + "=" + value)));
        arguments.add(HOME.resolve("jobs/target/penstock-0.1.0.jar").toString());
        return arguments;
    }

    /** What {@code bin/penstock} gives a driver; in cluster mode Spark does not open its modules by itself. */
    private static String javaOptions() {
        List<String> options = new ArrayList<>(List.of("-Duser.timezone=UTC", "-Dfile.encoding=UTF-8"));
        java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--add-opens"))
                .forEach(options::add);
        return String.join(" ", options);
    }

    private static String deltaJars() throws IOException {
        try (Stream<Path> jars = Files.list(HOME.resolve("jobs/target/lib"))) {
            List<String> delta = jars.map(Path::toString)
                    .filter(jar -> jar.matches(".*/delta-(spark_2\\.12|storage)-[0-9.]+\\.jar"))
                    .sorted()
                    .toList();
            assertThat(delta).hasSize(2);
            return String.join(",", delta);
        }
    }

    /** Executors with a finished task of a barrier stage, which is how XGBoost trains. */
    private static Set<String> executorsOfTheFit(Path events) throws IOException {
        Set<Integer> barriers = new HashSet<>();
        Set<String> executors = new HashSet<>();
        try (Stream<Path> logs = Files.list(events)) {
            for (Path log : logs.toList()) {
                for (String line : Files.readAllLines(log)) {
                    JsonNode event = JSON.readTree(line);
                    if (event.path("Event").asText().equals("SparkListenerStageSubmitted")) {
                        JsonNode stage = event.path("Stage Info");
                        stage.path("RDD Info").forEach(rdd -> {
                            if (rdd.path("Barrier").asBoolean()) {
                                barriers.add(stage.path("Stage ID").asInt());
                            }
                        });
                    } else if (event.path("Event").asText().equals("SparkListenerTaskEnd")
                            && barriers.contains(event.path("Stage ID").asInt())) {
                        executors.add(
                                event.path("Task Info").path("Executor ID").asText());
                    }
                }
            }
        }
        return executors;
    }

    private static List<String> where(Path work) {
        return List.of(
                "--work", work.toString(), "--conf-dir", conf.toString(), "--set", "penstock.mlflow=" + mlflow(folder));
    }
}
