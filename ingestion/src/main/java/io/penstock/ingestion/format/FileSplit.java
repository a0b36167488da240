package io.penstock.ingestion.format;

import io.penstock.ingestion.contract.Reject;
import java.io.Serializable;

/**
 * A part of a big file, from record end to record end; of a Parquet file a row group.
 *
 * @param number of the piece in its file, from 1
 * @param from its first byte in the file
 * @param to behind its last byte
 * @param position number that its first record has in the file
 * @param line on which it begins in the file, 0 in a Parquet file
 * @param sha256 of its bytes, in a Parquet file behind those of the footer, by which a task notices that the file changed
 *     since it was surveyed
 */
public record FileSplit(int number, long from, long to, long position, long line, String sha256)
        implements Serializable {
    int bytes() {
        return Math.toIntExact(to - from);
    }

    Reject changed() {
        return new Reject(
                FileTask.CHANGED, "unchanged", "Bytes " + from + " to " + to + " are others than when it was surveyed");
    }
}
