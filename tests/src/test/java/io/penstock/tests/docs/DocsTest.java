package io.penstock.tests.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.ErrorCode;
import io.penstock.core.ExitCode;
import io.penstock.core.config.ConfigLoader;
import io.penstock.core.config.ConfigProblem;
import io.penstock.core.config.ConfigSchema;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pages and code say the same: error codes and their exits, configuration keys, tests, links, the README's pipeline. */
class DocsTest {
    private static final boolean WRITES = "write".equals(System.getProperty("penstock.docs"));
    private static final Path HOME = Path.of(System.getProperty("penstock.home", ".."));
    private static final Pattern CODE = Pattern.compile("PEN-[A-Z]+-\\d{3}");

    /** Row codes are put together of their number. */
    private static final Pattern ROW_NUMBER = Pattern.compile("\"(\\d{3})\"");

    private static final Pattern CONSTANT = Pattern.compile("ErrorCode\\.([A-Z][A-Z_0-9]+)\\b");
    private static final Pattern ERROR_ROW = Pattern.compile("(?m)^\\| `(PEN-[A-Z]+-\\d{3})` \\|");
    private static final Pattern SHELL_EXIT = Pattern.compile("fail (PEN-[A-Z]+-\\d{3}) (\\d+) ");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
    private static final Pattern KEY_CALL = Pattern.compile(
            "\\.(?:\\w*[tT]ext|texts|textMap|choice|flag|number|optionalWhole|whole|durations?|dates?|time"
                    + "|zone|list|requiredSection|sections?)\\(\\s*\"([a-z][a-z-]*)\"");

    @TempDir
    private Path folder;

    @Test
    void theErrorsPageIsWhatTheTableOfCodesGives() {
        String filled = ErrorTables.filled(read(HOME.resolve("docs/errors.md")));

        assertIsGenerated("docs/errors.md", filled);
        assertThat(documented()).isEqualTo(known());
    }

    @Test
    void thePageOfKeysIsWhatTheTableOfKeysGives() {
        assertIsGenerated("docs/configuration.md", KeyTables.filled(read(HOME.resolve("docs/configuration.md"))));
    }

    @Test
    void theSchemaForEditorsIsWhatTheTableOfKeysGives() {
        assertIsGenerated("docs/pipeline.schema.json", ConfigSchema.json());
    }

    /** With {@code -Dpenstock.docs=write} it is written first. */
    private static void assertIsGenerated(String file, String expected) {
        Path path = HOME.resolve(file);
        if (WRITES) {
            try {
                Files.writeString(path, expected);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        assertThat(path).exists();
        assertThat(read(path)).as("generate it by -Dpenstock.docs=write").isEqualTo(expected);
    }

    @Test
    void everyErrorCodeIsUsedAndEveryUsedOneIsInTheTable() {
        assertThat(used()).isEqualTo(known());
    }

    @Test
    void anErrorCodeHasOneNumberAndOneMeaning() {
        assertThat(Arrays.stream(ErrorCode.values()).map(ErrorCode::code)).doesNotHaveDuplicates();
        assertThat(Arrays.stream(ErrorCode.values()).map(ErrorCode::meaning)).doesNotHaveDuplicates();
    }

    @Test
    void scriptsEndWithTheExitCodeOfTheTable() {
        List<MatchResult> calls = sources().values().stream()
                .flatMap(text -> all(SHELL_EXIT, text))
                .toList();
        assertThat(calls).hasSizeGreaterThan(5);
        assertThat(calls)
                .allSatisfy(call -> assertThat(call.group(2))
                        .as(call.group(1))
                        .isEqualTo(String.valueOf(
                                ErrorCode.of(call.group(1)).exit().value())));
    }

    @Test
    void everyExitCodeIsInTheTable() {
        String page = read(HOME.resolve("docs/errors.md"));
        for (ExitCode code : ExitCode.values()) {
            assertThat(page).contains("| " + code.value() + " | " + code.name() + " |");
        }
    }

    @Test
    void codesOnAnyPageAreThoseOfTheErrorsPage() {
        pages().forEach(page -> assertThat(known())
                .as(page.toString())
                .containsAll(all(CODE, read(page)).map(MatchResult::group).toList()));
    }

    @Test
    void everyLinkLeadsSomewhere() {
        pages().forEach(page -> all(LINK, withoutCode(read(page)))
                .map(match -> match.group(1))
                .filter(link -> !link.matches("https?://.*"))
                .forEach(link -> leadsSomewhere(page, link)));
    }

    @Test
    void everyConfigurationKeyHasItsPlaceOnThePage() {
        String page = read(HOME.resolve("docs/configuration.md"));
        Set<String> words = words(page);
        Set<String> keys = new TreeSet<>();
        binders().forEach(text -> all(KEY_CALL, text).forEach(match -> keys.add(match.group(1))));
        assertThat(keys).contains("max-reject-rate", "matures-after", "early-stopping");
        assertThat(words).containsAll(keys);
    }

    @Test
    void everyKeyOnThePageIsReadByABinder() {
        Set<String> literals = new TreeSet<>();
        binders()
                .forEach(text -> all(Pattern.compile("\"([a-z][a-z-]*)\""), text)
                        .forEach(match -> literals.add(match.group(1))));
        List<String> keys = withoutCode(read(HOME.resolve("docs/configuration.md")))
                .lines()
                .filter(line -> line.startsWith("| ") && line.contains("`"))
                .map(line -> line.split("\\|")[1])
                .filter(cell -> !cell.contains("<name>") || cell.contains("."))
                .flatMap(cell -> all(Pattern.compile("`([^`]+)`"), cell).map(match -> match.group(1)))
                .map(key -> key.replaceFirst("\\.<\\w+>$", "").replaceFirst(".*\\.", ""))
                .toList();
        assertThat(keys).contains("path", "hold", "test-from");
        assertThat(literals).containsAll(keys);
    }

    @ParameterizedTest
    @ValueSource(strings = {"guarantees", "bad-inputs"})
    void testsThatAPageNamesExist(String page) {
        Map<String, String> tests = new TreeMap<>();
        modules("src/test/java")
                .forEach(tree -> files(tree)
                        .forEach(file -> tests.put(file.getFileName().toString().replace(".java", ""), read(file))));
        List<MatchResult> named = all(
                        Pattern.compile("`(\\w+(?:Test|Contract))(?:\\.(\\w+))?`"),
                        read(HOME.resolve("docs/" + page + ".md")))
                .toList();
        assertThat(named).hasSizeGreaterThan(20);
        named.forEach(test -> {
            assertThat(tests).containsKey(test.group(1));
            if (test.group(2) != null) {
                assertThat(tests.get(test.group(1))).contains("void " + test.group(2) + "(");
            }
        });
    }

    @Test
    void thePipelineOfTheReadmeIsSound() throws IOException {
        String readme = read(HOME.resolve("README.md"));
        int start = readme.indexOf("```hocon\n") + "```hocon\n".length();
        Files.writeString(folder.resolve("shop.conf"), readme.substring(start, readme.indexOf("```", start)));

        ConfigLoader.Result result = ConfigLoader.read(folder, "shop", "local", Map.of(), Map.of(), Optional.empty());

        assertThat(result.problems()).extracting(ConfigProblem::render).isEmpty();
        assertThat(result.config().orElseThrow().models()).containsOnlyKeys("sent_back");
    }

    private static Set<String> documented() {
        return all(ERROR_ROW, read(HOME.resolve("docs/errors.md")))
                .map(row -> row.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> known() {
        return Arrays.stream(ErrorCode.values()).map(ErrorCode::code).collect(Collectors.toCollection(TreeSet::new));
    }

    /** Codes that sources and scripts use, by name or by number. */
    private static Set<String> used() {
        Set<String> codes = new TreeSet<>();
        sources().forEach((file, text) -> {
            if (!file.endsWith("core/ErrorCode.java")) {
                all(CODE, text).forEach(match -> codes.add(match.group()));
                all(CONSTANT, text)
                        .forEach(match ->
                                codes.add(ErrorCode.valueOf(match.group(1)).code()));
                if (file.startsWith("ingestion")) {
                    all(ROW_NUMBER, text).forEach(match -> codes.add("PEN-ROW-" + match.group(1)));
                }
            }
        });
        return codes;
    }

    /** Main sources, scripts and configurations, by path. */
    private static Map<String, String> sources() {
        List<Path> trees = new ArrayList<>(modules("src/main/java"));
        trees.add(HOME.resolve("bin"));
        trees.add(HOME.resolve("conf"));
        // The Python that models carry
        trees.add(HOME.resolve("training/src/main/resources"));
        Map<String, String> sources = new TreeMap<>();
        trees.forEach(tree -> files(tree).stream()
                .filter(file -> !file.toString().contains("/conf/python/"))
                .forEach(file -> sources.put(HOME.relativize(file).toString(), read(file))));
        return sources;
    }

    private static List<Path> modules(String tree) {
        try (Stream<Path> modules = Files.list(HOME)) {
            return modules.map(module -> module.resolve(tree))
                    .filter(Files::isDirectory)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Path> files(Path tree) {
        try (Stream<Path> files = Files.walk(tree)) {
            return files.filter(Files::isRegularFile).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> binders() {
        List<String> texts = new ArrayList<>();
        sources().forEach((file, text) -> {
            if (file.matches("core/src/main/java/io/penstock/core/config/\\w*(Binder|Section|Spec)\\.java")) {
                texts.add(text);
            }
        });
        return texts;
    }

    private static List<Path> pages() {
        List<Path> pages = new ArrayList<>(List.of(HOME.resolve("README.md"), HOME.resolve("docker/README.md")));
        try (Stream<Path> files = Files.list(HOME.resolve("docs"))) {
            files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(pages::add);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return pages;
    }

    private static void leadsSomewhere(Path page, String link) {
        String[] parts = link.split("#", 2);
        Path target = parts[0].isEmpty() ? page : page.resolveSibling(parts[0]).normalize();
        assertThat(target).as(link + " in " + page).exists();
        if (parts.length == 2) {
            List<String> anchors = withoutCode(read(target))
                    .lines()
                    .filter(line -> line.startsWith("#"))
                    .map(DocsTest::anchor)
                    .toList();
            assertThat(anchors).as(link + " in " + page).contains(parts[1]);
        }
    }

    /** As the usual renderers make it: small letters, blanks as hyphens, no punctuation. */
    private static String anchor(String heading) {
        return heading.replaceFirst("^#+ ", "")
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^a-z0-9 _-]", "")
                .replace(' ', '-');
    }

    private static Set<String> words(String page) {
        Set<String> words = new TreeSet<>();
        all(Pattern.compile("`([^`\n]+)`"), page)
                .forEach(span -> all(Pattern.compile("[a-z][a-z-]*[a-z]|on|at|by"), span.group(1))
                        .forEach(word -> words.add(word.group())));
        return words;
    }

    private static String withoutCode(String page) {
        return page.replaceAll("(?s)```.*?```", "");
    }

    private static Stream<MatchResult> all(Pattern pattern, String text) {
        return pattern.matcher(text).results();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + file, e);
        }
    }
}
