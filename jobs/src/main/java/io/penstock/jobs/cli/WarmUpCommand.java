package io.penstock.jobs.cli;

import io.penstock.core.Clock;
import io.penstock.core.Intent;
import io.penstock.core.LedgerEntry;
import io.penstock.core.Manifest;
import io.penstock.core.Pin;
import io.penstock.core.Stage;
import io.penstock.core.UnitId;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.kernel.KernelManifestStore;
import io.penstock.jobs.stage.Stages;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Does in a temporary folder what {@code plan}, {@code status} and {@code model history} do, or with {@code --spark} what
 * {@code run} does, so that the set-up can keep the classes they load in an archive that later processes map instead of
 * loading them one by one.
 */
@Command(name = "warm-up", hidden = true, description = "What bin/setup runs to archive classes.")
public final class WarmUpCommand implements Callable<Integer> {
    private static final UnitId DAY = UnitId.parse("2013-12-25");

    @Mixin
    Common common;

    @Parameters(paramLabel = "PIPELINE", arity = "0..1")
    String pipeline;

    @Option(names = "--spark", description = "Run a unit of a small pipeline of its own.")
    boolean spark;

    @Override
    public Integer call() {
        return spark ? runAUnit() : readAndPlan();
    }

    private int runAUnit() {
        Path folder = temporary();
        try {
            Path conf = Files.createDirectories(folder.resolve("conf/env")).getParent();
            Files.copy(common.confDir().resolve("reference.conf"), conf.resolve("reference.conf"));
            try (InputStream small = WarmUpCommand.class.getResourceAsStream("warm-up.conf")) {
                Files.copy(Objects.requireNonNull(small), conf.resolve("warm-up.conf"));
            }
            for (String source : List.of("calls", "results")) {
                Path landed = folder.resolve("landing").resolve(source).resolve("landed=20131225T000000Z");
                Files.writeString(
                        Files.createDirectories(landed).resolve("a.csv"),
                        "id,place,at,value\na,here,2013-12-24T12:00:00Z,1.5\nb,there,2013-12-24T13:00:00Z,x\n");
            }
            String[] where = {"--work", folder.toString(), "--conf-dir", conf.toString()};
            String stages = Stage.INGEST.id() + "," + Stage.FEATURES.id();
            run(new RunCommand(), where, "warm-up", "--unit", DAY.toString(), "--stage", stages);
            return 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            delete(folder);
        }
    }

    private int readAndPlan() {
        PrintStream out = System.out;
        Path folder = temporary();
        try {
            common.work = folder;
            PipelineConfig config = common.config(pipeline);
            write(config);
            System.setOut(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
            String[] where = {
                "--work", folder.toString(), "--conf-dir", common.confDir().toString()
            };
            run(new PlanCommand(), where, pipeline, "--unit", DAY.toString());
            run(new StatusCommand(), where, pipeline);
            run(new StatusCommand(), where, pipeline, "--json");
            run(new ModelCommand(), where, "history", pipeline);
            run(new RunCommand(), where, pipeline, "--unit", DAY.toString(), "--stage", Stage.INGEST.id());
            return 0;
        } finally {
            System.setOut(out);
            delete(folder);
        }
    }

    private static void run(Object verb, String[] where, String... arguments) {
        String[] all = Stream.concat(Stream.of(arguments), Stream.of(where)).toArray(String[]::new);
        int exit =
                new CommandLine(verb).setCaseInsensitiveEnumValuesAllowed(true).execute(all);
        if (exit != 0) {
            throw new IllegalStateException(String.join(" ", all) + " ended with " + exit);
        }
    }

    private static void write(PipelineConfig config) {
        KernelManifestStore store = KernelManifestStore.of(config, Clock.system());
        String run = "r0";
        String recipe =
                Stages.jobs(config, List.of(Stage.INGEST.id())).get(0).recipe().sha256();
        Intent intent = new Intent(
                config.pipeline(),
                Stage.INGEST,
                "",
                run,
                List.of(DAY),
                recipe,
                Map.of(),
                Map.of(),
                Map.of(),
                Instant.EPOCH,
                "open");
        store.open(intent);
        store.claim(run);
        Manifest manifest = new Manifest(
                config.pipeline(),
                Stage.INGEST,
                "",
                DAY,
                run,
                Manifest.Status.DONE,
                recipe,
                "",
                List.of(new Pin.FilePin("source", "path", 1, "")),
                List.of(new Pin.TablePin("bronze/source", 0, 1), new Pin.ModelPin("model", "1", "")),
                List.of(),
                Map.of(),
                Map.of(),
                Map.of(),
                Instant.EPOCH,
                Instant.EPOCH,
                "",
                "");
        store.finish(
                intent,
                List.of(manifest),
                List.of(new LedgerEntry("source", "path", "f", 1, 0, "", "taken", DAY, run, 1, 1, null)));
        store.journal(Map.of("at", Instant.EPOCH.toString(), "model", "model", "event", "promoted", "version", "1"));
    }

    private static Path temporary() {
        try {
            return Files.createTempDirectory("penstock");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
