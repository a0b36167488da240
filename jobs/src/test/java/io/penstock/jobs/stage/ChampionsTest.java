package io.penstock.jobs.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.ErrorCode;
import io.penstock.core.ExitCode;
import io.penstock.core.Hashes;
import io.penstock.core.Json;
import io.penstock.core.PenstockException;
import io.penstock.core.Pin;
import io.penstock.core.Stage;
import io.penstock.core.model.ModelDescriptor;
import io.penstock.core.model.ModelRegistry;
import io.penstock.core.model.Tracker;
import io.penstock.scoring.Champions;
import io.penstock.scoring.Champions.Champion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChampionsTest {
    private static final byte[] MODEL = "trees".getBytes(StandardCharsets.UTF_8);
    private static final byte[] OTHER = "other trees".getBytes(StandardCharsets.UTF_8);
    private static final ModelDescriptor SPEC = Bench.spec(MODEL, List.of("north", "south"));
    private static final String SHA256 = Hashes.sha256(MODEL);
    private static final PenstockException AWAY =
            new PenstockException(ErrorCode.MLFLOW_AWAY, "Cannot reach the MLflow server", "", "Start it", null);
    private static final PenstockException REFUSED =
            new PenstockException(ErrorCode.MLFLOW_LOGIN_REFUSED, "answered with 401", "", "Set a login");

    @TempDir
    private Path folder;

    private Bench bench;
    private ModelRegistry.Version promoted;

    @BeforeEach
    void aChampionThatWasPromotedHere() {
        bench = new Bench(folder, Map.of());
        bench.registry.stores("models:/m-1", MODEL, SPEC);
        promoted = bench.registry.register(
                Bench.NAME, new Tracker.LoggedModel("m-1", "models:/m-1", "run", SHA256), Map.of());
        bench.registry.alias(Bench.NAME, "champion", promoted.version());
        ModelRegistry.Fetched fetched = bench.registry.fetch(promoted);
        bench.models().put(fetched);
        bench.did(Stage.PROMOTE, List.of(), List.of(pin()), Champions.facts(fetched));
    }

    @Test
    void whatThePromotionsManifestKnowsIsTakenFromTheCache() {
        Champion champion = champions().now();

        assertThat(champion.fetched().orElseThrow().spec()).isEqualTo(SPEC);
        assertThat(champion.degraded()).isEmpty();
        assertThat(bench.registry.downloads()).as("that of the promotion").isEqualTo(1);
    }

    @Test
    void otherDictionariesInTheCacheAreFoundThoughTheirHashWasWrittenAnew() throws IOException {
        rewriteTheCachedSpec();

        assertThat(champions().now().fetched().orElseThrow().spec()).isEqualTo(SPEC);
        assertThat(bench.told()).contains("in ops/models is not what was promoted");
        assertThat(champions().now().fetched()).as("the copy is mended").isPresent();
        assertThat(bench.registry.downloads()).isEqualTo(2);
    }

    @Test
    void otherDictionariesInTheCacheAreNoLastGoodModelEither() throws IOException {
        rewriteTheCachedSpec();
        bench.registry.failsWith(AWAY);

        assertThat(champions().now().fetched()).isEmpty();
        assertThat(bench.told()).contains("in ops/models is not what was promoted", "every row is held");
    }

    @Test
    void aVersionByHandWithTheChampionsTagsAndAnotherSourceIsRefused() {
        bench.registry.stores("models:/m-2", OTHER, Bench.spec(OTHER, List.of()));
        bench.registry.holds(new ModelRegistry.Version(Bench.NAME, "2", SHA256, "models:/m-2", promoted.tags()));
        bench.registry.alias(Bench.NAME, "champion", "2");

        refused(() -> champions().now(), "PEN-ML-010");
    }

    @ParameterizedTest
    @ValueSource(strings = {"other dictionaries", "other bytes"})
    void theNumberThatWasPromotedMustStayTheModelThatWasPromoted(String what) {
        Bench again = new Bench(folder.resolve("again"), Map.of());
        byte[] model = what.equals("other bytes") ? OTHER : MODEL;
        ModelDescriptor spec = Bench.spec(model, List.of("south", "north"));
        again.registry.stores("models:/m-1", model, spec);
        again.registry.register(
                Bench.NAME, new Tracker.LoggedModel("m-1", "models:/m-1", "run", spec.sha256()), Map.of());
        again.registry.alias(Bench.NAME, "champion", "1");
        again.did(Stage.PROMOTE, List.of(), List.of(pin()), facts());

        refused(() -> ScoreJob.champions(again.config(), again.model(), again).now(), "PEN-ML-010");
    }

    /** As main wrote them before the spec's hash was kept. */
    @Test
    void aModelThatWasPromotedBeforeIsComparedWithTheRegistryOnce() throws IOException {
        Bench before = new Bench(folder.resolve("before"), Map.of());
        before.registry.stores("models:/m-1", MODEL, SPEC);
        before.registry.register(Bench.NAME, new Tracker.LoggedModel("m-1", "models:/m-1", "run", SHA256), Map.of());
        before.registry.alias(Bench.NAME, "champion", "1");
        before.did(Stage.PROMOTE, List.of(), List.of(pin()), Map.of());
        before.models().put(new ModelRegistry.Fetched(promoted, MODEL, Bench.spec(MODEL, List.of("south", "north"))));
        Champions champions = ScoreJob.champions(before.config(), before.model(), before);

        ModelRegistry.Fetched fetched = champions.now().fetched().orElseThrow();
        assertThat(fetched.spec()).isEqualTo(SPEC);

        before.did(Stage.SCORE, List.of(pin()), List.of(), Champions.facts(fetched));
        champions.now();
        assertThat(before.registry.downloads()).isEqualTo(1);
        before.registry.failsWith(AWAY);
        assertThat(champions.now().fetched().orElseThrow().spec()).isEqualTo(SPEC);
    }

    @Test
    void aModelThatWasPromotedBeforeIsTheLastGoodOneThoughTheRegistryNeverAnswered() {
        Bench before = new Bench(folder.resolve("before"), Map.of());
        before.did(Stage.PROMOTE, List.of(), List.of(pin()), Map.of());
        before.models().put(new ModelRegistry.Fetched(promoted, MODEL, SPEC));
        before.registry.failsWith(AWAY);

        Champion champion =
                ScoreJob.champions(before.config(), before.model(), before).now();

        assertThat(champion.fetched().orElseThrow().spec()).isEqualTo(SPEC);
        assertThat(before.told()).contains("compared with the registry once it answers");
    }

    @Test
    void whenTheRegistryIsAwayTheLastGoodModelScoresAndTheRunSaysSo() {
        bench.registry.failsWith(AWAY);

        Champion champion = champions().now();

        assertThat(champion.fetched().orElseThrow().version().version()).isEqualTo("1");
        assertThat(champion.degraded()).isEqualTo("PEN-ML-013 registry away, last good model used");
        assertThat(bench.told()).contains("scoring with the last champion promoted here");
    }

    @Test
    void whatIsDeclaredWhenTheRegistryIsAwayHappens() {
        assertThat(away("[hold]").now().fetched()).isEmpty();
        assertThatThrownBy(() -> away("[]").now()).isSameAs(AWAY);
        Bench empty = emptyAndAway("[last-good]");
        assertThatThrownBy(() ->
                        ScoreJob.champions(empty.config(), empty.model(), empty).now())
                .as("nothing was promoted")
                .isSameAs(AWAY);
    }

    @Test
    void aRefusedLoginIsNoDegradationUnlessThatIsDeclared() {
        bench.registry.failsWith(REFUSED);
        assertThatThrownBy(() -> champions().now()).isSameAs(REFUSED);

        Champions declared = declared(bench, "[last-good, when-refused]");

        assertThat(declared.now().degraded()).isEqualTo("PEN-ML-060 registry refuses the login, last good model used");
    }

    @Test
    void aVersionByHandWithoutTagsIsTold() {
        bench.registry.holds(new ModelRegistry.Version(Bench.NAME, "2", "", "models:/m-1", Map.of()));
        bench.registry.alias(Bench.NAME, "champion", "2");

        refused(() -> champions().now(), "PEN-ML-010");
    }

    @Test
    void aRunThatIsResumedScoresWithTheModelItBeganWith() {
        Map<String, String> settled = champions().now().settled();
        bench.registry.stores("models:/m-2", OTHER, Bench.spec(OTHER, List.of()));
        ModelRegistry.Version next = bench.registry.register(
                Bench.NAME, new Tracker.LoggedModel("m-2", "models:/m-2", "run", Hashes.sha256(OTHER)), Map.of());
        bench.registry.alias(Bench.NAME, "champion", next.version());

        assertThat(champions().settled(settled).fetched().orElseThrow().model()).isEqualTo(MODEL);
        assertThat(ScoreJob.champions(bench.config(), bench.model(), withoutCache())
                        .settled(settled)
                        .fetched()
                        .orElseThrow()
                        .version()
                        .version())
                .isEqualTo("1");
    }

    private Champions champions() {
        return ScoreJob.champions(bench.config(), bench.model(), bench);
    }

    private Champions away(String fallback) {
        bench.registry.failsWith(AWAY);
        return declared(bench, fallback);
    }

    private Champions declared(Bench work, String fallback) {
        Bench declaring = new Bench(folder, Map.of("models.late.scoring.fallback", fallback));
        return ScoreJob.champions(declaring.config(), declaring.model(), work);
    }

    private Bench emptyAndAway(String fallback) {
        Bench empty = new Bench(folder.resolve("empty"), Map.of("models.late.scoring.fallback", fallback));
        empty.registry.failsWith(AWAY);
        return empty;
    }

    private Bench withoutCache() {
        Bench other = new Bench(folder.resolve("none"), Map.of());
        other.registry.stores("models:/m-1", MODEL, SPEC);
        other.registry.holds(promoted);
        return other;
    }

    private Map<String, String> facts() {
        return Champions.facts(new ModelRegistry.Fetched(promoted, MODEL, SPEC));
    }

    private static Pin pin() {
        return new Pin.ModelPin(Bench.NAME, "1", SHA256);
    }

    private void rewriteTheCachedSpec() throws IOException {
        Path cached = folder.resolve(SHA256);
        String spec = Json.canonical(Bench.spec(MODEL, List.of("south", "north")));
        for (String file : List.of("penstock.json", "penstock.json.sha256")) {
            Files.deleteIfExists(cached.resolve("." + file + ".crc"));
        }
        Files.writeString(cached.resolve("penstock.json"), spec);
        Files.writeString(cached.resolve("penstock.json.sha256"), Hashes.sha256(spec.getBytes(StandardCharsets.UTF_8)));
    }

    private static void refused(org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String code) {
        assertThatThrownBy(call).isInstanceOfSatisfying(PenstockException.class, e -> {
            assertThat(e.code()).isEqualTo(code);
            assertThat(e.exit()).isEqualTo(ExitCode.INTERNAL);
        });
    }
}
