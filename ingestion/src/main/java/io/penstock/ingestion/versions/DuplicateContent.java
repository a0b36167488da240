package io.penstock.ingestion.versions;

import io.penstock.core.LedgerEntry;
import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.config.SourceSpec;
import io.penstock.ingestion.landing.FileFact;
import io.penstock.ingestion.landing.LandedFile;
import io.penstock.ingestion.landing.PathColumns;
import io.penstock.ingestion.landing.ReprocessingPath;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Finds files whose content was taken before under another path. Files must be asked for in the order of their units, then
 * of landing. What a later unit took does not count, so a range of units gives what its units give one by one.
 * Files with equal bytes but other values in their folders hold other rows, and are not duplicates.
 *
 * <p>In some sources a key may return to an older state: {@code snapshot}, and {@code upsert} ordered by landing. There, all
 * files with one landing stamp are compared with all files of the landing just before, and only when that landing is known for
 * certain. It is not when one of its files was refused, rejected as a whole or overwritten since, or came late.
 *
 * <p>Content that a file lost when it was overwritten and taken again is no longer known where the source could withdraw its
 * rows: it is new when it lands once more. Rows of an {@code append} source stay, so there the content stays known. If a
 * refused unit of such a source is repaired late, the content may have been taken by a unit after it.
 */
public final class DuplicateContent {
    private final Map<String, String> known = new HashMap<>();
    private final List<LedgerEntry> ledger;
    private final Set<String> hashes = new HashSet<>();
    private final TreeSet<UnitId> units = new TreeSet<>();
    private Deque<LedgerEntry> earlier;
    private final boolean mayReturn;
    private final boolean isAppend;
    private final Set<String> restated;
    private Map<String, List<LedgerEntry>> versions;
    private Map<String, List<LedgerEntry>> alike;
    private final PathColumns inPath;
    private final Map<String, List<String>> landing = new HashMap<>();
    private final TreeMap<UnitId, Instant> newest = new TreeMap<>();
    private String current = "";
    private boolean isForgotten;

    /**
     * @param taking units that are read now; what they took in an earlier attempt does not count
     * @param restated paths of files that they take once more
     */
    public DuplicateContent(
            SourceSpec source, Collection<LedgerEntry> ledger, Set<UnitId> taking, Set<String> restated) {
        this.isAppend = source.mode() == SourceSpec.Mode.APPEND;
        this.restated = restated;
        this.inPath = new PathColumns(source);
        this.mayReturn = !isAppend && source.isOrderedByLanding();
        Set<String> states =
                mayReturn ? Set.of(FileFact.TAKEN, FileFact.QUARANTINED, FileFact.REFUSED) : Set.of(FileFact.TAKEN);
        this.ledger = ledger.stream()
                .filter(entry -> entry.source().equals(source.name()) && states.contains(entry.state()))
                .filter(entry -> !mayReturn || !ReprocessingPath.is(entry))
                .filter(entry ->
                        (entry.rowsIn() > 0 || !entry.state().equals(FileFact.TAKEN)) && !taking.contains(entry.unit()))
                .toList();
        if (mayReturn) {
            this.ledger.forEach(entry -> newest.merge(entry.unit(), landed(entry), DuplicateContent::later));
        }
    }

    /** Of very many entries, those that may matter to what lands now. */
    private Deque<LedgerEntry> earlier() {
        if (earlier == null) {
            Set<UnitId> before = mayReturn ? lastBefore() : Set.of();
            earlier = ledger.stream()
                    .filter(entry -> mayReturn ? before.contains(entry.unit()) : hashes.contains(entry.sha256()))
                    .sorted(Comparator.comparing(LedgerEntry::unit)
                            .thenComparing(DuplicateContent::landed)
                            .thenComparing(LedgerEntry::path))
                    .collect(Collectors.toCollection(ArrayDeque::new));
        }
        return earlier;
    }

    /** The unit before each that takes files: a landing before its last one is followed by another. */
    private Set<UnitId> lastBefore() {
        TreeSet<UnitId> done = ledger.stream().map(LedgerEntry::unit).collect(Collectors.toCollection(TreeSet::new));
        Set<UnitId> before = new HashSet<>();
        units.forEach(unit -> {
            UnitId last = done.lower(unit);
            if (last != null) {
                before.add(last);
            }
        });
        return before;
    }

    /** Announces a good file. All files are announced before the first {@link #of}. */
    public void lands(Unit unit, LandedFile file, String sha256) {
        hashes.add(sha256);
        units.add(unit.id());
        landing.computeIfAbsent(group(unit.id(), file.landed()), group -> new ArrayList<>())
                .add(content(sha256, file.path()));
    }

    /** The path that brought this content before. If there is none, the file is remembered as the first to bring it. */
    public Optional<String> of(Unit unit, LandedFile file, String sha256) {
        rememberBefore(unit);
        String group = group(unit.id(), file.landed());
        String content = content(sha256, file.path());
        Optional<String> twin = mayReturn ? twinOf(group, content) : Optional.ofNullable(known.get(content));
        if (twin.isEmpty() && isAppend) {
            twin = takenLater(unit, content);
        }
        if (twin.isPresent() && !twin.get().equals(file.path())) {
            return twin;
        }
        if (mayReturn && isLate(unit.id(), file.landed())) {
            forget(group);
        } else {
            remember(group, content, file.path());
        }
        newest.merge(unit.id(), file.landed(), DuplicateContent::later);
        return Optional.empty();
    }

    /** Whether what landed then, or later, had been taken by an earlier unit. */
    private boolean isLate(UnitId unit, Instant landed) {
        return newest.headMap(unit).values().stream().anyMatch(other -> !other.isBefore(landed));
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    private static Instant landed(LedgerEntry entry) {
        return LandedFile.landedOf(entry.path()).orElse(Instant.EPOCH);
    }

    /**
     * Announces a file that is taken again or rejected as a whole, in the order of the others. Its landing is then not known
     * for certain, and nothing is a duplicate of it.
     */
    public void forget(Unit unit, LandedFile file) {
        if (mayReturn) {
            rememberBefore(unit);
            forget(group(unit.id(), file.landed()));
        }
    }

    private void rememberBefore(Unit unit) {
        while (!earlier().isEmpty() && earlier().peek().unit().isBefore(unit.id())) {
            LedgerEntry entry = earlier().poll();
            String group = group(entry.unit(), landed(entry));
            boolean isUncertain = !entry.state().equals(FileFact.TAKEN)
                    || restated.contains(entry.path())
                    || mayReturn && (isRestating(entry) || isLate(entry.unit(), landed(entry)));
            if (mayReturn && isUncertain) {
                forget(group);
            } else if (isAppend || mayReturn || isStill(entry, unit.id())) {
                remember(group, content(entry.sha256(), entry.path()), entry.path());
            }
        }
    }

    /** Of a landing that is not what it was nothing is a repeat. */
    private void forget(String group) {
        known.clear();
        current = group;
        isForgotten = true;
    }

    private Optional<String> takenLater(Unit unit, String content) {
        if (alike == null) {
            alike = ledger.stream()
                    .filter(entry -> hashes.contains(entry.sha256()))
                    .collect(Collectors.groupingBy(entry -> content(entry.sha256(), entry.path())));
        }
        return alike.getOrDefault(content, List.of()).stream()
                .filter(entry -> entry.unit().isAfter(unit.id()))
                .map(LedgerEntry::path)
                .findFirst();
    }

    /** Whether the file had been taken with other content by an earlier unit. */
    private boolean isRestating(LedgerEntry entry) {
        return versionsOf(entry).stream().anyMatch(version -> version.unit().isBefore(entry.unit()));
    }

    /** Whether no unit up to this one took other content of the file. */
    private boolean isStill(LedgerEntry entry, UnitId unit) {
        return !restated.contains(entry.path())
                && versionsOf(entry).stream()
                        .noneMatch(version -> version.unit().isAfter(entry.unit())
                                && !version.unit().isAfter(unit));
    }

    private List<LedgerEntry> versionsOf(LedgerEntry entry) {
        if (versions == null) {
            Set<String> paths = earlier.stream().map(LedgerEntry::path).collect(Collectors.toCollection(HashSet::new));
            paths.add(entry.path());
            versions = ledger.stream()
                    .filter(other -> paths.contains(other.path()))
                    .collect(Collectors.groupingBy(LedgerEntry::path));
        }
        return versions.getOrDefault(entry.path(), List.of());
    }

    private Optional<String> twinOf(String group, String content) {
        if (group.equals(current)) {
            return Optional.ofNullable(known.get(content)); // twice under one stamp
        }
        Set<String> all = new HashSet<>(landing.getOrDefault(group, List.of()));
        return known.keySet().equals(all) ? Optional.ofNullable(known.get(content)) : Optional.empty();
    }

    private static String group(UnitId unit, Instant landed) {
        return unit + " " + landed;
    }

    private String content(String sha256, String path) {
        return sha256 + "\0" + String.join("\0", inPath.of(path).values());
    }

    private void remember(String group, String content, String path) {
        if (mayReturn && !group.equals(current)) {
            known.clear();
            current = group;
            isForgotten = false;
        }
        if (!isForgotten) {
            known.putIfAbsent(content, path);
        }
    }
}
