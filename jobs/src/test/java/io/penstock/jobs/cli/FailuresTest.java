package io.penstock.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.penstock.core.ExitCode;
import io.penstock.core.PenstockException;
import io.penstock.core.sql.CheckedArithmetic;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import org.apache.parquet.io.ParquetDecodingException;
import org.apache.spark.SparkException;
import org.apache.spark.sql.catalyst.parser.CatalystSqlParser$;
import org.apache.spark.sql.execution.datasources.SchemaColumnConvertNotSupportedException;
import org.junit.jupiter.api.Test;

class FailuresTest {
    @Test
    void aCodedErrorIsToldHoweverDeepItLies() {
        PenstockException coded = PenstockException.configuration("PEN-CFG-029", "No stage x", "--stage", "Name one");

        assertThat(Failures.coded(new IllegalStateException("outer", new RuntimeException("inner", coded))))
                .isSameAs(coded);
    }

    @Test
    void aWholeNumberBeyondItsTypeIsRefusedWithTheKeyThatMakesIt() {
        for (String part : new String[] {"2147483647 * 2", "cast(3000000000l as int)"}) {
            RuntimeException overflow = catchThrowableOfType(
                    RuntimeException.class,
                    () -> CheckedArithmetic.of(
                                    CatalystSqlParser$.MODULE$.parseExpression("1 + " + part), "models.late.rows.x")
                            .eval(null));

            PenstockException error = Failures.coded(new SparkException("Job aborted", overflow));

            assertThat(error.code()).isEqualTo("PEN-RUN-047");
            assertThat(error.exit()).isEqualTo(ExitCode.REFUSED);
            assertThat(error.what().toLowerCase(Locale.ROOT))
                    .isEqualTo("cannot compute " + part + ": the result is beyond its type");
            assertThat(error.where())
                    .isEqualTo(
                            part.contains("*") ? "models.late.rows.x" : "a cast in an expression of the configuration");
            assertThat(error.remedy()).contains("bigint", "try_multiply");
        }
    }

    @Test
    void aLostWorkerIsWorthAnotherTry() {
        PenstockException error = Failures.coded(new RuntimeException(new SparkException(
                "Job aborted due to stage failure: Task 1 in stage 7.0 failed 4 times: ExecutorLostFailure (executor 2"
                        + " exited unrelated to the running tasks)\nDriver stacktrace:")));

        assertThat(error.code()).isEqualTo("PEN-RUN-042");
        assertThat(error.exit()).isEqualTo(ExitCode.RETRY);
        assertThat(error.what()).contains("ExecutorLostFailure").doesNotContain("Driver stacktrace");
    }

    @Test
    void aRunThatIsInterruptedIsWorthAnotherTry() {
        for (String why : new String[] {
            "Job 5 cancelled because SparkContext was shut down",
            "SparkContext has been shutdown",
            "Cannot call methods on a stopped SparkContext.\nThis stopped SparkContext was created at:"
        }) {
            PenstockException error = Failures.coded(new RuntimeException(new SparkException(why)));

            assertThat(error.code()).isEqualTo("PEN-RUN-046");
            assertThat(error.exit()).isEqualTo(ExitCode.RETRY);
        }
    }

    @Test
    void aTrainingWhoseWorkersLostEachOtherIsWorthAnotherTryAndOneThatXgboostRefusesIsNot() {
        String gaveUp =
                "Job aborted due to stage failure: ShuffleMapStage 18 has failed the maximum allowable number of"
                        + " times: 4. Most recent failure reason: Stage failed because barrier task ShuffleMapTask(18, 1) finished"
                        + " unsuccessfully.";

        for (String why : new String[] {"", "\nXGBoostError: Failed to connect to the tracker"}) {
            assertThat(Failures.coded(new SparkException(gaveUp + why)).code()).isEqualTo("PEN-RUN-042");
        }
        assertThat(Failures.coded(new SparkException(gaveUp + "\nXGBoostError: Invalid parameter"))
                        .code())
                .isEqualTo("PEN-RUN-040");
    }

    @Test
    void aFullDiskIsWorthAnotherTry() {
        PenstockException error =
                Failures.coded(new UncheckedIOException(new IOException("/w: No space left on device")));

        assertThat(error.code()).isEqualTo("PEN-ING-020");
        assertThat(error.exit()).isEqualTo(ExitCode.RETRY);
    }

    @Test
    void aDataFileOfAnotherProgramIsToldWithItsColumnAndPlace() {
        String file = "file:///w/shop/bronze/orders/unit=2024-01-01/part-0.parquet";
        Throwable read = new SparkException(
                "_LEGACY_ERROR_TEMP_2063",
                new scala.collection.immutable.Map.Map4<>(
                        "filePath", file, "column", "[at]", "logicalType", "timestamp", "physicalType", "INT64"),
                new SchemaColumnConvertNotSupportedException("[at]", "INT64", "timestamp"));

        PenstockException error = Failures.coded(new SparkException("Job aborted due to stage failure", read));

        assertThat(error.code()).isEqualTo("PEN-TAB-005");
        assertThat(error.exit()).isEqualTo(ExitCode.INTERNAL);
        assertThat(error.what()).contains("another program", "[at]", "INT64", "timestamp");
        assertThat(error.where()).isEqualTo(file);
        assertThat(error.remedy()).contains("--again");
        assertThat(Failures.coded(new SparkException("aborted", new ParquetDecodingException("no page")))
                        .code())
                .isEqualTo("PEN-TAB-005");
    }

    @Test
    void anythingElseIsADefectThatNamesItsPlace() {
        PenstockException error = Failures.coded(new RuntimeException(new SparkException("Job aborted: a defect")));

        assertThat(error.code()).isEqualTo("PEN-RUN-040");
        assertThat(error.exit()).isEqualTo(ExitCode.INTERNAL);
        assertThat(error.what()).isEqualTo("SparkException: Job aborted: a defect");
        assertThat(error.where()).contains("FailuresTest");
    }
}
