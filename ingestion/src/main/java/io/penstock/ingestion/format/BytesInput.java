package io.penstock.ingestion.format;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import org.apache.parquet.io.DelegatingSeekableInputStream;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.SeekableInputStream;

/**
 * A file of which some parts are in memory, as Parquet's reader wants it.
 *
 * @param length of the whole file in bytes
 */
public record BytesInput(long length, List<Part> parts) implements InputFile {
    /** @param from offset in the file */
    record Part(long from, byte[] bytes) {
        boolean holds(long at) {
            return at >= from && at < from + bytes.length;
        }
    }

    public static BytesInput whole(byte[] bytes) {
        return new BytesInput(bytes.length, List.of(new Part(0, bytes)));
    }

    @Override
    public long getLength() {
        return length;
    }

    @Override
    public SeekableInputStream newStream() {
        Cursor cursor = new Cursor();
        return new DelegatingSeekableInputStream(cursor) {
            @Override
            public long getPos() {
                return cursor.at;
            }

            @Override
            public void seek(long at) throws IOException {
                cursor.seek(at);
            }
        };
    }

    /** What Parquet's messages name. */
    @Override
    public String toString() {
        return "the file";
    }

    private final class Cursor extends InputStream {
        private long at;

        void seek(long to) throws IOException {
            if (to < 0 || to > length) {
                throw new EOFException("Cannot seek to " + to + " in " + length + " bytes");
            }
            at = to;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int most) throws IOException {
            Objects.checkFromIndexSize(offset, most, into.length);
            if (most == 0 || at >= length) {
                return most == 0 ? 0 : -1;
            }
            for (Part part : parts) {
                if (part.holds(at)) {
                    int from = (int) (at - part.from());
                    int count = Math.min(most, part.bytes().length - from);
                    System.arraycopy(part.bytes(), from, into, offset, count);
                    at += count;
                    return count;
                }
            }
            throw new EOFException("A page or the footer reaches outside of its place, to byte " + at);
        }
    }
}
