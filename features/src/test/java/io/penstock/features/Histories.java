package io.penstock.features;

import io.penstock.features.Story.Fact;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Random little histories: late, repeated, corrected, moved and deleted rows, rows known before their event or after their
 * unit's cut, ties in every part of the version order, event times on and one microsecond beside every window's edge, NULLs.
 * Many are told at once: keys and entities bear the number of their history.
 */
final class Histories {
    static final int UNITS = 6;

    private Histories() {}

    static Map<String, List<Fact>> generate(long seed, int count) {
        Map<String, List<Fact>> facts = new LinkedHashMap<>();
        List.of("asks", "facts", "states").forEach(name -> facts.put(name, new ArrayList<>()));
        for (int h = 0; h < count; h++) {
            Random random = new Random(seed * 100_003 + h);
            String history = "h" + h;
            for (int i = 0; i < 8; i++) {
                facts.get("asks").add(fact(random, history, "q" + i, random.nextInt(4)));
            }
            rows(random, history, facts.get("facts"), random.nextInt(16));
            rows(random, history, facts.get("states"), random.nextInt(30));
        }
        return facts;
    }

    private static void rows(Random random, String history, List<Fact> to, int count) {
        for (int i = 0; i < count; i++) {
            to.add(fact(random, history, "r" + i, random.nextInt(5)));
        }
    }

    private static Fact fact(Random random, String history, String id, int key) {
        int day = 1 + random.nextInt(UNITS);
        return new Fact(
                history + "-k" + key,
                random.nextInt(12) == 0 ? null : history + "-e" + random.nextInt(2),
                random.nextInt(12) == 0 ? null : "f" + random.nextInt(2),
                random.nextInt(6) == 0 ? null : random.nextInt(7) - 2,
                random.nextInt(6) == 0 ? null : number(random),
                random.nextInt(6) == 0 ? null : random.nextBoolean(),
                random.nextInt(8) == 0 ? "-" : "+",
                "s" + random.nextInt(3),
                instant(random, day),
                known(random, day),
                history + "-" + id,
                random.nextInt(3),
                Story.unit(day).id());
    }

    private static Double number(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> random.nextInt(1000) / 8.0 - 20;
            case 1 -> random.nextGaussian() * 100;
            case 2 -> 1.005 * random.nextInt(5);
            default -> random.nextInt(3) * 1e9 + 0.1;
        };
    }

    private static Instant known(Random random, int day) {
        return switch (random.nextInt(4)) {
            case 0 -> instant(random, day);
            case 1 -> Story.unit(day).cut();
            default -> Story.unit(day).cut().minus(Duration.ofMinutes(random.nextInt(24 * 60)));
        };
    }

    private static Instant instant(Random random, int day) {
        if (random.nextInt(3) == 0) {
            return Story.unit(day).cut().minus(Duration.ofMinutes(random.nextInt(4 * 24 * 60) - 600));
        }
        List<Duration> edges =
                List.of(Duration.ZERO, Story.HALF_DAY, Story.DAY, Story.MAX_AGE, Story.TWO_DAYS, Duration.ofDays(3));
        return Story.unit(1 + random.nextInt(UNITS))
                .cut()
                .minus(edges.get(random.nextInt(edges.size())))
                .plus(random.nextInt(3) - 1L, ChronoUnit.MICROS);
    }
}
