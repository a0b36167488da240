package io.penstock.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
