package io.penstock.core.storage;

import java.io.IOException;
import java.util.Locale;
import org.apache.hadoop.fs.ChecksumFileSystem;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** The checksums that Hadoop keeps beside the files of a local disk. */
public final class Sidecars {
    private Sidecars() {}

    /**
     * Deletes the checksum of a commit that is not there. It is left where a disk told that it had renamed the commit and had
     * not; the next commit of that version would be held against it, and be unreadable.
     */
    public static void deleteLost(FileSystem files, Path table, long version) throws IOException {
        if (files instanceof ChecksumFileSystem checked) {
            Path commit = new Path(table, String.format(Locale.ROOT, "_delta_log/%020d.json", version));
            FileSystem raw = checked.getRawFileSystem();
            Path checksum = checked.getChecksumFile(commit);
            if (raw.exists(checksum) && !raw.exists(commit)) {
                raw.delete(checksum, false);
            }
        }
    }
}
