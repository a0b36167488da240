package io.penstock.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.jobs.Penstock;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The command line, called in this process as {@code main} calls it, with what it prints caught. */
public final class CommandLine {
    private CommandLine() {}

    /** What a verb ended with and printed. */
    public record Said(List<String> arguments, int exit, String out, String err) {
        /** Fails unless the verb ended with 0. */
        public Said fine() {
            assertThat(exit).as(this::toString).isZero();
            return this;
        }

        /** The one JSON document on standard output, as {@code --json} promises. */
        public JsonNode json() {
            try {
                return new ObjectMapper().readTree(out);
            } catch (IOException e) {
                throw new AssertionError("No single JSON document: " + this, e);
            }
        }

        /** Fails unless it ended as a failure for people should: exit, code, remedy, no stack trace. */
        public Said failed(int expected, String code) {
            assertThat(exit).as(this::toString).isEqualTo(expected);
            assertThat(err).contains(code).contains("what to do: ");
            return tidy();
        }

        /** Fails if a stack trace or a line of a logger was printed. */
        public Said tidy() {
            assertThat(out + err)
                    .as(this::toString)
                    .doesNotContainPattern("(?m)^\\s+at [\\w.$]+\\(")
                    .doesNotContain("Exception in thread")
                    .doesNotContain("Caused by:");
            return this;
        }

        @Override
        public String toString() {
            return "penstock " + String.join(" ", arguments) + " → " + exit + "\n" + out + err;
        }
    }

    public static Said penstock(String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream standardOut = System.out;
        PrintStream standardErr = System.err;
        int exit;
        try (LoggedErrors logged = new LoggedErrors(err)) {
            System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
            System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
            exit = Penstock.run(arguments);
        } finally {
            System.setOut(standardOut);
            System.setErr(standardErr);
        }
        return new Said(
                List.of(arguments), exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /** The address of the MLflow server that {@code mlflow start} left in a work folder. */
    public static String mlflow(Path work) {
        try {
            return "http://127.0.0.1:"
                    + new ObjectMapper()
                            .readTree(work.resolve("mlflow/server.json").toFile())
                            .path("port")
                            .asText();
        } catch (IOException e) {
            throw new AssertionError("No MLflow server below " + work, e);
        }
    }

    /** A variable that {@code bin/test} sets; without it the test fails, it is never skipped. */
    public static Path fromEnvironment(String name) {
        String value = System.getenv(name);
        assertThat(value)
                .as("%s is not set. Run the tests by bin/test, or name the file that bin/setup laid out", name)
                .isNotBlank();
        assertThat(Path.of(value)).as(name).exists();
        return Path.of(value);
    }

    /** Every file below the Delta logs of a warehouse, control tables included, with its hash. */
    public static Map<String, String> deltaLogs(Path warehouse) {
        Map<String, String> files = new TreeMap<>();
        if (!Files.isDirectory(warehouse)) {
            return files;
        }
        try (Stream<Path> all = Files.walk(warehouse)) {
            for (Path file : all.filter(Files::isRegularFile)
                    .filter(path -> path.toString().contains("_delta_log"))
                    .toList()) {
                files.put(
                        warehouse.relativize(file).toString(),
                        io.penstock.core.Hashes.sha256(Files.readAllBytes(file)));
            }
        } catch (IOException e) {
            throw new AssertionError("Cannot list " + warehouse, e);
        }
        return files;
    }
}
