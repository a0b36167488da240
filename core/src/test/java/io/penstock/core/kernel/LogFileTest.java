package io.penstock.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.delta.kernel.data.ColumnarBatch;
import io.delta.kernel.data.Row;
import io.delta.kernel.defaults.engine.DefaultEngine;
import io.delta.kernel.defaults.internal.json.JsonUtils;
import io.delta.kernel.engine.Engine;
import io.delta.kernel.internal.actions.SingleAction;
import io.delta.kernel.internal.replay.LogReplay;
import io.delta.kernel.internal.util.Utils;
import io.delta.kernel.types.DoubleType;
import io.delta.kernel.types.LongType;
import io.delta.kernel.types.StringType;
import io.delta.kernel.types.StructField;
import io.delta.kernel.types.StructType;
import io.delta.kernel.utils.CloseableIterator;
import io.delta.kernel.utils.FileStatus;
import io.penstock.core.Clock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is read of checkpoints is what Kernel reads of them. */
class LogFileTest {
    private static final int RUNS = 40;

    @TempDir
    private static Path folder;

    private static List<Path> checkpoints;

    @BeforeAll
    static void checkpointsOfControlTables() throws IOException {
        KernelManifestStore store = new KernelManifestStore(folder.toString(), "shop", Clock.system());
        for (int i = 0; i < RUNS; i++) {
            String run = "run-" + i;
            ManifestStoreContract.run(store, run, ManifestStoreContract.entry(run, ManifestStoreContract.CHRISTMAS));
        }
        try (Stream<Path> files = Files.walk(folder)) {
            checkpoints = files.filter(path -> path.toString().endsWith(".checkpoint.parquet"))
                    .sorted()
                    .toList();
        }
        assertThat(checkpoints).extracting(LogFileTest::table).contains("intents", "attempts", "manifests", "ledger");
    }

    @Test
    void whateverIsAskedOfACheckpointIsWhatKernelReads() throws IOException {
        List<StructType> schemas = List.of(
                SingleAction.CHECKPOINT_SCHEMA,
                SingleAction.FULL_SCHEMA,
                LogReplay.getAddRemoveReadSchema(true),
                LogReplay.getAddRemoveReadSchema(false),
                LogReplay.withSidecarFileSchema(LogReplay.getAddRemoveReadSchema(true)),
                LogReplay.PROTOCOL_METADATA_READ_SCHEMA,
                LogReplay.SET_TRANSACTION_READ_SCHEMA,
                LogReplay.DOMAIN_METADATA_READ_SCHEMA,
                new StructType()
                        .add(
                                "txn",
                                new StructType().add("appId", StringType.STRING).add("noSuchThing", LongType.LONG))
                        .add("noSuchAction", new StructType().add("at", LongType.LONG))
                        .add("nothing", StringType.STRING));
        for (Path checkpoint : checkpoints) {
            for (StructType schema : schemas) {
                assertThat(LogFile.fits(schema)).as("%s", schema).isTrue();
                assertThat(read(ControlEngine.of(new Configuration()), checkpoint, schema))
                        .as("%s, %s", checkpoint, schema)
                        .isNotEmpty()
                        .isEqualTo(read(DefaultEngine.create(new Configuration()), checkpoint, schema));
            }
        }
    }

    @Test
    void whatIsNoCheckpointIsLeftToKernel() {
        assertThat(LogFile.fits(new StructType().add("share", DoubleType.DOUBLE)))
                .isFalse();
        assertThat(LogFile.fits(new StructType().add("in", new StructType().add("share", DoubleType.DOUBLE))))
                .isFalse();
        assertThat(LogFile.fits(new StructType().add(StructField.METADATA_ROW_INDEX_COLUMN)))
                .isFalse();
    }

    @Test
    void aDamagedOneIsNotRead() throws IOException {
        byte[] whole = Files.readAllBytes(checkpoints.get(0));
        byte[] zeros = whole.clone();
        Arrays.fill(zeros, 4, zeros.length / 2, (byte) 0);
        Path damaged = folder.resolve("damaged.parquet");
        for (byte[] content : List.of(new byte[0], new byte[] {1, 2, 3}, Arrays.copyOf(whole, 300), zeros)) {
            Files.write(damaged, content);
            assertThatThrownBy(() -> read(
                            ControlEngine.of(new Configuration()), damaged, LogReplay.getAddRemoveReadSchema(true)))
                    .isInstanceOf(IOException.class);
        }
    }

    private static String table(Path checkpoint) {
        return checkpoint.getParent().getParent().getFileName().toString();
    }

    private static List<String> read(Engine engine, Path file, StructType schema) throws IOException {
        FileStatus status = FileStatus.of(
                file.toString(),
                Files.size(file),
                Files.getLastModifiedTime(file).toMillis());
        List<String> rows = new ArrayList<>();
        try (CloseableIterator<ColumnarBatch> batches = engine.getParquetHandler()
                .readParquetFiles(Utils.singletonCloseableIterator(status), schema, Optional.empty())) {
            while (batches.hasNext()) {
                try (CloseableIterator<Row> all = batches.next().getRows()) {
                    all.forEachRemaining(row -> rows.add(JsonUtils.rowToJson(row)));
                }
            }
        }
        return rows;
    }
}
