package io.penstock.tests.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.core.Json;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * A script of {@code resources/bench} in a process of its own. It tells what its work took, its start and its imports left
 * out.
 */
final class Python {
    private static final Path HOME = Path.of(System.getProperty("penstock.home", ".."));

    private Python() {}

    /** @param variable names the Python that has what the script needs; set by {@code tests/bench} and {@code bin/test} */
    static Cost run(String variable, String script, Path folder, Map<String, Object> request) throws Exception {
        String python = System.getenv(variable);
        assertThat(python)
                .as("%s is not set. Run benchmarks by tests/bench and tests by bin/test", variable)
                .isNotBlank();
        Path asked = folder.resolve(script + ".json");
        Files.writeString(asked, Json.canonical(request));
        Process process = new ProcessBuilder(
                        python,
                        HOME.resolve("tests/src/test/resources/bench")
                                .resolve(script)
                                .toString(),
                        asked.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(script).isZero();
        JsonNode took = new ObjectMapper().readTree(said);
        return new Cost(took.path("cpu").asDouble(), took.path("wall").asDouble());
    }
}
