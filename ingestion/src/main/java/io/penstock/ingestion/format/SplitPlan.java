package io.penstock.ingestion.format;

import io.penstock.ingestion.contract.Reject;
import java.io.Serializable;
import java.nio.charset.Charset;
import java.util.List;

/**
 * What one pass over a big file found out, so that its pieces can be parsed without each other.
 *
 * @param whole what its pieces have to know; null when the file cannot be cut and is to be parsed whole
 * @param splits in order, all records of the file
 * @param reject why no record of the file is looked at, or null
 */
public record SplitPlan(Whole whole, List<FileSplit> splits, Reject reject) implements Serializable {
    /**
     * What a file is as a whole.
     *
     * @param header the text of a CSV file's header, with its quotes; empty for JSON and Parquet
     * @param charset of its bytes, after any byte order mark
     * @param isDamaged whether it has bytes that are not of its encoding, in any piece
     * @param isBackslashed whether {@link Backslashes} seem to escape its quotes, in any piece
     */
    public record Whole(String sha256, String header, String charset, boolean isDamaged, boolean isBackslashed)
            implements Serializable {
        Charset encoding() {
            return Charset.forName(charset);
        }
    }

    public static SplitPlan unsplit() {
        return new SplitPlan(null, List.of(), null);
    }

    static SplitPlan rejected(String sha256, Reject reject) {
        return new SplitPlan(new Whole(sha256, "", "UTF-8", false, false), List.of(), reject);
    }

    public boolean isUnsplit() {
        return whole == null;
    }
}
