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
 * Plain HTTP to an MLflow server, for what its Java client has no call for. A call ends within its deadline, body included;
 * calls that may be repeated safely are repeated when the server is briefly away.
 */
final class MlflowHttp {
    static final Duration CONNECT = Duration.ofSeconds(2);
    static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final String API = "/api/2.0/mlflow/";
    private static final String ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts/";
    private static final int ATTEMPTS = 4;
    private static final long FIRST_PAUSE_MILLIS = 200;

    private final String base;
    private final Duration deadline;
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .build();

    MlflowHttp(String base, Duration deadline) {
        this.base = base.replaceAll("/+$", "");
        this.deadline = deadline;
    }

    String base() {
        return base;
    }

    /** Body of a text end point at the root, or empty when it does not answer 200 at once. */
    Optional<String> text(String path) {
        try {
            HttpResponse<byte[]> answer = send(request(base + path).GET().build(), CONNECT);
            return answer.statusCode() == 200
                    ? Optional.of(new String(answer.body(), StandardCharsets.UTF_8))
                    : Optional.empty();
        } catch (IOException | TimeoutException e) {
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
        return answer.statusCode() == 404 ? Optional.empty() : Optional.of(json(answer, call));
    }

    /** For calls that do no harm when they arrive twice. */
    Map<String, Object> repeatablePost(String call, Map<String, ?> body) {
        return json(repeated(post(call, body)), call);
    }

    Map<String, Object> post(String call, Map<String, ?> body, boolean existingIsFine) {
        HttpResponse<byte[]> answer = once(post(call, body));
        return existingIsFine && answer.statusCode() == 400 && "RESOURCE_ALREADY_EXISTS".equals(errorCode(answer))
                ? Map.of()
                : json(answer, call);
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
        return answer.statusCode() == 404
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
        try {
            return HttpRequest.newBuilder(URI.create(uri));
        } catch (IllegalArgumentException e) {
            throw PenstockException.configuration(
                    "PEN-CFG-007", "Invalid MLflow address: " + base, "penstock.mlflow", "Give http://host:port");
        }
    }

    private HttpResponse<byte[]> once(HttpRequest request) {
        try {
            return send(request, deadline);
        } catch (IOException | TimeoutException e) {
            throw down(e);
        }
    }

    /** A server that hangs is not asked again: the caller would wait four deadlines for nothing. */
    private HttpResponse<byte[]> repeated(HttpRequest request) {
        long pause = FIRST_PAUSE_MILLIS;
        for (int attempt = 1; ; attempt++) {
            try {
                HttpResponse<byte[]> answer = send(request, deadline);
                boolean passing = answer.statusCode() == 429 || answer.statusCode() >= 500;
                if (!passing || attempt == ATTEMPTS) {
                    return answer;
                }
            } catch (TimeoutException e) {
                throw down(e);
            } catch (IOException e) {
                if (attempt == ATTEMPTS) {
                    throw down(e);
                }
            }
            pause(pause);
            pause *= 2;
        }
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
        int status = answer.statusCode();
        if (status == 403 || status == 401) {
            throw MlflowErrors.forbidden(base, status);
        }
        if (status / 100 != 2) {
            String code = errorCode(answer);
            throw wrong("answered " + what + " with " + status + (code.isEmpty() ? "" : " " + code), null);
        }
        return answer;
    }

    private static String errorCode(HttpResponse<byte[]> answer) {
        try {
            return String.valueOf(Json.readMap(new String(answer.body(), StandardCharsets.UTF_8))
                    .getOrDefault("error_code", ""));
        } catch (IllegalArgumentException e) {
            return "";
        }
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
