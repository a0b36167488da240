package io.penstock.ingestion.format;

import com.fasterxml.jackson.databind.JsonNode;
import io.penstock.core.ErrorCode;
import io.penstock.ingestion.contract.Characters;
import io.penstock.ingestion.contract.FileColumns;
import io.penstock.ingestion.contract.Reject;
import io.penstock.ingestion.contract.Values;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.hadoop.CodecFactory;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.ParquetDecodingException;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;

/**
 * A Parquet file whose rows are decoded one after the other, page by page, whatever it unpacks to. A column fits the
 * declared type or the file is rejected; see {@link ParquetColumn}.
 */
public final class ParquetFile implements Closeable {
    /**
     * @param values one per declared column: a text or a value as {@link Values} gives them; null where there is none
     * @param image the whole row
     * @param extra what is not declared, as text
     * @param hidden of nested values among these, a part with a character that JSON spells by an escape and no record may hold
     */
    public record Line(Object[] values, byte[] image, Map<String, String> extra, Map<String, String> hidden) {}

    /**
     * The bytes over which a row group is spread.
     *
     * @param from the first
     * @param to the one behind the last
     */
    public record Extent(long from, long to) {}

    /** For all files: a new one would be parsed for each. */
    private static final Configuration CODECS = new Configuration();

    /** In what Parquet says of one, in place of a reason. */
    private static final String UNKNOWN_TYPE = "format.LogicalType$_Fields";

    private final ParquetFileReader reader;
    private final int declared;
    private FileColumns.Mapping mapping;
    private List<UnaryOperator<Object>> conversions = List.of();
    private Reject reject;

    private ParquetFile(ParquetFileReader reader, int declared, Reject reject) {
        this.reader = reader;
        this.declared = declared;
        this.reject = reject;
    }

    static ParquetFile rejected(Reject reject) {
        return new ParquetFile(null, 0, reject);
    }

    /**
     * Reads the file's footer; it stays open unless it is rejected by that.
     *
     * @param kinds of the declared columns
     * @param counted which of them are counts since 1970
     * @param inPath declared columns that the path fills
     */
    public static ParquetFile open(
            InputFile input, FileColumns columns, List<Values.Kind> kinds, List<Boolean> counted, Set<Integer> inPath) {
        try {
            if (input.getLength() == 0) {
                return rejected(new Reject(ErrorCode.FILE_EMPTY.code(), "not-empty", "The file has 0 bytes"));
            }
            ParquetReadOptions options = ParquetReadOptions.builder()
                    .usePageChecksumVerification(true)
                    .withCodecFactory(new CodecFactory(CODECS, 0))
                    .build();
            ParquetFile file = new ParquetFile(ParquetFileReader.open(input, options), kinds.size(), null);
            try {
                file.judge(input.getLength(), columns, kinds, counted, inPath);
            } catch (RuntimeException e) {
                file.reject = damaged(e);
            }
            if (file.reject != null) {
                file.close();
            }
            return file;
        } catch (IOException | RuntimeException e) {
            return rejected(damaged(e));
        }
    }

    private void judge(
            long bytes, FileColumns columns, List<Values.Kind> kinds, List<Boolean> counted, Set<Integer> inPath) {
        mapping = columns.map(
                schema().getFields().stream().map(Type::getName).toList(),
                inPath,
                ErrorCode.PARQUET_COLUMNS.code(),
                ErrorCode.PARQUET_COLUMNS.code());
        long unpacked =
                groups().stream().mapToLong(BlockMetaData::getTotalByteSize).sum();
        if (groups().stream().anyMatch(group -> !isWithin(group, bytes))) {
            throw new ParquetDecodingException("A row group lies outside of the file");
        }
        if (mapping.reject() != null) {
            reject = mapping.reject();
        } else if (FileText.isBomb(bytes, unpacked)) {
            reject = new Reject(
                    ErrorCode.UNPACKS_TOO_LARGE.code(),
                    "unpacked-size",
                    bytes + " bytes unpack to " + unpacked + " (at most " + FileText.HIGHEST_RATIO
                            + " times the packed size)");
        } else {
            convert(columns, kinds, counted);
        }
    }

    private void convert(FileColumns columns, List<Values.Kind> kinds, List<Boolean> counted) {
        conversions = new ArrayList<>();
        List<String> unlike = new ArrayList<>();
        for (int i = 0; i < mapping.target().length; i++) {
            int column = mapping.target()[i];
            Type type = schema().getType(i);
            UnaryOperator<Object> conversion =
                    column < 0 ? null : ParquetColumn.conversion(type, kinds.get(column), counted.get(column));
            conversions.add(conversion);
            if (column >= 0 && conversion == null) {
                unlike.add(columns.name(column) + " is " + typeOf(type) + ", must be "
                        + kinds.get(column).name().toLowerCase(Locale.ROOT)
                        + (ParquetColumn.isFlat(type) ? "" : " (leave it undeclared, and it is kept as JSON)"));
            }
        }
        if (!unlike.isEmpty()) {
            reject = new Reject(ErrorCode.PARQUET_TYPE.code(), "physical-type", String.join("; ", unlike));
        }
    }

    private static boolean isWithin(BlockMetaData group, long bytes) {
        Extent extent = extent(group);
        return extent.from() >= 0 && extent.from() <= extent.to() && extent.to() <= bytes && group.getRowCount() >= 0;
    }

    private MessageType schema() {
        return reader.getFileMetaData().getSchema();
    }

    /** Why the file gives no row, or null: known of its schema once it is open, of its pages once all are read. */
    public Reject reject() {
        return reject;
    }

    /** Columns that are not declared, in the file's order; none of a file that is rejected. */
    List<String> fresh() {
        return reject == null ? mapping.fresh() : List.of();
    }

    boolean fills(int column) {
        for (int one : mapping.target()) {
            if (one == column) {
                return true;
            }
        }
        return false;
    }

    /** In the file's order; none of a file that was rejected when it was opened. */
    public List<BlockMetaData> groups() {
        return reject == null ? reader.getRowGroups() : List.of();
    }

    /** All rows, and at their end perhaps a {@link #reject}. */
    public Iterator<Line> rows() {
        return new Rows(0, groups().size());
    }

    /**
     * The same of one row group.
     *
     * @param group from 0
     */
    public Iterator<Line> rows(int group) {
        return new Rows(group, group + 1);
    }

    public static Extent extent(BlockMetaData group) {
        LongSummaryStatistics from = group.getColumns().stream()
                .mapToLong(ColumnChunkMetaData::getStartingPos)
                .summaryStatistics();
        LongSummaryStatistics to = group.getColumns().stream()
                .mapToLong(column -> column.getStartingPos() + column.getTotalSize())
                .summaryStatistics();
        return group.getColumns().isEmpty() ? new Extent(0, 0) : new Extent(from.getMin(), to.getMax());
    }

    @Override
    public void close() throws IOException {
        if (reader != null) {
            reader.close();
        }
    }

    private final class Rows implements Iterator<Line> {
        private final List<UnaryOperator<Object>> shown = new ArrayList<>();
        private final RowImage image;
        private final int to;
        private int group;
        private ParquetRows rows;
        private Line next;

        Rows(int from, int to) {
            List<Type> fields = reject == null ? schema().getFields() : List.of();
            fields.forEach(field -> shown.add(ParquetColumn.shown(field)));
            this.image = new RowImage(fields.stream().map(Type::getName).toList());
            this.group = from;
            this.to = to;
        }

        @Override
        public boolean hasNext() {
            while (next == null && reject == null && (isWithinGroup() || group < to)) {
                try {
                    advance();
                } catch (IOException | RuntimeException e) {
                    reject = damaged(e);
                }
            }
            return next != null && reject == null;
        }

        private boolean isWithinGroup() {
            return rows != null && rows.hasNext();
        }

        private void advance() throws IOException {
            if (isWithinGroup()) {
                next = line(rows.next());
            } else {
                PageReadStore pages = reader.readRowGroup(group);
                group++;
                rows = new ParquetRows(schema(), reader.getFileMetaData().getCreatedBy(), pages);
            }
        }

        private Line line(Object[] stored) {
            Object[] values = new Object[declared];
            Map<String, String> extra = Map.of();
            Map<String, String> hidden = Map.of();
            image.begin();
            for (int i = 0; i < stored.length; i++) {
                int column = mapping.target()[i];
                Object told = stored[i] == null ? null : shown.get(i).apply(stored[i]);
                image.put(told);
                if (column >= 0) {
                    values[column] =
                            stored[i] == null ? null : conversions.get(i).apply(stored[i]);
                } else if (stored[i] != null && !(stored[i] instanceof ParquetRows.Nested nested && nested.isEmpty())) {
                    extra = extra.isEmpty() ? new LinkedHashMap<>() : extra;
                    extra.put(schema().getFieldName(i), RowImage.text(told));
                    String strange = told instanceof JsonNode nested ? Characters.strangeIn(nested) : null;
                    hidden = strange == null ? hidden : Map.of(schema().getFieldName(i), strange);
                }
            }
            return new Line(values, image.end(), extra, hidden);
        }

        @Override
        public Line next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            Line line = next;
            next = null;
            return line;
        }
    }

    /**
     * The first rows of a file that nothing is declared of.
     *
     * @param rows all columns among what is not declared
     * @param types the type to declare for each column; see {@link ParquetColumn#declared}
     * @param reject why there are none, or null
     */
    record Sample(List<Line> rows, Map<String, String> types, boolean isWhole, Reject reject) {}

    /** @param columns of a source that declares none */
    static Sample sample(InputFile input, FileColumns columns, int most) throws IOException {
        try (ParquetFile file = open(input, columns, List.of(), List.of(), Set.of())) {
            Map<String, String> types = new LinkedHashMap<>();
            List<Line> rows = new ArrayList<>();
            if (file.reject == null) {
                file.schema().getFields().forEach(type -> types.put(type.getName(), ParquetColumn.declared(type)));
                Iterator<Line> all = file.rows();
                while (rows.size() < most && all.hasNext()) {
                    rows.add(all.next());
                }
            }
            boolean isWhole = file.reject != null || rows.size() == file.reader.getRecordCount();
            return new Sample(rows, types, isWhole, file.reject);
        }
    }

    private static Reject damaged(Exception e) {
        if (String.valueOf(e.getMessage()).contains(UNKNOWN_TYPE)) {
            return new Reject(
                    ErrorCode.PARQUET_TYPE.code(),
                    "physical-type",
                    "A column has a type that is newer than this reader of Parquet, such as a float of 16 bits");
        }
        return new Reject(
                ErrorCode.PARQUET_DAMAGED.code(),
                "parquet",
                "The Parquet file is truncated or damaged: " + firstLine(e));
    }

    private static String firstLine(Throwable e) {
        String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        return Reject.shown(message.lines().findFirst().orElse(""));
    }

    private static String typeOf(Type type) {
        return type.toString().replaceAll("\\s+", " ").strip();
    }
}
