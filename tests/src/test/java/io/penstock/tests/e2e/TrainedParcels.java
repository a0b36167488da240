package io.penstock.tests.e2e;

import static io.penstock.tests.e2e.CommandLine.mlflow;
import static io.penstock.tests.e2e.CommandLine.penstock;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The small pipeline of {@link Parcels} with a trained model, made once per build: classes copy the state that they go on
 * from. Beside {@code conf} and {@code mlflow}, which belong to all of them, a folder per state holds landing and
 * warehouse: {@code before-STAGE} for each stage of the training's unit and {@code before-evaluate} of the next one, what
 * they lead to ({@code done}), and the next unit's scores judged ({@code judged}).
 */
public final class TrainedParcels {
    /** Of the unit of the training, in order. */
    static final List<String> STAGES = List.of("ingest", "features", "training-set", "train", "promote", "score");

    static final String EVALUATE = "evaluate";

    private static final LocalDate DAY = Parcels.TRAINING;
    private static final LocalDate NEXT = DAY.plusDays(1);
    private static final String BUILD =
            System.getProperty("penstock.build", Instant.now().toString());

    private TrainedParcels() {}

    /** A copy of a state: a work folder with landing and warehouse. */
    static Path copy(String state, Path to) throws IOException {
        return Folders.copy(made().resolve(state), to);
    }

    /** Starts a server on a copy of what the model's runs left in MLflow; {@code mlflow stop} ends it. */
    static void startMlflow(Path work) throws IOException {
        Folders.copy(made().resolve("mlflow"), work.resolve("mlflow"));
        penstock("mlflow", "start", "--work", work.toString()).fine();
    }

    /** Forks wait for the one that makes it. */
    private static Path made() throws IOException {
        Path fixtures = Files.createDirectories(
                Path.of(System.getProperty("java.io.tmpdir")).resolve("fixtures"));
        Path made = fixtures.resolve("parcels-" + BUILD.replaceAll("\\W", ""));
        try (FileChannel channel = FileChannel.open(
                        fixtures.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            if (!Files.exists(made)) {
                deleteOthers(fixtures);
                Files.move(make(fixtures.resolve("fresh")), made, StandardCopyOption.ATOMIC_MOVE);
            }
        }
        return made;
    }

    private static void deleteOthers(Path fixtures) throws IOException {
        try (Stream<Path> all = Files.list(fixtures)) {
            for (Path old : all.filter(Files::isDirectory).toList()) {
                Folders.delete(old);
            }
        }
    }

    private static Path make(Path folder) throws IOException {
        Path conf = Parcels.configuration(folder.resolve("conf"));
        Path work = folder.resolve("judged");
        Parcels.land(work.resolve("landing"), NEXT);
        penstock("mlflow", "start", "--work", folder.toString()).fine();
        List<String> where = List.of(
                "--work", work.toString(), "--conf-dir", conf.toString(), "--set", "penstock.mlflow=" + mlflow(folder));
        try {
            String before = DAY.minusDays(1).toString();
            run(where, "--from", Parcels.FIRST.toString(), "--to", before, "--stage", "ingest,features");
            for (String stage : STAGES) {
                Folders.copy(work, folder.resolve("before-" + stage));
                run(where, "--unit", DAY.toString(), "--stage", stage);
            }
            Folders.copy(work, folder.resolve("done"));
            run(where, "--unit", NEXT.toString(), "--stage", "ingest,features,score");
            Folders.copy(work, folder.resolve("before-" + EVALUATE));
            run(where, "--unit", NEXT.toString(), "--stage", EVALUATE);
        } finally {
            penstock("mlflow", "stop", "--work", folder.toString());
            Files.deleteIfExists(folder.resolve("mlflow/port")); // classes that run at once would all take it
        }
        return folder;
    }

    private static void run(List<String> where, String... arguments) {
        List<String> all = new ArrayList<>(List.of("run", "parcels"));
        all.addAll(List.of(arguments));
        all.addAll(where);
        penstock(all.toArray(String[]::new)).fine();
    }
}
