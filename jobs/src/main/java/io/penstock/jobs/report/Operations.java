package io.penstock.jobs.report;

import io.penstock.core.ErrorCode;
import io.penstock.core.Json;
import io.penstock.core.Manifest;
import io.penstock.core.ManifestStore;
import io.penstock.core.PenstockException;
import io.penstock.core.model.Tracker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Every unit's operation in MLflow experiment {@code <pipeline>/operations} (one point a day: step = epoch day) and in
 * {@code ops/metrics}. When the tracking server is away the points are spooled and sent by a later run.
 */
public final class Operations {
    private final String pipeline;
    private final Tracker tracker;
    private final Path spool;

    public Operations(String pipeline, Tracker tracker, Path spool) {
        this.pipeline = pipeline;
        this.tracker = tracker;
        this.spool = spool;
    }

    private record Spooled(List<Tracker.Point> points) {}

    /** @return a warning when the first points had to be spooled, else empty: that it stays so need not be said again */
    public String log(ManifestStore store, List<Manifest> manifests, String runId) {
        List<ManifestStore.MetricRow> rows = new ArrayList<>();
        List<Tracker.Point> points = new ArrayList<>();
        for (Manifest manifest : manifests) {
            numbers(manifest).forEach((name, value) -> {
                rows.add(new ManifestStore.MetricRow(
                        manifest.stage().id(),
                        manifest.subject(),
                        manifest.unit().toString(),
                        manifest.runId(),
                        name,
                        value));
                points.add(new Tracker.Point(
                        manifest.stage().id() + "/" + name,
                        value,
                        manifest.unit().toEpochDay()));
            });
        }
        if (rows.isEmpty()) {
            return "";
        }
        store.metrics(rows);
        try {
            String run = tracker.startRun(
                    pipeline + "/operations", "operations", pipeline + "/operations", Map.of("pipeline", pipeline));
            sendSpooled(run);
            tracker.metrics(run, points);
            return "";
        } catch (PenstockException e) {
            boolean isTold = !spooled().isEmpty();
            write(spool.resolve(runId + "-" + manifests.get(0).runId() + ".json"), points);
            return isTold
                    ? ""
                    : e.code() + " " + e.what() + "; " + points.size() + " points are kept in " + spool
                            + ", and those of the next runs too, until one reaches MLflow and sends them";
        }
    }

    private static Map<String, Double> numbers(Manifest manifest) {
        Map<String, Double> numbers = new java.util.TreeMap<>();
        manifest.counts().forEach((name, rows) -> numbers.put(name + "/rows", (double) rows));
        manifest.facts().forEach((name, value) -> {
            if (name.startsWith("metric.")) {
                double number = Double.parseDouble(value);
                if (Double.isFinite(number)) {
                    numbers.put(name.substring("metric.".length()), number);
                }
            }
        });
        return numbers;
    }

    private void sendSpooled(String run) {
        try {
            for (Path file : spooled()) {
                sendSpooled(run, file);
            }
        } catch (IOException e) {
            throw unusable(spool, e);
        }
    }

    private List<Path> spooled() {
        if (!Files.isDirectory(spool)) {
            return List.of();
        }
        try (var files = Files.list(spool)) {
            return files.filter(path -> path.toString().endsWith(".json"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw unusable(spool, e);
        }
    }

    /** A file that cannot be read is put aside: it must not keep the points of every later run from being sent. */
    private void sendSpooled(String run, Path file) throws IOException {
        List<Tracker.Point> points;
        try {
            points = Json.read(Files.readString(file), Spooled.class).points();
        } catch (IllegalArgumentException e) {
            Files.move(file, file.resolveSibling(file.getFileName() + ".bad"), StandardCopyOption.REPLACE_EXISTING);
            return;
        }
        tracker.metrics(run, points);
        Files.delete(file);
    }

    private static PenstockException unusable(Path spool, IOException e) {
        return new PenstockException(
                ErrorCode.SPOOL_NOT_WRITABLE,
                "Cannot use the spool of metrics: " + e.getMessage(),
                spool.toString(),
                "Check that the folder can be written and has space",
                e);
    }

    private static void write(Path file, List<Tracker.Point> points) {
        try {
            WholeFile.write(file, Json.canonical(new Spooled(points)));
        } catch (IOException e) {
            throw unusable(file.getParent(), e);
        }
    }
}
