package io.penstock.core.storage;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * What is wrong with the log of a Delta table that could not be read. Delta's own readers say it in words of theirs, or not
 * at all: to them a commit of 0 bytes is a commit of nothing.
 */
public final class TableLog {
    private static final Pattern COMMIT = Pattern.compile("(\\d{20})\\.json");
    private static final Pattern CHECKPOINT = Pattern.compile("(\\d{20})\\.checkpoint.*\\.parquet");
    private static final int READER = 1;
    private static final String PARQUET = "PAR1";
    private static final String HINT = "_delta_log/_last_checkpoint";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String RESTORE =
            "Restore this file from a backup, or the table as a whole; docs/operations.md tells how";

    private final FileSystem files;
    private final String table;
    private final TreeMap<Long, FileStatus> commits = new TreeMap<>();
    private final TreeMap<Long, FileStatus> checkpoints = new TreeMap<>();

    private TableLog(FileSystem files, String table) {
        this.files = files;
        this.table = table;
    }

    /**
     * Lists the log and reads its commits since the last checkpoint.
     *
     * @return {@code PEN-TAB-001}, {@code 002}, {@code 003}, {@code 005} or {@code 006}; empty when nothing of that is wrong, or the
     *     storage does not answer
     */
    public static Optional<PenstockException> broken(Configuration hadoop, String table, Throwable cause) {
        try {
            Path folder = new Path(table, "_delta_log");
            TableLog log = new TableLog(folder.getFileSystem(hadoop), table);
            for (FileStatus file : log.files.listStatus(folder)) {
                log.add(file);
            }
            return log.broken(cause);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Whether the hint at the last checkpoint cannot be understood: readers do without it, more slowly. */
    public static boolean hasGarbledHint(Configuration hadoop, String table) {
        Path hint = new Path(table, HINT);
        try (FSDataInputStream in = hint.getFileSystem(hadoop).open(hint)) {
            return !JSON.readTree(in.readAllBytes()).path("version").isIntegralNumber();
        } catch (FileNotFoundException e) {
            return false;
        } catch (IOException e) { // no JSON, or not what its checksum says
            return true;
        }
    }

    /** {@code PEN-TAB-002} for a commit of 0 bytes. */
    public static PenstockException empty(String commit, Throwable cause) {
        return error(
                ErrorCode.COMMIT_EMPTY,
                "A commit of a table has 0 bytes: the rows that it added would be gone without a word",
                commit,
                RESTORE,
                cause);
    }

    private void add(FileStatus file) {
        String name = file.getPath().getName();
        Matcher commit = COMMIT.matcher(name);
        if (commit.matches()) {
            commits.put(Long.parseLong(commit.group(1)), file);
        }
        Matcher checkpoint = CHECKPOINT.matcher(name);
        if (checkpoint.matches()) {
            checkpoints.put(Long.parseLong(checkpoint.group(1)), file);
        }
    }

    private Optional<PenstockException> broken(Throwable cause) {
        long first = checkpoints.isEmpty() ? 0 : checkpoints.lastKey() + 1;
        if (commits.isEmpty()) {
            return Optional.empty();
        }
        for (long version = first; version <= commits.lastKey(); version++) {
            FileStatus commit = commits.get(version);
            if (commit == null) {
                return Optional.of(error(
                        ErrorCode.COMMIT_MISSING,
                        "A commit of a table is missing: version " + version + " of " + commits.lastKey(),
                        table + String.format(Locale.ROOT, "/_delta_log/%020d.json", version),
                        RESTORE,
                        cause));
            }
            if (commit.getLen() == 0) {
                return Optional.of(empty(commit.getPath().toString(), cause));
            }
            Optional<PenstockException> found = read(commit, cause);
            if (found.isPresent()) {
                return found;
            }
        }
        Optional<PenstockException> damaged = checkpoints.isEmpty()
                ? Optional.empty()
                : damaged(checkpoints.lastEntry().getValue(), cause);
        return damaged.or(() -> misled(cause));
    }

    /** That the hint at the last checkpoint names one that is not there, as some readers believe it. */
    private Optional<PenstockException> misled(Throwable cause) {
        Path hint = new Path(table, HINT);
        try (FSDataInputStream in = files.open(hint)) {
            JsonNode version = JSON.readTree(in.readAllBytes()).path("version");
            return version.isIntegralNumber() && !checkpoints.containsKey(version.asLong())
                    ? Optional.of(error(
                            ErrorCode.DATA_FILE_DAMAGED,
                            "A table's log names a checkpoint that is not there, version " + version.asLong(),
                            hint.toString(),
                            "Delete this file: without it the whole log is read",
                            cause))
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Deletes the hint at a checkpoint that a disk told as written and that is not there. */
    public static void forgetLostCheckpoint(Configuration hadoop, String table, long version) throws IOException {
        Path checkpoint = new Path(table, String.format(Locale.ROOT, "_delta_log/%020d.checkpoint.parquet", version));
        FileSystem files = checkpoint.getFileSystem(hadoop);
        if (!files.exists(checkpoint)) {
            files.delete(new Path(table, HINT), false);
        }
    }

    /** That a checkpoint does not end as a Parquet file does. */
    private Optional<PenstockException> damaged(FileStatus checkpoint, Throwable cause) {
        byte[] end = new byte[PARQUET.length()];
        try (FSDataInputStream in = files.open(checkpoint.getPath())) {
            in.seek(Math.max(0, checkpoint.getLen() - end.length));
            in.readFully(end);
        } catch (IOException e) {
            return checkpoint.getLen() < end.length ? Optional.of(damage(checkpoint, cause)) : Optional.empty();
        }
        return new String(end, StandardCharsets.ISO_8859_1).equals(PARQUET)
                ? Optional.empty()
                : Optional.of(damage(checkpoint, cause));
    }

    private static PenstockException damage(FileStatus checkpoint, Throwable cause) {
        return error(
                ErrorCode.DATA_FILE_DAMAGED,
                "A checkpoint in a table's log is damaged",
                checkpoint.getPath().toString(),
                RESTORE,
                cause);
    }

    private Optional<PenstockException> read(FileStatus commit, Throwable cause) {
        try (FSDataInputStream in = files.open(commit.getPath())) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            for (String line : text.lines().toList()) {
                JsonNode protocol = JSON.readTree(line).path("protocol");
                if (protocol.path("minReaderVersion").asInt(READER) > READER) {
                    return Optional.of(newer(protocol, cause));
                }
            }
            return Optional.empty();
        } catch (JsonProcessingException e) {
            return Optional.of(truncated(commit, "it ends in the middle of a line, or is no JSON", cause));
        } catch (IOException e) {
            return Optional.of(truncated(commit, e.getMessage(), cause));
        }
    }

    private static PenstockException truncated(FileStatus commit, String why, Throwable cause) {
        return error(
                ErrorCode.COMMIT_DAMAGED,
                "A commit of a table cannot be read: " + why,
                commit.getPath().toString(),
                RESTORE,
                cause);
    }

    private PenstockException newer(JsonNode protocol, Throwable cause) {
        String features = (protocol.path("readerFeatures") + " " + protocol.path("writerFeatures")).strip();
        return error(
                ErrorCode.NEWER_READER_NEEDED,
                "A table was written by a newer Delta: it asks for reader version "
                        + protocol.path("minReaderVersion").asInt() + ", writer version "
                        + protocol.path("minWriterVersion").asInt()
                        + (features.isEmpty() ? "" : ", features " + features),
                table,
                "Penstock's tables stay at reader version 1: restore the table to before that change",
                cause);
    }

    private static PenstockException error(ErrorCode code, String what, String where, String remedy, Throwable cause) {
        return new PenstockException(code, what, where, remedy, cause);
    }
}
