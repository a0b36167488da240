package io.penstock.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.jobs.Penstock;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The command line in a process of its own, which can be told to die or to sleep at a named moment. */
public final class Child implements AutoCloseable {
    private static final int PATIENCE_S = 180;

    private final Process process;
    private final Path said;

    private Child(Process process, Path said) {
        this.process = process;
        this.said = said;
    }

    /**
     * @param fault a signal and a moment, such as {@code KILL ingest: manifests written}; see {@link
     *     io.penstock.core.FaultPoint}
     */
    public static Child start(String fault, List<String> arguments) {
        return start(fault, arguments, "", Map.of());
    }

    /** As a user to whom permissions apply: root without its powers, or whoever runs the tests. */
    public static Child powerless(String fault, List<String> arguments) {
        List<String> command = new ArrayList<>();
        if ("root".equals(System.getProperty("user.name"))) {
            String powers = "-dac_override,-dac_read_search,-fowner";
            command.addAll(List.of("setpriv", "--inh-caps=" + powers, "--bounding-set=" + powers));
        }
        command.addAll(command(Penstock.class, fault));
        command.addAll(arguments);
        return start(command, Map.of());
    }

    /** @param more further entries of the class path, after those of this process */
    static Child start(String fault, List<String> arguments, String more, Map<String, String> environment) {
        return start(Penstock.class, fault, arguments, more, environment);
    }

    static Child start(
            Class<?> main, String fault, List<String> arguments, String more, Map<String, String> environment) {
        List<String> command = command(main, fault, more);
        command.addAll(arguments);
        return start(command, environment);
    }

    private static Child start(List<String> command, Map<String, String> environment) {
        try {
            Path said = Files.createTempFile("child", ".log");
            ProcessBuilder builder =
                    new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile());
            builder.environment().putAll(environment);
            return new Child(builder.start(), said);
        } catch (IOException e) {
            throw new AssertionError("Cannot start a process", e);
        }
    }

    /** How this process was started, with another main class. */
    public static List<String> command(Class<?> main, String fault) {
        return command(main, fault, "");
    }

    private static List<String> command(Class<?> main, String fault, String more) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> !argument.startsWith("-javaagent"))
                .forEach(command::add);
        System.getProperties().stringPropertyNames().stream()
                .filter(name -> name.startsWith("spark.") || name.startsWith("penstock.") || name.startsWith("log4j2."))
                .forEach(name -> command.add("-D" + name + "=" + System.getProperty(name)));
        command.addAll(List.of(
                "-XX:TieredStopAtLevel=1", "-XX:ReservedCodeCacheSize=240m")); // a full one is told on standard output
        command.addAll(ClassArchive.options(List.copyOf(command)));
        command.addAll(List.of(
                "-Dpenstock.fault=" + fault,
                "-cp",
                ClassArchive.path() + (more.isEmpty() ? "" : java.io.File.pathSeparator + more),
                main.getName()));
        return command;
    }

    /** What makes Java start as quickly as here in processes that others start: for {@code JDK_JAVA_OPTIONS}. */
    public static String javaOptions() {
        return Stream.concat(
                        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                                .filter(argument -> argument.startsWith("-XX:TieredStopAtLevel=")
                                        || argument.startsWith("-XX:ReservedCodeCacheSize=")),
                        System.getProperties().stringPropertyNames().stream()
                                .filter(name -> name.startsWith("spark.sql.codegen."))
                                .map(name -> "-D" + name + "=" + System.getProperty(name)))
                .collect(Collectors.joining(" "));
    }

    /** Waits until it has died of SIGKILL; a moment that never comes fails the test. */
    public void diesOfIt() {
        assertThat(ends()).as(this::said).isEqualTo(128 + 9);
    }

    /** Waits for its end. */
    public int ends() {
        try {
            if (!process.waitFor(PATIENCE_S, TimeUnit.SECONDS)) {
                throw new AssertionError("Still at work after " + PATIENCE_S + " s:\n" + said());
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** Lets a moment pass in which it must not end. */
    void goesOn() {
        try {
            assertThat(process.waitFor(100, TimeUnit.MILLISECONDS))
                    .as(this::said)
                    .isFalse();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits until it sleeps, stopped at its moment. */
    public void sleeps() {
        try {
            for (int i = 0; i < PATIENCE_S * 10; i++) {
                if (process.waitFor(100, TimeUnit.MILLISECONDS)) {
                    throw new AssertionError("Ended with " + process.exitValue() + " before its moment:\n" + said());
                }
                if (state().startsWith("T")) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new AssertionError("Never came to its moment:\n" + said());
    }

    public void wakesUp() {
        signal("CONT");
    }

    /** By SIGTERM. */
    void isAskedToEnd() {
        signal("TERM");
    }

    public String said() {
        try {
            return Files.readString(said);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private String state() {
        try {
            Process ps = new ProcessBuilder("ps", "-o", "state=", "-p", String.valueOf(process.pid())).start();
            return new String(ps.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8).trim();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void signal(String name) {
        signal(process, name);
    }

    long pid() {
        return process.pid();
    }

    static void signal(Process process, String name) {
        try {
            new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid()))
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
