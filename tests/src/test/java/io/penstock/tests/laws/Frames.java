package io.penstock.tests.laws;

import com.holdenkarau.spark.testing.JavaDataFrameSuiteBase;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** spark-testing-base as a comparator only: it must not open a context of its own. */
final class Frames {
    private static final Comparator COMPARATOR = new Comparator();

    private Frames() {}

    static void assertSame(Dataset<Row> expected, Dataset<Row> actual) {
        COMPARATOR.assertDataFrameNoOrderEquals(expected, actual);
    }

    private static final class Comparator extends JavaDataFrameSuiteBase {}
}
