package io.penstock.tests.e2e;

import io.penstock.core.Hashes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;

/** What the data tables of a warehouse hold, exact to the bit, whoever wrote it and in whatever files it lies. */
public final class Contents {
    /** Which run wrote a row, and which number the registry gave to the same model. */
    private static final Set<String> PROVENANCE = Set.of("run_id", "_run_id", "model_version", "feature_versions");

    private Contents() {}

    /** Table and unit → number of rows and a hash over all of them; empty tables are listed too. */
    public static Map<String, String> of(Path pipeline) {
        return of(pipeline, Set.of());
    }

    /** @param leftOut more columns that do not count */
    static Map<String, String> of(Path pipeline, Set<String> leftOut) {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> folders =
                Files.find(pipeline, 2, (path, attributes) -> Files.isDirectory(path.resolve("_delta_log")))) {
            for (Path table : folders.sorted().toList()) {
                String name = pipeline.relativize(table).toString();
                if (!name.startsWith("ops/")) {
                    hashes(TableRows.of(table), leftOut)
                            .forEach((unit, hash) -> contents.put((name + " " + unit).trim(), hash));
                }
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return contents;
    }

    /** One version of a table as a whole. */
    static String ofVersion(Path table, long version) {
        return hashes(TableRows.of(table, version), Set.of()).toString();
    }

    private static Map<String, String> hashes(List<Row> rows, Set<String> leftOut) {
        Map<String, List<String>> byUnit = new TreeMap<>();
        byUnit.put("", new ArrayList<>());
        for (Row row : rows) {
            byUnit.computeIfAbsent(row.getAs("unit").toString(), unit -> new ArrayList<>())
                    .add(line(row, leftOut));
        }
        Map<String, String> hashes = new TreeMap<>();
        byUnit.forEach((unit, lines) -> hashes.put(
                unit,
                lines.size() + " rows "
                        + Hashes.sha256(String.join(
                                        "\n", lines.stream().sorted().toList()))
                                .substring(0, 16)));
        return hashes;
    }

    private static String line(Row row, Set<String> leftOut) {
        String[] names = row.schema().fieldNames();
        return IntStream.range(0, names.length)
                .filter(i -> !PROVENANCE.contains(names[i]) && !leftOut.contains(names[i]))
                .mapToObj(i -> names[i] + "=" + exact(row.get(i)))
                .collect(Collectors.joining("|"));
    }

    /** A text is told from a number and from nothing. */
    private static String exact(Object cell) {
        if (cell instanceof Double number) {
            return Long.toHexString(Double.doubleToRawLongBits(number));
        }
        return cell instanceof String text ? "'" + text + "'" : String.valueOf(cell);
    }
}
