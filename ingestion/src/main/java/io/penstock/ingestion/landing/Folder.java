package io.penstock.ingestion.landing;

import io.penstock.core.storage.Storage;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * What lies in a folder. A local disk is asked by itself, one call a file: through Hadoop a hundred thousand files take five
 * times as long.
 */
final class Folder {
    /**
     * @param modified milliseconds since 1970
     * @param isSpecial whether it is a pipe, a socket or a device
     */
    record Entry(String name, boolean isFolder, long bytes, long modified, boolean isSpecial) {}

    private Folder() {}

    /**
     * Its entries, those of a local disk by their names.
     *
     * @param base the landing folder, out of which no link may lead
     * @throws FileNotFoundException when there is no such folder
     */
    static List<Entry> list(FileSystem files, Path folder, Path base, String source) throws IOException {
        if (Storage.isLocalDisk(files)) {
            return local(
                    java.nio.file.Path.of(folder.toUri().getPath()),
                    java.nio.file.Path.of(base.toUri().getPath()),
                    source);
        }
        List<Entry> entries = new ArrayList<>();
        for (FileStatus file : files.listStatus(folder)) {
            entries.add(new Entry(
                    file.getPath().getName(), file.isDirectory(), file.getLen(), file.getModificationTime(), false));
        }
        return entries;
    }

    /** The path of an entry, whatever its name. */
    static Path child(Path folder, String name) {
        return new Path(folder, new Path(null, null, name));
    }

    private static List<Entry> local(java.nio.file.Path folder, java.nio.file.Path base, String source)
            throws IOException {
        List<Entry> entries = new ArrayList<>();
        try (DirectoryStream<java.nio.file.Path> all = Files.newDirectoryStream(folder)) {
            for (java.nio.file.Path path : all) {
                String name = path.getFileName().toString();
                boolean isChecksum = name.startsWith(".") && name.endsWith(".crc");
                if (!isChecksum) {
                    add(path, name, base, source, entries);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        } catch (NoSuchFileException | NotDirectoryException e) {
            throw new FileNotFoundException("No such folder: " + folder);
        } catch (AccessDeniedException e) {
            throw new IOException("Permission denied: " + e.getFile(), e);
        }
        entries.sort(Comparator.comparing(Entry::name));
        return entries;
    }

    private static void add(
            java.nio.file.Path path, String name, java.nio.file.Path base, String source, List<Entry> entries)
            throws IOException {
        try {
            BasicFileAttributes found =
                    Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (found.isSymbolicLink()) {
                Links.requireInside(path, base, source);
                found = Files.readAttributes(path, BasicFileAttributes.class);
            }
            entries.add(new Entry(
                    name,
                    found.isDirectory(),
                    found.size(),
                    found.lastModifiedTime().toMillis(),
                    found.isOther()));
        } catch (NoSuchFileException e) {
            // gone since the folder was read
        }
    }
}
