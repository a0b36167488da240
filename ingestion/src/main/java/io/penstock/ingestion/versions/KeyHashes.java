package io.penstock.ingestion.versions;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.HashPartitioner;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scala.Tuple2;

/**
 * Which hashes come more than once. They travel and are sorted as arrays of numbers; an aggregation of Spark's makes a row
 * and an entry of a hash table of each, on both sides of its shuffle.
 */
public final class KeyHashes {
    public static final String COLUMN = "_hash";
    /** Hashes that a task sorts, 32 MiB of them. */
    private static final long OF_A_TASK = 4L << 20;

    /** Hashes that a map task holds, 2 MiB of them, for all the tasks that they go to. */
    private static final int HELD = 1 << 18;

    private static final int LEAST = 64;
    private static final int MOST = 1 << 15;

    private KeyHashes() {}

    /**
     * @param hashes one column of {@code bigint}, none NULL
     * @param count how many there are, about
     * @return {@code _hash}, each once
     */
    public static Dataset<Row> repeated(SparkSession spark, Dataset<Row> hashes, long count) {
        int usual = Integer.parseInt(spark.conf().get("spark.sql.shuffle.partitions"));
        int tasks = Math.toIntExact(Math.max(usual, count / OF_A_TASK + 1));
        var repeated = hashes.queryExecution()
                .toRdd()
                .toJavaRDD()
                .mapPartitionsToPair(rows -> new Chunks(rows, tasks))
                .partitionBy(new HashPartitioner(tasks))
                .mapPartitions(KeyHashes::repeatedOf);
        return spark.internalCreateDataFrame(
                repeated.rdd(), new StructType().add(COLUMN, DataTypes.LongType, false), false);
    }

    private static Iterator<InternalRow> repeatedOf(Iterator<Tuple2<Integer, long[]>> chunks) {
        List<long[]> parts = new ArrayList<>();
        int count = 0;
        while (chunks.hasNext()) {
            long[] part = chunks.next()._2();
            parts.add(part);
            count += part.length;
        }
        long[] all = new long[count];
        int filled = 0;
        for (long[] part : parts) {
            System.arraycopy(part, 0, all, filled, part.length);
            filled += part.length;
        }
        Arrays.sort(all);
        List<InternalRow> repeated = new ArrayList<>();
        for (int i = 1; i < all.length; i++) {
            boolean isFirstRepeat = all[i] == all[i - 1] && (i == 1 || all[i - 2] != all[i]);
            if (isFirstRepeat) {
                repeated.add(new GenericInternalRow(new Object[] {all[i]}));
            }
        }
        return repeated.iterator();
    }

    /** The hashes of a partition by the task that sorts them, in arrays of a bounded length. */
    private static final class Chunks implements Iterator<Tuple2<Integer, long[]>> {
        private final Iterator<InternalRow> rows;
        private final long[][] open;
        private final int[] filled;
        private final Deque<Tuple2<Integer, long[]>> full = new ArrayDeque<>();
        private final int chunk;
        private boolean isDone;

        Chunks(Iterator<InternalRow> rows, int tasks) {
            this.rows = rows;
            this.open = new long[tasks][];
            this.filled = new int[tasks];
            this.chunk = Math.min(MOST, Math.max(LEAST, HELD / tasks));
        }

        @Override
        public boolean hasNext() {
            fill();
            return !full.isEmpty();
        }

        @Override
        public Tuple2<Integer, long[]> next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            return full.remove();
        }

        private void fill() {
            while (full.isEmpty() && rows.hasNext()) {
                take(rows.next().getLong(0));
            }
            if (full.isEmpty() && !isDone) {
                isDone = true;
                for (int task = 0; task < open.length; task++) {
                    if (filled[task] > 0) {
                        full.add(new Tuple2<>(task, Arrays.copyOf(open[task], filled[task])));
                    }
                }
            }
        }

        private void take(long hash) {
            int task = Math.floorMod(hash, open.length);
            if (open[task] == null) {
                open[task] = new long[chunk];
            }
            open[task][filled[task]++] = hash;
            if (filled[task] == chunk) {
                fold(task);
            }
        }

        /** Twice says as much as a thousand times: a chunk goes on its way when most of it says something. */
        private void fold(int task) {
            long[] hashes = open[task];
            Arrays.sort(hashes);
            int kept = 0;
            for (long hash : hashes) {
                if (kept < 2 || hashes[kept - 2] != hash) {
                    hashes[kept++] = hash;
                }
            }
            filled[task] = kept;
            if (kept > chunk / 2) {
                full.add(new Tuple2<>(task, kept == chunk ? hashes : Arrays.copyOf(hashes, kept)));
                open[task] = null;
                filled[task] = 0;
            }
        }
    }
}
