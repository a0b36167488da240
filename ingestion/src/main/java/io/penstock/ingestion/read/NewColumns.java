package io.penstock.ingestion.read;

import io.penstock.core.ErrorCode;
import io.penstock.core.Hashes;
import io.penstock.core.config.SourceSpec;
import io.penstock.ingestion.landing.Notice;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Columns of files that are not declared.
 *
 * @param kept what the files call them, by what a table calls them
 */
record NewColumns(Map<String, String> kept, Optional<Notice> notice) {
    private static final int NAME_DIGITS = 6;

    /**
     * What a table calls them, and what is told of it.
     *
     * @param taken names that the table has for something else
     */
    static NewColumns of(SourceSpec source, Collection<FileMarker> files, Collection<String> taken) {
        Map<String, Long> seen = new TreeMap<>();
        files.forEach(file -> file.newColumns().forEach(name -> seen.merge(name, 1L, Long::sum)));
        Map<String, String> kept = new TreeMap<>();
        if (seen.isEmpty()) {
            return new NewColumns(kept, Optional.empty());
        }
        boolean isEvolving = source.onNewColumn() == SourceSpec.NewColumn.EVOLVE;
        Set<String> known = new HashSet<>(taken);
        known.addAll(source.columns().keySet());
        known.addAll(source.derive().keySet());
        if (isEvolving) {
            seen.keySet().stream()
                    .sorted(Comparator.comparing((String name) -> !name.equals(asColumn(name)))
                            .thenComparing(Comparator.naturalOrder()))
                    .forEach(name -> kept.put(freshName(name, known), name));
        }
        Map<String, String> columns = new HashMap<>();
        kept.forEach((column, name) -> columns.put(name, column));
        List<String> shown = seen.entrySet().stream()
                .map(entry -> named(entry.getKey(), columns) + " (" + entry.getValue() + " files)")
                .toList();
        Notice notice = new Notice(
                ErrorCode.UNDECLARED_COLUMNS.code(),
                source.name(),
                "Columns that are not declared, " + (isEvolving ? "kept as text" : "ignored") + ": "
                        + String.join(", ", shown));
        return new NewColumns(kept, Optional.of(notice));
    }

    private static String named(String name, Map<String, String> columns) {
        String column = columns.getOrDefault(name, name);
        return column.equals(name) ? name : name + " as " + column;
    }

    /** What a table may call it; names that differ in what is left out bear digits of their hash. */
    private static String freshName(String name, Set<String> known) {
        String column = asColumn(name);
        if (!column.replace("_", "").isEmpty() && known.add(column)) {
            return column;
        }
        String other = (column.replace("_", "").isEmpty() ? "column" : column) + "_"
                + Hashes.sha256(name).substring(0, NAME_DIGITS);
        known.add(other);
        return other;
    }

    private static String asColumn(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_]+", "_");
    }
}
