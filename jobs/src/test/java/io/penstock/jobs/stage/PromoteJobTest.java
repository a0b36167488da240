package io.penstock.jobs.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.ErrorCode;
import io.penstock.core.Hashes;
import io.penstock.core.Intent;
import io.penstock.core.Json;
import io.penstock.core.Manifest;
import io.penstock.core.PenstockException;
import io.penstock.core.Pin;
import io.penstock.core.Stage;
import io.penstock.core.Verdict;
import io.penstock.core.model.Measured;
import io.penstock.core.model.ModelDescriptor;
import io.penstock.core.model.ModelRegistry;
import io.penstock.core.model.Tracker;
import io.penstock.ingestion.take.UnitInputs;
import io.penstock.jobs.run.StageJob;
import io.penstock.training.Evaluation;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PromoteJobTest {
    private static final byte[] MODEL = "trees".getBytes(StandardCharsets.UTF_8);
    private static final ModelDescriptor SPEC = Bench.spec(MODEL, List.of("north"));
    private static final Tracker.LoggedModel LOGGED =
            new Tracker.LoggedModel("m-1", "models:/m-1", "mlflow-run", SPEC.sha256());

    @TempDir
    private Path folder;

    private Bench bench;
    private Intent intent;

    @BeforeEach
    void aTrainedCandidateThatPassesTheGate() {
        bench = new Bench(folder, Map.of());
        bench.registry.stores(LOGGED.source(), MODEL, SPEC);
        Map<String, String> facts = new TreeMap<>();
        double auc = 0.6;
        for (String candidate : bench.model().training().candidates().keySet()) {
            boolean isPublished = candidate.equals(bench.model().training().publish());
            facts.put(
                    "candidate." + candidate,
                    Json.canonical(new Evaluation(
                            new Measured(
                                    10_000,
                                    Map.of("positives", 2_000L),
                                    Map.of("auc", isPublished ? 0.9 : auc, "logloss", 0.3)),
                            Map.of())));
            facts.put("logged." + candidate, Json.canonical(LOGGED));
        }
        bench.did(Stage.TRAIN, List.of(), List.of(), facts);
        intent = bench.intent(Stage.PROMOTE, "run-promote");
        bench.store.open(intent);
    }

    @Test
    void theAliasMovesAndTheManifestKeepsWhatItMovedTo() {
        StageJob.UnitResult promoted = promote();

        assertThat(promoted.status()).isEqualTo(Manifest.Status.DONE);
        assertThat(promoted.outputs()).containsExactly(new Pin.ModelPin(Bench.NAME, "1", SPEC.sha256()));
        assertThat(promoted.facts())
                .containsEntry("model_source", "models:/m-1")
                .containsEntry("model_spec_sha256", SPEC.hash());
        assertThat(champion()).contains("1");
    }

    @ParameterizedTest
    @ValueSource(floats = {-0.1f, 1.5f, Float.NaN})
    void aModelWhoseScoreIsNoProbabilityIsNotPromoted(float score) {
        bench.predictors = (model, sha256, features) -> new Bench.Constant(score);

        StageJob.UnitResult refused = promote();

        assertThat(refused.status()).isEqualTo(Manifest.Status.REFUSED);
        assertThat(refused.verdicts())
                .filteredOn(Verdict::refuses)
                .extracting(Verdict::rule)
                .containsExactly("loads and scores");
        assertThat(champion()).isEmpty();
    }

    @Test
    void aModelThatDoesNotLoadIsNotPromoted() {
        PenstockException unreadable =
                new PenstockException(ErrorCode.MODEL_UNREADABLE, "Cannot read it", "", "Train it again");
        bench.predictors = (model, sha256, features) -> {
            throw unreadable;
        };

        assertThatThrownBy(this::promote).isSameAs(unreadable);
        assertThat(champion()).isEmpty();
    }

    /** Anybody may make a version that bears the tag of a run which has not registered its own yet. */
    @Test
    void aVersionWithTheRunsTagThatIsAnotherModelIsNotPromoted() {
        byte[] other = "other trees".getBytes(StandardCharsets.UTF_8);
        ModelDescriptor spec = Bench.spec(other, List.of());
        bench.registry.stores("models:/m-2", other, spec);
        bench.registry.holds(new ModelRegistry.Version(
                Bench.NAME,
                "1",
                Hashes.sha256(other),
                "models:/m-2",
                Map.of(
                        "penstock.run",
                        intent.runId(),
                        "sha256",
                        Hashes.sha256(other),
                        "penstock.spec-sha256",
                        spec.hash())));

        assertThatThrownBy(this::promote).isInstanceOf(PenstockException.class).hasMessageContaining("PEN-ML-010");
        assertThat(champion()).isEmpty();
    }

    private StageJob.UnitResult promote() {
        return new PromoteJob(bench.config(), bench.model())
                .execute(List.of(bench.config().schedule().unit(Bench.UNIT)), intent, UnitInputs.NONE, bench)
                .results()
                .get(0);
    }

    private java.util.Optional<String> champion() {
        return bench.registry.resolve(Bench.NAME, "champion").map(ModelRegistry.Version::version);
    }
}
