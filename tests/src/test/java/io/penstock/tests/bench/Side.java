package io.penstock.tests.bench;

import java.util.Map;
import java.util.function.Supplier;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * One way to do the work of a comparison.
 *
 * @param work does it once and says what it took; replaces the output of the time before
 * @param output name → rows of the last time, read after the clock has stopped
 */
record Side(Work work, Supplier<Map<String, Dataset<Row>>> output) {
    interface Work {
        Cost run() throws Exception;
    }

    static Side here(Cost.Task task, Supplier<Map<String, Dataset<Row>>> output) {
        return new Side(() -> Cost.of(task), output);
    }
}
