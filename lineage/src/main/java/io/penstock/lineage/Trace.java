package io.penstock.lineage;

import io.penstock.core.LedgerEntry;
import io.penstock.core.Manifest;
import io.penstock.core.Pin;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * From one scored row to every landed file that holds a row it used, and to table versions, model and commit.
 *
 * @param row columns of the scores table
 * @param asOf cut of the unit
 * @param tables versions that the row was made of, by table
 * @param files null where they cannot be told, see {@code filesUntold}
 * @param keptOut files of which something did not come into the tables; null where it cannot be told
 * @param run that scored
 */
public record Trace(
        Map<String, Object> row,
        String unit,
        String asOf,
        TracedModel model,
        List<TableVersion> tables,
        List<UsedFile> files,
        String filesUntold,
        List<KeptOut.File> keptOut,
        String keptOutUntold,
        String run,
        String recipe,
        String commit,
        Map<String, String> provenance) {

    private static final String COMMIT = "commit";
    private static final String UNKNOWN = "unknown";

    public record TableVersion(String table, long version) {}

    /** @param overwrittenBy the unit that took other content of the same path since; null where none did */
    public record UsedFile(
            String source, String path, String sha256, String unit, long rowsUsed, String overwrittenBy) {}

    /** What the files say; of a trace without files why they cannot be told. */
    public record Files(List<UsedFile> files, String filesUntold, List<KeptOut.File> keptOut, String keptOutUntold) {}

    public static Trace of(
            Map<String, Object> row,
            String asOf,
            Manifest scored,
            TracedModel model,
            Map<String, Long> versions,
            Files files) {
        return new Trace(
                row,
                scored.unit().toString(),
                asOf,
                model,
                versions.entrySet().stream()
                        .map(version -> new TableVersion(version.getKey(), version.getValue()))
                        .toList(),
                files.files(),
                files.filesUntold(),
                files.keptOut(),
                files.keptOutUntold(),
                scored.runId(),
                scored.recipe(),
                commit(scored),
                scored.provenance());
    }

    static String commit(Manifest manifest) {
        return manifest.provenance().getOrDefault(COMMIT, UNKNOWN);
    }

    /** The newest version of each table that the manifests read or wrote. */
    public static Map<String, Long> versions(Stream<Pin> pins) {
        Map<String, Long> versions = new TreeMap<>();
        pins.forEach(pin -> {
            if (pin instanceof Pin.TablePin table) {
                versions.merge(table.table(), table.version(), Math::max);
            }
        });
        return versions;
    }

    /**
     * The files behind used rows, by source, path and unit.
     *
     * @param rowsByFile rows that were used, by the id of their file
     * @param latest of a source the last entry of each path, as it stands now
     */
    public static List<UsedFile> files(
            Map<String, Long> rowsByFile, List<LedgerEntry> ledger, Function<String, Map<String, LedgerEntry>> latest) {
        Map<String, LedgerEntry> taken = new HashMap<>();
        ledger.stream()
                .filter(entry -> rowsByFile.containsKey(entry.fileId()) && isTaken(entry))
                .forEach(entry -> taken.put(entry.source() + " " + entry.fileId(), entry));
        Map<String, Map<String, LedgerEntry>> now = new HashMap<>();
        List<UsedFile> files = new ArrayList<>();
        taken.values().stream()
                .sorted(Comparator.comparing(LedgerEntry::source)
                        .thenComparing(LedgerEntry::path)
                        .thenComparing(LedgerEntry::unit))
                .forEach(entry -> {
                    LedgerEntry last =
                            now.computeIfAbsent(entry.source(), latest).getOrDefault(entry.path(), entry);
                    files.add(new UsedFile(
                            entry.source(),
                            entry.path(),
                            entry.sha256(),
                            entry.unit().toString(),
                            rowsByFile.get(entry.fileId()),
                            last.fileId().equals(entry.fileId())
                                    ? null
                                    : last.unit().toString()));
                });
        return files;
    }

    static boolean isTaken(LedgerEntry entry) {
        return entry.state().equals("taken");
    }
}
