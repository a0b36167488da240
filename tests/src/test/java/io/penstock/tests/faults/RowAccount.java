package io.penstock.tests.faults;

import io.penstock.tests.e2e.TableRows;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Where the generated rows of a source are: each in bronze, in quarantine or refused, once; a row that was landed several
 * times is there once, and the rest are declared duplicates. Rows are known by the first cell of their line.
 *
 * @param generated lines landed
 * @param duplicates those that the manifests declare
 * @param lost ids that are nowhere
 * @param doubled ids that are there more than once
 */
public record RowAccount(
        long generated,
        long bronze,
        long quarantined,
        long refused,
        long duplicates,
        List<String> lost,
        List<String> doubled) {

    /**
     * @param tables the pipeline's folder of the warehouse
     * @param landing the landing folder, of CSV files with a header and no quotes, all of which were taken
     * @param declared the duplicates that manifests declare of the source
     */
    public static RowAccount of(Path tables, Path landing, String source, long declared) {
        Map<String, Long> landed = landed(landing.resolve(source));
        Map<String, Integer> found = new HashMap<>();
        long bronze = count(ids(tables.resolve("bronze/" + source)), found);
        long quarantined = count(ids(tables.resolve("quarantine/" + source)), found);
        long refused = 0;
        for (String layer : List.of("bronze", "quarantine")) {
            refused += count(ids(tables.resolve("refused/" + layer + "_" + source)), found);
        }
        List<String> lost = landed.keySet().stream()
                .filter(id -> !found.containsKey(id))
                .sorted()
                .toList();
        List<String> doubled = found.entrySet().stream()
                .filter(entry -> entry.getValue() > 1 || !landed.containsKey(entry.getKey()))
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
        long generated = landed.values().stream().mapToLong(Long::longValue).sum();
        return new RowAccount(generated, bronze, quarantined, refused, declared, lost, doubled);
    }

    /** Whether each row is accounted for, once. */
    public boolean balances() {
        return lost.isEmpty() && doubled.isEmpty() && generated == bronze + quarantined + refused + duplicates;
    }

    private static long count(List<String> ids, Map<String, Integer> found) {
        ids.forEach(id -> found.merge(id, 1, Integer::sum));
        return ids.size();
    }

    /** Of a table of bronze, or of one with the lines as they were. */
    private static List<String> ids(Path table) {
        if (!Files.isDirectory(table.resolve("_delta_log"))) {
            return List.of();
        }
        boolean hasLines = TableRows.columns(table).contains("raw");
        return TableRows.of(table).stream()
                .map(row -> hasLines ? row.<String>getAs("raw").split(",", -1)[0] : row.<String>getAs("id"))
                .toList();
    }

    /** Id → how many lines of it were landed. */
    private static Map<String, Long> landed(Path folder) {
        Map<String, Long> landed = new TreeMap<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                List<String> lines = Files.readAllLines(file);
                for (String line : lines.subList(Math.min(1, lines.size()), lines.size())) {
                    landed.merge(line.split(",", -1)[0], 1L, Long::sum);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return landed;
    }
}
