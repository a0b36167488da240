package io.penstock.ingestion.format;

import io.penstock.ingestion.contract.Reject;
import java.util.Iterator;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;

/** A file that its split plan rejected. Nothing is read again. */
public record RejectedTask(FileTask file, String sha256, Reject reject) implements ReadTask {
    @Override
    public long bytes() {
        return 0;
    }

    @Override
    public Iterator<Row> rows(Configuration hadoop, SourceFormat format, int columns) {
        return new FileRows(file, sha256, 0, columns).rejected(reject);
    }
}
