package io.penstock.core.storage;

import io.penstock.core.ErrorCode;
import io.penstock.core.PenstockException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a local disk that cannot be written means. The operating system has one word for a disk without space and for one
 * without room for another file; which of them it was is told by the space that is left.
 */
final class LocalDisk {
    private static final String NO_SPACE = "No space left on device";
    private static final String QUOTA = "Disk quota exceeded";
    private static final Pattern FILE = Pattern.compile("(/[^\\n]*?)(?: \\(|: )(?:" + NO_SPACE + "|" + QUOTA + ")");
    private static final Pattern NO_FOLDER = Pattern.compile("Mkdirs failed to create (?:file:)?(/[^\\n]*?)(?: \\(|$)");

    /** Less than that is a full disk, whatever it says is left. */
    private static final long A_FILE = 1 << 20;

    private LocalDisk() {}

    static Optional<PenstockException> failure(Throwable thrown, String where) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            String message = String.valueOf(cause.getMessage());
            if (message.contains(NO_SPACE) || message.contains(QUOTA)) {
                return Optional.of(full(message, where, thrown));
            }
            Matcher folder = NO_FOLDER.matcher(message);
            if (folder.find()) {
                Optional<String> reason = whyNothingCanBeMade(folder.group(1));
                if (reason.isPresent()) {
                    return reason.map(why -> full(folder.group(1) + ": " + why, where, thrown));
                }
            }
        }
        return Optional.empty();
    }

    private static PenstockException full(String message, String where, Throwable thrown) {
        Matcher file = FILE.matcher(message);
        String path = file.find() ? file.group(1) : "";
        boolean isQuota = message.contains(QUOTA);
        if (isQuota || hasSpace(path)) {
            return new PenstockException(
                    ErrorCode.NO_INODES_OR_QUOTA,
                    isQuota
                            ? "Cannot write: the disk quota is used up"
                            : "Cannot write: the disk has no room for another file, though it has space (inodes)",
                    path.isEmpty() ? where : path,
                    "Delete files or raise the limit, then run again: what was committed stays",
                    thrown);
        }
        return new PenstockException(
                ErrorCode.DISK_FULL,
                "Cannot write: the disk is full",
                path.isEmpty() ? where : path,
                "Free disk space, then run again: what was committed stays",
                thrown);
    }

    /** Hadoop says that it could not make a folder and not why; the disk says it of a file. */
    private static Optional<String> whyNothingCanBeMade(String folder) {
        Optional<Path> parent = existing(folder);
        if (parent.isEmpty()) {
            return Optional.empty();
        }
        try {
            Files.delete(Files.createTempFile(parent.get(), ".penstock", ".tmp"));
            return Optional.empty();
        } catch (FileSystemException e) {
            String reason = String.valueOf(e.getReason());
            return Optional.of(reason).filter(why -> why.contains(NO_SPACE) || why.contains(QUOTA));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static boolean hasSpace(String path) {
        try {
            Optional<Path> parent = existing(path);
            return parent.isPresent() && Files.getFileStore(parent.get()).getUsableSpace() > A_FILE;
        } catch (IOException e) {
            return false;
        }
    }

    /** The nearest folder above that is there; none where the path is another machine's. */
    private static Optional<Path> existing(String path) {
        try {
            Path folder = Path.of(path).getParent();
            while (folder != null && !Files.isDirectory(folder)) {
                folder = folder.getParent();
            }
            return Optional.ofNullable(folder).filter(found -> found.getParent() != null);
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }
}
