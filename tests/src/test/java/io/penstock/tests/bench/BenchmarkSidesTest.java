package io.penstock.tests.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.tests.e2e.CompiledPlans;
import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Both sides of the benchmarks, once and small: that they give the same, and what can be counted. No times. */
@CompiledPlans
class BenchmarkSidesTest {
    private static final Scale SCALE = Scale.tiny();
    private static final int UNITS = 3;

    @TempDir
    private static Path folder;

    private static Workplace place;

    @BeforeAll
    static void start() throws Exception {
        place = Workplace.at(folder);
    }

    @AfterAll
    static void stop() {
        SparkSession.active().stop();
    }

    @Test
    void scoresEqualThoseOfXgboost4jSpark() throws Exception {
        ScoringBench bench = new ScoringBench(place.room("scoring"), SCALE);
        bench.kernel().measured(SCALE);
        bench.published().measured(SCALE);
    }

    @Test
    void windowsEqualThoseOfSqlByHand() throws Exception {
        WindowsBench bench = new WindowsBench(place.room("windows"), SCALE);
        bench.rangeAgainstSql().measured(SCALE);
    }

    @Test
    void latestValuesEqualThoseOfSqlByHand() throws Exception {
        LatestBench bench = new LatestBench(place.room("latest"), SCALE);
        bench.againstUnion().measured(SCALE);
        bench.knownLaterAgainstSql().measured(SCALE);
    }

    @Test
    void ingestedRowsEqualThoseOfSparksReaderAndFilesAreReadOnce() throws Exception {
        Scale enough = new Scale(0.04, 0, 1); // so that Delta's log files are little beside the landed ones
        IngestBench bench = IngestBench.ofCsv(place.room("ingest"), enough);
        assertThat(bench.reads()).isBetween(1.0, 1.2);
        bench.comparison().measured(enough);
        IngestBench.ofParquet(place.room("ingest/parquet"), SCALE).comparison().measured(SCALE);
    }

    @Test
    void unitsOneByOneLeaveTheRowsThatAppendsLeave() throws Exception {
        assertThat(new ManyCommitsBench(place.room("many")).of(UNITS)).hasSize(3);
    }

    @Test
    void modelsAreAlikeThoseOfXgboostAlone() throws Exception {
        new TrainingBench(place.room("training"), SCALE).comparison().measured(SCALE);
    }
}
