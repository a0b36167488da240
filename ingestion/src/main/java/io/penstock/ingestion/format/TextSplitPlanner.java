package io.penstock.ingestion.format;

import io.penstock.core.ErrorCode;
import io.penstock.core.Hashes;
import io.penstock.ingestion.contract.Reject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Reads a large text once as a stream and finds where to split it: the hash of the file, its header, whether its bytes can be
 * decoded, and after each record end next to a multiple of the split size the number of records and lines before it. Holds a
 * buffer and the header, never a record.
 */
public final class TextSplitPlanner {
    /** What is sniffed of a file, and more. */
    private static final int HEAD = 16 << 10;

    private static final int BUFFER = 1 << 20;
    /** Longest header in bytes that is handed to every piece. */
    static final int LONGEST_HEADER = 1 << 20;

    private final String path;
    private final long bytes;
    private final TextFormat format;
    private final SplitPolicy policy;
    private final MessageDigest ofFile = Hashes.digest();
    private final MessageDigest ofSplit = Hashes.digest();
    private final ByteArrayOutputStream heading = new ByteArrayOutputStream();
    private final List<FileSplit> splits = new ArrayList<>();
    private Charset charset;
    private DecodeCheck decodeCheck;
    private RecordEnds ends;
    private Backslashes backslashes;
    private String header;
    private Reject reject;
    private boolean isUnsplit;

    /** Offset in the file of the bytes at hand. */
    private long base;

    private long recordFrom;
    private long splitFrom;
    private long splitLine = 1;
    private long splitPosition = 1;
    private long headers;

    private TextSplitPlanner(String path, long bytes, TextFormat format, SplitPolicy policy) {
        this.path = path;
        this.bytes = bytes;
        this.format = format;
        this.policy = policy;
    }

    /**
     * @param path as the file's rows will bear it
     * @param bytes that the file had when it was planned; one more at most is read
     */
    public static SplitPlan of(InputStream in, String path, long bytes, TextFormat format, SplitPolicy policy)
            throws IOException {
        return new TextSplitPlanner(path, bytes, format, policy).plan(in);
    }

    private SplitPlan plan(InputStream in) throws IOException {
        byte[] head = in.readNBytes((int) Math.min(HEAD, bytes + 1));
        start(head);
        byte[] buffer = new byte[BUFFER];
        int read = 0;
        for (base = head.length; !isUnsplit && base <= bytes; base += read) {
            read = in.read(buffer, 0, (int) Math.min(buffer.length, bytes + 1 - base));
            if (read < 0) {
                break;
            }
            take(buffer, 0, read);
        }
        return isUnsplit ? SplitPlan.unsplit() : finished();
    }

    private void start(byte[] head) {
        reject = format.strangePath(path);
        if (reject == null && FileText.isPacked(head)) {
            isUnsplit = true;
            return;
        }
        reject = reject == null ? FileText.strange(head, format.encoding()) : reject;
        int marked = FileText.marked(head);
        boolean isWide = marked > 0 || format.encoding().equals(StandardCharsets.UTF_8);
        charset = isWide ? StandardCharsets.UTF_8 : format.encoding();
        decodeCheck = new DecodeCheck(charset);
        ends = format.ends(isWide);
        backslashes = format.backslashes();
        header = format.hasHeader() ? null : "";
        recordFrom = marked;
        splitFrom = marked;
        ofFile.update(head, 0, marked);
        take(head, marked, head.length);
    }

    private void take(byte[] chunk, int from, int to) {
        ofFile.update(chunk, from, to - from);
        if (reject != null) {
            return;
        }
        decodeCheck.take(chunk, from, to);
        if (backslashes != null) {
            backslashes.take(chunk, from, to);
        }
        int kept = from;
        for (int end = ends.next(chunk, from, to); end >= 0; end = ends.next(chunk, end, to)) {
            kept = header == null ? headed(chunk, kept, end) : cut(chunk, kept, end);
            recordFrom = base + end;
        }
        if (header == null) {
            heading.write(chunk, kept, to - kept);
            stopIfHeaderTooLong();
        } else {
            ofSplit.update(chunk, kept, to - kept);
        }
    }

    /** Takes the header when the record that ended is one: the first that is not blank. */
    private int headed(byte[] chunk, int from, int end) {
        heading.write(chunk, from, end - from);
        stopIfHeaderTooLong();
        if (ends.records() == 0) {
            heading.reset();
        } else if (reject == null) {
            header = heading.toString(charset);
            reject = format.misheaded(path, header);
            headers = ends.records();
            ends.expect(format.columns(path, header));
            splitFrom = base + end;
            splitLine = ends.line();
        }
        return end;
    }

    /** Ends a piece with the record that ended when it is large enough; up to where the bytes are in a piece's hash. */
    private int cut(byte[] chunk, int from, int end) {
        stopIfTooLong(base + end);
        stopIfUncertain();
        if (base + end - splitFrom < policy.split()) {
            return from;
        }
        ofSplit.update(chunk, from, end - from);
        split(base + end);
        return end;
    }

    private void split(long to) {
        String sha256 = HexFormat.of().formatHex(ofSplit.digest());
        splits.add(new FileSplit(splits.size() + 1, splitFrom, to, splitPosition, splitLine, sha256));
        splitFrom = to;
        splitPosition = 1 + ends.records() - headers;
        splitLine = ends.line();
    }

    private void stopIfHeaderTooLong() {
        if (heading.size() <= LONGEST_HEADER) {
            return;
        }
        if (bytes < FileText.LARGEST) {
            isUnsplit = true;
            return;
        }
        heading.reset();
        reject = new Reject(
                ErrorCode.TOO_LONG.code(), "max-record", "The header is more than " + LONGEST_HEADER + " bytes long");
    }

    /** A record that no task could hold spoils its file. */
    private void stopIfTooLong(long end) {
        if (reject == null && end - recordFrom > FileText.LARGEST) {
            reject = new Reject(
                    ErrorCode.TOO_LONG.code(),
                    "max-record",
                    "The file has a record of more than " + FileText.LARGEST + " bytes, the record on line "
                            + ends.startLine());
        }
    }

    /** Where a record ends hangs on its length in characters, which only decoding tells of broken text. */
    private void stopIfUncertain() {
        if (!ends.isUncertain() || !decodeCheck.isBrokenSoFar()) {
            return;
        }
        if (bytes < FileText.LARGEST) {
            isUnsplit = true;
        } else if (reject == null) {
            reject = new Reject(
                    ErrorCode.INVALID_ENCODING.code(),
                    charset.name(),
                    "Bytes that are not " + charset.name() + " stand in a file with a record of several lines, about as"
                            + " long as max-record, before line " + ends.line());
        }
    }

    private SplitPlan finished() {
        String sha256 = HexFormat.of().formatHex(ofFile.digest());
        if (base != bytes) {
            return SplitPlan.rejected(sha256, FileTask.changed(bytes, base));
        }
        if (reject == null && header == null) {
            header = ends.isBlank() ? "" : heading.toString(charset);
            reject = format.misheaded(path, header);
            splitFrom = bytes;
            splitLine = ends.line();
        }
        stopIfTooLong(bytes);
        stopIfUncertain();
        if (isUnsplit) {
            return SplitPlan.unsplit();
        }
        if (reject != null) {
            return SplitPlan.rejected(sha256, reject);
        }
        if (splitFrom < bytes || splits.isEmpty()) {
            split(bytes);
        }
        boolean isBackslashed = backslashes != null && backslashes.escape();
        return new SplitPlan(
                new SplitPlan.Whole(sha256, header, charset.name(), decodeCheck.isBroken(), isBackslashed),
                List.copyOf(splits),
                null);
    }
}
