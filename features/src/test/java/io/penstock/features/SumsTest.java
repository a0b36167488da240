package io.penstock.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.Unit;
import io.penstock.core.UnitId;
import io.penstock.core.Verdict;
import io.penstock.core.config.AggregateSpec;
import io.penstock.core.config.AggregateSpec.Function;
import io.penstock.core.config.PipelineConfig;
import io.penstock.features.Story.Fact;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sums and means of any numbers, against sums of BigDecimal; what has no right value refuses its unit. */
class SumsTest {
    private static final int DAYS = 6;
    private static final int SCALES = 18;
    private static final int ENTITIES = 4;
    private static final int WIDE = 3;
    private static final MathContext MANY = new MathContext(2_500);
    private static final OptionalInt NONE = OptionalInt.empty();

    /** Scales from 0 to 18, each of the same values; rows enter and leave at each cut. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = 1)
    void declaredScalesRoundEachValueAndLoseNothingElse(long seed) {
        List<AggregateSpec> aggregates = new ArrayList<>();
        IntStream.rangeClosed(0, SCALES)
                .forEach(scale -> aggregates.add(
                        aggregate("m" + scale, Function.MEAN, "cast(f as double)", OptionalInt.of(scale), 1, WIDE)));
        Map<String, List<Fact>> facts =
                facts("fixed", random -> random.nextInt(40) / 8 + 0.00000002 * random.nextInt(9) + "", seed);

        Map<String, Row> rows = rows(Story.sums(Map.of("fixed", aggregates)), "fixed", facts, List.of());

        eachWindow(
                facts,
                (id, width, values) -> IntStream.rangeClosed(0, SCALES)
                        .forEach(scale -> assertThat(rows.get(id).<Object>getAs("m" + scale + "_" + width + "d"))
                                .as("%s scale %d of %s", id, scale, values)
                                .isEqualTo(mean(values.stream()
                                        .map(value -> new BigDecimal(Double.toString(Double.parseDouble(value)))
                                                .setScale(scale, RoundingMode.HALF_UP))
                                        .toList()))));
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = 2)
    void doublesWithoutAScaleLoseNothing(long seed) {
        List<AggregateSpec> aggregates = List.of(
                aggregate("total", Function.SUM, "cast(f as double)", NONE, 1, WIDE),
                aggregate("usual", Function.MEAN, "cast(f as double)", NONE, 1, WIDE),
                aggregate("digits", Function.SUM, "cast(f as double) * 1e33", NONE, 1, WIDE));
        Map<String, List<Fact>> facts = facts("wild", SumsTest::wild, seed);

        Map<String, Row> rows = rows(Story.sums(Map.of("wild", aggregates)), "wild", facts, List.of());

        eachWindow(facts, (id, width, values) -> {
            List<BigDecimal> numbers = values.stream()
                    .map(value -> new BigDecimal(Double.parseDouble(value)))
                    .toList();
            List<BigDecimal> greater = values.stream()
                    .map(value -> new BigDecimal(Double.parseDouble(value) * 1e33))
                    .toList();
            Row row = rows.get(id);
            assertThat(row.<Object>getAs("total_" + width + "d"))
                    .as("%s %s", id, values)
                    .isEqualTo(sum(numbers));
            assertThat(row.<Object>getAs("usual_" + width + "d"))
                    .as("%s %s", id, values)
                    .isEqualTo(mean(numbers));
            assertThat(row.<Object>getAs("digits_" + width + "d"))
                    .as("%s %s", id, values)
                    .isEqualTo(sum(greater));
        });
    }

    /** Longs near the end of their range: their mean is exact, and so is their sum, or else its unit is refused. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = 3)
    void longsNeverWrap(long seed) {
        List<AggregateSpec> aggregates = List.of(
                aggregate("total", Function.SUM, "cast(f as bigint)", OptionalInt.of(4), 1, WIDE),
                aggregate("usual", Function.MEAN, "cast(f as bigint)", OptionalInt.of(4), 1, WIDE));
        Map<String, List<Fact>> facts = facts(
                "long",
                random -> String.valueOf(
                        random.nextInt(3) == 0
                                ? random.nextLong()
                                : 4_000_000_000_000_000_000L * (random.nextInt(4) == 0 ? 0 : random.nextInt(3) - 1)),
                seed);
        List<String> told = new ArrayList<>();

        Map<String, Row> rows = rows(Story.sums(Map.of("long", aggregates)), "long", facts, told);

        List<String> expected = new ArrayList<>();
        eachWindow(facts, (id, width, values) -> {
            List<BigDecimal> numbers = values.stream().map(BigDecimal::new).toList();
            BigInteger total =
                    numbers.stream().reduce(BigDecimal.ZERO, BigDecimal::add).toBigInteger();
            boolean fits = total.equals(BigInteger.valueOf(total.longValue()));
            if (!fits) {
                expected.add(id.substring(id.indexOf(' ') + 1) + " features/long_v1 value(total_" + width + "d)");
            }
            assertThat(rows.get(id).<Object>getAs("total_" + width + "d"))
                    .as("%s %s", id, values)
                    .isEqualTo(values.isEmpty() || !fits ? null : total.longValue());
            assertThat(rows.get(id).<Object>getAs("usual_" + width + "d"))
                    .as("%s %s", id, values)
                    .isEqualTo(
                            numbers.isEmpty()
                                    ? null
                                    : (Object) new BigDecimal(total)
                                            .divide(BigDecimal.valueOf(numbers.size()), MathContext.DECIMAL128)
                                            .doubleValue());
        });
        assertThat(told)
                .containsExactlyInAnyOrderElementsOf(
                        expected.stream().distinct().toList());
        assertThat(expected).hasSizeGreaterThan(2);
    }

    @Test
    void aTotalThatItsTypeDoesNotHoldAndValuesThatCannotBeSummedRefuseTheirUnitsAlone() {
        Map<String, List<Fact>> facts = facts("odd", random -> "1", 4);
        List<Fact> rows = facts.get("facts");
        rows.removeIf(fact -> fact.unit().equals(Story.unit(2).id()));
        for (String value : List.of("8e307", "8e307", "8e307")) {
            rows.add(fact("odd0", value, 2, rows.size(), 5));
        }
        Map<String, List<Fact>> more = new LinkedHashMap<>(facts);
        rows.add(fact("odd1", "0.5", 4, rows.size(), 5));
        PipelineConfig config = Story.sums(Map.of(
                "odd",
                List.of(
                        aggregate("huge", Function.SUM, "cast(f as double)", NONE, 1),
                        aggregate("mean", Function.MEAN, "cast(f as double)", NONE, 1),
                        aggregate("root", Function.MEAN, "sqrt(cast(f as double) - 0.75)", NONE, 1),
                        aggregate("fixed", Function.SUM, "cast(f as double) * 1e30", OptionalInt.of(4), 1))));

        try (FeatureViews views = FeatureViews.compute(config, Story.units(1, DAYS), Story.bronze(more))) {
            Map<String, Row> table = byId(views, "odd");
            Map<UnitId, List<String>> refused = new TreeMap<>();
            views.refusals()
                    .forEach((unit, verdicts) -> refused.put(
                            unit,
                            verdicts.stream()
                                    .filter(Verdict::refuses)
                                    .map(verdict -> verdict.rule() + " " + verdict.message())
                                    .toList()));

            assertThat(table.get("odd0 " + Story.unit(2)).<Object>getAs("mean_1d"))
                    .isEqualTo(8e307);
            assertThat(String.join("", refused.get(Story.unit(3).id()))).doesNotContain("huge_1d");
            assertThat(refused.keySet())
                    .as("all units have values beyond scale 4, in the expression times 1e30")
                    .hasSize(DAYS);
            assertThat(refused.get(Story.unit(2).id()))
                    .anySatisfy(told -> assertThat(told)
                            .startsWith("value(huge_1d) PEN-FEA-020 Cannot tell huge_1d of odd0: its total is 2.4")
                            .contains("E+308"))
                    .anySatisfy(told -> assertThat(told).startsWith("value(fixed_1d) PEN-FEA-021"));
            assertThat(refused.get(Story.unit(4).id()))
                    .anySatisfy(told -> assertThat(told)
                            .startsWith("value(root_1d) PEN-FEA-021 Cannot tell root_1d of odd1")
                            .endsWith(": 1"));
            assertThat(String.join("", refused.get(Story.unit(5).id())))
                    .as("the row has left the window")
                    .doesNotContain("root_1d");
        }
    }

    /** Of a product that 64 bits do not hold nothing is computed, unless the row filter keeps its row out. */
    @Test
    void aWholeNumberInAnExpressionNeverWraps() {
        String most = String.valueOf(Long.MAX_VALUE);
        Map<String, List<Fact>> facts = facts("wide", random -> "3", 5);
        facts.get("facts").add(fact("other", most, 2, 1_000, 5));
        List<AggregateSpec> aggregates = List.of(
                aggregate("product", Function.SUM, "cast(f as bigint) * 2", OptionalInt.of(4), 1),
                aggregate("hashed", Function.SUM, "hash(f) * 31 + 2147483647", OptionalInt.of(4), 1));
        PipelineConfig config = Story.sums(Map.of("wide", aggregates));

        Map<String, Row> rows = rows(config, "wide", facts, List.of());

        eachWindow(
                facts,
                (id, width, values) -> assertThat(width == 1 ? rows.get(id).<Object>getAs("product_1d") : null)
                        .as(id)
                        .isEqualTo(width > 1 || values.isEmpty() ? null : values.size() * 6L));

        facts.get("facts").add(fact("wide0", most, 2, 1_001, 5));
        assertThatThrownBy(() -> rows(config, "wide", facts, List.of()))
                .isInstanceOfSatisfying(
                        SparkThrowable.class,
                        told -> assertThat(told.getQueryContext()[0].objectName() + " "
                                        + told.getQueryContext()[0].fragment())
                                .isEqualTo("features.wide.aggregate.product cast(f as bigint) * 2"));
    }

    /** A decimal that is too large is not left out of a total: it refuses what would be computed without it. */
    @Test
    void aDecimalInAnExpressionNeverBecomesNull() {
        Map<String, List<Fact>> facts = facts("exact", random -> "99.99", 6);
        PipelineConfig config = Story.sums(Map.of(
                "exact",
                List.of(aggregate("total", Function.SUM, "cast(cast(f as double) as decimal(4, 2))", NONE, 1))));
        facts.get("facts").add(fact("exact0", "100.0", 2, 1_001, 5));

        assertThatThrownBy(() -> rows(config, "exact", facts, List.of()))
                .isInstanceOfSatisfying(SparkThrowable.class, told -> {
                    assertThat(told.getErrorClass()).isEqualTo("NUMERIC_VALUE_OUT_OF_RANGE");
                    assertThat(told.getQueryContext()[0].objectName()).isEqualTo("features.exact.aggregate.total");
                });
    }

    private interface Windows {
        void of(String id, int width, List<String> values);
    }

    /** For each entity and unit the values of one day, and of several. */
    private static void eachWindow(Map<String, List<Fact>> facts, Windows then) {
        for (Fact ask : facts.get("asks")) {
            for (int width : List.of(1, WIDE)) {
                List<String> values = facts.get("facts").stream()
                        .filter(fact -> fact.e().equals(ask.e())
                                && !fact.event().isAfter(ask.known())
                                && fact.event().isAfter(ask.known().minus(Duration.ofDays(width))))
                        .map(Fact::f)
                        .toList();
                then.of(ask.e() + " " + ask.unit(), width, values);
            }
        }
    }

    private static Map<String, Row> rows(
            PipelineConfig config, String view, Map<String, List<Fact>> facts, List<String> told) {
        List<Unit> units = Story.units(1, DAYS);
        try (FeatureViews views = FeatureViews.compute(config, units, Story.bronze(facts))) {
            Map<String, Row> rows = byId(views, view);
            views.refusals()
                    .forEach((unit, verdicts) ->
                            verdicts.forEach(verdict -> told.add(unit + " " + verdict.table() + " " + verdict.rule())));
            return rows;
        }
    }

    private static Map<String, Row> byId(FeatureViews views, String view) {
        Map<String, Row> rows = new TreeMap<>();
        views.tables().get(view).collectAsList().forEach(row -> rows.put(row.getString(0) + " " + row.get(1), row));
        return rows;
    }

    private static AggregateSpec aggregate(
            String name, Function function, String sql, OptionalInt scale, Integer... days) {
        return new AggregateSpec(
                name,
                function,
                sql,
                scale,
                java.util.Arrays.stream(days).map(Duration::ofDays).toList());
    }

    private static Map<String, List<Fact>> facts(
            String entity, java.util.function.Function<Random, String> value, long seed) {
        Random random = new Random(seed);
        Map<String, List<Fact>> facts = new LinkedHashMap<>();
        List.of("asks", "facts", "states", "notes").forEach(name -> facts.put(name, new ArrayList<>()));
        for (int day = 1; day <= DAYS; day++) {
            for (int e = 0; e < ENTITIES; e++) {
                facts.get("asks")
                        .add(fact(entity + e, "", day, facts.get("asks").size(), 0));
                for (int n = random.nextInt(5); n > 0; n--) {
                    int minutes = random.nextInt(24 * 60);
                    facts.get("facts")
                            .add(fact(
                                    entity + e,
                                    value.apply(random),
                                    day,
                                    facts.get("facts").size(),
                                    minutes));
                }
            }
        }
        return facts;
    }

    private static Fact fact(String entity, String value, int day, int number, int minutes) {
        Unit unit = Story.unit(day);
        return new Fact(
                "k" + number,
                entity,
                value,
                null,
                null,
                null,
                "+",
                "s",
                unit.cut().minus(Duration.ofMinutes(minutes)),
                unit.cut(),
                "r" + number,
                number,
                unit.id());
    }

    private static String wild(Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> "2e-5";
            case 1 -> Double.toString(random.nextGaussian() * 1e-300);
            case 2 -> Double.toString(random.nextGaussian() * 1e250);
            case 3 -> Double.toString(-random.nextInt(50) / 10.0);
            case 4 -> Double.toString(Double.MIN_VALUE * random.nextInt(9));
            default -> Double.toString(1e16 + random.nextInt(9));
        };
    }

    private static Object sum(List<BigDecimal> numbers) {
        return numbers.isEmpty()
                ? null
                : numbers.stream().reduce(BigDecimal.ZERO, BigDecimal::add).doubleValue();
    }

    private static Object mean(List<BigDecimal> numbers) {
        return numbers.isEmpty()
                ? null
                : numbers.stream()
                        .reduce(BigDecimal.ZERO, BigDecimal::add)
                        .divide(BigDecimal.valueOf(numbers.size()), MANY)
                        .doubleValue();
    }
}
