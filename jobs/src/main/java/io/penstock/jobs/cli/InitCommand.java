package io.penstock.jobs.cli;

import io.penstock.core.ErrorCode;
import io.penstock.core.ExitCode;
import io.penstock.core.Json;
import io.penstock.core.PenstockException;
import io.penstock.ingestion.suggest.Suggestion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "init",
        mixinStandardHelpOptions = true,
        description = {
            "Begin a pipeline, or suggest the contract of files that no one has described.",
            "With NAME: writes <dir>/NAME.conf, which runs as it stands, and never overwrites a file.",
            "With --source: reads up to 2 MiB of up to 24 files of each source in the folder, and prints contracts to"
                    + " paste into sources { }; with NAME, writes them into the file. What was guessed is said beside it."
                    + " Starts no Spark."
        })
public final class InitCommand implements Callable<Integer> {
    private static final String EXAMPLE_LANDED = "landed=20260301T060000Z";
    private static final String EXAMPLE_ROWS = """
            order_id,ordered_at,city,amount
            1,2026-02-28T09:15:00Z,Oslo,12.50
            2,2026-02-28T11:40:00Z,Bergen,7.25
            3,2026-02-28T18:05:00Z,Oslo,31.00
            """;
    private static final String EXAMPLE = """
              orders {
                path = "orders/landed={landed}/*.csv"
                key = [order_id]
                event-time = ordered_at
                columns {
                  order_id   { type = int, required = true }
                  ordered_at { type = timestamp, required = true }
                  city       { type = string, required = true, max-length = 40 }
                  amount     { type = double, required = true, between = [0, 10000] }
                }
              }
            """;

    @Mixin
    Common common;

    @Parameters(paramLabel = "NAME", arity = "0..1", description = "Name of a new pipeline, such as my-shop.")
    String pipeline;

    @Option(names = "--dir", description = "Folder of the new pipeline file (default: --conf-dir).")
    Path dir;

    @Option(names = "--source", paramLabel = "FOLDER", description = "Folder of the files to look at.")
    Path source;

    @Option(
            names = "--name",
            description =
                    "Name of the source (default: its folder's, or what its files' names begin with where that says nothing).")
    Optional<String> name = Optional.empty();

    @Override
    public Integer call() {
        if (pipeline == null && source == null) {
            System.err.println(ErrorCode.INVALID_COMMAND_LINE + " Give the NAME of a new pipeline, or --source FOLDER");
            System.err.println("Try: penstock init --help");
            return ExitCode.USAGE.value();
        }
        List<Path> targets = pipeline == null ? List.of() : targets();
        List<Suggestion> found = source == null
                ? List.of()
                : Suggestion.of(source, name, common.work().resolve("landing"));
        List<Path> written = pipeline == null ? List.of() : begin(targets, found);
        if (common.json) {
            System.out.println(Json.document(Map.of(
                    "sources",
                    found.stream().map(InitCommand::facts).toList(),
                    "written",
                    written.stream().map(Path::toString).toList())));
        } else if (pipeline == null) {
            System.out.print(text(found));
        } else {
            written.forEach(file -> System.out.println("  ✓ wrote " + file));
            next(written.get(0), found);
        }
        return 0;
    }

    /** The files to write, none of which is there. */
    private List<Path> targets() {
        if (!pipeline.matches("[a-z][a-z0-9-]*")) {
            throw new PenstockException(
                    ErrorCode.INVALID_PIPELINE_NAME,
                    "Invalid name of a pipeline: " + pipeline,
                    "NAME",
                    "Use a-z, 0-9 and -, a letter first");
        }
        Path folder = (dir == null ? common.confDir() : dir).toAbsolutePath().normalize();
        List<Path> files = new ArrayList<>(List.of(folder.resolve(pipeline + ".conf")));
        if (source == null) {
            Path landing = common.work().resolve("landing").resolve(pipeline);
            files.add(landing.resolve("orders").resolve(EXAMPLE_LANDED).resolve("orders.csv"));
        }
        for (Path file : files) {
            if (Files.exists(file)) {
                throw overwriting(file);
            }
        }
        return files;
    }

    private List<Path> begin(List<Path> targets, List<Suggestion> found) {
        for (Path file : targets) {
            write(file, file.equals(targets.get(0)) ? file(found) : EXAMPLE_ROWS);
        }
        return targets;
    }

    private String file(List<Suggestion> found) {
        String landing = found.isEmpty()
                ? "${penstock.work}\"/landing/" + pipeline + "\""
                : Json.canonical(found.get(0).landing().toString());
        String sources = found.isEmpty()
                ? EXAMPLE
                : text(found)
                                .lines()
                                .map(line -> line.isEmpty() ? "" : "  " + line)
                                .collect(Collectors.joining("\n")) + "\n";
        return "# Begun by penstock init. Every key: docs/configuration.md\npipeline = " + pipeline
                + "\n\nschedule { every = 1d, cut = \"08:00\", zone = UTC }\n\npenstock {\n  landing = " + landing
                + "\n}\n\nsources {\n" + sources + "}\n";
    }

    private void next(Path file, List<Suggestion> found) {
        String how = pipeline
                + (dir == null && common.confDir == null ? "" : " --conf-dir " + file.getParent())
                + (common.work == null ? "" : " --work " + common.work);
        String unit = found.isEmpty() ? "2026-03-01" : "DATE";
        List<Suggestion> unlanded =
                found.stream().filter(one -> one.landFirst().isPresent()).toList();
        unlanded.forEach(one -> System.out.println("  next: put each file of " + one.name()
                + " into a folder that says when it landed, as by\n        "
                + one.landFirst().get()));
        System.out.println((unlanded.isEmpty() ? "  next: penstock plan " : "        then penstock plan ") + how
                + " --unit " + unit);
        System.out.println("        penstock run " + how + " --unit " + unit);
        long questions = found.stream().mapToLong(one -> one.questions().size()).sum();
        if (questions > 0) {
            System.out.println(
                    "  what could not be told (" + questions + ") is in the file: read it before you rely on it");
        }
    }

    private static void write(Path file, String text) {
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(file, text, StandardCharsets.UTF_8, StandardOpenOption.CREATE_NEW);
        } catch (FileAlreadyExistsException e) {
            throw overwriting(file);
        } catch (IOException e) {
            throw new PenstockException(
                    ErrorCode.CONFIGURATION_NOT_WRITTEN,
                    "Cannot write the file: " + e.getClass().getSimpleName(),
                    file.toString(),
                    "Make the folder writable, or name another by --dir or --work",
                    e);
        }
    }

    private static PenstockException overwriting(Path file) {
        return new PenstockException(
                ErrorCode.FILE_EXISTS,
                "The file is there already, nothing was written",
                file.toString(),
                "Choose another name, or move the file away");
    }

    private static String text(List<Suggestion> found) {
        List<String> parts = new ArrayList<>();
        parts.add("# Suggested from samples: a guess until their owner agrees. For penstock.landing = "
                + found.get(0).landing() + "\n");
        for (Suggestion one : found) {
            StringBuilder part = new StringBuilder(one.contract());
            if (!one.questions().isEmpty()) {
                part.append("# What the files of ").append(one.name()).append(" could not tell:\n");
                one.questions()
                        .forEach(
                                question -> part.append("# - ").append(question).append('\n'));
            }
            parts.add(part.toString());
        }
        return String.join("\n", parts);
    }

    private static Map<String, Object> facts(Suggestion one) {
        return Map.of(
                "name", one.name(),
                "landing", one.landing().toString(),
                "path", one.path(),
                "mode", one.mode(),
                "key", one.key(),
                "types", one.types(),
                "contract", one.contract(),
                "questions", one.questions(),
                "land-first", one.landFirst().orElse(""));
    }
}
