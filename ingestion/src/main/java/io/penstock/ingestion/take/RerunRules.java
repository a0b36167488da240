package io.penstock.ingestion.take;

import io.penstock.core.ErrorCode;
import io.penstock.core.LedgerEntry;
import io.penstock.core.PenstockException;
import io.penstock.core.UnitId;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.history.History;
import io.penstock.ingestion.landing.FileFact;
import io.penstock.ingestion.landing.LandedFile;
import io.penstock.ingestion.landing.LedgerLookup;
import io.penstock.ingestion.landing.Notice;
import io.penstock.ingestion.landing.ReprocessingPath;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Rules for running finished units of a source again. What they took must still be there, and units that depend on what they
 * took must run with them.
 */
final class RerunRules {
    private final SourceSpec source;
    private final History history;
    private final List<LedgerEntry> ledger;
    private final List<LandedFile> landed;
    private final List<String> unchanged;
    private final Function<LandedFile, String> sha256;

    /** Why a unit must not run without a later one. */
    private record Demand(UnitId unit, UnitId other, String why, String path) {}

    /**
     * @param landed what is there of the source, repaired files included, without {@code unchanged}
     * @param unchanged paths of files that are there as units took them that do not run
     * @param sha256 opens a file
     */
    RerunRules(
            SourceSpec source,
            History history,
            List<LandedFile> landed,
            List<String> unchanged,
            Function<LandedFile, String> sha256) {
        this.source = source;
        this.history = history;
        this.landed = landed;
        this.unchanged = unchanged;
        this.sha256 = sha256;
        this.ledger = history.standing().stream()
                .filter(entry -> entry.source().equals(source.name()))
                .toList();
    }

    /**
     * @param units of the range that is to run, done or not
     * @throws PenstockException {@code PEN-ING-042} for one that must run together with a later one, with the range that does
     *     for all sources; {@code PEN-ING-017} for one whose files are gone
     */
    static void require(List<RerunRules> sources, Set<UnitId> units) {
        demands(sources, units).findFirst().ifPresent(first -> {
            UnitId from = units.stream().min(Comparator.naturalOrder()).orElseThrow();
            UnitId to = units.stream().max(Comparator.naturalOrder()).orElseThrow();
            for (List<Demand> more = List.of(first); !more.isEmpty(); ) {
                for (Demand demand : more) {
                    from = demand.unit().isBefore(from) ? demand.unit() : from;
                    to = demand.other().isAfter(to) ? demand.other() : to;
                }
                more = demands(sources, between(sources, from, to)).toList();
            }
            Set<UnitId> all = between(sources, from, to);
            List<String> gone = sources.stream()
                    .flatMap(source -> source.gone(all).stream())
                    .map(LedgerEntry::path)
                    .distinct()
                    .toList();
            throw new PenstockException(
                    ErrorCode.UNITS_MUST_RUN_TOGETHER,
                    "Cannot run unit " + first.unit() + " again without unit " + first.other() + ", " + first.why(),
                    first.path(),
                    (gone.isEmpty() ? "" : "Put back what is gone, " + told(gone) + ". ")
                            + "Run all of them again: --again --from " + from + " --to " + to);
        });
        sources.forEach(source -> source.requireStillThere(units));
    }

    private static String told(List<String> paths) {
        return paths.get(0) + (paths.size() > 1 ? " and " + (paths.size() - 1) + " more" : "");
    }

    private static Stream<Demand> demands(List<RerunRules> sources, Set<UnitId> units) {
        return sources.stream().flatMap(source -> source.demand(units).stream());
    }

    private static Set<UnitId> between(List<RerunRules> sources, UnitId from, UnitId to) {
        return sources.stream()
                .flatMap(source -> source.ledger.stream().map(LedgerEntry::unit))
                .filter(unit -> !unit.isBefore(from) && !unit.isAfter(to))
                .collect(Collectors.toSet());
    }

    private Optional<Demand> demand(Set<UnitId> units) {
        return isAnyOf(units)
                ? overwrittenLater(units).or(() -> setAsideElsewhere(units)).or(() -> reprocessedLater(units))
                : Optional.empty();
    }

    private boolean isAnyOf(Set<UnitId> units) {
        return ledger.stream().anyMatch(entry -> units.contains(entry.unit()));
    }

    /** Files whose content a unit took and will not have again: they were overwritten, and a later unit takes them. */
    List<Notice> forgotten(Set<UnitId> units) {
        List<LedgerEntry> taken = ledger.stream()
                .filter(entry -> units.contains(entry.unit())
                        && entry.state().equals(FileFact.TAKEN)
                        && history.isInTables(entry))
                .toList();
        Map<String, LedgerEntry> last = new HashMap<>();
        taken.forEach(entry ->
                last.merge(entry.path(), entry, (one, other) -> one.unit().isAfter(other.unit()) ? one : other));
        return taken.stream()
                .filter(entry -> !entry.sha256().equals(last.get(entry.path()).sha256()))
                .map(entry -> new Notice(
                        ErrorCode.FIRST_CONTENT_LOST.code(),
                        entry.path(),
                        "The file was overwritten after unit " + entry.unit()
                                + " took it: run again, that unit no longer has what the file said then, and unit "
                                + last.get(entry.path()).unit() + " has what it says now"))
                .toList();
    }

    /** A later unit took the same file after it was overwritten. Only together do the two units take all that it held. */
    private Optional<Demand> overwrittenLater(Set<UnitId> units) {
        Map<String, UnitId> first = new HashMap<>();
        ledger.stream()
                .filter(entry -> units.contains(entry.unit()))
                .forEach(entry ->
                        first.merge(entry.path(), entry.unit(), (one, other) -> one.isBefore(other) ? one : other));
        return ledger.stream()
                .filter(entry -> !units.contains(entry.unit()) && entry.state().equals(FileFact.TAKEN))
                .filter(entry -> first.getOrDefault(entry.path(), UnitId.MAX).isBefore(entry.unit()))
                .min(Comparator.comparing(LedgerEntry::unit).thenComparing(LedgerEntry::path))
                .map(entry -> new Demand(
                        first.get(entry.path()),
                        entry.unit(),
                        "which took the same file after it was overwritten",
                        entry.path()));
    }

    /** A file that these units took was overwritten, and another unit set its earlier content aside as a duplicate. */
    private Optional<Demand> setAsideElsewhere(Set<UnitId> units) {
        Map<String, LedgerEntry> setAside = new HashMap<>();
        ledger.stream()
                .filter(entry -> !units.contains(entry.unit()) && entry.state().equals(FileFact.DUPLICATE))
                .forEach(entry -> setAside.merge(
                        entry.sha256(), entry, (one, other) -> one.unit().isAfter(other.unit()) ? one : other));
        if (setAside.isEmpty()) {
            return Optional.empty();
        }
        Map<String, LandedFile> there = landed.stream().collect(Collectors.toMap(LandedFile::path, file -> file));
        return ledger.stream()
                .filter(entry -> units.contains(entry.unit()) && entry.state().equals(FileFact.TAKEN))
                .filter(entry -> setAside.containsKey(entry.sha256()) && there.containsKey(entry.path()))
                .filter(entry -> LedgerLookup.mayHaveChanged(entry, there.get(entry.path())))
                .filter(entry -> !sha256.apply(there.get(entry.path())).equals(entry.sha256()))
                .findFirst()
                .map(entry -> {
                    LedgerEntry copy = setAside.get(entry.sha256());
                    return new Demand(
                            entry.unit().isBefore(copy.unit()) ? entry.unit() : copy.unit(),
                            entry.unit().isBefore(copy.unit()) ? copy.unit() : entry.unit(),
                            "since " + entry.path() + " was overwritten and " + copy.path()
                                    + ", which was set aside as the same content, is to be taken instead",
                            entry.path());
                });
    }

    /**
     * A unit that runs again may take what it rejected before, and what a later unit took in its place would be there twice.
     * So units that took repaired records of the source run with it.
     */
    private Optional<Demand> reprocessedLater(Set<UnitId> units) {
        Optional<UnitId> rejecting = ledger.stream()
                .filter(entry -> units.contains(entry.unit()) && history.isInTables(entry))
                .filter(entry -> entry.state().equals(FileFact.QUARANTINED)
                        || entry.state().equals(FileFact.TAKEN) && entry.rowsIn() > entry.rowsOut())
                .map(LedgerEntry::unit)
                .min(Comparator.naturalOrder());
        return rejecting.flatMap(first -> ledger.stream()
                .filter(entry ->
                        ReprocessingPath.is(entry) && entry.state().equals(FileFact.TAKEN) && entry.rowsOut() > 0)
                .filter(entry ->
                        entry.unit().isAfter(first) && !units.contains(entry.unit()) && history.isInTables(entry))
                .max(Comparator.comparing(LedgerEntry::unit))
                .map(entry -> new Demand(
                        first,
                        entry.unit(),
                        "which took mended records of " + source.name() + ", maybe in place of what it rejected",
                        entry.path())));
    }

    /** Without a file that a unit took, running it again would lose its rows. */
    private void requireStillThere(Set<UnitId> units) {
        List<LedgerEntry> gone = gone(units);
        if (!gone.isEmpty()) {
            LedgerEntry first = gone.get(0);
            long more = gone.stream().map(LedgerEntry::path).distinct().count() - 1;
            throw new PenstockException(
                    ErrorCode.FILE_GONE,
                    "Cannot run unit " + first.unit() + " again without a file that it took: it is gone"
                            + (more > 0 ? ", and so are " + more + " more" : ""),
                    first.path(),
                    "Put what was taken back to where it lay, or leave the unit out of the range: it keeps what it holds");
        }
    }

    /** Ledger entries of files that the units took and that are gone, by unit. */
    private List<LedgerEntry> gone(Set<UnitId> units) {
        if (!isAnyOf(units)) {
            return List.of();
        }
        Set<String> there = Stream.concat(unchanged.stream(), landed.stream().map(LandedFile::path))
                .collect(Collectors.toSet());
        return ledger.stream()
                .filter(entry ->
                        units.contains(entry.unit()) && !there.contains(entry.path()) && history.isInTables(entry))
                .sorted(Comparator.comparing(LedgerEntry::unit))
                .toList();
    }
}
