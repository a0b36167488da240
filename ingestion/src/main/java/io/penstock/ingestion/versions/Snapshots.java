package io.penstock.ingestion.versions;

import io.penstock.core.ErrorCode;
import io.penstock.core.LedgerEntry;
import io.penstock.core.UnitId;
import io.penstock.ingestion.landing.FileFact;
import io.penstock.ingestion.landing.LandedFile;
import io.penstock.ingestion.landing.LandingStamp;
import io.penstock.ingestion.landing.Notice;
import io.penstock.ingestion.landing.ReprocessingPath;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The snapshots of a source that show which keys were deleted. All files with one landing stamp are one snapshot. Pure. These
 * snapshots delete nothing: one that is damaged in part or as a whole, since its missing rows may only be unreadable; an empty
 * one; and one that was taken after a later one, in the order of units. Stamps ascend with units, so a range of units knows
 * the same as its units one by one.
 */
public final class Snapshots {
    /** @param fileId of its first file, by path */
    record Snapshot(String stamp, Instant landed, UnitId unit, String fileId, long rows) {}

    /** @param repaired the unit that took the file once more, sound, after it had been damaged */
    private record Part(
            String path,
            String stamp,
            Instant landed,
            UnitId unit,
            String fileId,
            long rows,
            Damage damage,
            Optional<UnitId> repaired) {
        Part asRepairedBy(Part next) {
            return new Part(
                    path, stamp, landed, unit, next.fileId(), next.rows(), next.damage(), Optional.of(next.unit()));
        }

        Part asTakenBy(Part next) {
            return new Part(path, stamp, landed, unit, next.fileId(), next.rows(), next.damage(), Optional.empty());
        }
    }

    private enum Damage {
        NONE,
        REPEAT,
        REJECTS
    }

    private final TreeMap<String, Snapshot> whole = new TreeMap<>();
    private final UnitId first;
    private final String oldest;
    private final List<Notice> notices = new ArrayList<>();

    /**
     * @param ledger of the source
     * @param taking units that are read now: what they took in an earlier attempt does not count
     * @param files what they took now
     */
    public Snapshots(Collection<LedgerEntry> ledger, Set<UnitId> taking, Collection<FileFact> files) {
        this.first = taking.stream().min(Comparator.naturalOrder()).orElse(UnitId.MAX);
        Map<String, Part> byPath = new LinkedHashMap<>();
        ledger.stream()
                .filter(entry -> !taking.contains(entry.unit()))
                .filter(entry -> !entry.state().equals(FileFact.SEEN) && !ReprocessingPath.is(entry))
                .sorted(Comparator.comparing(LedgerEntry::unit))
                .forEach(entry -> part(entry).ifPresent(part -> byPath.merge(part.path(), part, Snapshots::first)));
        files.forEach(file -> byPath.merge(file.file().path(), part(file), Snapshots::first));
        Collection<Part> parts = byPath.values();
        this.oldest = files.stream()
                .map(file -> LandingStamp.of(file.file().landed()))
                .min(Comparator.naturalOrder())
                .orElse("");
        Map<UnitId, Map<String, List<Part>>> byUnit = new TreeMap<>();
        parts.stream()
                .collect(Collectors.groupingBy(part -> List.of(part.unit(), part.stamp())))
                .values()
                .forEach(group -> byUnit.computeIfAbsent(soundFrom(group), unit -> new TreeMap<>())
                        .computeIfAbsent(group.get(0).stamp(), stamp -> new ArrayList<>())
                        .addAll(group));
        byUnit.forEach((unit, byStamp) -> byStamp.forEach((stamp, group) -> add(group, unit, taking.contains(unit))));
    }

    /** The unit that took a snapshot, or mended the last of its parts. */
    private static UnitId soundFrom(List<Part> parts) {
        boolean isSound = parts.stream().noneMatch(part -> part.damage() == Damage.REJECTS);
        return parts.stream()
                .flatMap(
                        part -> Stream.concat(Stream.of(part.unit()), part.repaired().filter(unit -> isSound).stream()))
                .max(Comparator.naturalOrder())
                .orElseThrow();
    }

    /**
     * A unit that ran again has the last word on its files; a file that a later unit restates stays where it was, and so does
     * one that was set aside and is taken by a later unit, since what it repeated changed. One that was damaged, and is sound
     * when it is taken once more, makes its snapshot sound from then on.
     */
    private static Part first(Part one, Part next) {
        if (!next.unit().isAfter(one.unit())) {
            return next;
        }
        return switch (one.damage()) {
            case REPEAT -> one.asTakenBy(next);
            case REJECTS -> next.damage() == Damage.NONE ? one.asRepairedBy(next) : one;
            case NONE -> one;
        };
    }

    private static Optional<Part> part(LedgerEntry entry) {
        Damage damage = entry.state().equals(FileFact.DUPLICATE)
                ? Damage.REPEAT
                : entry.state().equals(FileFact.TAKEN) && entry.rowsIn() == entry.rowsOut()
                        ? Damage.NONE
                        : Damage.REJECTS;
        return LandedFile.landedOf(entry.path())
                .map(landed -> new Part(
                        entry.path(),
                        LandingStamp.of(landed),
                        landed,
                        entry.unit(),
                        entry.fileId(),
                        entry.rowsOut(),
                        damage,
                        Optional.empty()));
    }

    private static Part part(FileFact file) {
        Damage damage = file.state().equals(FileFact.DUPLICATE)
                ? Damage.REPEAT
                : file.state().equals(FileFact.TAKEN) && file.rejected() == 0 ? Damage.NONE : Damage.REJECTS;
        return new Part(
                file.file().path(),
                LandingStamp.of(file.file().landed()),
                file.file().landed(),
                file.unit().id(),
                file.fileId(),
                file.rowsOut(),
                damage,
                Optional.empty());
    }

    private void add(List<Part> parts, UnitId unit, boolean isTaken) {
        if (parts.stream().allMatch(part -> part.damage() == Damage.REPEAT)) {
            return; // the same keys as before
        }
        Part name = parts.stream().min(Comparator.comparing(Part::path)).orElseThrow();
        Optional<String> why = whyNot(name.stamp(), parts);
        if (why.isEmpty()) {
            whole.put(name.stamp(), new Snapshot(name.stamp(), name.landed(), unit, name.fileId(), rows(parts)));
        } else if (isTaken) {
            notices.add(new Notice(
                    ErrorCode.NOTHING_WITHDRAWN.code(),
                    name.path(),
                    "The snapshot " + name.stamp() + " withdraws no key: " + why.get()));
        }
    }

    private Optional<String> whyNot(String stamp, List<Part> parts) {
        if (!whole.isEmpty() && whole.lastKey().compareTo(stamp) >= 0) {
            return Optional.of(
                    whole.lastKey().equals(stamp)
                            ? "an earlier unit took the rest of it"
                            : "that of " + whole.lastKey() + " was taken before it");
        }
        if (parts.stream().anyMatch(part -> part.damage() == Damage.REJECTS)) {
            return Optional.of("some of it was rejected, so a key that it lacks may still be there");
        }
        return rows(parts) == 0 ? Optional.of("it is empty") : Optional.empty();
    }

    private static long rows(List<Part> parts) {
        return parts.stream().mapToLong(Part::rows).sum();
    }

    /** Rows of the last whole snapshot before that of a stamp; 0 when there is none. */
    public long rowsBefore(String stamp) {
        Map.Entry<String, Snapshot> before = whole.lowerEntry(stamp);
        return before == null ? 0 : before.getValue().rows();
    }

    /** The whole ones, by their stamps. */
    public Collection<Snapshot> all() {
        return whole.values();
    }

    /** Stamp from which on rows of earlier units matter: that of the last whole snapshot before, or of a late file. */
    public String from() {
        String last = whole.values().stream()
                .filter(snapshot -> snapshot.unit().isBefore(first))
                .map(Snapshot::stamp)
                .max(Comparator.naturalOrder())
                .orElse("");
        return last.compareTo(oldest) < 0 ? last : oldest;
    }

    public List<Notice> notices() {
        return notices;
    }
}
