package io.penstock.tests.bench;

import io.penstock.tests.e2e.CompiledPlans;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * Prints one line a comparison and writes them to {@code tests/target/bench.txt}. A test here fails when outputs differ or
 * are empty, never for a time. Run by {@code tests/bench}.
 */
@Tag("bench")
@TestMethodOrder(MethodOrderer.MethodName.class)
@CompiledPlans
class BenchmarksTest {
    private static final Scale SCALE = Scale.asked();
    private static final int YEARS = 10;

    @TempDir
    private static Path folder;

    @AfterAll
    static void stop() {
        SparkSession.getDefaultSession().foreach(spark -> {
            spark.stop();
            return null;
        });
    }

    @Test
    void commitsPerUnit() throws Exception {
        Map<String, String> added = new CommitsBench(folder.resolve("commits")).ofOneUnit();
        new TreeMap<>(added).forEach((table, what) -> {
            print(String.format("commits per unit: %-40s | %s", table, what));
        });
    }

    @Test
    void day() throws Exception {
        new DayBench(folder.resolve("day")).of(5, 5).forEach(BenchmarksTest::print);
    }

    @Test
    void ingest() throws Exception {
        IngestBench bench = IngestBench.ofCsv(place("ingest"), SCALE);
        measure(bench.comparison());
        print(String.format(Locale.ROOT, "ingest: landed bytes are read %.2f times", bench.reads()));
    }

    @Test
    void ingestParquet() throws Exception {
        measure(IngestBench.ofParquet(place("ingest/parquet"), SCALE).comparison());
    }

    @Test
    void knownFiles() throws Exception {
        KnownFilesBench few = new KnownFilesBench(place("known/few"), SCALE.of(10), Path::toString);
        for (int known : List.of(SCALE.of(1_000), SCALE.of(100_000))) {
            KnownFilesBench many = new KnownFilesBench(place("known/" + known), known, Path::toString);
            measure(new Comparison(
                    String.format(Locale.ROOT, "ingest: one new file where %,d are known, where 10 are", known),
                    new Side(() -> Cost.of(many::one), Map::of),
                    new Side(() -> Cost.of(few::one), Map::of),
                    Goal.timesThePeer(1.2),
                    (ours, peers) -> "one row and one reject of either"));
        }
    }

    @Test
    void knownFilesInMemory() throws Exception {
        List<String> held = new ArrayList<>();
        for (int known : List.of(SCALE.of(10), SCALE.of(10_000), SCALE.of(100_000))) {
            KnownFilesBench bench = new KnownFilesBench(place("memory/" + known), known, Path::toString);
            bench.one();
            held.add(String.format(Locale.ROOT, "%.0f MiB where %,d are", LiveHeap.grownBy(bench::one), known));
        }
        print("ingest: most heap held for one new file, by the files known: " + String.join(", ", held));
    }

    @Test
    void manyCommits() throws Exception {
        new ManyCommitsBench(place("many")).of(SCALE.of(1_000)).forEach(BenchmarksTest::print);
    }

    @Test
    void nothingToDo() throws Exception {
        NothingToDo bench = new NothingToDo(Files.createDirectories(folder.resolve("nothing")));
        measure(bench.ofASmallPipeline());
        for (Comparison verb : bench.ofYears(YEARS).values()) {
            measure(verb);
        }
    }

    @Test
    void pointInTimeJoin() throws Exception {
        LatestBench bench = new LatestBench(place("latest"), SCALE);
        measure(bench.againstUnion());
        measure(bench.againstAsof());
        measure(bench.ofAnyAgeAgainstUnion());
        measure(bench.knownLaterAgainstSql());
        measure(bench.knownLaterAgainstDuck());
    }

    @Test
    void scoring() throws Exception {
        ScoringBench bench = new ScoringBench(place("scoring"), SCALE);
        measure(bench.kernel());
        measure(bench.kernelAgainstDefaults());
        measure(bench.published());
        measure(bench.reasons());
    }

    @Test
    void training() throws Exception {
        measure(new TrainingBench(place("training"), SCALE).comparison());
    }

    @Test
    void windows() throws Exception {
        WindowsBench bench = new WindowsBench(place("windows"), SCALE);
        measure(bench.rangeAgainstSql());
        measure(bench.rangeAgainstDuck());
        measure(bench.incrementAgainstSql());
        measure(bench.incrementAgainstDuck());
    }

    private static Workplace place(String name) throws IOException {
        return Workplace.at(folder.resolve(name));
    }

    private static void measure(Comparison comparison) throws Exception {
        print(comparison.measured(SCALE).toString());
    }

    private static void print(String line) {
        System.out.println(line);
        try {
            Path lines = Path.of(System.getProperty("penstock.home", ".."), "tests/target/bench.txt");
            Files.writeString(lines, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
