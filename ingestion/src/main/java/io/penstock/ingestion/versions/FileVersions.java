package io.penstock.ingestion.versions;

import io.penstock.core.LedgerEntry;
import io.penstock.core.UnitId;
import io.penstock.ingestion.landing.FileFact;
import io.penstock.ingestion.landing.LandedFile;
import java.time.Instant;
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
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** The contents that files of a source had when units read them, for files that more than one unit read. Pure. */
public final class FileVersions {
    private static final Set<String> READ = Set.of(FileFact.TAKEN, FileFact.QUARANTINED, FileFact.DUPLICATE);

    private final Map<String, List<LedgerEntry>> byPath;
    private final Map<String, List<String>> setAside;

    /** @param setAside by hash of their content, files that were set aside as repeats */
    private FileVersions(Map<String, List<LedgerEntry>> byPath, Map<String, List<String>> setAside) {
        this.byPath = byPath;
        this.setAside = setAside;
    }

    /** @param ledger of any sources */
    public static FileVersions of(String source, Collection<LedgerEntry> ledger) {
        Map<String, UnitId> first = new HashMap<>();
        Set<String> again = new HashSet<>();
        for (LedgerEntry entry : ledger) {
            if (isRead(source, entry)
                    && !first.computeIfAbsent(entry.path(), path -> entry.unit())
                            .equals(entry.unit())) {
                again.add(entry.path());
            }
        }
        if (again.isEmpty()) {
            return new FileVersions(Map.of(), Map.of());
        }
        return new FileVersions(
                ledger.stream()
                        .filter(entry -> isRead(source, entry) && again.contains(entry.path()))
                        .sorted(Comparator.comparing(LedgerEntry::unit))
                        .collect(Collectors.groupingBy(LedgerEntry::path, TreeMap::new, Collectors.toList())),
                setAside(source, ledger));
    }

    private static Map<String, List<String>> setAside(String source, Collection<LedgerEntry> ledger) {
        Map<String, LedgerEntry> last = new HashMap<>();
        ledger.stream()
                .filter(entry -> isRead(source, entry))
                .forEach(entry -> last.merge(
                        entry.path(), entry, (one, next) -> next.unit().isBefore(one.unit()) ? one : next));
        return last.values().stream()
                .filter(entry -> entry.state().equals(FileFact.DUPLICATE))
                .collect(Collectors.groupingBy(
                        LedgerEntry::sha256, Collectors.mapping(LedgerEntry::path, Collectors.toList())));
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
    public boolean reach(Instant landed) {
        return byPath.keySet().stream()
                .anyMatch(path -> !LandedFile.landedOf(path).orElse(Instant.MAX).isBefore(landed));
    }

    /** The units that took a file once more. */
    Set<UnitId> restating() {
        Set<UnitId> units = new TreeSet<>();
        byPath.values()
                .forEach(versions -> versions.stream()
                        .skip(1)
                        .filter(version -> version.state().equals(FileFact.TAKEN))
                        .forEach(version -> units.add(version.unit())));
        return units;
    }

    /**
     * By the id of what a file held and does not hold any more: the unit that took what it holds since. What was rejected of
     * such content need not be mended, the file says something else now; but where another file holds it still, which was set
     * aside as a repeat, it is not gone.
     */
    public Map<String, UnitId> superseded() {
        return superseded(path -> true);
    }

    /** @param liesThere whether a file that was set aside is there still */
    public Map<String, UnitId> superseded(Predicate<String> liesThere) {
        Map<String, UnitId> superseded = new HashMap<>();
        byPath.values().forEach(versions -> {
            Optional<LedgerEntry> last = versions.stream()
                    .filter(version -> !version.state().equals(FileFact.QUARANTINED))
                    .reduce((one, next) -> next);
            last.ifPresent(now -> versions.stream()
                    .filter(version -> version.unit().isBefore(now.unit())
                            && !version.fileId().equals(now.fileId())
                            && setAside.getOrDefault(version.sha256(), List.of()).stream()
                                    .noneMatch(liesThere))
                    .forEach(version -> superseded.put(version.fileId(), now.unit())));
        });
        return superseded;
    }

    /** By the id of what a file held: other files that held it, too, and were set aside as repeats. */
    public static Map<String, List<String>> copies(String source, Collection<LedgerEntry> ledger) {
        Map<String, List<String>> setAside = setAside(source, ledger);
        Map<String, List<String>> copies = new HashMap<>();
        ledger.stream()
                .filter(entry -> isRead(source, entry) && setAside.containsKey(entry.sha256()))
                .forEach(entry -> copies.put(entry.fileId(), setAside.get(entry.sha256())));
        return copies;
    }

    /** The first unit that read the file, of those that more than one unit read. */
    public Optional<UnitId> first(String path) {
        return Optional.ofNullable(byPath.get(path))
                .map(versions -> versions.get(0).unit());
    }
}
