package io.penstock.ingestion.format;

import io.penstock.core.config.PipelineConfig;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;

/**
 * Which files are cut into pieces that tasks parse beside each other. A cut file may be of any size; any other is parsed
 * whole, in memory, and has to be smaller than {@link FileText#LARGEST}.
 *
 * @param above bytes up to which a file is parsed whole
 * @param piece bytes of a piece of text, to which the rest of its last record is added; a Parquet file's are its row groups
 */
public record SplitPolicy(long above, int piece) implements Serializable {
    private static final int ASCII = 0x80;

    public static final SplitPolicy USUAL = new SplitPolicy(64L << 20, 16 << 20);

    /**
     * True of Parquet, and of text where a line end is one byte and its name says nothing of packing; that its bytes do not
     * either, a survey tells.
     */
    public boolean mayCut(PipelineConfig.Source source, String path, long bytes) {
        PipelineConfig.Layout layout = source.layout().orElse(PipelineConfig.Layout.USUAL);
        boolean isPlain = !layout.encoding().orElse("").equalsIgnoreCase(StandardCharsets.UTF_16.name())
                && layout.delimiter().orElse(",").charAt(0) < ASCII
                && !FileText.isNamedAsPacked(path);
        return bytes > above && (!source.format().isText() || isPlain);
    }
}
