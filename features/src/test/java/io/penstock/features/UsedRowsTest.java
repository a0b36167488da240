package io.penstock.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.PenstockException;
import io.penstock.core.Unit;
import io.penstock.core.config.PipelineConfig;
import io.penstock.features.Story.Fact;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UsedRowsTest {
    private static final PipelineConfig CONFIG = Story.config();
    private static final List<String> VIEWS = List.copyOf(CONFIG.features().keySet());

    @ParameterizedTest(name = "3 rows of seed {0}")
    @ValueSource(longs = {6})
    void rowsThatAreNotListedCannotChangeTheInputs(long seed) {
        Map<String, List<Fact>> facts = Histories.generate(seed, 40);
        Function<String, Dataset<Row>> bronze = persisted(facts);
        Unit unit = Story.unit(5);
        Oracle oracle = new Oracle(facts);
        List<Fact> asks = oracle.asks(unit).stream()
                .filter(ask -> ask.e() != null && ask.f() != null)
                .sorted(java.util.Comparator.comparing(Fact::rowId))
                .limit(3)
                .toList();
        int listed = 0;
        for (Fact ask : asks) {
            Set<String> used = UsedRows.of(CONFIG, CONFIG.models().get("late"), unit, Map.of("k", ask.k()), bronze)
                    .collectAsList()
                    .stream()
                    .map(row -> row.getString(0) + " " + row.getString(2))
                    .collect(Collectors.toSet());
            assertThat(used).contains("asks " + ask.rowId());
            listed += used.size();
            Oracle without = new Oracle(changed(facts, used, fact -> null));
            Oracle poisoned = new Oracle(changed(facts, used, UsedRowsTest::poison));
            for (String view : VIEWS) {
                List<Object> expected = oracle.features(view, ask.e(), ask.f(), unit);
                assertThat(without.features(view, ask.e(), ask.f(), unit))
                        .as(view)
                        .isEqualTo(expected);
                assertThat(poisoned.features(view, ask.e(), ask.f(), unit))
                        .as(view)
                        .isEqualTo(expected);
            }
        }
        assertThat(listed).isGreaterThan(2 * asks.size()).isLessThan(20 * asks.size());
    }

    @Test
    void aCorrectionThatMovedARowAwayIsListedAndTheRowItReplacedIsNot() {
        Fact first = fact("k", "a", "1", 1, "old");
        Fact moved = fact("k", "b", "2", 2, "new");
        Fact other = fact("z", "c", "1", 1, "other");
        Fact ask = fact("q", "a", "1", 3, "ask");
        Map<String, List<Fact>> facts =
                Map.of("asks", List.of(ask), "facts", List.of(), "states", List.of(first, moved, other));

        Dataset<Row> used =
                UsedRows.of(CONFIG, CONFIG.models().get("late"), Story.unit(3), Map.of("k", "q"), Story.bronze(facts));

        assertThat(used.collectAsList().stream().map(row -> row.getString(0) + " " + row.getString(2)))
                .containsExactlyInAnyOrder("asks ask", "states new");
    }

    @Test
    void aKeyTheUnitDidNotTakeIsRefused() {
        Map<String, List<Fact>> none = Map.of("asks", List.of(), "facts", List.of(), "states", List.of());
        assertThatThrownBy(() -> UsedRows.of(
                        CONFIG, CONFIG.models().get("late"), Story.unit(3), Map.of("k", "q"), Story.bronze(none)))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("PEN-FEA-007 Cannot find a row of unit 2020-01-03");
    }

    static Fact fact(String k, String e, String sequence, int day, String rowId) {
        Unit unit = Story.unit(day);
        return new Fact(k, e, "f0", 1, 1.0, true, "+", sequence, Story.unit(2).cut(), unit.cut(), rowId, 0, unit.id());
    }

    private static Function<String, Dataset<Row>> persisted(Map<String, List<Fact>> facts) {
        Map<String, Dataset<Row>> frames = new LinkedHashMap<>();
        facts.keySet()
                .forEach(
                        name -> frames.put(name, Story.bronze(facts).apply(name).cache()));
        return frames::get;
    }

    private static Map<String, List<Fact>> changed(
            Map<String, List<Fact>> facts, Set<String> kept, Function<Fact, Fact> change) {
        Map<String, List<Fact>> changed = new LinkedHashMap<>();
        facts.forEach((source, rows) -> changed.put(
                source,
                rows.stream()
                        .map(fact -> kept.contains(source + " " + fact.rowId()) ? fact : change.apply(fact))
                        .filter(fact -> fact != null)
                        .toList()));
        return changed;
    }

    private static Fact poison(Fact fact) {
        return new Fact(
                fact.k(),
                fact.e(),
                fact.f(),
                77,
                7e7,
                fact.b() == null || !fact.b(),
                fact.op(),
                fact.sequence(),
                fact.event(),
                fact.known(),
                fact.rowId(),
                fact.position(),
                fact.unit());
    }
}
