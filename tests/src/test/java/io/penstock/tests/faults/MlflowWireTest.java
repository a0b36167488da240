package io.penstock.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.ExitCode;
import io.penstock.core.Hashes;
import io.penstock.core.PenstockException;
import io.penstock.core.model.ModelDescriptor;
import io.penstock.core.model.ModelRegistry;
import io.penstock.core.model.Tracker;
import io.penstock.tests.faults.FaultProxy.Fault;
import io.penstock.training.mlflow.MlflowRegistry;
import io.penstock.training.mlflow.MlflowServer;
import io.penstock.training.mlflow.MlflowTracker;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A training's and a promotion's calls to a real MLflow server with a login, over a wire on which one request after the other fails: they
 * succeed, or end as something to retry, in bounded time; what a retry leaves is one run, one version and the right alias.
 */
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class MlflowWireTest {
    private static final Duration SHORT = Duration.ofSeconds(2);

    @TempDir
    private static Path folder;

    private static MlflowServer server;
    private static FaultProxy proxy;
    private static MlflowRegistry direct;
    private static int requests;
    private static int models;

    @BeforeAll
    static void aRealServerBehindTheWire() throws IOException {
        server = new MlflowServer(folder.resolve("mlflow"));
        proxy = new FaultProxy(
                server.start(Path.of(System.getenv("PENSTOCK_PYTHON")), 0).url());
        proxy.demands("Basic " + Base64.getEncoder().encodeToString("bob:pa55word".getBytes(StandardCharsets.UTF_8)));
        direct = new MlflowRegistry(server.address().orElseThrow(), Duration.ofSeconds(30));
        Story story = new Story();
        story.promote(Duration.ofSeconds(30));
        requests = proxy.requests().size();
        assertThat(requests).as("requests of one promotion").isGreaterThan(15);
        story.isPromotedOnce("no fault");
    }

    @AfterAll
    static void stop() throws IOException {
        proxy.close();
        server.stop();
    }

    /** Each request fails once, each time in the next of the ways. */
    @Test
    void whateverRequestFailsARetryLeavesOneVersionAndTheRightAlias() {
        for (int n = 1; n <= requests; n++) {
            failsAndIsRetried(n, Fault.values()[n % Fault.values().length], 1);
        }
    }

    /** The wire stays broken until the run gives up. */
    @Test
    void aWireThatStaysBrokenIsSomethingToRetry() {
        for (Fault fault : List.of(Fault.RESET_BEFORE, Fault.UNAVAILABLE_503, Fault.TOO_MANY_429, Fault.GARBAGE)) {
            assertThat(failsAndIsRetried(requests / 2, fault, Integer.MAX_VALUE))
                    .as(fault.toString())
                    .isPresent();
        }
    }

    /** The first request asks for an experiment that does not exist: a 404, whose text is damaged once. */
    @Test
    void aDamagedNotFoundIsAskedAgain() {
        assertThat(failsAndIsRetried(1, Fault.GARBAGE, 1)).isEmpty();
    }

    @Tag("full")
    @ParameterizedTest
    @EnumSource(Fault.class)
    void everyRequestFailsInEveryWay(Fault fault) {
        for (int n = 1; n <= requests; n++) {
            failsAndIsRetried(n, fault, 1);
        }
    }

    /** @return what the disturbed run ended with, if it did not get through */
    private static Optional<PenstockException> failsAndIsRetried(int nth, Fault fault, int times) {
        Story story = new Story();
        String what = fault + " of request " + nth;
        Optional<PenstockException> ended = Optional.empty();
        proxy.mend();
        proxy.fail(request -> true, nth, times, fault);
        try {
            story.promote(SHORT);
        } catch (PenstockException e) {
            ended = Optional.of(e);
            boolean isDamaged = fault == Fault.GARBAGE && e.code().equals("PEN-ML-010"); // told by its hash
            assertThat(e.exit())
                    .as(what + ": " + e.getMessage())
                    .isEqualTo(isDamaged ? ExitCode.INTERNAL : ExitCode.RETRY);
        }
        story.hasNoWrongAlias(what);

        proxy.mend();
        story.promote(Duration.ofSeconds(30));

        story.isPromotedOnce(what);
        return ended;
    }

    /** What the stages {@code train} and {@code promote} ask of MLflow, in their order and with their keys. */
    private static final class Story {
        private final String name = "wire.model" + ++models;
        private final byte[] model = ("booster of " + name).getBytes(StandardCharsets.UTF_8);
        private final ModelDescriptor spec = new ModelDescriptor(
                name,
                "full",
                List.of("a", "b"),
                Map.of(),
                List.of("features/f_v1"),
                Hashes.sha256(model),
                3,
                "2024-03-12",
                "run-" + name,
                Map.of("auc", 0.7));

        void promote(Duration deadline) {
            String address = proxy.url().replace("://", "://bob:pa55word@");
            Tracker tracker = new MlflowTracker(address, () -> Instant.EPOCH, deadline);
            ModelRegistry registry = new MlflowRegistry(address, deadline);
            String run = tracker.startRun("wire/" + name, "full", "key-" + name, Map.of(), Instant.now());
            tracker.params(run, Map.of("max_depth", "3"));
            tracker.metrics(run, List.of(Tracker.Point.of("auc", 0.7, 1)));
            Tracker.LoggedModel logged = tracker.logModel(run, "late/full", model, spec);
            tracker.endRun(run, "FINISHED");
            ModelRegistry.Version version = registry.find(name, "penstock.run", "run-" + name)
                    .orElseGet(() -> registry.register(name, logged, Map.of("penstock.run", "run-" + name)));
            assertThat(registry.fetch(version).model()).isEqualTo(model);
            registry.alias(name, "champion", version.version());
        }

        void hasNoWrongAlias(String what) {
            direct.resolve(name, "champion")
                    .ifPresent(
                            champion -> assertThat(direct.fetch(champion).spec().sha256())
                                    .as(what)
                                    .isEqualTo(spec.sha256()));
        }

        /** The only version has number 1: a second one would be found, being the later. */
        void isPromotedOnce(String what) {
            ModelRegistry.Version champion = direct.resolve(name, "champion").orElseThrow();
            assertThat(champion.version()).as(what).isEqualTo("1");
            assertThat(direct.find(name, "penstock.run", "run-" + name))
                    .as(what)
                    .contains(champion);
            assertThat(direct.fetch(champion).model()).as(what).isEqualTo(model);
        }
    }
}
