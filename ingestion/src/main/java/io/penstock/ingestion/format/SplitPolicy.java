package io.penstock.ingestion.format;

import java.io.Serializable;

/**
 * Which files are split, so that several tasks parse one. A file that is split may be of any size. Any other file is parsed as
 * a whole, in memory, and must be smaller than {@link FileText#LARGEST}.
 *
 * @param above bytes up to which a file is parsed as a whole
 * @param split bytes of a split of text, to which the rest of its last record is added; the splits of Parquet are row groups
 */
public record SplitPolicy(long above, int split) implements Serializable {
    public static final SplitPolicy USUAL = new SplitPolicy(64L << 20, 16 << 20);

    /** Whether a file is large enough to be split, and its format allows it. */
    public boolean maySplit(SourceFormat format, String path, long bytes) {
        return bytes > above && format.maySplit(path);
    }
}
