package io.penstock.ingestion.format;

import io.penstock.core.Hashes;
import io.penstock.ingestion.contract.Reject;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.parquet.hadoop.metadata.BlockMetaData;

/**
 * Reads the footer of a large Parquet file, then the file once as a stream: its hash, and the hash of each row group. Each row
 * group is a split.
 */
final class ParquetSplitPlanner {
    private static final int BUFFER = 1 << 20;
    /** The footer's length and the magic number. */
    private static final int END = 8;

    /** By which old writers tell a column to be shorter than it is: the header of its dictionary. */
    private static final int UNTOLD = 64;

    private record Group(FileSplit split, long rows, MessageDigest digest) {
        boolean isTooLarge() {
            return split.to() - split.from() > FileText.LARGEST;
        }

        long next() {
            return split.position() + rows;
        }

        void take(byte[] buffer, int read, long base) {
            long from = Math.max(split.from(), base);
            long to = Math.min(split.to(), base + read);
            if (from < to) {
                digest.update(buffer, (int) (from - base), (int) (to - from));
            }
        }

        FileSplit hashed() {
            return new FileSplit(
                    split.number(),
                    split.from(),
                    split.to(),
                    split.position(),
                    0,
                    HexFormat.of().formatHex(digest.digest()));
        }
    }

    private ParquetSplitPlanner() {}

    /**
     * @param path as the file's rows will bear it
     * @param bytes that the file had when it was planned; one more at most is read
     */
    static SplitPlan of(FSDataInputStream in, String path, long bytes, ParquetFormat format) throws IOException {
        List<Group> groups = new ArrayList<>();
        Reject reject = null;
        try {
            BytesInput.Part footer = footer(in, bytes);
            try (ParquetFile file = format.open(path, new BytesInput(bytes, List.of(footer)))) {
                reject = file.reject();
                for (BlockMetaData group : file.groups()) {
                    groups.add(group(group, groups, footer, bytes));
                }
            }
        } catch (EOFException e) { // shorter than planned, as the hash will find
            return plan(in, bytes, List.of(), FileTask.changed(bytes, 0));
        }
        boolean isUnsplit = groups.isEmpty() || groups.stream().anyMatch(Group::isTooLarge);
        return reject == null && isUnsplit ? SplitPlan.unsplit() : plan(in, bytes, groups, reject);
    }

    private static Group group(BlockMetaData group, List<Group> before, BytesInput.Part footer, long bytes) {
        ParquetFile.Extent extent = ParquetFile.extent(group);
        long to = Math.min(bytes, extent.to() + UNTOLD);
        MessageDigest digest = Hashes.digest();
        digest.update(footer.bytes());
        long position = before.isEmpty() ? 1 : before.get(before.size() - 1).next();
        return new Group(
                new FileSplit(before.size() + 1, extent.from(), to, position, 0, ""), group.getRowCount(), digest);
    }

    private static SplitPlan plan(FSDataInputStream in, long bytes, List<Group> groups, Reject reject)
            throws IOException {
        MessageDigest ofFile = Hashes.digest();
        byte[] buffer = new byte[BUFFER];
        long base = 0;
        in.seek(0);
        while (base <= bytes) {
            int read = in.read(buffer, 0, (int) Math.min(buffer.length, bytes + 1 - base));
            if (read < 0) {
                break;
            }
            ofFile.update(buffer, 0, read);
            for (Group group : groups) {
                group.take(buffer, read, base);
            }
            base += read;
        }
        String sha256 = HexFormat.of().formatHex(ofFile.digest());
        if (base != bytes || reject != null) {
            return SplitPlan.rejected(sha256, base == bytes ? reject : FileTask.changed(bytes, base));
        }
        return new SplitPlan(
                new SplitPlan.Whole(sha256, "", "UTF-8", false, false),
                groups.stream().map(Group::hashed).toList(),
                null);
    }

    /**
     * What a file ends with: its footer, if it has one.
     *
     * @throws EOFException when the file is shorter
     */
    static BytesInput.Part footer(FSDataInputStream in, long bytes) throws IOException {
        BytesInput.Part end = end(in, bytes, Math.min(bytes, END));
        long length = end.bytes().length < END
                ? 0
                : END
                        + Integer.toUnsignedLong(ByteBuffer.wrap(end.bytes())
                                .order(ByteOrder.LITTLE_ENDIAN)
                                .getInt());
        return length > Math.min(bytes, FileText.LARGEST) || length == 0 ? end : end(in, bytes, length);
    }

    private static BytesInput.Part end(FSDataInputStream in, long bytes, long length) throws IOException {
        byte[] end = new byte[(int) length];
        in.seek(bytes - length);
        in.readFully(end);
        return new BytesInput.Part(bytes - length, end);
    }

    static String sha256(BytesInput.Part footer, BytesInput.Part group) {
        MessageDigest digest = Hashes.digest();
        digest.update(footer.bytes());
        digest.update(group.bytes());
        return HexFormat.of().formatHex(digest.digest());
    }
}
