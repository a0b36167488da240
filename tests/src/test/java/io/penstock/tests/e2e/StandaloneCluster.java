package io.penstock.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A Spark standalone master with workers of one core each, as processes on loopback. */
public final class StandaloneCluster implements AutoCloseable {
    private static final int PATIENCE_S = 60;
    private static final Pattern MASTER = Pattern.compile("Starting Spark master at (spark://\\S+)");

    private final Path sparkHome;
    private final Path folder;
    private final List<Process> processes = new ArrayList<>();
    private final String master;

    /** @param folder gets logs and the workers' folders */
    public StandaloneCluster(Path sparkHome, Path folder, int workers) throws IOException {
        this.sparkHome = sparkHome;
        this.folder = Files.createDirectories(folder);
        try {
            start("master", "org.apache.spark.deploy.master.Master", "--port", "0");
            this.master = await("master", MASTER).group(1);
            for (int i = 1; i <= workers; i++) {
                String name = "worker" + i;
                start(
                        name,
                        "org.apache.spark.deploy.worker.Worker",
                        "--cores",
                        "1",
                        "--memory",
                        "2g",
                        "--work-dir",
                        folder.resolve(name).toString(),
                        master);
                await(name, Pattern.compile("Successfully registered with master"));
            }
        } catch (IOException | AssertionError e) {
            close();
            throw e;
        }
    }

    public String master() {
        return master;
    }

    private void start(String name, String type, String... arguments) throws IOException {
        List<String> command =
                new ArrayList<>(List.of(sparkHome.resolve("bin/spark-class").toString(), type));
        command.addAll(List.of("--host", "127.0.0.1", "--webui-port", "0"));
        command.addAll(List.of(arguments));
        processes.add(process(name, command).start());
    }

    private ProcessBuilder process(String name, List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve(name + ".log").toFile());
        builder.environment().put("SPARK_HOME", sparkHome.toString());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
        builder.environment().put("SPARK_DAEMON_MEMORY", "256m");
        builder.environment().keySet().removeIf(key -> key.equals("JAVA_TOOL_OPTIONS"));
        return builder;
    }

    /** {@code spark-submit} with these arguments; its exit code, once it has ended. */
    int submit(String name, List<String> arguments) throws IOException {
        List<String> command =
                new ArrayList<>(List.of(sparkHome.resolve("bin/spark-submit").toString(), "--master", master));
        command.addAll(arguments);
        Process process = process(name, command).start();
        processes.add(process);
        try {
            if (!process.waitFor(5, TimeUnit.MINUTES)) {
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

    private Matcher await(String name, Pattern sign) throws IOException {
        Process process = processes.get(processes.size() - 1);
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

    /** Ends workers before the master, each with the executors it started. */
    @Override
    public void close() {
        for (int i = processes.size() - 1; i >= 0; i--) {
            Process process = processes.get(i);
            process.descendants().forEach(ProcessHandle::destroy);
            process.destroy();
        }
    }
}
