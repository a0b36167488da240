package io.penstock.ingestion.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import io.penstock.core.config.SourceSpec;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The records of a text file of any size, each as its bytes in the file, with the text of one column. */
public final class DumpRecords {
    private static final int SAMPLE = 2 << 20;
    private static final int CHUNK = 1 << 20;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;
    private final Samples.Style style;
    private final CsvStyle csv;
    private final String column;
    /** Of the header; 0 before it is read, and for JSON lines. */
    private int columns;

    private int position;

    private DumpRecords(Path file, Samples.Style style, String column) {
        this.file = file;
        this.style = style;
        this.csv = CsvStyle.of(Samples.layout(style));
        this.column = column;
    }

    /** Takes what is read, in the order of the file. */
    public interface Sink {
        /** The first line of a CSV file with its line end; not called for JSON lines. */
        void header(byte[] bytes) throws IOException;

        /**
         * @param line on which the record starts, from 1
         * @param bytes the record with its line end, if the file's last has one
         * @param value empty where the record has none, or cannot be read
         */
        void record(long line, byte[] bytes, Optional<String> value) throws IOException;
    }

    /**
     * @param column as the header of the CSV file names it, or the key in objects of JSON lines
     * @throws PenstockException {@code PEN-CLI-016} for a file that is neither, or has no such column
     */
    public static DumpRecords of(Path file, String column) throws IOException {
        Samples.Table sample = Samples.read(file, SAMPLE);
        sample.trouble().ifPresent(trouble -> {
            throw refused(file, "Cannot read the file: " + trouble, "Write it as CSV with a header, or as JSON lines");
        });
        if (sample.style().format() == SourceSpec.Format.PARQUET
                || sample.style().encoding().equals("utf-16")
                || sample.headless().isPresent()) {
            throw refused(
                    file,
                    "Cannot split the file: "
                            + (sample.headless().isPresent()
                                    ? "its first line is a row, not a header"
                                    : sample.style().format() == SourceSpec.Format.PARQUET
                                            ? "it is Parquet"
                                            : "it is UTF-16"),
                    "Write it as CSV with a header, or as JSON lines, in UTF-8");
        }
        if (!sample.columns().contains(column)) {
            throw refused(
                    file, "The file has no column " + column, "Name one of " + String.join(", ", sample.columns()));
        }
        return new DumpRecords(file, sample.style(), column);
    }

    /** Ending of the names of files that hold such records. */
    public String extension() {
        return isCsv() ? ".csv" : ".json";
    }

    public void each(Sink sink) throws IOException {
        try (InputStream in = Samples.open(file)) {
            each(in, 1, sink);
        }
    }

    /** @param first line of the file on which the stream begins */
    private void each(InputStream in, long first, Sink sink) throws IOException {
        RecordEnds ends = isCsv() ? RecordEnds.ofCsv(csv, isUtf8()) : RecordEnds.ofLines(isUtf8());
        ends.expect(columns);
        byte[] held = new byte[0];
        long line = first;
        for (byte[] chunk = in.readNBytes(CHUNK); chunk.length > 0; chunk = in.readNBytes(CHUNK)) {
            int from = 0;
            for (int end = ends.next(chunk, 0, chunk.length); end >= 0; end = ends.next(chunk, end, chunk.length)) {
                take(line, joined(held, chunk, from, end), sink);
                ends.expect(columns);
                held = new byte[0];
                from = end;
                line = first + ends.line() - 1;
            }
            held = joined(held, chunk, from, chunk.length);
        }
        take(line, held, sink);
    }

    /**
     * A record, or lines of which it showed late that they are none together: a quote that is open at the end of the file, a
     * field too many. As in ingestion the first of them is a flawed record, and those after it are read again.
     */
    private void take(long line, byte[] record, Sink sink) throws IOException {
        String text = text(record);
        if (text.isBlank()) {
            return;
        }
        if (!isCsv()) {
            sink.record(line, record, ofObject(text));
        } else if (columns == 0) {
            List<String> names = List.of(fields(text.startsWith("\uFEFF") ? text.substring(1) : text));
            columns = names.size();
            position = names.indexOf(column);
            sink.header(record.length > 0 && record[record.length - 1] == '\n' ? record : ended(record));
        } else {
            String[] fields = fields(text);
            int flawed = fields.length == columns ? 0 : text.stripTrailing().indexOf('\n') + 1;
            if (flawed > 0) {
                byte[] first = text.substring(0, flawed).getBytes(encoding());
                sink.record(line, first, Optional.empty());
                each(new ByteArrayInputStream(record, first.length, record.length - first.length), line + 1, sink);
            } else {
                sink.record(
                        line,
                        record,
                        position < fields.length ? Optional.ofNullable(fields[position]) : Optional.empty());
            }
        }
    }

    private String text(byte[] record) {
        return new String(record, encoding());
    }

    private Charset encoding() {
        return Charset.forName(style.encoding());
    }

    private String[] fields(String text) {
        CsvRecords records = new CsvRecords(text, csv);
        return records.next() && records.flaw() == CsvRecords.Flaw.NONE ? records.fields() : new String[0];
    }

    private Optional<String> ofObject(String text) {
        try {
            JsonNode value = JSON.readTree(text).path(column);
            return value.isValueNode() && !value.isNull() ? Optional.of(value.asText()) : Optional.empty();
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }

    private boolean isCsv() {
        return style.format() == SourceSpec.Format.CSV;
    }

    private boolean isUtf8() {
        return style.encoding().equals("utf-8");
    }

    private static byte[] ended(byte[] record) {
        byte[] whole = Arrays.copyOf(record, record.length + 1);
        whole[record.length] = '\n';
        return whole;
    }

    private static byte[] joined(byte[] first, byte[] second, int from, int to) {
        byte[] both = Arrays.copyOf(first, first.length + to - from);
        System.arraycopy(second, from, both, first.length, to - from);
        return both;
    }

    private static PenstockException refused(Path file, String what, String remedy) {
        return new PenstockException(ErrorCode.DUMP_NOT_SPLIT, what, file.toString(), remedy);
    }
}
