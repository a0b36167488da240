package io.penstock.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** One {@code penstock run parcels} on a cluster: a work folder that all hosts share, Spark's settings, and what came of it. */
final class ClusterRun {
    private static final Path HOME =
            Path.of(System.getProperty("penstock.home", "..")).toAbsolutePath().normalize();

    private final StandaloneCluster cluster;
    private final String name;
    private final Path folder;
    private final List<String> penstock;
    private final Map<String, String> settings = new LinkedHashMap<>();
    private final int page;

    /**
     * @param shared folder that the hosts see
     * @param ready work folder to start from
     * @param penstock arguments for every such run
     */
    ClusterRun(StandaloneCluster cluster, String name, Path shared, Path ready, List<String> penstock)
            throws IOException {
        this.cluster = cluster;
        this.name = name;
        this.folder = Files.createDirectories(shared.resolve(name));
        this.penstock = penstock;
        Folders.copy(ready, work());
        Files.createDirectories(folder.resolve("events"));
        this.page = freePort();
        set("spark.executor.memory", "1g");
        set("spark.executor.cores", "1");
        set("spark.cores.max", "2");
        set("spark.sql.shuffle.partitions", "4");
        set("spark.ui.port", String.valueOf(page));
        set("spark.ui.liveUpdate.period", "0"); // LostWorker goes by what the page says
        set("spark.eventLog.enabled", "true");
        set("spark.eventLog.dir", folder.resolve("events").toUri().toString());
        set("spark.standalone.submit.waitAppCompletion", "true");
        set("spark.driver.extraJavaOptions", javaOptions());
        if (!cluster.network().isOfHosts()) {
            set("spark.driver.host", "127.0.0.1");
            set("spark.driver.bindAddress", "127.0.0.1");
        }
    }

    ClusterRun set(String key, String value) {
        settings.put(key, value);
        return this;
    }

    /** @param moment of {@link io.penstock.core.FaultPoint} at which the driver stops, until it is told to go on */
    ClusterRun stopsAt(String moment) {
        return set("spark.driver.extraJavaOptions", javaOptions() + " \"-Dpenstock.fault=STOP " + moment + "\"");
    }

    /** The same once more, and nothing stops it. */
    ClusterRun again() {
        return set("spark.driver.extraJavaOptions", javaOptions());
    }

    int submit(String... arguments) throws IOException {
        return cluster.submit(name, command(arguments));
    }

    /** In client mode. */
    Driver start(String... arguments) throws IOException {
        return new Driver(cluster.startSubmit(name, command(arguments)));
    }

    /** A driver that does not outlive its test, whatever becomes of that. */
    record Driver(Process process) implements AutoCloseable {
        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    private List<String> command(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("--class", "io.penstock.jobs.Penstock"));
        command.addAll(List.of("--driver-memory", "1g", "--jars", deltaJars()));
        settings.forEach((key, value) -> command.addAll(List.of("--conf", key + "=" + value)));
        command.add(HOME.resolve("jobs/target/penstock-0.1.0.jar").toString());
        command.addAll(List.of("run", "parcels", "--work", work().toString(), "--result", result().toString()));
        command.addAll(penstock);
        command.addAll(List.of(arguments));
        return command;
    }

    Path work() {
        return folder.resolve("work");
    }

    private Path result() {
        return folder.resolve("result.json");
    }

    Map<String, String> contents() {
        return Contents.of(work().resolve("warehouse/parcels"));
    }

    JsonNode report() throws IOException {
        assertThat(result()).as(log()).exists();
        return new ObjectMapper().readTree(result().toFile());
    }

    EventLog events() throws IOException {
        return EventLog.of(folder.resolve("events"));
    }

    DriverPage page() {
        return new DriverPage(
                cluster.network().isOfHosts()
                        ? cluster.network().host(StandaloneCluster.GATEWAY).address()
                        : "127.0.0.1",
                page);
    }

    String log() throws IOException {
        return cluster.log(name);
    }

    /** What {@code bin/penstock} gives a driver; in cluster mode Spark does not open its modules by itself. */
    private static String javaOptions() {
        return Stream.concat(
                        Stream.of("-Duser.timezone=UTC", "-Dfile.encoding=UTF-8"),
                        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                                .filter(argument -> argument.startsWith("--add-opens")))
                .collect(Collectors.joining(" "));
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

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
