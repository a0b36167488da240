package io.penstock.tests.laws;

import io.penstock.core.Schedule;
import io.penstock.core.Unit;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;

/**
 * Generated feeds of three sources, one of each mode, over a change to summer time: orders (the spine), events (corrected,
 * withdrawn, late, told again, known before or after their cut) and shops (snapshots). Times lie on the edges of the
 * windows, and a second beside them, often enough to matter; some records break the contract; some files come twice.
 */
final class Feed {
    static final String PIPELINE = "shop-demand";
    static final Schedule SCHEDULE = new Schedule(1, LocalTime.of(8, 0), ZoneId.of("Europe/Berlin"));
    static final List<Unit> UNITS = SCHEDULE.units(LocalDate.of(2024, 3, 22), LocalDate.of(2024, 4, 6));
    static final List<Duration> WINDOWS = List.of(Duration.ofHours(12), Duration.ofDays(3));
    static final Duration MAX_AGE = Duration.ofHours(36);

    static final String CONFIG = """
            pipeline = shop-demand
            schedule { every = 1d, cut = "08:00", zone = "Europe/Berlin" }
            sources {
              orders {
                path = "orders/landed={landed}/*.csv", mode = append, key = [order_id]
                event-time = due, known-at = landed, max-reject-rate = 1.0
                columns {
                  order_id { type = string, required = true }
                  shop { type = string }
                  product { type = string }
                  due { type = timestamp, required = true }
                }
              }
              events {
                path = "events/landed={landed}/*.csv", mode = upsert, key = [event_id], sequence = version
                delete-when = "state = 'gone'"
                event-time = happened, known-at = known, max-reject-rate = 1.0
                columns {
                  event_id { type = string, required = true }
                  version { type = int, required = true }
                  shop { type = string }
                  product { type = string }
                  amount { type = double }
                  ok { type = boolean }
                  happened { type = timestamp, required = true }
                  known { type = timestamp, required = true }
                  state { type = string }
                }
              }
              shops {
                path = "shops/landed={landed}/*.csv", mode = snapshot, key = [shop]
                event-time = landed, known-at = landed, allow-empty = true
                columns {
                  shop { type = string, required = true }
                  region { type = string }
                  size { type = int }
                }
              }
            }
            features {
              shop_events {
                from = events, entity = [shop]
                aggregate {
                  rows { count = "*", over = [12h, 3d] }
                  ok_rate { mean = "ok", over = [12h, 3d] }
                  usual { mean = "amount", scale = 2, over = [12h, 3d] }
                }
              }
              pair_events {
                from = events, entity = [shop, product], where = "amount > 0"
                aggregate { total { sum = "amount", scale = 2, over = [12h, 3d] } }
                latest = [amount, ok], max-age = 36h
              }
              shop_facts { from = shops, entity = [shop], latest = [region, size] }
            }
            models {
              demand {
                spine { from = orders, as-of = cut }
                label { from = events, on = [shop], value = "ok", several = last, known-at-as-of = keep }
                features = [shop_events, pair_events, shop_facts]
                training { at = [], test-from = "2030-01-01" }
                scoring { from = "2030-01-01" }
              }
            }
            """;

    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final String ORDERS = "order_id,shop,product,due";
    private static final String EVENTS = "event_id,version,shop,product,amount,ok,happened,known,state";
    private static final String SHOPS = "shop,region,size";

    private final Path landing;
    private final Random random;
    private final Map<String, List<String>> contents = new HashMap<>();
    private final List<Map<String, String>> events = new ArrayList<>();
    private final Map<String, int[]> versions = new HashMap<>();
    private int orders;
    private int ids;
    private int files;

    private Feed(Path landing, long seed) {
        this.landing = landing;
        this.random = new Random(seed * 7_919);
    }

    /** Lands the files of all units below {@code landing}; the same seed, the same bytes. */
    static Feed land(Path landing, long seed) {
        Feed feed = new Feed(landing, seed);
        UNITS.forEach(feed::unit);
        return feed;
    }

    /** Lands one more file of events, with corrections among them, as a sender does whose delivery was held up. */
    Path late(Unit about, Instant landed) {
        List<String> rows = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            rows.add(String.join(",", event(about, landed).values()));
        }
        return write("events", landed, EVENTS, rows);
    }

    private void unit(Unit unit) {
        boolean first = unit.equals(UNITS.get(0));
        for (Instant stamp : stamps(unit, first ? 1.0 : 0.9)) {
            csv("orders", unit, stamp, ORDERS, () -> order(unit), 2 + random.nextInt(4));
        }
        for (Instant stamp : stamps(unit, first ? 1.0 : 0.9)) {
            csv("events", unit, stamp, EVENTS, () -> event(unit, stamp), 4 + random.nextInt(10));
        }
        if (first || random.nextInt(3) == 0) {
            Instant stamp = stamps(unit, 1.0).get(0);
            csv("shops", unit, stamp, SHOPS, this::shop, 1 + random.nextInt(4));
        }
    }

    /** One or two instants in (previous cut, cut], its edges included; none with the complement of {@code chance}. */
    private List<Instant> stamps(Unit unit, double chance) {
        if (random.nextDouble() >= chance) {
            return List.of();
        }
        Instant some = unit.previousCut().plusSeconds(2 + random.nextInt(22 * 3600));
        return switch (random.nextInt(4)) {
            case 0 -> List.of(unit.cut());
            case 1 -> List.of(unit.previousCut().plusSeconds(1), some);
            case 2 -> List.of(some, unit.cut());
            default -> List.of(some);
        };
    }

    private void csv(
            String source, Unit unit, Instant stamp, String header, Supplier<Map<String, String>> record, int count) {
        List<String> told = contents.computeIfAbsent(source, name -> new ArrayList<>());
        if (!told.isEmpty() && random.nextInt(10) == 0 && !source.equals("shops")) {
            write(
                    source,
                    stamp,
                    header,
                    List.of(told.get(random.nextInt(told.size())).split("\n")));
            return;
        }
        List<String> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            rows.add(String.join(",", record.get().values()));
        }
        if (source.equals("orders") && random.nextInt(4) == 0) {
            // The same record again, or the same key with other values: both within one unit.
            String last = rows.get(rows.size() - 1);
            rows.add(random.nextBoolean() ? last : last.replaceFirst(",.*", ",s1,p1," + unit.cut()));
        }
        write(source, stamp, header, rows);
        told.add(String.join("\n", rows));
    }

    private Map<String, String> order(Unit unit) {
        Map<String, String> row = new LinkedHashMap<>();
        boolean again = orders > 3 && random.nextInt(10) == 0;
        row.put("order_id", "o" + (again ? random.nextInt(orders - 2) : orders++));
        row.put("shop", random.nextInt(15) == 0 ? "" : "s" + random.nextInt(4));
        row.put("product", random.nextInt(8) == 0 ? "" : "p" + random.nextInt(3));
        row.put(
                "due",
                random.nextInt(20) == 0
                        ? "soon"
                        : unit.cut().plusSeconds(random.nextInt(90_000)).toString());
        return row;
    }

    private Map<String, String> event(Unit unit, Instant landed) {
        boolean told = !events.isEmpty() && random.nextInt(10) < 4;
        Map<String, String> row = new LinkedHashMap<>();
        row.put("event_id", "e" + ids++);
        if (told) {
            row.putAll(events.get(random.nextInt(events.size())));
        }
        int[] range = versions.computeIfAbsent(row.get("event_id"), id -> new int[] {9, 9});
        if (told && random.nextInt(5) == 0) {
            // Told again: only when it became known differs.
            row.put("known", known(unit, landed).plusSeconds(7 + events.size()).toString());
            return row;
        }
        boolean outOfOrder = told && random.nextInt(5) == 0;
        int version = outOfOrder ? --range[0] : (range[1] += 1 + random.nextInt(3));
        Map<String, String> before = Map.copyOf(row);
        row.put("version", String.valueOf(version));
        if (told && random.nextInt(5) == 0) {
            return gone(row, known(unit, landed));
        }
        row.put("shop", keep(before, "shop", random.nextInt(15) == 0 ? "" : "s" + random.nextInt(4)));
        row.put("product", keep(before, "product", random.nextInt(15) == 0 ? "" : "p" + random.nextInt(3)));
        row.put("amount", random.nextInt(10) == 0 ? "" : number());
        row.put("ok", List.of("true", "false", "true", "").get(random.nextInt(4)));
        row.put("happened", keep(before, "happened", time(unit).toString()));
        row.put("known", known(unit, landed).toString());
        row.put("state", "");
        if (random.nextInt(25) == 0) {
            row.put(random.nextBoolean() ? "amount" : "happened", "n/a");
            return row;
        }
        events.add(row);
        return row;
    }

    /** Withdrawn: with all that was told of it, or with nothing but what names it. A later version may bring it back. */
    private Map<String, String> gone(Map<String, String> row, Instant known) {
        if (random.nextBoolean()) {
            List.of("shop", "product", "amount", "ok", "happened").forEach(column -> row.put(column, ""));
        }
        row.put("known", known.toString());
        row.put("state", "gone");
        return row;
    }

    private Map<String, String> shop() {
        Map<String, String> row = new LinkedHashMap<>();
        row.put("shop", "s" + random.nextInt(4));
        row.put("region", random.nextInt(5) == 0 ? "" : "r" + random.nextInt(3));
        row.put("size", random.nextInt(5) == 0 ? "" : String.valueOf(random.nextInt(900)));
        return row;
    }

    private String keep(Map<String, String> before, String column, String fresh) {
        return before.containsKey(column) && random.nextInt(3) > 0 ? before.get(column) : fresh;
    }

    private String number() {
        return switch (random.nextInt(4)) {
            case 0 -> String.valueOf(random.nextInt(1000) / 8.0 - 20);
            case 1 -> String.valueOf(random.nextGaussian() * 100);
            case 2 -> String.valueOf(1.005 * (1 + random.nextInt(5)));
            default -> String.valueOf(random.nextInt(3) * 1e9 + 0.1);
        };
    }

    private Instant time(Unit unit) {
        if (random.nextInt(4) > 0) {
            return unit.cut().minusSeconds(random.nextInt(5 * 86_400) - 43_200L);
        }
        Unit near = UNITS.get(Math.min(UNITS.size() - 1, UNITS.indexOf(unit) + random.nextInt(3)));
        List<Duration> edges = new ArrayList<>(WINDOWS);
        edges.addAll(List.of(Duration.ZERO, MAX_AGE));
        return near.cut().minus(edges.get(random.nextInt(edges.size()))).plusSeconds(random.nextInt(3) - 1L);
    }

    private Instant known(Unit unit, Instant landed) {
        return switch (random.nextInt(8)) {
            case 0 -> landed.minusSeconds(random.nextInt(40_000));
            case 1 -> unit.cut().plusSeconds(random.nextInt(3) - 1L);
            case 2 -> landed.plusSeconds(random.nextInt(200_000));
            default -> landed;
        };
    }

    private Path write(String source, Instant landed, String header, List<String> rows) {
        Path file = landing.resolve(source)
                .resolve("landed=" + STAMP.format(landed))
                .resolve("%s%04d.csv".formatted(source, files++));
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(file, header + "\n" + String.join("\n", rows) + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return file;
    }
}
