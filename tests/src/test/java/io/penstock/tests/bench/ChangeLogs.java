package io.penstock.tests.bench;

import io.penstock.core.Schedule;
import io.penstock.core.Unit;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.List;

/**
 * Generated change logs with the columns of bronze: sixty days, of which the last thirty are evaluated. {@code events} are
 * corrected (one in twenty, a day later), happen up to a day and a half before they are known, and come to be known through
 * the day; {@code facts} are never corrected; {@code orders} are the spine.
 */
final class ChangeLogs {
    static final int DAYS = 60;
    static final int EVALUATED = 30;
    private static final Schedule SCHEDULE = new Schedule(1, LocalTime.of(8, 0), ZoneOffset.UTC);
    private static final LocalDate LAST = LocalDate.of(2024, 6, 29);

    static final String SOURCES = """
            schedule { every = 1d, cut = "08:00", zone = UTC }
            sources {
              orders {
                path = "orders/landed={landed}/*.csv", mode = append, key = [order_id], event-time = landed
                columns {
                  order_id { type = long, required = true }
                  shop { type = long }
                  product { type = long }
                }
              }
              events {
                path = "events/landed={landed}/*.csv", mode = upsert, key = [event_id], sequence = landed
                event-time = happened, known-at = landed
                columns {
                  event_id { type = long, required = true }
                  shop { type = long }
                  product { type = long }
                  ok { type = boolean }
                  happened { type = timestamp, required = true }
                }
              }
              facts {
                path = "facts/landed={landed}/*.csv", mode = append, key = [fact_id], event-time = happened
                columns {
                  fact_id { type = long, required = true }
                  shop { type = long }
                  price { type = double }
                  stock { type = long }
                  happened { type = timestamp, required = true }
                }
              }
            }
            """;

    private ChangeLogs() {}

    static List<Unit> evaluated() {
        return SCHEDULE.units(LAST.minusDays(EVALUATED - 1), LAST);
    }

    static Unit last() {
        return SCHEDULE.unit(LAST);
    }

    static void orders(Workplace place, int aDay, int shops, int products) {
        place.keep(
                "orders",
                place.spark()
                        .range(0, (long) aDay * DAYS, 1, 2)
                        .selectExpr(
                                "id as order_id",
                                "pmod(xxhash64(id, 'shop'), %d) as shop".formatted(shops),
                                "pmod(xxhash64(id, 'product'), %d) as product".formatted(products),
                                day("pmod(id, %d)".formatted(DAYS)) + " as unit",
                                known("id") + " as _known_at")
                        .selectExpr(bronze("_known_at", "order_id", "order_id", "shop", "product")));
    }

    static void events(Workplace place, int aDay, int shops, int products) {
        place.spark()
                .range(0, (long) aDay * DAYS, 1, 2)
                .selectExpr(
                        "id as event_id",
                        "pmod(xxhash64(id, 'shop'), %d) as shop".formatted(shops),
                        "pmod(xxhash64(id, 'product'), %d) as product".formatted(products),
                        "pmod(xxhash64(id, 'ok'), 10) < 7 as ok",
                        known("id") + " as told",
                        "timestampadd(SECOND, -pmod(xxhash64(id, 'before'), 129600), " + known("id") + ") as happened",
                        "explode(if(pmod(xxhash64(id, 'again'), 20) = 0, array(0, 1), array(0))) as again")
                .selectExpr(
                        "event_id",
                        "shop",
                        "product",
                        "if(again = 1, not ok, ok) as ok",
                        "happened",
                        "timestampadd(DAY, again, told) as _known_at")
                .selectExpr(
                        "*", "cast(timestampadd(HOUR, 16, timestampadd(MICROSECOND, -1, _known_at)) as date) as unit")
                .createOrReplaceTempView("told");
        place.keep(
                "events",
                place.spark()
                        .table("told")
                        .where("unit <= date'" + LAST + "'")
                        .selectExpr(bronze("happened", "event_id", "event_id", "shop", "product", "ok", "happened")));
    }

    /** @param knownLater whether facts become known hours after they happened, or at once */
    static void facts(Workplace place, String name, int aDay, int shops, boolean knownLater) {
        String hours = knownLater ? "pmod(xxhash64(id, 'hours'), 48)" : "0";
        place.spark()
                .range(0, (long) aDay * DAYS, 1, 2)
                .selectExpr(
                        "id as fact_id",
                        "pmod(xxhash64(id, 'shop'), %d) as shop".formatted(shops),
                        "pmod(xxhash64(id, 'price'), 10000) / 100d as price",
                        "pmod(xxhash64(id, 'stock'), 1000) as stock",
                        "timestampadd(MICROSECOND, pmod(id, 1000000), " + known("id") + ") as happened",
                        hours + " as hours")
                .selectExpr("*", "timestampadd(HOUR, cast(hours as int), happened) as _known_at")
                .selectExpr(
                        "*", "cast(timestampadd(HOUR, 16, timestampadd(MICROSECOND, -1, _known_at)) as date) as unit")
                .createOrReplaceTempView("told");
        place.keep(
                name,
                place.spark()
                        .table("told")
                        .where("unit <= date'" + LAST + "'")
                        .selectExpr(bronze("happened", "fact_id", "fact_id", "shop", "price", "stock", "happened")));
    }

    private static String day(String index) {
        return "date_add(date'%s', cast(%s - %d as int))".formatted(LAST, index, DAYS - 1);
    }

    /** Within the day that ends at the cut of the row's unit. */
    private static String known(String id) {
        return "timestampadd(SECOND, 28000 - pmod(xxhash64(%s, 'known'), 85000), cast(%s as timestamp))"
                .formatted(id, day("pmod(%s, %d)".formatted(id, DAYS)));
    }

    private static String[] bronze(String eventTime, String key, String... columns) {
        List<String> all = new java.util.ArrayList<>(List.of(columns));
        all.addAll(List.of(
                "'+' as _op",
                "date_format(_known_at, 'yyyyMMddHHmmssSSSSSS') as _sequence",
                eventTime + " as _event_time",
                "_known_at",
                "lpad(cast(" + key + " as string), 12, '0') as _row_id",
                "'file' as _file_id",
                "cast(" + key + " as long) as _position",
                "unit"));
        return all.toArray(String[]::new);
    }
}
