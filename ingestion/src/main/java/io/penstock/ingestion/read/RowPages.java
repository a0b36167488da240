package io.penstock.ingestion.read;

import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.unsafe.Platform;

/**
 * Rows that are kept to be read a few times, packed in Spark's row format. Spark's own cache turns each row into columns with
 * statistics and back, which takes longer than reading a CSV file. Memory first, then disk.
 *
 * @param rows reads what is kept; the first reader computes it
 */
record RowPages(Dataset<Row> rows, JavaRDD<byte[]> pages) {
    private static final int PAGE = 1 << 20;
    /** Of the length before each row, so that rows begin where a long may. */
    private static final int WORD = 8;

    /** @param name as Spark's page of what is stored shows it */
    static RowPages keep(SparkSession spark, Dataset<Row> rows, String name) {
        StructType schema = rows.schema();
        JavaRDD<byte[]> pages = rows.queryExecution()
                .toRdd()
                .toJavaRDD()
                .mapPartitions(some -> new Packing(some, schema))
                .setName(name)
                .persist(StorageLevel.MEMORY_AND_DISK());
        int columns = schema.length();
        JavaRDD<InternalRow> unpacked = pages.mapPartitions(some -> new Unpacking(some, columns));
        return new RowPages(spark.internalCreateDataFrame(unpacked.rdd(), schema, false), pages);
    }

    void forget() {
        pages.unpersist(false);
    }

    private static final class Packing implements Iterator<byte[]> {
        private final Iterator<InternalRow> rows;
        private final UnsafeProjection unsafe;
        private byte[] page = new byte[0];
        private int filled;

        Packing(Iterator<InternalRow> rows, StructType schema) {
            this.rows = rows;
            this.unsafe = UnsafeProjection.create(schema);
        }

        @Override
        public boolean hasNext() {
            return filled > 0 || rows.hasNext();
        }

        @Override
        public byte[] next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            while (rows.hasNext()) {
                InternalRow next = rows.next();
                UnsafeRow row = next instanceof UnsafeRow is ? is : unsafe.apply(next);
                byte[] full = page;
                int used = filled;
                boolean isTurned = put(row);
                if (isTurned && used > 0) {
                    return used == full.length ? full : Arrays.copyOf(full, used);
                }
            }
            byte[] last = Arrays.copyOf(page, filled);
            page = new byte[0];
            filled = 0;
            return last;
        }

        /** Whether a new page was begun for it. */
        private boolean put(UnsafeRow row) {
            int size = WORD + row.getSizeInBytes();
            boolean isTurning = filled + size > page.length;
            if (isTurning) {
                page = new byte[Math.max(PAGE, size)];
                filled = 0;
            }
            Platform.putLong(page, Platform.BYTE_ARRAY_OFFSET + filled, row.getSizeInBytes());
            Platform.copyMemory(
                    row.getBaseObject(),
                    row.getBaseOffset(),
                    page,
                    Platform.BYTE_ARRAY_OFFSET + filled + WORD,
                    row.getSizeInBytes());
            filled += size;
            return isTurning;
        }
    }

    /** One row for all, as Spark's own readers do. */
    private static final class Unpacking implements Iterator<InternalRow> {
        private final Iterator<byte[]> pages;
        private final UnsafeRow row;
        private byte[] page = new byte[0];
        private int at;

        Unpacking(Iterator<byte[]> pages, int columns) {
            this.pages = pages;
            this.row = new UnsafeRow(columns);
        }

        @Override
        public boolean hasNext() {
            return at < page.length || pages.hasNext();
        }

        @Override
        public InternalRow next() {
            if (at == page.length) {
                page = pages.next();
                at = 0;
            }
            int size = (int) Platform.getLong(page, Platform.BYTE_ARRAY_OFFSET + at);
            row.pointTo(page, Platform.BYTE_ARRAY_OFFSET + at + WORD, size);
            at += WORD + size;
            return row;
        }
    }
}
