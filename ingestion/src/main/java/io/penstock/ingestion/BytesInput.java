package io.penstock.ingestion;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import org.apache.parquet.io.DelegatingSeekableInputStream;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.SeekableInputStream;

/** A file in memory as Parquet's reader wants it. */
record BytesInput(byte[] bytes) implements InputFile {
    @Override
    public long getLength() {
        return bytes.length;
    }

    @Override
    public SeekableInputStream newStream() {
        Cursor cursor = new Cursor(bytes);
        return new DelegatingSeekableInputStream(cursor) {
            @Override
            public long getPos() {
                return cursor.at();
            }

            @Override
            public void seek(long at) throws IOException {
                cursor.seek(at);
            }
        };
    }

    private static final class Cursor extends ByteArrayInputStream {
        Cursor(byte[] bytes) {
            super(bytes);
        }

        int at() {
            return pos;
        }

        void seek(long at) throws IOException {
            if (at < 0 || at > count) {
                throw new IOException("Cannot seek to " + at + " in " + count + " bytes");
            }
            pos = (int) at;
        }
    }
}
