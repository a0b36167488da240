package io.penstock.tests.bench;

import io.penstock.core.Unit;
import io.penstock.core.config.PipelineConfig;
import io.penstock.features.FeatureVectors;
import io.penstock.features.FeatureViews;
import java.util.List;
import java.util.Map;

/**
 * Each order with the latest fact of its shop as of the cut: {@link FeatureViews} and {@link FeatureVectors}, against a union
 * that is sorted and carries the last fact on, against DuckDB's {@code ASOF} join, and, where facts become known late,
 * against a join that picks the latest.
 */
final class LatestBench {
    private static final int FACTS_A_DAY = 16_000;
    private static final int ORDERS_A_DAY = 3_000;
    private static final int SHOPS = 20_000;

    private final Workplace place;

    LatestBench(Workplace place, Scale scale) {
        this.place = place;
        int shops = scale.of(SHOPS);
        ChangeLogs.facts(place, "at_once", scale.of(FACTS_A_DAY), shops, false);
        ChangeLogs.facts(place, "later", scale.of(FACTS_A_DAY), shops, true);
        ChangeLogs.orders(place, scale.of(ORDERS_A_DAY), shops, 1);
    }

    Comparison againstUnion() {
        return comparison(
                "point-in-time join: at most 7 days old, union + last",
                "at_once",
                true,
                spark(true, UNION),
                Goal.timesLess(4));
    }

    Comparison againstAsof() {
        return comparison(
                "point-in-time join: at most 7 days old, DuckDB ASOF",
                "at_once",
                true,
                duck("at_once", true, ASOF),
                Goal.timesThePeer(2));
    }

    Comparison ofAnyAgeAgainstUnion() {
        return comparison(
                "point-in-time join: of any age, union + last",
                "at_once",
                false,
                spark(false, UNION),
                Goal.timesLess(4));
    }

    Comparison knownLaterAgainstSql() {
        return comparison(
                "point-in-time join: facts known later, Spark SQL by hand",
                "later",
                true,
                spark(true, JOIN),
                Goal.timesLess(4));
    }

    Comparison knownLaterAgainstDuck() {
        return comparison(
                "point-in-time join: facts known later, DuckDB",
                "later",
                true,
                duck("later", true, JOIN),
                Goal.none(true));
    }

    private Comparison comparison(String name, String facts, boolean aged, Side peer, Goal goal) {
        PipelineConfig config = config(aged);
        Side ours = Side.here(() -> ours(config, facts), () -> place.written("ours", COLUMNS));
        return new Comparison(name, ours, peer, goal, Equality.exact());
    }

    private void ours(PipelineConfig config, String facts) {
        List<Unit> units = ChangeLogs.evaluated();
        try (FeatureViews views =
                FeatureViews.compute(config, units, source -> place.delta(source.equals("facts") ? facts : source))) {
            place.write(
                    FeatureVectors.join(
                            config, config.models().get("demand"), units, place.delta("orders"), views.tables()::get),
                    "ours/inputs");
        }
    }

    private Side spark(boolean aged, String query) {
        return Side.here(
                () -> {
                    String facts = query.equals(UNION) ? "at_once" : "later";
                    place.delta(facts).createOrReplaceTempView("facts");
                    place.delta("orders").createOrReplaceTempView("orders");
                    place.write(place.spark().sql(of(query, aged)), "sql/inputs");
                },
                () -> place.written("sql", COLUMNS));
    }

    private Side duck(String facts, boolean aged, String query) {
        return new Side(
                () -> Python.run(
                        "PENSTOCK_BENCH_PYTHON",
                        "duck.py",
                        place.folder(),
                        Map.of(
                                "tables", Map.of("facts", place.files(facts), "orders", place.files("orders")),
                                "statements", List.of(),
                                "outputs", Map.of("inputs", of(query, aged)),
                                "to", place.path("duck"))),
                () -> place.written("duck", COLUMNS));
    }

    private static final Map<String, List<String>> COLUMNS =
            Map.of("inputs", List.of("order_id", "unit", "facts_price", "facts_stock"));

    private static final String ASKED = """
            with asked as (
              select order_id, unit, shop, cast(unit as timestamp) + interval '8' hour as as_of
              from orders where unit between date '%1$s' and date '%2$s'),
            usable as (select * from facts where unit <= date '%2$s' and %3$s)
            """;

    private static final String UNION = """
            , rows as (
              select shop, _event_time as at, 0 as asked, struct(price, stock, _event_time) as fact,
                     cast(null as bigint) as order_id, cast(null as date) as unit
              from usable
              union all
              select shop, as_of, 1, null, order_id, unit from asked),
            carried as (
              select order_id, unit, asked, at,
                     last(fact, true) over (partition by shop order by at, asked rows unbounded preceding) as fact
              from rows)
            select order_id, unit,
                   case when %4$s then fact.price end as facts_price, case when %4$s then fact.stock end as facts_stock
            from carried where asked = 1""";

    private static final String ASOF = """
            select o.order_id, o.unit,
                   case when f._event_time >= o.as_of - interval '7' day then f.price end as facts_price,
                   case when f._event_time >= o.as_of - interval '7' day then f.stock end as facts_stock
            from asked o asof left join usable f on o.shop = f.shop and o.as_of >= f._event_time""";

    private static final String JOIN = """
            select o.order_id, o.unit, max_by(f.price, f._event_time) as facts_price,
                   max_by(f.stock, f._event_time) as facts_stock
            from asked o left join usable f
              on o.shop = f.shop and f._event_time <= o.as_of and f._event_time >= o.as_of - interval '7' day
             and f._known_at <= o.as_of
            group by o.order_id, o.unit""";

    private static String of(String query, boolean aged) {
        Unit first = ChangeLogs.evaluated().get(0);
        String reach = "_event_time >= cast(date '" + first + "' as timestamp) + interval '8' hour - interval '7' day";
        return (ASKED + query)
                .formatted(
                        first,
                        ChangeLogs.last(),
                        aged ? reach : "true",
                        aged ? "fact._event_time >= at - interval '7' day" : "true");
    }

    private PipelineConfig config(boolean aged) {
        return place.config(
                aged ? "aged" : "ageless",
                "pipeline = %s\n".formatted(aged ? "aged" : "ageless")
                        + ChangeLogs.SOURCES
                        + """
                features { facts { from = facts, entity = [shop], latest = [price, stock] %s } }
                models { demand {
                  spine { from = orders, as-of = cut }
                  label { from = events, on = [shop], value = "ok" }
                  features = [facts]
                  training { at = [], test-from = "2030-01-01" }
                  scoring { from = "2030-01-01" }
                } }
                """.formatted(aged ? ", max-age = 7d" : ""),
                place.folder().resolve("landing"),
                place.folder().resolve("warehouse"));
    }
}
