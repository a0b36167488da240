package io.penstock.ingestion.format;

import io.penstock.core.ErrorCode;
import io.penstock.core.config.SourceSpec;
import io.penstock.ingestion.contract.Characters;
import io.penstock.ingestion.contract.Contract;
import io.penstock.ingestion.contract.Reject;
import io.penstock.ingestion.format.ParsedFile.Rec;
import java.io.EOFException;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.parquet.io.InputFile;
import org.apache.spark.sql.Row;

/** Parquet, decoded page by page. A large file is split into its row groups. */
public class ParquetFormat extends SourceFormat {
    private static final long serialVersionUID = 1L;

    ParquetFormat(SourceSpec source) {
        super(source);
    }

    @Override
    public boolean maySplit(String path) {
        return true;
    }

    @Override
    SplitPlan plan(FSDataInputStream in, String path, long bytes, SplitPolicy policy) throws IOException {
        return ParquetSplitPlanner.of(in, path, bytes, this);
    }

    @Override
    Iterator<Row> rows(FileTask file, byte[] content, String sha256, int declared) {
        ParquetFile open = open(file.path(), BytesInput.whole(content));
        return new FileRows(file, sha256, 1, declared).of(open, records(file.path(), open, open.rows(), 1));
    }

    /** The row group and the file's footer are compared with those that the plan saw, then decoded. */
    @Override
    Iterator<Row> rows(SplitTask task, Configuration hadoop, int declared) {
        FileSplit split = task.split();
        FileRows rows = new FileRows(task.file(), task.whole().sha256(), split.number(), declared);
        FileTask.Opened<BytesInput> opened = task.file().open(hadoop, in -> {
            try {
                BytesInput.Part footer =
                        ParquetSplitPlanner.footer(in, task.file().bytes());
                in.seek(split.from());
                BytesInput.Part group = new BytesInput.Part(split.from(), in.readNBytes(split.bytes()));
                boolean isSame = ParquetSplitPlanner.sha256(footer, group).equals(split.sha256());
                return isSame ? new BytesInput(task.file().bytes(), List.of(group, footer)) : null;
            } catch (EOFException e) {
                return null;
            }
        });
        if (opened.reject() != null) {
            return rows.rejected(opened.reject());
        }
        if (opened.content() == null) {
            return rows.rejected(split.changed());
        }
        String path = task.file().path();
        ParquetFile open = open(path, opened.content());
        return rows.of(open, records(path, open, open.rows(split.number() - 1), split.position()));
    }

    /** What cannot be decoded may stand behind records that can. */
    @Override
    public boolean mayEndRejected() {
        return true;
    }

    @Override
    public Optional<String> recordsEnding() {
        return Optional.empty();
    }

    @Override
    public String repairLine(String replaces, String link, Map<String, String> inFolders, String raw) {
        throw new UnsupportedOperationException("Records of Parquet are not repaired as text");
    }

    /** Opens a Parquet file: {@link #records} judges its rows. */
    public ParquetFile open(String path, InputFile input) {
        Reject strange = strangePath(path);
        return strange == null
                ? ParquetFile.open(
                        input,
                        columns,
                        contract.kinds(),
                        contract.counted(),
                        inPath.of(path).keySet())
                : ParquetFile.rejected(strange);
    }

    /**
     * The records of a Parquet file, as they are asked for.
     *
     * @param rows of the file
     * @param first position of the first record
     */
    Iterator<Rec> records(String path, ParquetFile file, Iterator<ParquetFile.Line> rows, long first) {
        Origin origin = origin(null, path, false);
        return new Iterator<>() {
            private long position = first;

            @Override
            public boolean hasNext() {
                return rows.hasNext();
            }

            @Override
            public Rec next() {
                ParquetFile.Line row = rows.next();
                Object[] given = row.values();
                origin.inPath().forEach((column, value) -> given[column] = file.fills(column) ? given[column] : value);
                return judged(position++, row, given, origin);
            }
        };
    }

    private Rec judged(long position, ParquetFile.Line row, Object[] given, Origin origin) {
        byte[] image = row.image();
        Map<String, String> extra = isKeeping ? row.extra() : Map.of();
        for (int i = 0; i < given.length; i++) {
            int strange = given[i] instanceof String text ? Characters.strange(text) : -1;
            if (strange >= 0) {
                return rejected(
                        position,
                        0,
                        RowImage.json(image),
                        null,
                        "011",
                        "plain-characters",
                        character(columns.name(i), (String) given[i], strange));
            }
        }
        Reject undeclared = isKeeping ? undeclared(row.hidden()) : null;
        undeclared = undeclared == null ? undeclared(extra) : undeclared;
        if (undeclared != null) {
            return rejected(position, 0, RowImage.json(image), null, undeclared);
        }
        Contract.Checked checked = contract.check(given, origin.landed());
        return checked.reject() == null
                ? new Rec(position, 0, null, image, checked.values(), extra, null)
                : broken(position, 0, RowImage.json(image), extra, null, checked);
    }

    private static Reject undeclared(Map<String, String> texts) {
        for (Map.Entry<String, String> text : texts.entrySet()) {
            int strange = Characters.strange(text.getValue());
            if (strange >= 0) {
                return new Reject(
                        ErrorCode.FORBIDDEN_CHARACTER.code(),
                        "plain-characters",
                        character(Reject.shown(text.getKey()), text.getValue(), strange));
            }
        }
        return null;
    }
}
