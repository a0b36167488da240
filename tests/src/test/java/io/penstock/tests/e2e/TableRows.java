package io.penstock.tests.e2e;

import io.delta.kernel.Scan;
import io.delta.kernel.Snapshot;
import io.delta.kernel.Table;
import io.delta.kernel.data.ArrayValue;
import io.delta.kernel.data.ColumnVector;
import io.delta.kernel.data.FilteredColumnarBatch;
import io.delta.kernel.data.MapValue;
import io.delta.kernel.defaults.engine.DefaultEngine;
import io.delta.kernel.engine.Engine;
import io.delta.kernel.internal.InternalScanFileUtils;
import io.delta.kernel.internal.data.ScanStateRow;
import io.delta.kernel.internal.util.Utils;
import io.delta.kernel.types.BinaryType;
import io.delta.kernel.types.BooleanType;
import io.delta.kernel.types.ByteType;
import io.delta.kernel.types.DataType;
import io.delta.kernel.types.DateType;
import io.delta.kernel.types.DecimalType;
import io.delta.kernel.types.DoubleType;
import io.delta.kernel.types.FloatType;
import io.delta.kernel.types.IntegerType;
import io.delta.kernel.types.LongType;
import io.delta.kernel.types.ShortType;
import io.delta.kernel.types.StringType;
import io.delta.kernel.types.StructField;
import io.delta.kernel.types.StructType;
import io.delta.kernel.types.TimestampNTZType;
import io.delta.kernel.types.TimestampType;
import io.delta.kernel.utils.CloseableIterator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Date;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.GenericRowWithSchema;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;

/**
 * The rows of a Delta table as Spark would collect them, read by Delta Kernel: a tenth of what a query costs. Arrays are
 * lists, maps are sorted by their keys, structs are lists of their values.
 */
public final class TableRows {
    private static final Engine ENGINE = DefaultEngine.create(new Configuration());

    private TableRows() {}

    /** {@return the names of its columns, partitions last} */
    public static List<String> columns(Path table) {
        return snapshot(table).getSchema(ENGINE).fieldNames();
    }

    public static List<Row> of(Path table) {
        return of(snapshot(table));
    }

    static List<Row> of(Path table, long version) {
        return of(Table.forPath(ENGINE, path(table)).getSnapshotAsOfVersion(ENGINE, version));
    }

    private static Snapshot snapshot(Path table) {
        return Table.forPath(ENGINE, path(table)).getLatestSnapshot(ENGINE);
    }

    private static String path(Path table) {
        return table.toAbsolutePath().toString();
    }

    private static List<Row> of(Snapshot snapshot) {
        Scan scan = snapshot.getScanBuilder(ENGINE).build();
        io.delta.kernel.data.Row state = scan.getScanState(ENGINE);
        List<Row> rows = new ArrayList<>();
        try (CloseableIterator<FilteredColumnarBatch> batches = scan.getScanFiles(ENGINE)) {
            while (batches.hasNext()) {
                try (CloseableIterator<io.delta.kernel.data.Row> files =
                        batches.next().getRows()) {
                    while (files.hasNext()) {
                        read(state, files.next(), rows);
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return rows;
    }

    private static void read(io.delta.kernel.data.Row state, io.delta.kernel.data.Row file, List<Row> rows)
            throws IOException {
        try (CloseableIterator<FilteredColumnarBatch> batches = Scan.transformPhysicalData(
                ENGINE,
                state,
                file,
                ENGINE.getParquetHandler()
                        .readParquetFiles(
                                Utils.singletonCloseableIterator(InternalScanFileUtils.getAddFileStatus(file)),
                                ScanStateRow.getPhysicalDataReadSchema(ENGINE, state),
                                Optional.empty()))) {
            while (batches.hasNext()) {
                FilteredColumnarBatch batch = batches.next();
                StructType schema = batch.getData().getSchema();
                org.apache.spark.sql.types.StructType names = names(schema);
                for (int i = 0; i < batch.getData().getSize(); i++) {
                    boolean isThere = batch.getSelectionVector().isEmpty()
                            || batch.getSelectionVector().get().getBoolean(i);
                    if (isThere) {
                        rows.add(new GenericRowWithSchema(values(batch, schema.length(), i), names));
                    }
                }
            }
        }
    }

    /** Names only: nobody asks these rows for types. */
    private static org.apache.spark.sql.types.StructType names(StructType schema) {
        return new org.apache.spark.sql.types.StructType(schema.fields().stream()
                .map(StructField::getName)
                .map(name ->
                        new org.apache.spark.sql.types.StructField(name, DataTypes.StringType, true, Metadata.empty()))
                .toArray(org.apache.spark.sql.types.StructField[]::new));
    }

    private static Object[] values(FilteredColumnarBatch batch, int columns, int row) {
        Object[] values = new Object[columns];
        for (int column = 0; column < columns; column++) {
            values[column] = value(batch.getData().getColumnVector(column), row);
        }
        return values;
    }

    private static Object value(ColumnVector cells, int row) {
        DataType type = cells.getDataType();
        if (cells.isNullAt(row)) {
            return null;
        } else if (type instanceof StringType) {
            return cells.getString(row);
        } else if (type instanceof LongType) {
            return cells.getLong(row);
        } else if (type instanceof IntegerType) {
            return cells.getInt(row);
        } else if (type instanceof DoubleType) {
            return cells.getDouble(row);
        } else if (type instanceof FloatType) {
            return cells.getFloat(row);
        } else if (type instanceof BooleanType) {
            return cells.getBoolean(row);
        } else if (type instanceof ShortType) {
            return cells.getShort(row);
        } else if (type instanceof ByteType) {
            return cells.getByte(row);
        } else if (type instanceof DecimalType) {
            return cells.getDecimal(row);
        } else if (type instanceof DateType) {
            return Date.valueOf(LocalDate.ofEpochDay(cells.getInt(row)));
        } else if (type instanceof TimestampType || type instanceof TimestampNTZType) {
            return Timestamp.from(Instant.EPOCH.plus(cells.getLong(row), ChronoUnit.MICROS));
        } else if (type instanceof BinaryType) {
            return HexFormat.of().formatHex(cells.getBinary(row));
        } else if (type instanceof io.delta.kernel.types.ArrayType) {
            return list(cells.getArray(row));
        } else if (type instanceof io.delta.kernel.types.MapType) {
            return map(cells.getMap(row));
        }
        List<Object> fields = new ArrayList<>();
        for (int i = 0; i < ((StructType) type).length(); i++) {
            fields.add(value(cells.getChild(i), row));
        }
        return fields;
    }

    private static List<Object> list(ArrayValue array) {
        List<Object> list = new ArrayList<>();
        for (int i = 0; i < array.getSize(); i++) {
            list.add(value(array.getElements(), i));
        }
        return list;
    }

    private static TreeMap<String, Object> map(MapValue map) {
        TreeMap<String, Object> sorted = new TreeMap<>();
        for (int i = 0; i < map.getSize(); i++) {
            sorted.put(String.valueOf(value(map.getKeys(), i)), value(map.getValues(), i));
        }
        return sorted;
    }
}
