package io.penstock.jobs.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.ErrorCode;
import io.penstock.core.InMemoryManifestStore;
import io.penstock.core.Manifest;
import io.penstock.core.PenstockException;
import io.penstock.core.Schedule;
import io.penstock.core.Stage;
import io.penstock.core.UnitId;
import io.penstock.core.model.ModelDescriptor;
import io.penstock.core.model.ModelRegistry;
import io.penstock.core.model.Tracker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OperationsTest {
    @TempDir
    Path spool;

    private final Recorder tracker = new Recorder();
    private final InMemoryManifestStore store = new InMemoryManifestStore();

    @Test
    void whatCouldNotBeSentIsToldOnceKeptPerCallAndSentLater() {
        tracker.away = true;
        assertThat(log("run-1", "2013-12-25")).contains("PEN-ML-013").contains("1 points are kept");
        assertThat(log("run-2", "2013-12-26")).isEmpty();
        assertThat(spool).isDirectoryContaining("glob:**.json");

        tracker.away = false;
        assertThat(log("run-3", "2013-12-27")).isEmpty();

        assertThat(tracker.steps).containsExactlyInAnyOrder(20131225L, 20131226L, 20131227L);
        assertThat(tracker.times).contains(Instant.parse("2013-12-26T08:00:00Z"));
        assertThat(tracker.ended).isEqualTo("FINISHED");
        assertThat(spool).isEmptyDirectory();
    }

    @Test
    void pointsOfAnEarlierVersionAreSent() throws Exception {
        Files.writeString(spool.resolve("old.json"), "{\"points\":[{\"name\":\"a\",\"value\":1.0,\"step\":16064}]}");

        assertThat(log("run-1", "2013-12-25")).isEmpty();

        assertThat(tracker.steps).containsExactly(16064L, 20131225L);
        assertThat(spool).isEmptyDirectory();
    }

    @Test
    void aFileThatCannotBeReadIsPutAsideAndKeepsNothingBack() throws Exception {
        Files.writeString(spool.resolve("half.json"), "{\"points\":[{\"na");

        assertThat(log("run-1", "2013-12-25")).isEmpty();

        assertThat(tracker.steps).hasSize(1);
        assertThat(spool.resolve("half.json.bad")).exists();
        assertThat(spool.resolve("half.json")).doesNotExist();
    }

    private String log(String run, String unit) {
        Manifest manifest = new Manifest(
                "shop",
                Stage.SCORE,
                "late",
                UnitId.parse(unit),
                run,
                Manifest.Status.DONE,
                "recipe",
                "content",
                List.of(),
                List.of(),
                List.of(),
                Map.of("scores/late", 7L),
                Map.of(),
                Map.of(),
                Instant.EPOCH,
                Instant.EPOCH,
                "tests",
                "");
        List<String> warnings = new ArrayList<>();
        Operations operations = new Operations(
                "shop",
                () -> tracker,
                store,
                new Schedule(1, LocalTime.of(8, 0), ZoneOffset.UTC),
                spool,
                warnings::add);
        operations.published(manifest);
        operations.finished("process");
        return String.join("; ", warnings);
    }

    /** Takes metrics, or is away. */
    private static final class Recorder implements Tracker {
        private final List<Long> steps = new ArrayList<>();
        private final List<Instant> times = new ArrayList<>();
        private String ended = "";
        private boolean away;

        @Override
        public String startRun(String experiment, String name, String key, Map<String, String> tags, Instant started) {
            if (away) {
                throw new PenstockException(ErrorCode.MLFLOW_AWAY, "MLflow does not answer", "", "Start it");
            }
            return "run";
        }

        @Override
        public void metrics(String runId, List<Point> points) {
            points.forEach(point -> {
                steps.add(point.step());
                point.at().ifPresent(times::add);
            });
        }

        @Override
        public boolean healthy() {
            return !away;
        }

        @Override
        public void requireReady(String experiment) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void params(String runId, Map<String, String> params) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void datasets(String runId, List<DatasetUsed> datasets) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void artifact(String runId, String path, byte[] content) {
            throw new UnsupportedOperationException();
        }

        @Override
        public LoggedModel logModel(String runId, String name, byte[] ubj, ModelDescriptor spec) {
            throw new UnsupportedOperationException();
        }

        @Override
        public LoggedModel copyModel(String runId, String name, ModelRegistry.Fetched from, ModelDescriptor spec) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void endRun(String runId, String status) {
            ended = status;
        }

        @Override
        public String link(String experiment, String runId) {
            throw new UnsupportedOperationException();
        }
    }
}
