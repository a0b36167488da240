package io.penstock.tests.airflow;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.tests.e2e.Child;
import io.penstock.tests.e2e.Waiting;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Airflow as it runs anywhere, in a home of its own: scheduler, DAG processor and API server as processes on loopback.
 * What it did is asked of its own database.
 */
final class AirflowServices implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofMinutes(15);

    /** SQLite lets one write at a time; by default the others wait 5 s, and then the API answers 500. */
    private static final Duration WRITERS_TURN = Duration.ofSeconds(50);

    private static final Path TABLES =
            Path.of(System.getProperty("penstock.home", ".."), "tests/src/test/resources/airflow/tables.py");

    /** The API server takes the offer of HTTP/2 beside a body for a broken request. */
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final String python;
    private final Path home;
    private final Map<String, String> environment;
    private final String url;
    private final List<Process> processes = new ArrayList<>();
    private String token;

    /** @param settings of the processes' environment, such as Airflow's variables */
    AirflowServices(String python, Path home, Path dags, Map<String, String> settings) throws IOException {
        this.python = python;
        this.home = Files.createDirectories(home);
        int port = freePort();
        this.url = "http://127.0.0.1:" + port;
        this.environment = new HashMap<>(settings);
        environment.put("AIRFLOW_HOME", home.toString());
        environment.put("AIRFLOW__CORE__DAGS_FOLDER", dags.toString());
        environment.put("AIRFLOW__CORE__LOAD_EXAMPLES", "False");
        environment.put("AIRFLOW__CORE__PARALLELISM", "2");
        environment.put("AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS", "True");
        environment.put("AIRFLOW__CORE__EXECUTION_API_SERVER_URL", url + "/execution/");
        environment.put(
                "AIRFLOW__API_AUTH__JWT_SECRET", "only-for-this-test-and-long-enough-for-a-signature-of-512-bits-x");
        environment.put("AIRFLOW__API__SECRET_KEY", "only-for-this-test");
        environment.put("AIRFLOW__API__WORKERS", "1");
        environment.put("AIRFLOW__API__EXPOSE_STACKTRACE", "True");
        environment.put(
                "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN",
                "sqlite:///" + database() + "?timeout=" + WRITERS_TURN.toSeconds());
        environment.put("AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES", "1");
        environment.put("PYTHONDONTWRITEBYTECODE", "1");
        try {
            Process migrated = start("migrate", "db", "migrate");
            assertThat(ended(migrated, "migrate")).as(log("migrate")).isZero();
            start("api-server", "api-server", "--host", "127.0.0.1", "--port", String.valueOf(port));
            start("scheduler", "scheduler", "--skip-serve-logs");
            start("dag-processor", "dag-processor");
            awaitHealth();
            token = JSON.readTree(send("GET", "/auth/token", null, 201))
                    .path("access_token")
                    .asText();
        } catch (IOException | AssertionError e) {
            close();
            throw e;
        }
    }

    private Path database() {
        return home.resolve("airflow.db");
    }

    String url() {
        return url;
    }

    void awaitDag(String dag) {
        poll("DAG " + dag + " is known", () -> get("/api/v2/dags/" + dag).statusCode() == 200);
    }

    void unpause(String dag) {
        send("PATCH", "/api/v2/dags/" + dag, Map.of("is_paused", false), 200);
    }

    void set(String variable, String value) {
        send("POST", "/api/v2/variables", Map.of("key", variable, "value", value), 201);
    }

    void unset(String variable) {
        send("DELETE", "/api/v2/variables/" + variable, null, 204);
    }

    /** Starts a run by hand, without a logical date and so without an interval. */
    void trigger(String dag, String run, Map<String, String> conf) {
        Map<String, Object> body = new HashMap<>(Map.of("dag_run_id", run, "conf", conf));
        body.put("logical_date", null);
        send("POST", "/api/v2/dags/" + dag + "/dagRuns", body, 200);
    }

    void clear(String dag, String run) {
        Map<String, Object> body = Map.of("dry_run", false, "only_failed", false);
        String path = java.net.URLEncoder.encode(run, StandardCharsets.UTF_8);
        send("POST", "/api/v2/dags/" + dag + "/dagRuns/" + path + "/clear", body, 200);
    }

    /** Airflow's own tables. */
    JsonNode tables() {
        try {
            Process process = new ProcessBuilder(
                            python, "-S", TABLES.toString(), database().toString())
                    .redirectError(home.resolve("tables.log").toFile())
                    .start();
            String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(ended(process, "tables")).as(log("tables")).isZero();
            return JSON.readTree(answer);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The tables once they say what is awaited. */
    JsonNode await(String what, Predicate<JsonNode> sign) {
        List<JsonNode> last = new ArrayList<>(List.of(JSON.createObjectNode()));
        poll(what, () -> {
            last.set(0, tables());
            return sign.test(last.get(0));
        });
        return last.get(0);
    }

    /** A process that Airflow's own processes started. */
    Stream<ProcessHandle> descendants() {
        return processes.stream().flatMap(Process::descendants);
    }

    /** What a poll asks; may not be there yet. */
    @FunctionalInterface
    interface Question {
        boolean holds() throws IOException;
    }

    void poll(String what, Question question) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < deadline) {
            try {
                if (question.holds()) {
                    return;
                }
            } catch (IOException e) {
                throw new AssertionError(what, e);
            }
            Waiting.untilTheNextLook();
            processes.stream()
                    .skip(1)
                    .forEach(process -> assertThat(process.isAlive())
                            .as("Airflow's processes live, see " + home)
                            .isTrue());
        }
        throw new AssertionError("Does not come: " + what + "\n" + tables().toPrettyString());
    }

    private void awaitHealth() {
        poll("Airflow is healthy", () -> {
            try {
                JsonNode health = JSON.readTree(get("/api/v2/monitor/health").body());
                return Stream.of("metadatabase", "scheduler", "dag_processor")
                        .allMatch(part ->
                                health.path(part).path("status").asText().equals("healthy"));
            } catch (IOException notYet) {
                return false;
            }
        });
    }

    private HttpResponse<String> get(String path) throws IOException {
        return exchange(HttpRequest.newBuilder(URI.create(url + path)).GET());
    }

    private String send(String method, String path, Object body, int expected) {
        try {
            HttpRequest.BodyPublisher publisher = body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body));
            HttpResponse<String> response = exchange(HttpRequest.newBuilder(URI.create(url + path))
                    .header("Content-Type", "application/json")
                    .method(method, publisher));
            assertThat(response.statusCode())
                    .as(() -> method + " " + path + ": " + response.body())
                    .isEqualTo(expected);
            return response.body();
        } catch (IOException e) {
            throw new AssertionError(method + " " + path, e);
        }
    }

    private HttpResponse<String> exchange(HttpRequest.Builder request) throws IOException {
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        try {
            return http.send(request.timeout(Duration.ofSeconds(60)).build(), HttpResponse.BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    private Process start(String name, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(python, "-m", "airflow"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(home.toFile())
                .redirectErrorStream(true)
                .redirectOutput(home.resolve(name + ".log").toFile());
        builder.environment().keySet().removeIf(key -> key.startsWith("AIRFLOW") || key.equals("JAVA_TOOL_OPTIONS"));
        builder.environment().put("JDK_JAVA_OPTIONS", Child.javaOptions());
        builder.environment().putAll(environment);
        Process process = builder.start();
        processes.add(process);
        return process;
    }

    private int ended(Process process, String name) throws IOException {
        try {
            assertThat(process.waitFor(3, TimeUnit.MINUTES)).as(log(name)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
        return process.exitValue();
    }

    private String log(String name) throws IOException {
        return Files.readString(home.resolve(name + ".log"));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Ends what was started, and what that started: drivers, too. */
    @Override
    public void close() {
        List<ProcessHandle> all = new ArrayList<>();
        processes.forEach(process -> {
            process.descendants().forEach(all::add);
            all.add(process.toHandle());
        });
        all.forEach(ProcessHandle::destroy);
        for (ProcessHandle one : all) {
            try {
                one.onExit().get(20, TimeUnit.SECONDS);
            } catch (java.util.concurrent.TimeoutException slow) {
                one.destroyForcibly();
            } catch (InterruptedException | java.util.concurrent.ExecutionException e) {
                throw new AssertionError(e);
            }
        }
    }
}
