package io.penstock.ingestion;

import io.penstock.core.Hashes;
import io.penstock.core.LedgerEntry;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.security.AccessControlException;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/**
 * One file as an executor reads it: open once, hash, parse, and give one row per record after one row for the file itself.
 *
 * @param unitDay days since 1970
 */
record FileTask(
        String path, String location, long bytes, int unitDay, long cutMicros, long landedMicros, String sequence)
        implements Serializable {
    /** Columns before the declared ones, in this order. */
    static final String FRAME = "_marker boolean, unit_day int, _path string, _file_id string, _sha256 string, "
            + "_landed long, _cut long, _stamp string, _position long, _line long, _raw string, _row_id string, "
            + "_code string, _rule string, _reason string, _records long, _new array<string>, "
            + "_extra map<string,string>, _unless_withdrawn boolean";

    static final String GONE = "PEN-ING-017";
    static final String CHANGED = "PEN-ING-016";
    private static final int FRAME_COLUMNS = 19;
    private static final int ROW_ID_DIGITS = 32;

    List<Row> rows(Configuration hadoop, FileParser parser, int columns) {
        byte[] content = new byte[0];
        ParsedFile parsed;
        try {
            content = content(hadoop);
            parsed = content.length == bytes
                    ? parser.parse(path, content)
                    : ParsedFile.rejected(
                            CHANGED,
                            "unchanged",
                            "The file had " + bytes + " bytes when it was planned, now " + content.length);
        } catch (FileNotFoundException e) {
            parsed = isThere(hadoop) ? denied() : ParsedFile.rejected(GONE, "exists", "The file is gone");
        } catch (AccessControlException e) {
            parsed = denied();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + location, e);
        }
        return rows(parsed, Hashes.sha256(content), columns);
    }

    private static ParsedFile denied() {
        return ParsedFile.rejected("PEN-ING-018", "readable", "Reading the file is not permitted");
    }

    private List<Row> rows(ParsedFile parsed, String sha256, int columns) {
        String fileId = LedgerEntry.fileId(path, sha256);
        MessageDigest digest = Hashes.digest();
        List<Row> rows = new ArrayList<>(parsed.records().size() + 1);
        Object[] marker = frame(true, fileId, sha256, parsed.reject(), columns);
        marker[15] = (long) parsed.records().size();
        marker[16] = parsed.newColumns().toArray(String[]::new);
        rows.add(RowFactory.create(marker));
        for (ParsedFile.Rec rec : parsed.records()) {
            Object[] row = frame(false, fileId, sha256, rec.reject(), columns);
            row[8] = rec.position();
            row[9] = rec.line();
            row[10] = rec.raw();
            row[11] = rowId(digest, sha256, rec.position());
            row[17] = rec.extra().isEmpty() ? null : scala.collection.JavaConverters.mapAsScalaMap(rec.extra());
            row[18] = rec.values() != null && rec.reject() != null;
            if (rec.values() != null) {
                System.arraycopy(rec.values(), 0, row, FRAME_COLUMNS, columns);
            }
            rows.add(RowFactory.create(row));
        }
        return rows;
    }

    private Object[] frame(boolean isMarker, String fileId, String sha256, Reject reject, int columns) {
        Object[] row = new Object[FRAME_COLUMNS + columns];
        row[0] = isMarker;
        row[1] = unitDay;
        row[2] = path;
        row[3] = fileId;
        row[4] = isMarker ? sha256 : null;
        row[5] = landedMicros;
        row[6] = cutMicros;
        row[7] = sequence;
        row[18] = false;
        if (reject != null) {
            row[12] = reject.code();
            row[13] = reject.rule();
            row[14] = reject.reason();
        }
        return row;
    }

    /** The row's name: which record of which content under which path. The same in every run. */
    private String rowId(MessageDigest digest, String sha256, long position) {
        digest.update((path + "\n" + sha256 + "\n" + position).getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(digest.digest(), 0, ROW_ID_DIGITS / 2);
    }

    private byte[] content(Configuration hadoop) throws IOException {
        Path file = new Path(location);
        FileSystem files = file.getFileSystem(hadoop);
        try (FSDataInputStream in = files.open(file)) {
            return in.readNBytes((int) Math.min(bytes + 1, FileText.LARGEST));
        }
    }

    private boolean isThere(Configuration hadoop) {
        try {
            Path file = new Path(location);
            FileStatus status = file.getFileSystem(hadoop).getFileStatus(file);
            return status.isFile();
        } catch (IOException e) {
            return false;
        }
    }
}
