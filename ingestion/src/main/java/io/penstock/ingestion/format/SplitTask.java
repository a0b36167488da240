package io.penstock.ingestion.format;

import io.penstock.core.Hashes;
import java.util.Iterator;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;

/** One piece of a big text: open, go there, compare its bytes with those that were surveyed, parse. */
public record SplitTask(FileTask file, SplitPlan.Whole whole, FileSplit piece) implements ReadTask {
    @Override
    public long bytes() {
        return piece.bytes();
    }

    @Override
    public Iterator<Row> rows(Configuration hadoop, FileParser parser, int columns) {
        FileTask.Opened<byte[]> opened = file.open(hadoop, in -> {
            in.seek(piece.from());
            return in.readNBytes(piece.bytes());
        });
        return new FileRows(file, whole.sha256(), piece.number(), columns).of(parsed(opened, parser));
    }

    private ParsedFile parsed(FileTask.Opened<byte[]> opened, FileParser parser) {
        boolean isGone = opened.reject() != null && opened.reject().code().equals(FileTask.GONE);
        if (isGone) {
            return ParsedFile.rejected(opened.reject());
        }
        boolean isSame =
                opened.reject() == null && Hashes.sha256(opened.content()).equals(piece.sha256());
        return isSame
                ? parser.parse(file.path(), opened.content(), piece, whole)
                : ParsedFile.rejected(piece.changed());
    }
}
