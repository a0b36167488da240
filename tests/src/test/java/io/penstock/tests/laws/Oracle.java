package io.penstock.tests.laws;

import io.penstock.core.Unit;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the feature tables must say, worked out row by row from the landed files and the definitions of {@link Feed}: takes,
 * contracts, repeats, versions, both times, windows. Shares nothing with the code it judges but the schedule.
 */
final class Oracle {
    private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT);
    private static final Comparator<Fact> VERSIONS =
            Comparator.comparing(Fact::sequence).thenComparing(Fact::known).thenComparing(Fact::position);
    private static final Comparator<Fact> RECENCY =
            Comparator.comparing(Fact::event).thenComparing(VERSIONS);

    private final Path landing;
    private final List<Unit> units;
    private final Map<Path, Unit> lateTakes;
    private final Map<String, List<Fact>> facts = new LinkedHashMap<>();

    /** A record that keeps its contract. */
    private record Fact(
            String key,
            Map<String, String> cells,
            Instant event,
            Instant known,
            String sequence,
            int position,
            Unit unit) {
        boolean is(String column, String value) {
            return value.equals(cells.get(column));
        }

        boolean isWithdrawn() {
            return is("state", "gone");
        }

        BigDecimal number(String column) {
            return cells.get(column) == null
                    ? null
                    : new BigDecimal(Double.toString(Double.parseDouble(cells.get(column))))
                            .setScale(2, RoundingMode.HALF_UP);
        }

        Boolean truth(String column) {
            return cells.get(column) == null ? null : Boolean.valueOf(cells.get(column));
        }

        Double real(String column) {
            return cells.get(column) == null ? null : Double.valueOf(cells.get(column));
        }
    }

    private record Landed(Path file, Instant landed, Unit unit) {}

    /** @param lateTakes files that came when the unit of their stamp was done, and the unit that takes them */
    Oracle(Path landing, List<Unit> units, Map<Path, Unit> lateTakes) {
        this.landing = landing;
        this.units = units;
        this.lateTakes = lateTakes;
        facts.put("orders", once(read("orders", "order_id", "due", "", "")));
        facts.put("events", read("events", "event_id", "happened", "known", "version"));
        facts.put("shops", read("shops", "shop", "", "", ""));
    }

    /** View → rows {@code [entity…, unit, as_of, features…]}, sorted. */
    Map<String, List<List<Object>>> views() {
        Map<String, List<List<Object>>> views = new TreeMap<>();
        for (String view : List.of("shop_events", "pair_events", "shop_facts")) {
            Map<String, List<Object>> rows = new TreeMap<>();
            for (Unit unit : units) {
                for (Fact ask : asks(unit)) {
                    String shop = ask.cells().get("shop");
                    String product = ask.cells().get("product");
                    boolean pair = view.equals("pair_events");
                    if (shop == null || pair && product == null) {
                        continue;
                    }
                    List<Object> row = new ArrayList<>(pair ? List.of(shop, product) : List.of(shop));
                    row.add(unit.id().cell());
                    row.add(unit.cut());
                    row.addAll(features(view, shop, product, unit));
                    rows.put(row.toString(), row);
                }
            }
            views.put(
                    view,
                    rows.values().stream()
                            .sorted(Comparator.comparing(Object::toString))
                            .toList());
        }
        return views;
    }

    /** All features of an entity at a cut, view after view; what a view does not know is absent. */
    List<Object> features(String shop, String product, Unit unit) {
        return Stream.of("shop_events", "pair_events", "shop_facts")
                .flatMap(view -> features(view, shop, product, unit).stream())
                .toList();
    }

    private List<Object> features(String view, String shop, String product, Unit unit) {
        Predicate<Fact> ofShop = fact -> fact.is("shop", shop);
        return switch (view) {
            case "shop_events" -> {
                List<Fact> rows = usable("events", unit).filter(ofShop).toList();
                List<Object> values = new ArrayList<>();
                each(values, rows, unit, in -> (long) in.size());
                each(
                        values,
                        rows,
                        unit,
                        in -> mean(
                                in,
                                fact -> fact.truth("ok") == null
                                        ? null
                                        : fact.truth("ok") ? BigDecimal.ONE : BigDecimal.ZERO));
                each(values, rows, unit, in -> mean(in, fact -> fact.number("amount")));
                yield values;
            }
            case "pair_events" -> {
                List<Fact> rows = usable("events", unit)
                        .filter(ofShop.and(fact -> fact.is("product", product)))
                        .filter(fact -> fact.real("amount") != null && fact.real("amount") > 0)
                        .toList();
                List<Object> values = new ArrayList<>();
                each(values, rows, unit, in -> total(in, "amount"));
                latest(values, rows, unit, Feed.MAX_AGE, List.of(f -> f.real("amount"), f -> f.truth("ok")));
                yield values;
            }
            case "shop_facts" -> {
                List<Object> values = new ArrayList<>();
                latest(
                        values,
                        usable("shops", unit).filter(ofShop).toList(),
                        unit,
                        null,
                        List.of(
                                fact -> fact.cells().get("region"),
                                fact -> fact.cells().get("size") == null
                                        ? null
                                        : Integer.valueOf(fact.cells().get("size"))));
                yield values;
            }
            default -> throw new IllegalArgumentException(view);
        };
    }

    private List<Fact> asks(Unit unit) {
        return facts.get("orders").stream()
                .filter(fact -> fact.unit().equals(unit))
                .toList();
    }

    /** Taken by this unit or one before, known by its cut, the last version of its key then, and happened. */
    private Stream<Fact> usable(String source, Unit unit) {
        List<Fact> known = facts.get(source).stream()
                .filter(fact ->
                        fact.unit().compareTo(unit) <= 0 && !fact.known().isAfter(unit.cut()))
                .toList();
        Map<String, Fact> last = new HashMap<>();
        known.forEach(fact -> last.merge(fact.key(), fact, Oracle::later));
        return last.values().stream()
                .filter(fact -> !fact.isWithdrawn() && !fact.event().isAfter(unit.cut()));
    }

    private static Fact later(Fact one, Fact other) {
        int order = VERSIONS.compare(one, other);
        if (order == 0) {
            throw new IllegalStateException("The feed must leave nothing to the tie-break: " + one + ", " + other);
        }
        return order > 0 ? one : other;
    }

    private static void each(List<Object> to, List<Fact> rows, Unit unit, Function<List<Fact>, Object> aggregate) {
        for (Duration window : Feed.WINDOWS) {
            to.add(aggregate.apply(rows.stream()
                    .filter(fact -> fact.event().isAfter(unit.cut().minus(window)))
                    .toList()));
        }
    }

    private static void latest(
            List<Object> to, List<Fact> rows, Unit unit, Duration maxAge, List<Function<Fact, Object>> columns) {
        Fact last = rows.stream().max(RECENCY).orElse(null);
        boolean none =
                last == null || maxAge != null && last.event().plus(maxAge).isBefore(unit.cut());
        columns.forEach(column -> to.add(none ? null : column.apply(last)));
    }

    private static Object total(List<Fact> rows, String column) {
        List<BigDecimal> numbers = rows.stream()
                .map(fact -> fact.number(column))
                .filter(Objects::nonNull)
                .toList();
        return numbers.isEmpty()
                ? null
                : numbers.stream().reduce(BigDecimal.ZERO, BigDecimal::add).doubleValue();
    }

    private static Object mean(List<Fact> rows, Function<Fact, BigDecimal> value) {
        List<BigDecimal> numbers =
                rows.stream().map(value).filter(Objects::nonNull).toList();
        return numbers.isEmpty()
                ? null
                : numbers.stream()
                        .reduce(BigDecimal.ZERO, BigDecimal::add)
                        .divide(BigDecimal.valueOf(numbers.size()), new MathContext(80))
                        .doubleValue();
    }

    // Files.

    private List<Fact> read(String source, String key, String event, String known, String sequence) {
        List<Fact> read = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        Set<String> there = new HashSet<>();
        for (Landed file : files(source)) {
            String text = text(file.file());
            if (source.equals("shops")) {
                seen.retainAll(Set.of(text));
            }
            if (!seen.add(text)) {
                continue;
            }
            List<Map<String, String>> records = csv(text);
            for (int i = 0; i < records.size(); i++) {
                Map<String, String> cells = records.get(i);
                if (!keepsContract(source, cells)) {
                    continue;
                }
                read.add(new Fact(
                        cells.get(key),
                        cells,
                        event.isEmpty()
                                ? file.landed()
                                : Instant.parse(cells.get(cells.get(event) == null ? known : event)),
                        known.isEmpty() ? file.landed() : Instant.parse(cells.get(known)),
                        sequence.isEmpty()
                                ? file.landed().toString()
                                : String.format("%020d", 1_000_000 + Long.parseLong(cells.get(sequence))),
                        i,
                        file.unit()));
            }
            if (source.equals("shops")) {
                Set<String> now = records.stream().map(cells -> cells.get(key)).collect(Collectors.toSet());
                there.removeAll(now);
                there.forEach(gone -> read.add(withdrawn(key, gone, file)));
                there.clear();
                there.addAll(now);
            }
        }
        return read;
    }

    /** A shop that the next snapshot lacks is gone; every snapshot of the feed is whole, and in order. */
    private static Fact withdrawn(String key, String gone, Landed file) {
        return new Fact(
                gone,
                Map.of(key, gone, "state", "gone"),
                file.landed(),
                file.landed(),
                file.landed().toString(),
                0,
                file.unit());
    }

    private List<Landed> files(String source) {
        try (Stream<Path> files = Files.walk(landing.resolve(source))) {
            return files.filter(Files::isRegularFile)
                    .map(file -> {
                        String stamp = file.getParent().getFileName().toString().substring("landed=".length());
                        Instant landed = LocalDateTime.parse(stamp, STAMP).toInstant(ZoneOffset.UTC);
                        return new Landed(file, landed, lateTakes.getOrDefault(file, taker(landed)));
                    })
                    .filter(file -> file.unit() != null)
                    .sorted(Comparator.comparing(Landed::unit)
                            .thenComparing(Landed::landed)
                            .thenComparing(Landed::file))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Unit taker(Instant landed) {
        return units.stream()
                .filter(unit -> !unit.cut().isBefore(landed))
                .findFirst()
                .orElse(null);
    }

    static boolean keepsContract(String source, Map<String, String> cells) {
        return switch (source) {
            case "orders" -> isTime(cells.get("due"));
            case "events" ->
                (isTime(cells.get("happened")) || cells.get("happened") == null && "gone".equals(cells.get("state")))
                        && isTime(cells.get("known"))
                        && (cells.get("amount") == null || cells.get("amount").matches("[-0-9.E]+"));
            default -> true;
        };
    }

    private static boolean isTime(String text) {
        try {
            return text != null && Instant.parse(text) != null;
        } catch (DateTimeException e) {
            return false;
        }
    }

    /** Of an append source, within a unit: equal records of a key count once, differing ones not at all. */
    private static List<Fact> once(List<Fact> read) {
        Map<String, List<Fact>> byKey = read.stream()
                .collect(Collectors.groupingBy(
                        fact -> fact.unit() + " " + fact.key(), LinkedHashMap::new, Collectors.toList()));
        return byKey.values().stream()
                .filter(same -> same.stream().map(Fact::cells).distinct().count() == 1)
                .map(same -> same.get(0))
                .toList();
    }

    static List<Map<String, String>> csv(String text) {
        List<String> lines = text.lines().toList();
        String[] header = lines.get(0).split(",");
        return lines.stream()
                .skip(1)
                .map(line -> {
                    String[] cells = line.split(",", -1);
                    Map<String, String> row = new LinkedHashMap<>();
                    for (int i = 0; i < header.length; i++) {
                        row.put(header[i], cells[i].isEmpty() ? null : cells[i]);
                    }
                    return row;
                })
                .toList();
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
