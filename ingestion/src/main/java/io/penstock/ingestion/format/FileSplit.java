package io.penstock.ingestion.format;

import io.penstock.ingestion.contract.Reject;
import java.io.Serializable;

/**
 * A part of a large file that is parsed on its own.
 *
 * @param number from 1
 * @param from first byte
 * @param to behind the last byte
 * @param position of its first record in the file, from 1
 * @param line of its first record, from 1; 0 where the format has no lines
 * @param sha256 of its bytes
 */
public record FileSplit(int number, long from, long to, long position, long line, String sha256)
        implements Serializable {
    int bytes() {
        return Math.toIntExact(to - from);
    }

    Reject changed() {
        return new Reject(
                FileTask.CHANGED,
                "unchanged",
                "Bytes " + from + " to " + to + " differ from those that the split plan saw");
    }
}
