package io.penstock.jobs.report;

import io.penstock.core.Clock;
import io.penstock.core.ErrorCode;
import io.penstock.core.Json;
import io.penstock.core.Manifest;
import io.penstock.core.ManifestStore;
import io.penstock.core.PenstockException;
import io.penstock.core.Schedule;
import io.penstock.core.history.MetricFacts;
import io.penstock.core.model.Tracker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Every unit's operation in {@code ops/metrics} and in MLflow, experiment {@code <pipeline>/operations}: one point a unit, at
 * the unit's cut, with the unit's digits as its step (20131225). When the tracking server is away the points are spooled and
 * sent by a later run.
 */
public final class Operations implements RunListener {
    private final String pipeline;
    private final Supplier<Tracker> tracker;
    private final ManifestStore store;
    private final Schedule schedule;
    private final Path spool;
    private final Consumer<String> warning;
    private final List<Manifest> done = new ArrayList<>();

    /** @param warning told when the first points had to be spooled: that it stays so need not be said again */
    public Operations(
            String pipeline,
            Supplier<Tracker> tracker,
            ManifestStore store,
            Schedule schedule,
            Path spool,
            Consumer<String> warning) {
        this.pipeline = pipeline;
        this.tracker = tracker;
        this.store = store;
        this.schedule = schedule;
        this.spool = spool;
        this.warning = warning;
    }

    private record Spooled(List<SpooledPoint> points) {}

    /** @param at null in what an earlier version wrote */
    private record SpooledPoint(String name, double value, long step, Instant at) {
        static SpooledPoint of(Tracker.Point point) {
            return new SpooledPoint(
                    point.name(), point.value(), point.step(), point.at().orElse(null));
        }

        Tracker.Point point() {
            return new Tracker.Point(name, value, step, Optional.ofNullable(at));
        }
    }

    @Override
    public void published(Manifest manifest) {
        done.add(manifest);
    }

    @Override
    public void refused(Manifest manifest) {
        done.add(manifest);
    }

    @Override
    public void finished(String runId) {
        List<ManifestStore.MetricRow> rows = new ArrayList<>();
        List<Tracker.Point> points = new ArrayList<>();
        for (Manifest manifest : done) {
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
                        step(manifest),
                        Optional.of(schedule.unit(manifest.unit()).cut())));
            });
        }
        if (!rows.isEmpty()) {
            store.metrics(rows);
            send(points, runId + "-" + done.get(0).runId() + ".json");
        }
        done.clear();
    }

    private static long step(Manifest manifest) {
        return Long.parseLong(manifest.unit().toString().replaceAll("\\D", ""));
    }

    /** The run of the experiment has no end of its own; between two runs of Penstock it is shown as finished. */
    private void send(List<Tracker.Point> points, String kept) {
        try {
            Tracker sent = tracker.get();
            String run = sent.startRun(
                    pipeline + "/operations",
                    "operations by unit",
                    pipeline + "/operations/by-unit",
                    Map.of("pipeline", pipeline),
                    Clock.system().now());
            sendSpooled(sent, run);
            sent.metrics(run, points);
            sent.endRun(run, "FINISHED");
        } catch (PenstockException e) {
            boolean isTold = !spooled().isEmpty();
            write(spool.resolve(kept), points);
            if (!isTold) {
                warning.accept(e.code() + " " + e.what() + "; " + points.size() + " points are kept in " + spool
                        + ", and those of the next runs too, until one reaches MLflow and sends them");
            }
        }
    }

    private static Map<String, Double> numbers(Manifest manifest) {
        Map<String, Double> numbers = new TreeMap<>();
        manifest.counts().forEach((name, rows) -> numbers.put(name + "/rows", (double) rows));
        MetricFacts.of(manifest).forEach((name, number) -> {
            if (Double.isFinite(number)) {
                numbers.put(name, number);
            }
        });
        return numbers;
    }

    private void sendSpooled(Tracker sent, String run) {
        try {
            for (Path file : spooled()) {
                sendSpooled(sent, run, file);
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
    private static void sendSpooled(Tracker sent, String run, Path file) throws IOException {
        List<Tracker.Point> points;
        try {
            points = Json.read(Files.readString(file), Spooled.class).points().stream()
                    .map(SpooledPoint::point)
                    .toList();
        } catch (IllegalArgumentException e) {
            Files.move(file, file.resolveSibling(file.getFileName() + ".bad"), StandardCopyOption.REPLACE_EXISTING);
            return;
        }
        sent.metrics(run, points);
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
            WholeFile.write(
                    file,
                    Json.canonical(
                            new Spooled(points.stream().map(SpooledPoint::of).toList())));
        } catch (IOException e) {
            throw unusable(file.getParent(), e);
        }
    }
}
