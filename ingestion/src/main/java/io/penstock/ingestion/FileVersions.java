package io.penstock.ingestion;

import io.penstock.core.LedgerEntry;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What the files of a source held when units read them, of files that more than one unit read. Pure. */
public final class FileVersions {
    private static final Set<String> READ = Set.of(FileFact.TAKEN, FileFact.QUARANTINED, FileFact.DUPLICATE);

    private final Map<String, List<LedgerEntry>> byPath;

    private FileVersions(Map<String, List<LedgerEntry>> byPath) {
        this.byPath = byPath;
    }

    /** @param ledger of any sources */
    public static FileVersions of(String source, Collection<LedgerEntry> ledger) {
        Map<String, LocalDate> first = new HashMap<>();
        Set<String> again = new HashSet<>();
        for (LedgerEntry entry : ledger) {
            if (isRead(source, entry)
                    && !first.computeIfAbsent(entry.path(), path -> entry.unit())
                            .equals(entry.unit())) {
                again.add(entry.path());
            }
        }
        return new FileVersions(
                again.isEmpty()
                        ? Map.of()
                        : ledger.stream()
                                .filter(entry -> isRead(source, entry) && again.contains(entry.path()))
                                .sorted(Comparator.comparing(LedgerEntry::unit))
                                .collect(Collectors.groupingBy(LedgerEntry::path, TreeMap::new, Collectors.toList())));
    }

    private static boolean isRead(String source, LedgerEntry entry) {
        return entry.source().equals(source) && READ.contains(entry.state());
    }

    /** By the id of what a file held: the file. */
    Map<String, String> files() {
        Map<String, String> files = new HashMap<>();
        byPath.forEach((path, versions) -> versions.forEach(version -> files.put(version.fileId(), path)));
        return files;
    }

    /** Whether one of them landed then or later. */
    boolean reach(Instant landed) {
        return byPath.keySet().stream()
                .anyMatch(path -> !LandedFile.landedOf(path).orElse(Instant.MAX).isBefore(landed));
    }

    /** The units that took a file once more. */
    Set<LocalDate> restating() {
        Set<LocalDate> units = new TreeSet<>();
        byPath.values()
                .forEach(versions -> versions.stream()
                        .skip(1)
                        .filter(version -> version.state().equals(FileFact.TAKEN))
                        .forEach(version -> units.add(version.unit())));
        return units;
    }

    /**
     * By the id of what a file held and does not hold any more: the unit that took what it holds since. What was rejected of
     * such content need not be mended, the file says something else now.
     */
    public Map<String, LocalDate> superseded() {
        Map<String, LocalDate> superseded = new HashMap<>();
        byPath.values().forEach(versions -> {
            Optional<LedgerEntry> last = versions.stream()
                    .filter(version -> !version.state().equals(FileFact.QUARANTINED))
                    .reduce((one, next) -> next);
            last.ifPresent(now -> versions.stream()
                    .filter(version -> version.unit().isBefore(now.unit())
                            && !version.fileId().equals(now.fileId()))
                    .forEach(version -> superseded.put(version.fileId(), now.unit())));
        });
        return superseded;
    }
}
