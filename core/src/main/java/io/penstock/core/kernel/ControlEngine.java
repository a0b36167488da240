package io.penstock.core.kernel;

import io.delta.kernel.data.ColumnarBatch;
import io.delta.kernel.data.FilteredColumnarBatch;
import io.delta.kernel.defaults.engine.DefaultEngine;
import io.delta.kernel.engine.Engine;
import io.delta.kernel.engine.ExpressionHandler;
import io.delta.kernel.engine.FileReadRequest;
import io.delta.kernel.engine.FileSystemClient;
import io.delta.kernel.engine.JsonHandler;
import io.delta.kernel.engine.ParquetHandler;
import io.delta.kernel.expressions.Column;
import io.delta.kernel.expressions.Predicate;
import io.delta.kernel.internal.util.Utils;
import io.delta.kernel.types.StructType;
import io.delta.kernel.utils.CloseableIterator;
import io.delta.kernel.utils.DataFileStatus;
import io.delta.kernel.utils.FileStatus;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/**
 * Kernel's engine, but for the logs of control tables: {@link LogFile} reads their checkpoints, and {@link LocalLog} lists
 * them on a local disk.
 */
record ControlEngine(Engine engine, Configuration hadoop) implements Engine {
    static ControlEngine of(Configuration hadoop) {
        return new ControlEngine(DefaultEngine.create(hadoop), hadoop);
    }

    @Override
    public ExpressionHandler getExpressionHandler() {
        return engine.getExpressionHandler();
    }

    @Override
    public JsonHandler getJsonHandler() {
        return engine.getJsonHandler();
    }

    @Override
    public FileSystemClient getFileSystemClient() {
        FileSystemClient kernels = engine.getFileSystemClient();
        return new FileSystemClient() {
            @Override
            public CloseableIterator<FileStatus> listFrom(String path) throws IOException {
                Optional<List<FileStatus>> local = LocalLog.from(hadoop, path);
                return local.isPresent() ? Utils.toCloseableIterator(local.get().iterator()) : kernels.listFrom(path);
            }

            @Override
            public String resolvePath(String path) throws IOException {
                return kernels.resolvePath(path);
            }

            @Override
            public CloseableIterator<ByteArrayInputStream> readFiles(CloseableIterator<FileReadRequest> requests)
                    throws IOException {
                return kernels.readFiles(requests);
            }

            @Override
            public boolean mkdirs(String path) throws IOException {
                return kernels.mkdirs(path);
            }

            @Override
            public boolean delete(String path) throws IOException {
                return kernels.delete(path);
            }
        };
    }

    @Override
    public ParquetHandler getParquetHandler() {
        ParquetHandler kernels = engine.getParquetHandler();
        return new ParquetHandler() {
            @Override
            public CloseableIterator<ColumnarBatch> readParquetFiles(
                    CloseableIterator<FileStatus> files, StructType schema, Optional<Predicate> predicate)
                    throws IOException {
                return LogFile.fits(schema) ? read(files, schema) : kernels.readParquetFiles(files, schema, predicate);
            }

            @Override
            public CloseableIterator<DataFileStatus> writeParquetFiles(
                    String folder, CloseableIterator<FilteredColumnarBatch> rows, List<Column> statistics)
                    throws IOException {
                return kernels.writeParquetFiles(folder, rows, statistics);
            }

            @Override
            public void writeParquetFileAtomically(String path, CloseableIterator<FilteredColumnarBatch> rows)
                    throws IOException {
                kernels.writeParquetFileAtomically(path, rows);
            }
        };
    }

    private CloseableIterator<ColumnarBatch> read(CloseableIterator<FileStatus> files, StructType schema)
            throws IOException {
        List<ColumnarBatch> batches = new ArrayList<>();
        try (files) {
            while (files.hasNext()) {
                batches.addAll(new LogFile(hadoop, files.next(), schema).batches());
            }
        }
        return Utils.toCloseableIterator(batches.iterator());
    }
}
