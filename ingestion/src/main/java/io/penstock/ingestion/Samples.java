package io.penstock.ingestion;

import io.penstock.core.config.PipelineConfig;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/** The start of a file that no contract is known of, read by the parser that ingestion uses, all columns as text. */
public final class Samples {
    private Samples() {}

    /**
     * @param columns names, in the order of the file
     * @param rows one text per column; null where a JSON record has none
     * @param rejected records that no contract could accept
     * @param trouble why the file cannot be ingested at all
     */
    public record Table(
            PipelineConfig.Format format,
            List<String> columns,
            List<String[]> rows,
            long rejected,
            boolean isWhole,
            Optional<String> trouble) {}

    /** @param most bytes to read, unpacked */
    public static Table read(Path file, int most) throws IOException {
        byte[] bytes;
        boolean isWhole;
        try (InputStream in = open(file)) {
            bytes = in.readNBytes(most);
            isWhole = in.read() < 0;
        } catch (EOFException | ZipException e) {
            return trouble("a gzip file is truncated or damaged");
        }
        byte[] content = isWhole ? bytes : Arrays.copyOf(bytes, end(bytes));
        boolean isJson = startsObject(content);
        PipelineConfig.Format format = isJson ? PipelineConfig.Format.JSON : PipelineConfig.Format.CSV;
        if (content.length >= 4 && new String(content, 0, 4, StandardCharsets.ISO_8859_1).equals("PAR1")) {
            return trouble("a file is Parquet; declare its columns with format = parquet");
        }
        ParsedFile parsed = new FileParser(undeclared(format)).parse("sample", content);
        if (parsed.reject() != null) {
            return trouble(parsed.reject().code() + ", " + parsed.reject().rule());
        }
        return table(format, parsed, isWhole);
    }

    /** The code with which ingestion rejects a text of a type, if it does. */
    public static Optional<String> problem(String type, String text) {
        return Values.read(Values.Kind.of(type), text) instanceof Values.Bad bad
                ? Optional.of("PEN-ROW-" + bad.code())
                : Optional.empty();
    }

    /** When a file landed, by a folder of its path. */
    public static Optional<Instant> landed(String path) {
        return LandedFile.landedOf(path);
    }

    private static InputStream open(Path file) throws IOException {
        InputStream raw = new BufferedInputStream(Files.newInputStream(file));
        raw.mark(2);
        boolean isPacked = raw.read() == 0x1f && raw.read() == 0x8b;
        raw.reset();
        try {
            return isPacked ? new GZIPInputStream(raw) : raw;
        } catch (IOException e) {
            raw.close();
            throw e;
        }
    }

    /** End of the last line that lies outside quotes. */
    private static int end(byte[] bytes) {
        int end = 0;
        boolean isQuoted = false;
        for (int i = 0; i < bytes.length; i++) {
            isQuoted ^= bytes[i] == '"';
            end = bytes[i] == '\n' && !isQuoted ? i + 1 : end;
        }
        return end;
    }

    private static boolean startsObject(byte[] bytes) {
        int i = bytes.length > 2 && (bytes[0] & 0xff) == 0xef ? 3 : 0;
        while (i < bytes.length && bytes[i] <= ' ') {
            i++;
        }
        return i < bytes.length && (bytes[i] == '{' || bytes[i] == '[');
    }

    private static Table table(PipelineConfig.Format format, ParsedFile parsed, boolean isWhole) {
        Set<String> names = new LinkedHashSet<>(parsed.newColumns());
        if (names.size() == 1 && names.iterator().next().matches("[^;\t|]+([;\t|][^;\t|]+)+")) {
            return trouble(
                    "fields are separated by another character than a comma; declare it as delimiter (PEN-ROW-007)");
        }
        List<String[]> rows = new ArrayList<>();
        long rejected = 0;
        for (ParsedFile.Rec rec : parsed.records()) {
            if (rec.reject() != null) {
                rejected++;
                continue;
            }
            String none = format == PipelineConfig.Format.CSV ? "" : null;
            rows.add(names.stream()
                    .map(name -> rec.extra().getOrDefault(name, none))
                    .toArray(String[]::new));
        }
        return new Table(format, List.copyOf(names), rows, rejected, isWhole, Optional.empty());
    }

    private static Table trouble(String what) {
        return new Table(PipelineConfig.Format.CSV, List.of(), List.of(), 0, true, Optional.of(what));
    }

    /** A source without columns: its parser keeps whatever a file holds. */
    private static PipelineConfig.Source undeclared(PipelineConfig.Format format) {
        return new PipelineConfig.Source(
                "sample",
                "sample",
                format,
                PipelineConfig.Mode.APPEND,
                List.of(),
                Optional.empty(),
                Optional.empty(),
                "landed",
                "landed",
                PipelineConfig.NewColumn.EVOLVE,
                List.of(),
                true,
                1,
                Map.of(),
                Map.of(),
                List.of(),
                "");
    }
}
