package io.penstock.ingestion.format;

import java.util.Iterator;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;

/** One split of a large file. */
public record SplitTask(FileTask file, SplitPlan.Whole whole, FileSplit split) implements ReadTask {
    @Override
    public long bytes() {
        return split.bytes();
    }

    @Override
    public Iterator<Row> rows(Configuration hadoop, SourceFormat format, int columns) {
        return format.rows(this, hadoop, columns);
    }
}
