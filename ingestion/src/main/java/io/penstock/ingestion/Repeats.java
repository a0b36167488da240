package io.penstock.ingestion;

import io.penstock.core.LedgerEntry;
import io.penstock.core.Unit;
import io.penstock.core.config.PipelineConfig;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Knows content that comes again under another name. Files must be asked for in the order of their units, then landing;
 * what a later unit took does not count, so that a range gives what its units give one by one. A snapshot may return to an
 * older state, so there only the file just before counts. Where folders fill columns, equal bytes under other values are
 * other rows.
 */
final class Repeats {
    private final Map<String, String> known = new HashMap<>();
    private final Deque<LedgerEntry> earlier = new ArrayDeque<>();
    private final boolean isSnapshot;
    private final FileColumns columns;

    /** @param taking units that are read now; what they took in an earlier attempt does not count */
    Repeats(PipelineConfig.Source source, Collection<LedgerEntry> ledger, Set<LocalDate> taking) {
        this.columns = new FileColumns(source);
        this.isSnapshot = source.mode() == PipelineConfig.Mode.SNAPSHOT;
        ledger.stream()
                .filter(entry ->
                        entry.source().equals(source.name()) && entry.state().equals(FileFact.TAKEN))
                .filter(entry -> !isSnapshot || !Replay.is(entry))
                .filter(entry -> entry.rowsIn() > 0 && !taking.contains(entry.unit()))
                .sorted(Comparator.comparing(LedgerEntry::unit)
                        .thenComparing(
                                entry -> LandedFile.landedOf(entry.path()).orElse(Instant.EPOCH))
                        .thenComparing(LedgerEntry::path))
                .forEach(earlier::add);
    }

    /** The path that brought this content before, if any; else the file is remembered as the first to bring it. */
    Optional<String> of(Unit unit, LandedFile file, String sha256) {
        while (!earlier.isEmpty() && earlier.peek().unit().isBefore(unit.date())) {
            LedgerEntry entry = earlier.poll();
            remember(content(entry.sha256(), entry.path()), entry.path());
        }
        String content = content(sha256, file.path());
        String before = known.get(content);
        if (before == null || before.equals(file.path())) {
            remember(content, file.path());
            return Optional.empty();
        }
        return Optional.of(before);
    }

    private String content(String sha256, String path) {
        return sha256 + "\0" + String.join("\0", columns.inPath(path).values());
    }

    private void remember(String content, String path) {
        if (isSnapshot) {
            known.clear();
        }
        known.putIfAbsent(content, path);
    }
}
