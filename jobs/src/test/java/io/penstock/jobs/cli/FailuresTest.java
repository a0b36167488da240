package io.penstock.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.penstock.core.ErrorCode;
import io.penstock.core.ExitCode;
import io.penstock.core.PenstockException;
import io.penstock.core.sql.CheckedArithmetic;
import io.penstock.jobs.run.RowFailures;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.DateTimeException;
import java.util.List;
import java.util.Locale;
import org.apache.parquet.io.ParquetDecodingException;
import org.apache.spark.SparkException;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.analysis.FunctionRegistry$;
import org.apache.spark.sql.catalyst.analysis.UnresolvedFunction;
import org.apache.spark.sql.catalyst.expressions.BoundReference;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.RLike;
import org.apache.spark.sql.catalyst.expressions.TimeZoneAwareExpression;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection$;
import org.apache.spark.sql.catalyst.parser.CatalystSqlParser$;
import org.apache.spark.sql.execution.datasources.SchemaColumnConvertNotSupportedException;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.unsafe.types.UTF8String;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import scala.collection.JavaConverters;

class FailuresTest {
    @Test
    void aCodedErrorIsToldHoweverDeepItLies() {
        PenstockException coded = new PenstockException(ErrorCode.UNKNOWN_STAGE, "No stage x", "--stage", "Name one");

        assertThat(Failures.coded(new IllegalStateException("outer", new RuntimeException("inner", coded))))
                .isSameAs(coded);
    }

    @Test
    void aWholeNumberBeyondItsTypeIsRefusedWithTheKeyThatMakesIt() {
        for (String part : new String[] {
            "2147483647 * 2", "cast(3000000000l as int)", "99999999999999999999999999999999999999bd * 10bd"
        }) {
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
            assertThat(error.where()).isEqualTo(part.contains("*") ? "models.late.rows.x" : "");
            assertThat(error.remedy()).contains("bigint", "try_multiply");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            from_utc_timestamp(timestamp'2024-01-01', 'Mars/X') | Unknown time-zone ID: Mars/X
            timestampadd(YEAR, 2000000000, timestamp'2024-01-01') | Datetime operation overflow
            regexp_extract('ab', 'a(b)', 7)                     | Expects group index between 0 and 1, but got 7
            'ab' rlike '('                                      | `rlike` is invalid: '('
            timestamp_seconds(9000000000000000)                 | long overflow
            date_format(timestamp'2024-01-01', 'bogus')         | pattern
            """)
    void aValueOfWhichAnExpressionCannotBeComputedIsRefusedWithItsStageAndWhatSparkSays(String sql, String said) {
        RuntimeException failed =
                catchThrowableOfType(RuntimeException.class, () -> resolved(sql).eval(null));

        PenstockException error = RowFailures.of(new SparkException("Job aborted", failed), "stage ingest orders")
                .orElseThrow();

        assertThat(error.code()).isEqualTo("PEN-RUN-048");
        assertThat(error.exit()).isEqualTo(ExitCode.REFUSED);
        assertThat(error.what()).contains(said).doesNotContain("[");
        assertThat(error.where()).isEqualTo("stage ingest orders");
        assertThat(error.remedy()).contains("where", "CASE WHEN");
        assertThat(Failures.coded(new SparkException("Job aborted", failed)).code())
                .isEqualTo("PEN-RUN-048");
    }

    /** A pattern of a column is compiled by the class that Spark makes of a query. */
    @Test
    void aPatternOfTheDataThatIsNoneIsRefused() {
        BoundReference text = new BoundReference(0, DataTypes.StringType, true);
        UnsafeProjection query = UnsafeProjection$.MODULE$.create(
                JavaConverters.asScalaBuffer(List.<Expression>of(new RLike(text, text)))
                        .toSeq());
        RuntimeException failed = catchThrowableOfType(
                RuntimeException.class,
                () -> query.apply(new GenericInternalRow(new Object[] {UTF8String.fromString("a(")})));

        PenstockException error = Failures.coded(new SparkException("Job aborted", failed));

        assertThat(error.code()).isEqualTo("PEN-RUN-048");
        assertThat(error.what()).contains("a(");
    }

    /** As Spark's functions are built, with their arguments as they are parsed. */
    private static Expression resolved(String sql) {
        Expression parsed = CatalystSqlParser$.MODULE$.parseExpression(sql);
        Expression made = parsed instanceof UnresolvedFunction call
                ? (Expression) FunctionRegistry$.MODULE$
                        .builtin()
                        .lookupFunction(
                                FunctionIdentifier.apply(call.nameParts().last()), call.arguments())
                : parsed;
        return made instanceof TimeZoneAwareExpression aware ? (Expression) aware.withTimeZone("UTC") : made;
    }

    /** Of the same types, but thrown by other code: a defect stays one. */
    @Test
    void anExceptionOfOtherCodeIsNoValueOfTheData() {
        for (RuntimeException thrown :
                new RuntimeException[] {new ArithmeticException("long overflow"), new DateTimeException("no zone")}) {
            assertThat(RowFailures.of(new SparkException("Job aborted", thrown), "stage train late"))
                    .isEmpty();
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
