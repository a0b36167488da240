package io.penstock.ingestion;

import io.penstock.core.LedgerEntry;
import io.penstock.core.Unit;
import io.penstock.core.config.PipelineConfig;
import java.time.Instant;
import java.time.LocalDate;
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
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Knows content that comes again under another name. Files must be asked for in the order of their units, then landing;
 * what a later unit took does not count, so that a range gives what its units give one by one. Where a key may return to an
 * older state (snapshots, and versions that order by landing), all that lands under one stamp is a repeat only of all that
 * landed just before. Where folders fill columns, equal bytes under other values are other rows.
 */
final class Repeats {
    private final Map<String, String> known = new HashMap<>();
    private final List<LedgerEntry> ledger;
    private final Set<String> hashes = new HashSet<>();
    private final TreeSet<LocalDate> units = new TreeSet<>();
    private Deque<LedgerEntry> earlier;
    private final boolean mayReturn;
    private final FileColumns columns;
    private final Map<String, List<String>> landing = new HashMap<>();
    private String current = "";

    /** @param taking units that are read now; what they took in an earlier attempt does not count */
    Repeats(PipelineConfig.Source source, Collection<LedgerEntry> ledger, Set<LocalDate> taking) {
        this.columns = new FileColumns(source);
        this.mayReturn = source.mode() == PipelineConfig.Mode.SNAPSHOT
                || source.mode() == PipelineConfig.Mode.UPSERT && source.isOrderedByLanding();
        this.ledger = ledger.stream()
                .filter(entry ->
                        entry.source().equals(source.name()) && entry.state().equals(FileFact.TAKEN))
                .filter(entry -> !mayReturn || !Replay.is(entry))
                .filter(entry -> entry.rowsIn() > 0 && !taking.contains(entry.unit()))
                .toList();
    }

    /** Of very many entries, those that may matter to what lands now. */
    private Deque<LedgerEntry> earlier() {
        if (earlier == null) {
            Set<LocalDate> before = mayReturn ? lastBefore() : Set.of();
            earlier = ledger.stream()
                    .filter(entry -> mayReturn ? before.contains(entry.unit()) : hashes.contains(entry.sha256()))
                    .sorted(Comparator.comparing(LedgerEntry::unit)
                            .thenComparing(
                                    entry -> LandedFile.landedOf(entry.path()).orElse(Instant.EPOCH))
                            .thenComparing(LedgerEntry::path))
                    .collect(Collectors.toCollection(ArrayDeque::new));
        }
        return earlier;
    }

    /** The unit before each that takes files: a landing before its last one is followed by another. */
    private Set<LocalDate> lastBefore() {
        TreeSet<LocalDate> done = ledger.stream().map(LedgerEntry::unit).collect(Collectors.toCollection(TreeSet::new));
        Set<LocalDate> before = new HashSet<>();
        units.forEach(unit -> {
            LocalDate last = done.lower(unit);
            if (last != null) {
                before.add(last);
            }
        });
        return before;
    }

    /** Tells of a good file that will be asked for; all of them first. */
    void lands(Unit unit, LandedFile file, String sha256) {
        hashes.add(sha256);
        units.add(unit.date());
        landing.computeIfAbsent(group(unit.date(), file.landed()), group -> new ArrayList<>())
                .add(content(sha256, file.path()));
    }

    /** The path that brought this content before, if any; else the file is remembered as the first to bring it. */
    Optional<String> of(Unit unit, LandedFile file, String sha256) {
        while (!earlier().isEmpty() && earlier().peek().unit().isBefore(unit.date())) {
            LedgerEntry entry = earlier().poll();
            remember(
                    group(entry.unit(), LandedFile.landedOf(entry.path()).orElse(Instant.EPOCH)),
                    content(entry.sha256(), entry.path()),
                    entry.path());
        }
        String group = group(unit.date(), file.landed());
        String content = content(sha256, file.path());
        Optional<String> twin = mayReturn ? twinOf(group, content) : Optional.ofNullable(known.get(content));
        if (twin.isEmpty() || twin.get().equals(file.path())) {
            remember(group, content, file.path());
            return Optional.empty();
        }
        return twin;
    }

    private Optional<String> twinOf(String group, String content) {
        if (group.equals(current)) {
            return Optional.ofNullable(known.get(content)); // twice under one stamp
        }
        Set<String> all = new HashSet<>(landing.getOrDefault(group, List.of()));
        return known.keySet().equals(all) ? Optional.ofNullable(known.get(content)) : Optional.empty();
    }

    private static String group(LocalDate unit, Instant landed) {
        return unit + " " + landed;
    }

    private String content(String sha256, String path) {
        return sha256 + "\0" + String.join("\0", columns.inPath(path).values());
    }

    private void remember(String group, String content, String path) {
        if (mayReturn && !group.equals(current)) {
            known.clear();
            current = group;
        }
        known.putIfAbsent(content, path);
    }
}
