package io.penstock.ingestion.format;

import io.penstock.core.config.SourceSpec;

/** The data files of a Delta table, taken by the versions that added them. */
public final class DeltaFormat extends ParquetFormat {
    private static final long serialVersionUID = 1L;

    private final boolean isOrderedByVersion;

    DeltaFormat(SourceSpec source) {
        super(source);
        this.isOrderedByVersion = source.mode() == SourceSpec.Mode.UPSERT;
    }

    /** The table's log says which rows are new, whatever bytes they are written in. */
    @Override
    public boolean isRepeatedByContent() {
        return false;
    }

    /** Versions of a table may be committed within one second. */
    @Override
    public boolean isOrderedByVersion() {
        return isOrderedByVersion;
    }
}
