package io.penstock.ingestion.format;

import java.io.EOFException;
import java.util.Iterator;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;

/** One row group of a big Parquet file, and its footer: compared with those that were surveyed, then decoded. */
public record RowGroupTask(FileTask file, SplitPlan.Whole whole, FileSplit piece) implements ReadTask {
    @Override
    public long bytes() {
        return piece.bytes();
    }

    @Override
    public Iterator<Row> rows(Configuration hadoop, FileParser parser, int columns) {
        FileRows rows = new FileRows(file, whole.sha256(), piece.number(), columns);
        FileTask.Opened<BytesInput> opened = file.open(hadoop, in -> {
            try {
                BytesInput.Part footer = ParquetSplitPlanner.footer(in, file.bytes());
                in.seek(piece.from());
                BytesInput.Part group = new BytesInput.Part(piece.from(), in.readNBytes(piece.bytes()));
                boolean isSame = ParquetSplitPlanner.sha256(footer, group).equals(piece.sha256());
                return isSame ? new BytesInput(file.bytes(), List.of(group, footer)) : null;
            } catch (EOFException e) {
                return null;
            }
        });
        if (opened.reject() != null) {
            return rows.rejected(opened.reject());
        }
        if (opened.content() == null) {
            return rows.rejected(piece.changed());
        }
        ParquetFile open = parser.parquet(file.path(), opened.content());
        return rows.of(open, parser.records(file.path(), open, open.rows(piece.number() - 1), piece.position()));
    }
}
