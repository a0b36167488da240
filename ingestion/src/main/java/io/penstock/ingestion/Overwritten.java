package io.penstock.ingestion;

import io.penstock.core.LedgerEntry;
import io.penstock.core.PenstockException;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.config.PipelineConfig.OnOverwrite;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Files of a source that do not hold any more what a unit took. Size and modification time only say where to look, the hash
 * decides: files are opened whose time differs from the ledger's while their size does not, and no others.
 *
 * @param paths of those with other content
 * @param seen the ledger's word for those that were touched and have their content still, so that nobody looks again
 */
public record Overwritten(OnOverwrite policy, Set<String> paths, List<LedgerEntry> seen) {
    static final String CODE = "PEN-ING-011";
    static final String REFUSED = "refused";

    static final Overwritten NONE = new Overwritten(OnOverwrite.RESTATE, Set.of(), List.of());

    /**
     * @param known by path, what units said that are not run
     * @param sha256 opens a file
     * @throws PenstockException {@code PEN-ING-011} where the source refuses such files
     */
    public static Overwritten of(
            PipelineConfig.Source source,
            List<LandedFile> discovered,
            Map<String, LedgerEntry> known,
            Function<LandedFile, String> sha256) {
        List<LandedFile> touched = new ArrayList<>();
        Set<String> paths = new HashSet<>();
        for (LandedFile file : discovered) {
            LedgerEntry taken = known.get(file.path());
            if (taken == null || !mayBe(taken, file)) {
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
            throw PenstockException.refused(
                    CODE,
                    "Refused to go on: " + paths.size() + " files were overwritten after they were taken, " + first
                            + " of unit " + known.get(first).unit(),
                    "source " + source.name(),
                    "Put back what was taken and land the new content under a new name, or set on-overwrite = restate");
        }
        return new Overwritten(policy, Set.copyOf(paths), List.copyOf(seen));
    }

    /** Whether a file has another size or time than the ledger says of it; what a refused unit brought may change freely. */
    public static boolean mayBe(LedgerEntry taken, LandedFile file) {
        return mayBe(taken, file.bytes(), file.modified().toEpochMilli());
    }

    static boolean mayBe(LedgerEntry taken, long bytes, long modified) {
        return !taken.state().equals(REFUSED)
                && (taken.bytes() != bytes || taken.modified() != 0 && taken.modified() != modified);
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
