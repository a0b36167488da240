package io.penstock.core.kernel;

import io.delta.kernel.utils.FileStatus;
import io.penstock.core.storage.Storage;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * The end of a log on a local disk. Log stores ask the disk about every file that was ever in it to give the few since the
 * last checkpoint, so that each commit would take longer than the one before.
 */
final class LocalLog {
    private LocalLog() {}

    /**
     * Files of a folder from a name on, by their names.
     *
     * @param first path of the first that is wanted, whether it is there or not
     * @return empty where it is no local disk, or does not answer: others know how to tell it
     */
    static Optional<List<FileStatus>> from(Configuration hadoop, String first) throws IOException {
        Path path = new Path(first);
        FileSystem files = path.getFileSystem(hadoop);
        if (!Storage.isLocalDisk(files)) {
            return Optional.empty();
        }
        Path folder = files.makeQualified(path.getParent());
        java.nio.file.Path local = java.nio.file.Path.of(folder.toUri().getPath());
        List<FileStatus> found = new ArrayList<>();
        try {
            for (String name : names(local, path.getName())) {
                add(new Path(folder, name), local.resolve(name), found);
            }
            return Optional.of(found);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static TreeSet<String> names(java.nio.file.Path folder, String first) throws IOException {
        TreeSet<String> names = new TreeSet<>();
        try (DirectoryStream<java.nio.file.Path> all = Files.newDirectoryStream(folder)) {
            for (java.nio.file.Path one : all) {
                String name = one.getFileName().toString();
                boolean isChecksum = name.startsWith(".") && name.endsWith(".crc");
                if (name.compareTo(first) >= 0 && !isChecksum) {
                    names.add(name);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return names;
    }

    private static void add(Path path, java.nio.file.Path local, List<FileStatus> found) throws IOException {
        try {
            BasicFileAttributes file = Files.readAttributes(local, BasicFileAttributes.class);
            found.add(FileStatus.of(
                    path.toString(), file.size(), file.lastModifiedTime().toMillis()));
        } catch (NoSuchFileException e) {
            // gone since the folder was read
        }
    }
}
