package io.penstock.features;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.Unit;
import io.penstock.core.config.PipelineConfig;
import io.penstock.features.Story.Fact;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FeatureViewsTest {
    private static final int HISTORIES = 220;

    @ParameterizedTest(name = "220 histories of seed {0}")
    @ValueSource(longs = 1)
    void viewsEqualTheNaiveOracleToTheLastBit(long seed) {
        equalTheOracle(
                List.of("totals", "rates", "pairs", "last_fact", "fresh_fact", "last_state"),
                Histories.generate(seed, HISTORIES),
                Story.units(1, Histories.UNITS));
    }

    @Tag("full")
    @ParameterizedTest(name = "220 histories of seed {0}")
    @ValueSource(longs = {2, 3})
    void viewsEqualTheNaiveOracleInMoreHistories(long seed) {
        viewsEqualTheNaiveOracleToTheLastBit(seed);
    }

    @ParameterizedTest(name = "220 histories of seed {0}")
    @ValueSource(longs = 8)
    void rowsOutOfReachOfEveryWindowNeedNotBeRead(long seed) {
        equalTheOracle(
                List.of("totals", "rates", "pairs", "fresh_fact"),
                Histories.generate(seed, HISTORIES),
                Story.units(Histories.UNITS - 1, Histories.UNITS));
    }

    @Tag("full")
    @ParameterizedTest(name = "220 histories of seed {0}")
    @ValueSource(longs = 9)
    void rowsOutOfReachNeedNotBeReadInMoreHistories(long seed) {
        rowsOutOfReachOfEveryWindowNeedNotBeRead(seed);
    }

    private static void equalTheOracle(List<String> names, Map<String, List<Fact>> facts, List<Unit> units) {
        Oracle oracle = new Oracle(facts);
        try (FeatureViews views = FeatureViews.compute(Story.config(names), units, Story.bronze(facts))) {
            assertThat(views.tables().keySet()).containsExactlyElementsOf(names);
            views.tables()
                    .forEach((name, table) -> assertThat(texts(table)).as(name).isEqualTo(oracle.view(name, units)));
        }
    }

    @ParameterizedTest(name = "40 histories of seed {0}")
    @ValueSource(longs = {4})
    void aRangeEqualsItsUnitsOneByOne(long seed) {
        Map<String, List<Fact>> facts = Histories.generate(seed, 40);
        PipelineConfig config = Story.config(List.of("totals", "pairs", "last_state"));
        try (FeatureViews range = FeatureViews.compute(config, Story.units(3, 4), Story.bronze(facts))) {
            Map<String, Dataset<Row>> single = new LinkedHashMap<>();
            for (int day = 3; day <= 4; day++) {
                FeatureViews.compute(config, Story.units(day, day), Story.bronze(facts))
                        .tables()
                        .forEach((name, table) -> single.merge(name, table, Dataset::union));
            }
            range.tables()
                    .forEach((name, table) -> assertThat(texts(table)).as(name).isEqualTo(texts(single.get(name))));
            Frames.assertSame(
                    single.get("pairs").cache(), range.tables().get("pairs").cache());
        }
    }

    @ParameterizedTest(name = "60 histories of seed {0}")
    @ValueSource(longs = {5})
    void rowsOfLaterUnitsChangeNothing(long seed) {
        Map<String, List<Fact>> facts = Histories.generate(seed, 60);
        List<Unit> units = Story.units(2, 4);
        Map<String, List<Fact>> then = new LinkedHashMap<>();
        facts.forEach((name, rows) -> then.put(
                name,
                rows.stream()
                        .filter(fact -> !fact.unit().isAfter(Story.unit(4).id()))
                        .toList()));
        try (FeatureViews now = FeatureViews.compute(Story.config(), units, Story.bronze(facts));
                FeatureViews past = FeatureViews.compute(Story.config(), units, Story.bronze(then))) {
            now.tables()
                    .forEach((name, table) -> assertThat(texts(table))
                            .as(name)
                            .isEqualTo(texts(past.tables().get(name))));
        }
    }

    static Map<String, List<Object>> texts(Dataset<Row> table) {
        Map<String, List<Object>> rows = new TreeMap<>();
        int at = List.of(table.columns()).indexOf("as_of");
        for (Row row : table.collectAsList()) {
            List<Object> values = new ArrayList<>();
            for (int i = 0; i < row.size(); i++) {
                values.add(row.get(i) instanceof java.sql.Timestamp time ? (Object) time.toInstant() : row.get(i));
            }
            values.set(at - 1, values.get(at - 1).toString());
            assertThat(values.get(at)).isInstanceOf(Instant.class);
            String id = values.subList(0, at + 1).toString();
            assertThat(rows.put(id, values)).as("asked once: " + id).isNull();
        }
        return rows;
    }
}
