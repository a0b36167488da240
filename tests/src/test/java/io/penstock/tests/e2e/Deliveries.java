package io.penstock.tests.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Generated files of the pipeline in {@code parcels.conf}, whose outcomes move: a fourth of them come a file late, and every
 * file corrects and withdraws some that came before. A withdrawal bears its key and nothing else. Files that land after
 * {@link #CUT} may be of another seed: another future of the same past. And what can be read back of them without Penstock.
 */
final class Deliveries {
    static final LocalDate UNIT = Parcels.TRAINING;
    static final LocalDate LAST = UNIT.plusDays(2);
    static final Instant CUT = cut(UNIT);

    /** Said on top of {@code parcels.conf}, as an environment. */
    static final String SETTINGS = """
            sources.arrivals { delete-when = "status = 'withdrawn'", columns.status { type = string } }
            models.slow.training.at = ["%s", "%s"]
            """.formatted(UNIT, LAST);

    private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT);
    private static final List<String> DEPOTS = List.of("north", "south", "west");
    private static final int AMENDED = 30;

    private final Path landing;
    private final long past;
    private final long future;
    private final Map<String, Double> weights = new HashMap<>();

    private Deliveries(Path landing, long past, long future) {
        this.landing = landing;
        this.past = past;
        this.future = future;
    }

    static Instant cut(LocalDate day) {
        return day.atTime(8, 0).toInstant(ZoneOffset.UTC);
    }

    /** @param future seed of what lands after the cut */
    static void land(Path landing, long past, long future) {
        Deliveries deliveries = new Deliveries(landing, past, future);
        for (LocalDate day = Parcels.FIRST; !day.isAfter(LAST); day = day.plusDays(1)) {
            deliveries.day(day);
        }
    }

    private void day(LocalDate day) {
        LocalDateTime morning = day.atTime(6, 0);
        Random random = random(morning, 1);
        write("parcels", morning, Parcels.HEADER, parcels(day, random));
        if (day.isAfter(Parcels.FIRST)) {
            write("arrivals", morning, "id,depot,arrived,delay,status", () -> {
                Random own = random(morning, 2);
                List<String> lines = new ArrayList<>(arrivals(day.minusDays(1), own, false));
                lines.addAll(arrivals(day.minusDays(2), own, true));
                lines.addAll(amendments(day, own));
                return lines;
            });
        }
        if (day.equals(UNIT)) {
            // At the cut, which counts, and a second after it, which does not.
            for (LocalDateTime stamp : List.of(day.atTime(8, 0), day.atTime(8, 0, 1))) {
                write("arrivals", stamp, "id,depot,arrived,delay,status", () -> amendments(day, random(stamp, 3)));
            }
        }
    }

    private Random random(LocalDateTime landed, int purpose) {
        long seed = landed.toInstant(ZoneOffset.UTC).isAfter(CUT) ? future : past;
        return new Random((seed * 1_000_003 + landed.toEpochSecond(ZoneOffset.UTC)) * 31 + purpose);
    }

    private Supplier<List<String>> parcels(LocalDate day, Random random) {
        return () -> {
            List<String> lines = new ArrayList<>();
            for (int i = 0; i < Parcels.A_DAY; i++) {
                double weight = random.nextInt(500) / 10.0;
                weights.put(id(day, i), weight);
                String told = random.nextInt(10) == 0 ? "" : String.valueOf(weight);
                lines.add(String.join(",", id(day, i), depot(random), told, day + "T12:00:00Z"));
            }
            return lines;
        };
    }

    private List<String> arrivals(LocalDate day, Random random, boolean late) {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < Parcels.A_DAY && !day.isBefore(Parcels.FIRST); i++) {
            if ((i % 4 == 3) == late) {
                double delay = weights.get(id(day, i)) / 2 + random.nextInt(12);
                lines.add(arrival(day, i, random, delay));
            }
        }
        return lines;
    }

    private List<String> amendments(LocalDate day, Random random) {
        List<String> lines = new ArrayList<>();
        for (int n = 0; n < AMENDED; n++) {
            long back = n % 2 == 0 ? 2 : 2 + random.nextInt(5);
            LocalDate about = day.minusDays(back);
            int i = random.nextInt(Parcels.A_DAY);
            if (!about.isBefore(Parcels.FIRST)) {
                lines.add(
                        n % 3 == 0
                                ? id(about, i) + ",,,,withdrawn"
                                : arrival(about, i, random, random.nextInt(400) / 10.0));
            }
        }
        return lines;
    }

    private static String arrival(LocalDate day, int i, Random random, double delay) {
        return String.join(",", id(day, i), depot(random), day + "T13:00:00Z", String.valueOf(delay), "");
    }

    private static String depot(Random random) {
        return DEPOTS.get(random.nextInt(DEPOTS.size()));
    }

    private static String id(LocalDate day, int i) {
        return day + "-" + i;
    }

    private void write(String source, LocalDateTime landed, String header, Supplier<List<String>> lines) {
        Path file = landing.resolve(source)
                .resolve("landed=" + STAMP.format(landed))
                .resolve(source + ".csv");
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(file, header + "\n" + String.join("\n", lines.get()) + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // Reading back.

    /** What is known of a parcel's arrival; of one withdrawn, nothing. */
    record Arrival(String depot, Instant arrived, double delay) {
        boolean isSlow() {
            return delay >= 15;
        }
    }

    /** Parcel → how it arrived, as known at an instant: the last record of each that had landed, unless it withdraws it. */
    static Map<String, Arrival> known(Path landing, Instant at) {
        Map<String, Arrival> known = new TreeMap<>();
        files(landing, "arrivals").forEach((landed, lines) -> {
            for (String[] cells : lines) {
                if (landed.isAfter(at)) {
                    break;
                }
                if (cells[4].equals("withdrawn")) {
                    known.remove(cells[0]);
                } else {
                    known.put(cells[0], new Arrival(cells[1], Instant.parse(cells[2]), Double.parseDouble(cells[3])));
                }
            }
        });
        return known;
    }

    /** The parcels of units from one day to another. */
    static List<String> parcels(Path landing, LocalDate from, LocalDate to) {
        List<String> ids = new ArrayList<>();
        files(landing, "parcels").forEach((landed, lines) -> {
            LocalDate day = landed.atZone(ZoneOffset.UTC).toLocalDate();
            if (!day.isBefore(from) && !day.isAfter(to)) {
                lines.forEach(cells -> ids.add(cells[0]));
            }
        });
        return ids;
    }

    /** Landing time → records, in order. */
    private static Map<Instant, List<String[]>> files(Path landing, String source) {
        Map<Instant, List<String[]>> read = new TreeMap<>();
        try (Stream<Path> files = Files.walk(landing.resolve(source))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String stamp = file.getParent().getFileName().toString().substring("landed=".length());
                read.put(
                        LocalDateTime.parse(stamp, STAMP).toInstant(ZoneOffset.UTC),
                        Files.readAllLines(file).stream()
                                .skip(1)
                                .map(line -> line.split(",", -1))
                                .toList());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return read;
    }

    /** Path → content of the files that landed after the cut. */
    static Map<String, String> afterCut(Path landing) {
        Map<String, String> after = new LinkedHashMap<>();
        try (Stream<Path> files = Files.walk(landing)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                String stamp = file.getParent().getFileName().toString().substring("landed=".length());
                if (LocalDateTime.parse(stamp, STAMP).toInstant(ZoneOffset.UTC).isAfter(CUT)) {
                    after.put(landing.relativize(file).toString(), Files.readString(file));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return after;
    }
}
