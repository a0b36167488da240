package io.penstock.tests.faults;

import io.penstock.core.Clock;
import io.penstock.core.Json;
import io.penstock.core.LedgerEntry;
import io.penstock.core.Manifest;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.config.ConfigLoader;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.kernel.KernelManifestStore;
import io.penstock.jobs.cli.Failures;
import io.penstock.jobs.report.Progress;
import io.penstock.jobs.run.Executor;
import io.penstock.jobs.run.Session;
import io.penstock.jobs.run.SparkSessions;
import io.penstock.jobs.stage.Stages;
import io.penstock.lineage.AuditChain;
import io.penstock.tests.e2e.Child;
import io.penstock.tests.e2e.Contents;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.delta.DeltaLog;

/**
 * A driver in a process of its own that keeps its Spark and runs what it is told, on storage that can be made to fail. Every
 * run is a session of its own with nothing known from the one before. To be closed, or killed.
 */
public final class FaultDriver implements AutoCloseable {
    private static final int PATIENCE_S = 300;

    private final Process process;
    private final Path errors;
    private final BufferedReader out;
    private final PrintWriter in;

    /**
     * What to run.
     *
     * @param folder holds {@code conf} and {@code landing}, and gets {@code warehouse}
     * @param stages comma-separated
     * @param scheme of both: {@code fault}, or {@code file} for the bare disk
     */
    public record Task(Path folder, String pipeline, String stages, LocalDate from, LocalDate to, String scheme) {
        public Task(Path folder, String pipeline, String stages, LocalDate from, LocalDate to) {
            this(folder, pipeline, stages, from, to, Faults.SCHEME);
        }

        /** The same without the storage that can be made to fail, committed to as to any local disk. */
        public Task onDisk() {
            return new Task(folder, pipeline, stages, from, to, "file");
        }

        String address(String name) {
            return scheme + "://" + folder.resolve(name).toAbsolutePath();
        }

        Path tables() {
            return folder.resolve("warehouse").resolve(pipeline);
        }
    }

    /**
     * How a run ended.
     *
     * @param code of the error; empty when there was none
     * @param message of the error, as a user reads it, or of the verdicts
     * @param fired whether it came to its fault
     * @param points point → how often it was come to
     */
    public record End(int exit, String code, String message, boolean fired, Map<String, Integer> points, long millis) {}

    /** What a warehouse holds, and what Penstock says of it: equal for equal work, whoever did it and however often. */
    public record State(Map<String, String> contents, List<String> ledger, int open, String chain) {
        public boolean isSound() {
            return open == 0 && chain.equals("holds");
        }
    }

    private record Order(
            String verb,
            String folder,
            String pipeline,
            String stages,
            String from,
            String to,
            String scheme,
            String fault) {
        static Order of(String verb, Task task, String fault) {
            return new Order(
                    verb,
                    task.folder().toString(),
                    task.pipeline(),
                    task.stages(),
                    task.from().toString(),
                    task.to().toString(),
                    task.scheme(),
                    fault);
        }

        Task task() {
            return new Task(Path.of(folder), pipeline, stages, LocalDate.parse(from), LocalDate.parse(to), scheme);
        }
    }

    private FaultDriver(Process process, Path errors) {
        this.process = process;
        this.errors = errors;
        this.out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        this.in = new PrintWriter(process.getOutputStream(), true, StandardCharsets.UTF_8);
    }

    public static FaultDriver start() {
        List<String> command = new ArrayList<>(Child.command(FaultDriver.class, ""));
        Faults.settings().forEach((key, value) -> command.add(1, "-D" + key + "=" + value));
        try {
            Path errors = Files.createTempFile("fault-driver", ".log");
            return new FaultDriver(
                    new ProcessBuilder(command).redirectError(errors.toFile()).start(), errors);
        } catch (IOException e) {
            throw new AssertionError("Cannot start a process", e);
        }
    }

    /** Waits until it has started its Spark. */
    public FaultDriver up() {
        answer(ask(new Order("up", "", "", "", "", "", "", "")), String.class);
        return this;
    }

    public End run(Task task) {
        return answer(ask(Order.of("run", task, "")), End.class);
    }

    public End run(Task task, Fault fault) {
        return answer(ask(Order.of("run", task, fault.toString())), End.class);
    }

    /** Begins to run; to be killed meanwhile. */
    public void begin(Task task) {
        in.println(Json.canonical(Order.of("run", task, "")));
    }

    /** Whether runs on the bare disk left work open, as this process reads it. */
    static boolean isOpen(Task task) {
        return !KernelManifestStore.of(config(task), Clock.system())
                .openIntents()
                .isEmpty();
    }

    /** SIGKILL, and waits until it is dead. */
    public void kill() {
        process.destroyForcibly();
        try {
            if (!process.waitFor(PATIENCE_S, TimeUnit.SECONDS)) {
                throw new AssertionError("A killed process is still there");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    private CompletableFuture<String> ask(Order order) {
        in.println(Json.canonical(order));
        return CompletableFuture.supplyAsync(() -> {
            try {
                return out.readLine();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
    }

    private <T> T answer(CompletableFuture<String> asked, Class<T> type) {
        try {
            String line = asked.get(PATIENCE_S, TimeUnit.SECONDS);
            if (line == null || line.startsWith("DEFECT ")) {
                throw new AssertionError("The driver failed: " + line + ", see " + errors);
            }
            return Json.read(line, type);
        } catch (TimeoutException | ExecutionException e) {
            throw new AssertionError("No answer within " + PATIENCE_S + " s, see " + errors, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    // --- in this process: what nobody disturbs, by a Java that is warm

    /** Lets this process find the storage that can be made to fail; before it starts its Spark. */
    static void useFaultsHere() {
        Faults.settings().forEach(System::setProperty);
    }

    static void forgetFaultsHere() {
        SparkSession.getActiveSession().foreach(spark -> {
            spark.stop();
            return null;
        });
        Faults.settings().keySet().forEach(System::clearProperty);
    }

    static End runHere(Task task) {
        DeltaLog.clearCache();
        return run(task, "");
    }

    // --- in the process itself

    public static void main(String[] arguments) throws IOException {
        PrintStream protocol = System.out;
        System.setOut(System.err);
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            protocol.println(answerTo(Json.read(line, Order.class)));
        }
        System.exit(0);
    }

    private static String answerTo(Order order) {
        try {
            DeltaLog.clearCache();
            return Json.canonical(
                    switch (order.verb()) {
                        case "up" -> SparkSessions.start("faults").version();
                        default -> run(order.task(), order.fault());
                    });
        } catch (Exception | Error e) { // Scala throws whatever it likes
            e.printStackTrace();
            return "DEFECT " + e.toString().replace('\n', ' ');
        }
    }

    private static End run(Task task, String fault) {
        long start = System.nanoTime();
        Faults.begin(fault.isEmpty() ? Optional.empty() : Optional.of(Fault.parse(fault)));
        int exit;
        String code = "";
        String message;
        try {
            PipelineConfig config = config(task);
            List<Unit> units = config.schedule().units(task.from(), task.to());
            Executor.Result result = new Executor(new Session(config, Progress.silent()), Clock.system())
                    .run(Stages.jobs(config, Arrays.asList(task.stages().split(","))), units, false);
            exit = result.exit().value();
            message = String.join("; ", result.messages());
        } catch (Exception | Error e) { // as the command line does
            e.printStackTrace();
            Map<String, Object> told = told(e);
            exit = (Integer) told.get("exit");
            code = (String) told.get("code");
            message = told.get("what") + " [" + told.get("where") + "]";
        }
        Map<String, Integer> points = new TreeMap<>();
        Faults.seen().forEach((point, times) -> points.put(point.toString(), times));
        return new End(exit, code, message, Faults.fired(), points, (System.nanoTime() - start) / 1_000_000);
    }

    /** The failure as {@code --json} tells it. */
    private static Map<String, Object> told(Throwable thrown) {
        PrintStream before = System.out;
        ByteArrayOutputStream json = new ByteArrayOutputStream();
        System.setOut(new PrintStream(json, true, StandardCharsets.UTF_8));
        try {
            Failures.report(thrown, List.of("--json"));
        } finally {
            System.setOut(before);
        }
        return Json.readMap(json.toString(StandardCharsets.UTF_8));
    }

    /** Read in this process, without Spark. */
    static State stateOf(Task task) {
        PipelineConfig config = config(task);
        KernelManifestStore store = KernelManifestStore.of(config, Clock.system());
        Faults.begin(Optional.empty());
        return new State(
                Contents.of(task.tables()),
                ledger(store.ledger()),
                store.openIntents().size(),
                AuditChain.verify(store.manifests())
                        .map(AuditChain.Break::message)
                        .orElse("holds"));
    }

    /** A refused unit is tried by each run again, and says so each time; what is taken is taken once. */
    private static List<String> ledger(List<LedgerEntry> entries) {
        Map<Boolean, List<String>> lines = entries.stream()
                .collect(Collectors.partitioningBy(
                        entry -> entry.state().equals("refused"),
                        Collectors.mapping(FaultDriver::line, Collectors.toList())));
        return Stream.concat(lines.get(false).stream(), lines.get(true).stream().distinct())
                .sorted()
                .toList();
    }

    private static String line(LedgerEntry entry) {
        return String.join(
                " ",
                entry.source(),
                entry.path(),
                entry.state(),
                entry.unit().toString(),
                String.valueOf(entry.rowsIn()),
                String.valueOf(entry.rowsOut()),
                entry.sha256());
    }

    /** The rows of a source whose files were all taken. */
    static RowAccount accountOf(Task task, String source) {
        KernelManifestStore store = KernelManifestStore.of(config(task), Clock.system());
        Map<UnitId, Long> declared = new TreeMap<>(); // by unit: of a unit that ran again the last word counts
        for (Manifest manifest : store.manifests()) {
            String duplicates = manifest.facts().getOrDefault("metric." + source + "/duplicates", "0");
            declared.put(manifest.unit(), (long) Double.parseDouble(duplicates));
        }
        return RowAccount.of(
                task.tables(),
                task.folder().resolve("landing"),
                source,
                declared.values().stream().mapToLong(Long::longValue).sum());
    }

    private static PipelineConfig config(Task task) {
        return ConfigLoader.load(
                task.folder().resolve("conf"),
                task.pipeline(),
                "local",
                Map.of(
                        "penstock.landing",
                        task.address("landing"),
                        "penstock.warehouse",
                        task.address("warehouse"),
                        "penstock.mlflow",
                        "http://127.0.0.1:1"),
                Map.of());
    }
}
