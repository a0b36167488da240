package io.penstock.ingestion.format;

import java.io.Serializable;

/**
 * Which files are cut into pieces that tasks parse beside each other. A cut file may be of any size; any other is parsed
 * whole, in memory, and has to be smaller than {@link FileText#LARGEST}.
 *
 * @param above bytes up to which a file is parsed whole
 * @param split bytes of a piece of text, to which the rest of its last record is added; a Parquet file's are its row groups
 */
public record SplitPolicy(long above, int split) implements Serializable {
    public static final SplitPolicy USUAL = new SplitPolicy(64L << 20, 16 << 20);

    /** Whether a file is large enough to be split, and its format allows it. */
    public boolean maySplit(SourceFormat format, String path, long bytes) {
        return bytes > above && format.maySplit(path);
    }
}
