package io.penstock.validation.deequ;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;

import com.amazon.deequ.analyzers.Analyzer;
import com.amazon.deequ.analyzers.Uniqueness;
import com.amazon.deequ.analyzers.runners.AnalysisRunner;
import com.amazon.deequ.analyzers.runners.AnalyzerContext;
import com.amazon.deequ.metrics.Metric;
import io.penstock.core.Measure;
import io.penstock.core.Measure.Kind;
import io.penstock.core.Measures;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Observation;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import scala.Option;
import scala.collection.JavaConverters;

class DeequMeasuresTest {
    private static final List<Measure> ALL = List.of(
            Measure.size(),
            new Measure(Kind.COMPLETENESS, "tail"),
            new Measure(Kind.MEAN, "delay"),
            new Measure(Kind.MINIMUM, "delay"),
            new Measure(Kind.MAXIMUM, "delay"),
            new Measure(Kind.SUM, "delay"),
            new Measure(Kind.STANDARD_DEVIATION, "delay"),
            new Measure(Kind.APPROX_DISTINCT, "tail"),
            new Measure(Kind.UNIQUENESS, "tail"),
            new Measure(Kind.UNIQUENESS, "day,tail"));
    private static final Measure ABSENT = new Measure(Kind.COMPLETENESS, "no_such_column");
    private static final Measure TEXT_MEAN = new Measure(Kind.MEAN, "tail");

    private static SparkSession spark;
    private static Dataset<Row> flights;

    private final DeequMeasures measures = new DeequMeasures();

    @BeforeAll
    static void start() {
        spark = SparkSession.builder()
                .master("local[2]")
                .config("spark.sql.shuffle.partitions", "2")
                .config("spark.sql.session.timeZone", "UTC")
                .getOrCreate();
        flights = spark.range(0, 500, 1, 3)
                .selectExpr(
                        "cast(date'2013-12-24' + cast(id % 3 as int) as date) as day",
                        "if(id % 7 = 0, null, concat('N', cast(id % 311 as string))) as tail",
                        "if(id % 5 = 0, null, cast(id * id % 97 as double) / 8 - 3) as delay")
                .cache();
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    @Test
    void whatRidesOnAWriteIsWhatDeequMeasuresItself() throws InterruptedException {
        Measures.Riding riding = measures.ride(ALL, flights.schema());
        assertThat(riding.measures()).hasSize(8);
        assertThat(observe(flights, riding))
                .isEqualTo(stock(flights, riding.measures()))
                .hasSize(8);
    }

    @Test
    void everyGroupIsMeasuredAsIfItWereTheTable() {
        Map<String, Map<Measure, Double>> groups = measures.grouped(flights, "day", ALL);
        assertThat(groups).containsOnlyKeys("2013-12-24", "2013-12-25", "2013-12-26");
        groups.forEach((day, values) ->
                assertThat(values).isEqualTo(stock(flights.where(col("day").equalTo(lit(day).cast("date"))), ALL)));
    }

    @Test
    void aMeasureThatCannotBeHadIsAbsentAndHarmsNoOther() throws InterruptedException {
        List<Measure> wanted = List.of(
                ABSENT, TEXT_MEAN, new Measure(Kind.UNIQUENESS, "day,no_such_column"), new Measure(Kind.SUM, "delay"));
        Map<Measure, Double> observed = observe(flights, measures.ride(wanted, flights.schema()));
        assertThat(observed).containsOnlyKeys(new Measure(Kind.SUM, "delay"));
        assertThat(measures.grouped(flights, "day", wanted).get("2013-12-25"))
                .containsOnlyKeys(new Measure(Kind.SUM, "delay"));
    }

    @Test
    void aMeasureOfSomeRowsIsThatOfATableOfThem() throws InterruptedException {
        String late = "delay > 2";
        List<Measure> some = ALL.stream().map(measure -> measure.where(late)).toList();
        Map<Measure, Double> expected = new HashMap<>();
        stock(flights.where(late), ALL).forEach((measure, value) -> expected.put(measure.where(late), value));

        Map<Measure, Double> observed = observe(flights, measures.ride(some, flights.schema()));

        assertThat(observed).hasSize(8);
        assertThat(expected).containsAllEntriesOf(observed);
        Map<String, Map<Measure, Double>> groups = measures.grouped(flights.withColumn("all", lit("all")), "all", some);
        assertThat(groups).containsEntry("all", expected);

        Map<Measure, Double> none = measures.grouped(
                        flights.withColumn("all", lit("all")),
                        "all",
                        ALL.stream()
                                .map(measure -> measure.where("delay > 1000"))
                                .toList())
                .get("all");
        assertThat(none).containsEntry(Measure.size().where("delay > 1000"), 0.0);
        assertThat(none.keySet()).noneMatch(measure -> measure.kind() == Kind.COMPLETENESS);
    }

    @Test
    void anEmptyTableHasASizeAndNothingElse() throws InterruptedException {
        Dataset<Row> none = flights.where("false");
        Map<Measure, Double> observed = observe(none, measures.ride(ALL, none.schema()));
        assertThat(observed).containsEntry(Measure.size(), 0.0);
        assertThat(observed)
                .doesNotContainKeys(new Measure(Kind.MEAN, "delay"), new Measure(Kind.COMPLETENESS, "tail"));
        assertThat(measures.grouped(none, "day", ALL)).isEmpty();
    }

    @Test
    void aColumnOfNullsHasNoMinimum() throws InterruptedException {
        Dataset<Row> held = flights.withColumn("delay", lit(null).cast("double"));
        Measure filled = new Measure(Kind.COMPLETENESS, "delay");
        Measure lowest = new Measure(Kind.MINIMUM, "delay");
        assertThat(observe(held, measures.ride(List.of(filled, lowest), held.schema())))
                .isEqualTo(Map.of(filled, 0.0));
    }

    private static Map<Measure, Double> observe(Dataset<Row> table, Measures.Riding riding)
            throws InterruptedException {
        Observation observation = new Observation();
        Column[] columns = riding.columns().toArray(Column[]::new);
        table.observe(observation, columns[0], Arrays.copyOfRange(columns, 1, columns.length))
                .write()
                .format("noop")
                .mode("overwrite")
                .save();
        Map<String, Object> values = observation.getAsJava();
        Object[] row = new Object[columns.length];
        for (int i = 0; i < row.length; i++) {
            row[i] = values.get("_m" + i);
        }
        return riding.read(RowFactory.create(row));
    }

    private static Map<Measure, Double> stock(Dataset<Row> table, List<Measure> wanted) {
        var run = AnalysisRunner.onData(table);
        wanted.forEach(measure -> run.addAnalyzer(stock(measure)));
        AnalyzerContext context = run.run();
        return wanted.stream()
                .collect(java.util.stream.Collectors.toMap(
                        measure -> measure,
                        measure -> ((Number) context.metric(stock(measure))
                                        .get()
                                        .value()
                                        .get())
                                .doubleValue()));
    }

    @SuppressWarnings("unchecked")
    private static Analyzer<?, Metric<?>> stock(Measure measure) {
        Analyzer<?, ?> analyzer = measure.kind() == Kind.UNIQUENESS
                ? new Uniqueness(
                        JavaConverters.asScalaBuffer(List.of(measure.column().split(",")))
                                .toList(),
                        Option.empty(),
                        Option.empty())
                : Analyzers.of(measure).orElseThrow();
        return (Analyzer<?, Metric<?>>) analyzer;
    }
}
