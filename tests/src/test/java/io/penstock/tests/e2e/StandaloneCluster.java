package io.penstock.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A Spark standalone master with workers of one core each, and a gateway from which runs are submitted. */
public final class StandaloneCluster implements AutoCloseable {
    static final String GATEWAY = "gateway";
    private static final int PATIENCE_S = 180;
    private static final Pattern MASTER = Pattern.compile("Starting Spark master at (spark://\\S+)");
    private static final Pattern REGISTERED = Pattern.compile("Successfully registered with master");

    private final Path sparkHome;
    private final Path folder;
    private final List<Path> shared;
    private final Network network;
    private final Map<String, Process> processes = new LinkedHashMap<>();
    private final String master;

    /**
     * @param folder gets logs and the workers' folders
     * @param shared what all hosts see, besides the project and Spark
     */
    StandaloneCluster(Path sparkHome, Path folder, int workers, List<Path> shared) throws IOException {
        this(sparkHome, folder, workers, shared, Network::open);
    }

    /** All on one host, for drivers that are started by others. */
    public static StandaloneCluster onLoopback(Path sparkHome, Path folder, int workers) throws IOException {
        return new StandaloneCluster(sparkHome, folder, workers, List.of(), (names, own) -> new Network.Loopback());
    }

    private StandaloneCluster(
            Path sparkHome, Path folder, int workers, List<Path> shared, BiFunction<List<String>, Path, Network> hosts)
            throws IOException {
        this.sparkHome = sparkHome;
        this.folder = Files.createDirectories(folder);
        this.shared = new ArrayList<>(shared);
        this.shared.addAll(List.of(
                Path.of(System.getProperty("penstock.home", ".."))
                        .toAbsolutePath()
                        .normalize(),
                sparkHome,
                Path.of(System.getProperty("java.home"))));
        List<String> names = IntStream.rangeClosed(1, workers)
                .mapToObj(number -> "worker" + number)
                .toList();
        this.network =
                hosts.apply(Stream.concat(Stream.of(GATEWAY), names.stream()).toList(), this.folder);
        try {
            List<String> command = daemon("Master", network.address());
            command.addAll(List.of("--port", "0"));
            start("master", command, Optional.of(network.address()));
            this.master = await("master", MASTER).group(1);
            names.forEach(name -> launch(name, this.shared));
            for (String name : names) {
                await(name, REGISTERED);
            }
        } catch (IOException | AssertionError e) {
            close();
            throw e;
        }
    }

    public String master() {
        return master;
    }

    Network network() {
        return network;
    }

    List<String> workers() {
        return processes.keySet().stream()
                .filter(name -> name.startsWith("worker"))
                .toList();
    }

    /** Brings a worker up that is not there, or not any more. */
    void startWorker(String name) throws IOException {
        startWorker(name, shared);
    }

    /** @param seen the folders that it shares with the others */
    void startWorker(String name, List<Path> seen) throws IOException {
        launch(name, seen);
        await(name, REGISTERED);
    }

    private void launch(String name, List<Path> seen) {
        try {
            Path own = Files.createDirectories(folder.resolve(name));
            Network.Host host = network.host(name);
            List<Path> folders = new ArrayList<>(seen);
            folders.add(own);
            List<String> command = new ArrayList<>(host.prefix(folders));
            command.addAll(daemon("Worker", host.address()));
            command.addAll(List.of("--cores", "1", "--memory", "2g", "--work-dir", own.toString(), master));
            start(name, command, Optional.of(host.address()));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private List<String> daemon(String kind, String address) {
        return new ArrayList<>(List.of(
                sparkHome.resolve("bin/spark-class").toString(),
                "org.apache.spark.deploy." + kind.toLowerCase(Locale.ROOT) + "." + kind,
                "--host",
                address,
                "--webui-port",
                "0"));
    }

    /** @param address what Spark takes for its own; else it asks the host for its name */
    private Process start(String name, List<String> command, Optional<String> address) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve(name + ".log").toFile());
        Map<String, String> environment = builder.environment();
        environment.put("SPARK_HOME", sparkHome.toString());
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        environment.put("SPARK_DAEMON_MEMORY", "256m");
        environment.remove("SPARK_LOCAL_IP");
        environment.remove("JAVA_TOOL_OPTIONS");
        environment.put("JDK_JAVA_OPTIONS", Child.javaOptions());
        address.ifPresent(own -> environment.put("SPARK_LOCAL_IP", own));
        Process process = builder.start();
        processes.put(name, process);
        return process;
    }

    /** {@code spark-submit} with these arguments; its exit code, once it has ended. */
    int submit(String name, List<String> arguments) throws IOException {
        return ends(name, startSubmit(name, arguments));
    }

    /** {@code spark-submit} from the gateway. In client mode the process is the driver. */
    Process startSubmit(String name, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(network.host(GATEWAY).prefix(shared));
        command.addAll(List.of(sparkHome.resolve("bin/spark-submit").toString(), "--master", master));
        command.addAll(arguments);
        // A driver in cluster mode gets this environment too, on another host
        return start(name, command, network.isOfHosts() ? Optional.empty() : Optional.of(network.address()));
    }

    int ends(String name, Process process) throws IOException {
        try {
            if (!process.waitFor(10, TimeUnit.MINUTES)) {
                throw new AssertionError("Still at work:\n" + log(name));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
        return process.exitValue();
    }

    String log(String name) throws IOException {
        return Files.readString(folder.resolve(name + ".log"));
    }

    /** Processes of executors, by the worker that started them. */
    Map<String, List<ProcessHandle>> executors() {
        Map<String, List<ProcessHandle>> executors = new LinkedHashMap<>();
        workers()
                .forEach(worker -> executors.put(
                        worker,
                        processes
                                .get(worker)
                                .descendants()
                                .filter(process -> commandLine(process).contains("CoarseGrainedExecutorBackend"))
                                .toList()));
        return executors;
    }

    static String commandLine(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc", String.valueOf(process.pid()), "cmdline"))
                    .replace('\0', ' ');
        } catch (IOException e) {
            return ""; // it has ended
        }
    }

    /** SIGKILL for a worker and what it started, as when its machine fails. */
    void kill(String worker) {
        Process process = processes.get(worker);
        List<ProcessHandle> all = process.descendants().toList();
        process.destroyForcibly();
        all.forEach(ProcessHandle::destroyForcibly);
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Matcher await(String name, Pattern sign) throws IOException {
        Process process = processes.get(name);
        try {
            for (int i = 0; i < PATIENCE_S * 10; i++) {
                Matcher matcher = sign.matcher(log(name));
                if (matcher.find()) {
                    return matcher;
                }
                assertThat(process.waitFor(100, TimeUnit.MILLISECONDS))
                        .as("%s ended: %s", name, log(name))
                        .isFalse();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new AssertionError(name + " does not come up: " + log(name));
    }

    /** Ends the runs, then the workers with the executors they started, then the master; the hosts last. */
    @Override
    public void close() {
        List<Process> all = new ArrayList<>(processes.values());
        Collections.reverse(all);
        for (Process process : all) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        network.close();
    }
}
