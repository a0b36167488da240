package io.penstock.lineage;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.Manifest;
import io.penstock.core.Pin;
import io.penstock.core.Stage;
import io.penstock.core.UnitId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LineageTest {
    private static final Pin FILE_A = new Pin.FilePin("flights", "a.csv", 10, "aa");
    private static final Pin BRONZE = new Pin.TablePin("bronze/flights", 3, 100);
    private static final Pin FEATURES = new Pin.TablePin("features/x_v1", 2, 50);
    private static final Manifest INGEST = manifest(Stage.INGEST, "run-1", List.of(FILE_A), List.of(BRONZE), "");
    private static final Manifest VIEWS = manifest(
            Stage.FEATURES,
            "run-2",
            List.of(new Pin.TablePin("bronze/flights", 3, 7)),
            List.of(FEATURES),
            INGEST.hash());
    private static final Manifest SCORES = manifest(Stage.SCORE, "run-3", List.of(FEATURES), List.of(), VIEWS.hash());

    @Test
    void upstreamFollowsTableVersionsWhateverRowsTheyCount() {
        assertThat(new LineageGraph(List.of(INGEST, VIEWS, SCORES)).upstream(SCORES))
                .containsExactly(SCORES, VIEWS, INGEST);
    }

    @Test
    void upstreamOfAUnitOfARangeFindsTheUnitsFeaturesThoughThePinIsTheNewestVersion() {
        Manifest firstFeatures = featuresOf("2013-01-01", 2);
        Manifest again = featuresOf("2013-01-01", 3);
        Manifest secondFeatures = featuresOf("2013-01-02", 4);
        Manifest later = featuresOf("2013-01-03", 5);
        Manifest first = scoresOf("2013-01-01", 4);
        LineageGraph graph = new LineageGraph(
                List.of(INGEST, firstFeatures, again, secondFeatures, first, scoresOf("2013-01-02", 4), later));

        assertThat(graph.upstream(first)).containsExactly(first, again, INGEST);
        assertThat(graph.upstream(scoresOf("2013-01-02", 4)))
                .containsExactly(scoresOf("2013-01-02", 4), secondFeatures, again, INGEST);
    }

    private static Manifest featuresOf(String unit, long version) {
        return manifest(
                Stage.FEATURES,
                "features-" + version,
                unit,
                List.of(BRONZE),
                List.of(new Pin.TablePin("features/x_v1", version, 50)),
                "");
    }

    private static Manifest scoresOf(String unit, long version) {
        return manifest(
                Stage.SCORE,
                "scores-" + unit,
                unit,
                List.of(new Pin.TablePin("features/x_v1", version, 50)),
                List.of(),
                "");
    }

    @Test
    void anUntouchedChainHolds() {
        assertThat(AuditChain.verify(List.of(INGEST, VIEWS, SCORES))).isEmpty();
    }

    @Test
    void anEditIsFoundAtTheManifestAfterIt() {
        Manifest edited = manifest(Stage.INGEST, "run-1", List.of(), List.of(BRONZE), "");
        assertThat(AuditChain.verify(List.of(edited, VIEWS, SCORES)))
                .hasValueSatisfying(found -> assertThat(found.position()).isEqualTo(1));
    }

    @Test
    void aRemovedManifestIsFound() {
        List<Manifest> manifests = new ArrayList<>(List.of(INGEST, VIEWS, SCORES));
        manifests.remove(1);
        assertThat(AuditChain.verify(manifests))
                .hasValueSatisfying(found -> assertThat(found.runId()).isEqualTo("run-3"));
    }

    @Test
    void manifestsAtTheEndThatWereRemovedAreFound() {
        Set<String> done = Set.of(INGEST.runId(), VIEWS.runId(), SCORES.runId());

        assertThat(AuditChain.runWithoutManifest(done, List.of(INGEST, VIEWS, SCORES)))
                .isEmpty();
        assertThat(AuditChain.runWithoutManifest(done, List.of(INGEST, VIEWS))).contains(SCORES.runId());
    }

    private static Manifest manifest(Stage stage, String run, List<Pin> inputs, List<Pin> outputs, String previous) {
        return manifest(stage, run, "2013-01-01", inputs, outputs, previous);
    }

    private static Manifest manifest(
            Stage stage, String run, String unit, List<Pin> inputs, List<Pin> outputs, String previous) {
        return new Manifest(
                "p",
                stage,
                "",
                UnitId.parse(unit),
                run,
                Manifest.Status.DONE,
                "r",
                "c",
                inputs,
                outputs,
                List.of(),
                Map.of(),
                Map.of(),
                Map.of(),
                Instant.EPOCH,
                Instant.EPOCH,
                "me",
                previous);
    }
}
