package io.penstock.tests.faults;

import io.penstock.tests.e2e.PlainDisk;
import io.penstock.tests.faults.Point.Mode;
import io.penstock.tests.faults.Point.Operation;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.ChecksumFs;
import org.apache.hadoop.fs.DelegateToFileSystem;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;

/**
 * A local disk under the scheme {@code fault}, with checksums as Hadoop's own {@code file} has them, that fails where {@link
 * Faults} says. Delta commits to it by renaming, as it does to HDFS.
 */
public final class FaultFileSystem extends LocalFileSystem {
    private static final URI ROOT = URI.create(Faults.SCHEME + ":///");

    public FaultFileSystem() {
        super(new Disk());
    }

    @Override
    public String getScheme() {
        return Faults.SCHEME;
    }

    /** The same disk for Hadoop's other interface, through which Delta commits. */
    public static final class Context extends ChecksumFs {
        public Context(URI uri, Configuration configuration) throws IOException, URISyntaxException {
            super(new Raw(uri, configuration));
        }
    }

    private static final class Raw extends DelegateToFileSystem {
        Raw(URI uri, Configuration configuration) throws IOException, URISyntaxException {
            super(uri, new Disk(), configuration, Faults.SCHEME, false);
        }

        @Override
        public int getUriDefaultPort() {
            return -1;
        }
    }

    private static final class Disk extends PlainDisk.Raw {
        @Override
        public URI getUri() {
            return ROOT;
        }

        @Override
        public FSDataInputStream open(Path path, int buffer) throws IOException {
            Optional<Mode> mode = Faults.meets(Operation.OPEN, path);
            if (mode.isEmpty()) {
                return super.open(path, buffer);
            }
            failIf(mode, Mode.BEFORE, path);
            return new FSDataInputStream(new Unreadable(path));
        }

        @Override
        protected OutputStream createOutputStream(Path path, boolean append) throws IOException {
            Optional<Mode> mode = Faults.meets(Operation.WRITE, path);
            failIf(mode, Mode.BEFORE, path);
            return failing(super.createOutputStream(path, append), mode, path);
        }

        @Override
        protected OutputStream createOutputStreamWithMode(Path path, boolean append, FsPermission permission)
                throws IOException {
            Optional<Mode> mode = Faults.meets(Operation.WRITE, path);
            failIf(mode, Mode.BEFORE, path);
            return failing(super.createOutputStreamWithMode(path, append, permission), mode, path);
        }

        private OutputStream failing(OutputStream out, Optional<Mode> mode, Path path) {
            return mode.isEmpty() ? out : new Unfinished(out, pathToFile(path).toPath(), mode.get());
        }

        @Override
        public boolean rename(Path from, Path to) throws IOException {
            Optional<Mode> mode = Faults.meets(Operation.RENAME, to);
            failIf(mode, Mode.BEFORE, to);
            if (mode.filter(Mode.LOST::equals).isPresent()) {
                return super.delete(from, true);
            }
            boolean done = super.rename(from, to);
            failIf(mode, Mode.AFTER, to);
            return done;
        }

        @Override
        public boolean delete(Path path, boolean recursive) throws IOException {
            Optional<Mode> mode = Faults.meets(Operation.DELETE, path);
            failIf(mode, Mode.BEFORE, path);
            if (mode.filter(Mode.LOST::equals).isPresent()) {
                return true;
            }
            boolean done = super.delete(path, recursive);
            failIf(mode, Mode.AFTER, path);
            return done;
        }

        @Override
        public boolean mkdirs(Path path) throws IOException {
            if (pathToFile(path).isDirectory()) { // asked for above every file that is written
                return true;
            }
            Optional<Mode> mode = Faults.meets(Operation.MKDIRS, path);
            failIf(mode, Mode.BEFORE, path);
            boolean done = super.mkdirs(path);
            failIf(mode, Mode.AFTER, path);
            return done;
        }

        @Override
        public boolean mkdirs(Path path, FsPermission permission) throws IOException {
            Optional<Mode> mode = Faults.meets(Operation.MKDIRS, path);
            failIf(mode, Mode.BEFORE, path);
            boolean done = super.mkdirs(path, permission);
            failIf(mode, Mode.AFTER, path);
            return done;
        }

        @Override
        public FileStatus[] listStatus(Path path) throws IOException {
            failIf(Faults.meets(Operation.LIST, path), Mode.BEFORE, path);
            return super.listStatus(path);
        }

        private static void failIf(Optional<Mode> mode, Mode which, Path path) throws IOException {
            if (mode.filter(which::equals).isPresent()) {
                throw new Faults.Failed(path.toUri().getPath());
            }
        }
    }

    /** Leaves all, half or none of the bytes when it is closed, and says that it failed. */
    private static final class Unfinished extends FilterOutputStream {
        private final java.nio.file.Path file;
        private final Mode mode;
        private boolean isClosed;

        Unfinished(OutputStream out, java.nio.file.Path file, Mode mode) {
            super(out);
            this.file = file;
            this.mode = mode;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
        }

        @Override
        public void close() throws IOException {
            if (isClosed) {
                return;
            }
            isClosed = true;
            super.close();
            if (mode != Mode.AFTER && Files.exists(file)) {
                try (var channel = Files.newByteChannel(file, StandardOpenOption.WRITE)) {
                    channel.truncate(mode == Mode.HALF ? channel.size() / 2 : 0);
                }
            }
            throw new Faults.Failed(file.toString());
        }
    }

    private static final class Unreadable extends FSInputStream {
        private final Path path;

        Unreadable(Path path) {
            this.path = path;
        }

        @Override
        public int read() throws IOException {
            throw new Faults.Failed(path.toUri().getPath());
        }

        @Override
        public void seek(long position) {}

        @Override
        public long getPos() {
            return 0;
        }

        @Override
        public boolean seekToNewSource(long position) {
            return false;
        }
    }
}
