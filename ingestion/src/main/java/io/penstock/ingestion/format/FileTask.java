package io.penstock.ingestion.format;

import io.penstock.core.ErrorCode;
import io.penstock.core.Hashes;
import io.penstock.core.Unit;
import io.penstock.ingestion.contract.Reject;
import io.penstock.ingestion.contract.Values;
import io.penstock.ingestion.landing.LandedFile;
import io.penstock.ingestion.landing.Landing;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.security.AccessControlException;
import org.apache.spark.sql.Row;

/**
 * Reads one file in an executor: opens it once, hashes and parses it, and gives one row per record and one for the file.
 *
 * @param unitDay days since 1970
 * @param sequence orders its rows among those of other files, as text
 */
public record FileTask(
        String path, String location, long bytes, int unitDay, long cutMicros, long landedMicros, String sequence)
        implements ReadTask {
    public static final String GONE = ErrorCode.FILE_GONE.code();
    public static final String CHANGED = ErrorCode.FILE_CHANGING.code();

    /** What a file gave, or why it gave nothing. */
    record Opened<T>(T content, Reject reject) {}

    /** What is done with an open file. */
    interface Use<T> {
        public T of(FSDataInputStream in) throws IOException;
    }

    /**
     * @param landingRoot what the file's path is relative to
     * @param sequence that orders what it says among other files, as text
     */
    public static FileTask of(Unit unit, LandedFile file, String landingRoot, String sequence) {
        return new FileTask(
                file.path(),
                Landing.location(landingRoot, file.path()),
                file.bytes(),
                unit.id().ordinal(),
                Values.micros(unit.cut()),
                Values.micros(file.landed()),
                sequence);
    }

    public static boolean isUnsteady(Reject reject) {
        return reject.code().equals(GONE) || reject.code().equals(CHANGED);
    }

    static Reject changed(long planned, long now) {
        return new Reject(CHANGED, "unchanged", "The file had " + planned + " bytes when it was planned, now " + now);
    }

    @Override
    public Iterator<Row> rows(Configuration hadoop, SourceFormat format, int columns) {
        Opened<byte[]> opened = open(hadoop, in -> in.readNBytes((int) Math.min(bytes + 1, FileText.LARGEST)));
        if (opened.reject() != null) {
            return new FileRows(this, Hashes.sha256(""), 0, columns).rejected(opened.reject());
        }
        byte[] content = opened.content();
        String sha256 = Hashes.sha256(content);
        if (content.length != bytes) {
            return new FileRows(this, sha256, 0, columns).rejected(changed(bytes, content.length));
        }
        return format.rows(this, content, sha256, columns);
    }

    /** Reads a large file once and says where to split it. */
    public SplitPlan plan(Configuration hadoop, SourceFormat format, SplitPolicy policy) {
        Opened<SplitPlan> opened = open(hadoop, in -> format.plan(in, path, bytes, policy));
        return opened.reject() == null ? opened.content() : SplitPlan.rejected(Hashes.sha256(""), opened.reject());
    }

    /** @throws UncheckedIOException when storage fails; that the file is gone or may not be read is a reject */
    <T> Opened<T> open(Configuration hadoop, Use<T> use) {
        Path file = new Path(location);
        try (FSDataInputStream in = Landing.opened(file.getFileSystem(hadoop), file)) {
            return new Opened<>(use.of(in), null);
        } catch (FileNotFoundException e) {
            return new Opened<>(null, isThere(hadoop) ? denied() : new Reject(GONE, "exists", "The file is gone"));
        } catch (AccessControlException e) {
            return new Opened<>(null, denied());
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + location, e);
        }
    }

    private static Reject denied() {
        return new Reject(ErrorCode.FILE_NOT_PERMITTED.code(), "readable", "Reading the file is not permitted");
    }

    private boolean isThere(Configuration hadoop) {
        try {
            Path file = new Path(location);
            FileStatus status = file.getFileSystem(hadoop).getFileStatus(file);
            return status.isFile();
        } catch (IOException e) {
            return false;
        }
    }
}
