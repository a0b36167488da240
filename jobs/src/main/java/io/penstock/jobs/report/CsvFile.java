package io.penstock.jobs.report;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import java.io.BufferedWriter;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Timestamp;
import java.util.Iterator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.Row;

/**
 * Rows as one CSV file with a header: NULL is empty, an instant ISO-8601 in UTC, a double its shortest text that reads back
 * as the same double. Text that a spreadsheet would take for a formula gets an apostrophe before it, and so does text that
 * begins with one, so that taking one away gives every text back.
 */
public final class CsvFile {
    private static final String FORMULA = "=+-@\t\r'";

    private CsvFile() {}

    /**
     * To be asked before anything runs.
     *
     * @return the file itself where a link was named
     * @throws PenstockException {@code PEN-CFG-038} when there is something else, or no folder can be made for it
     */
    public static Path target(Path named) {
        Path file = named.toAbsolutePath();
        try {
            if (file.getFileName() != null && !Files.exists(file)) {
                Files.createDirectories(file.getParent());
                return file;
            }
            if (Files.isRegularFile(file)) {
                return file.toRealPath();
            }
        } catch (IOException e) {
            throw noFile(named, e.toString());
        }
        throw noFile(named, Files.isDirectory(file) ? "it is a folder" : "it is no ordinary file");
    }

    private static PenstockException noFile(Path named, String reason) {
        return new PenstockException(
                ErrorCode.EXPORT_IS_NO_FILE, "Cannot export to " + named + ": " + reason, "--export", "Name a file");
    }

    /**
     * Writes the file whole or not at all.
     *
     * @return how many rows
     * @throws PenstockException {@code PEN-RUN-043} when it cannot be written
     */
    public static long write(Path file, String[] columns, Iterator<Row> rows) {
        long count = 0;
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Path half = file.toAbsolutePath().resolveSibling("." + file.getFileName() + ".half");
            try (BufferedWriter out = Files.newBufferedWriter(half)) {
                out.write(IntStream.range(0, columns.length)
                        .mapToObj(i -> quoted(columns[i]))
                        .collect(Collectors.joining(",")));
                out.write('\n');
                while (rows.hasNext()) {
                    Row row = rows.next();
                    for (int i = 0; i < row.length(); i++) {
                        out.write(i == 0 ? "" : ",");
                        out.write(cell(row.get(i)));
                    }
                    out.write('\n');
                    count++;
                }
            }
            Files.move(half, file, StandardCopyOption.REPLACE_EXISTING);
            return count;
        } catch (IOException e) {
            throw new PenstockException(
                    ErrorCode.EXPORT_NOT_WRITTEN,
                    "Cannot write the export: " + e,
                    file.toString(),
                    "Check that the folder can be written and has space",
                    e);
        }
    }

    static String cell(Object value) {
        if (value == null) {
            return "";
        }
        if (value instanceof Timestamp instant) {
            return instant.toInstant().toString();
        }
        if (value instanceof BigDecimal number) {
            return number.toPlainString();
        }
        if (value instanceof String text) {
            return quoted(!text.isEmpty() && FORMULA.indexOf(text.charAt(0)) >= 0 ? "'" + text : text);
        }
        return value.toString();
    }

    private static String quoted(String text) {
        boolean plain = !text.isEmpty() && text.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
        return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
    }
}
