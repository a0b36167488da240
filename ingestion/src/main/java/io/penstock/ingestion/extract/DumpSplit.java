package io.penstock.ingestion.extract;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.ingestion.contract.Values;
import io.penstock.ingestion.format.DumpRecords;
import io.penstock.ingestion.landing.LandingStamp;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Lays a dump of a history out as if it had landed day by day: a row lands at the end of the day (UTC) of its time, plus a
 * delay. Its bytes stay what they are. A file that is there is never changed: the same split again writes nothing.
 */
public final class DumpSplit {
    private static final int OPEN_FILES = 200;
    private static final String UNDATED = "undated";

    private final Path target;
    private final Duration delay;

    /**
     * @param target the source's folder in the landing folder
     * @param delay how long after the end of its day a row was known
     */
    public DumpSplit(Path target, Duration delay) {
        this.target = target;
        this.delay = delay;
    }

    /**
     * @param rows by folder, such as {@code landed=20260302T000000Z}
     * @param written files that were not there before
     * @param undated lines of rows without a time that can be read, at most ten of them
     */
    public record Result(Map<String, Long> rows, int written, long undatedRows, List<Long> undated) {}

    /**
     * Rows without a time that can be read land with the last day, where ingestion judges them by the contract.
     *
     * @param column date or timestamp by which rows are split
     * @throws PenstockException {@code PEN-CLI-016} for a file that cannot be split, or a file in the target that differs from
     *     what would be written
     */
    public Result split(Path file, String column) throws IOException {
        DumpRecords records = DumpRecords.of(file, column);
        Files.createDirectories(target);
        Path draft = Files.createTempDirectory(target, ".splitting-");
        try (Writers writers = new Writers(draft, file, records.extension())) {
            Splitting splitting = new Splitting(writers);
            records.each(splitting);
            splitting.finish(file, column);
            writers.close();
            return new Result(splitting.rows, publish(draft), splitting.undatedRows, splitting.undated);
        } finally {
            delete(draft);
        }
    }

    private final class Splitting implements DumpRecords.Sink {
        private final Writers writers;
        private final Map<String, Long> rows = new TreeMap<>();
        private final List<Long> undated = new ArrayList<>();
        private long undatedRows;

        Splitting(Writers writers) {
            this.writers = writers;
        }

        @Override
        public void header(byte[] bytes) {
            writers.header = bytes;
        }

        @Override
        public void record(long line, byte[] bytes, Optional<String> value) throws IOException {
            Optional<Instant> time = value.flatMap(DumpSplit::time);
            if (time.isPresent()) {
                String folder = folder(time.get());
                rows.merge(folder, 1L, Long::sum);
                writers.write(folder, bytes);
            } else {
                undatedRows++;
                if (undated.size() < 10) {
                    undated.add(line);
                }
                writers.write(UNDATED, bytes);
            }
        }

        void finish(Path file, String column) throws IOException {
            if (rows.isEmpty()) {
                throw new PenstockException(
                        ErrorCode.DUMP_NOT_SPLIT,
                        "No row has a date or a timestamp in column " + column
                                + (undated.isEmpty() ? ": the file has no rows" : ", first line " + undated.get(0)),
                        file.toString(),
                        "Name another column with --split-by; dates are 2026-03-01, timestamps 2026-03-01T10:31:00Z");
            }
            if (undatedRows > 0) {
                String last =
                        rows.keySet().stream().reduce((first, second) -> second).orElseThrow();
                rows.merge(last, undatedRows, Long::sum);
                writers.append(UNDATED, last);
            }
        }
    }

    private String folder(Instant time) {
        Instant end = time.truncatedTo(ChronoUnit.DAYS).plus(1, ChronoUnit.DAYS);
        return "landed=" + LandingStamp.of(end.plus(delay));
    }

    private static Optional<Instant> time(String text) {
        if (Values.read(Values.Kind.TIMESTAMP, text) instanceof Long micros) {
            return Optional.of(Instant.EPOCH.plus(micros, ChronoUnit.MICROS).truncatedTo(ChronoUnit.SECONDS));
        }
        return Values.read(Values.Kind.DATE, text) instanceof Integer day
                ? Optional.of(
                        LocalDate.ofEpochDay(day).atStartOfDay(ZoneOffset.UTC).toInstant())
                : Optional.empty();
    }

    /** Nothing is moved before it is known that all of it can be. */
    private int publish(Path draft) throws IOException {
        Map<Path, Path> moves = new LinkedHashMap<>();
        try (Stream<Path> files = Files.walk(draft)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                Path there = target.resolve(draft.relativize(file));
                if (!Files.exists(there)) {
                    moves.put(file, there);
                } else if (Files.mismatch(file, there) >= 0) {
                    throw new PenstockException(
                            ErrorCode.DUMP_NOT_SPLIT,
                            "A file is there already and differs from what would be written",
                            there.toString(),
                            "Split into another folder with --to, or give the file another name: what landed is not"
                                    + " overwritten");
                }
            }
        }
        for (Map.Entry<Path, Path> move : moves.entrySet()) {
            Files.createDirectories(move.getValue().getParent());
            Files.move(move.getKey(), move.getValue(), StandardCopyOption.ATOMIC_MOVE);
        }
        return moves.size();
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file :
                    files.sorted((first, second) -> second.compareTo(first)).toList()) {
                Files.delete(file);
            }
        }
    }

    /** Files of the folders that rows came for last stay open. */
    private static final class Writers implements AutoCloseable {
        private final Path draft;
        private final String name;
        private final Map<String, OutputStream> open = new LinkedHashMap<>();
        private byte[] header = new byte[0];

        Writers(Path draft, Path file, String extension) {
            this.draft = draft;
            String given = file.getFileName().toString();
            int dot = given.indexOf('.');
            this.name = (dot > 0 ? given.substring(0, dot) : given) + extension;
        }

        void write(String folder, byte[] record) throws IOException {
            OutputStream out = open.get(folder);
            if (out == null) {
                out = opened(folder);
            }
            out.write(record);
            if (record[record.length - 1] != '\n') {
                out.write('\n');
            }
        }

        /** Moves the rows of a folder behind those of another. */
        void append(String from, String to) throws IOException {
            close();
            Path moved = draft.resolve(from).resolve(name);
            try (InputStream rows = Files.newInputStream(moved);
                    OutputStream out = opened(to)) {
                rows.skipNBytes(header.length);
                rows.transferTo(out);
            }
            Files.delete(moved);
        }

        private OutputStream opened(String folder) throws IOException {
            if (open.size() == OPEN_FILES) {
                String first = open.keySet().iterator().next();
                open.remove(first).close();
            }
            Path file = Files.createDirectories(draft.resolve(folder)).resolve(name);
            boolean isNew = !Files.exists(file);
            OutputStream out = new BufferedOutputStream(
                    Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
            open.put(folder, out);
            if (isNew) {
                out.write(header);
            }
            return out;
        }

        @Override
        public void close() throws IOException {
            for (OutputStream out : open.values()) {
                out.close();
            }
            open.clear();
        }
    }
}
