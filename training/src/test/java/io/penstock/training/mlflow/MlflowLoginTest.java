package io.penstock.training.mlflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.penstock.core.Clock;
import io.penstock.core.ExitCode;
import io.penstock.core.Hashes;
import io.penstock.core.PenstockException;
import io.penstock.core.model.ModelDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that demands a login, TLS or a client's certificate, without MLflow. */
class MlflowLoginTest {
    private static final Duration SHORT = Duration.ofSeconds(10);
    private static final Clock CLOCK = () -> Instant.EPOCH;
    private static final String BOB =
            "Basic " + Base64.getEncoder().encodeToString("bob:pa:55 wörd".getBytes(StandardCharsets.UTF_8));
    private static final char[] STORE = "changeit".toCharArray();

    @TempDir
    private static Path folder;

    private final List<String> seen = Collections.synchronizedList(new ArrayList<>());
    private HttpServer server;

    @BeforeAll
    static void certificates() throws Exception {
        keytool("-genkeypair -alias server -keyalg EC -dname CN=mlflow -ext san=ip:127.0.0.1 -keystore server.p12");
        keytool("-genkeypair -alias client -keyalg RSA -dname CN=penstock -keystore client.p12");
        KeyStore store = store("server.p12");
        Files.writeString(
                folder.resolve("server.pem"),
                pem("CERTIFICATE", store.getCertificate("server").getEncoded()));
        KeyStore client = store("client.p12");
        Files.writeString(
                folder.resolve("client.pem"),
                pem("PRIVATE KEY", client.getKey("client", STORE).getEncoded())
                        + pem("CERTIFICATE", client.getCertificate("client").getEncoded()));
    }

    @AfterEach
    void close() {
        if (server != null) {
            server.stop(0);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            the address                  | http://bob:pa%3A55%20w%C3%B6rd@ |                | |
            the address before variables | http://bob:pa%3A55%20w%C3%B6rd@ | eve            | other |
            user and password            | http://                         | bob            | pa:55 wörd |
            """)
    void theLoginIsSentOnEveryCall(String what, String before, String user, String password) throws IOException {
        Map<String, String> variables = user == null
                ? Map.of(MlflowAccess.TOKEN, "t")
                : Map.of(MlflowAccess.USERNAME, user, MlflowAccess.PASSWORD, password, MlflowAccess.TOKEN, "t");
        everyCall(MlflowAccess.of(before + listening(), variables));

        assertThat(seen).hasSizeGreaterThan(20).containsOnly(BOB);
    }

    @Test
    void aTokenIsSentOnEveryCall() throws IOException {
        everyCall(MlflowAccess.of(
                "http://" + listening(), Map.of(MlflowAccess.TOKEN, "tokén".replace('é', 'e') + "\n")));

        assertThat(seen).hasSizeGreaterThan(20).containsOnly("Bearer token");
    }

    @Test
    void whereNoneIsSetNoneIsSent() throws IOException {
        everyCall(MlflowAccess.of("http://" + listening(), Map.of(MlflowAccess.USERNAME, "bob")));

        assertThat(seen).containsOnly("none");
    }

    @Test
    void theAddressThatIsToldHoldsNoLogin() throws IOException {
        MlflowAccess access = MlflowAccess.of("http://bob:hunter2@" + listening() + "/", Map.of());

        assertThat(access.base())
                .isEqualTo("http://127.0.0.1:" + server.getAddress().getPort());
        assertThat(new MlflowTracker(access, CLOCK, SHORT).link("e", "run-1")).doesNotContain("hunter2", "bob");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://bob:hunter2/x@mlflow:5000",
                "http://bob:hunter2@x@mlflow:5000",
                "http://bob:hunter2?@mlflow",
                "bob:hunter2@mlflow"
            })
    void anAddressThatIsNoneIsToldWithoutItsPassword(String address) {
        assertThatThrownBy(() -> MlflowAccess.of(address, Map.of()))
                .hasMessageContaining("PEN-CFG-092")
                .hasMessageContaining("%40")
                .hasMessageNotContaining("hunter2");
    }

    @Test
    void aTokenThatNoHeaderHoldsIsNotPrinted() {
        refused(
                () -> MlflowAccess.of("http://mlflow", Map.of(MlflowAccess.TOKEN, "hunter2 x")),
                "PEN-CFG-060",
                "MLFLOW_TRACKING_TOKEN");
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403})
    void aRefusedLoginIsAMatterOfConfiguration(int status) throws IOException {
        String address = answering(status, "Permission denied");
        MlflowAccess bob = MlflowAccess.of("http://bob:hunter2@" + address, Map.of());
        MlflowAccess nobody = MlflowAccess.open("http://" + address);

        refused(
                () -> new MlflowRegistry(bob, SHORT).resolve("m", "champion"),
                "PEN-ML-060",
                "the login of the address");
        refused(() -> new MlflowTracker(nobody, CLOCK, SHORT).healthy(), "PEN-ML-060", "no login, since none is set");
        refused(
                () -> new MlflowTracker(nobody, CLOCK, SHORT).startRun("e", "r", "k", Map.of(), Instant.now()),
                "PEN-ML-060",
                "Permission denied; it was sent");
    }

    @Test
    void aHostThatTheServerDoesNotKnowIsAnotherMatter() throws IOException {
        MlflowAccess access = MlflowAccess.open(
                "http://" + answering(403, "Invalid Host header - possible DNS rebinding attack detected"));

        refused(() -> new MlflowRegistry(access, SHORT).resolve("m", "champion"), "PEN-ML-061", "--allowed-hosts");
    }

    @Test
    void aCertificateThatNobodyVouchesForIsRefusedUnlessItIsNamed() throws Exception {
        String address = secure(false);

        refused(() -> registry(address, Map.of()), "PEN-ML-064", Tls.SERVER_CERTIFICATE);
        refused(
                () -> new MlflowTracker(MlflowAccess.open(address), CLOCK, SHORT).healthy(),
                "PEN-ML-064",
                "Cannot trust");
        registry(
                address,
                Map.of(Tls.SERVER_CERTIFICATE, folder.resolve("server.pem").toString()));
        registry(address, Map.of(Tls.SERVER_CERTIFICATE, certificatesOnly().toString()));
        registry(address, Map.of(Tls.INSECURE, "true"));
        assertThat(seen).hasSize(3);
    }

    @Test
    void aNameThatIsNotInTheCertificateIsRefusedUnlessNothingIsChecked() throws Exception {
        String address = secure(false).replace("127.0.0.1", "localhost");

        refused(
                () -> registry(
                        address,
                        Map.of(
                                Tls.SERVER_CERTIFICATE,
                                folder.resolve("server.pem").toString())),
                "PEN-ML-064",
                "localhost");
        registry(address, Map.of(Tls.INSECURE, "1"));
    }

    @Test
    void aServerThatAsksForACertificateIsShownIt() throws Exception {
        String address = secure(true);
        String trusted = folder.resolve("server.pem").toString();

        assertThatThrownBy(() -> registry(address, Map.of(Tls.SERVER_CERTIFICATE, trusted)))
                .isInstanceOf(PenstockException.class);
        registry(
                address,
                Map.of(
                        Tls.SERVER_CERTIFICATE,
                        trusted,
                        Tls.CLIENT_CERTIFICATE,
                        folder.resolve("client.pem").toString()));
        assertThat(seen).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({
        "MLFLOW_TRACKING_SERVER_CERT_PATH, /no/such/file, there is no",
        "MLFLOW_TRACKING_INSECURE_TLS, perhaps, neither true nor false",
        "MLFLOW_TRACKING_CLIENT_CERT_PATH, server.pem, PKCS #8"
    })
    void tlsSettingsThatCannotBeUsedAreTold(String variable, String value, String message) {
        String path = value.endsWith(".pem") ? folder.resolve(value).toString() : value;
        refused(() -> MlflowAccess.of("https://mlflow", Map.of(variable, path)), "PEN-CFG-061", message);
    }

    @Test
    void checkingTheServerAndNotCheckingItContradictEachOther() {
        refused(
                () -> MlflowAccess.of(
                        "https://mlflow", Map.of(Tls.INSECURE, "true", Tls.SERVER_CERTIFICATE, "server.pem")),
                "PEN-CFG-061",
                "contradicts");
    }

    /** What training, promotion and scoring ask for, each answered with something harmless. */
    private void everyCall(MlflowAccess access) {
        MlflowTracker tracker = new MlflowTracker(access, CLOCK, SHORT);
        MlflowRegistry registry = new MlflowRegistry(access, SHORT);
        byte[] model = "model".getBytes(StandardCharsets.UTF_8);
        ModelDescriptor spec = new ModelDescriptor(
                "m", "full", List.of("a"), Map.of(), List.of(), Hashes.sha256(model), 1, "u", "r", Map.of());
        tracker.requireReady("e");
        String run = tracker.startRun("e", "r", "k", Map.of(), Instant.now());
        tracker.params(run, Map.of("p", "v"));
        tracker.metrics(run, List.of(io.penstock.core.model.Tracker.Point.of("m", 1, 1)));
        tracker.datasets(run, List.of(new io.penstock.core.model.Tracker.DatasetUsed("d", "p", 1, "x", "training")));
        tracker.artifact(run, "a.json", model);
        try {
            tracker.logModel(run, "m", model, spec);
        } catch (PenstockException downloaded) {
            assertThat(downloaded.code()).isEqualTo("PEN-ML-010"); // the server hands out its one answer
        }
        tracker.endRun(run, "FINISHED");
        registry.resolve("m", "champion");
        registry.version("m", "1");
        registry.find("m", "penstock.run", "r");
        registry.alias("m", "champion", "1");
        assertThatThrownBy(() -> registry.fetch(new io.penstock.core.model.ModelRegistry.Version(
                        "m", "1", spec.sha256(), "models:/m-1", Map.of(MlflowRegistry.SPEC_SHA256, "x"))))
                .hasMessageContaining("PEN-ML-010");
    }

    /** Answers every call as if there were one of each thing. @return host and port */
    private String listening() throws IOException {
        return answering(200, """
                {"experiment": {"experiment_id": "1", "name": "e", "lifecycle_stage": "active"}, "experiment_id": "1",
                 "runs": [], "run": {"info": {"run_id": "run-1", "experiment_id": "1", "status": "RUNNING",
                 "start_time": 0, "artifact_uri": "mlflow-artifacts:/1/run-1/artifacts"}},
                 "model": {"info": {"model_id": "m-1", "artifact_uri": "mlflow-artifacts:/1/models/m-1/artifacts"}},
                 "model_version": {"name": "m", "version": "1"}, "artifact_uri": "mlflow-artifacts:/1/models/m-1"}
                """);
    }

    private String answering(int status, String body) throws IOException {
        serve(HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0), status, body);
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    private void serve(HttpServer made, int status, String body) {
        server = made;
        server.createContext("/", exchange -> {
            String login = exchange.getRequestHeaders().getFirst("Authorization");
            seen.add(login == null ? "none" : login);
            exchange.getRequestBody().readAllBytes();
            boolean isHealth = exchange.getRequestURI().getPath().equals("/health") && status == 200;
            byte[] bytes = (isHealth ? "OK" : body).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
    }

    private String secure(boolean asksForACertificate) throws Exception {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store("server.p12"), STORE);
        KeyStore known = KeyStore.getInstance("PKCS12");
        known.load(null, null);
        known.setCertificateEntry("client", store("client.p12").getCertificate("client"));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(known);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        HttpsServer https = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        https.setHttpsConfigurator(new HttpsConfigurator(context) {
            @Override
            public void configure(HttpsParameters parameters) {
                var wanted = context.getDefaultSSLParameters();
                wanted.setNeedClientAuth(asksForACertificate);
                parameters.setSSLParameters(wanted);
            }
        });
        serve(https, 200, "{}");
        return "https://127.0.0.1:" + https.getAddress().getPort();
    }

    private static void registry(String address, Map<String, String> variables) {
        assertThat(new MlflowRegistry(MlflowAccess.of(address, variables), SHORT).resolve("m", "champion"))
                .isEmpty();
    }

    /** A folder, as MLflow's variable also takes one. */
    private static Path certificatesOnly() throws IOException {
        Path several = Files.createDirectories(folder.resolve("several"));
        Files.copy(
                folder.resolve("server.pem"),
                several.resolve("a.pem"),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        return several;
    }

    private static KeyStore store(String name) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(folder.resolve(name))) {
            store.load(in, STORE);
        }
        return store;
    }

    private static String pem(String kind, byte[] content) {
        return "-----BEGIN " + kind + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content) + "\n-----END " + kind
                + "-----\n";
    }

    private static void keytool(String arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
        command.addAll(List.of(arguments.split(" ")));
        command.addAll(List.of("-storetype", "PKCS12", "-storepass", "changeit", "-validity", "30"));
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("keytool.log").toFile())
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(() -> arguments).isZero();
    }

    private static void refused(ThrowingCallable call, String code, String message) {
        assertThatThrownBy(call).isInstanceOfSatisfying(PenstockException.class, e -> {
            assertThat(e.code()).isEqualTo(code);
            assertThat(e.exit()).isEqualTo(ExitCode.CONFIGURATION);
            assertThat(e.getMessage()).contains(message).doesNotContain("hunter2");
        });
    }
}
