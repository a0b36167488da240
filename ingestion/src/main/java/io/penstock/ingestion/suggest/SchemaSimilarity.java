package io.penstock.ingestion.suggest;

import io.penstock.ingestion.format.Samples;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Groups the files of one folder by their columns: files whose columns are much the same belong together. A group is described
 * by the stems of its files, their names without what varies.
 */
final class SchemaSimilarity {
    /** Files of a stem that are opened to learn its columns, where the first cannot be read. */
    private static final int MOST_TRIED = 3;

    private final Set<String> shared;
    private final Map<String, List<Path>> stems = new TreeMap<>();
    private boolean isAlone;

    private SchemaSimilarity(Set<String> columns) {
        this.shared = new HashSet<>(columns);
    }

    static SchemaSimilarity ofAll(Map<String, List<Path>> stems) {
        SchemaSimilarity all = new SchemaSimilarity(Set.of());
        all.stems.putAll(stems);
        all.isAlone = true;
        return all;
    }

    /** The larger first. Files that cannot be read are of those whose path leads to them, else the last. */
    static List<SchemaSimilarity> of(Map<String, List<Path>> stems, int mostBytes) throws IOException {
        List<SchemaSimilarity> all = new ArrayList<>();
        Map<String, List<Path>> unread = new TreeMap<>();
        for (Map.Entry<String, List<Path>> stem : stems.entrySet()) {
            Set<String> columns = columns(stem.getValue(), mostBytes);
            if (columns.isEmpty()) {
                unread.put(stem.getKey(), stem.getValue());
                continue;
            }
            SchemaSimilarity kin =
                    all.stream().filter(one -> one.isLike(columns)).findFirst().orElse(null);
            if (kin == null) {
                kin = new SchemaSimilarity(columns);
                all.add(kin);
            }
            kin.shared.retainAll(columns);
            kin.stems.put(stem.getKey(), stem.getValue());
        }
        for (SchemaSimilarity kin : all) {
            kin.isAlone = all.size() == 1 && (kin.stems.size() > 1 || unread.isEmpty());
        }
        for (Map.Entry<String, List<Path>> stem : unread.entrySet()) {
            SchemaSimilarity kin = all.stream()
                    .filter(one -> one.leadsTo(stem.getValue()))
                    .findFirst()
                    .orElse(null);
            if (kin == null) {
                kin = new SchemaSimilarity(Set.of());
                all.add(kin);
            }
            kin.stems.put(stem.getKey(), stem.getValue());
        }
        all.sort(Comparator.comparing(SchemaSimilarity::isUnread)
                .thenComparing(kin -> -kin.files().size()));
        return all;
    }

    private static Set<String> columns(List<Path> files, int mostBytes) throws IOException {
        for (Path file : files.subList(0, Math.min(MOST_TRIED, files.size()))) {
            List<String> columns = Samples.read(file, mostBytes).columns();
            if (!columns.isEmpty()) {
                return Set.copyOf(columns);
            }
        }
        return Set.of();
    }

    private boolean isUnread() {
        return shared.isEmpty();
    }

    private boolean isLike(Set<String> columns) {
        long both = columns.stream().filter(shared::contains).count();
        return both == Math.min(columns.size(), shared.size()) || 2 * both >= Math.max(columns.size(), shared.size());
    }

    /** A file name with stars, as a source's path has it. */
    String name() {
        if (stems.size() == 1 && !isAlone) {
            return stems.keySet().iterator().next();
        }
        Set<String> endings = stems.keySet().stream().map(FolderSample::suffix).collect(Collectors.toSet());
        return (isAlone ? "" : beginning()) + "*"
                + (endings.size() == 1 ? endings.iterator().next() : "");
    }

    /** What all stems begin with, up to the first star or dot. */
    String beginning() {
        String first = stems.keySet().iterator().next();
        int length = first.replaceFirst("[*?.].*", "").length();
        for (String stem : stems.keySet()) {
            while (!stem.startsWith(first.substring(0, length))) {
                length--;
            }
        }
        return first.substring(0, length);
    }

    List<Path> files() {
        return stems.values().stream().flatMap(List::stream).sorted().toList();
    }

    /** Whether the path of one leads to files of the other. */
    boolean isMistakenFor(SchemaSimilarity other) {
        return !isUnread() && (leadsTo(other.files()) || other.leadsTo(files()));
    }

    private boolean leadsTo(List<Path> files) {
        Pattern pattern = Pattern.compile(Stream.of(name().split("(?<=[*?])|(?=[*?])"))
                .map(part -> part.equals("*") ? ".*" : part.equals("?") ? "." : Pattern.quote(part))
                .collect(Collectors.joining()));
        return files.stream()
                .anyMatch(file -> pattern.matcher(file.getFileName().toString()).matches());
    }
}
