package io.penstock.training.mlflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.penstock.core.ExitCode;
import io.penstock.core.PenstockException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A server that is down, slow or wrong, without MLflow. */
class MlflowFaultsTest {
    private static final Duration SHORT = Duration.ofSeconds(1);

    private final AtomicInteger calls = new AtomicInteger();
    private final CountDownLatch over = new CountDownLatch(1);
    private HttpServer server;
    private String url;

    @BeforeEach
    void listen() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newCachedThreadPool());
        server.start();
        url = "http://127.0.0.1:" + server.getAddress().getPort();
    }

    @AfterEach
    void close() {
        over.countDown();
        server.stop(0);
    }

    @Test
    void aServerThatIsDownIsAnErrorToRetry() {
        server.stop(0);

        retry(() -> registry().resolve("m", "champion"), "Cannot reach the MLflow server");
        retry(() -> tracker().startRun("e", "r", "k", Map.of(), Instant.now()), "Cannot reach the MLflow server");
        assertThat(tracker().healthy()).isFalse();
    }

    @Test
    void aServerThatHangsIsLeftAfterTheDeadline() {
        server.createContext("/", exchange -> await());

        retry(() -> registry().resolve("m", "champion"), "no answer within 1 s");
        retry(() -> tracker().startRun("e", "r", "k", Map.of(), Instant.now()), "no answer within 1 s");
    }

    @Test
    void aBodyThatNeverEndsIsLeftAfterTheDeadline() {
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, 100);
            exchange.getResponseBody().write('{');
            exchange.getResponseBody().flush();
            await();
        });

        retry(() -> registry().resolve("m", "champion"), "no answer within 1 s");
    }

    @Test
    void aServerThatStumblesIsAskedAgain() {
        answer(call -> call < 3 ? 503 : 200, "{\"registered_model\": {\"name\": \"m\"}}");

        assertThat(registry().resolve("m", "champion")).isEmpty();
        assertThat(calls).hasValue(3);
    }

    @Test
    void whatCannotBeRepeatedIsAskedOnce() {
        answer(call -> 503, "");

        retry(
                () -> new MlflowHttp(MlflowAccess.open(url), SHORT).post("model-versions/create", Map.of(), false),
                "with 503");
        assertThat(calls).hasValue(1);
    }

    @Test
    void whatABusyServerHasNotTakenIsAskedAgain() {
        answer(call -> call < 3 ? 429 : 200, "{}");

        new MlflowHttp(MlflowAccess.open(url), SHORT).post("model-versions/create", Map.of(), false);

        assertThat(calls).hasValue(3);
    }

    @ParameterizedTest
    @CsvSource({
        "400, 20, PEN-ML-062",
        "404, 20, PEN-ML-062",
        "409, 20, PEN-ML-062",
        "302, 20, PEN-ML-062",
        "429, 30, PEN-ML-013",
        "408, 30, PEN-ML-013",
        "500, 30, PEN-ML-013",
        "503, 30, PEN-ML-013"
    })
    void theServersOwnWordsAreTold(int status, int exit, String code) {
        answer(call -> status, "{\"error_code\": \"SOME_CODE\", \"message\": \"No such\\n thing, friend.\"}");

        assertThatThrownBy(() -> tracker().startRun("e", "r", "k", Map.of(), Instant.now()))
                .hasMessageContaining("with " + status + " SOME_CODE: No such thing, friend [")
                .isInstanceOfSatisfying(PenstockException.class, e -> {
                    assertThat(e.code()).isEqualTo(code);
                    assertThat(e.exit().value()).isEqualTo(exit);
                });
    }

    /** Not as a model that nobody promoted yet. */
    @Test
    void aServerThatKnowsNoSuchPageIsNoMlflow() {
        answer(call -> 404, "<html><head><style>p {}</style></head><h1>Not Found</h1></html>");

        assertThatThrownBy(() -> registry().resolve("m", "champion"))
                .hasMessageContaining("with 404: Not Found [")
                .hasMessageContaining("PEN-ML-062");
    }

    @Test
    void whatMlflowDoesNotHoldIsNoError() {
        answer(call -> 404, "{\"error_code\": \"RESOURCE_DOES_NOT_EXIST\", \"message\": \"not found\"}");

        assertThat(registry().resolve("m", "champion")).isEmpty();
    }

    @Test
    void aServerThatKeepsNoArtifactsSaysHowToStartIt() {
        answer(
                call -> 503,
                "Endpoint: /x disabled due to the mlflow server running with `--no-serve-artifacts`. "
                        + "To enable artifacts server functionality, run `mlflow server` with `--serve-artifacts`");

        assertThatThrownBy(() -> new MlflowHttp(MlflowAccess.open(url), SHORT).putArtifact("a", new byte[1]))
                .hasMessageContaining("PEN-ML-022");
    }

    @Test
    void anotherServerIsRecognised() {
        answer(call -> 200, "<html>hello</html>");

        retry(() -> registry().resolve("m", "champion"), "not JSON");
        assertThat(tracker().healthy()).isFalse();
    }

    @Test
    void aMissingPythonIsAConfigurationError(@TempDir Path folder) {
        assertThatThrownBy(() -> new MlflowServer(folder).start(folder.resolve("no/python"), 0))
                .isInstanceOfSatisfying(PenstockException.class, e -> {
                    assertThat(e.code()).isEqualTo("PEN-CFG-034");
                    assertThat(e.exit()).isEqualTo(ExitCode.CONFIGURATION);
                });
    }

    @Test
    void aServerThatDoesNotComeUpShowsItsLastWords(@TempDir Path folder) throws IOException {
        Path python = Files.writeString(folder.resolve("python"), "#!/bin/sh\necho No module named mlflow\nexit 1\n");
        assertThat(python.toFile().setExecutable(true)).isTrue();

        retry(() -> new MlflowServer(folder.resolve("work")).start(python, 0), "ended at once: No module named mlflow");
        assertThat(new MlflowServer(folder.resolve("work")).running()).isEmpty();
    }

    private void answer(java.util.function.IntUnaryOperator status, String body) {
        server.createContext("/", exchange -> {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(
                    status.applyAsInt(calls.incrementAndGet()), bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
    }

    private void await() {
        try {
            over.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void retry(ThrowingCallable call, String message) {
        assertThatThrownBy(call).hasMessageContaining(message).isInstanceOfSatisfying(PenstockException.class, e -> {
            assertThat(e.code()).isEqualTo("PEN-ML-013");
            assertThat(e.exit()).isEqualTo(ExitCode.RETRY);
        });
    }

    private MlflowRegistry registry() {
        return new MlflowRegistry(url, SHORT);
    }

    private MlflowTracker tracker() {
        return new MlflowTracker(url, () -> Instant.EPOCH, SHORT);
    }
}
