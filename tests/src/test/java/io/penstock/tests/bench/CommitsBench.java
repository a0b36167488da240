package io.penstock.tests.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.jobs.Penstock;
import io.penstock.tests.e2e.Parcels;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What one more unit of a small pipeline leaves: commits and data files, per table. No model server: every row is held. */
final class CommitsBench {
    private final Path folder;
    private final Path conf;

    CommitsBench(Path folder) throws IOException {
        this.folder = folder;
        this.conf = Parcels.configuration(folder.resolve("conf"));
        Path file = conf.resolve("parcels.conf");
        Files.writeString(
                file,
                Files.readString(file)
                        .replace(Parcels.TRAINING.toString(), Parcels.FIRST.toString())
                        .replace(
                                Parcels.TRAINING.minusDays(3).toString(),
                                Parcels.FIRST.minusDays(1).toString()));
        Parcels.land(folder.resolve("work/landing"), Parcels.FIRST.plusDays(1));
    }

    /** Table → what the second unit added to it, for example {@code 1 commit, 1 file}. */
    Map<String, String> ofOneUnit() {
        run(Parcels.FIRST, "ingest,features,score");
        Map<String, long[]> before = counted();
        run(Parcels.FIRST.plusDays(1), "ingest,features,score");
        Map<String, String> added = new TreeMap<>();
        counted().forEach((table, now) -> {
            long[] then = before.getOrDefault(table, new long[2]);
            if (now[0] > then[0] || now[1] > then[1]) {
                added.put(table, plural(now[0] - then[0], "commit") + ", " + plural(now[1] - then[1], "file"));
            }
        });
        return added;
    }

    void run(LocalDate unit, String stages) {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream out = System.out;
        PrintStream err = System.err;
        int exit;
        try (PrintStream caught = new PrintStream(said, true, StandardCharsets.UTF_8)) {
            System.setOut(caught);
            System.setErr(caught);
            exit = Penstock.run(arguments("run", "--unit", unit.toString(), "--stage", stages));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
        assertThat(exit).as(said.toString(StandardCharsets.UTF_8)).isZero();
    }

    String[] arguments(String verb, String... more) {
        List<String> all = new ArrayList<>(List.of(verb, "parcels"));
        all.addAll(List.of(more));
        all.addAll(List.of(
                "--work",
                work().toString(),
                "--conf-dir",
                conf.toString(),
                "--set",
                "penstock.mlflow=http://127.0.0.1:1"));
        return all.toArray(String[]::new);
    }

    Path work() {
        return folder.resolve("work");
    }

    private Map<String, long[]> counted() {
        Path warehouse = work().resolve("warehouse/parcels");
        Map<String, long[]> tables = new TreeMap<>();
        try (Stream<Path> all = Files.walk(warehouse)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                String name = warehouse.relativize(file).toString();
                if (name.matches(".*/_delta_log/\\d+\\.json")) {
                    tables.computeIfAbsent(name.replaceFirst("/_delta_log.*", ""), table -> new long[2])[0]++;
                } else if (name.matches(".*/(unit|year)=[^/]*/[^./][^/]*\\.parquet")) {
                    tables.computeIfAbsent(name.replaceFirst("/(unit|year)=.*", ""), table -> new long[2])[1]++;
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return tables;
    }

    private static String plural(long count, String what) {
        return count + " " + what + (count == 1 ? "" : "s");
    }
}
