package io.penstock.tests.laws;

import io.penstock.core.Schedule;
import io.penstock.core.Unit;
import io.penstock.core.config.ConfigLoader;
import io.penstock.core.config.PipelineConfig;
import io.penstock.tests.e2e.Parcels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The pipeline in {@code parcels.conf} under random changes: files that are new, late, replaced in place or bad, changed
 * definitions, units that are left out, runs that die, units asked for again.
 */
final class Changing {
    static final LocalDate FIRST = Parcels.FIRST;

    /** Those that need no MLflow; scores are held without a model. */
    static final List<String> STAGES = List.of("ingest", "features", "training-set", "score", "evaluate");

    private static final List<String> CHEAP = List.of("ingest", "features");
    private static final Schedule SCHEDULE = new Schedule(1, LocalTime.of(8, 0), ZoneOffset.UTC);
    private static final int ROWS = 6;

    private final Path folder;
    private final Random random;
    private final TreeSet<LocalDate> bad = new TreeSet<>();
    private final TreeSet<LocalDate> missing = new TreeSet<>();
    private final TreeSet<LocalDate> trainings = new TreeSet<>();
    private final Map<String, String> settings = new TreeMap<>();
    private LocalDate last = FIRST.minusDays(1);
    private int files;
    private int version = 1;
    private int window = 3;

    /**
     * What somebody did, and what is asked for then.
     *
     * @param dies first a run of the same that dies when it looks at its clock for this time
     */
    record Change(String what, List<Unit> units, List<String> stages, boolean again, OptionalInt dies) {
        Change of(List<String> onlyStages) {
            return new Change(what, units, onlyStages, again, dies);
        }

        Change again(List<String> onlyStages) {
            return new Change(what + ", asked for again", units, onlyStages, true, dies);
        }

        Change thatDies(int at) {
            return new Change(what, units, stages, again, OptionalInt.of(at));
        }
    }

    Changing(Path folder, long seed) {
        this.folder = folder;
        this.random = new Random(seed);
        try {
            Parcels.configuration(folder.resolve("conf"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        trainings.add(FIRST.plusDays(3));
        settings.put("models.slow.scoring.from", "\"" + FIRST.plusDays(3) + "\"");
        settings.put("models.slow.training.test-from", "\"" + FIRST.plusDays(1) + "\"");
        settings.put("models.slow.training.validation", "1d");
    }

    Path landing() {
        return folder.resolve("landing");
    }

    PipelineConfig config() {
        settings.put(
                "models.slow.training.at",
                trainings.stream().map(day -> "\"" + day + "\"").toList().toString());
        settings.put("features.depot_delays.version", String.valueOf(version));
        settings.put("features.depot_delays.aggregate.slow_rate.over", "[" + window + "d]");
        StringBuilder text = new StringBuilder();
        settings.forEach(
                (key, value) -> text.append(key).append(" = ").append(value).append('\n'));
        write(folder.resolve("conf/env/changing.conf"), text.toString());
        return ConfigLoader.load(
                folder.resolve("conf"),
                "parcels",
                "changing",
                Map.of(
                        "penstock.landing",
                        landing().toString(),
                        "penstock.warehouse",
                        "file://" + folder.resolve("warehouse"),
                        "penstock.mlflow",
                        "http://127.0.0.1:1"),
                Map.of());
    }

    /** The first days, of which all is new. */
    Change begin() {
        land(4);
        return ask("the first days", FIRST, last);
    }

    Change next() {
        return switch (random.nextInt(20)) {
            case 0, 1, 2 -> newDays();
            case 3, 4 -> lateFile();
            case 5 -> replacedFile();
            case 6 -> replacedFile().again(CHEAP);
            case 7 -> changedContract();
            case 8 -> replacedAndRedefined();
            case 9 -> raisedVersion();
            case 10 -> labelsMatureLater();
            case 11, 12 -> missingUnit();
            case 13, 14 -> badFile();
            case 15 -> training();
            case 16, 17 -> newDays().thatDies(random.nextInt(3, 12));
            case 18 -> some("some units").again(random.nextBoolean() ? CHEAP : List.of("features", "score"));
            default -> nothingThatCounts();
        };
    }

    private Change newDays() {
        LocalDate from = last.plusDays(1);
        land(1 + random.nextInt(2));
        return ask("new days", random.nextBoolean() ? from : from.minusDays(2), last);
    }

    private Change lateFile() {
        LocalDate day = last.minusDays(random.nextInt(3));
        write("arrivals", day, "late" + files, arrivals(day.minusDays(2), ++files));
        if (random.nextInt(4) == 0) {
            return some("a late file alone");
        }
        land(1);
        return ask("a late file and a new day", last, last);
    }

    /** Of the same size, as far as possible: nobody can tell without reading it. */
    private Change replacedFile() {
        LocalDate day = last.minusDays(random.nextInt(3));
        write("parcels", day, "parcels", parcels(day, ++files));
        bad.remove(day);
        return some("a replaced file");
    }

    private Change changedContract() {
        settings.put("sources.parcels.null-values", "[\"\", NA, unknown" + ++files + "]");
        return some("a changed contract").of(random.nextBoolean() ? CHEAP : List.of("ingest"));
    }

    /** Ingestion runs again for its definition; that scores do too can only be known from the file. */
    private Change replacedAndRedefined() {
        LocalDate day = last.minusDays(1);
        write("parcels", day, "parcels", parcels(day, ++files));
        bad.remove(day);
        changedContract();
        return ask("a replaced file and a changed contract", day.minusDays(1), last)
                .of(STAGES);
    }

    void redefine() {
        settings.put("sources.parcels.null-values", "[\"\", NA, nobody]");
    }

    private Change raisedVersion() {
        version++;
        window = 1 + random.nextInt(5);
        return some("a view's new version");
    }

    private Change labelsMatureLater() {
        settings.put("models.slow.label.matures-after", 1 + random.nextInt(3) + "d");
        return some("labels that mature later").of(STAGES);
    }

    private Change missingUnit() {
        if (!missing.isEmpty() && random.nextBoolean()) {
            LocalDate day = missing.pollFirst();
            return ask("a missing unit", day, random.nextBoolean() ? day : last);
        }
        land(2);
        missing.add(last.minusDays(1));
        return ask("a unit left out", last, last);
    }

    private Change badFile() {
        if (bad.isEmpty()) {
            land(1);
            write("parcels", last, "parcels", "id,depot,weight,due\n" + "x,,heavy,never\n".repeat(ROWS));
            bad.add(last);
            return ask("a bad file", last, last);
        }
        LocalDate day = bad.pollFirst();
        write("parcels", day, "parcels", parcels(day, ++files));
        return ask("a mended file", day, random.nextBoolean() ? day : last);
    }

    private Change training() {
        trainings.add(last);
        return some("another training").of(STAGES);
    }

    private Change nothingThatCounts() {
        settings.put("owner", "somebody" + files++);
        return some("another owner");
    }

    private Change some(String what) {
        LocalDate to = last.minusDays(random.nextInt(2));
        LocalDate from = to.minusDays(random.nextInt(4));
        return ask(what, from.isBefore(FIRST) ? FIRST : from, to);
    }

    private Change ask(String what, LocalDate from, LocalDate to) {
        List<String> stages = random.nextInt(3) == 0 ? STAGES : CHEAP;
        return new Change(what, SCHEDULE.units(from, to), stages, false, OptionalInt.empty());
    }

    private void land(int days) {
        for (int i = 0; i < days; i++) {
            last = last.plusDays(1);
            write("parcels", last, "parcels", parcels(last, ++files));
            write("arrivals", last, "arrivals", arrivals(last.minusDays(1), ++files));
        }
    }

    private String parcels(LocalDate day, int salt) {
        List<String> lines = new ArrayList<>(List.of("id,depot,weight,due"));
        for (int i = 0; i < ROWS; i++) {
            lines.add(String.format(
                    Locale.ROOT,
                    "%s-%d,%s,%d.%d,%sT12:00:00Z",
                    day,
                    i,
                    i % 2 == 0 ? "north" : "south",
                    10 + (salt * 7 + i) % 90,
                    salt % 10,
                    day));
        }
        return String.join("\n", lines) + "\n";
    }

    private static String arrivals(LocalDate day, int salt) {
        List<String> lines = new ArrayList<>(List.of("id,depot,arrived,delay"));
        for (int i = 0; i < ROWS; i++) {
            lines.add(String.format(
                    Locale.ROOT,
                    "%s-%d,%s,%sT13:00:00Z,%d.5",
                    day,
                    i,
                    i % 2 == 0 ? "north" : "south",
                    day,
                    10 + (salt * 11 + i * 5) % 20));
        }
        return String.join("\n", lines) + "\n";
    }

    void write(String source, LocalDate day, String name, String content) {
        String stamp = day.toString().replace("-", "") + "T060000Z";
        write(landing().resolve(source).resolve("landed=" + stamp).resolve(name + ".csv"), content);
    }

    private static void write(Path file, String content) {
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(file, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
