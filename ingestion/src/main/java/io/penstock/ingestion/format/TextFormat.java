package io.penstock.ingestion.format;

import io.penstock.core.Hashes;
import io.penstock.core.config.LayoutSpec;
import io.penstock.core.config.SourceSpec;
import io.penstock.ingestion.contract.Characters;
import io.penstock.ingestion.contract.Contract;
import io.penstock.ingestion.contract.Reject;
import io.penstock.ingestion.format.ParsedFile.Rec;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.spark.sql.Row;

/** Records that stand in a text, one after the other. A file may be packed; one that is not may be split between records. */
public abstract class TextFormat extends SourceFormat {
    private static final long serialVersionUID = 1L;
    private static final int ASCII = 0x80;

    final int maxRecord;

    private final String encoding;
    private final boolean maySplit;

    TextFormat(SourceSpec source) {
        super(source);
        LayoutSpec layout = source.layout().orElse(LayoutSpec.USUAL);
        this.encoding = layout.encoding().orElse("utf-8");
        this.maxRecord = layout.maxRecord().orElse(Contract.LONGEST);
        this.maySplit = !encoding.equalsIgnoreCase(StandardCharsets.UTF_16.name())
                && layout.delimiter().orElse(",").charAt(0) < ASCII;
    }

    public Charset encoding() {
        return Charset.forName(encoding);
    }

    /** The records of a whole file. */
    abstract ParsedFile records(Origin origin);

    /** The records of one split of a file. */
    abstract ParsedFile records(Origin origin, SplitPlan.Whole whole, FileSplit split);

    /** Whether backslashes seem to escape quotes in a text. */
    boolean isBackslashed(String text) {
        return false;
    }

    /**
     * Where records end in the bytes of a file.
     *
     * @param isWide whether the bytes are UTF-8
     */
    abstract RecordEnds ends(boolean isWide);

    /** Looks for {@link Backslashes} in the bytes of a file; null where the format has no quotes of its own. */
    Backslashes backslashes() {
        return null;
    }

    /** Whether the first record of a file names its columns. */
    boolean hasHeader() {
        return false;
    }

    /**
     * Why a file with this header is not read, or null.
     *
     * @param header the header's text; empty where the format has none
     */
    Reject misheaded(String path, String header) {
        return null;
    }

    /**
     * Number of fields of a file's header.
     *
     * @param header the header's text; empty where the format has none
     */
    int columns(String path, String header) {
        return 0;
    }

    /** True where a line end is one byte and the name says nothing of packing; the plan finds out whether the bytes do. */
    @Override
    public boolean maySplit(String path) {
        return maySplit && !FileText.isNamedAsPacked(path);
    }

    @Override
    SplitPlan plan(FSDataInputStream in, String path, long bytes, SplitPolicy policy) throws IOException {
        return TextSplitPlanner.of(in, path, bytes, this, policy);
    }

    @Override
    Iterator<Row> rows(FileTask file, byte[] content, String sha256, int declared) {
        return new FileRows(file, sha256, 0, declared).of(parse(file.path(), content));
    }

    @Override
    Iterator<Row> rows(SplitTask task, Configuration hadoop, int declared) {
        FileSplit split = task.split();
        FileTask.Opened<byte[]> opened = task.file().open(hadoop, in -> {
            in.seek(split.from());
            return in.readNBytes(split.bytes());
        });
        return new FileRows(task.file(), task.whole().sha256(), split.number(), declared).of(parsed(task, opened));
    }

    private ParsedFile parsed(SplitTask task, FileTask.Opened<byte[]> opened) {
        boolean isGone = opened.reject() != null && opened.reject().code().equals(FileTask.GONE);
        if (isGone) {
            return ParsedFile.rejected(opened.reject());
        }
        boolean isSame = opened.reject() == null
                && Hashes.sha256(opened.content()).equals(task.split().sha256());
        return isSame
                ? parse(task.file().path(), opened.content(), task.split(), task.whole())
                : ParsedFile.rejected(task.split().changed());
    }

    /** A text is parsed before its first record is given. */
    @Override
    public boolean mayEndRejected() {
        return false;
    }

    /** The records of a file. */
    ParsedFile parse(String path, byte[] bytes) {
        Reject strange = strangePath(path);
        if (strange != null) {
            return ParsedFile.rejected(strange);
        }
        FileText file = FileText.of(path, bytes, encoding());
        if (file.reject() != null) {
            return ParsedFile.rejected(file.reject());
        }
        return named(records(origin(file, path, isBackslashed(file.text()))));
    }

    private ParsedFile named(ParsedFile parsed) {
        Reject misnamed = parsed.reject() == null ? misnamed(parsed.names(), parsed.newColumns()) : null;
        return misnamed == null ? parsed : ParsedFile.rejected(misnamed);
    }

    /**
     * The records of a split, as the whole file has them. A reject is one of the whole file; {@link #misnamed} judges the
     * names of all splits together.
     *
     * @param bytes of the split
     */
    ParsedFile parse(String path, byte[] bytes, FileSplit split, SplitPlan.Whole whole) {
        FileText text = FileText.split(bytes, whole.encoding(), whole.isDamaged());
        return records(origin(text, path, whole.isBackslashed()), whole, split);
    }

    Rec tooLong(long position, long line, String raw) {
        return rejected(
                position,
                line,
                raw,
                null,
                "029",
                "max-record",
                "The record is " + raw.length() + " characters long (at most " + maxRecord + ")");
    }

    Rec checked(
            long position,
            long line,
            String raw,
            String[] texts,
            Map<String, String> extra,
            String first,
            Origin origin) {
        if (origin.file().isDamaged() && raw.indexOf('\uFFFD') >= 0) {
            return rejected(
                    position,
                    line,
                    raw,
                    first,
                    "010",
                    encoding,
                    named(texts, "\uFFFD") + " has bytes that are not " + encoding.toUpperCase(Locale.ROOT));
        }
        int strange = origin.file().isPlain() ? -1 : Characters.strange(raw);
        if (strange >= 0) {
            String character = raw.substring(strange, strange + 1);
            return rejected(
                    position,
                    line,
                    raw,
                    first,
                    "011",
                    "plain-characters",
                    character(named(texts, character), raw, strange));
        }
        Contract.Checked checked = contract.check(texts, origin.landed());
        return checked.reject() == null
                ? new Rec(position, line, raw, null, checked.values(), extra, null)
                : broken(position, line, raw, extra, first, checked);
    }

    private String named(String[] texts, String part) {
        for (int i = 0; i < texts.length; i++) {
            if (texts[i] != null && texts[i].contains(part)) {
                return columns.name(i);
            }
        }
        return "The record";
    }
}
