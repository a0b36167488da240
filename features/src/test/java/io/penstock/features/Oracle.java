package io.penstock.features;

import io.penstock.core.Unit;
import io.penstock.features.Story.Fact;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;

/** What the views must say, worked out row by row from the definition; shares nothing with the code it judges. */
final class Oracle {
    private static final Comparator<Fact> VERSIONS = Comparator.comparing(Fact::sequence)
            .thenComparing(Fact::known)
            .thenComparing(Fact::position)
            .thenComparing(Fact::rowId);
    private static final Comparator<Fact> RECENCY = Comparator.comparing(Fact::event)
            .thenComparing(Fact::sequence)
            .thenComparing(Fact::known)
            .thenComparing(Fact::position)
            .thenComparing(Fact::rowId);

    private final Map<String, List<Fact>> facts;

    Oracle(Map<String, List<Fact>> facts) {
        this.facts = facts;
    }

    /** Every row of a view as text, {@code [entity…, unit, as_of, features…]}. */
    Map<String, List<Object>> view(String view, List<Unit> units) {
        boolean pair = view.equals("pairs");
        Map<String, List<Object>> table = new TreeMap<>();
        for (Unit unit : units) {
            for (Fact ask : asks(unit)) {
                if (ask.e() == null || pair && ask.f() == null) {
                    continue;
                }
                List<Object> row = new ArrayList<>(pair ? List.of(ask.e(), ask.f()) : List.of(ask.e()));
                row.add(unit.id().toString());
                row.add(unit.cut());
                String id = row.toString();
                row.addAll(features(view, ask.e(), ask.f(), unit));
                table.put(id, row);
            }
        }
        return table;
    }

    Collection<Fact> asks(Unit unit) {
        return facts.get("asks").stream()
                .filter(fact -> fact.unit().equals(unit.id()) && !fact.known().isAfter(unit.cut()))
                .collect(
                        HashMap<String, Fact>::new,
                        (map, fact) -> map.merge(fact.k(), fact, Oracle::later),
                        Map::putAll)
                .values()
                .stream()
                .filter(fact -> fact.op().equals("+"))
                .toList();
    }

    List<Object> features(String view, String e, String f, Unit unit) {
        Predicate<Fact> mine = fact -> e.equals(fact.e());
        return switch (view) {
            case "totals" -> all(usable("facts", unit, false).filter(mine).toList(), unit.cut());
            case "rates" -> all(usable("states", unit, true).filter(mine).toList(), unit.cut());
            case "pairs" ->
                pairs(
                        usable("states", unit, true)
                                .filter(mine)
                                .filter(fact -> f.equals(fact.f()))
                                .filter(fact -> fact.n() != null && fact.n() > 0)
                                .toList(),
                        unit.cut());
            case "last_fact" ->
                last(usable("facts", unit, false).filter(mine).toList(), unit.cut(), null, List.of(Fact::n, Fact::f));
            case "fresh_fact" ->
                last(
                        usable("facts", unit, false)
                                .filter(mine)
                                .filter(fact -> fact.n() != null && fact.n() > 0)
                                .toList(),
                        unit.cut(),
                        Story.MAX_AGE,
                        List.of(Fact::n, Fact::x));
            case "last_state" ->
                last(
                        usable("states", unit, true)
                                .filter(mine)
                                .filter(fact -> Boolean.TRUE.equals(fact.b()))
                                .toList(),
                        unit.cut(),
                        null,
                        List.of(Fact::n, Fact::x));
            default -> throw new IllegalArgumentException(view);
        };
    }

    private java.util.stream.Stream<Fact> usable(String source, Unit unit, boolean keyed) {
        List<Fact> known = facts.get(source).stream()
                .filter(fact -> !fact.unit().isAfter(unit.id()) && !fact.known().isAfter(unit.cut()))
                .toList();
        Map<String, Fact> last = new HashMap<>();
        known.forEach(fact -> last.merge(fact.k(), fact, Oracle::later));
        return (keyed ? last.values() : known)
                .stream().filter(fact -> fact.op().equals("+") && !fact.event().isAfter(unit.cut()));
    }

    private static Fact later(Fact one, Fact other) {
        return VERSIONS.compare(one, other) >= 0 ? one : other;
    }

    private static List<Object> all(List<Fact> rows, Instant cut) {
        List<Object> values = new ArrayList<>();
        each(values, rows, cut, in -> (long) in.size());
        each(
                values,
                rows,
                cut,
                in -> in.stream().filter(fact -> Boolean.TRUE.equals(fact.b())).count());
        each(
                values,
                rows,
                cut,
                in -> in.stream().filter(fact -> fact.x() != null).count());
        each(values, rows, cut, in -> {
            List<Integer> numbers =
                    in.stream().map(Fact::n).filter(Objects::nonNull).toList();
            return numbers.isEmpty()
                    ? null
                    : (Object) numbers.stream().mapToLong(n -> n).sum();
        });
        each(values, rows, cut, in -> {
            List<BigDecimal> numbers = decimals(in);
            return numbers.isEmpty() ? null : (Object) total(numbers).doubleValue();
        });
        each(
                values,
                rows,
                cut,
                in -> mean(in.stream()
                        .filter(fact -> fact.b() != null)
                        .map(fact -> fact.b() ? BigDecimal.ONE : BigDecimal.ZERO)
                        .toList()));
        each(
                values,
                rows,
                cut,
                in -> mean(in.stream()
                        .filter(fact -> fact.n() != null)
                        .map(fact -> BigDecimal.valueOf(fact.n()))
                        .toList()));
        each(values, rows, cut, in -> mean(decimals(in)));
        return values;
    }

    private static List<Object> pairs(List<Fact> rows, Instant cut) {
        List<Object> values = new ArrayList<>();
        each(values, rows, cut, in -> (long) in.size());
        each(values, rows, cut, in -> mean(decimals(in)));
        values.addAll(last(rows, cut, Story.MAX_AGE, List.of(Fact::n, Fact::x, Fact::b)));
        return values;
    }

    private static void each(List<Object> to, List<Fact> rows, Instant cut, Function<List<Fact>, Object> aggregate) {
        for (Duration window : Story.WINDOWS) {
            to.add(aggregate.apply(rows.stream()
                    .filter(fact -> fact.event().isAfter(cut.minus(window)))
                    .toList()));
        }
    }

    private static List<Object> last(
            List<Fact> rows, Instant cut, Duration maxAge, List<Function<Fact, Object>> columns) {
        Fact last = rows.stream().max(RECENCY).orElse(null);
        boolean none =
                last == null || maxAge != null && last.event().plus(maxAge).isBefore(cut);
        return columns.stream().map(column -> none ? null : column.apply(last)).toList();
    }

    private static List<BigDecimal> decimals(List<Fact> rows) {
        return rows.stream()
                .filter(fact -> fact.x() != null)
                .map(fact -> new BigDecimal(Double.toString(fact.x())).setScale(2, RoundingMode.HALF_UP))
                .toList();
    }

    private static BigDecimal total(List<BigDecimal> numbers) {
        return numbers.stream().reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    private static Object mean(List<BigDecimal> numbers) {
        return numbers.isEmpty()
                ? null
                : (Object) total(numbers)
                        .divide(BigDecimal.valueOf(numbers.size()), new MathContext(80))
                        .doubleValue();
    }
}
