package io.penstock.core.history;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** Small files beside the control tables, each there whole or not at all. Who writes one twice writes the same. */
final class KeptFiles {
    private final Configuration hadoop;

    /** @param hadoop how their file system is reached */
    KeptFiles(Configuration hadoop) {
        this.hadoop = hadoop;
    }

    void write(Path path, byte[] bytes) {
        Path half = new Path(path.getParent(), "." + path.getName() + "." + UUID.randomUUID());
        try {
            FileSystem files = path.getFileSystem(hadoop);
            try (var out = files.create(half, true)) {
                out.write(bytes);
            }
            files.delete(path, false);
            if (!files.rename(half, path)) { // another process put the same there meanwhile
                files.delete(half, false);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot keep " + path, e);
        }
    }

    Optional<byte[]> read(Path path) {
        try {
            FileSystem files = path.getFileSystem(hadoop);
            try (var in = files.open(path)) {
                return Optional.of(in.readAllBytes());
            }
        } catch (IOException unreadable) {
            return Optional.empty();
        }
    }
}
