package io.penstock.jobs.demo.feed;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * One CSV file of the archive. The archive quotes nothing, so a record is a line and a comma always separates; a quote, or
 * a record of another width, means that it is not the archive we know, and is an error. Values stay the text they are.
 */
final class CsvTable {
    private final Path archive;
    private final String name;
    private final byte[] content;
    private final String header;
    private final Map<String, Integer> index = new HashMap<>();

    CsvTable(Path archive, String name, byte[] content) {
        this.archive = archive;
        this.name = name;
        this.content = content;
        try (BufferedReader reader = reader()) {
            String line = reader.readLine();
            this.header = line == null ? "" : line;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        for (String column : header.split(",", -1)) {
            index.put(column, index.size());
        }
    }

    /** The header line. */
    String header() {
        return header;
    }

    void forEach(Consumer<Row> action) {
        try (BufferedReader reader = reader()) {
            reader.readLine();
            int number = 1;
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                number++;
                String[] values = line.split(",", -1);
                if (values.length != index.size() || line.indexOf('"') >= 0) {
                    throw FlightArchive.damaged(archive, name + " line " + number + " is no plain record", null);
                }
                action.accept(new Row(line, values));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private BufferedReader reader() {
        return new BufferedReader(
                new InputStreamReader(new ByteArrayInputStream(content), StandardCharsets.UTF_8), 1 << 16);
    }

    /** One record: the raw line and its values. */
    final class Row {
        private final String line;
        private final String[] values;

        private Row(String line, String[] values) {
            this.line = line;
            this.values = values;
        }

        String line() {
            return line;
        }

        String text(String column) {
            Integer at = index.get(column);
            if (at == null) {
                throw FlightArchive.damaged(archive, name + " has no column " + column, null);
            }
            return values[at];
        }

        /** The columns' values joined by commas, as they stand in the archive. */
        String text(List<String> columns) {
            StringBuilder joined = new StringBuilder(96);
            for (String column : columns) {
                joined.append(joined.length() == 0 ? "" : ",").append(text(column));
            }
            return joined.toString();
        }

        int number(String column) {
            try {
                return Integer.parseInt(text(column));
            } catch (NumberFormatException e) {
                throw FlightArchive.damaged(archive, name + ": " + column + " = " + text(column), e);
            }
        }

        /** Whether the archive has no value here: it writes {@code NA}. */
        boolean missing(String column) {
            return text(column).equals("NA");
        }
    }
}
