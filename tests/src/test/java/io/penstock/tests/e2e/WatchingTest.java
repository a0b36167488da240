package io.penstock.tests.e2e;

import static io.penstock.tests.e2e.CommandLine.penstock;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What people and machines can see of runs: logs, Spark's pages, the state of a pipeline, what differs between two runs. */
class WatchingTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String DAY = Parcels.FIRST.plusDays(1).toString();

    @TempDir
    private static Path folder;

    private static Path conf;
    private static Path work;
    private static List<String> said;

    /** Two units in a process of its own: the logging of this one stays as it is. */
    @BeforeAll
    static void aRunThatKeepsAllThereIsToSee() throws IOException {
        conf = Parcels.configuration(folder.resolve("conf"));
        work = folder.resolve("work");
        Parcels.land(work.resolve("landing"), Parcels.FIRST.plusDays(1));
        List<String> arguments = new ArrayList<>(List.of(
                "run", "parcels", "--from", Parcels.FIRST.toString(), "--to", DAY, "--stage", "ingest,features"));
        arguments.addAll(List.of("--log", "json", "--event-log", "--work", work.toString()));
        arguments.addAll(List.of("--conf-dir", conf.toString()));
        try (Child run = Child.start("", arguments)) {
            assertThat(run.ends()).as(run::said).isZero();
            said = run.said().lines().toList();
        }
    }

    @Test
    void everyLineOfTheJsonLogIsOneObjectThatSaysWhatItIsOf() throws IOException {
        List<JsonNode> done = new ArrayList<>();
        for (String line : said) {
            JsonNode event = JSON.readTree(line);
            assertThat(event.path("time").asText()).as(line).isNotEmpty();
            assertThat(event.path("level").asText()).as(line).isIn("info", "warn", "error");
            if (event.path("event").asText().equals("done") && event.has("stage")) {
                done.add(event);
            }
        }
        assertThat(done).extracting(event -> event.path("stage").asText()).containsExactly("ingest", "features");
        assertThat(done).allSatisfy(event -> {
            assertThat(event.path("unit").asText()).isEqualTo(Parcels.FIRST + " … " + DAY);
            assertThat(event.path("pipeline").asText()).isEqualTo("parcels");
            assertThat(event.path("run").asText()).startsWith("r");
            assertThat(event.path("seconds").asDouble()).isPositive();
        });
    }

    @Test
    void aVerbThatFailsLeavesOneJsonLineWithItsCode() throws IOException {
        try (Child run = Child.start(
                "", List.of("plan", "parcels", "--unit", "yesterday", "--log=json", "--conf-dir", conf.toString()))) {
            assertThat(run.ends()).isEqualTo(20);
            List<String> lines = run.said().lines().toList();
            assertThat(lines).hasSize(1);
            JsonNode failure = JSON.readTree(lines.get(0));
            assertThat(failure.path("code").asText()).isEqualTo("PEN-CFG-028");
            assertThat(failure.path("exit").asInt()).isEqualTo(20);
            assertThat(failure.path("remedy").asText()).isNotEmpty();
        }
    }

    @Test
    void sparksPagesOfAPastRunReadLikeThePipeline() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        List<String> verb = List.of("spark-history", "--port", String.valueOf(port), "--work", work.toString());
        try (Child server = Child.start("", verb)) {
            String applications = "http://127.0.0.1:" + port + "/api/v1/applications";
            JsonNode runs = until(applications, server);
            assertThat(runs).hasSize(1);
            assertThat(runs.path(0).path("name").asText()).isEqualTo("penstock parcels");
            String id = runs.path(0).path("id").asText();
            List<String> jobs = new ArrayList<>();
            until(applications + "/" + id + "/jobs", server)
                    .forEach(job -> jobs.add(job.path("description").asText()));
            String range = Parcels.FIRST + " … " + DAY;
            assertThat(jobs)
                    .contains(
                            "ingest " + range + ": bronze/parcels",
                            "ingest " + range + ": bronze/arrivals",
                            "features " + range + ": features/depot_delays_v1");
        }
    }

    @Test
    void diffTellsADefinitionThatChangedAndWhatCameOfIt() throws IOException {
        Path mine = Folders.copy(work, folder.resolve("diff"));
        Path changed = Parcels.configuration(folder.resolve("changed"));
        Path file = changed.resolve("parcels.conf");
        Files.writeString(file, Files.readString(file).replace("between = [0, 1000]", "between = [0, 20]"));
        String before = runIdOfTheUnit(mine);
        penstock(
                        "run",
                        "parcels",
                        "--unit",
                        DAY,
                        "--stage",
                        "ingest",
                        "--set",
                        "sources.parcels.max-reject-rate=0.9",
                        "--work",
                        mine.toString(),
                        "--conf-dir",
                        changed.toString())
                .fine();
        String after = runIdOfTheUnit(mine);

        JsonNode diff = penstock(
                        "diff",
                        "parcels",
                        before,
                        after,
                        "--json",
                        "--work",
                        mine.toString(),
                        "--conf-dir",
                        conf.toString())
                .fine()
                .json();

        JsonNode pair = diff.path("stages").path(0);
        assertThat(pair.path("name").asText()).isEqualTo("ingest");
        assertThat(texts(pair.path("differences"), "RECIPE"))
                .anySatisfy(line -> assertThat(line).contains("between").endsWith("1000.0 → 20.0"));
        assertThat(texts(pair.path("differences"), "COUNT"))
                .anySatisfy(line -> assertThat(line).startsWith("bronze/parcels 60 → "));
        // The file is the same: nothing is said of it
        assertThat(texts(pair.path("differences"), "INPUT")).isEmpty();
    }

    @Test
    void diffOfTwoUnitsIsReadable() {
        String text = penstock(
                        "diff",
                        "parcels",
                        Parcels.FIRST.toString(),
                        DAY,
                        "--work",
                        work.toString(),
                        "--conf-dir",
                        conf.toString())
                .fine()
                .out();
        assertThat(text)
                .contains("ingest " + Parcels.FIRST + " → " + DAY)
                .contains("nothing → sha256")
                .containsPattern("(?m)^  fact +files taken +\\d+ → \\d+; differ: \\S+/landed=")
                .doesNotContain("{", "file.", "seconds     seconds");
    }

    @Test
    void diffOfARunThatIsNotThereSaysWhatToName() {
        penstock("diff", "parcels", "r0", DAY, "--work", work.toString(), "--conf-dir", conf.toString())
                .failed(20, "PEN-RUN-055");
    }

    @Test
    void statusSaysWhenEachStageRanLast() {
        JsonNode status = penstock(
                        "status", "parcels", "--json", "--work", work.toString(), "--conf-dir", conf.toString())
                .fine()
                .json();
        assertThat(status.path("stages")).hasSize(2).allSatisfy(stage -> {
            assertThat(stage.path("finished").asText()).isNotEmpty();
            assertThat(stage.path("seconds").asDouble()).isPositive();
        });
    }

    private static String runIdOfTheUnit(Path work) throws IOException {
        JsonNode trail = penstock(
                        "sql",
                        "SELECT run_id FROM parcels.ops_manifests WHERE unit = '" + DAY
                                + "' AND stage = 'ingest' ORDER BY finished DESC LIMIT 1",
                        "--json",
                        "--work",
                        work.toString(),
                        "--conf-dir",
                        conf.toString())
                .fine()
                .json();
        return trail.path("rows").path(0).path(0).asText();
    }

    private static List<String> texts(JsonNode differences, String kind) {
        List<String> texts = new ArrayList<>();
        differences.forEach(one -> {
            if (one.path("kind").asText().equals(kind)) {
                texts.add(one.path("what").asText() + " " + one.path("before").asText() + " → "
                        + one.path("after").asText());
            }
        });
        return texts;
    }

    /** What the address answers once it is a list of something. */
    private static JsonNode until(String address, Child server) throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        HttpRequest request = HttpRequest.newBuilder(URI.create(address)).build();
        for (int i = 0; i < 600; i++) {
            try {
                HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
                if (answer.statusCode() == 200) {
                    JsonNode list = JSON.readTree(answer.body());
                    if (!list.isEmpty()) {
                        return list;
                    }
                }
            } catch (IOException notYet) {
                // it is starting
            }
            server.goesOn();
        }
        throw new AssertionError("No answer at " + address + "\n" + server.said());
    }
}
