package io.penstock.tests.bench;

import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.executor.TaskMetrics;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.SparkSession;

/** What has no noise: jobs, tasks, bytes through shuffles, bytes read from the file system by whatever reads there. */
final class Counters extends SparkListener {
    private long jobs;
    private long tasks;
    private long shuffled;
    private long read;

    private Counters() {}

    static Counters of(SparkSession spark, Cost.Task task) throws Exception {
        Counters counters = new Counters();
        long before = bytesRead();
        spark.sparkContext().addSparkListener(counters);
        try {
            task.run();
            spark.sparkContext().listenerBus().waitUntilEmpty();
        } finally {
            spark.sparkContext().removeSparkListener(counters);
        }
        counters.read = bytesRead() - before;
        return counters;
    }

    private static long bytesRead() {
        return FileSystem.getAllStatistics().stream()
                .filter(statistics -> statistics.getScheme().equals("file"))
                .mapToLong(FileSystem.Statistics::getBytesRead)
                .sum();
    }

    @Override
    public synchronized void onJobStart(SparkListenerJobStart start) {
        jobs++;
    }

    @Override
    public synchronized void onTaskEnd(SparkListenerTaskEnd end) {
        tasks++;
        TaskMetrics metrics = end.taskMetrics();
        shuffled += metrics == null ? 0 : metrics.shuffleWriteMetrics().bytesWritten();
    }

    synchronized long jobs() {
        return jobs;
    }

    synchronized long tasks() {
        return tasks;
    }

    synchronized long shuffledBytes() {
        return shuffled;
    }

    long readBytes() {
        return read;
    }
}
