package io.penstock.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.Clock;
import io.penstock.core.Intent;
import io.penstock.core.Manifest;
import io.penstock.core.Stage;
import io.penstock.core.UnitId;
import io.penstock.core.kernel.KernelManifestStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class PenstockTest {
    @TempDir
    private Path conf;

    /** Options of a verb, split at the bars. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "--set|dbPassword=\"Zq9secretZq|--no-such-option",
                "--set|dbPassword=\"Zq9secretZq",
                "--set|token:Zq9secretZq",
                "--set|token:Zq9secretZq=1",
                "--set|schedule.zone=token: Zq9secretZq",
                "--set|sources.a.mode='Bearer Zq9secretZq'",
                "--set|sources.a.mode=Bearer Zq9secretZq",
                "--env|token=Zq9secretZq",
                "--env|Bearer Zq9secretZq",
                "--source|token=Zq9secretZq",
                "--stage|Bearer Zq9secretZq"
            })
    void noArgumentIsToldWithItsSecret(String options) throws IOException {
        String told = plan(options.split("\\|"));

        assertThat(told).contains("PEN-").doesNotContain("Zq9secretZq");
    }

    /** It writes to the error stream of the process, whatever stands in for that here. */
    @Test
    void theParserItselfTellsNothingOfArguments() {
        CommandLine.tracer().setLevel(CommandLine.TraceLevel.DEBUG);

        Penstock.run("plan", "shop", "--set", "dbPassword=\"Zq9secretZq", "--no-such-option");

        assertThat(CommandLine.tracer().getLevel()).isEqualTo(CommandLine.TraceLevel.OFF);
    }

    @Test
    void noSecretOfAFileIsTold() throws IOException {
        for (String line : List.of(
                "schedule.zone = \"token: Zq9secretZq\"",
                "\"token:Zq9secretZq\" = 1",
                "sources.a.\"token:Zq9secretZq\" = 1",
                "sources.a.mode = \"Bearer Zq9secretZq\"")) {
            Files.writeString(conf.resolve("shop.conf"), "pipeline = shop\n" + line + "\n");

            assertThat(plan()).as(line).contains("PEN-CFG-").doesNotContain("Zq9secretZq");
        }
    }

    @Test
    void anOptionIsCalledOneOnce() throws IOException {
        assertThat(plan("--set", "schedule")).contains("PEN-CLI-002", "'--set'").doesNotContain("option option");
    }

    @Test
    void listsPipelinesAndWhatOneDeclares() throws IOException {
        Files.writeString(conf.resolve("broken.conf"), "pipeline = broken\n");
        plan();

        assertThat(printed(0, "list")).contains("shop").contains("broken", "does not load: penstock validate broken");
        assertThat(printed(0, "list", "shop", "--json"))
                .contains("\"kind\":\"source\"", "\"name\":\"a\"", "\"location\":\"a/landed={landed}/*.csv\"");
    }

    @Test
    void validationPrintsEveryMistakeAndEndsWithItsExitCode() throws IOException {
        plan();
        assertThat(printed(0, "validate", "shop")).contains("shop: valid");

        Files.writeString(conf.resolve("broken.conf"), "pipeline = broken\nnot-a-key = 1\n");
        assertThat(printed(20, "validate")).contains("shop: valid", "broken: 2 problems", "PEN-CFG-003", "PEN-CFG-024");
        assertThat(printed(20, "validate", "broken", "--json"))
                .contains("\"is_valid\":false", "\"code\":\"PEN-CFG-003\"", "\"line\":2");
        assertThat(printed(0, "validate", "--schema")).contains("\"$schema\"", "\"max-reject-rate\"");
    }

    @Test
    void aFolderWithoutPipelinesIsNoValidOne() {
        for (String verb : List.of("list", "validate")) {
            assertThat(Penstock.run(verb, "--conf-dir", conf.resolve("misspelt").toString()))
                    .isEqualTo(20);
        }
    }

    @Test
    void anUpgradeOfWhatNeverRanChangesNothing() throws IOException {
        plan();

        assertThat(printed(0, "upgrade", "shop", "--plan")).contains("Nothing changes");
        assertThat(printed(0, "upgrade", "shop", "--plan", "--json"))
                .contains("\"changes\":[]", "\"known_format\":1", "\"stored_format\":1");
    }

    @Test
    void anUpgradeNamesTheFinishedUnitsThatWouldRunAgain() throws IOException {
        plan();
        UnitId unit = UnitId.parse("2026-03-01");
        Instant at = Instant.parse("2026-03-02T00:00:00Z");
        Intent intent = new Intent(
                "shop",
                Stage.INGEST,
                "",
                "run-1",
                List.of(unit),
                "of before",
                Map.of(),
                Map.of(),
                Map.of(),
                at,
                "open");
        KernelManifestStore store = new KernelManifestStore(conf + "/work/warehouse/shop/ops", "shop", Clock.system());
        store.open(intent);
        store.finish(
                intent,
                List.of(new Manifest(
                        "shop",
                        Stage.INGEST,
                        "",
                        unit,
                        "run-1",
                        Manifest.Status.DONE,
                        "of before",
                        "content",
                        List.of(),
                        List.of(),
                        List.of(),
                        Map.of(),
                        Map.of(),
                        Map.of(),
                        at,
                        at,
                        "ops",
                        "")),
                List.of());

        assertThat(printed(0, "upgrade", "shop", "--plan"))
                .containsPattern("(?m)^run +ingest +2026-03-01 +\\S+")
                .doesNotContain("Nothing changes");
        assertThat(printed(0, "upgrade", "shop", "--plan", "--json"))
                .contains("\"units\":[\"2026-03-01\"]", "\"added_columns\":{}");
        assertThat(store.manifests()).hasSize(1);
    }

    @Test
    void aHistoryWithoutModelsSaysSo() throws IOException {
        plan();

        assertThat(printed(0, "model", "history", "shop")).contains("No model of shop was ever promoted");
    }

    private String printed(int exit, String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--conf-dir", conf.toString(), "--work", conf + "/work"));
        PrintStream out = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        try {
            System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
            assertThat(Penstock.run(all.toArray(String[]::new))).isEqualTo(exit);
        } finally {
            System.setOut(out);
        }
        return printed.toString(StandardCharsets.UTF_8);
    }

    private String plan(String... options) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(
                "plan", "shop", "--conf-dir", conf.toString(), "--work", conf + "/work", "--unit", "2026-03-01"));
        arguments.addAll(List.of(options));
        Files.createDirectories(conf.resolve("env"));
        if (Files.notExists(conf.resolve("shop.conf"))) {
            Files.writeString(
                    conf.resolve("shop.conf"),
                    "pipeline = shop\nsources { a { path = \"a/landed={landed}/*.csv\", event-time = landed,"
                            + " columns { id { required = true } } } }\n");
        }
        PrintStream err = System.err;
        ByteArrayOutputStream told = new ByteArrayOutputStream();
        try {
            System.setErr(new PrintStream(told, true, StandardCharsets.UTF_8));
            Penstock.run(arguments.toArray(String[]::new));
        } finally {
            System.setErr(err);
        }
        return told.toString(StandardCharsets.UTF_8);
    }
}
