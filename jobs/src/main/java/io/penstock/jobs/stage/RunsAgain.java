package io.penstock.jobs.stage;

import io.penstock.core.LedgerEntry;
import io.penstock.core.ManifestHead;
import io.penstock.core.PenstockException;
import io.penstock.core.Stage;
import io.penstock.core.config.PipelineConfig;
import io.penstock.ingestion.FileFact;
import io.penstock.ingestion.LandedFile;
import io.penstock.ingestion.Notice;
import io.penstock.ingestion.Overwritten;
import io.penstock.ingestion.Replay;
import io.penstock.jobs.run.History;
import java.time.LocalDate;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What must hold for units that are done to be ingested again: with what they took, and with the units that built on it. */
final class RunsAgain {
    private final PipelineConfig.Source source;
    private final History history;
    private final Set<LocalDate> units;
    private final List<LedgerEntry> ledger;

    /** @param units of the range that is to run, done or not */
    RunsAgain(PipelineConfig.Source source, History history, Set<LocalDate> units) {
        this.source = source;
        this.history = history;
        this.units = units;
        this.ledger = history.standing().stream()
                .filter(entry -> entry.source().equals(source.name()))
                .toList();
    }

    /**
     * @param landed what lies there, mended files included
     * @param sha256 opens a file
     * @throws PenstockException {@code PEN-ING-042} for a unit that must run together with a later one; {@code PEN-ING-017}
     *     for one whose files are gone
     */
    void require(List<LandedFile> landed, Function<LandedFile, String> sha256) {
        if (ledger.stream().noneMatch(entry -> units.contains(entry.unit()))) {
            return;
        }
        requireRestating();
        requireRepeating(landed, sha256);
        requireReplaying();
        requireStillThere(landed);
    }

    /** Files of which a unit will not have again what it took, since they were overwritten and a later unit takes them. */
    List<Notice> forgotten() {
        List<LedgerEntry> taken = ledger.stream()
                .filter(entry ->
                        units.contains(entry.unit()) && entry.state().equals(FileFact.TAKEN) && isPresent(entry))
                .toList();
        Map<String, LedgerEntry> last = new HashMap<>();
        taken.forEach(entry ->
                last.merge(entry.path(), entry, (one, other) -> one.unit().isAfter(other.unit()) ? one : other));
        return taken.stream()
                .filter(entry -> !entry.sha256().equals(last.get(entry.path()).sha256()))
                .map(entry -> new Notice(
                        "PEN-ING-049",
                        entry.path(),
                        "The file was overwritten after unit " + entry.unit()
                                + " took it: run again, that unit no longer has what the file said then, and unit "
                                + last.get(entry.path()).unit() + " has what it says now"))
                .toList();
    }

    /** What a later unit took of a file that was overwritten it did not take once more: alone, neither would be whole. */
    private void requireRestating() {
        Map<String, LocalDate> first = new HashMap<>();
        ledger.stream()
                .filter(entry -> units.contains(entry.unit()))
                .forEach(entry ->
                        first.merge(entry.path(), entry.unit(), (one, other) -> one.isBefore(other) ? one : other));
        ledger.stream()
                .filter(entry -> !units.contains(entry.unit()) && entry.state().equals(FileFact.TAKEN))
                .filter(entry -> first.getOrDefault(entry.path(), LocalDate.MAX).isBefore(entry.unit()))
                .min(Comparator.comparing(LedgerEntry::unit).thenComparing(LedgerEntry::path))
                .ifPresent(entry -> {
                    throw together(
                            first.get(entry.path()),
                            entry.unit(),
                            "which took the same file after it was overwritten",
                            entry.path());
                });
    }

    /** What a file brought that holds something else now, another unit set aside where it came again: that one brings it. */
    private void requireRepeating(List<LandedFile> landed, Function<LandedFile, String> sha256) {
        Map<String, LedgerEntry> setAside = new HashMap<>();
        ledger.stream()
                .filter(entry -> !units.contains(entry.unit()) && entry.state().equals(FileFact.DUPLICATE))
                .forEach(entry -> setAside.merge(
                        entry.sha256(), entry, (one, other) -> one.unit().isAfter(other.unit()) ? one : other));
        if (setAside.isEmpty()) {
            return;
        }
        Map<String, LandedFile> there = landed.stream().collect(Collectors.toMap(LandedFile::path, file -> file));
        ledger.stream()
                .filter(entry -> units.contains(entry.unit()) && entry.state().equals(FileFact.TAKEN))
                .filter(entry -> setAside.containsKey(entry.sha256()) && there.containsKey(entry.path()))
                .filter(entry -> Overwritten.mayBe(entry, there.get(entry.path())))
                .filter(entry -> !sha256.apply(there.get(entry.path())).equals(entry.sha256()))
                .findFirst()
                .ifPresent(entry -> {
                    LedgerEntry copy = setAside.get(entry.sha256());
                    throw together(
                            entry.unit().isBefore(copy.unit()) ? entry.unit() : copy.unit(),
                            entry.unit().isBefore(copy.unit()) ? copy.unit() : entry.unit(),
                            "since " + entry.path() + " was overwritten and " + copy.path()
                                    + ", which was set aside as the same content, is to be taken instead",
                            entry.path());
                });
    }

    /**
     * A unit may take now what it rejected, and then what was mended of it since would be there twice: the units that took
     * mended records run again with it, and find nothing to replace.
     */
    private void requireReplaying() {
        Optional<LocalDate> rejecting = ledger.stream()
                .filter(entry -> units.contains(entry.unit()) && isPresent(entry))
                .filter(entry -> entry.state().equals(FileFact.QUARANTINED)
                        || entry.state().equals(FileFact.TAKEN) && entry.rowsIn() > entry.rowsOut())
                .map(LedgerEntry::unit)
                .min(Comparator.naturalOrder());
        rejecting.ifPresent(first -> ledger.stream()
                .filter(entry -> Replay.is(entry) && entry.state().equals(FileFact.TAKEN) && entry.rowsOut() > 0)
                .filter(entry -> entry.unit().isAfter(first) && !units.contains(entry.unit()) && isPresent(entry))
                .max(Comparator.comparing(LedgerEntry::unit))
                .ifPresent(entry -> {
                    throw together(
                            first,
                            entry.unit(),
                            "which took mended records of " + source.name() + ", maybe in place of what it rejected",
                            entry.path());
                }));
    }

    /** A unit brings what it brought: rows of a file that is gone would be gone with it. */
    private void requireStillThere(List<LandedFile> landed) {
        Set<String> there = landed.stream().map(LandedFile::path).collect(Collectors.toSet());
        List<LedgerEntry> gone = ledger.stream()
                .filter(entry -> units.contains(entry.unit()) && !there.contains(entry.path()) && isPresent(entry))
                .sorted(Comparator.comparing(LedgerEntry::unit))
                .toList();
        if (!gone.isEmpty()) {
            LedgerEntry first = gone.get(0);
            throw PenstockException.refused(
                    "PEN-ING-017",
                    "Cannot run unit " + first.unit() + " again without a file that it took: it is gone"
                            + (gone.size() > 1 ? ", and so are " + (gone.size() - 1) + " more" : ""),
                    first.path(),
                    "Put what was taken back to where it lay, or leave the unit out of the range: it keeps what it holds");
        }
    }

    /** Whether the unit is done and this is what its last run said. */
    private boolean isPresent(LedgerEntry entry) {
        return history.head(Stage.INGEST, "", entry.unit())
                .filter(ManifestHead::isDone)
                .filter(head -> head.runId().equals(entry.runId()))
                .isPresent();
    }

    private PenstockException together(LocalDate unit, LocalDate other, String why, String path) {
        return PenstockException.configuration(
                "PEN-ING-042",
                "Cannot run unit " + unit + " again without unit " + other + ", " + why,
                path,
                "Run all of them again: --again --from " + unit + " --to " + lastRestating(other));
    }

    /** The unit behind which no file is restated that one before it took. */
    private LocalDate lastRestating(LocalDate last) {
        LocalDate end = last;
        for (boolean grows = true; grows; ) {
            LocalDate now = end;
            Set<String> paths = ledger.stream()
                    .filter(entry -> !entry.unit().isAfter(now))
                    .map(LedgerEntry::path)
                    .collect(Collectors.toSet());
            end = ledger.stream()
                    .filter(entry -> paths.contains(entry.path()))
                    .map(LedgerEntry::unit)
                    .max(Comparator.naturalOrder())
                    .orElse(now);
            grows = end.isAfter(now);
        }
        return end;
    }
}
