package io.penstock.core;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The pipeline's control state: intents, attempts, manifests, the file ledger, the model journal, metrics. One truth; no
 * twin beside it. Every method sees what every other process committed before the call.
 */
public interface ManifestStore {
    /** Manifests in commit order. */
    List<Manifest> manifests();

    /** The same, each read no further than a plan needs. */
    default List<ManifestHead> heads() {
        return manifests().stream().map(ManifestHead::of).toList();
    }

    /** Positions of manifests that do not say what is stored beside them: each stands whole, and once more in columns. */
    default List<Integer> contradicted() {
        return List.of();
    }

    /** Of each control table the first row that is not what was committed; none where no one else changed any. */
    default List<Edit> edits() {
        return List.of();
    }

    /** @param message names the row and says what is wrong with it */
    record Edit(String table, int position, String message) {}

    /** The latest record of every intent that is still open, oldest first. */
    List<Intent> openIntents();

    /** Runs that were given up: another intent was opened in the place of theirs. */
    Set<String> lostRuns();

    /** Runs whose intent is closed as done. */
    Set<String> doneRuns();

    /**
     * Commits a new intent.
     *
     * @throws PenstockException {@code PEN-RUN-050} if another process opened one for the same stage and subject meanwhile
     */
    void open(Intent intent);

    /**
     * Commits a new intent in the place of an open one, which is given up as {@code lost} in the same commit: at no moment
     * is what the lost run left behind owned by none.
     *
     * @throws PenstockException {@code PEN-RUN-050} if the lost one is not open any more
     */
    void openInstead(Intent intent, Intent lost);

    /**
     * Claims the next attempt of a run.
     *
     * @return the attempt claimed, 1 for the first
     * @throws PenstockException {@code PEN-RUN-050} if another process claimed it first
     */
    int claim(String runId);

    /** @throws PenstockException {@code PEN-RUN-050} if a higher attempt of the run was claimed since */
    void checkStillMine(String runId, int attempt);

    /** Appends the manifests (each chained to the one before), the ledger entries, and closes the intent as done. */
    void finish(Intent intent, List<Manifest> manifests, List<LedgerEntry> ledger);

    List<LedgerEntry> ledger();

    /** The ledger as it is now, read when its entries are first asked for. */
    Ledger ledgerNow();

    /**
     * The ledger at one moment.
     *
     * @param version another one when something was appended; one that was rebuilt begins again, and is not read by what
     *     asked for it before
     */
    record Ledger(long version, Supplier<List<LedgerEntry>> entries) {}

    /** Sets the ledger aside, readable or not, and begins another with these entries in one commit. */
    void rebuildLedger(List<LedgerEntry> entries);

    /** Appends to the model journal; entries are free-form, with {@code at}, {@code model}, {@code event}, {@code version}. */
    void journal(Map<String, String> entry);

    List<Map<String, String>> journal();

    /** Appends metric rows. */
    void metrics(List<MetricRow> rows);

    List<MetricRow> metrics();

    /** One measured number of a unit. */
    record MetricRow(String stage, String subject, String unit, String runId, String name, double value) {}
}
