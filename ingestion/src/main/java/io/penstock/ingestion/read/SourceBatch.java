package io.penstock.ingestion.read;

import io.penstock.core.LedgerEntry;
import io.penstock.core.UnitId;
import io.penstock.ingestion.landing.FileFact;
import io.penstock.ingestion.landing.Notice;
import io.penstock.ingestion.repair.Reprocessing;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * The result of one pass over the files of a source. The datasets use what the pass left in memory and on disk until {@link
 * #close}. Facts, units and notices are plain values.
 */
public final class SourceBatch implements AutoCloseable {
    private final Dataset<Row> bronze;
    private final Dataset<Row> quarantine;
    private final List<FileFact> files;
    private final Map<UnitId, UnitFacts> units;
    private final List<String> newColumns;
    private final List<Notice> notices;
    private final Optional<Dataset<Row>> replaced;
    private final List<Runnable> kept;

    SourceBatch(
            Dataset<Row> bronze,
            Dataset<Row> quarantine,
            List<FileFact> files,
            Map<UnitId, UnitFacts> units,
            List<String> newColumns,
            List<Notice> notices,
            Optional<Dataset<Row>> replaced,
            List<Runnable> kept) {
        this.bronze = bronze;
        this.quarantine = quarantine;
        this.files = files;
        this.units = units;
        this.newColumns = newColumns;
        this.notices = notices;
        this.replaced = replaced;
        this.kept = kept;
    }

    /**
     * Declared columns, derived columns, {@code _op}, {@code _sequence}, {@code _event_time}, {@code _known_at}, {@code
     * _row_id}, {@code _file_id}, {@code _position}, {@code unit}, then {@link #newColumns()}.
     */
    public Dataset<Row> bronze() {
        return bronze;
    }

    /**
     * {@code unit}, {@code source}, {@code path}, {@code _file_id}, {@code position}, {@code line}, {@code code}, {@code
     * rule}, {@code reason}, {@code raw}; a whole file is one row without position, line and raw.
     */
    public Dataset<Row> quarantine() {
        return quarantine;
    }

    /** One fact per file taken, in the order of units, then landing. */
    public List<FileFact> files() {
        return files;
    }

    public List<LedgerEntry> ledger(String runId) {
        return files.stream().map(file -> file.ledgerEntry(runId)).toList();
    }

    /** One entry per unit of the take, those without files included. */
    public Map<UnitId, UnitFacts> units() {
        return units;
    }

    /** Columns that the files have and the source does not declare, kept as text. */
    public List<String> newColumns() {
        return newColumns;
    }

    public List<Notice> notices() {
        return notices;
    }

    /** What mended records replace, when these are some: see {@link Reprocessing}. */
    public Optional<Dataset<Row>> replaced() {
        return replaced;
    }

    @Override
    public void close() {
        kept.forEach(Runnable::run);
    }
}
