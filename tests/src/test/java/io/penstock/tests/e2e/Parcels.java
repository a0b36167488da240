package io.penstock.tests.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Landed files of the small pipeline in {@code parcels.conf}: generated, the same in every run. */
public final class Parcels {
    public static final int A_DAY = 60;
    public static final LocalDate FIRST = LocalDate.of(2024, 3, 2);
    public static final LocalDate TRAINING = LocalDate.of(2024, 3, 12);
    public static final String HEADER = "id,depot,weight,due";

    private Parcels() {}

    /** A configuration folder with the pipeline in it. */
    public static Path configuration(Path folder) throws IOException {
        Path home = Path.of(System.getProperty("penstock.home", ".."));
        Files.createDirectories(folder.resolve("env"));
        Files.copy(home.resolve("conf/reference.conf"), folder.resolve("reference.conf"));
        Files.copy(home.resolve("tests/src/test/resources/e2e/parcels.conf"), folder.resolve("parcels.conf"));
        return folder;
    }

    /** Parcels of each day from {@link #FIRST} to {@link #TRAINING}, and how those of the day before arrived. */
    static void land(Path landing) throws IOException {
        land(landing, TRAINING);
    }

    public static void land(Path landing, LocalDate last) throws IOException {
        for (LocalDate day = FIRST; !day.isAfter(last); day = day.plusDays(1)) {
            write(folder(landing, "parcels", day).resolve("parcels.csv"), day(day));
            if (day.isAfter(FIRST)) {
                write(folder(landing, "arrivals", day).resolve("arrivals.csv"), arrivals(day.minusDays(1)));
            }
        }
    }

    public static List<String> day(LocalDate day) {
        List<String> lines = new ArrayList<>(List.of(HEADER));
        for (int i = 0; i < A_DAY; i++) {
            lines.add(String.format(Locale.ROOT, "%s-%d,%s,%.1f,%sT12:00:00Z", day, i, depot(i), weight(day, i), day));
        }
        return lines;
    }

    private static List<String> arrivals(LocalDate day) {
        List<String> lines = new ArrayList<>(List.of("id,depot,arrived,delay"));
        for (int i = 0; i < A_DAY; i++) {
            double delay = weight(day, i) / 2 + i % 3 * 5;
            lines.add(String.format(Locale.ROOT, "%s-%d,%s,%sT13:00:00Z,%.1f", day, i, depot(i), day, delay));
        }
        return lines;
    }

    private static String depot(int i) {
        return List.of("north", "south", "west").get(i % 3);
    }

    private static double weight(LocalDate day, int i) {
        return (i * 37 + day.getDayOfMonth() * 11) % 50;
    }

    public static Path folder(Path landing, String source, LocalDate day) throws IOException {
        String stamp = day.toString().replace("-", "");
        return Files.createDirectories(landing.resolve(source).resolve("landed=" + stamp + "T060000Z"));
    }

    private static void write(Path file, List<String> lines) throws IOException {
        Files.write(file, lines);
    }
}
