package io.penstock.ingestion.format;

import io.penstock.ingestion.contract.Reject;
import java.io.Serializable;
import java.nio.charset.Charset;
import java.util.List;

/**
 * What one pass over a large file found, so that its splits can be parsed independently.
 *
 * @param whole what each split needs to know of the file; null when the file is not split but parsed as a whole
 * @param splits in order, with all records of the file
 * @param reject why the file gives no record, or null
 */
public record SplitPlan(Whole whole, List<FileSplit> splits, Reject reject) implements Serializable {
    /**
     * Facts of the whole file.
     *
     * @param header the text of a CSV file's header, with its quotes; empty for JSON and Parquet
     * @param charset of its bytes, after any byte order mark
     * @param isDamaged whether any split has bytes that are not of its encoding
     * @param isBackslashed whether {@link Backslashes} seem to escape quotes in any split
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
