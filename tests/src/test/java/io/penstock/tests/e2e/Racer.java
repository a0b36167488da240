package io.penstock.tests.e2e;

import io.penstock.core.Clock;
import io.penstock.core.PenstockException;
import io.penstock.core.Unit;
import io.penstock.core.config.ConfigLoader;
import io.penstock.core.config.PipelineConfig;
import io.penstock.jobs.report.Progress;
import io.penstock.jobs.run.Executor;
import io.penstock.jobs.run.Session;
import io.penstock.jobs.run.SparkSessions;
import io.penstock.jobs.stage.Stages;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A driver in a process of its own that keeps its Spark and runs what it is told, line by line, so that two of them can race
 * many times. Every run is a session of its own, with nothing known from the one before, as a fresh process would have it.
 */
final class Racer implements AutoCloseable {
    private static final int PATIENCE_S = 300;

    private final Process process;
    private final BufferedReader out;
    private final PrintWriter in;

    /** How one run ended: the exit code that the command line would give, and the message of a failure. */
    record End(int exit, String message) {}

    private Racer(Process process) {
        this.process = process;
        this.out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        this.in = new PrintWriter(process.getOutputStream(), true, StandardCharsets.UTF_8);
    }

    /** @param folder holds {@code conf} and {@code landing}, and gets the warehouse */
    static Racer start(Path folder) {
        List<String> command = new ArrayList<>(Child.command(Racer.class, ""));
        command.add(folder.toString());
        try {
            Path errors = java.nio.file.Files.createTempFile("racer", ".log");
            Racer racer = new Racer(
                    new ProcessBuilder(command).redirectError(errors.toFile()).start());
            return racer;
        } catch (IOException e) {
            throw new AssertionError("Cannot start a process", e);
        }
    }

    long pid() {
        return process.pid();
    }

    /** Starts a run after a while; {@link #ended} waits for its end. */
    CompletableFuture<End> run(int afterMillis, String stages, LocalDate from, LocalDate to) {
        in.println(afterMillis + " " + stages + " " + from + " " + to);
        return CompletableFuture.supplyAsync(() -> {
            try {
                String line = out.readLine();
                while (line != null && !line.startsWith("END ")) {
                    line = out.readLine();
                }
                if (line == null) {
                    throw new AssertionError("The racer ended");
                }
                String[] parts = line.split(" ", 3);
                return new End(Integer.parseInt(parts[1]), parts[2]);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
    }

    static End ended(CompletableFuture<End> run) {
        try {
            return run.get(PATIENCE_S, TimeUnit.SECONDS);
        } catch (TimeoutException | ExecutionException e) {
            throw new AssertionError("No end within " + PATIENCE_S + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    void sleeps() {
        Child.signal(process, "STOP");
    }

    void wakesUp() {
        Child.signal(process, "CONT");
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    // --- in the process itself

    public static void main(String[] arguments) throws IOException {
        PrintStream protocol = System.out;
        System.setOut(System.err);
        Path folder = Path.of(arguments[0]);
        SparkSessions.start("racer");
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            End end = run(folder, line.split(" "));
            protocol.println("END " + end.exit() + " " + end.message().replace('\n', ' '));
        }
    }

    private static End run(Path folder, String[] told) {
        try {
            Waiting.forTheMomentOfTheRace(Long.parseLong(told[0]));
            PipelineConfig config = config(folder);
            List<Unit> units = config.schedule().units(LocalDate.parse(told[2]), LocalDate.parse(told[3]));
            Progress silent = Progress.silent();
            Executor.Result result = new Executor(new Session(config, silent), Clock.system())
                    .run(Stages.jobs(config, Arrays.asList(told[1].split(","))), units, false);
            return new End(result.exit().value(), String.join("; ", result.messages()));
        } catch (PenstockException e) {
            return new End(e.exit().value(), e.getMessage());
        } catch (RuntimeException e) {
            e.printStackTrace();
            return new End(40, e.toString());
        }
    }

    static PipelineConfig config(Path folder) {
        return ConfigLoader.load(
                folder.resolve("conf"),
                "parcels",
                "local",
                Map.of(
                        "penstock.landing",
                        folder.resolve("landing").toString(),
                        "penstock.warehouse",
                        "file://" + folder.resolve("warehouse"),
                        "penstock.mlflow",
                        "http://127.0.0.1:1"),
                Map.of());
    }
}
