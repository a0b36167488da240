package io.penstock.tests.faults;

import static io.penstock.tests.e2e.CommandLine.penstock;

import io.penstock.core.config.ConfigLoader;
import io.penstock.core.config.PipelineConfig;
import io.penstock.tests.e2e.Child;
import io.penstock.tests.e2e.CommandLine.Said;
import io.penstock.tests.e2e.Contents;
import io.penstock.tests.e2e.Folders;
import io.penstock.tests.e2e.Parcels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The small pipeline in a folder of its own, through the command line, with nobody listening where MLflow would be. */
record Workbench(Path folder, Path warehouse) {
    static Workbench in(Path folder) throws IOException {
        Parcels.configuration(folder.resolve("conf"));
        Files.createDirectories(folder.resolve("work/landing"));
        return new Workbench(folder, folder.resolve("work/warehouse"));
    }

    Workbench copied(Path to) throws IOException {
        return new Workbench(Folders.copy(folder, to), to.resolve("work/warehouse"));
    }

    /** With the warehouse elsewhere, such as on a disk of its own. */
    Workbench withWarehouse(Path elsewhere) {
        return new Workbench(folder, elsewhere);
    }

    Path landing() {
        return folder.resolve("work/landing");
    }

    Path table(String name) {
        return warehouse.resolve("parcels").resolve(name);
    }

    Said ingest(LocalDate from, LocalDate to, String... more) {
        return penstock(arguments("ingest", from, to, more).toArray(String[]::new));
    }

    Said stage(String stage, LocalDate unit, String... more) {
        return penstock(arguments(stage, unit, unit, more).toArray(String[]::new));
    }

    /** In a process of its own to which something happens at a moment, see {@code core.FaultPoint}. */
    Child ingestFaulty(String fault, LocalDate unit) {
        return Child.start(fault, arguments("ingest", unit, unit));
    }

    /** In a process of its own to which permissions apply. */
    Child ingestPowerless(LocalDate unit) {
        return Child.powerless("", arguments("ingest", unit, unit));
    }

    Said status() {
        List<String> all = new ArrayList<>(List.of("status", "parcels"));
        all.addAll(where());
        return penstock(all.toArray(String[]::new));
    }

    Said files(String... more) {
        List<String> all = new ArrayList<>(List.of("files", "parcels"));
        all.addAll(List.of(more));
        all.addAll(where());
        return penstock(all.toArray(String[]::new));
    }

    /** As {@link #where} says it to the command line. */
    PipelineConfig config() {
        return ConfigLoader.load(
                folder.resolve("conf"),
                "parcels",
                "local",
                Map.of(
                        "penstock.landing",
                        landing().toString(),
                        "penstock.warehouse",
                        warehouse.toString(),
                        "penstock.mlflow",
                        "http://127.0.0.1:1"),
                Map.of());
    }

    Map<String, String> contents() {
        return Contents.of(warehouse.resolve("parcels"));
    }

    /** The commits of a table's log, oldest first. */
    List<Path> commits(String table) {
        try (Stream<Path> files = Files.list(table(table).resolve("_delta_log"))) {
            return files.filter(file -> file.getFileName().toString().matches("\\d{20}\\.json"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path lastCommit(String table) {
        List<Path> commits = commits(table);
        return commits.get(commits.size() - 1);
    }

    private List<String> arguments(String stage, LocalDate from, LocalDate to, String... more) {
        List<String> all = new ArrayList<>(List.of("run", "parcels", "--stage", stage));
        all.addAll(List.of("--from", from.toString(), "--to", to.toString()));
        all.addAll(where());
        all.addAll(List.of(more));
        return all;
    }

    private List<String> where() {
        return List.of(
                "--work",
                folder.resolve("work").toString(),
                "--conf-dir",
                folder.resolve("conf").toString(),
                "--set",
                "penstock.warehouse=" + warehouse,
                "--set",
                "penstock.mlflow=http://127.0.0.1:1");
    }
}
