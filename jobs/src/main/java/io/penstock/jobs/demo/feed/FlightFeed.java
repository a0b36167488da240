package io.penstock.jobs.demo.feed;

import static java.time.temporal.ChronoUnit.MINUTES;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Plays New York's 2013 flights back as landed files, {@code <landing>/<source>/landed=20131225T060000Z/<source>.csv}.
 *
 * <p>Every row lands in the first file after it became known: {@code schedules} of New York day D and the {@code outcomes}
 * known by then at D 06:00 UTC, {@code weather} complete by D 06:00 at D 07:00, {@code planes} once. The bytes depend on
 * the archive and the landing time alone, never on the range of days asked for, so that a feed written day by day equals
 * one written at once. Odd values go through as they are: to meet them is the pipeline's work.
 */
public final class FlightFeed {
    /** First day on which anything lands. */
    public static final LocalDate FIRST = LocalDate.of(2013, 1, 1);

    /** Last day on which anything lands: arrivals of New Year's Eve. */
    public static final LocalDate LAST = LocalDate.of(2014, 1, 2);

    /** What the archive of version 0.0.3 must hash to. */
    public static final String ARCHIVE_SHA256 = "d9ef2f5cf1bebca7e30b4daf69dcd7a8fd71f25b7196f5dc489879ad7e3e8a37";

    private static final LocalTime SIX = LocalTime.of(6, 0);
    private static final int WEATHER_COMPLETE_AT_MINUTE = 51;
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    private static final List<String> SCHEDULE = List.of(
            "year",
            "month",
            "day",
            "sched_dep_time",
            "sched_arr_time",
            "carrier",
            "flight",
            "tailnum",
            "origin",
            "dest",
            "distance",
            "hour",
            "minute",
            "time_hour");
    private static final List<String> OUTCOME_KEY =
            List.of("time_hour", "carrier", "flight", "origin", "dest", "tailnum");
    private static final List<String> OUTCOME = List.of("dep_time", "dep_delay", "arr_time", "arr_delay", "air_time");

    private final Path landing;
    private final LocalDate from;
    private final LocalDate to;
    private final Map<Path, StringBuilder> files = new TreeMap<>();
    private final Map<String, Count> counts = new TreeMap<>();
    private final List<Path> differing = new ArrayList<>();

    private FlightFeed(Path landing, LocalDate from, LocalDate to) {
        this.landing = landing.toAbsolutePath();
        this.from = from;
        this.to = to;
    }

    /**
     * Files and rows of one source that stand in the landing folder for the days asked for, and how many of the files this
     * call wrote; the others were there.
     */
    public record Count(int files, long rows, int written) {
        private static final Count NONE = new Count(0, 0, 0);

        private Count plus(long moreRows, boolean wrote) {
            return new Count(files + 1, rows + moreRows, written + (wrote ? 1 : 0));
        }
    }

    /**
     * @param sources source → counts
     * @param differing files that stood there with other content. What landed is never overwritten: they are left alone
     */
    public record Summary(Map<String, Count> sources, List<Path> differing) {
        /** Files this call wrote, over all sources. */
        public int written() {
            return sources.values().stream().mapToInt(Count::written).sum();
        }
    }

    /**
     * Writes what lands from 00:00 UTC of {@code from} to the end of {@code to}, both included. A file appears whole or not
     * at all; one that is there already is left as it is. Planes land on {@code from}, unless some landed earlier.
     */
    public static Summary write(Path archive, Path landing, LocalDate from, LocalDate to) {
        FlightArchive data = FlightArchive.open(archive);
        FlightFeed feed = new FlightFeed(landing, from, to);
        try {
            feed.flights(data.table("flights"), data.table("airports"));
            feed.weather(data.table("weather"));
            feed.planes(data.table("planes"));
            return feed.land();
        } catch (IOException e) {
            throw new PenstockException(
                    ErrorCode.DEMO_FILES_NOT_WRITTEN,
                    "Cannot write the feed: " + e,
                    landing.toString(),
                    "Make sure that the folder can be written and has 100 MB of room, then run again",
                    e);
        }
    }

    private void flights(CsvTable flights, CsvTable airports) {
        FlightTimes times = FlightTimes.of(airports, flights);
        String schedules = String.join(",", SCHEDULE) + ",scheduled_departure,scheduled_arrival";
        String outcomes = String.join(",", OUTCOME_KEY) + ",status,arrived," + String.join(",", OUTCOME);
        flights.forEach(row -> {
            LocalDate day = LocalDate.of(row.number("year"), row.number("month"), row.number("day"));
            if (within(day)) {
                append("schedules", day.atTime(SIX).toInstant(ZoneOffset.UTC), schedules)
                        .append(row.text(SCHEDULE))
                        .append(',')
                        .append(times.scheduledDeparture(row))
                        .append(',')
                        .append(times.scheduledArrival(row))
                        .append('\n');
            }
            // A row is known within two days of its local day; skipping the others makes a slice cheap
            if (day.isBefore(from.minusDays(3)) || day.isAfter(to)) {
                return;
            }
            Instant arrived = times.arrived(row);
            Instant landed = nextSix(arrived);
            if (within(day(landed))) {
                append("outcomes", landed, outcomes)
                        .append(row.text(OUTCOME_KEY))
                        .append(',')
                        .append(status(row))
                        .append(',')
                        .append(arrived)
                        .append(',')
                        .append(row.text(OUTCOME))
                        .append('\n');
            }
        });
    }

    private static String status(CsvTable.Row flight) {
        if (!flight.missing("arr_delay")) {
            return "arrived";
        }
        return flight.missing("dep_time") ? "cancelled" : "diverted";
    }

    private void weather(CsvTable weather) {
        weather.forEach(row -> {
            Instant complete = Instant.parse(row.text("time_hour")).plus(WEATHER_COMPLETE_AT_MINUTE, MINUTES);
            Instant known = nextSix(complete);
            if (within(day(known))) {
                append("weather", known.plus(60, MINUTES), weather.header())
                        .append(row.line())
                        .append('\n');
            }
        });
    }

    private void planes(CsvTable planes) throws IOException {
        Instant landed = from.atTime(SIX).toInstant(ZoneOffset.UTC);
        Path source = landing.resolve("planes");
        if (Files.isDirectory(source)) {
            try (DirectoryStream<Path> folders = Files.newDirectoryStream(source, "landed=*")) {
                for (Path folder : folders) {
                    // Stamps of one width sort like their times
                    if (folder.getFileName().toString().compareTo(folder(landed)) < 0) {
                        return;
                    }
                }
            }
        }
        planes.forEach(row ->
                append("planes", landed, planes.header()).append(row.line()).append('\n'));
    }

    private StringBuilder append(String source, Instant landed, String header) {
        Path file = landing.resolve(source).resolve(folder(landed)).resolve(source + ".csv");
        return files.computeIfAbsent(file, f -> new StringBuilder(header).append('\n'));
    }

    private Summary land() throws IOException {
        // Beside the landing folder, not in it: a reader's glob must never see a file half written
        Path temporary = landing.resolveSibling(landing.getFileName() + ".incoming");
        Files.createDirectories(temporary);
        for (Map.Entry<Path, StringBuilder> file : files.entrySet()) {
            byte[] content = file.getValue().toString().getBytes(StandardCharsets.UTF_8);
            long rows = file.getValue().chars().filter(c -> c == '\n').count() - 1;
            boolean wrote = land(file.getKey(), content, temporary);
            String source = file.getKey().getParent().getParent().getFileName().toString();
            counts.put(source, counts.getOrDefault(source, Count.NONE).plus(rows, wrote));
        }
        temporary.toFile().delete(); // stays when another process is at work in it
        return new Summary(Collections.unmodifiableMap(counts), List.copyOf(differing));
    }

    private boolean land(Path file, byte[] content, Path temporary) throws IOException {
        if (Files.exists(file)) {
            if (Files.size(file) != content.length || !Arrays.equals(Files.readAllBytes(file), content)) {
                differing.add(file);
            }
            return false;
        }
        Files.createDirectories(file.getParent());
        Path whole = temporary.resolve(
                ProcessHandle.current().pid() + "-" + file.getParent().getFileName() + "-" + file.getFileName());
        Files.write(whole, content);
        Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
        return true;
    }

    private boolean within(LocalDate day) {
        return !day.isBefore(from) && !day.isAfter(to);
    }

    /** The first 06:00 UTC at or after the instant. */
    private static Instant nextSix(Instant known) {
        Instant sameDay = day(known).atTime(SIX).toInstant(ZoneOffset.UTC);
        return known.isAfter(sameDay) ? day(known).plusDays(1).atTime(SIX).toInstant(ZoneOffset.UTC) : sameDay;
    }

    private static LocalDate day(Instant instant) {
        return instant.atZone(ZoneOffset.UTC).toLocalDate();
    }

    private static String folder(Instant landed) {
        return "landed=" + STAMP.format(landed);
    }
}
