package io.penstock.training.mlflow;

import io.penstock.core.Json;
import io.penstock.core.PenstockException;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/**
 * HTTP to an MLflow server: every call goes through here, with the login and the TLS settings of {@link MlflowAccess}. A call
 * ends within its deadline, body included; calls that may be repeated safely are repeated when the server is briefly away,
 * all of them when it is too busy to take them.
 */
final class MlflowHttp {
    static final Duration CONNECT = Duration.ofSeconds(2);
    static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final String API = "/api/2.0/mlflow/";
    private static final String ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts/";
    private static final int ATTEMPTS = 4;
    private static final long FIRST_PAUSE_MILLIS = 200;

    private static final int BUSY = 429;

    private final MlflowAccess access;
    private final String base;
    private final Duration deadline;
    private final HttpClient client;

    MlflowHttp(MlflowAccess access, Duration deadline) {
        this.access = access;
        this.base = access.base();
        this.deadline = deadline;
        HttpClient.Builder builder =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT);
        access.tls().ifPresent(builder::sslContext);
        this.client = builder.build();
    }

    String base() {
        return base;
    }

    /**
     * Body of a text end point at the root, or empty when it does not answer 200 at once.
     *
     * @throws PenstockException when the server is there and lets this client not in
     */
    Optional<String> text(String path) {
        try {
            HttpResponse<byte[]> answer = send(request(base + path).GET().build(), CONNECT);
            if (answer.statusCode() == 401 || answer.statusCode() == 403) {
                throw refused(answer, path);
            }
            return answer.statusCode() == 200
                    ? Optional.of(new String(answer.body(), StandardCharsets.UTF_8))
                    : Optional.empty();
        } catch (IOException | TimeoutException e) {
            if (Tls.isRefusal(e)) {
                throw down(e);
            }
            return Optional.empty();
        }
    }

    /** Empty when the server says that the thing does not exist. */
    Optional<Map<String, Object>> get(String call, Map<String, String> query) {
        String parameters = query.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + URLEncoder.encode(entry.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
        HttpResponse<byte[]> answer =
                repeated(request(base + API + call + "?" + parameters).GET().build());
        return isMissing(answer) ? Optional.empty() : Optional.of(json(answer, call));
    }

    /** Any other 404 is of a server that does not know the call. */
    private static boolean isMissing(HttpResponse<byte[]> answer) {
        return answer.statusCode() == 404 && ServerWords.of(answer.body()).saysThatItDoesNotExist();
    }

    /** For calls that do no harm when they arrive twice. */
    Map<String, Object> repeatablePost(String call, Map<String, ?> body) {
        return json(repeated(post(call, body)), call);
    }

    Map<String, Object> post(String call, Map<String, ?> body, boolean existingIsFine) {
        HttpResponse<byte[]> answer = once(post(call, body));
        boolean exists = existingIsFine
                && answer.statusCode() == 400
                && ServerWords.of(answer.body()).saysThatItExists();
        return exists ? Map.of() : json(answer, call);
    }

    Map<String, Object> patch(String call, Map<String, ?> body) {
        HttpRequest request = request(base + API + call)
                .header("Content-Type", "application/json")
                .method("PATCH", HttpRequest.BodyPublishers.ofString(Json.canonical(body)))
                .build();
        return json(repeated(request), call);
    }

    void putArtifact(String path, byte[] content) {
        HttpRequest request = request(base + ARTIFACTS + encoded(path))
                .header("Content-Type", "application/octet-stream")
                .PUT(HttpRequest.BodyPublishers.ofByteArray(content))
                .build();
        accepted(repeated(request), "artifact " + path);
    }

    /** Empty when there is no such artifact. */
    Optional<byte[]> artifact(String path) {
        HttpResponse<byte[]> answer =
                repeated(request(base + ARTIFACTS + encoded(path)).GET().build());
        return isMissing(answer)
                ? Optional.empty()
                : Optional.of(accepted(answer, "artifact " + path).body());
    }

    private HttpRequest post(String call, Map<String, ?> body) {
        return request(base + API + call)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(Json.canonical(body)))
                .build();
    }

    private HttpRequest.Builder request(String uri) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(uri));
        access.authorization().ifPresent(login -> request.setHeader("Authorization", login));
        return request;
    }

    /** For calls that do harm when they arrive twice: a server that is too busy has not taken them. */
    private HttpResponse<byte[]> once(HttpRequest request) {
        long pause = FIRST_PAUSE_MILLIS;
        for (int attempt = 1; ; attempt++) {
            try {
                HttpResponse<byte[]> answer = send(request, deadline);
                if (answer.statusCode() != BUSY || attempt == ATTEMPTS) {
                    return answer;
                }
            } catch (IOException | TimeoutException e) {
                throw down(e);
            }
            pause(pause);
            pause *= 2;
        }
    }

    /** A server that hangs is not asked again: the caller would wait four deadlines for nothing. */
    private HttpResponse<byte[]> repeated(HttpRequest request) {
        long pause = FIRST_PAUSE_MILLIS;
        for (int attempt = 1; ; attempt++) {
            try {
                HttpResponse<byte[]> answer = send(request, deadline);
                if (!mayPass(answer) || attempt == ATTEMPTS) {
                    return answer;
                }
            } catch (TimeoutException e) {
                throw down(e);
            } catch (IOException e) {
                if (attempt == ATTEMPTS || Tls.isRefusal(e)) {
                    throw down(e);
                }
            }
            pause(pause);
            pause *= 2;
        }
    }

    /** A 404 that is not JSON is not MLflow's: a proxy that restarts, or a damaged answer, may have sent it. */
    private static boolean mayPass(HttpResponse<byte[]> answer) {
        int status = answer.statusCode();
        return status == BUSY || status >= 500 || status == 404 && !ServerWords.mayBeMlflows(answer.body());
    }

    /** The request's own timeout ends with the headers; waiting on the future bounds the body as well. */
    private HttpResponse<byte[]> send(HttpRequest request, Duration limit) throws IOException, TimeoutException {
        var future = client.sendAsync(request, HttpResponse.BodyHandlers.ofByteArray());
        try {
            return future.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            future.cancel(true);
            throw new TimeoutException("no answer within " + limit.toSeconds() + " s");
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Map<String, Object> json(HttpResponse<byte[]> answer, String what) {
        String body = new String(accepted(answer, what).body(), StandardCharsets.UTF_8);
        try {
            return body.isBlank() ? Map.of() : Json.readMap(body);
        } catch (IllegalArgumentException e) {
            throw wrong("answered " + what + " with something that is not JSON", e);
        }
    }

    private HttpResponse<byte[]> accepted(HttpResponse<byte[]> answer, String what) {
        if (answer.statusCode() / 100 != 2) {
            throw refused(answer, what);
        }
        return answer;
    }

    private PenstockException refused(HttpResponse<byte[]> answer, String what) {
        ServerWords words = answer.headers()
                .firstValue("Location")
                .map(elsewhere -> new ServerWords("", "go to " + elsewhere))
                .orElseGet(() -> ServerWords.of(answer.body()));
        return MlflowErrors.answered(access, what, answer.statusCode(), words);
    }

    private PenstockException down(Exception cause) {
        return MlflowErrors.down(base, cause);
    }

    private PenstockException wrong(String what, Exception cause) {
        return MlflowErrors.wrong(base, what, cause);
    }

    /** Encodes each step of a path, keeping the slashes. */
    private static String encoded(String path) {
        return URLEncoder.encode(path, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("%2F", "/");
    }
}
