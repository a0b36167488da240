package io.penstock.ingestion.format;

import java.io.Serializable;
import java.util.Iterator;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;

/** What an executor does for a file, or for a split of one. */
public sealed interface ReadTask extends Serializable permits FileTask, SplitTask, RejectedTask {
    /** What it reads. */
    long bytes();

    /**
     * One row for the file or the split, and one per record.
     *
     * @param columns that the source declares
     */
    Iterator<Row> rows(Configuration hadoop, SourceFormat format, int columns);
}
