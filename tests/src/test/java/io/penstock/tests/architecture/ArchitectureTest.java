package io.penstock.tests.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import io.penstock.core.Clock;
import io.penstock.jobs.Penstock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What may see what. Every rule holds for Penstock, and fails on a counterexample: a rule that cannot fail says nothing. */
class ArchitectureTest {
    private static final String ROOT = "io.penstock";
    private static final String BROKEN = "io.penstock.tests.architecture.broken";
    private static final Path HOME =
            Path.of(System.getProperty("penstock.home", "..")).toAbsolutePath();
    /** Tests neither wait on the clock nor pass by not running. */
    private static final Pattern FORBIDDEN_IN_TESTS = Pattern.compile(
            "\\.sleep\\(|\\bparkNanos\\(|@(Disabled|Ignore)\\b|\\bassum(e(True|False|That)|ingThat)\\(");

    private static final Map<String, ArchRule> RULES = Rules.below(ROOT);
    private static final Map<String, ArchRule> BROKEN_RULES = Rules.below(BROKEN);

    private static JavaClasses penstock;
    private static JavaClasses broken;

    @TempDir
    private Path folder;

    @BeforeAll
    static void importClasses() {
        penstock = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages(ROOT);
        broken = new ClassFileImporter().importPackages(BROKEN);
    }

    static Stream<String> rules() {
        return RULES.keySet().stream();
    }

    @Test
    void allModulesAreLookedAt() {
        assertThat(penstock.stream()
                        .map(type -> type.getPackageName().split("\\.")[2])
                        .distinct())
                .containsExactlyInAnyOrder(
                        "core", "ingestion", "validation", "features", "training", "scoring", "lineage", "jobs");
        assertThat(penstock.contain(Clock.class)).isTrue();
        assertThat(penstock.contain(Penstock.class)).isTrue();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rules")
    void holds(String rule) {
        RULES.get(rule).check(penstock);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rules")
    void canFail(String rule) {
        assertThat(BROKEN_RULES.get(rule).evaluate(broken).hasViolation()).isTrue();
    }

    @Test
    void everyPackageSaysWhatItIsFor() throws IOException {
        assertThat(modules("src/main/java"))
                .isNotEmpty()
                .allSatisfy(sources -> assertThat(unexplained(sources)).isEmpty());
    }

    @Test
    void aPackageWithoutInfoIsFound() throws IOException {
        Path bare = Files.createDirectories(folder.resolve("io/penstock/bare"));
        Files.writeString(bare.resolve("Bare.java"), "");

        assertThat(unexplained(folder)).containsExactly(bare);
    }

    @Test
    void noTestSleepsOrSkips() throws IOException {
        assertThat(modules("src/test/java"))
                .isNotEmpty()
                .allSatisfy(sources -> assertThat(evasive(sources)).isEmpty());
    }

    @Test
    void aTestThatSleepsOrSkipsIsFound() throws IOException {
        Files.writeString(folder.resolve("SleepsTest.java"), "Thread" + ".sleep" + "(10);");
        Files.writeString(folder.resolve("DisabledTest.java"), "@" + "Disabled class X {}");
        Files.writeString(folder.resolve("AssumesTest.java"), "assume" + "True(false);");
        Files.writeString(folder.resolve("PlainTest.java"), "assertThat(true).isTrue();");

        assertThat(evasive(folder))
                .extracting(file -> file.getFileName().toString())
                .containsExactly("AssumesTest.java", "DisabledTest.java", "SleepsTest.java");
    }

    /** XGBoost has a name of its own for what it stops early by; comments give examples. */
    @Test
    void noMetricIsNamedOutsideTheTasks() throws IOException {
        assertThat(modules("src/main/java"))
                .isNotEmpty()
                .allSatisfy(sources -> assertThat(namingMetrics(sources)).isEmpty());
    }

    @Test
    void aMetricThatIsNamedElsewhereIsFound() throws IOException {
        Files.writeString(folder.resolve("Names.java"), "String column = \"window_" + "auc\";");
        Files.writeString(folder.resolve("Explains.java"), "/** {@code {\"au" + "c\": 0.7}}. */");

        assertThat(namingMetrics(folder))
                .extracting(file -> file.getFileName().toString())
                .containsExactly("Names.java");
    }

    private static List<Path> namingMetrics(Path sources) throws IOException {
        Pattern metrics = Pattern.compile("(?im)^(?!\\s*/?\\*).*\"[^\"\\n]*(\\b|_)(auc|logloss|log loss)(\\b|_)");
        return javaFiles(sources).stream()
                .filter(file -> !file.toString().contains("io/penstock/core/model/"))
                .filter(file -> !file.getFileName().toString().startsWith("Xgboost"))
                .filter(file -> metrics.matcher(text(file)).find())
                .toList();
    }

    private static List<Path> modules(String sources) throws IOException {
        try (Stream<Path> modules = Files.list(HOME)) {
            return modules.map(module -> module.resolve(sources))
                    .filter(Files::isDirectory)
                    .sorted()
                    .toList();
        }
    }

    private static List<Path> unexplained(Path sources) throws IOException {
        return javaFiles(sources).stream()
                .map(Path::getParent)
                .distinct()
                .filter(folder -> !Files.exists(folder.resolve("package-info.java")))
                .toList();
    }

    private static List<Path> evasive(Path sources) throws IOException {
        return javaFiles(sources).stream()
                .filter(file -> !file.endsWith("io/penstock/tests/e2e/Waiting.java"))
                .filter(file -> FORBIDDEN_IN_TESTS.matcher(text(file)).find())
                .toList();
    }

    private static List<Path> javaFiles(Path sources) throws IOException {
        try (Stream<Path> files = Files.walk(sources)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .sorted()
                    .toList();
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
