package io.penstock.tests.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The wrong versions of {@code tests/promises} and {@code tests/mutants} fit the code as it is: the file, the expression that
 * is changed and the test that has to fail exist. The scripts themselves take half an hour, so a renamed class would break
 * them without anyone noticing.
 */
class MutantsTest {
    private static final Path HOME = Path.of(System.getProperty("penstock.home", ".."));
    private static final Pattern LINES = Pattern.compile("<<'LINES'\n(.*?)\nLINES", Pattern.DOTALL);

    @ParameterizedTest
    @MethodSource("promises")
    void eachPromiseCanBeTakenAway(String line) {
        List<String> parts = parts(line);
        String file = parts.get(1);
        String module = file.substring(0, file.indexOf('/'));
        String[] test = parts.get(4).substring(parts.get(4).indexOf(' ') + 1).split("#");

        assertThat(source(module, file)).contains(parts.get(2));
        assertThat(parts.get(3)).isNotEqualTo(parts.get(2));
        assertThat(testClass(parts.get(4).substring(0, parts.get(4).indexOf(' ')), test[0]))
                .contains("void " + test[1] + "(");
        assertThat(read(HOME.resolve("docs/guarantees.md")))
                .contains("| " + parts.get(0) + " | `" + file.replace('/', '.') + "` | `" + test[0] + "." + test[1]
                        + "` |");
    }

    @ParameterizedTest
    @MethodSource("mutants")
    void eachMutantFitsTheCode(String line) {
        List<String> parts = parts(line);

        assertThat(source("features", "features/" + parts.get(1)))
                .contains(parts.get(2).replace("\\n", "\n"));
        assertThat(parts.get(3)).isNotEqualTo(parts.get(2));
    }

    private static List<String> promises() {
        return lines("tests/promises");
    }

    private static List<String> mutants() {
        return lines("tests/mutants");
    }

    private static List<String> lines(String script) {
        Matcher found = LINES.matcher(read(HOME.resolve(script)));
        assertThat(found.find()).isTrue();
        return found.group(1).lines().toList();
    }

    private static List<String> parts(String line) {
        return Pattern.compile("(?<!\\\\)\\|")
                .splitAsStream(line)
                .map(part -> part.replace("\\|", "|"))
                .toList();
    }

    private static String source(String module, String file) {
        return read(HOME.resolve(module).resolve("src/main/java/io/penstock").resolve(file + ".java"));
    }

    private static String testClass(String module, String name) {
        try (var files = Files.walk(HOME.resolve(module).resolve("src/test/java"))) {
            return files.filter(file -> file.endsWith(name + ".java"))
                    .map(MutantsTest::read)
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no test " + name + " in " + module));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
