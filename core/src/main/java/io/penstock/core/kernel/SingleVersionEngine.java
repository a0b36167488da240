package io.penstock.core.kernel;

import io.delta.kernel.data.ColumnVector;
import io.delta.kernel.data.ColumnarBatch;
import io.delta.kernel.data.Row;
import io.delta.kernel.defaults.internal.json.JsonUtils;
import io.delta.kernel.engine.Engine;
import io.delta.kernel.engine.ExpressionHandler;
import io.delta.kernel.engine.FileSystemClient;
import io.delta.kernel.engine.JsonHandler;
import io.delta.kernel.engine.ParquetHandler;
import io.delta.kernel.expressions.Predicate;
import io.delta.kernel.internal.util.FileNames;
import io.delta.kernel.types.StructType;
import io.delta.kernel.utils.CloseableIterator;
import io.delta.kernel.utils.FileStatus;
import io.penstock.core.storage.Sidecars;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;

/**
 * An engine that commits one given version of a table or nothing. Kernel alone rebases a commit onto whatever came between;
 * what a control table appends (its sequence numbers, the link to the manifest before) depends on the version it was
 * computed from, so a commit that lost its version has to be computed again.
 *
 * <p>On a local disk the log file appears by a hard link, which the kernel of the operating system refuses when the name is
 * taken. The log stores that Delta ships look first and rename then, and two processes can both come through. Elsewhere a
 * commit is looked for once it was made, since a rename that is told as done and is not would go unnoticed until the next
 * run.
 */
final class SingleVersionEngine implements Engine {
    /** Another process committed the version first. */
    static final class LostRace extends RuntimeException {
        private static final long serialVersionUID = 1L;

        LostRace(String path) {
            super("Another process committed first: " + path);
        }
    }

    private final Engine engine;
    private final Configuration hadoop;
    private final long version;

    SingleVersionEngine(Engine engine, Configuration hadoop, long version) {
        this.engine = engine;
        this.hadoop = hadoop;
        this.version = version;
    }

    @Override
    public ExpressionHandler getExpressionHandler() {
        return engine.getExpressionHandler();
    }

    @Override
    public FileSystemClient getFileSystemClient() {
        return engine.getFileSystemClient();
    }

    @Override
    public ParquetHandler getParquetHandler() {
        return engine.getParquetHandler();
    }

    @Override
    public JsonHandler getJsonHandler() {
        JsonHandler json = engine.getJsonHandler();
        return new JsonHandler() {
            @Override
            public ColumnarBatch parseJson(ColumnVector strings, StructType schema, Optional<ColumnVector> selection) {
                return json.parseJson(strings, schema, selection);
            }

            @Override
            public CloseableIterator<ColumnarBatch> readJsonFiles(
                    CloseableIterator<FileStatus> files, StructType schema, Optional<Predicate> predicate)
                    throws IOException {
                return json.readJsonFiles(files, schema, predicate);
            }

            @Override
            public void writeJsonFileAtomically(String path, CloseableIterator<Row> rows, boolean overwrite)
                    throws IOException {
                if (overwrite || !FileNames.isCommitFile(path)) {
                    json.writeJsonFileAtomically(path, rows, overwrite);
                } else if (FileNames.deltaVersion(path) != version) {
                    throw new LostRace(path);
                } else {
                    commit(json, path, rows);
                }
            }
        };
    }

    private void commit(JsonHandler json, String path, CloseableIterator<Row> rows) throws IOException {
        try {
            org.apache.hadoop.fs.Path target = new org.apache.hadoop.fs.Path(path);
            URI uri = target.toUri();
            if ("file".equals(uri.getScheme())) {
                commitLocally(Path.of(uri.getPath()), rows);
            } else {
                json.writeJsonFileAtomically(path, rows, false);
                FileSystem files = target.getFileSystem(hadoop);
                if (!files.exists(target)) {
                    Sidecars.deleteLost(files, target.getParent().getParent(), version);
                    throw new IOException("The storage told that " + path + " is written, and it is not there");
                }
            }
        } catch (FileAlreadyExistsException e) {
            throw new LostRace(path);
        }
    }

    private static void commitLocally(Path target, CloseableIterator<Row> rows) throws IOException {
        StringBuilder lines = new StringBuilder();
        try (rows) {
            while (rows.hasNext()) {
                lines.append(JsonUtils.rowToJson(rows.next())).append('\n');
            }
        }
        Path temporary = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID() + ".tmp");
        try {
            Files.write(temporary, lines.toString().getBytes(StandardCharsets.UTF_8));
            link(target, temporary);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    private static void link(Path target, Path temporary) throws IOException {
        try {
            Files.createLink(target, temporary);
        } catch (FileAlreadyExistsException e) {
            throw e;
        } catch (FileSystemException | UnsupportedOperationException e) {
            Files.move(temporary, target); // a disk without links: as safe as the log stores of Delta
        }
    }
}
