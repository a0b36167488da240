package io.penstock.ingestion.format;

import io.penstock.core.ErrorCode;
import io.penstock.core.config.SourceSpec;
import io.penstock.ingestion.contract.Characters;
import io.penstock.ingestion.contract.Contract;
import io.penstock.ingestion.contract.FileColumns;
import io.penstock.ingestion.contract.Reject;
import io.penstock.ingestion.contract.Values;
import io.penstock.ingestion.format.ParsedFile.Rec;
import io.penstock.ingestion.landing.LandedFile;
import io.penstock.ingestion.landing.PathColumns;
import java.io.IOException;
import java.io.Serializable;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.spark.sql.Row;

/**
 * How the files of one source are read: one class per format, made by {@link SourceFormats}. A format turns the bytes of a
 * file, or of a split of it, into records; it decides which files may be split and where. Pure: equal bytes give equal
 * records, wherever and whenever. A file is good as a whole or not at all; a record of a good file has typed values or a
 * reject.
 *
 * <p>A new format is one subclass, its constant in the configuration and its line in {@link SourceFormats}.
 */
public abstract class SourceFormat implements Serializable {
    private static final long serialVersionUID = 1L;
    public static final int LONGEST_RAW = 1 << 16;

    private static final Pattern TOTAL = Pattern.compile("(?i)\\s*((grand |sub)?totals?|sum|end of file|eof)\\b.*");

    final Contract contract;
    final FileColumns columns;
    final PathColumns inPath;
    /** Whether values of columns that are not declared are kept. */
    final boolean isKeeping;

    private final boolean isRejecting;

    /**
     * What is known of a file before its records.
     *
     * @param file its text; null where the format has none
     * @param inPath values by position that its path gives
     * @param landed microseconds since 1970, or null
     * @param isBackslashed whether {@link Backslashes} seem to escape the quotes of CSV
     */
    record Origin(FileText file, Map<Integer, String> inPath, Long landed, boolean isBackslashed) {}

    SourceFormat(SourceSpec source) {
        this.isKeeping = source.onNewColumn() == SourceSpec.NewColumn.EVOLVE;
        this.isRejecting = source.onNewColumn() == SourceSpec.NewColumn.REJECT;
        this.contract = Contract.of(source);
        this.columns = new FileColumns(source);
        this.inPath = new PathColumns(source);
    }

    /** Whether a file may be split, if it is large. */
    public abstract boolean maySplit(String path);

    /**
     * Reads a large file once and says where to split it.
     *
     * @param path as the file's rows will bear it
     * @param bytes that the file had when it was planned; one more at most is read
     */
    abstract SplitPlan plan(FSDataInputStream in, String path, long bytes, SplitPolicy policy) throws IOException;

    /**
     * The rows of a file that is read whole, as {@link FileRows} makes them.
     *
     * @param declared number of columns that the source declares
     */
    abstract Iterator<Row> rows(FileTask file, byte[] content, String sha256, int declared);

    /**
     * The rows of one split. Its bytes are compared with those that the plan saw: a file that changes meanwhile is rejected.
     *
     * @param declared number of columns that the source declares
     */
    abstract Iterator<Row> rows(SplitTask task, Configuration hadoop, int declared);

    /** Whether a file that is read whole may be rejected after it gave records. */
    public abstract boolean mayEndRejected();

    /** Whether a file that holds the same bytes as an earlier one repeats it. */
    public boolean isRepeatedByContent() {
        return true;
    }

    /** Whether rows are ordered by the version of the table that brought them, where several land at once. */
    public boolean isOrderedByVersion() {
        return false;
    }

    /** Ending of the name of a file of repaired records; empty where single records cannot be repaired in a text. */
    public abstract Optional<String> recordsEnding();

    /**
     * A rejected record as a line of a file that replaces it.
     *
     * @param link of the rejected record, which the line bears in {@code replaces}
     * @param replaces column of the link
     * @param inFolders declared columns that the folders of the rejected file give
     */
    public abstract String repairLine(String replaces, String link, Map<String, String> inFolders, String raw);

    /** What to add to a reject for columns that are not declared. */
    String undeclaredNote() {
        return "";
    }

    Origin origin(FileText file, String path, boolean isBackslashed) {
        Long landed = LandedFile.landedOf(path).map(Values::micros).orElse(null);
        return new Origin(file, inPath.of(path), landed, isBackslashed);
    }

    /** Why a file is not read whatever it holds, or null. */
    Reject strangePath(String path) {
        for (Map.Entry<Integer, String> folder : inPath.of(path).entrySet()) {
            int strange = Characters.strange(folder.getValue());
            if (strange >= 0) {
                return new Reject(
                        ErrorCode.FORBIDDEN_CHARACTER.code(),
                        "plain-characters",
                        "In the folders' names, "
                                + character(columns.name(folder.getKey()), folder.getValue(), strange));
            }
        }
        return null;
    }

    /**
     * Why a file is not read whose JSON objects use these names, or whose CSV columns are called by them, or null.
     *
     * @param names of declared columns in JSON, in order
     * @param fresh names that are not declared
     */
    public Reject misnamed(Collection<String> names, Collection<String> fresh) {
        String[] used = new String[columns.size()];
        for (String name : names) {
            int column = columns.position(name);
            if (used[column] != null && !used[column].equals(name)) {
                return new Reject(
                        ErrorCode.HEADER_INCOMPLETE.code(), "header", columns.twice(name, used[column], column));
            }
            used[column] = name;
        }
        return fresh.isEmpty() || !isRejecting
                ? null
                : new Reject(
                        ErrorCode.UNDECLARED_COLUMNS.code(),
                        "on-new-column",
                        columns.undeclared(new LinkedHashSet<>(fresh)) + undeclaredNote());
    }

    static String character(String column, String text, int at) {
        return column + " has the character U+" + String.format("%04X", (int) text.charAt(at));
    }

    static Rec broken(
            long position, long line, String raw, Map<String, String> extra, String first, Contract.Checked checked) {
        Rec rejected = rejected(position, line, raw, first, checked.reject());
        boolean mayWithdraw = checked.values() != null && rejected.reject().equals(checked.reject());
        return mayWithdraw
                ? new Rec(position, line, rejected.raw(), null, checked.values(), extra, rejected.reject())
                : rejected;
    }

    /** A record that breaks the contract and whose first field speaks of a total is a footer, whatever else is wrong. */
    static Rec rejected(long position, long line, String raw, String first, Reject reject) {
        Reject told = first != null && TOTAL.matcher(first).matches()
                ? new Reject(
                        ErrorCode.FOOTER.code(),
                        "no-footer",
                        "A footer or total line, it starts with " + Reject.shown(first))
                : reject;
        String kept = raw.length() > LONGEST_RAW ? raw.substring(0, LONGEST_RAW) : raw;
        return new Rec(position, line, kept, null, null, Map.of(), told);
    }

    static Rec rejected(long position, long line, String raw, String first, String number, String rule, String reason) {
        return rejected(position, line, raw, first, new Reject("PEN-ROW-" + number, rule, reason));
    }
}
