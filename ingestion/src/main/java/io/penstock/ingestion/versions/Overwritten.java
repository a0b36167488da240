package io.penstock.ingestion.versions;

import io.penstock.core.ErrorCode;
import io.penstock.core.LedgerEntry;
import io.penstock.core.PenstockException;
import io.penstock.core.config.SourceSpec;
import io.penstock.core.config.SourceSpec.OnOverwrite;
import io.penstock.ingestion.landing.FileFact;
import io.penstock.ingestion.landing.LandedFile;
import io.penstock.ingestion.landing.LedgerLookup;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Files of a source that no longer hold what a unit took. Size and modification time select the candidates, the hash decides.
 * A file is opened only if its time differs from the ledger and its size does not.
 *
 * @param policy what the source does about them
 * @param paths files with other content
 * @param repeating files that were set aside as duplicates of content that its file no longer holds
 * @param seen ledger entries of files that were touched but have the same content, so that the next run need not open them
 */
public record Overwritten(OnOverwrite policy, Set<String> paths, Set<String> repeating, List<LedgerEntry> seen) {
    public static final String CODE = ErrorCode.FILE_OVERWRITTEN.code();

    public static final Overwritten NONE = new Overwritten(OnOverwrite.RESTATE, Set.of(), Set.of(), List.of());

    /**
     * @param known by path, what units said that are not run
     * @param sha256 opens a file
     * @throws PenstockException {@code PEN-ING-011} where the source refuses such files
     */
    public static Overwritten of(
            SourceSpec source,
            List<LandedFile> discovered,
            Map<String, LedgerEntry> known,
            Function<LandedFile, String> sha256) {
        List<LandedFile> touched = new ArrayList<>();
        Set<String> paths = new HashSet<>();
        for (LandedFile file : discovered) {
            LedgerEntry taken = known.get(file.path());
            if (taken == null || !LedgerLookup.mayHaveChanged(taken, file)) {
                continue;
            }
            if (taken.bytes() != file.bytes()) {
                paths.add(file.path());
            } else {
                touched.add(file);
            }
        }
        List<LedgerEntry> seen = new ArrayList<>();
        Map<LandedFile, String> hashes = new HashMap<>();
        touched.parallelStream()
                .map(file -> Map.entry(file, sha256.apply(file)))
                .forEachOrdered(hash -> hashes.put(hash.getKey(), hash.getValue()));
        for (LandedFile file : touched) {
            LedgerEntry taken = known.get(file.path());
            if (hashes.get(file).equals(taken.sha256())) {
                seen.add(again(taken, file));
            } else {
                paths.add(file.path());
            }
        }
        OnOverwrite policy = source.onOverwrite().orElse(OnOverwrite.RESTATE);
        if (policy == OnOverwrite.REFUSE && !paths.isEmpty()) {
            String first = paths.stream().sorted().findFirst().orElseThrow();
            throw new PenstockException(
                    ErrorCode.FILE_OVERWRITTEN,
                    "Refused to go on: " + paths.size() + " files were overwritten after they were taken, " + first
                            + " of unit " + known.get(first).unit(),
                    "source " + source.name(),
                    "Put back what was taken and land the new content under a new name, or set on-overwrite = restate");
        }
        return new Overwritten(
                policy,
                Set.copyOf(paths),
                source.mode() == SourceSpec.Mode.APPEND
                        ? Set.of()
                        : repeating(source, discovered, known, policy == OnOverwrite.RESTATE ? paths : Set.of()),
                List.copyOf(seen));
    }

    /**
     * Files whose content no file with rows holds any more; where all that lands together is one, all that lay with them, and
     * all that landed after something that comes late: what they repeat may not be the last before them any more.
     */
    private static Set<String> repeating(
            SourceSpec source, List<LandedFile> discovered, Map<String, LedgerEntry> known, Set<String> overwritten) {
        List<LandedFile> setAside = discovered.stream()
                .filter(file -> !overwritten.contains(file.path()))
                .filter(file -> known.containsKey(file.path())
                        && known.get(file.path()).state().equals(FileFact.DUPLICATE))
                .toList();
        if (setAside.isEmpty()) {
            return Set.of();
        }
        boolean isTogether = source.isOrderedByLanding();
        Instant late = discovered.stream()
                .filter(file -> isTogether && !known.containsKey(file.path()))
                .map(LandedFile::landed)
                .min(Comparator.naturalOrder())
                .orElse(Instant.MAX);
        Set<String> gone = new HashSet<>();
        Set<String> held = new HashSet<>();
        known.values().stream()
                .filter(entry -> entry.state().equals(FileFact.TAKEN))
                .forEach(entry -> (overwritten.contains(entry.path()) ? gone : held).add(entry.sha256()));
        if (!isTogether) {
            gone.removeAll(held);
        }
        Set<List<Object>> landings = setAside.stream()
                .filter(file -> gone.contains(known.get(file.path()).sha256())
                        || !file.landed().isBefore(late))
                .map(file -> landing(isTogether, file, known))
                .collect(Collectors.toSet());
        return setAside.stream()
                .filter(file -> landings.contains(landing(isTogether, file, known)))
                .map(LandedFile::path)
                .collect(Collectors.toUnmodifiableSet());
    }

    private static List<Object> landing(boolean isTogether, LandedFile file, Map<String, LedgerEntry> known) {
        return isTogether ? List.of(known.get(file.path()).unit(), file.landed()) : List.of(file.path());
    }

    private static LedgerEntry again(LedgerEntry taken, LandedFile file) {
        return new LedgerEntry(
                taken.source(),
                taken.path(),
                taken.fileId(),
                taken.bytes(),
                file.modified().toEpochMilli(),
                taken.sha256(),
                FileFact.SEEN,
                taken.unit(),
                taken.runId(),
                0,
                0,
                "touched, the same content");
    }
}
