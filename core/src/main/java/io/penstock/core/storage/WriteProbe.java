package io.penstock.core.storage;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import java.io.IOException;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** Whether a folder can be written, found out before there is anything to lose. */
public final class WriteProbe {
    private WriteProbe() {}

    /**
     * Writes an empty file and deletes it.
     *
     * @throws PenstockException {@code PEN-ING-019} when that is not permitted; what a disk or store that is full or away
     *     has a code of its own
     */
    public static void require(Configuration hadoop, String folder) {
        Path probe = new Path(folder, ".penstock-probe-" + UUID.randomUUID());
        try {
            FileSystem files = probe.getFileSystem(hadoop);
            files.create(probe, false).close();
            files.delete(probe, false);
        } catch (IOException e) {
            throw StorageErrors.of(e, folder)
                    .orElseGet(() -> new PenstockException(
                            ErrorCode.WAREHOUSE_NOT_WRITABLE,
                            "Cannot write the warehouse: " + e.getMessage(),
                            folder,
                            "Give this user the right to write there, or correct penstock.warehouse. Nothing was done",
                            e));
        }
    }
}
