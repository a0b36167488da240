package io.penstock.ingestion.format;

import io.penstock.core.Hashes;
import io.penstock.core.LedgerEntry;
import io.penstock.ingestion.contract.Reject;
import io.penstock.ingestion.format.ParsedFile.Rec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/** The rows of a file or of a split: one per record, and one marker row for all of them. */
public final class FileRows {
    /** Columns before the declared ones, in this order. */
    public static final String FRAME =
            "_marker boolean, unit_ordinal int, _path string, _file_id string, _sha256 string, "
                    + "_landed long, _cut long, _stamp string, _position long, _line long, _raw string, _row_id string, "
                    + "_code string, _rule string, _reason string, _records long, _new array<string>, "
                    + "_extra map<string,string>, _unless_withdrawn boolean, _split struct<number:int,names:array<string>>, "
                    + "_image binary";

    private static final int FRAME_COLUMNS = 21;
    private static final int ROW_ID_DIGITS = 32;

    private final FileTask file;
    private final String sha256;
    private final String fileId;
    private final RowIds ids;
    private final int split;
    private final int columns;

    /**
     * @param sha256 of the whole file
     * @param split number of the piece that the records are of; 0 when they are of the file and it is known that it is good
     * @param columns that the source declares
     */
    FileRows(FileTask file, String sha256, int split, int columns) {
        this.file = file;
        this.sha256 = sha256;
        this.fileId = LedgerEntry.fileId(file.path(), sha256);
        this.ids = new RowIds(file.path(), sha256);
        this.split = split;
        this.columns = columns;
    }

    Iterator<Row> rejected(Reject reject) {
        return of(ParsedFile.rejected(reject));
    }

    /** The marker, then the records. */
    Iterator<Row> of(ParsedFile parsed) {
        Row marker = marker(parsed.records().size(), parsed.newColumns(), parsed.names(), parsed.reject());
        return Stream.concat(Stream.of(marker), parsed.records().stream().map(this::row))
                .iterator();
    }

    /** The records as they are decoded, then the marker: only then is known whether all of them could be. */
    Iterator<Row> of(ParquetFile open, Iterator<Rec> records) {
        return new Iterator<>() {
            private long count;
            private boolean isDone;

            @Override
            public boolean hasNext() {
                return !isDone;
            }

            @Override
            public Row next() {
                if (isDone) {
                    throw new NoSuchElementException();
                }
                if (records.hasNext()) {
                    count++;
                    return row(records.next());
                }
                isDone = true;
                close(open);
                return marker(open.reject() == null ? count : 0, open.fresh(), List.of(), open.reject());
            }
        };
    }

    private static void close(ParquetFile open) {
        try {
            open.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Row marker(long records, List<String> fresh, List<String> names, Reject reject) {
        Object[] marker = frame(true, reject);
        marker[4] = sha256;
        marker[15] = records;
        marker[16] = fresh.toArray(String[]::new);
        marker[19] = split == 0 ? null : RowFactory.create(split, names.toArray(String[]::new));
        return RowFactory.create(marker);
    }

    private Row row(Rec rec) {
        Object[] row = frame(false, rec.reject());
        row[8] = rec.position();
        row[9] = rec.line();
        row[10] = rec.raw();
        row[11] = ids.of(rec.position());
        row[17] = rec.extra().isEmpty() ? null : scala.collection.JavaConverters.mapAsScalaMap(rec.extra());
        row[18] = rec.values() != null && rec.reject() != null;
        row[20] = rec.image();
        if (rec.values() != null) {
            System.arraycopy(rec.values(), 0, row, FRAME_COLUMNS, columns);
        }
        return RowFactory.create(row);
    }

    private Object[] frame(boolean isMarker, Reject reject) {
        Object[] row = new Object[FRAME_COLUMNS + columns];
        row[0] = isMarker;
        row[1] = file.unitDay();
        row[2] = file.path();
        row[3] = fileId;
        row[5] = file.landedMicros();
        row[6] = file.cutMicros();
        row[7] = file.sequence();
        row[18] = false;
        if (reject != null) {
            row[12] = reject.code();
            row[13] = reject.rule();
            row[14] = reject.reason();
        }
        return row;
    }

    /** A row's name: which record of which content under which path. The same in every run. */
    private static final class RowIds {
        private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

        private final MessageDigest ofFile;

        RowIds(String path, String sha256) {
            ofFile = Hashes.digest();
            ofFile.update((path + "\n" + sha256 + "\n").getBytes(StandardCharsets.UTF_8));
        }

        /** The digest of path and content is taken up where it stands, instead of being made again for every record. */
        String of(long position) {
            try {
                MessageDigest digest = (MessageDigest) ofFile.clone();
                byte[] hash = digest.digest(Long.toString(position).getBytes(StandardCharsets.US_ASCII));
                byte[] hex = new byte[ROW_ID_DIGITS];
                for (int i = 0; i < ROW_ID_DIGITS; i += 2) {
                    hex[i] = HEX[(hash[i / 2] >> 4) & 0xf];
                    hex[i + 1] = HEX[hash[i / 2] & 0xf];
                }
                return new String(hex, StandardCharsets.ISO_8859_1);
            } catch (CloneNotSupportedException e) {
                throw new IllegalStateException("Every Java runtime can copy SHA-256", e);
            }
        }
    }
}
