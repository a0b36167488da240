package io.penstock.training.mlflow;

import io.penstock.core.ErrorCode;
import io.penstock.core.Json;
import io.penstock.core.PenstockException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A local MLflow server that outlives the JVM that started it. Its folder holds the SQLite store, the artifacts,
 * {@code server.json} (what runs) and {@code server.log}. A server counts as ours only when its process is alive, started
 * when we say it did, and answers on its port: process ids come round again.
 */
public final class MlflowServer {
    private static final Duration START = Duration.ofSeconds(60);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int LOG_LINES = 5;

    /** Leaves the session of the terminal, so that Ctrl-C and a closed window do not reach the server. */
    private static final String DETACH =
            "import os, sys; os.setsid(); os.execv(sys.executable, [sys.executable, '-m', 'mlflow'] + sys.argv[1:])";

    /** @param reused whether it ran before the call */
    public record Running(String url, long pid, int port, boolean reused) {}

    private record State(long pid, int port, long started) {}

    private final Path folder;

    public MlflowServer(Path folder) {
        this.folder = folder.toAbsolutePath().normalize();
    }

    /**
     * Starts the server, or finds it running.
     *
     * @param python a Python with mlflow in it
     * @param port 0 = any free one (the one it had before when that is free)
     * @throws PenstockException {@code PEN-CFG-034} no such Python; {@code PEN-CFG-026} the port is taken;
     *     {@code PEN-ML-013} the server does not come up
     */
    public Running start(Path python, int port) {
        try {
            Files.createDirectories(folder);
            try (FileChannel channel = FileChannel.open(
                            folder.resolve("server.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock lock = channel.lock()) {
                Optional<Running> running = patiently();
                return running.isPresent() ? running.get() : launch(python, port);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot start the MLflow server in " + folder, e);
        }
    }

    /** The server of this folder, if it is alive and answers. */
    public Optional<Running> running() {
        return state().filter(state -> process(state).isPresent() && healthy(state.port()))
                .map(state -> new Running(url(state.port()), state.pid(), state.port(), true));
    }

    /** Where the server of this folder listens, if its process lives; whether it answers, whoever asks it finds out. */
    public Optional<String> address() {
        return state().filter(state -> process(state).isPresent()).map(state -> url(state.port()));
    }

    /** A live server on a busy machine may take a while to answer; only one that stays silent is replaced. */
    private Optional<Running> patiently() {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        Optional<Running> running = running();
        while (running.isEmpty()
                && state().flatMap(MlflowServer::process).isPresent()
                && System.nanoTime() < deadline) {
            MlflowHttp.pause(200);
            running = running();
        }
        return running;
    }

    /** Stops the server of this folder and its child processes. @return whether one ran */
    public boolean stop() {
        Optional<ProcessHandle> process = state().flatMap(MlflowServer::process);
        process.ifPresent(MlflowServer::end);
        try {
            Files.deleteIfExists(stateFile());
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot delete " + stateFile(), e);
        }
        return process.isPresent();
    }

    private Running launch(Path python, int wanted) throws IOException {
        if (!Files.isExecutable(python)) {
            throw new PenstockException(
                    ErrorCode.NO_PYTHON,
                    "Cannot start MLflow: no Python at " + python,
                    "penstock mlflow start",
                    "Set up the virtual environment (Python 3.11 or newer with venv), or name its python in PENSTOCK_PYTHON");
        }
        stop();
        int port = port(wanted);
        Path log = folder.resolve("server.log");
        ProcessBuilder builder = new ProcessBuilder(
                        python.toAbsolutePath().toString(),
                        "-c",
                        DETACH,
                        "server",
                        "--backend-store-uri",
                        "sqlite:///" + folder.resolve("mlflow.db"),
                        "--artifacts-destination",
                        folder.resolve("artifacts").toString(),
                        "--serve-artifacts",
                        "--host",
                        "127.0.0.1",
                        "--port",
                        String.valueOf(port),
                        "--workers",
                        "1")
                .directory(folder.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment()
                .putAll(Map.of(
                        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false",
                        "MLFLOW_DISABLE_TELEMETRY", "true",
                        "DO_NOT_TRACK", "true",
                        "PYTHONUNBUFFERED", "1"));
        // mlflow starts uvicorn by name
        builder.environment()
                .merge("PATH", python.toAbsolutePath().getParent().toString(), (path, bin) -> bin + ":" + path);
        Process process = builder.start();
        State state = new State(process.pid(), port, started(process.toHandle()));
        Files.writeString(stateFile(), Json.pretty(state) + "\n");
        await(process, port, log);
        return new Running(url(port), state.pid(), port, false);
    }

    private void await(Process process, int port, Path log) {
        long deadline = System.nanoTime() + START.toNanos();
        while (process.isAlive() && System.nanoTime() < deadline) {
            if (healthy(port)) {
                return;
            }
            try {
                process.waitFor(200, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        String how = process.isAlive() ? "does not answer after " + START.toSeconds() + " s" : "ended at once";
        stop();
        throw new PenstockException(
                ErrorCode.MLFLOW_AWAY,
                "The MLflow server " + how + ": " + tail(log),
                log.toString(),
                "Read the log; if mlflow is missing in that Python, run the set-up again",
                null);
    }

    private static boolean healthy(int port) {
        try {
            return new MlflowHttp(MlflowAccess.open(url(port)), MlflowHttp.CONNECT)
                    .text("/health")
                    .map(body -> body.strip().equals("OK"))
                    .orElse(false);
        } catch (PenstockException another) {
            return false; // what listens there wants a login, which the server that is started here does not
        }
    }

    /** The wanted port, the one used before, or any. */
    private int port(int wanted) throws IOException {
        int before = Files.exists(folder.resolve("port"))
                ? Integer.parseInt(Files.readString(folder.resolve("port")).strip())
                : 0;
        int port = wanted != 0 ? wanted : free(before) ? before : 0;
        if (port == 0) {
            try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                port = socket.getLocalPort();
            }
        } else if (!free(port)) {
            throw new PenstockException(
                    ErrorCode.MLFLOW_PORT_TAKEN,
                    "Cannot start MLflow: port " + port + " is taken by another process",
                    "penstock.mlflow",
                    "Stop what listens there, or choose another port");
        }
        Files.writeString(folder.resolve("port"), port + "\n");
        return port;
    }

    private static boolean free(int port) {
        if (port == 0) {
            return false;
        }
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static String tail(Path log) {
        try (Stream<String> lines = Files.lines(log)) {
            List<String> all = lines.filter(line -> !line.isBlank()).toList();
            return String.join(" | ", all.subList(Math.max(0, all.size() - LOG_LINES), all.size()));
        } catch (IOException | UncheckedIOException e) {
            return "(no log)";
        }
    }

    private static void end(ProcessHandle process) {
        List<ProcessHandle> all =
                Stream.concat(Stream.of(process), process.descendants()).toList();
        all.forEach(ProcessHandle::destroy);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        for (ProcessHandle one : all) {
            try {
                one.onExit().get(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (Exception e) {
                one.destroyForcibly();
            }
        }
    }

    private Optional<State> state() {
        try {
            return Optional.of(Json.read(Files.readString(stateFile()), State.class));
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Optional<ProcessHandle> process(State state) {
        return ProcessHandle.of(state.pid())
                .filter(ProcessHandle::isAlive)
                // The kernel tells the start in ticks since a boot time that clock adjustments move a little.
                .filter(process -> Math.abs(started(process) - state.started()) < 2_000);
    }

    private static long started(ProcessHandle process) {
        return process.info()
                .startInstant()
                .map(java.time.Instant::toEpochMilli)
                .orElse(0L);
    }

    private Path stateFile() {
        return folder.resolve("server.json");
    }

    private static String url(int port) {
        return "http://127.0.0.1:" + port;
    }
}
