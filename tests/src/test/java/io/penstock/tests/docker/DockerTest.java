package io.penstock.tests.docker;

import static io.penstock.tests.e2e.CommandLine.fromEnvironment;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** As much of the images and the Compose files as can be held without a Docker engine. */
class DockerTest {
    private static final Path HOME =
            Path.of(System.getProperty("penstock.home", "..")).toAbsolutePath().normalize();
    private static final Pattern STAGE = Pattern.compile("(?m)^FROM (\\S+) AS (\\S+)$");
    private static final Pattern COPY = Pattern.compile("(?m)^COPY (?:--from=(\\S+) )?(.+) \\S+$");
    private static final int PATIENCE_S = 120;

    @TempDir
    private Path folder;

    private static String dockerfile;
    private static String pom;
    private static final Map<String, JsonNode> services = new LinkedHashMap<>();

    @BeforeAll
    static void read() throws Exception {
        dockerfile = Files.readString(HOME.resolve("docker/Dockerfile")).replaceAll("\\\\\n\\s*", "");
        pom = Files.readString(HOME.resolve("pom.xml"));
        Process python = new ProcessBuilder(
                        fromEnvironment("PENSTOCK_PYTHON").toString(),
                        HOME.resolve("tests/src/test/resources/docker/compose.py")
                                .toString(),
                        HOME.resolve("docker/compose.yaml").toString(),
                        HOME.resolve("docker/compose.s3.yaml").toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        JsonNode files = new ObjectMapper().readTree(python.getInputStream().readAllBytes());
        assertThat(python.waitFor()).isZero();
        files.properties()
                .forEach(file -> file.getValue()
                        .path("services")
                        .properties()
                        .forEach(service ->
                                services.put(service.getKey() + " of " + file.getKey(), service.getValue())));
        assertThat(services).hasSizeGreaterThan(8);
    }

    @Test
    void everythingThatIsCopiedIsThere() {
        List<MatchResult> copies = COPY.matcher(dockerfile).results().toList();
        assertThat(copies).hasSizeGreaterThan(8);
        for (MatchResult copy : copies) {
            for (String source : copy.group(2).split(" ")) {
                if (copy.group(1) == null) {
                    assertThat(HOME.resolve(source)).exists();
                } else if (source.startsWith("/src/jobs/")) { // what bin/setup has built here by the same command
                    assertThat(HOME.resolve(source.substring("/src/".length()))).exists();
                } else {
                    assertThat(HOME.resolve("conf/maven/" + source.substring("/src/".length()) + ".xml"))
                            .as(source)
                            .exists();
                }
            }
        }
    }

    @Test
    void versionsAreThoseOfTheBuild() {
        assertThat(dockerfile).contains("pyspark==" + property("spark.version"));
        List<String> deltas = all("delta-(?:spark_2\\.12|storage)-([0-9.]+)\\.jar", dockerfile);
        assertThat(deltas).hasSize(2).containsOnly(property("delta.version"));
        assertThat(all("penstock-([0-9.]+)\\.jar", dockerfile)).isNotEmpty().containsOnly(version());
        services.values().forEach(service -> {
            String image = service.path("image").asText();
            if (image.startsWith("penstock-")) {
                assertThat(image).endsWith(":" + version());
            }
        });
    }

    @Test
    void everyServiceHasItsStageItsNeighboursAndItsVolumes() {
        Set<String> stages =
                STAGE.matcher(dockerfile).results().map(stage -> stage.group(2)).collect(Collectors.toSet());
        Set<String> names = services.keySet().stream()
                .map(name -> name.replaceFirst(" of .*", ""))
                .collect(Collectors.toSet());
        services.forEach((name, service) -> {
            JsonNode target = service.path("build").path("target");
            if (!target.isMissingNode()) {
                assertThat(stages).as(name).contains(target.asText());
                assertThat(service.path("image").asText()).isEqualTo("penstock-" + target.asText() + ":" + version());
            }
            service.path("depends_on")
                    .fieldNames()
                    .forEachRemaining(one -> assertThat(names).as(name).contains(one));
        });
    }

    @Test
    void everyPortIsOnLoopback() {
        List<String> ports = new ArrayList<>();
        services.values().forEach(service -> service.path("ports").forEach(port -> ports.add(port.asText())));
        assertThat(ports).hasSizeGreaterThan(4).allMatch(port -> port.startsWith("127.0.0.1:"));
    }

    @Test
    void everyVariableIsOneThatIsRead() throws IOException {
        String readers = Files.readString(HOME.resolve("bin/penstock"));
        try (Stream<Path> files = Files.walk(HOME.resolve("conf"))) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".conf")).toList()) {
                readers += Files.readString(file);
            }
        }
        String dag = Files.readString(HOME.resolve("airflow/dags/flight_delay.py"));
        int seen = 0;
        for (JsonNode service : services.values()) {
            for (Map.Entry<String, JsonNode> variable :
                    service.path("environment").properties()) {
                String name = variable.getKey();
                if (name.startsWith("AIRFLOW_VAR_")) {
                    assertThat(dag)
                            .contains("'"
                                    + name.substring("AIRFLOW_VAR_".length()).toLowerCase(Locale.ROOT) + "'");
                    seen++;
                } else if (name.startsWith("PENSTOCK_")) {
                    assertThat(readers).contains(name);
                    seen++;
                }
            }
        }
        assertThat(seen).isGreaterThan(12);
    }

    @Test
    void masterAndWorkersStartByTheCommandsThatStandThere() throws Exception {
        Map<String, Process> started = new TreeMap<>();
        try {
            String master = command("spark-master")
                    .replace(
                            "--host spark-master --port 7077 --webui-port 8080",
                            "--host 127.0.0.1 --port 0 --webui-port 0");
            started.put("master", start("master", master));
            String address = await("master", Pattern.compile("Starting Spark master at (spark://\\S+)"), started)
                    .group(1);
            String worker = command("spark-worker")
                    .replace("-d /tmp/worker", "-d " + folder.resolve("work"))
                    .replace("spark://spark-master:7077", address);
            assertThat(worker).contains("--cores 2").endsWith(address);
            started.put("worker", start("worker", worker + " --host 127.0.0.1 --webui-port 0"));
            await("worker", Pattern.compile("Successfully registered with master"), started);
        } finally {
            started.values().forEach(Process::destroy);
        }
    }

    private static String command(String service) {
        return services.get(service + " of compose.yaml").path("command").asText();
    }

    private Process start(String name, String command) throws IOException {
        List<String> words = new ArrayList<>(List.of(command.split(" ")));
        Path sparkHome = fromEnvironment("PENSTOCK_SPARK_HOME");
        words.set(0, sparkHome.resolve("bin").resolve(words.get(0)).toString()); // first on PATH in the image
        ProcessBuilder builder = new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve(name + ".log").toFile());
        builder.environment()
                .putAll(Map.of(
                        "SPARK_HOME",
                        sparkHome.toString(),
                        "JAVA_HOME",
                        System.getProperty("java.home"),
                        "SPARK_LOCAL_IP",
                        "127.0.0.1",
                        "SPARK_DAEMON_MEMORY",
                        "256m"));
        return builder.start();
    }

    private Matcher await(String name, Pattern sign, Map<String, Process> started) throws Exception {
        Path log = folder.resolve(name + ".log");
        for (int i = 0; i < PATIENCE_S * 10; i++) {
            Matcher matcher = sign.matcher(Files.readString(log, StandardCharsets.UTF_8));
            if (matcher.find()) {
                return matcher;
            }
            assertThat(started.get(name).waitFor(100, TimeUnit.MILLISECONDS))
                    .as(() -> name + " ended, see " + log)
                    .isFalse();
        }
        throw new AssertionError(name + " does not come up: " + Files.readString(log));
    }

    private static String property(String name) {
        return all("<" + Pattern.quote(name) + ">([^<]+)<", pom).get(0);
    }

    private static String version() {
        return all("<artifactId>penstock</artifactId>\\s*<version>([^<]+)<", pom)
                .get(0);
    }

    private static List<String> all(String pattern, String text) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map(found -> found.group(1))
                .toList();
    }
}
