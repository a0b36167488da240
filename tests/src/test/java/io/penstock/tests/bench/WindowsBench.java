package io.penstock.tests.bench;

import io.penstock.core.Unit;
import io.penstock.core.config.PipelineConfig;
import io.penstock.features.FeatureViews;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Counts and means over windows of a corrected change log, three views: Penstock's {@link FeatureViews}, and the join by
 * entity and time range with a conditional aggregate per window, as one writes it in SQL; the same text in Spark and DuckDB.
 */
final class WindowsBench {
    private static final int EVENTS_A_DAY = 10_000;
    private static final int ORDERS_A_DAY = 2_000;
    private static final int SHOPS = 2_000;
    private static final int PRODUCTS = 200;

    private static final String CONFIG = "pipeline = windows\n" + ChangeLogs.SOURCES + """
            features {
              shops { from = events, entity = [shop], aggregate {
                rows { count = "*", over = [1d, 7d, 30d] }
                ok { mean = "ok", over = [1d, 7d, 30d] } } }
              products { from = events, entity = [product], aggregate {
                rows { count = "*", over = [7d, 30d] }
                ok { mean = "ok", over = [7d, 30d] } } }
              pairs { from = events, entity = [shop, product], aggregate { ok { mean = "ok", over = [30d] } } }
            }
            models { demand {
              spine { from = orders, as-of = cut }
              label { from = events, on = [shop], value = "ok" }
              features = [shops, products, pairs]
              training { at = [], test-from = "2030-01-01" }
              scoring { from = "2030-01-01" }
            } }
            """;

    private final Workplace place;
    private final PipelineConfig config;

    WindowsBench(Workplace place, Scale scale) {
        this.place = place;
        int shops = scale.of(SHOPS);
        ChangeLogs.events(place, scale.of(EVENTS_A_DAY), shops, PRODUCTS);
        ChangeLogs.orders(place, scale.of(ORDERS_A_DAY), shops, PRODUCTS);
        this.config = place.config(
                "windows",
                CONFIG,
                place.folder().resolve("landing"),
                place.folder().resolve("warehouse"));
    }

    Comparison rangeAgainstSql() {
        return comparison("windows: 30 units, Spark SQL by hand", ChangeLogs.evaluated(), Goal.timesLess(3), false);
    }

    Comparison rangeAgainstDuck() {
        return comparison("windows: 30 units, DuckDB", ChangeLogs.evaluated(), Goal.none(true), true);
    }

    Comparison incrementAgainstSql() {
        return comparison("windows: 1 unit, Spark SQL by hand", List.of(ChangeLogs.last()), Goal.none(true), false);
    }

    Comparison incrementAgainstDuck() {
        return comparison("windows: 1 unit, DuckDB", List.of(ChangeLogs.last()), Goal.none(true), true);
    }

    private Comparison comparison(String name, List<Unit> units, Goal goal, boolean duck) {
        Map<String, String> queries = queries(units);
        Side ours = Side.here(() -> ours(units), () -> place.written("ours", columns()));
        Side sql = Side.here(() -> sql(queries), () -> place.written("sql", columns()));
        Side ducks = new Side(
                () -> Python.run(
                        "PENSTOCK_BENCH_PYTHON",
                        "duck.py",
                        place.folder(),
                        Map.of(
                                "tables", Map.of("events", place.files("events"), "orders", place.files("orders")),
                                "statements", List.of("create temp table current as " + CURRENT),
                                "outputs", queries,
                                "to", place.path("duck"))),
                () -> place.written("duck", columns()));
        return new Comparison(name, ours, duck ? ducks : sql, goal, Equality.exact());
    }

    private void ours(List<Unit> units) {
        try (FeatureViews views = FeatureViews.compute(config, units, place::delta)) {
            views.tables().forEach((view, rows) -> place.write(rows, "ours/" + view));
        }
    }

    private void sql(Map<String, String> queries) {
        place.delta("events").createOrReplaceTempView("events");
        place.delta("orders").createOrReplaceTempView("orders");
        Dataset<Row> current = place.spark().sql(CURRENT).persist();
        try {
            current.createOrReplaceTempView("current");
            queries.forEach((view, query) -> place.write(place.spark().sql(query), "sql/" + view));
        } finally {
            current.unpersist();
        }
    }

    /** Every version with the moment until which it was the last one known. */
    private static final String CURRENT = """
            select shop, product, ok, _event_time, _known_at,
                   lead(_known_at) over (partition by event_id order by _sequence) as until
            from events where unit <= date '2024-06-29'""";

    private static Map<String, String> queries(List<Unit> units) {
        Map<String, String> queries = new LinkedHashMap<>();
        queries.put("shops", query(units, List.of("shop"), List.of(1, 7, 30), true));
        queries.put("products", query(units, List.of("product"), List.of(7, 30), true));
        queries.put("pairs", query(units, List.of("shop", "product"), List.of(30), false));
        return queries;
    }

    private static String query(List<Unit> units, List<String> entity, List<Integer> windows, boolean counts) {
        StringBuilder columns = new StringBuilder();
        if (counts) {
            windows.forEach(
                    days -> columns.append(", count(case when %s then 1 end) as rows_%dd".formatted(in(days), days)));
        }
        windows.forEach(days -> columns.append(
                ", cast(sum(case when %1$s then cast(ok as int) end) as double) / count(case when %1$s then ok end) as ok_%2$dd"
                        .formatted(in(days), days)));
        String names = String.join(", ", entity);
        String same = entity.stream()
                .map(name -> "e.%1$s = a.%1$s and ".formatted(name))
                .reduce("", String::concat);
        String asked = entity.stream()
                .map(name -> "a." + name)
                .reduce((x, y) -> x + ", " + y)
                .orElseThrow();
        return """
                select a.unit, %s%s
                from (select distinct unit, cast(unit as timestamp) + interval '8' hour as as_of, %s
                      from orders where unit between date '%s' and date '%s') a
                left join current e
                  on %se._event_time <= a.as_of and e._event_time > a.as_of - interval '%d' day
                 and e._known_at <= a.as_of and (e.until is null or e.until > a.as_of)
                group by a.unit, a.as_of, %s""".formatted(
                        asked,
                        columns,
                        names,
                        units.get(0),
                        units.get(units.size() - 1),
                        same,
                        windows.get(windows.size() - 1),
                        asked);
    }

    private static String in(int days) {
        return "e._event_time > a.as_of - interval '%d' day".formatted(days);
    }

    private static Map<String, List<String>> columns() {
        Map<String, List<String>> columns = new LinkedHashMap<>();
        columns.put("shops", List.of("unit", "shop", "rows_1d", "rows_7d", "rows_30d", "ok_1d", "ok_7d", "ok_30d"));
        columns.put("products", List.of("unit", "product", "rows_7d", "rows_30d", "ok_7d", "ok_30d"));
        columns.put("pairs", List.of("unit", "shop", "product", "ok_30d"));
        return columns;
    }
}
