package io.penstock.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.PenstockException;
import io.penstock.core.Unit;
import io.penstock.core.config.ModelSpec;
import io.penstock.core.config.PipelineConfig;
import io.penstock.core.config.SpineSpec;
import io.penstock.features.Story.Fact;
import java.math.BigDecimal;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BacktestTest {
    private static final List<Unit> UNITS = Story.units(1, Histories.UNITS);
    private static final Unit LAST = Story.unit(Histories.UNITS);
    private static final String AS_OF = "_event_time";

    private static ModelSpec model(PipelineConfig config, String asOf) {
        ModelSpec late = config.models().get("late");
        return new ModelSpec(
                late.name(),
                true,
                new SpineSpec(
                        late.spine().from(), Optional.of(asOf), late.spine().hold()),
                late.label(),
                late.views(),
                late.rows(),
                late.training(),
                late.gate(),
                late.scoring(),
                "");
    }

    @ParameterizedTest(name = "150 histories of seed {0}")
    @ValueSource(longs = 21)
    void everyRowGetsWhatANaiveOracleKnowsAtItsOwnAsOf(long seed) {
        PipelineConfig config = Story.config();
        ModelSpec model = model(config, AS_OF);
        Map<String, List<Fact>> facts = Histories.generate(seed, 150);
        Map<String, List<Object>> expected = new TreeMap<>();
        Oracle oracle = new Oracle(facts);
        for (Fact ask : asked(facts, config)) {
            List<Object> row = new ArrayList<>();
            for (String view : model.views()) {
                row.addAll(
                        ask.e() == null || view.equals("pairs") && ask.f() == null
                                ? nulls(FeatureViews.features(config.features().get(view)))
                                : oracle.features(view, ask.e(), ask.f(), asOf(ask.event())));
            }
            expected.put(ask.k() + " " + ask.unit() + " " + ask.event(), row);
        }
        List<String> inputs = FeatureVectors.names(config, model);

        try (SpineRows questions = SpineRows.backtest(config, model, LAST, UNITS, Story.bronze(facts))) {
            Map<String, List<Object>> actual = new TreeMap<>();
            for (Row row : questions.inputs(model.views()).collectAsList()) {
                List<Object> values = new ArrayList<>();
                inputs.stream().skip(model.rows().size()).forEach(name -> values.add(row.get(row.fieldIndex(name))));
                actual.put(
                        row.get(0) + " " + row.get(1) + " "
                                + row.getTimestamp(2).toInstant(),
                        values);
            }
            assertThat(actual).isEqualTo(expected).hasSizeGreaterThan(100);
        }
    }

    @Tag("full")
    @ParameterizedTest(name = "150 histories of seed {0}")
    @ValueSource(longs = 22)
    void everyRowGetsWhatANaiveOracleKnowsInMoreHistories(long seed) {
        everyRowGetsWhatANaiveOracleKnowsAtItsOwnAsOf(seed);
    }

    /** Rows that are known at their as-of and mature at the last cut: the last such version per unit and key. */
    private static List<Fact> asked(Map<String, List<Fact>> facts, PipelineConfig config) {
        Map<String, Fact> last = new TreeMap<>();
        facts.get("asks").stream()
                .filter(fact -> !fact.known().isAfter(fact.event()))
                .forEach(fact -> last.merge(fact.unit() + fact.k(), fact, BacktestTest::later));
        Instant mature = LAST.cut().minus(config.models().get("late").label().maturesAfter());
        return last.values().stream()
                .filter(fact -> fact.op().equals("+") && !fact.event().isAfter(mature))
                .toList();
    }

    private static Fact later(Fact one, Fact other) {
        return java.util.Comparator.comparing(Fact::sequence)
                                .thenComparing(Fact::known)
                                .thenComparing(Fact::position)
                                .thenComparing(Fact::rowId)
                                .compare(one, other)
                        >= 0
                ? one
                : other;
    }

    /** What the last unit knows of the past, asked as of an instant. */
    private static Unit asOf(Instant instant) {
        return new Unit(LAST.id(), instant, instant);
    }

    private static List<Object> nulls(List<String> names) {
        List<Object> nulls = new ArrayList<>();
        names.forEach(name -> nulls.add(null));
        return nulls;
    }

    /** Of a source whose rows supersede each other, a version is asked while it is the last one known, whoever took it. */
    @ParameterizedTest(name = "150 histories of seed {0}")
    @ValueSource(longs = {26})
    void aKeyIsAskedByItsLastVersionKnownAtItsAsOf(long seed) {
        PipelineConfig config = Story.config();
        ModelSpec late = model(config, AS_OF);
        ModelSpec model = new ModelSpec(
                late.name(),
                true,
                new SpineSpec("states", Optional.of(AS_OF), Map.of()),
                late.label(),
                List.of("totals"),
                Map.of(),
                late.training(),
                late.gate(),
                late.scoring(),
                "");
        Map<String, List<Fact>> facts = Histories.generate(seed, 150);
        Instant mature = LAST.cut().minus(model.label().maturesAfter());
        List<String> expected = facts.get("states").stream()
                .filter(fact -> fact.op().equals("+")
                        && !fact.known().isAfter(fact.event())
                        && !fact.event().isAfter(mature))
                .filter(fact -> facts.get("states").stream()
                        .filter(other ->
                                other.k().equals(fact.k()) && !other.known().isAfter(fact.event()))
                        .allMatch(other -> later(fact, other).equals(fact)))
                .map(fact -> fact.k() + " " + fact.unit() + " " + fact.event())
                .sorted()
                .toList();

        try (SpineRows questions = SpineRows.backtest(config, model, LAST, UNITS, Story.bronze(facts))) {
            assertThat(questions.inputs(model.views()).collectAsList().stream()
                            .map(row -> row.get(0) + " " + row.get(1) + " "
                                    + row.getTimestamp(2).toInstant())
                            .sorted())
                    .isEqualTo(expected)
                    .hasSizeGreaterThan(100);
        }
    }

    @ParameterizedTest(name = "150 histories of seed {0}")
    @ValueSource(longs = {23})
    void theOperandsDivideToTheMean(long seed) {
        PipelineConfig config = Story.config();
        ModelSpec model = model(config, AS_OF);
        long means = 0;

        try (SpineRows questions =
                SpineRows.backtest(config, model, LAST, UNITS, Story.bronze(Histories.generate(seed, 150)))) {
            Dataset<Row> explained = questions.explained();
            assertThat(List.of(explained.columns()))
                    .containsSubsequence("rates_rate_12h", "rates_rate_12h_sum", "rates_rate_12h_rows");
            for (Row row : explained.collectAsList()) {
                for (String name : List.of("rates_rate_2d", "rates_mean_n_2d", "rates_mean_x_2d", "pairs_mean_x_12h")) {
                    Object mean = row.getAs(name);
                    Long count = row.getAs(name + "_rows");
                    if (mean == null) {
                        assertThat(count == null || count == 0).isTrue();
                    } else {
                        BigDecimal sum = new BigDecimal(String.valueOf(row.<Object>getAs(name + "_sum")));
                        assertThat(mean)
                                .isEqualTo(sum.divide(new BigDecimal(count), java.math.MathContext.DECIMAL128)
                                        .doubleValue());
                        means++;
                    }
                }
            }
        }
        assertThat(means).isGreaterThan(100);
    }

    @Test
    void atTheCutOfItsUnitABacktestAsksWhatScoringAsks() {
        PipelineConfig config = Story.config(List.of("totals", "pairs", "last_state"));
        ModelSpec cut = config.models().get("late");
        Map<String, List<Fact>> facts = Histories.generate(24, 60);
        List<Unit> first = Story.units(1, 3);

        try (SpineRows scoring = SpineRows.atCuts(config, cut, first, Story.bronze(facts))) {
            Dataset<Row> published = FeatureVectors.join(
                    config,
                    cut,
                    first,
                    Story.bronze(facts).apply("asks"),
                    FeatureViews.compute(config, first, Story.bronze(facts)).tables()::get);
            assertThat(texts(scoring.inputs(cut.views())))
                    .isEqualTo(texts(published))
                    .hasSizeGreaterThan(50);
        }
    }

    private static List<String> texts(Dataset<Row> rows) {
        return rows.collectAsList().stream().map(Row::toString).sorted().toList();
    }

    @Test
    void anAsOfThatIsNoInstantIsRefused() {
        PipelineConfig config = Story.config();

        assertThatThrownBy(() -> SpineRows.backtest(
                        config, model(config, "n"), LAST, UNITS, Story.bronze(Histories.generate(25, 2))))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-FEA-008 Cannot ask rows as of a value of type int");
    }

    @Test
    void rowsThatAreNotMatureAreNotAsked() {
        PipelineConfig config = Story.config();
        Timestamp never = Timestamp.valueOf("2100-01-01 00:00:00");

        assertThatThrownBy(() -> SpineRows.backtest(
                        config,
                        model(config, "TIMESTAMP '" + never + "'"),
                        LAST,
                        UNITS,
                        Story.bronze(Histories.generate(25, 2))))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-FEA-005 Cannot ask the rows of a backtest at ");
    }
}
