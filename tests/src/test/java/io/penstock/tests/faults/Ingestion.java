package io.penstock.tests.faults;

import io.penstock.tests.e2e.Folders;
import io.penstock.tests.e2e.Parcels;
import io.penstock.tests.faults.FaultDriver.Task;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;

/**
 * An ingestion to be disturbed: seven units are done, and a range of two is to be run. Its first has rows that break the
 * contract and rows that were sent twice, its second has so many of the former that it is refused. By then the control
 * tables are due for a merge of their files and for a checkpoint.
 */
final class Ingestion {
    static final LocalDate DAY = Parcels.FIRST.plusDays(7);

    /** Refused: too many of its rows break the contract. */
    static final LocalDate REFUSED = DAY.plusDays(1);

    private static final int BROKEN = 5;
    private static final int MANY_BROKEN = 40;
    private static final int TWICE = 7;

    private final Path base;

    private Ingestion(Path base) {
        this.base = base;
    }

    /** Lays out the state before, in this process. */
    static Ingestion before(Path base) throws IOException {
        Parcels.configuration(base.resolve("conf"));
        Parcels.land(base.resolve("landing"), REFUSED);
        LocalDate last = DAY.minusDays(1);
        for (LocalDate day = Parcels.FIRST; !day.isAfter(last); day = day.plusDays(1)) {
            FaultDriver.End end = FaultDriver.runHere(new Task(base, "parcels", "ingest", day, day));
            if (end.exit() != 0) {
                throw new AssertionError("Cannot lay out " + day + ": " + end);
            }
        }
        List<String> more = new ArrayList<>(broken("x", BROKEN));
        more.addAll(Parcels.day(DAY).subList(1, 1 + TWICE).stream()
                .map(line -> "again-" + line)
                .flatMap(line -> List.of(line, line).stream())
                .toList());
        write(base, DAY, more);
        write(base, REFUSED, broken("y", MANY_BROKEN));
        return new Ingestion(base);
    }

    private static List<String> broken(String prefix, int count) {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            lines.add(prefix + i + ",north,heavy,2024-03-09T12:00:00Z");
        }
        return lines;
    }

    private static void write(Path base, LocalDate day, List<String> lines) throws IOException {
        List<String> all = new ArrayList<>(List.of(Parcels.HEADER));
        all.addAll(lines);
        Files.write(Parcels.folder(base.resolve("landing"), "parcels", day).resolve("more.csv"), all);
    }

    /** The range to be run, in a fresh copy of the state before it. */
    Task in(Path folder) throws IOException {
        return new Task(Folders.copy(base, folder), "parcels", "ingest", DAY, REFUSED);
    }
}
