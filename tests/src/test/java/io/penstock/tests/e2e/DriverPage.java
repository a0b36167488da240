package io.penstock.tests.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;

/** What a driver tells of itself while it runs, over the interface of Spark's own pages. */
final class DriverPage {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient HTTP =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();

    private final String root;

    DriverPage(String address, int port) {
        this.root = "http://" + address + ":" + port + "/api/v1/applications";
    }

    /** The id of an executor that has a task, as the driver sees it. */
    Optional<String> busyExecutor() {
        for (JsonNode executor : application("executors")) {
            if (executor.path("activeTasks").asInt() > 0
                    && executor.path("isActive").asBoolean()) {
                return Optional.of(executor.path("id").asText());
            }
        }
        return Optional.empty();
    }

    /** Whether a stage is active that the driver shows under such a name. */
    boolean isAt(String stage) {
        for (JsonNode active : application("stages?status=active")) {
            if ((active.path("name").asText() + active.path("details").asText()).contains(stage)
                    && active.path("numActiveTasks").asInt() > 0) {
                return true;
            }
        }
        return false;
    }

    private JsonNode application(String path) {
        return get(root)
                .map(list -> list.path(0).path("id").asText())
                .flatMap(id -> get(root + "/" + id + "/" + path))
                .orElse(JSON.createArrayNode());
    }

    private static Optional<JsonNode> get(String url) {
        try {
            HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                    .timeout(Duration.ofSeconds(5))
                    .build();
            HttpResponse<String> response = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
            return response.statusCode() == 200 ? Optional.of(JSON.readTree(response.body())) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty(); // not up yet, or gone
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
